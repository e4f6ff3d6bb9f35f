"""The one row check: a table of values against the contract, spelling by spelling."""

from __future__ import annotations

import polars as pl
import pytest

from protocols.contract import LINE, shipped_contracts
from protocols.rows import check_rows

CRIME = shipped_contracts()["police-crime/1"]
SOUND = {
    "crime_ref": "NM/0001/26",
    "recorded_at": "2026-11-22T23:15",
    "offence_code": "008/06",
    "offence_group": "robbery",
}


def broken(**cells: str | None) -> list[tuple[str, str]]:
    row = {f.name: None for f in CRIME.field} | SOUND | cells
    frame = pl.DataFrame([{LINE: 7, **row}], schema={LINE: pl.Int64} | dict.fromkeys(row, pl.Utf8))
    good, faults = check_rows(frame, CRIME)
    assert good.height == (0 if faults.height else 1)
    assert set(faults[LINE]) <= {7}
    for reason in faults["reason"]:
        assert not any(c and c in reason for c in cells.values())
    return list(faults.select("column", "rule").iter_rows())


def test_a_sound_row_passes_unchanged() -> None:
    assert broken() == []


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("crime_ref", None, "row.missing"),
        ("crime_ref", "  ", "row.missing"),
        ("recorded_at", "2026-02-30T10:00", "row.datetime"),
        ("recorded_at", "30/02/2026 10:00", "row.datetime"),
        ("recorded_at", "2026-03-29T01:30", "row.time-impossible"),
        ("recorded_at", "1026-03-29T01:30", "row.year"),
        ("recorded_at", "2026-11-22T24:00", "row.datetime"),
        ("victim_dob", "1990-13-01", "row.date"),
        ("victim_dob", "90-01-01", "row.date"),
        ("offence_group", "daylight-robbery", "row.code"),
        ("offence_group", "ROBBERY", "row.code"),
        ("weapon_flag", "yes", "row.boolean"),
        ("easting", "four hundred", "row.number"),
        ("easting", "1e6", "row.number"),
        ("easting", "NaN", "row.number"),
        ("victim_surname", "Quill\x00feather", "row.control-character"),
        ("victim_surname", "Quill\nfeather", "row.line-break"),
        ("victim_surname", "Q" * 10_000, "row.too-long"),
        ("mo_summary", "x" * 10_000_000, "row.too-long"),
    ],
)  # fmt: skip
def test_what_breaks_the_contract(column: str, value: str | None, rule: str) -> None:
    assert (column, rule) in broken(**{column: value})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("recorded_at", "2026-10-25T01:30"),  # the repeated hour is real; it is flagged later, never refused
        ("recorded_at", "2026-11-22 23:15:30"),
        ("recorded_at", "2026-03-29T01:30Z"),
        ("mo_summary", "two\nlines\tand a tab"),
        ("victim_surname", "O’Quillfeather-Ñandú"),
        ("victim_dob", None),
    ],
)
def test_what_keeps_the_contract(column: str, value: str | None) -> None:
    assert broken(**{column: value}) == []


def test_every_fault_of_a_row_is_told() -> None:
    assert len(broken(crime_ref=None, recorded_at="§1", offence_group="§2")) >= 3
