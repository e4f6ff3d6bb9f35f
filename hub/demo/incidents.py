"""Incident logs as a command-and-control system writes them: CSV, UTF-8 with a mark (`police-incidents/1`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from hub.demo.canaries import plant
from hub.demo.dirt import (
    BAD,
    CORRECTION,
    DUPLICATE,
    FORMULA,
    FORMULAS,
    PLACES,
    REPEATED,
    ROW,
    Plan,
    Spoil,
    existing,
    last_spring,
    repeated,
)
from hub.demo.notes import FIRST, NO_SUSPECT
from hub.demo.people import people, pick, some
from hub.demo.scene import Setting, Stretch, at, begin, scenes, with_notes

COLUMNS = ("Incident No", "Opened", "Attended", "Closed", "Opening Code", "NICL Closing Code", "Qualifiers", "DA",
           "Grade", "Location", "Postcode", "Easting", "Northing", "Beat", "Caller Name", "Caller Phone",
           "Attending Officer", "Result Text")  # fmt: skip
KINDS = (*BAD, *PLACES, FORMULA)
COPIES = (DUPLICATE, CORRECTION)
SECOND = "%d/%m/%Y %H:%M:%S"
CODES = {"ASB1": 14, "ASB2": 26, "ASB3": 6, "PSW1": 8, "PSW2": 10, "PSW3": 3, "PSW4": 8, "PSW5": 4, "PSW6": 2,
         "PSW9": 2, "TRA1": 4, "TRA2": 2, "TRA9": 1, "CRI1": 4, "CRI2": 1, "CRI3": 3, "CRI4": 2, "CRI9": 1,
         "ADM1": 1, "ADM2": 1, "ADM9": 1}  # fmt: skip
"""Codes and their weights."""
QUALIFIERS = (None, None, None, "alcohol", "youth", "alcohol;youth", "mental-health", "drugs", "off-road-bikes")
BEFORE: Spoil = {"NICL Closing Code": pl.lit("ASB2")}
AFTER: Spoil = {"NICL Closing Code": pl.lit("PSW9")}


def first_day(setting: Setting) -> date:
    """The first day on which a row can have happened: all logs are of the day itself."""
    return setting.day


def path(folder: Path, setting: Setting) -> Path:
    """Where this night's file goes."""
    return folder / f"police_incidents_{setting.day:%Y%m%d}.csv"


def spoils(setting: Setting) -> dict[str, Spoil]:
    """What each kind of dirt does to a native row."""
    formula = (pl.col(ROW) % len(FORMULAS)).replace_strict(dict(enumerate(FORMULAS)), return_dtype=pl.Utf8)
    return {
        REPEATED: {"Opened": pl.lit(f"{setting.day:%d/%m/%Y} 01:30:00"), "_repeated": pl.lit(value=True)},
        "impossible-date": {"Opened": pl.lit(f"30/02/{setting.day.year} 21:15:00")},
        "missing-hour": {"Opened": pl.lit(f"{last_spring(setting.day):%d/%m/%Y} 01:30:00")},
        "unknown-code": {"Opening Code": pl.lit("XX7")},
        "missing-required": {"Opening Code": pl.lit(None, pl.Utf8)},
        "swapped-coordinates": {"Easting": pl.col("Northing"), "Northing": pl.col("Easting")},
        "zero-coordinates": {"Easting": pl.lit("0"), "Northing": pl.lit("0")},
        FORMULA: {"Beat": formula, "Qualifiers": pl.lit("alcohol")},
    }


def chunk(setting: Setting, plan: Plan, number: int, low: int, high: int) -> pl.DataFrame:
    """Rows `low` to `high` of the file as native text columns, with `_row` and the marks `_outside`, `_placeless`,
    `_repeated`, `_sexual`, `_domestic`."""
    stretch = begin(setting, plan, number, low, high)
    rng, n = stretch.rng, stretch.size
    place = plant(scenes(rng, setting, stretch.outside), stretch.first)
    opened = existing(at(setting.day, rng.integers(0, 24 * 60, n)))
    log = _log(setting, stretch)
    caller = plant(people(rng, n, setting.day), stretch.first)
    named = pl.lit(some(rng, n, 0.8) | stretch.canary)
    frame = pl.concat([
        stretch.marks(), repeated(opened), _times(rng, opened, log["Grade"]), log.drop("collar", "officer"),
        _places(stretch, place),
        caller.select(pl.when(named).then(pl.col("forename") + " " + pl.col("surname")).alias("Caller Name"),
                      pl.when(named).then("phone").otherwise(pl.lit("N/K")).alias("Caller Phone")),
    ], how="horizontal").with_columns(
        pl.when(pl.col("Grade") != "4").then(log["collar"]).alias("Attending Officer"),
        _sexual=pl.col("Opening Code") == "CRI2", _domestic=pl.col("DA") == "Y",
    )  # fmt: skip
    facts = pl.concat([
        log.select("collar", "officer", reference="Incident No"), place.select("house", "street", "postcode"),
        caller.select("vrm", *[pl.when(named).then(c).alias(f"v_{c}") for c in FIRST], *NO_SUSPECT),
    ], how="horizontal")  # fmt: skip
    frame = with_notes(stretch, frame, facts, "incident", setting.noted, "Result Text")
    return frame.select(ROW, pl.col("^_(outside|placeless|repeated|sexual|domestic)$"), *COLUMNS)


