"""Which of a row's locations answers? The first that can, each with its own method, precision and confidence.

UPRN, easting and northing, grid reference, longitude and latitude, exact address, reference in the text, postcode, and
last a reference coarser than a postcode. A location is worked out once however many rows share it. Coordinates that
cannot be right never answer; what contradicts the answer by more than a kilometre is said and lowers its confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from hub.geocode.address import address_keys, doors, postcode_keys, postcode_of
from hub.geocode.grid import POINTS, format_reference, no_points, parse_coordinates
from hub.geocode.lonlat import parse_lonlat
from hub.geocode.reference import find_references, parse_references
from protocols.contract import LonLatOrigin

PLACES = ("easting", "northing", "grid_reference", "longitude", "latitude", "uprn", "address", "street", "town",
          "postcode", "place_text")  # fmt: skip
BAD_PLACES = ("place.zero", "place.swapped", "place.outside-gb", "place.half")
"""Faults of coordinates that cannot be right: such rows go back to their source."""
FAULTS = {
    "place.zero": "the coordinates are (0, 0)",
    "place.swapped": "easting and northing (or longitude and latitude) are exchanged",
    "place.outside-gb": "the coordinates lie outside Great Britain",
    "place.half": "one of the two coordinates is missing or not a number",
    "place.conflict": "the location contradicts another of the same row, its postcode for one, by more than a kilometre",
    "place.ambiguous": "the grid reference can be read in two ways",
    "place.unreadable": "the coordinates or the grid reference cannot be read",
    "place.several": "several grid references in one field: the first was taken, wide enough for all",
    "place.zero-padded": "a lost leading zero was put back",
    "place.units-assumed": "taken to be in units of 10 m, 100 m or 1 km, the only ones that lie in Great Britain",
    "place.uprn-damaged": "a spreadsheet has rounded the UPRN",
    "place.uprn-unreadable": "the UPRN is not a number of at most twelve figures",
    "place.uprn-unknown": "the UPRN is not in the gazetteer",
    "place.postcode-unknown": "the postcode is not in the gazetteer",
    "place.unmatched": "nothing in the words was recognised as a place",
}
"""What `geo_fault` may hold, the gravest first, and what to say of it."""
GRAVITY = {rule: rank for rank, rule in enumerate(FAULTS)}

CONFLICT_M = 1000.0
CONFIDENCE = {
    "uprn": 0.99, "easting-northing": 0.95, "grid-reference": 0.95, "lonlat-ostn15": 0.95, "lonlat-helmert": 0.95,
    "address": 0.97, "postcode": 0.9, "none": 0.0,
}  # fmt: skip
"""Share of answers of each method taken to name the right place; judged, not yet calibrated."""
DOUBT = {
    "place.conflict": 0.5, "place.swapped": 0.8, "place.units-assumed": 0.7, "place.zero-padded": 0.8,
    "place.several": 0.8,
}  # fmt: skip
"""What is left of the confidence where something had to be assumed or contradicts."""
UPRN_PRECISION_M = 5.0
ADDRESS_PRECISION_M = 10.0
POSTCODE_PRECISION_M = {0: 125.0, 10: 125.0, 20: 125.0, 30: 175.0, 40: 250.0, 50: 500.0, 60: 4051.0}
"""By positional quality (Code-Point Open; 0 unknown). 10 and 20: 95 % of 2,330 Bristol premises lie within 125 m of
their postcode's point. 60 is the mean of the sector: 4,051 m in Avon and Somerset. Between them: judged."""
COARSE_REFERENCE_M = 125.0
"""A reference coarser than this says less than a postcode."""


