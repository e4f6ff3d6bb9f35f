"""Where does a postcode lie? Whole ones as precise as their neighbours allow, mended ones, sectors and districts."""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.geocode.address import postcode_keys, text_keys
from hub.geocode.gazetteer import Gazetteer
from hub.geocode.steps import Step, blank, scattered, step_of

SECTOR = r"^\s*([A-Z]{1,2}\d[A-Z\d]?)\s*(\d)"
DISTRICT = r"^\s*([A-Z]{1,2}\d[A-Z\d]?)\s*(?:\d[A-Z]{0,2})?\s*$"
DISTRICT_IN_TEXT = r"(?:,\s*|\s)([A-Z]{1,2}\d[A-Z\d]?)(?:\s+(\d))?\s*$"
DOORLESS = (
    r"\b(?:UNITS?|PARK|ESTATE|CENTRE|TRADING|RETAIL|HOSPITAL|SCHOOL|UNIVERSITY|COLLEGE|FARM|STADIUM|GROUND|AIRPORT|DOCKS?|"
    r"DEPOT|CAMPUS|KIOSK|STALL|STAND)\b"
)
"""Words of premises that lie wide round their postcode's point."""
BEGINS_WITH_DOOR = r"^\d{1,4}[A-Z]? (?:AND \d{1,4}[A-Z]? )?[A-Z]"


def postcode_points(postcode: pl.Series, written: pl.Series, plain: pl.Series, gazetteer: Gazetteer) -> Step:
    """Answers of postcodes, as precise as their quality, their neighbours and the kind of address say."""
    found = gazetteer.postcodes(postcode_keys(postcode))
    lone = found["easting"].is_null() & postcode.is_null() & written.is_not_null()
    right = pl.Series([None] * len(written), dtype=pl.Utf8)
    if lone.any():
        right = put_right(written.zip_with(lone, right))
        second = gazetteer.postcodes(postcode_keys(right))
        found = pl.DataFrame({c: second[c].zip_with(lone, found[c]) for c in found.columns})
    door = begins_with_door(plain)
    radius = gazetteer.calibration.postcode_radius(
        found["spacing"].fill_null(np.nan).to_numpy(), found["quality"].fill_null(0).to_numpy(), door.to_numpy()
    )
    fault = (
        pl.when(pl.col("easting").is_not_null() & (lone & right.is_not_null())).then(pl.lit("place.postcode-mended"))
        .when(pl.col("easting").is_null() & (postcode.is_not_null() | written.is_not_null()))
        .then(pl.lit("place.postcode-unknown"))
    )  # fmt: skip
    shown = postcode.zip_with(postcode.is_not_null(), right)
    spaced = pl.DataFrame({"p": shown}).select(
        pl.col("p").str.slice(0, pl.col("p").str.len_chars() - 3) + " " + pl.col("p").str.slice(-3)
    ).to_series()  # fmt: skip
    return Step("postcode", step_of(found.select(
        "easting", "northing", "layer", precision=pl.Series(radius), fault=fault, id=spaced, text=spaced, margin=pl.lit(1.0)
    )))  # fmt: skip


def begins_with_door(plain: pl.Series) -> pl.Series:
    """Does an address (`normal`) begin with a door in a street, and name nothing that lies wide round its postcode?"""
    wide = plain.str.contains(DOORLESS).fill_null(value=False)
    return plain.str.contains(BEGINS_WITH_DOOR).fill_null(value=False) & ~wide


def put_right(texts: pl.Series) -> pl.Series:
    """Postcodes with letters for figures and figures for letters (`BSI OAA`), put right by their places."""
    clean = pl.col("t").str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    form = r"^([A-Z0-9]{1,2}?[0-9OIL][A-Z0-9]?)([0-9OILS])([A-Z0158]{2})$"
    figure = clean.str.extract(form, 2).str.replace_many(["O", "I", "L", "S"], ["0", "1", "1", "5"])
    letters = clean.str.extract(form, 3).str.replace_many(["0", "1", "5", "8"], ["O", "I", "S", "B"])
    outward = clean.str.extract(form, 1)
    area = outward.str.extract(r"^([A-Z]{1,2}?)[0-9OIL]{1,2}[A-Z]?$", 1)
    number = outward.str.slice(area.str.len_chars()).str.replace_many(["O", "I", "L"], ["0", "1", "1"])
    return pl.DataFrame({"t": texts}).select(area + number + figure + letters).to_series()


def outward_points(
    written: pl.Series, postcode: pl.Series, text: pl.Series, unplaced: pl.Series, gazetteer: Gazetteer
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers of postcode sectors and districts, for rows that no postcode places: it is not known, or written short."""
    height, rows = len(text), unplaced.arg_true().cast(pl.Int64)
    if not len(rows):
        return blank(height), blank(height)
    written, postcode = written.gather(rows), postcode.gather(rows)
    text = text.gather(rows).set(postcode.is_not_null(), None)
    upper = written.str.to_uppercase()
    frame = pl.DataFrame({"w": upper.zip_with(upper.is_not_null(), postcode), "p": postcode, "t": text.str.to_uppercase()}).select(
        outward=pl.coalesce(
            pl.col("p").str.slice(0, pl.col("p").str.len_chars() - 3), pl.col("w").str.extract(DISTRICT, 1),
            pl.col("w").str.extract(SECTOR, 1), pl.col("t").str.extract(DISTRICT_IN_TEXT, 1),
        ),
        figure=pl.coalesce(
            pl.col("p").str.slice(-3, 1), pl.col("w").str.extract(SECTOR, 2), pl.col("t").str.extract(DISTRICT_IN_TEXT, 2)
        ),
    )  # fmt: skip
    steps = []
    for shown, key in ((pl.col("outward") + " " + pl.col("figure"), "S "), (pl.col("outward"), "D ")):
        texts = frame.select(shown).to_series()
        found = gazetteer.sectors(text_keys(key + texts))
        some = found.select(
            "easting", "northing", "layer", precision="radius", id=texts, text=texts, margin=pl.lit(1.0)
        )
        steps.append(scattered(height, some.with_columns(row=rows)))
    return steps[0], steps[1]
