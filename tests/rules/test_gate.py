"""The residual gate and the wrong column: what is left is found, by its own means, and what is honest is let through."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.depersonalise.gate import is_card_number, note_faults
from hub.depersonalise.misplaced import misplaced
from hub.depersonalise.pseudonym import Keyring
from hub.depersonalise.redaction import Span
from hub.depersonalise.treatment import depersonalise
from protocols.contract import LINE, shipped_contracts
from protocols.lint import load_document
from tests.conftest import ROOT

CONTRACTS = shipped_contracts()
CRIME = CONTRACTS["police-crime/1"]
FLOW = load_document((ROOT / "protocols/documents/northmoor-violence.toml").read_text(), CONTRACTS).flow[0]
RECORD = {
    "victim_forename": "Perpetua-Jane", "victim_surname": "O'Quillfeather", "victim_dob": "1988-03-04",
    "victim_phone": "+44 7700 900123", "premises": "14", "street": "Tanglewood Street", "postcode": "NM1 2AB",
    "suspect_pnc": "1999/0000007N", "suspect_forename": "Will", "suspect_surname": "Hill", "vrm": "AB12 CDE",
    "crime_ref": "NM/123456/26", "officer_collar": "PC 40733", "uprn": "100023336956",
}  # fmt: skip


def rules_of(*notes: str, record: dict[str, str] | None = None) -> list[tuple[int, str]]:
    frame = pl.DataFrame([record or RECORD] * len(notes))
    done = pl.DataFrame({LINE: range(2, len(notes) + 2), "mo_summary": notes})
    return [(f.line, f.rule) for f in note_faults(done, frame, CRIME, ["mo_summary"])]


@pytest.mark.parametrize(
    ("note", "rule"),
    [
        ("[PERSON 1] said perpetua was there", "own.name"), ("O’QUILLFEATHER'S door", "own.name"),
        ("oquillfeather rang", "own.name"), ("Mrs Quillfeather", "own.name"), ("Jane fled", "own.name"),
        ("Рerpetua Quillfеather", "own.name"), ("saw Will run", "own.name"), ("hit by Hill twice", "own.name"),
        ("rang 07700900123", "own.phone"), ("rang 7700 900 123", "own.phone"), ("born 4.3.88", "own.birth"),
        ("born 4th March 1988", "own.birth"), ("dob 04031988", "own.birth"), ("at 14 Tanglewood St", "own.house"),
        ("at 14, tanglewood", "own.house"), ("in nm1 2ab", "own.postcode"), ("in NM12AB.", "own.postcode"),
        ("PNC 99/7N", "own.pnc"), ("pnc 19990000007n", "own.pnc"), ("car ab12cde", "own.vrm"), ("AB-12-CDE", "own.vrm"),
        ("ref NM 123456 26", "own.reference"), ("uprn 100023336956", "own.uprn"), ("collar 40733", "own.officer"),
        ("born 4th day of March '88", "own.birth"), ("1988 Mar 04", "own.birth"), ("March the 4th, 1988", "own.birth"), ("in room 21 04/03/88", "own.birth"),
        ("dob 040388", "own.birth"), ("born 4Mar88", "own.birth"), ("Tanglewood Street (no. 14)", "own.house"), ("#14 Tanglewood", "own.house"),
        ("flat 3/14 Tanglewood", "own.house"), ("TANGLEWOOD ST 14", "own.house"),
        ("NHS 943 476 5870", "nhs-number"), ("9434765870", "nhs-number"), ("AB 12 34 56 C", "nino"),
        ("call 01632 960 456", "phone"), ("a.b@example.com", "email"), ("2002/0073319Z", "pnc"), ("123456/99L", "cro"),
        ("B801200005001", "upn"), ("4111 1111 1111 1111", "card"),
    ],
)  # fmt: skip
def test_what_is_left_is_found(note: str, rule: str) -> None:
    assert (2, f"gate.{rule}") in rules_of(note)


@pytest.mark.parametrize(
    "note",
    [
        "[PERSON 1] of [ADDRESS 1] rang [PHONE 1] about [REFERENCE 1]", "they will return up the hill", "Will return later",
        "along Hill Street to Tanglewood Street", "ON THE HILL, WILL CALL BACK", "on 05/03/1988 a call", "at 14 minutes past two",
        "along Tanglewood Street 145 metres", "on 4 April 1988", "040389 was dialled", "14 of them on Tanglewood Street",
        "943 476 5871 is no NHS number", "item 1234567890123456", "paid 14 pounds at 02:15 on 12/10/2026", "two of the three men",
        "", "code 12345 entered", "the 1988 event",
    ],
)  # fmt: skip
def test_what_is_honest_is_let_through(note: str) -> None:
    assert rules_of(note) == []


def test_a_hit_names_field_and_recogniser_and_never_the_value() -> None:
    done = pl.DataFrame({LINE: [7], "mo_summary": ["Quillfeather rang 07700 900123, NHS 9434765870"]})
    faults = note_faults(done, pl.DataFrame([RECORD]), CRIME, ["mo_summary"])
    assert {f.line for f in faults} == {7}
    text = " ".join(f"{f.rule} {f.reason} {f.column}" for f in faults)
    for said in ("own.name", "victim_surname", "own.phone", "victim_phone", "pattern.nhs-number"):
        assert said in text
    for value in ("uillfeather", "900123", "9434765870"):
        assert value not in text


def test_each_row_is_searched_for_its_own_records_values() -> None:
    other = RECORD | {"victim_forename": "Alma", "victim_surname": "Moss"}
    done = pl.DataFrame({LINE: [2, 3, 4], "mo_summary": ["Perpetua rang", "Perpetua rang", None]})
    faults = note_faults(done, pl.DataFrame([RECORD, other, RECORD]), CRIME, ["mo_summary"])
    assert [f.line for f in faults] == [2]


class Blind:
    """A recogniser that finds nothing: only the record-aware layer and the engine's own forms are at work."""

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        return [[] for _ in notes]


