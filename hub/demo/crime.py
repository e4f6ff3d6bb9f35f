"""Recorded crime as a records system writes it: pipe-delimited Windows-1252 with a trailer (`police-crime/1`)."""

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
    autumn_within,
    existing,
    last_spring,
    repeated,
)
from hub.demo.notes import FIRST, SECOND
from hub.demo.people import people, pick, some
from hub.demo.scene import Setting, Stretch, begin, earliest, happened, scenes, with_notes
from hub.demo.stock import words

COLUMNS = words(
    "CRIME_NO INCIDENT_URN DATE_RECORDED COMMITTED_FROM COMMITTED_TO HO_CODE OFFENCE_TITLE HO_GROUP STATUS "
    "OUTCOME_CODE PREMISES STREET TOWN POSTCODE EASTING NORTHING UPRN BEAT LOCATION_TYPE WEAPON_FLAG ALCOHOL_FLAG "
    "DA_FLAG HATE_FLAG VIC_NOMINAL VIC_FORENAME VIC_SURNAME VIC_DOB VIC_SEX VIC_ETHNICITY VIC_PHONE VIC_EMAIL "
    "VIC_NHS_NO SUS_NOMINAL SUS_FORENAME SUS_SURNAME SUS_DOB SUS_PNC_ID SUS_CRO_NO SUS_NINO VRM OIC_COLLAR OIC_NAME "
    "MO_SUMMARY"
)
KINDS = (*BAD, *PLACES, FORMULA)
COPIES = (DUPLICATE, CORRECTION)
EVENT = "COMMITTED_FROM"
MINUTE = "%d/%m/%Y %H:%M"
OFFENCES = (
    ("008/06", "Assault occasioning actual bodily harm", "VWI", 10, False),
    ("005/01", "Wounding with intent", "VWI", 2, False),
    ("105/01", "Common assault and battery", "VWOI", 14, False),
    ("195/94", "Harassment without violence", "STALK_HAR", 6, False),
    ("004/04", "Causing death by dangerous driving", "DEATH_DRIV", 1, False),
    ("001/01", "Murder of person aged one year or over", "HOMICIDE", 1, False),
    ("020/01", "Sexual assault on a female aged 13 or over", "SEXUAL", 3, False),
    ("019/08", "Rape of a female aged 16 or over", "SEXUAL", 1, False),
    ("034/02", "Robbery of personal property", "ROBBERY", 3, False),
    ("028/03", "Burglary in a dwelling", "BURG_RES", 7, True),
    ("030/02", "Burglary in a building other than a dwelling", "BURG_BUS", 3, True),
    ("048/01", "Theft of a motor vehicle", "VEHICLE", 4, True),
    ("045/10", "Theft from a motor vehicle", "VEHICLE", 6, True),
    ("039/01", "Theft from the person", "THEFT_PERS", 3, False),
    ("044/01", "Theft of a pedal cycle", "BIKE", 2, True),
    ("046/01", "Theft from a shop", "SHOPLIFT", 9, False),
    ("049/10", "Other theft", "THEFT_OTH", 5, True),
    ("058/01", "Criminal damage to a dwelling", "CDA", 8, True),
    ("056/02", "Arson not endangering life", "CDA", 1, False),
    ("092/83", "Possession of cannabis", "DRUGS", 3, False),
    ("010/11", "Possession of an article with a blade or point", "WEAPONS", 2, False),
    ("125/09", "Fear or provocation of violence", "PUB_ORDER", 6, False),
    ("099/99", "Other notifiable offence", "MISC", 1, False),
)
"""Code, title, group, weight, whether it is mostly found out later (a window of time)."""
LOCATIONS = {"home": "DWELLING", "pub": "LICENSED", "park": "OPEN", "car park": "CARPARK", "station": "TRANSPORT",
             "shop": "RETAIL", "school": "SCHOOL", "hospital": "HEALTH"}  # fmt: skip
DOMESTIC = ("VWI", "VWOI", "STALK_HAR", "SEXUAL", "CDA")
ETHNICITIES = ["W1"] * 12 + [
    "W2",
    "W9",
    "W9",
    "M1",
    "M2",
    "M9",
    "A1",
    "A2",
    "A2",
    "A3",
    "A9",
    "B1",
    "B2",
    "B9",
    "O9",
    "NS",
]
OUTCOMES = ("1", "3", "8", "14", "15", "16", "16", "18", "18", "18")
SERIALS, DAILY = 9_900_000, 20_000
"""Crime numbers: 99, year of two digits, seven digits that begin anew each day at 20,000 times the day of the year."""


