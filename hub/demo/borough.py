"""A synthetic borough from a seed: Northmoor and its neighbour Southmoor, with areas, streets, postcodes, addresses.

The ground is a real stretch of the National Grid; everything on it is made up. Postcodes are of the area NM, which
does not exist; property references begin with 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import polars as pl

from hub.demo.polygons import Areas, Box, cells, merged, ward_of_cell
from hub.demo.stock import PLACE_KINDS, STREET_HEADS, STREET_TAILS, WARD_NAMES

VINTAGE = "2023"
BOXES = {"Northmoor": Box(410_000, 400_000, 422_000, 410_000), "Southmoor": Box(422_000, 400_000, 430_000, 410_000)}
STREETS = {"Northmoor": 360, "Southmoor": 240}
MARGIN_M = 700
"""No street begins nearer to a district's border than this."""
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
DOORS_TO_A_POSTCODE = 10
PLACES_OF_A_KIND = {"Northmoor": 8, "Southmoor": 3}


@dataclass(frozen=True, slots=True)
class Borough:
    """Everything the night happens in. Points are whole metres, EPSG:27700.

    `postcodes`: postcode easting northing district ward; `addresses`: uprn number street town postcode easting
    northing district; `places`: name kind street town postcode easting northing district.
    """

    seed: int
    lsoas: Areas
    wards: Areas
    districts: Areas
    postcodes: pl.DataFrame
    addresses: pl.DataFrame
    places: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Reference:
    """Files for the hub's own loaders: `boundaries` by layer (lsoa, ward, district), then gazetteer sources."""

    boundaries: dict[str, Path]
    code_point: Path
    addresses: Path
    vintage: str = VINTAGE

    @property
    def gazetteer(self) -> tuple[Path, Path]:
        """The gazetteer's sources in the order to load them."""
        return self.code_point, self.addresses


def make_borough(seed: int = 1) -> Borough:
    """The borough of that seed: two districts, 24 wards, 160 LSOAs, some 2,000 postcodes and 20,000 addresses."""
    rng = np.random.default_rng([seed, 0xB0])
    lsoas, wards, districts = _areas(rng)
    addresses = _addresses(rng)
    return Borough(
        seed=seed, lsoas=lsoas, wards=wards, districts=districts, addresses=addresses,
        postcodes=_postcodes(addresses, wards), places=_places(addresses, rng),
    )  # fmt: skip


def _areas(rng: np.random.Generator) -> tuple[Areas, Areas, Areas]:
    names, grids, wards, districts = list(BOXES), [], [], []
    group = ward_of_cell().ravel()
    for box in BOXES.values():
        grid = cells(box, rng).ravel()
        grids.append(grid)
        wards.append(merged(grid, group))
        districts.append(merged(grid, np.zeros_like(group))[0])
    size = len(grids[0])
    lsoa_names = [f"{name} {i // 5 + 1:03d}{'ABCDE'[i % 5]}" for name in names for i in range(size)]
    ward_count = len(wards[0]) * len(names)
    return (
        Areas(_codes("E01", len(lsoa_names)), tuple(lsoa_names), np.concatenate(grids)),
        Areas(_codes("E05", ward_count), tuple(WARD_NAMES[:ward_count]), np.concatenate(wards)),
        Areas(_codes("E06", len(names)), tuple(names), np.array(districts, dtype=object)),
    )


def _codes(entity: str, count: int) -> tuple[str, ...]:
    return tuple(f"{entity}{900001 + i:06d}" for i in range(count))


