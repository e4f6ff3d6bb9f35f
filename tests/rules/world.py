"""A small made-up country for the geocoder's tests: two towns, a few streets, places, a motorway, all in one gazetteer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from hub.adapters.gazetteer import ArrowGazetteer, load_gazetteer, open_gazetteer

STREETS = {
    # name, town, postcode: from, to
    ("Chapel Street", "Northmoor", "NM1 1AA"): ((412_000, 402_000), (412_400, 402_000)),
    ("Mill Lane", "Northmoor", "NM1 1AB"): ((412_200, 401_800), (412_200, 402_200)),
    ("High Street", "Northmoor", "NM1 2AA"): ((413_000, 403_000), (413_300, 403_000)),
    ("High Street", "Southmoor", "NM5 1AA"): ((424_000, 404_000), (424_300, 404_000)),
    ("St Anns Road", "Northmoor", "NM1 3AA"): ((414_000, 402_500), (414_300, 402_500)),
    ("Station Approach", "Southmoor", "NM5 2AA"): ((425_000, 405_000), (425_200, 405_000)),
    ("The Mount", "Southmoor", "NM5 3AA"): ((426_000, 403_000), (426_200, 403_000)),
}
PLACES = (
    ("Riverside Car Park", "car park", "Northmoor", 412_900, 402_600), ("Victoria Park", "park", "Northmoor", 413_800, 401_000),
    ("Northmoor Station", "station", "Northmoor", 412_600, 403_400), ("Kingfisher Retail Park", "retail", "Southmoor", 424_800, 403_300),
    ("Hartwell Primary School", "school", "Southmoor", 425_400, 404_400), ("The Red Lion", "shop", "Northmoor", 413_100, 403_020),
    ("The Red Lion", "shop", "Southmoor", 424_100, 404_020),
)  # fmt: skip


def doors() -> pl.DataFrame:
    """Ten doors on each street, odd and even, with a hall on Chapel Street."""
    rows: list[tuple[object, ...]] = []
    for (street, town, postcode), ((x0, y0), (x1, y1)) in STREETS.items():
        for n in range(20):
            x, y = x0 + (x1 - x0) * n // 19, y0 + (y1 - y0) * n // 19
            rows.append(
                (
                    900_000_000_000 + len(rows),
                    str(n + 1),
                    street,
                    town,
                    postcode,
                    "Hartwell Hall" if (street, n) == ("Chapel Street", 4) else None,
                    x,
                    y,
                )
            )
    return pl.DataFrame(
        rows,
        schema=["uprn", "number", "street", "town", "postcode", "building_name", "easting", "northing"],
        orient="row",
    )


def postcodes() -> pl.DataFrame:
    """Each street's postcode in its middle, and some more about them so that they have neighbours."""
    rows = [(p, 10, (a[0] + b[0]) // 2, (a[1] + b[1]) // 2) for (_, _, p), (a, b) in STREETS.items()]
    rows += [(f"NM1 1C{letter}", 10, 412_000 + 60 * i, 402_100) for i, letter in enumerate("ABDEFGHJ")]
    return pl.DataFrame(
        rows, schema=["Postcode", "Positional_quality_indicator", "Eastings", "Northings"], orient="row"
    )


def _text(path: Path, text: str) -> None:
    path.write_text(text)


def build(folder: Path) -> ArrowGazetteer:
    """All of it, loaded by the hub's own loaders."""
    reference = folder / "reference"
    posts = [
        ("M99", f"{100 + i / 10:.1f}", side, 410_000 + 100 * i, 406_000 + offset)
        for side, offset in (("A", -15), ("B", 15))
        for i in range(80)
    ]
    tables: dict[str, Callable[[Path], None]] = {
        "codepo.csv": lambda p: postcodes().write_csv(p),
        "addresses.csv": lambda p: doors().write_csv(p),
        "places.csv": lambda p: pl.DataFrame(PLACES, schema=["name", "category", "town", "easting", "northing"], orient="row").write_csv(p),
        "posts.csv": lambda p: pl.DataFrame(posts, schema=["road", "km", "carriageway", "easting", "northing"], orient="row").write_csv(p),
        "junctions.geojson": lambda p: _text(p, JUNCTIONS),
    }  # fmt: skip
    for name, write in tables.items():
        write(folder / name)
        load_gazetteer(folder / name, reference, "2025-11", gazetteer=open_gazetteer(reference))
    return open_gazetteer(reference)


JUNCTIONS = (
    '{"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}, "features": ['
    + ", ".join(
        f'{{"type": "Feature", "properties": {{"identifier": "j{n}", "number": "M99 J{n}"}}, "geometry": {{"type": "Point", "coordinates": [{410_000 + 2500 * n}, 406000]}}}}'
        for n in (1, 2, 3)
    )
    + "]}"
)