class Gazetteer(Protocol):
    """Reference points by key. Each look-up answers one row a key: `easting`, `northing` (Int32, null unknown)."""

    def uprns(self, uprns: pl.Series) -> pl.DataFrame:
        """Points of UPRNs (Int64)."""
        ...

    def postcodes(self, keys: pl.Series) -> pl.DataFrame:
        """Points of postcodes, by `postcode_keys`; also `quality` (Int32): positional quality, 0 where not stated."""
        ...

    def addresses(self, keys: pl.Series) -> pl.DataFrame:
        """Points of addresses, by `address_keys`."""
        ...

    def near(self, easting: pl.Series, northing: pl.Series) -> pl.Series:
        """Is anything known within some two kilometres? Null for null; all null where nothing is loaded."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One step's answer for every place: `points` as `hub.geocode.grid.POINTS`."""

    method: str
    points: pl.DataFrame


def geocode(places: pl.DataFrame, gazetteer: Gazetteer, origin: LonLatOrigin) -> pl.DataFrame:
    """Points of places, in order: `easting`, `northing` (Int32), `grid_reference` (12 digits), `geo_method`,
    `geo_precision_m`, `geo_confidence` (Float32), `geo_fault`.

    `places` holds any of the text columns `PLACES`. Methods: the keys of `CONFIDENCE`. `geo_precision_m` is the radius
    that holds 95 % of true places for the method, never finer than what was written; `geo_confidence` the share of such
    answers that name the right place at all. `geo_fault` is one of `FAULTS`, also beside an answer that another field
    gave; null where all is well.
    """
    blank = [pl.lit(None, pl.Utf8).alias(c) for c in PLACES if c not in places.columns]
    trimmed = [pl.col(c).cast(pl.Utf8).str.strip_chars().replace("", None) for c in PLACES if c in places.columns]
    given = places.select(*trimmed, *blank).select(PLACES)
    if not given.height:
        return _answer(given, gazetteer, origin)
    numbered = given.with_columns(_place=pl.struct(PLACES).rank("dense") - 1)
    unique = numbered.unique("_place").sort("_place").select(PLACES)
    return _answer(unique, gazetteer, origin)[numbered["_place"]]


def _answer(places: pl.DataFrame, gazetteer: Gazetteer, origin: LonLatOrigin) -> pl.DataFrame:
    text = places.select(
        pl.concat_str([pl.col(c) for c in ("address", "street", "town", "place_text")], separator=", ",
                      ignore_nulls=True).replace("", None)
    ).to_series()  # fmt: skip
    own = postcode_of(places["postcode"])
    postcode = own.zip_with(own.is_not_null(), postcode_of(text))
    at_postcode = _postcode_points(postcode, places["postcode"], gazetteer)
    pair, corrected = _uncrossed(places, at_postcode, gazetteer)
    written = parse_references(places["grid_reference"])
    fine, coarse = _by_fineness(written)
    lonlat = "lonlat-helmert" if origin == "from-grid-helmert" else "lonlat-ostn15"
    steps = [
        Step("uprn", _uprn_points(places["uprn"], gazetteer)),
        Step("easting-northing", pair),
        Step("easting-northing", corrected),
        Step("grid-reference", fine),
        Step(lonlat, parse_lonlat(places["longitude"], places["latitude"], origin)),
        Step("address", _address_points(text, postcode, gazetteer)),
        Step("grid-reference", find_references(text)),
        Step("postcode", at_postcode),
        Step("grid-reference", coarse),
    ]
    return _first(steps, has_words=text.is_not_null())


