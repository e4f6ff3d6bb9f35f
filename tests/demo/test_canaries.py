"""Canaries are sound, all different, planted in every identifier and its note, and found again in any spelling."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest

from hub.demo.borough import Borough
from hub.demo.canaries import MOST, Canary, canary, find, spellings, values
from hub.demo.night import Extract, make_night
from tests.demo.conftest import CANARIES, NIGHT

CRIME = "northmoor-police-crime"
PLACE = r"NM\d\d \d[ABD-HJLNP-UW-Z]{2}"


def _text(extract: Extract) -> str:
    if extract.path.suffix == ".xlsx":
        with zipfile.ZipFile(extract.path) as book:
            return "".join(book.read(n).decode() for n in book.namelist() if n.endswith(".xml"))
    return extract.path.read_bytes().decode("cp1252" if extract.path.suffix == ".psv" else "utf-8")


def test_no_two_canaries_share_anything_but_a_birthday_year() -> None:
    flock = [canary(number) for number in range(MOST)]

    for name in Canary.__dataclass_fields__:
        assert len({getattr(one, name) for one in flock}) == MOST, name


def test_canaries_are_sound_of_form() -> None:
    for one in map(canary, range(MOST)):
        assert re.fullmatch(r"(07700 900|01632 960|0117 496 0|020 7946 0)9\d\d", one.phone)
        assert sum(int(d) * w for d, w in zip(one.nhs, range(10, 0, -1), strict=True)) % 11 == 0
        assert re.fullmatch(r"ZY\d{6}[A-D]", one.nino)
        assert re.fullmatch(r"[A-HJ-PR-Y]{2}29 [A-HJ-PR-Z]{3}", one.vrm)
        assert re.fullmatch(PLACE, one.postcode)
        assert re.fullmatch(r"9\d{11}", one.uprn)
        assert date(1921, 1, 1) <= one.dob < date(1925, 1, 1)


def test_there_are_no_more_than_there_are() -> None:
    with pytest.raises(ValueError, match="canaries 0 to 399"):
        canary(MOST)


def test_too_many_for_a_file_are_refused(borough: Borough, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        make_night(borough, tmp_path, 3_000, NIGHT, canaries=41)


def test_every_planted_identifier_of_the_crime_file_is_in_its_columns_and_in_its_note(
    extracts: dict[str, Extract],
) -> None:
    source = io.StringIO(extracts[CRIME].path.read_bytes().decode("cp1252"))
    rows = [row for row in csv.DictReader(source, delimiter="|") if (row["CRIME_NO"] or "").startswith("990099")]
    notes = {row["CRIME_NO"]: row["MO_SUMMARY"].casefold() for row in rows}
    first = {canary(n).crime_ref: n for n in extracts[CRIME].canaries[::2]}

    assert set(notes) == set(first)
    assert len(first) == CANARIES
    assert len(rows) == CANARIES + 2, "a canary's row is sent twice, another's corrected"
    for row in rows:
        victim, suspect = canary(first[row["CRIME_NO"]]), canary(first[row["CRIME_NO"]] + 1)
        assert (row["VIC_FORENAME"], row["VIC_SURNAME"], row["VIC_PHONE"]) == (
            victim.forename,
            victim.surname,
            victim.phone,
        )
        assert (row["VIC_DOB"], row["VIC_NHS_NO"], row["VIC_EMAIL"]) == (
            f"{victim.dob:%d/%m/%Y}",
            victim.nhs,
            victim.email,
        )
        assert (row["SUS_PNC_ID"], row["SUS_NINO"], row["SUS_CRO_NO"]) == (suspect.pnc, suspect.nino, suspect.cro)
        assert (row["VRM"], row["OIC_COLLAR"], row["STREET"]) == (victim.vrm, victim.collar, victim.street)
        told = notes[row["CRIME_NO"]]
        for one, kinds in (
            (victim, ("phone", "email", "nhs", "vrm", "address", "postcode")),
            (suspect, ("nino", "pnc")),
        ):
            for kind in kinds:
                assert any(form.casefold() in told for form in spellings(one)[kind]), kind


@pytest.mark.parametrize("rule", ["30/02/2026", "29/03/2026 01:30", "ZZ_OLD"])
def test_canaries_sit_in_bad_rows_too(extracts: dict[str, Extract], rule: str) -> None:
    lines = [line for line in _text(extracts[CRIME]).split("\r\n") if rule in line]

    assert len(lines) == 1
    assert lines[0].startswith("990099")


def test_each_file_holds_its_own_canaries_and_no_others(extracts: dict[str, Extract]) -> None:
    for source, extract in extracts.items():
        surnames = {n: canary(n).surname for n in range(MOST)}
        text = _text(extract)
        assert {n for n, surname in surnames.items() if surname in text} == set(extract.canaries), source
        assert extract.planted["canary"] == CANARIES


def test_an_ordinary_night_holds_no_canary_in_any_spelling(borough: Borough, tmp_path: Path) -> None:
    for extract in make_night(borough, tmp_path, 1_500, NIGHT, seed=3):
        assert find(_text(extract), range(MOST)) == [], extract.source


@pytest.mark.parametrize("form", [form for forms in spellings(canary(7)).values() for form in forms[:2]])
def test_a_canary_is_found_in_any_case_and_amid_anything(form: str) -> None:
    assert find(f"xx{form.swapcase()}yy", [7])
    assert find(f"xx{form.swapcase()}yy", [8]) == []


def test_spellings_hold_what_people_make_of_a_value() -> None:
    forms = spellings(canary(0))

    assert {"07700900900", "+447700900900", "07700-900-900"} <= set(forms["phone"])
    assert {"1921-01-01", "1 January 1921", "01.01.1921"} <= set(forms["dob"])
    assert "ZYQANDA QUEDIQWAZWICK" in forms["name"]
    assert min(len(form) for form in values(range(MOST))) >= 6
