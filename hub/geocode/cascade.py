"""Which of a row's locations answers? The first that can, each with its own method, precision and confidence.

UPRN, easting and northing, grid reference, longitude and latitude, address as written, address misspelt, building by
name, junction, marker post and motorway junction, named place, number and street without postcode, street, reference
in the text, postcode, coarse reference, sector, town, district. A location is worked out once however many rows share
it. Coordinates that cannot be right never answer; words that say less than the postcode beside them yield to it; what
contradicts the answer by more than a kilometre is said and lowers its confidence; a tie is `ambiguous`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from hub.geocode.address import normal, postcode_of
from hub.geocode.gazetteer import Gazetteer
from hub.geocode.grid import POINTS, format_letters, format_reference, parse_coordinates
from hub.geocode.lonlat import find_lonlat, parse_lonlat
from hub.geocode.postcode import outward_points, postcode_points
from hub.geocode.precision import CLASSES
from hub.geocode.premises import as_written
from hub.geocode.reference import find_references, parse_references
from hub.geocode.steps import ANSWER, Step, blank, in_words, nulls, scattered, step_of, widening
from hub.geocode.wording import beside_door, spelled_out
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
    "place.ambiguous": "the location can be read in two ways, or fits several places equally well",
    "place.unreadable": "the coordinates or the grid reference cannot be read",
    "place.several": "several grid references in one field: the first was taken, wide enough for all",
    "place.zero-padded": "a lost leading zero was put back",
    "place.units-assumed": "taken to be in units of 10 m, 100 m or 1 km, the only ones that lie in Great Britain",
    "place.postcode-mended": "letters and figures of the postcode were exchanged and have been put right",
    "place.uprn-damaged": "a spreadsheet has rounded the UPRN",
    "place.uprn-unreadable": "the UPRN is not a number of at most twelve figures",
    "place.uprn-unknown": "the UPRN is not in the gazetteer",
    "place.postcode-unknown": "the postcode is not in the gazetteer",
    "place.unmatched": "nothing in the words was recognised as a place",
}
"""What `geo_fault` may hold, the gravest first, and what to say of it."""
GRAVITY = {rule: rank for rank, rule in enumerate(FAULTS)}

CONFLICT_M = 1000.0
DOUBT = {
    "place.conflict": 0.5, "place.swapped": 0.8, "place.units-assumed": 0.7, "place.zero-padded": 0.8,
    "place.several": 0.8, "place.postcode-mended": 0.9,
}  # fmt: skip
"""What is left of the confidence where something had to be assumed or contradicts."""
UPRN_PRECISION_M = 5.0
ADDRESS_PRECISION_M = 10.0
COARSE_REFERENCE_M = 125.0
"""A reference coarser than this says less than a postcode."""
YIELDING = ("junction", "marker-post", "motorway", "place", "street-town", "street")
"""Methods that read words: where a postcode is known and says more, or lies elsewhere, it answers in their stead."""
OUT: dict[str, pl.DataType | type[pl.DataType]] = {
    "easting": pl.Int32, "northing": pl.Int32, "grid_reference": pl.Utf8, "geo_method": pl.Utf8,
    "geo_precision_m": pl.Float32, "geo_confidence": pl.Float32, "geo_fault": pl.Utf8, "grid_letters": pl.Utf8,
    "geo_class": pl.Utf8, "geo_matched_id": pl.Utf8, "geo_matched_text": pl.Utf8, "geo_source": pl.Utf8,
    "geo_vintage": pl.Utf8, "geo_alternatives": pl.Int32, "geo_margin": pl.Float32, "geo_note": pl.Utf8,
}  # fmt: skip
"""Columns of an answer, in order."""


def geocode(places: pl.DataFrame, gazetteer: Gazetteer, origin: LonLatOrigin) -> pl.DataFrame:
    """Points of places, in order, with the columns `OUT`.

    `places` holds any of the text columns `PLACES`. `geo_method`: a key of `hub.geocode.precision.CLASSES`.
    `geo_precision_m` is the radius that holds 95 % of true places for such an answer, never finer than what was
    written; `geo_confidence` the share of such answers that name the right thing at all. `geo_fault` is one of
    `FAULTS`, also beside an answer that another field gave; null where all is well. `geo_alternatives` counts what
    fits as well or nearly and lies elsewhere, `geo_margin` (0 to 1) tells how much less well the next one fits;
    `geo_note` says what relation widened the precision.
    """
    given = tidy(places)
    if not given.height:
        return _answer(given, gazetteer, origin)
    numbered = given.with_columns(_place=pl.struct(PLACES).rank("dense") - 1)
    unique = numbered.unique("_place").sort("_place").select(PLACES)
    if unique.height == given.height:
        return _answer(given, gazetteer, origin)
    return _answer(unique, gazetteer, origin)[numbered["_place"]]


def tidy(places: pl.DataFrame) -> pl.DataFrame:
    """The columns `PLACES`, blank where not given."""
    missing = [pl.lit(None, pl.Utf8).alias(c) for c in PLACES if c not in places.columns]
    trimmed = [pl.col(c).cast(pl.Utf8).str.strip_chars().replace("", None) for c in PLACES if c in places.columns]
    return places.select(*trimmed, *missing).select(PLACES)


def text_of(places: pl.DataFrame) -> pl.Series:
    """All the words of each place in one text."""
    words = [pl.col(c) for c in ("address", "place_text", "street", "town")]
    return places.select(pl.concat_str(words, separator=", ", ignore_nulls=True).replace("", None)).to_series()


def _answer(places: pl.DataFrame, gazetteer: Gazetteer, origin: LonLatOrigin) -> pl.DataFrame:
    steps = all_steps(places, gazetteer, origin)
    return settle(steps, gazetteer, has_words=text_of(places).is_not_null())


def all_steps(places: pl.DataFrame, gazetteer: Gazetteer, origin: LonLatOrigin) -> list[Step]:
    """Every step's answer for `tidy` places, in the order in which they answer."""
    text = text_of(places)
    own = postcode_of(places["postcode"])
    unread = text.set(own.is_not_null(), None)
    postcode = own.zip_with(own.is_not_null(), postcode_of(unread))
    height = len(text)
    plain = normal(text)
    at_postcode = postcode_points(postcode, places["postcode"], plain, gazetteer)
    unplaced = at_postcode.points["easting"].is_null()
    sector, district = outward_points(places["postcode"], postcode, text, unplaced, gazetteer)
    lonlat = "lonlat-helmert" if origin == "from-grid-helmert" else "lonlat-ostn15"
    surer, coarse = list[Step](), blank(height)
    if _any(places, "uprn"):
        surer.append(Step("uprn", _uprn_points(places["uprn"], gazetteer)))
    if _any(places, "easting", "northing"):
        pair, corrected = _uncrossed(places, at_postcode.points, gazetteer)
        surer += [Step("easting-northing", blank(height, pair)), Step("easting-northing", blank(height, corrected))]
    if _any(places, "grid_reference"):
        fine, wide = _by_fineness(parse_references(places["grid_reference"]))
        surer.append(Step("grid-reference", blank(height, fine)))
        coarse = blank(height, wide)
    if _any(places, "longitude", "latitude"):
        points = parse_lonlat(places["longitude"], places["latitude"], origin)
        surer.append(Step(lonlat, blank(height, points)))
    known, readings = as_written(plain, postcode, gazetteer)
    surer.append(Step("address", _address_points(known, text)))
    open_rows = np.ones(len(text), dtype=bool)
    for step in surer:
        open_rows &= step.points["easting"].is_null().to_numpy()
    anchors = _anchors(at_postcode.points, sector, district)
    words = in_words(text, postcode, readings, anchors, open_rows, gazetteer)
    doors = ("street-number", "address-fuzzy", "address-name")
    street = [s for s in words if s.method in doors]
    rest = [s for s in words if s.method not in (*doors, "town")]
    return [
        *surer, *street, *rest,
        Step("grid-reference", _read_in(text, r"\d{3,6}[\s,]*\d{3,6}", find_references)),
        Step("lonlat-ostn15", _read_in(text, r"\d\.\d{3}.*\d\.\d{3}", find_lonlat)),
        at_postcode,
        Step("grid-reference", coarse),
        Step("sector", sector),
        *[s for s in words if s.method == "town"],
        Step("district", district),
    ]  # fmt: skip