def _log(setting: Setting, stretch: Stretch) -> pl.DataFrame:
    rng, n, day = stretch.rng, stretch.size, setting.day
    weights = np.array(list(CODES.values()), float)
    opening, closing = (
        pl.Series(list(CODES)).gather(rng.choice(len(CODES), n, p=weights / weights.sum())) for _ in range(2)
    )
    closing = opening.zip_with(some(rng, n, 0.8), closing)
    keys = pl.DataFrame({
        "incident_ref": f"NMP-{day:%Y%m%d}-" + (stretch.rows + 1).cast(pl.Utf8).str.zfill(6),
        "officer": people(rng, n, day)["surname"],
        "collar": pick(rng, ("PC", "PC", "PCSO"), n) + " " + pl.Series(rng.integers(100, 9000, n)).cast(pl.Utf8),
    })  # fmt: skip
    domestic = (opening == "PSW1") | (closing == "PSW1")
    return plant(keys, stretch.first).select(
        pl.col("incident_ref").alias("Incident No"), "collar", "officer",
        opening.alias("Opening Code"), closing.alias("NICL Closing Code"),
        pl.Series("Qualifiers", QUALIFIERS).gather(rng.integers(0, len(QUALIFIERS), n)),
        pl.when(pl.lit(domestic)).then(pl.lit("Y")).otherwise(pl.lit("N")).alias("DA"),
        pick(rng, ("1", "2", "2", "3", "3", "4"), n).alias("Grade"),
    )  # fmt: skip


def _times(rng: np.random.Generator, opened: pl.Series, grade: pl.Series) -> pl.DataFrame:
    n = len(opened)
    wait, work = (pl.Series((rng.exponential(mean, n) + 1).astype(np.int64)) for mean in (35, 120))
    frame = pl.DataFrame({"o": opened, "w": wait, "k": work, "g": grade})
    attended = existing(frame.select(pl.col("o") + pl.duration(minutes="w")).to_series())
    closed = existing(frame.select(pl.col("o") + pl.duration(minutes=pl.col("w") + pl.col("k"))).to_series())
    return frame.select(
        pl.col("o").dt.strftime(SECOND).alias("Opened"),
        pl.when(pl.col("g") != "4").then(attended.dt.strftime(SECOND)).alias("Attended"),
        closed.dt.strftime(SECOND).alias("Closed"),
    )  # fmt: skip


def _places(stretch: Stretch, place: pl.DataFrame) -> pl.DataFrame:
    """The place as call takers write it, most with coordinates, some with a postcode alone."""
    rng, n = stretch.rng, stretch.size
    known = pl.lit(~stretch.placeless)
    form = pl.Series(np.where(stretch.whole.to_numpy(), 0.0, rng.random(n)))
    door = pl.concat_str("house", "street", separator=" ")
    text = (
        pl.when(pl.col("name").is_not_null()).then(pl.concat_str("name", "street", "town", separator=", "))
        .when(pl.lit(form < 0.6)).then(pl.concat_str(door, "town", separator=", "))
        .when(pl.lit(form < 0.8)).then(pl.concat_str(pl.lit("o/s"), door, separator=" "))
        .otherwise(pl.concat_str(pl.lit("rear of"), door, pl.lit("–"), "town", separator=" "))
    )  # fmt: skip
    point = known & pl.lit(form < 0.85)
    return place.select(
        pl.when(known).then(text).otherwise(pl.lit("caller unsure of location")).alias("Location"),
        pl.when(known & pl.lit((form < 0.5) | (form >= 0.85))).then("postcode").alias("Postcode"),
        pl.when(point).then(pl.col("easting").cast(pl.Utf8)).alias("Easting"),
        pl.when(point).then(pl.col("northing").cast(pl.Utf8)).alias("Northing"),
        pl.when(known).then(pl.lit("N") + (pl.col("easting") // 1000 % 20).cast(pl.Utf8).str.zfill(2)).alias("Beat"),
    )  # fmt: skip


def write(out: BinaryIO, frames: Iterator[pl.DataFrame]) -> None:
    """The frames as CSV with header, UTF-8 with a byte-order mark, records ended by CR LF."""
    out.write(b"\xef\xbb\xbf")
    first = True
    for frame in frames:
        out.write(frame.select(COLUMNS).write_csv(line_terminator="\r\n", include_header=first).encode())
        first = False
