"""Assaults seen in two emergency departments: one writes ISTV XML, the other a CSV (`ed-assaults/1`).

Nothing of the patient, no key; the place stands in words, as the patient told it. Each file is the whole of one day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from hub.demo.canaries import canary
from hub.demo.dirt import BAD, DUPLICATE, FORMULA, REPEATED, Plan, Spoil, existing, last_spring, repeated
from hub.demo.people import pick, some
from hub.demo.scene import Setting, Stretch, at, begin, scenes

XML_SITE, CSV_SITE = "NMH01", "NMH02"
KINDS = (*BAD, FORMULA)
COPIES = (DUPLICATE,)
"""Without a key an equal row is another attendance, never a duplicate: the night counts them as `equal`."""
METHODS = {"01": 44, "02": 8, "03": 8, "04": 6, "05": 1, "06": 14, "07": 1, "08": 1, "09": 2, "10": 3, "98": 6, "99": 6}
KIND_CODES = {"home": "01", "pub": "02", "station": "04", "park": "05", "school": "07", "shop": "08", "car park": "98",
              "hospital": "10"}  # fmt: skip
OTHER = ("bitten on the hand", "pushed down stairs", "hit with a belt", "hot drink thrown", "struck by thrown chair",
         "said it was done with \"a bike chain & lock\"", "pepper spray <unconfirmed>")  # fmt: skip
NOWHERE = ("not known", "declined to say", "town centre", "on way home", None)
COLUMNS = ("arrival", "assault", "method", "other", "kind", "words")
BEFORE: Spoil = {}
AFTER: Spoil = {}
CSV_HEADER = ("Site Code", "Arrival Date", "Arrival Time", "Assault Date", "Assault Time", "Assault Method",
              "Assault Method Other", "Location Type", "Location Description")  # fmt: skip
XML_TAGS = {"arrival": "ArrivalDateAndTime", "assault": "AssaultDateAndTime", "method": "AssaultMethod",
            "other": "AssaultMethodOtherDescription", "kind": "AssaultLocationType",
            "words": "AssaultLocationDescription"}  # fmt: skip


def first_day(setting: Setting) -> date:
    """The first day on which a row can have happened: the day itself."""
    return setting.day


def xml_path(folder: Path, setting: Setting) -> Path:
    """Where this night's XML file goes."""
    return folder / f"istv_{XML_SITE}_{setting.day:%Y%m%d}.xml"


def csv_path(folder: Path, setting: Setting) -> Path:
    """Where this night's CSV file goes."""
    return folder / f"ed_assaults_{CSV_SITE}_{setting.day:%Y%m%d}.csv"


def spoils(setting: Setting) -> dict[str, Spoil]:
    """What each kind of dirt does to a row."""
    return {
        REPEATED: {"assault": pl.lit(f"{setting.day}T01:30:00"), "_repeated": pl.lit(value=True)},
        "impossible-date": {"assault": pl.lit(f"{setting.day.year}-02-30T21:15:00")},
        "missing-hour": {"assault": pl.lit(f"{last_spring(setting.day)}T01:30:00")},
        "unknown-code": {"method": pl.lit("77")},
        "missing-required": {"kind": pl.lit(None, pl.Utf8)},
        FORMULA: {
            "words": pl.lit("=SUM(A1:A9) market square"),
            "method": pl.lit("98"),
            "other": pl.lit("@pushed over"),
        },
    }


def chunk(setting: Setting, plan: Plan, number: int, low: int, high: int) -> pl.DataFrame:
    """Rows `low` to `high` as text columns `arrival assault method other kind words` (times in ISO form), with `_row`
    and the marks `_outside`, `_placeless`, `_repeated`, `_sexual`, `_domestic`. The place of a row is only what its
    words say, so whether a geocoder finds the rows marked `_outside` is the geocoder's matter."""
    stretch = begin(setting, plan, number, low, high)
    rng, n = stretch.rng, stretch.size
    place = scenes(rng, setting, stretch.outside)
    minutes = np.where(rng.random(n) < 0.5, rng.integers(20 * 60, 24 * 60, n), rng.integers(0, 24 * 60, n))
    assault = existing(at(setting.day, minutes))
    arrival = existing(at(setting.day, minutes + 10 + rng.exponential(90, n).astype(np.int64)))
    weights = np.array(list(METHODS.values()), float)
    method = pl.Series(list(METHODS)).gather(rng.choice(len(METHODS), n, p=weights / weights.sum()))
    frame = pl.DataFrame({
        "arrival": arrival.dt.strftime("%Y-%m-%dT%H:%M:%S"), "assault": assault.dt.strftime("%Y-%m-%dT%H:%M:%S"),
        "method": method, "other": pick(rng, OTHER, n), "words": _words(stretch, place),
        "kind": place["kind"].replace_strict(KIND_CODES), "late": some(rng, n, 0.06), "street": some(rng, n, 0.4),
    }).with_columns(
        arrival=pl.when(~pl.col("late")).then("arrival"), other=pl.when(pl.col("method") == "98").then("other"),
        kind=pl.when(pl.lit(stretch.placeless)).then(pl.lit("99"))
        .when(pl.col("street") & (pl.col("kind") == "01")).then(pl.lit("03")).otherwise("kind"),
    )  # fmt: skip
    frame = pl.concat([stretch.marks(), repeated(assault), _with_canaries(frame, stretch.first)], how="horizontal")
    return frame.with_columns(_sexual=pl.col("method") == "10", _domestic=pl.lit(value=False)).select(
        pl.col("^_(row|outside|placeless|repeated|sexual|domestic)$"), *COLUMNS
    )