def _first(steps: list[Step], has_words: pl.Series) -> pl.DataFrame:
    """The answer of the first step that has one, with what the steps found wrong and how far they disagree."""
    east, north, precision = (
        np.stack([s.points[c].cast(pl.Float64).fill_null(np.nan).to_numpy() for s in steps])
        for c in ("easting", "northing", "precision")
    )
    has = ~np.isnan(east)
    first, any_has = has.argmax(axis=0)[None, :], has.any(axis=0)
    e, n, p = (np.take_along_axis(a, first, axis=0)[0] for a in (east, north, precision))
    apart = np.hypot(east - e, north - n) - precision - p
    conflict = (np.nan_to_num(apart, nan=-1.0) > CONFLICT_M).any(axis=0)
    method = pl.Series([*(s.method for s in steps), "none"])[np.where(any_has, first[0], len(steps)).tolist()]
    gravest, doubt = _faults(steps, conflict, first[0], has_words.to_numpy() & ~any_has)
    frame = pl.DataFrame({"easting": e, "northing": n, "geo_precision_m": p}).fill_nan(None)
    return frame.with_columns(
        pl.col("easting", "northing").cast(pl.Int32),
        pl.col("geo_precision_m").cast(pl.Float32),
        geo_method=method,
        geo_fault=gravest,
    ).select(
        "easting",
        "northing",
        "geo_method",
        "geo_precision_m",
        "geo_fault",
        grid_reference=format_reference(pl.col("easting"), pl.col("northing")),
        geo_confidence=(
            pl.col("geo_method").replace_strict(CONFIDENCE, return_dtype=pl.Float64) * pl.Series(doubt)
        ).cast(pl.Float32),
    ).select("easting", "northing", "grid_reference", "geo_method", "geo_precision_m", "geo_confidence", "geo_fault")  # fmt: skip


def _faults(
    steps: list[Step], conflict: np.ndarray, first: np.ndarray, unmatched: np.ndarray
) -> tuple[pl.Series, np.ndarray]:
    """The gravest fault of each place, and what is left of the answer's confidence."""
    names = list(FAULTS)
    none = len(names)
    ranks = np.stack([
        s.points["fault"].replace_strict(GRAVITY, default=none, return_dtype=pl.Int32).to_numpy() for s in steps
    ])  # fmt: skip
    own = np.take_along_axis(ranks, first[None, :], axis=0)[0]
    left = np.array([DOUBT.get(name, 1.0) for name in names] + [1.0])
    doubt = left[own] * np.where(conflict, DOUBT["place.conflict"], 1.0)
    gravest = np.minimum.reduce([
        ranks.min(axis=0),
        np.where(conflict, GRAVITY["place.conflict"], none),
        np.where(unmatched, GRAVITY["place.unmatched"], none),
    ])  # fmt: skip
    return pl.Series([*names, None], dtype=pl.Utf8)[gravest.tolist()], doubt


def _looked_up(found: pl.DataFrame, precision: pl.Expr, fault: pl.Expr) -> pl.DataFrame:
    known = pl.col("easting").is_not_null()
    return found.select(
        pl.col("easting").cast(pl.Int32),
        pl.col("northing").cast(pl.Int32),
        precision=pl.when(known).then(precision).cast(pl.Float32),
        fault=pl.when(~known).then(fault).cast(pl.Utf8),
    )


def _uprn_points(texts: pl.Series, gazetteer: Gazetteer) -> pl.DataFrame:
    """Points of UPRN texts. `1.00E+11` names a whole range of them: it is refused, not read."""
    number = texts.str.extract(r"^0*(\d{1,12})(?:\.0*)?$", 1).cast(pl.Int64, strict=False)
    found = gazetteer.uprns(number).with_columns(
        number=number, damaged=texts.str.contains(r"(?i)^\d(?:[.,]\d*)?\s*E\s*\+?\s*\d+$"), written=texts.is_not_null()
    )
    fault = (
        pl.when("damaged").then(pl.lit("place.uprn-damaged"))
        .when(pl.col("written") & pl.col("number").is_null()).then(pl.lit("place.uprn-unreadable"))
        .when("written").then(pl.lit("place.uprn-unknown"))
    )  # fmt: skip
    return _looked_up(found, pl.lit(UPRN_PRECISION_M), fault)