def _addresses(rng: np.random.Generator) -> pl.DataFrame:
    """Doors along streets, odd and even, ten doors to a postcode."""
    names = [f"{h} {t}" for h in STREET_HEADS for t in STREET_TAILS]
    chosen = iter(rng.permutation(len(names)))
    rows: dict[str, list[object]] = {c: [] for c in ("number", "street", "town", "postcode", "easting", "northing")}
    used: dict[tuple[int, int], int] = {}
    for number, (town, box) in enumerate(BOXES.items()):
        for _ in range(STREETS[town]):
            street = names[next(chosen)]
            x = rng.uniform(box.west + MARGIN_M, box.east - MARGIN_M)
            y = rng.uniform(box.south + MARGIN_M, box.north - MARGIN_M)
            outward = 12 * number + 1 + int(4 * (x - box.west) / (box.east - box.west)) + 4 * int(
                3 * (y - box.south) / (box.north - box.south)
            )  # fmt: skip
            doors = int(rng.integers(14, 54))
            postcode = ""
            angle, bend = rng.uniform(0, 2 * np.pi), rng.uniform(-0.02, 0.02)
            for door in range(doors):
                if door % DOORS_TO_A_POSTCODE == 0:
                    postcode = _next_postcode(outward, int(rng.integers(1, 10)), used)
                if door % 2 == 0:
                    x, y, angle = x + 14 * np.cos(angle), y + 14 * np.sin(angle), angle + bend
                side = 9 if door % 2 else -9
                suffix = "A" if rng.random() < 0.03 else ""
                for column, value in zip(rows, (f"{door + 1}{suffix}", street, town, postcode,
                                                int(x - side * np.sin(angle)), int(y + side * np.cos(angle))),
                                         strict=True):  # fmt: skip
                    rows[column].append(value)
    frame = pl.DataFrame(rows)
    uprns = 900_000_000_000 + rng.choice(90_000_000, frame.height, replace=False)
    district = pl.col("town").replace_strict({town: f"E0690000{i + 1}" for i, town in enumerate(BOXES)})
    return frame.select(pl.Series("uprn", uprns).cast(pl.Utf8), pl.all(), district=district)


def _next_postcode(outward: int, sector: int, used: dict[tuple[int, int], int]) -> str:
    serial = used.get((outward, sector), 0)
    used[outward, sector] = serial + 1
    first, second = divmod(serial * 7 % 400, 20)
    return f"NM{outward} {sector}{UNIT_LETTERS[first]}{UNIT_LETTERS[second]}"


def _postcodes(addresses: pl.DataFrame, wards: Areas) -> pl.DataFrame:
    points = addresses.group_by("postcode", maintain_order=True).agg(
        pl.col("easting").mean().round(0).cast(pl.Int64), pl.col("northing").mean().round(0).cast(pl.Int64),
        pl.col("district").first(),
    )  # fmt: skip
    shapes = geopandas.GeoSeries(list(wards.shapes))
    at = geopandas.GeoSeries(geopandas.points_from_xy(points["easting"].to_list(), points["northing"].to_list()))
    point, ward = shapes.sindex.query(at, predicate="intersects")
    first = dict(zip(point[::-1].tolist(), ward[::-1].tolist(), strict=True))
    return points.with_columns(ward=pl.Series([wards.codes[first[i]] for i in range(points.height)]))


def _places(addresses: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Named places, each on a door of its own, so that both its name and its address lead there."""
    found = []
    for town, most in PLACES_OF_A_KIND.items():
        own = addresses.filter(pl.col("town") == town)
        for kind, names in PLACE_KINDS.items():
            count = min(most, len(names))
            doors = own[rng.choice(own.height, count, replace=False).tolist()]
            found.append(doors.with_columns(name=pl.Series(names[:count]), kind=pl.lit(kind)))
    columns = ("name", "kind", "number", "street", "town", "postcode", "easting", "northing", "district")
    together: pl.DataFrame = pl.concat(found)
    return together.select(columns)


def write_reference(borough: Borough, folder: Path) -> Reference:
    """Write what the hub's loaders read: GeoPackages in EPSG:27700 with ONS columns (`LSOA21CD`, `WD23CD`, `LAD23CD`,
    each with its name column), a Code-Point-Open file (no header, 10 columns) and an address list
    (uprn,number,street,town,postcode,easting,northing)."""
    folder.mkdir(parents=True, exist_ok=True)
    boundaries = {}
    for layer, stem, areas in (
        ("lsoa", "LSOA21", borough.lsoas), ("ward", "WD23", borough.wards), ("district", "LAD23", borough.districts)
    ):  # fmt: skip
        boundaries[layer] = folder / f"{layer}.gpkg"
        boundaries[layer].unlink(missing_ok=True)
        columns = {f"{stem}CD": list(areas.codes), f"{stem}NM": list(areas.names)}
        frame = geopandas.GeoDataFrame(columns, geometry=list(areas.shapes), crs="EPSG:27700")
        frame.to_file(boundaries[layer], driver="GPKG", layer=layer)
    code_point, addresses = folder / "codepo_nm.csv", folder / "addresses.csv"
    texts = {"country": "E92000001", "region": "E19000001", "health": "E18000001", "county": ""}
    borough.postcodes.select(
        "postcode", pl.lit(10).alias("quality"), "easting", "northing",
        *[pl.lit(v).alias(k) for k, v in texts.items()], "district", "ward",
    ).write_csv(code_point, include_header=False, quote_style="non_numeric")  # fmt: skip
    borough.addresses.drop("district").write_csv(addresses)
    return Reference(boundaries, code_point, addresses)
