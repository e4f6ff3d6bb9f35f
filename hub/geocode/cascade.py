"""Which of a row's locations answers? The first that can, each with its own method, precision and confidence.

UPRN, grid reference, easting and northing, longitude and latitude, exact address, postcode: a location is worked
out once however many rows share it. A place that contradicts its own postcode by more than a kilometre is answered
and said to conflict, with lower confidence; impossible coordinates are not answered at all.
"""

from __future__ import annotations

from typing import Protocol

import polars as pl

from hub.geocode.address import address_keys, postcode_keys, postcode_of
from hub.geocode.grid import format_reference, parse_coordinates, parse_references
from hub.geocode.lonlat import parse_lonlat
from protocols.contract import LonLatOrigin

PLACES = ("easting", "northing", "grid_reference", "longitude", "latitude", "uprn", "address", "street", "town",
          "postcode", "place_text")  # fmt: skip
BAD_PLACES = ("place.zero", "place.swapped", "place.outside-gb", "place.half")
"""Faults of coordinates that cannot be right: such rows go back to their source."""
CONFLICT_M = 1000.0
CONFIDENCE = {
    "uprn": 0.99, "grid-reference": 0.95, "easting-northing": 0.95, "lonlat-ostn15": 0.95, "lonlat-helmert": 0.95,
    "address": 0.97, "postcode": 0.9, "none": 0.0,
}  # fmt: skip
"""Share of answers of each method taken to name the right place; not yet calibrated, see the README."""
ADDRESS_PRECISION_M = 10.0
UPRN_PRECISION_M = 5.0
POSTCODE_PRECISION_M = 125.0
"""95 % of premises lie within this of their postcode's point (2,330 Bristol premises, postcode points left out)."""


class Gazetteer(Protocol):
    """Reference points by key. Each look-up answers one row a key: `easting`, `northing` (Int32, null unknown)."""

    def postcodes(self, keys: pl.Series) -> pl.DataFrame:
        """Points of postcodes, by `postcode_keys`."""
        ...

    def uprns(self, uprns: pl.Series) -> pl.DataFrame:
        """Points of UPRNs (Int64)."""
        ...

    def addresses(self, keys: pl.Series) -> pl.DataFrame:
        """Points of addresses, by `address_keys`."""
        ...

    def extent(self) -> tuple[int, int, int, int] | None:
        """West, south, east, north of what is loaded (metres), for telling exchanged coordinates; None if nothing."""
        ...


