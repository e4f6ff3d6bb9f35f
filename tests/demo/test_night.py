"""The night's files: recounted by independent readers, deterministic, with the dirt that they say they hold."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path

import openpyxl
import pytest
from defusedxml.ElementTree import fromstring

from connectors.extract import read_extract
from connectors.mapping import load_mapping
from hub.demo.borough import Borough
from hub.demo.dirt import BAD
from hub.demo.night import Extract, make_night, split
from tests.demo.conftest import NIGHT, ROWS

Row = dict[str, str]
CRIME, INCIDENTS = "northmoor-police-crime", "northmoor-police-incidents"
XML, CSV, HOUSING = "northmoor-nhs-istv", "northmoor-nhs-ed-csv", "northmoor-homes-asb"
SOURCES = (CRIME, INCIDENTS, XML, CSV, HOUSING)
KEYS = {CRIME: "CRIME_NO", INCIDENTS: "Incident No", HOUSING: "Case No"}
NOTES = {CRIME: "MO_SUMMARY", INCIDENTS: "Result Text", HOUSING: "Diary"}


def _crime(path: Path) -> list[Row]:
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("cp1252")), delimiter="|"))
    header, *body, trailer = rows
    assert trailer == ["TRAILER", str(len(body))]
    return [dict(zip(header, row, strict=True)) for row in body]


def _comma(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


def _xml(path: Path) -> list[Row]:
    return [
        {child.tag: child.text or "" for child in assault} for assault in fromstring(path.read_bytes()).iter("Assault")
    ]


def _xlsx(path: Path) -> list[Row]:
    book = openpyxl.load_workbook(path, read_only=True)
    header, *body = book["ASB Cases"].iter_rows(values_only=True)
    book.close()  # it holds the file open

    def text(value: object) -> str:
        return f"{value:%d/%m/%Y}" if isinstance(value, datetime) else str(value or "")

    return [{str(h): text(v) for h, v in zip_longest(header, row)} for row in body]


READERS: dict[str, Callable[[Path], list[Row]]] = {
    CRIME: _crime, INCIDENTS: _comma, XML: _xml, CSV: _comma, HOUSING: _xlsx
}  # fmt: skip


@pytest.fixture(scope="module")
def rows(extracts: dict[str, Extract]) -> dict[str, list[Row]]:
    """Every file as independent readers see it."""
    return {source: READERS[source](e.path) for source, e in extracts.items()}


def test_the_rows_add_up(extracts: dict[str, Extract], rows: dict[str, list[Row]]) -> None:
    assert sum(e.rows for e in extracts.values()) == ROWS
    assert {s: len(found) for s, found in rows.items()} == {s: e.rows for s, e in extracts.items()}


@pytest.mark.parametrize("asked", [20, 57, 1_000, 1_000_000])
def test_a_night_is_split_without_loss_and_keeps_workbooks_small(asked: int) -> None:
    sizes = split(asked)

    assert sum(sizes.values()) == asked
    assert min(sizes.values()) > 0
    assert sizes[HOUSING] <= 20_000


def test_too_small_a_night_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 20 rows"):
        split(19)


def test_equal_arguments_give_equal_bytes_and_another_seed_or_day_others(borough: Borough, tmp_path: Path) -> None:
    def digest(name: str, day: date, seed: int) -> list[bytes]:
        return [e.path.read_bytes() for e in make_night(borough, tmp_path / name, 400, day, seed)]

    first = digest("a", NIGHT, 1)
    assert digest("b", NIGHT, 1) == first
    for other in (digest("c", NIGHT, 2), digest("d", date(2026, 11, 24), 1)):
        assert all(x != y for x, y in zip(first, other, strict=True))


def test_a_third_of_the_rows_carry_a_note_of_some_400_characters(
    extracts: dict[str, Extract], rows: dict[str, list[Row]]
) -> None:
    notes = [row[NOTES[s]] for s in NOTES for row in rows[s] if row[NOTES[s]]]
    lengths = sorted(len(n) for n in notes)

    assert 0.30 < len(notes) / ROWS < 0.38
    assert 370 < sum(lengths) / len(lengths) < 450
    assert len(set(notes)) >= len(notes) - sum(
        e.planted["duplicate"] + e.planted["correction"] for e in extracts.values()
    )
    assert any("\n" in n for n in notes)
    assert any("|" in n for n in notes)
    assert any("“" in n for n in notes)
    assert any('"' in n for n in notes)


def test_notes_carry_the_records_own_people(rows: dict[str, list[Row]]) -> None:
    known = [row for row in rows[CRIME] if row["MO_SUMMARY"] and row["VIC_FORENAME"]]
    told = [row for row in known if row["VIC_SURNAME"].casefold() in row["MO_SUMMARY"].casefold()
            or row["VIC_FORENAME"].casefold() in row["MO_SUMMARY"].casefold()]  # fmt: skip

    assert len(told) > 0.6 * len(known)


@pytest.mark.parametrize("source", SOURCES)
def test_the_shipped_connector_reads_every_file_and_holds_just_the_bad_rows(
    extracts: dict[str, Extract], source: str
) -> None:
    extract = extracts[source]
    account, frames = read_extract(extract.path, load_mapping(source))
    declared = sum(frame.height for frame in frames)

    assert account.native_rows == extract.rows
    assert declared + account.held == extract.rows
    assert account.held == extract.planted["bad"] == sum(extract.planted.get(kind, 0) for kind in BAD)
    assert account.contract.id == extract.dataset
    assert account.unmapped == []


@pytest.mark.parametrize("source", KEYS)
def test_duplicates_and_corrections_are_as_many_as_planted(
    extracts: dict[str, Extract], rows: dict[str, list[Row]], source: str
) -> None:
    by_key: dict[str, list[Row]] = {}
    for row in rows[source]:
        by_key.setdefault(row[KEYS[source]], []).append(row)
    twice = [found for found in by_key.values() if len(found) == 2]
    alike = [a == b for a, b in twice]

    assert max(len(found) for found in by_key.values()) == 2
    assert Counter(alike) == {
        True: extracts[source].planted["duplicate"],
        False: extracts[source].planted["correction"],
    }


def test_dirt_stands_where_it_is_said_to(extracts: dict[str, Extract], rows: dict[str, list[Row]]) -> None:
    crime, planted = rows[CRIME], extracts[CRIME].planted

    assert sum(row["COMMITTED_FROM"].startswith("30/02/") for row in crime) == planted["impossible-date"] == 1
    assert sum(row["COMMITTED_FROM"] == "29/03/2026 01:30" for row in crime) == planted["missing-hour"] == 1
    assert sum(row["COMMITTED_FROM"].startswith("25/10/2026 01:") for row in crime) == planted["repeated-hour"] >= 1
    assert sum(row["EASTING"] == row["NORTHING"] == "0" for row in crime) == planted["zero-coordinates"] == 1
    assert sum(row["EASTING"].startswith("40") for row in crime) == planted["swapped-coordinates"] == 1
    assert sum(row["HO_GROUP"] == "SEXUAL" for row in crime) in range(planted["sexual"], planted["sexual"] + 5)
    assert sum(row["DA_FLAG"] == "Y" for row in crime) in range(planted["domestic"], planted["domestic"] + 5)
    assert sum(row["TOWN"] == "Southmoor" for row in crime) == planted["outside"] > 10
    assert sum(not row["TOWN"] for row in crime) == planted["placeless"] > 10
    assert sum(row["MO_SUMMARY"].startswith("=") for row in crime) == planted["formula"] == 1
    assert sum(row["Diary"].startswith("=") for row in rows[HOUSING]) == extracts[HOUSING].planted["formula"] == 1


def test_the_repeated_hour_is_planted_only_where_the_days_include_it(borough: Borough, tmp_path: Path) -> None:
    def repeated(name: str, day: date) -> dict[str, int]:
        return {e.source: e.planted["repeated-hour"] for e in make_night(borough, tmp_path / name, 1_000, day)}

    summer, sunday = repeated("summer", date(2026, 8, 3)), repeated("sunday", date(2026, 10, 25))
    assert set(summer.values()) == {0}
    assert {s for s, n in sunday.items() if n} == set(SOURCES) - {HOUSING}


def test_no_row_falls_in_a_missing_hour_unmeant(borough: Borough, tmp_path: Path) -> None:
    for extract in make_night(borough, tmp_path, 2_000, date(2026, 3, 29)):
        account, frames = read_extract(extract.path, load_mapping(extract.source))
        assert sum(f.height for f in frames) + account.held == extract.rows
        assert account.held == extract.planted["bad"]


def test_every_telephone_number_is_one_of_ofcoms_drama_numbers(
    extracts: dict[str, Extract], rows: dict[str, list[Row]]
) -> None:
    dramatic = re.compile(r"07700900\d{3}|01632960\d{3}|01174960\d{3}|02079460\d{3}")
    found = 0
    for source in SOURCES:
        for row in rows[source]:
            joined = " ; ".join(
                v for k, v in row.items() if k not in ("CRIME_NO", "UPRN", "VIC_NHS_NO", "INCIDENT_URN")
            )
            for match in re.finditer(
                r"(?<![\dA-Z/@-])(?:\+44 ?|0)\d{2,4}(?:[ -]?\d{3,4}){1,2}[ -]?\d{0,4}(?!\d)", joined
            ):
                digits = re.sub(r"\D", "", match[0].replace("+44", "0"))
                if len(digits) == 11:
                    found += 1
                    assert dramatic.fullmatch(digits), source
    assert found > 1_000


def test_the_workbook_types_formula_like_text_as_text(extracts: dict[str, Extract]) -> None:
    sheet = openpyxl.load_workbook(extracts[HOUSING].path)["ASB Cases"]
    kinds = Counter(cell.data_type for row in sheet.iter_rows() for cell in row)

    assert kinds["f"] == 0
    assert kinds["d"] > 400


def test_identifiers_have_sound_check_digits(rows: dict[str, list[Row]]) -> None:
    letters = "ZABCDEFGHJKLMNPQRTUVWXY"
    for row in rows[CRIME]:
        if number := row["VIC_NHS_NO"]:
            assert number.startswith("999")
            assert sum(int(d) * w for d, w in zip(number, range(10, 0, -1), strict=True)) % 11 == 0
        if pnc := row["SUS_PNC_ID"]:
            assert pnc[-1] == letters[int(pnc[2:4] + pnc[5:12]) % 23]
        if cro := row["SUS_CRO_NO"]:
            assert cro[-1] == letters[int(cro[7:9] + cro[:6]) % 23]


def test_a_file_of_several_chunks_keeps_its_copies(borough: Borough, tmp_path: Path) -> None:
    crime = next(e for e in make_night(borough, tmp_path, 42_000, NIGHT) if e.source == CRIME)
    keys = Counter(row["CRIME_NO"] for row in _crime(crime.path))

    assert crime.rows > 20_000
    assert crime.planted["duplicate"] == crime.planted["correction"] == 2
    assert Counter(keys.values())[2] == 4
    assert len(keys) == crime.rows - 4