def first_day(setting: Setting) -> date:
    """The first day on which a row can have happened."""
    return earliest(setting.day)


def path(folder: Path, setting: Setting) -> Path:
    """Where this night's file goes."""
    return folder / f"police_crime_{setting.day:%Y%m%d}.psv"


def spoils(setting: Setting) -> dict[str, Spoil]:
    """What each kind of dirt does to a native row."""
    spring, late = last_spring(setting.day), autumn_within(earliest(setting.day), setting.day)
    formula = (pl.col(ROW) % len(FORMULAS)).replace_strict(dict(enumerate(FORMULAS)), return_dtype=pl.Utf8)
    note = pl.concat_str(pl.lit("=cmd|' /C calc'!A0 "), pl.col("MO_SUMMARY").fill_null("written by hand"))
    return {
        REPEATED: {EVENT: pl.lit(f"{late or spring:%d/%m/%Y} 01:30"), "_repeated": pl.lit(value=True)},
        "impossible-date": {EVENT: pl.lit(f"30/02/{setting.day.year} 21:15")},
        "missing-hour": {EVENT: pl.lit(f"{spring:%d/%m/%Y} 01:30")},
        "unknown-code": {"HO_GROUP": pl.lit("ZZ_OLD")},
        "missing-required": {"DATE_RECORDED": pl.lit(None, pl.Utf8)},
        "swapped-coordinates": {"EASTING": pl.col("NORTHING"), "NORTHING": pl.col("EASTING")},
        "zero-coordinates": {"EASTING": pl.lit("0"), "NORTHING": pl.lit("0")},
        FORMULA: {"BEAT": formula, "MO_SUMMARY": note},
    }


BEFORE: Spoil = {"STATUS": pl.lit("LIVE"), "OUTCOME_CODE": pl.lit(None, pl.Utf8)}
AFTER: Spoil = {"STATUS": pl.lit("FILED"), "OUTCOME_CODE": pl.lit("16")}


def chunk(setting: Setting, plan: Plan, number: int, low: int, high: int) -> pl.DataFrame:
    """Rows `low` to `high` of the file as native text columns, with `_row` and the marks `_outside`, `_placeless`,
    `_repeated`, `_sexual`, `_domestic`."""
    stretch = begin(setting, plan, number, low, high)
    rng, n = stretch.rng, stretch.size
    place = plant(scenes(rng, setting, stretch.outside), stretch.first)
    recorded, began = happened(rng, setting.day, n)
    offence = _offences(rng, n)
    victim, suspect, case = _victims(setting, stretch), _suspects(setting, stretch), _case(setting, stretch)
    frame = pl.concat([
        stretch.marks(), repeated(began), _times(rng, recorded, began, offence["window"]), offence.drop("window"),
        _places(stretch, place), case, victim, suspect,
    ], how="horizontal")  # fmt: skip
    domestic = pl.col("HO_GROUP").is_in(DOMESTIC) & (pl.col("LOCATION_TYPE") == "DWELLING") & some(rng, n, 0.45)
    frame = frame.with_columns(
        DA_FLAG=pl.when(domestic).then(pl.lit("Y")).otherwise(pl.lit("N")),
        OUTCOME_CODE=pl.when(pl.col("STATUS") == "FILED").then(pick(rng, OUTCOMES, n)),
    ).with_columns(_sexual=pl.col("HO_GROUP") == "SEXUAL", _domestic=pl.col("DA_FLAG") == "Y")
    facts = pl.concat([
        case.select(reference="CRIME_NO", collar="OIC_COLLAR", officer="OIC_NAME", vrm="VRM"),
        place.select("house", "street", "postcode"), victim.select(pl.col("^v_.*$")), suspect.select(pl.col("^s_.*$")),
    ], how="horizontal")  # fmt: skip
    frame = with_notes(stretch, frame, facts, "crime", setting.noted, "MO_SUMMARY")
    return frame.select(ROW, pl.col("^_(outside|placeless|repeated|sexual|domestic)$"), *COLUMNS)


def _offences(rng: np.random.Generator, n: int) -> pl.DataFrame:
    weights = np.array([o[3] for o in OFFENCES], float)
    table = pl.DataFrame(
        [o[:3] + o[4:] for o in OFFENCES], schema=["HO_CODE", "OFFENCE_TITLE", "HO_GROUP", "window"], orient="row"
    )
    drawn: pl.DataFrame = table[rng.choice(len(OFFENCES), n, p=weights / weights.sum()).tolist()]
    return drawn