def _any(places: pl.DataFrame, *columns: str) -> bool:
    """Is anything written in these columns? A step without input costs nothing."""
    return any(places[c].null_count() < places.height for c in columns)


def _read_in(text: pl.Series, figures: str, find: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """Answers of coordinates that stand in the words; only texts with such `figures` are read."""
    likely = text.str.contains(figures).fill_null(value=False)
    if not likely.any():
        return blank(len(text))
    rows = likely.arg_true().cast(pl.Int64)
    found = find(text.gather(rows)).with_columns(row=rows)
    return scattered(len(text), found)


def _anchors(postcode: pl.DataFrame, sector: pl.DataFrame, district: pl.DataFrame) -> pl.DataFrame:
    """What else places each row: `row easting northing radius full`, the finest that is known."""
    frames = []
    for frame, beyond, full in ((postcode, 1200.0, True), (sector, 1000.0, False), (district, 1500.0, False)):
        numbered = frame.with_row_index("row").filter(pl.col("easting").is_not_null())
        frames.append(numbered.select(
            pl.col("row").cast(pl.Int64), "easting", "northing", radius=pl.col("precision").cast(pl.Float64) + beyond,
            full=pl.lit(full),
        ))  # fmt: skip
    return pl.concat(frames).unique("row", keep="first", maintain_order=True)


def settle(steps: list[Step], gazetteer: Gazetteer, has_words: pl.Series) -> pl.DataFrame:
    """The answer of the first step that has one, with what the steps found wrong and how far they disagree."""
    east, north, precision = (
        np.stack([s.points[c].cast(pl.Float64).fill_null(np.nan).to_numpy() for s in steps])
        for c in ("easting", "northing", "precision")
    )
    has = ~np.isnan(east)
    _yield(steps, has, east, north, precision)
    first, any_has = has.argmax(axis=0)[None, :], has.any(axis=0)
    e, n, p = (np.take_along_axis(a, first, axis=0)[0] for a in (east, north, precision))
    apart = np.hypot(east - e, north - n) - precision - p
    conflict = (np.nan_to_num(apart, nan=-1.0) > CONFLICT_M).any(axis=0)
    said = np.stack([(s.points["fault"] == "place.conflict").fill_null(value=False).to_numpy() for s in steps])
    conflict |= said.any(axis=0)
    tied = np.stack([s.points["tie"].to_numpy() for s in steps]).any(axis=0) & ~any_has
    names = np.array([s.method for s in steps], dtype=object)
    method = np.where(any_has, names[first[0]], np.where(tied, "ambiguous", "none"))
    gravest, doubt = _faults(steps, conflict, first[0], has_words.to_numpy() & ~any_has & ~tied)
    chosen = _gathered(steps, first[0], any_has, tied)
    sources = pl.DataFrame({
        "layer": pl.Series(range(len(gazetteer.sources)), dtype=pl.Int32),
        "geo_source": pl.Series([s.product for s in gazetteer.sources], dtype=pl.Utf8),
        "geo_vintage": pl.Series([s.vintage for s in gazetteer.sources], dtype=pl.Utf8),
    })  # fmt: skip
    frame = pl.DataFrame({"easting": e, "northing": n, "geo_precision_m": p}).fill_nan(None)
    frame = pl.concat([frame, chosen], how="horizontal").join(sources, on="layer", how="left", maintain_order="left")
    held = gazetteer.calibration
    return frame.with_columns(
        pl.col("easting", "northing").cast(pl.Int32),
        geo_method=pl.Series(method.tolist(), dtype=pl.Utf8),
        geo_fault=gravest,
    ).with_columns(
        geo_class=pl.col("geo_method").replace_strict(CLASSES, return_dtype=pl.Utf8),
        grid_reference=format_reference(pl.col("easting"), pl.col("northing")),
        geo_precision_m=pl.col("geo_precision_m")
        * pl.coalesce("kind", "geo_method").replace_strict(held.factor, default=1.0, return_dtype=pl.Float64),
        geo_confidence=pl.when(pl.col("easting").is_not_null()).then(
            pl.coalesce("kind", "geo_method").replace_strict(held.confidence, default=0.0, return_dtype=pl.Float64) * pl.Series(doubt)
        ).otherwise(0.0),
    ).with_columns(grid_letters=format_letters(frame["easting"], frame["northing"], frame["geo_precision_m"])).select(
        [pl.col(c).cast(t) for c, t in OUT.items()]
    )  # fmt: skip


def _yield(steps: list[Step], has: np.ndarray, east: np.ndarray, north: np.ndarray, precision: np.ndarray) -> None:
    """Words that say less than the postcode, or lie elsewhere, do not answer before it."""
    at = next(i for i, s in enumerate(steps) if s.method == "postcode")
    known = has[at]
    for i, step in enumerate(steps):
        if step.method in YIELDING:
            apart = np.hypot(east[i] - east[at], north[i] - north[at])
            # a street's middle must say much more than the postcode of one stretch of it
            finer = precision[i] if step.method not in ("street", "street-town") else precision[i] * 2
            with np.errstate(invalid="ignore"):
                has[i] &= ~(known & ((finer >= precision[at]) | (apart > CONFLICT_M + precision[i] + precision[at])))


def _gathered(steps: list[Step], first: np.ndarray, any_has: np.ndarray, tied: np.ndarray) -> pl.DataFrame:
    """The chosen step's id, text, layer, alternatives, margin and note for each place."""
    count = len(first)
    out = {c: nulls(count, t) for c, t in ANSWER.items() if c not in POINTS and c != "tie"}
    for number, step in enumerate(steps):
        mine = pl.Series((first == number) & any_has)
        if step.bare or not mine.any():
            continue
        out = {c: step.points[c].zip_with(mine, held) for c, held in out.items()}
    for step in steps:
        here = pl.Series(tied) & step.points["tie"]
        if here.any():
            out = {c: step.points[c].zip_with(here, held) for c, held in out.items()}
    return pl.DataFrame(out).rename(
        {"id": "geo_matched_id", "text": "geo_matched_text", "alternatives": "geo_alternatives", "margin": "geo_margin",
         "note": "geo_note"}
    )  # fmt: skip


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
    return pl.Series(np.array([*names, None], dtype=object)[gravest].tolist(), dtype=pl.Utf8), doubt


def _uprn_points(texts: pl.Series, gazetteer: Gazetteer) -> pl.DataFrame:
    """Answers of UPRN texts. `1.00E+11` names a whole range of them: it is refused, not read."""
    number = texts.str.extract(r"(?i)^(?:UPRN[:\s]*)?0*(\d{1,12})(?:\.0*)?$", 1).cast(pl.Int64, strict=False)
    found = gazetteer.uprns(number).with_columns(
        number=number, damaged=texts.str.contains(r"(?i)^\d(?:[.,]\d*)?\s*E\s*\+?\s*\d+$"), written=texts.is_not_null()
    )
    fault = (
        pl.when(pl.col("easting").is_not_null()).then(None)
        .when("damaged").then(pl.lit("place.uprn-damaged"))
        .when(pl.col("written") & pl.col("number").is_null()).then(pl.lit("place.uprn-unreadable"))
        .when("written").then(pl.lit("place.uprn-unknown"))
    )  # fmt: skip
    return step_of(found.select(
        "easting", "northing", "layer", precision=pl.lit(UPRN_PRECISION_M), fault=fault,
        id=pl.col("number").cast(pl.Utf8), margin=pl.lit(1.0),
    ))  # fmt: skip


def _address_points(known: pl.DataFrame, text: pl.Series) -> pl.DataFrame:
    """Answers of addresses that the gazetteer holds under the same door, street and postcode (`as_written`)."""
    # what begins with its door stands in no relation to it
    beside = (known["easting"].is_not_null() & ~text.str.contains(r"^\d")).arg_true()
    metres = pl.repeat(0.0, len(text), dtype=pl.Float64, eager=True)
    if len(beside):
        metres = metres.scatter(beside, beside_door(spelled_out(text.gather(beside))))
    return step_of(known.select(
        "easting", "northing", "layer", "text", precision=ADDRESS_PRECISION_M + metres, id=pl.col("uprn").cast(pl.Utf8),
        margin=pl.lit(1.0), note=widening(metres),
    ))  # fmt: skip


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
