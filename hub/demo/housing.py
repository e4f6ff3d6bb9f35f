"""Anti-social behaviour cases as a landlord's case system writes them: an Excel workbook (`housing-asb/1`)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
import openpyxl
import polars as pl
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from hub.demo.canaries import plant
from hub.demo.dirt import CORRECTION, DUPLICATE, FORMULA, ROW, Plan, Spoil
from hub.demo.notes import FIRST, SECOND
from hub.demo.people import people, pick, some
from hub.demo.scene import Setting, Stretch, begin, earliest, happened, scenes, with_notes

SHEET = "ASB Cases"
COLUMNS = ("Case No", "Opened", "Reported", "Category", "Severity", "Complainant Name", "Complainant DOB",
           "Complainant Phone", "Complainant Email", "Perpetrator Name", "Perpetrator NINO", "Tenancy Ref",
           "Property Ref", "UPRN", "Address", "Postcode", "Incident Place", "Action", "Outcome", "Closed",
           "Housing Officer", "Diary")  # fmt: skip
DATES = ("Opened", "Reported", "Closed", "Complainant DOB")
DAY = "%d/%m/%Y"
KINDS = ("impossible-date", "unknown-code", "missing-required", FORMULA)
COPIES = (DUPLICATE, CORRECTION)
CATEGORIES = {"Noise": 28, "Verbal abuse / harassment": 16, "Hate-related": 3, "Vandalism": 6, "Pets and animals": 6,
              "Vehicles": 4, "Drugs": 8, "Alcohol": 4, "Domestic abuse": 6, "Physical violence": 3,
              "Litter / fly-tipping": 6, "Gardens": 4, "Communal areas": 4, "Prostitution / sexual acts": 1,
              "Other criminal": 1}  # fmt: skip
ACTIONS = ("None", "Advice", "Mediation", "Warning", "ABC", "CPW", "NOSP", "Injunction", "Closure order",
           "Possession order", "Eviction", "Referral")  # fmt: skip
OUTCOMES = ("Open", "Open", "Open", "Resolved", "Closed unresolved", "No evidence", "Withdrawn", "Passed on")
BEFORE: Spoil = {"Outcome": pl.lit("Open")}
AFTER: Spoil = {"Outcome": pl.lit("Resolved"), "Action": pl.lit("Mediation")}


def first_day(setting: Setting) -> date:
    """The first day on which a row can have happened."""
    return earliest(setting.day)


def path(folder: Path, setting: Setting) -> Path:
    """Where this night's file goes."""
    return folder / f"housing_asb_{setting.day:%Y%m%d}.xlsx"


def spoils(setting: Setting) -> dict[str, Spoil]:
    """What each kind of dirt does to a native row."""
    return {
        "impossible-date": {"Reported": pl.lit(f"30/02/{setting.day.year}")},
        "unknown-code": {"Category": pl.lit("Ghosts")},
        "missing-required": {"Reported": pl.lit(None, pl.Utf8)},
        FORMULA: {"Diary": pl.lit('=HYPERLINK("http://example.com/?x=1","click") left by the tenant'),
                  "Incident Place": pl.lit("-2+3 rear of the bin store")},
    }  # fmt: skip


def chunk(setting: Setting, plan: Plan, number: int, low: int, high: int) -> pl.DataFrame:
    """Rows `low` to `high` of the file as native text columns (dates as `dd/mm/yyyy`), with `_row` and the marks
    `_outside`, `_placeless`, `_repeated`, `_sexual`, `_domestic`. Every second canary keeps a real address."""
    stretch = begin(setting, plan, number, low, high)
    rng, n = stretch.rng, stretch.size
    far = {row: seat for row, seat in stretch.first.items() if seat % 4 == 0}
    place = plant(scenes(rng, setting, stretch.outside), far)
    complainant, perpetrator = (
        plant(people(rng, n, setting.day), planted) for planted in (stretch.first, stretch.second)
    )
    case = _case(setting, stretch)
    told, accused = (pl.lit(some(rng, n, share) | stretch.canary) for share in (0.92, 0.7))
    full = pl.concat_str("forename", "surname", separator=" ")
    one = complainant.select(full, pl.col("dob").dt.strftime(DAY), "phone", "email")
    one.columns = ["Complainant Name", "Complainant DOB", "Complainant Phone", "Complainant Email"]
    other = perpetrator.select(full.alias("Perpetrator Name"), pl.col("nino").alias("Perpetrator NINO"))
    persons = pl.concat([
        one.select(pl.when(told).then(pl.all()).name.keep()), other.select(pl.when(accused).then(pl.all()).name.keep())
    ], how="horizontal")  # fmt: skip
    frame = pl.concat([stretch.marks(), case.drop("collar"), persons, _places(stretch, place)], how="horizontal")
    frame = frame.with_columns(
        _repeated=pl.lit(value=False), _sexual=pl.col("Category") == "Prostitution / sexual acts",
        _domestic=pl.col("Category") == "Domestic abuse",
    )  # fmt: skip
    facts = pl.concat([
        case.select("collar", reference="Case No", officer="Housing Officer"),
        place.select("house", "street", "postcode"),
        complainant.select("vrm", *[pl.when(told).then(c).alias(f"v_{c}") for c in FIRST]),
        perpetrator.select([pl.when(accused).then(c).alias(f"s_{c}") for c in SECOND]),
    ], how="horizontal")  # fmt: skip
    frame = with_notes(stretch, frame, facts, "housing", setting.noted, "Diary")
    return frame.select(ROW, pl.col("^_(outside|placeless|repeated|sexual|domestic)$"), *COLUMNS)