def _words(stretch: Stretch, place: pl.DataFrame) -> pl.Series:
    """The place as told at reception: a named place, a street, a house, often with its postcode."""
    rng, n = stretch.rng, stretch.size
    form = pl.lit(pl.Series(rng.random(n)))
    door, named = pl.concat_str("house", "street", separator=" "), pl.col("name").is_not_null()
    address = pl.concat_str(door, "town", "postcode", separator=", ")
    text = (
        pl.when(named & (form < 0.6)).then(pl.concat_str("name", door, "postcode", separator=", "))
        .when(named).then(pl.concat_str("name", pl.lit("–"), "street", separator=" "))
        .when(form < 0.5).then(address)
        .when(form < 0.8).then(pl.lit("outside ") + door + pl.lit(" ") + pl.col("postcode"))
        .otherwise(pl.col("street") + pl.lit(" near shops"))
    )  # fmt: skip
    nowhere = pl.Series(NOWHERE, dtype=pl.Utf8).gather(rng.integers(0, len(NOWHERE), n))
    return place.select(pl.when(pl.lit(stretch.placeless)).then(nowhere).otherwise(text)).to_series()


def _with_canaries(frame: pl.DataFrame, planted: dict[int, int]) -> pl.DataFrame:
    """Canaries have no column of their own here: they stand in the two free texts."""
    for row, number in planted.items():
        one = canary(number)
        hit = pl.int_range(pl.len()) == row
        told = f"home of {one.forename} {one.surname}, {one.house} {one.street}, {one.postcode}, tel {one.phone}"
        by = f"by {one.surname}, NHS {one.nhs}, veh {one.vrm}, {one.email}"
        frame = frame.with_columns(
            method=pl.when(hit).then(pl.lit("98")).otherwise("method"),
            other=pl.when(hit).then(pl.lit(by)).otherwise("other"),
            words=pl.when(hit).then(pl.lit(told)).otherwise("words"),
        )
    return frame


def write_xml(out: BinaryIO, frames: Iterator[pl.DataFrame], day: date) -> None:
    """The frames as one ISTV report in XML, UTF-8, without namespace or DTD; empty elements are left out."""
    out.write(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ISTV>\n  <Header>\n'
        f"    <ReportingPeriodStartDate>{day}</ReportingPeriodStartDate>\n"
        f"    <ReportingPeriodEndDate>{day}</ReportingPeriodEndDate>\n"
        f"    <SiteCodeOfTreatment>{XML_SITE}</SiteCodeOfTreatment>\n  </Header>\n".encode()
    )
    for frame in frames:
        elements = []
        for column, tag in XML_TAGS.items():
            text = pl.col(column)
            for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
                text = text.str.replace_all(plain, escaped, literal=True)
            elements.append((pl.lit(f"    <{tag}>") + text + pl.lit(f"</{tag}>\n")).fill_null(""))
        records = frame.select(pl.concat_str(pl.lit("  <Assault>\n"), *elements, pl.lit("  </Assault>\n"))).to_series()
        out.write("".join(records.to_list()).encode())
    out.write(b"</ISTV>\n")


def write_csv(out: BinaryIO, frames: Iterator[pl.DataFrame]) -> None:
    """The frames as CSV, UTF-8, days `dd/mm/yyyy` and times `HH:MM` in columns of their own."""
    first = True
    for frame in frames:
        parts = {}
        for column, day, time in (
            ("arrival", "Arrival Date", "Arrival Time"),
            ("assault", "Assault Date", "Assault Time"),
        ):
            text = pl.col(column)
            parts[day] = pl.concat_str(text.str.slice(8, 2), text.str.slice(5, 2), text.str.slice(0, 4), separator="/")
            parts[time] = text.str.slice(11, 5)
        native = frame.select(
            pl.lit(CSV_SITE).alias("Site Code"), *[e.alias(name) for name, e in parts.items()],
            pl.col("method").alias("Assault Method"), pl.col("other").alias("Assault Method Other"),
            pl.col("kind").alias("Location Type"), pl.col("words").alias("Location Description"),
        ).select(CSV_HEADER)  # fmt: skip
        out.write(native.write_csv(include_header=first).encode())
        first = False