NAMES = st.text("abcdefghijklmnoprstuvyz", min_size=5, max_size=11).map(str.title)


@settings(max_examples=40, deadline=None)
@given(NAMES, NAMES, st.sampled_from(["{0} {1} hit him", "{1}, {0}: rang", "spoke to {1} then", "{0}'s car", "mr {1}"]))
def test_what_the_engine_makes_of_a_records_names_passes_the_gate(first: str, last: str, shape: str) -> None:
    row = dict.fromkeys(FLOW.fields, None) | {
        "crime_ref": "NM/123456/26", "committed_from": "2026-11-23T02:15:00", "victim_forename": first,
        "victim_surname": last, "mo_summary": shape.format(first, last)}  # fmt: skip
    frame = pl.DataFrame({k: [v] for k, v in row.items()}, schema=dict.fromkeys(row, pl.Utf8)).with_columns(
        pl.lit(2).cast(pl.Int64).alias(LINE), occurred_from=pl.col("committed_from").str.to_datetime(time_unit="us"))  # fmt: skip
    flow = FLOW.model_copy(update={"notes": "balanced", "fields": FLOW.fields | {"mo_summary": "redact"}})
    keys = Keyring(bytes(range(32)), "northmoor-csp", "SERIOUS_VIOLENCE", 1)
    assert [f.rule for f in depersonalise(frame, flow, CRIME, keys, Blind()).faults] == []


@pytest.mark.parametrize(
    ("digits", "card"), [("4111111111111111", True), ("4111111111111112", False), ("0" * 16, False), ("411", False)]
)
def test_card_numbers_by_luhn(digits: str, card: bool) -> None:
    assert is_card_number(digits) is card


# the wrong column ----------------------------------------------------------------------------------------------------

PEOPLE = {"John Smith", "Mrs Alma Moss", "Victoria Park", "Grace Darling"}


def faults_of(
    values: Sequence[str | None], column: str = "offence_title", **record: Sequence[str | None]
) -> list[tuple[int, str]]:
    rows = len(values)
    base = {"victim_forename": [None] * rows, "victim_surname": [None] * rows, "postcode": [None] * rows}
    frame = pl.DataFrame(
        base | {k: list(v) for k, v in record.items()}, schema_overrides=dict.fromkeys([*base, *record], pl.Utf8)
    )
    done = pl.DataFrame({LINE: range(1, rows + 1), column: pl.Series(values, dtype=pl.Utf8)})
    found = misplaced(done, frame, CRIME, [column], ["postcode"], lambda texts: [t in PEOPLE for t in texts])
    return sorted((f.line, f.rule) for f in found)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("John Smith", "name"), ("Mrs Alma Moss", "name"), ("07700 900123", "phone"), ("AB123456C", "nino"),
        ("943 476 5870", "nhs-number"), ("a.b@example.com", "email"),
        ("caller stated he saw them run off", "free-text"), ("SHE SAID THAT HE LIVES NEXT DOOR", "free-text"),
    ],
)  # fmt: skip
def test_what_belongs_elsewhere_is_found(value: str, rule: str) -> None:
    assert faults_of(["Assault", value, "Theft"]) == [(2, f"column.{rule}")]


@pytest.mark.parametrize(
    "value",
    ["Assault occasioning actual bodily harm on a constable in the execution of his duty", "Victoria Park", "Theft of a motor vehicle",
     "Grace Darling Inn", "B2", "St James Ward", "Threats to kill", "Mark Street", "N/K", "NM Central 4", "", None,
     "Drive otherwise than in accordance with a licence", "2026/11/23"],
)  # fmt: skip
def test_honest_values_are_not(value: str | None) -> None:
    assert faults_of(["Assault", value, "Theft"]) == []


def test_the_records_own_name_is_found_but_not_a_word_that_is_also_an_offence() -> None:
    assert faults_of(["Quillfeather", "Theft"], victim_surname=["Quillfeather", "Moss"]) == [(1, "column.own-name")]
    assert faults_of(["rang Alma Moss"], victim_forename=["Alma"], victim_surname=["Moss"]) == [(1, "column.own-name")]
    young = ["Cruelty to young persons"] * 4
    assert faults_of(young, victim_surname=["Young", "Moss", "Oakes", "Smith"]) == []


def test_a_usual_value_of_the_column_is_honest_whosever_row_it_stands_in() -> None:
    beats = ["Quillfeather", "Quillfeather", "Quillfeather", "Quillfeather"]
    assert faults_of(beats, column="beat", victim_surname=["Quillfeather", "Moss", "Oakes", "Smith"]) == []
    assert faults_of(["John Smith"] * 3, column="beat") == [], "a beat may bear a person's name"


def test_an_identifier_in_a_place_field_is_found_and_a_wrong_postcode_is_not() -> None:
    postcodes = ["NM1 2AB", "07700 900123", "N/K", "NM1", "not a postcode", "AB123456C", None]
    found = faults_of(["Assault"] * 7, postcode=postcodes)
    assert found == [(2, "column.phone"), (6, "column.nino")]