def _postcode_points(postcode: pl.Series, written: pl.Series, gazetteer: Gazetteer) -> pl.DataFrame:
    """Points of postcodes, as precise as their positional quality says."""
    found = gazetteer.postcodes(postcode_keys(postcode)).with_columns(
        asked=postcode.is_not_null() | written.is_not_null()
    )
    precision = pl.col("quality").replace_strict(POSTCODE_PRECISION_M, default=500.0, return_dtype=pl.Float64)
    return _looked_up(found, precision, pl.when("asked").then(pl.lit("place.postcode-unknown")))


def _address_points(texts: pl.Series, postcodes: pl.Series, gazetteer: Gazetteer) -> pl.DataFrame:
    """Points of addresses that the gazetteer holds under the same door, street and postcode."""
    answer = no_points(len(texts))
    readings = doors(texts)
    for reading in reversed(readings.columns):
        found = gazetteer.addresses(address_keys(readings[reading], postcodes))
        points = _looked_up(found, pl.lit(ADDRESS_PRECISION_M), pl.lit(None))
        known = points["easting"].is_not_null()
        answer = pl.DataFrame({c: points[c].zip_with(known, answer[c]) for c in POINTS})
    return answer


def _uncrossed(
    places: pl.DataFrame, at_postcode: pl.DataFrame, gazetteer: Gazetteer
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Points of easting and northing as written, and those that are certainly exchanged, put right.

    A pair is exchanged where only so it lies in Great Britain, where only so it lies near its own postcode, or where
    only so it lies near anything the gazetteer knows. Only the row's own postcode is proof enough to put it right;
    else it is refused. Either way the fault says `place.swapped`.
    """
    written = parse_coordinates(places["easting"], places["northing"])
    crossed = parse_coordinates(places["northing"], places["easting"]).select(*POINTS)
    frame = pl.concat(
        [written.rename({c: f"w_{c}" for c in POINTS}), crossed, at_postcode.rename({c: f"p_{c}" for c in POINTS})],
        how="horizontal",
    ).with_columns(
        near_written=gazetteer.near(written["easting"], written["northing"]),
        near_crossed=gazetteer.near(crossed["easting"], crossed["northing"]),
    )

    def away(east: str, north: str) -> pl.Expr:
        return ((pl.col(east) - pl.col("p_easting")).cast(pl.Float64) ** 2
                + (pl.col(north) - pl.col("p_northing")).cast(pl.Float64) ** 2).sqrt()  # fmt: skip

    # a pair that lies in the country either way needs a proof; in other units than metres it is no pair to turn round
    metres = pl.col("fault").is_null() | (pl.col("fault") == "place.swapped")
    possible = metres & pl.col("easting").is_not_null()
    proven = possible & (away("easting", "northing") <= CONFLICT_M + pl.col("p_precision"))
    proven &= (away("w_easting", "w_northing") > CONFLICT_M + pl.col("p_precision")).fill_null(value=True)
    lost = possible & ~pl.col("near_written") & pl.col("near_crossed")
    swapped = proven.fill_null(value=False) | lost.fill_null(value=False)
    frame = frame.with_columns(swapped=swapped, proven=proven.fill_null(value=False))
    as_written = frame.select(
        *[pl.when(~pl.col("swapped")).then(f"w_{c}").alias(c) for c in ("easting", "northing", "precision")],
        fault=pl.when("swapped").then(pl.lit("place.swapped")).otherwise("w_fault"),
    )
    put_right = frame.select(
        *[pl.when("proven").then(pl.col(c)).alias(c) for c in ("easting", "northing", "precision")],
        fault=pl.when("proven").then(pl.lit("place.swapped")),
    )
    return as_written, put_right


def _by_fineness(references: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """References finer and coarser than a postcode; faults stay with the finer."""
    fine = (pl.col("precision") <= COARSE_REFERENCE_M) | pl.col("precision").is_null()
    points = ("easting", "northing", "precision")
    return (
        references.select(*[pl.when(fine).then(c).alias(c) for c in points], "fault"),
        references.select(*[pl.when(~fine).then(c).alias(c) for c in points], fault=pl.lit(None, pl.Utf8)),
    )