def _times(rng: np.random.Generator, recorded: pl.Series, began: pl.Series, window: pl.Series) -> pl.DataFrame:
    """From and to: a window where the crime was found out later, else the same minute or no end."""
    frame = pl.DataFrame({"r": recorded, "f": began, "w": window, "share": rng.random(len(began))})
    width = ((pl.col("r") - pl.col("f")).dt.total_minutes() * pl.col("share")).cast(pl.Int64)
    ended = pl.when("w").then(pl.col("f") + pl.duration(minutes=width)).when(pl.col("share") < 0.6).then("f")
    frame = frame.with_columns(t=existing(frame.select(ended).to_series()))
    return frame.select(DATE_RECORDED=pl.col("r").dt.strftime(MINUTE), COMMITTED_FROM=pl.col("f").dt.strftime(MINUTE),
                        COMMITTED_TO=pl.col("t").dt.strftime(MINUTE))  # fmt: skip


def _places(stretch: Stretch, place: pl.DataFrame) -> pl.DataFrame:
    """The place as the records system has it: most rows whole, others by address, by point, by UPRN or by postcode."""
    rng, n = stretch.rng, stretch.size
    home = pl.col("kind") == "home"
    street = home & some(rng, n, 0.35)
    stray = [pl.when(street).then(pl.Series(rng.integers(-25, 26, n))).otherwise(0) for _ in range(2)]
    known = pl.lit(~stretch.placeless)
    form = pl.Series(np.where(stretch.whole.to_numpy(), 0.0, rng.random(n)))
    point, code = pl.lit((form < 0.7) | form.is_between(0.8, 0.86)), pl.lit((form < 0.8) | (form >= 0.92))
    door = pl.when(~home).then("name").when(~street).then("house")
    frame = place.select(
        PREMISES=pl.when(known & pl.lit(form < 0.8)).then(door), STREET=pl.when(known).then("street"),
        TOWN=pl.when(known).then("town"), POSTCODE=pl.when(known & code).then("postcode"),
        EASTING=pl.when(known & point).then((pl.col("easting") + stray[0]).cast(pl.Utf8)),
        NORTHING=pl.when(known & point).then((pl.col("northing") + stray[1]).cast(pl.Utf8)),
        UPRN=pl.when(known & pl.lit(form.is_between(0.86, 0.92))).then("uprn"),
        BEAT=pl.when(known).then(pl.lit("N") + (pl.col("easting") // 1000 % 20).cast(pl.Utf8).str.zfill(2)),
        LOCATION_TYPE=pl.when(~known).then(pl.lit("UNK")).when(street).then(pl.lit("STREET"))
        .otherwise(pl.col("kind").replace_strict(LOCATIONS, return_dtype=pl.Utf8)),
    )  # fmt: skip
    bare = pl.col("EASTING").is_null() & pl.col("UPRN").is_null() & pl.col("POSTCODE").is_null()
    return frame.with_columns(POSTCODE=pl.when(bare & known).then(place["postcode"]).otherwise("POSTCODE"))


def _case(setting: Setting, stretch: Stretch) -> pl.DataFrame:
    """Numbers, state, flags, officer and vehicle."""
    rng, n, day = stretch.rng, stretch.size, setting.day
    serial = (stretch.rows + day.timetuple().tm_yday * DAILY) % SERIALS
    named = people(rng, n, day)
    collar = pick(rng, ("PC", "PC", "DC", "PS", "PCSO"), n) + " " + pl.Series(rng.integers(100, 9000, n)).cast(pl.Utf8)
    keys = pl.DataFrame({
        "crime_ref": f"99{day:%y}" + serial.cast(pl.Utf8).str.zfill(7),
        "incident_ref": f"NMP-{day:%Y%m%d}-" + pl.Series(rng.integers(1, 99_999, n)).cast(pl.Utf8).str.zfill(6),
        "officer": named["surname"], "collar": collar, "vrm": named["vrm"],
    })  # fmt: skip
    keys = plant(keys, stretch.first)
    driven = some(rng, n, 0.3) | stretch.canary
    return keys.select(
        CRIME_NO="crime_ref", INCIDENT_URN=pl.when(some(rng, n, 0.8) | stretch.canary).then("incident_ref"),
        STATUS=pick(rng, ("NEW", "LIVE", "LIVE", "FILED", "FILED", "CANX"), n), OIC_COLLAR="collar", OIC_NAME="officer",
        VRM=pl.when(driven).then("vrm"), WEAPON_FLAG=_flag(rng, n, 0.06), ALCOHOL_FLAG=_flag(rng, n, 0.2),
        HATE_FLAG=_flag(rng, n, 0.03),
    )  # fmt: skip


def _flag(rng: np.random.Generator, n: int, share: float) -> pl.Series:
    drawn = pl.lit(pl.Series(rng.random(n)))
    return pl.select(pl.when(drawn < share).then(pl.lit("Y")).when(drawn < 0.95).then(pl.lit("N"))).to_series()


def _nominals(stretch: Stretch, planted: dict[int, int], setting: Setting) -> pl.DataFrame:
    nominal = "NOM" + pl.Series(stretch.rng.integers(10**6, 10**8, stretch.size)).cast(pl.Utf8)
    return plant(people(stretch.rng, stretch.size, setting.day).with_columns(nominal=nominal), planted)


def _victims(setting: Setting, stretch: Stretch) -> pl.DataFrame:
    """Victim columns and, for the note, `v_…`. A tenth of victims are businesses or the public: no person."""
    rng, n = stretch.rng, stretch.size
    frame = _nominals(stretch, stretch.first, setting)
    person = pl.lit(some(rng, n, 0.9) | stretch.canary)
    known, unsaid = pl.lit(~some(rng, n, 0.03) | stretch.canary), pl.lit(some(rng, n, 0.05) & ~stretch.canary)
    born = pl.when(known).then(pl.col("dob").dt.strftime("%d/%m/%Y")).otherwise(pl.lit("01/01/1900"))
    mail, patient = (pl.lit(some(rng, n, share) | stretch.canary) for share in (0.5, 0.15))
    taken = {f"v_{c}": pl.when(person).then(c) for c in FIRST}
    return frame.select(
        **taken, VIC_NOMINAL=pl.when(person).then("nominal"), VIC_FORENAME=pl.when(person).then("forename"),
        VIC_SURNAME=pl.when(person).then("surname").otherwise(pl.lit("UNKNOWN")), VIC_DOB=pl.when(person).then(born),
        VIC_SEX=pl.when(person).then("sex").otherwise(pl.lit("U")),
        VIC_ETHNICITY=pl.when(person).then(pick(rng, ETHNICITIES, n)),
        VIC_PHONE=pl.when(person).then(pl.when(unsaid).then(pl.lit("N/K")).otherwise("phone")),
        VIC_EMAIL=pl.when(person & mail).then("email"), VIC_NHS_NO=pl.when(person & patient).then("nhs"),
    )  # fmt: skip


def _suspects(setting: Setting, stretch: Stretch) -> pl.DataFrame:
    """Suspect columns and, for the note, `s_…`; null where no suspect is known."""
    rng, n = stretch.rng, stretch.size
    frame = _nominals(stretch, stretch.second, setting)
    known = pl.lit(some(rng, n, 0.55) | stretch.canary)
    record, file, benefit = (known & pl.lit(some(rng, n, share) | stretch.canary) for share in (0.5, 0.2, 0.2))
    taken = {f"s_{c}": pl.when(known).then(c) for c in SECOND}
    return frame.select(
        **taken, SUS_NOMINAL=pl.when(known).then("nominal"), SUS_FORENAME=pl.when(known).then("forename"),
        SUS_SURNAME=pl.when(known).then("surname"), SUS_DOB=pl.when(known).then(pl.col("dob").dt.strftime("%d/%m/%Y")),
        SUS_PNC_ID=pl.when(record).then("pnc"), SUS_CRO_NO=pl.when(file).then("cro"),
        SUS_NINO=pl.when(benefit).then("nino"),
    )  # fmt: skip


def write(out: BinaryIO, frames: Iterator[pl.DataFrame]) -> None:
    """The frames as a pipe-delimited file with header and trailer, Windows-1252, records ended by CR LF."""
    rows = 0
    for frame in frames:
        native = frame.select(COLUMNS)
        text = native.write_csv(separator="|", line_terminator="\r\n", include_header=not rows)
        out.write(text.encode("cp1252"))
        rows += native.height
    out.write(f"TRAILER|{rows}\r\n".encode("cp1252"))