def _case(setting: Setting, stretch: Stretch) -> pl.DataFrame:
    rng, n, day = stretch.rng, stretch.size, setting.day
    opened, reported = happened(rng, day, n)
    weights = np.array(list(CATEGORIES.values()), float)
    named = people(rng, n, day)
    keys = plant(pl.DataFrame({
        "case_ref": f"ASB-{day:%y%m%d}-" + (stretch.rows + 1).cast(pl.Utf8).str.zfill(5),
        "tenancy_ref": "TEN" + pl.Series(rng.integers(10**5, 10**6, n)).cast(pl.Utf8),
        "property_ref": "PROP" + pl.Series(rng.integers(10**5, 10**6, n)).cast(pl.Utf8),
        "officer": named["forename"] + " " + named["surname"],
    }), stretch.first)  # fmt: skip
    outcome = pick(rng, OUTCOMES, n)
    return keys.select(
        pl.col("case_ref").alias("Case No"), opened.dt.strftime(DAY).alias("Opened"),
        reported.dt.strftime(DAY).alias("Reported"),
        pl.Series(list(CATEGORIES)).gather(rng.choice(len(CATEGORIES), n, p=weights / weights.sum())).alias("Category"),
        pick(rng, ("High", "Medium", "Medium", "Low", "Low"), n).alias("Severity"),
        pl.col("tenancy_ref").alias("Tenancy Ref"), pl.col("property_ref").alias("Property Ref"),
        pick(rng, ACTIONS, n).alias("Action"), outcome.alias("Outcome"),
        pl.when(pl.lit(outcome != "Open")).then(opened.dt.strftime(DAY)).alias("Closed"),
        pl.col("officer").alias("Housing Officer"), collar=pl.lit("Housing officer"),
    )  # fmt: skip


def _places(stretch: Stretch, place: pl.DataFrame) -> pl.DataFrame:
    """The complainant's home, and sometimes another place in words; a fifth of rows lack the UPRN."""
    rng, n = stretch.rng, stretch.size
    known = pl.lit(~stretch.placeless)
    referred = known & pl.lit(some(rng, n, 0.8) | stretch.whole)
    door = pl.concat_str("house", "street", separator=" ")
    return place.select(
        pl.when(referred).then("uprn").alias("UPRN"),
        pl.when(known).then(pl.concat_str(door, "town", separator=", ")).alias("Address"),
        pl.when(known).then("postcode").alias("Postcode"),
        pl.when(known & pl.lit(some(rng, n, 0.15) & ~stretch.whole))
        .then(pl.concat_str(pl.lit("communal area by"), door, "postcode", separator=" ")).alias("Incident Place"),
    )  # fmt: skip


def write(out: BinaryIO, frames: Iterator[pl.DataFrame], day: date) -> None:
    """The frames as a workbook of one sheet: dates as Excel dates (one row in twenty as text, as typed by hand), all
    else as text, also what looks like a formula. Equal frames give equal bytes."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.append(list(COLUMNS))
    for frame in frames:
        typed = pl.col(ROW) % 20 == 19
        native = frame.select(
            *COLUMNS, *[pl.when(~typed).then(pl.col(c).str.to_date(DAY, strict=False)).alias(f"_{c}") for c in DATES]
        )
        for row in native.iter_rows(named=True):
            sheet.append([_cell(sheet, row[c] if row.get(f"_{c}") is None else row[f"_{c}"]) for c in COLUMNS])
    written = io.BytesIO()
    book.save(written)
    _timeless(written, out, day)


def _cell(sheet: WriteOnlyWorksheet, value: str | date | None) -> object:
    """A cell; text that begins like a formula must be typed as text."""
    if isinstance(value, str) and value.startswith("="):
        cell = WriteOnlyCell(sheet, value)
        cell.data_type = "s"
        return cell
    return value


def _timeless(book: BinaryIO, out: BinaryIO, day: date) -> None:
    """The workbook without the moment of its making, which openpyxl writes into its properties and zip entries."""
    stamp = datetime(day.year, day.month, day.day).isoformat() + "Z"  # noqa: DTZ001 -- Excel's stamps have no zone
    with zipfile.ZipFile(book) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            content = made.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb">[^<>]*Z<", f">{stamp}<".encode(), content)
            kept.writestr(zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