def geocode(places: pl.DataFrame, gazetteer: Gazetteer, origin: LonLatOrigin) -> pl.DataFrame:
    """Points of places, in order: `easting`, `northing` (Int32), `grid_reference` (12 digits), `geo_method`,
    `geo_precision_m`, `geo_confidence` (Float32), `geo_fault`.

    `places` holds any of the text columns `PLACES`. `geo_precision_m` is the radius that holds 95 % of true places
    for the method, never finer than what was written.
    """
    places = places.with_columns(**{c: pl.lit(None, pl.Utf8) for c in PLACES if c not in places.columns})
    places = places.select(PLACES)
    unique = places.unique(maintain_order=True)
    answers = _answer(unique, gazetteer, origin)
    joined = places.join(
        pl.concat([unique, answers], how="horizontal"),
        on=list(PLACES),
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return joined.select(
        easting="e",
        northing="n",
        grid_reference="r",
        geo_method="geo_method",
        geo_precision_m="p",
        geo_confidence="c",
        geo_fault="geo_fault",
    )


Steps = list[tuple[str, pl.DataFrame]]


def _steps(
    places: pl.DataFrame, gazetteer: Gazetteer, origin: LonLatOrigin
) -> tuple[list[tuple[str, pl.DataFrame]], pl.DataFrame]:
    """The cascade's steps in order, each (method, points), and the points of the rows' own postcodes."""
    text = places.select(
        pl.concat_str(
            [pl.col(c) for c in ("address", "street", "town", "place_text")], separator=", ", ignore_nulls=True
        )
    ).to_series()
    own = pl.Series(places["postcode"].str.to_uppercase().str.replace_all(r"\s", "").replace("", None))
    postcode = own.zip_with(own.is_not_null(), postcode_of(text))
    uprn = places["uprn"].str.extract(r"^\s*0*(\d{1,12})\s*$", 1).cast(pl.Int64, strict=False)
    at_postcode = gazetteer.postcodes(postcode_keys(postcode)).with_columns(precision=pl.lit(POSTCODE_PRECISION_M))
    helmert = "lonlat-helmert" if origin == "from-grid-helmert" else "lonlat-ostn15"
    return [
        ("uprn", gazetteer.uprns(uprn).with_columns(precision=pl.lit(UPRN_PRECISION_M))),
        ("grid-reference", parse_references(places["grid_reference"])),
        ("easting-northing", parse_coordinates(places["easting"], places["northing"])),
        (helmert, parse_lonlat(places["longitude"], places["latitude"], origin)),
        ("address", gazetteer.addresses(address_keys(text, postcode)).with_columns(precision=pl.lit(ADDRESS_PRECISION_M))),
        ("grid-reference", parse_references(places["place_text"])),
        ("postcode", at_postcode),
    ], at_postcode  # fmt: skip


def _answer(places: pl.DataFrame, gazetteer: Gazetteer, origin: LonLatOrigin) -> pl.DataFrame:
    steps, at_postcode = _steps(places, gazetteer, origin)
    columns, fault = {}, pl.Series([None] * places.height, dtype=pl.Utf8)
    for number, (_, points) in enumerate(steps):
        columns[f"e{number}"] = points["easting"].cast(pl.Int32)
        columns[f"n{number}"] = points["northing"].cast(pl.Int32)
        nowhere = pl.Series([None] * places.height, dtype=pl.Float32)
        columns[f"p{number}"] = points["precision"].cast(pl.Float32).zip_with(points["easting"].is_not_null(), nowhere)
        if "fault" in points.columns:
            fault = fault.zip_with(fault.is_not_null(), points["fault"])
    frame = pl.DataFrame(columns).with_columns(
        pe=at_postcode["easting"].cast(pl.Int32), pn=at_postcode["northing"].cast(pl.Int32), fault=fault
    )
    method = pl.lit("none")
    for number, (name, _) in reversed(list(enumerate(steps))):
        method = pl.when(pl.col(f"e{number}").is_not_null()).then(pl.lit(name)).otherwise(method)
    bad = pl.col("fault").is_in(BAD_PLACES).fill_null(value=False)
    frame = frame.with_columns(
        e=pl.coalesce([pl.col(f"e{i}") for i in range(len(steps))]),
        n=pl.coalesce([pl.col(f"n{i}") for i in range(len(steps))]),
        p=pl.coalesce([pl.col(f"p{i}") for i in range(len(steps))]),
        geo_method=method,
    )
    frame = _swapped(frame, gazetteer.extent())
    apart = (
        (pl.col("e") - pl.col("pe")).cast(pl.Float64) ** 2 + (pl.col("n") - pl.col("pn")).cast(pl.Float64) ** 2
    ).sqrt()
    conflict = (apart > CONFLICT_M).fill_null(value=False) & ~bad
    frame = frame.with_columns(
        geo_fault=pl.when(conflict & pl.col("fault").is_null()).then(pl.lit("place.conflict")).otherwise("fault"),
        c=(pl.col("geo_method").replace_strict(CONFIDENCE) * pl.when(conflict).then(0.5).otherwise(1.0)).cast(
            pl.Float32
        ),
    )
    unanswered = pl.col("geo_fault").is_in(BAD_PLACES).fill_null(value=False)
    frame = frame.with_columns(
        e=pl.when(~unanswered).then("e"),
        n=pl.when(~unanswered).then("n"),
        p=pl.when(~unanswered).then("p"),
        c=pl.when(unanswered).then(0.0).otherwise("c").cast(pl.Float32),
        geo_method=pl.when(unanswered).then(pl.lit("none")).otherwise("geo_method"),
    )
    return frame.with_columns(r=format_reference(pl.col("e"), pl.col("n"))).select(
        "e", "n", "r", "geo_method", "p", "c", "geo_fault"
    )


def _swapped(frame: pl.DataFrame, extent: tuple[int, int, int, int] | None) -> pl.DataFrame:
    """Coordinates outside all that is loaded whose exchanged pair lies inside are exchanged, not far away."""
    if extent is None:
        return frame
    west, south, east, north = extent

    def inside(x: pl.Expr, y: pl.Expr) -> pl.Expr:
        return (x >= west) & (x <= east) & (y >= south) & (y <= north)

    e, n = pl.col("e"), pl.col("n")
    exchanged = pl.col("geo_method").is_in(["easting-northing", "lonlat-ostn15"]) & ~inside(e, n) & inside(n, e)
    return frame.with_columns(fault=pl.when(exchanged).then(pl.lit("place.swapped")).otherwise("fault"))
