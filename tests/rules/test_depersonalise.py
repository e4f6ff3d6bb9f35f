"""Nothing identifying survives: treatments as tables, spellings as properties, hostile notes without a crash."""

from __future__ import annotations

import time
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.depersonalise.gate import is_nhs_number
from hub.depersonalise.own_search import find_own
from hub.depersonalise.own_words import Own, own_words
from hub.depersonalise.pseudonym import Keyring, content_digest, normalise, pseudonymise, record_key
from hub.depersonalise.redaction import Span, clean, merge, redact
from hub.depersonalise.treatment import depersonalise
from protocols.contract import LINE, Role, shipped_contracts
from protocols.lint import load_document
from protocols.schema import Flow
from tests.conftest import ROOT

CONTRACTS = shipped_contracts()
CRIME = CONTRACTS["police-crime/1"]
VIOLENCE = load_document((ROOT / "protocols/documents/northmoor-violence.toml").read_text(), CONTRACTS)
FLOW = VIOLENCE.flow[0]
KEYS = Keyring(b"r" * 32, "northmoor-csp", "SERIOUS_VIOLENCE", 1)
FIELDS = [
    ("forename", Role.FORENAME, "victim"), ("surname", Role.SURNAME, "victim"), ("dob", Role.DOB, "victim"),
    ("phone", Role.PHONE, "victim"), ("address", Role.ADDRESS, "victim"), ("postcode", Role.POSTCODE, "victim"),
    ("nhs", Role.NHS, "victim"), ("pnc", Role.PNC, "victim"), ("vrm", Role.VRM, "victim"),
    ("ref", Role.REFERENCE, "victim"), ("email", Role.EMAIL, "victim"),
]  # fmt: skip
RECORD = {
    "forename": "Perpetua-Jane", "surname": "O'Quillfeather", "dob": "1988-03-04", "phone": "+44 7700 900123",
    "address": "14 Tanglewood Street, Northmoor", "postcode": "NM1 2AB", "nhs": "9434765870",
    "pnc": "1999/0000007N", "vrm": "AB12 CDE", "ref": "NM/123456/26", "email": "perpetua.q88@example.com",
}  # fmt: skip
OWN = own_words(RECORD, FIELDS)


class Nobody:
    """A recogniser that finds nothing, so that only the record's own words are at work."""

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        return [[] for _ in notes]


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("PERPETUA called", "[PERSON 1] called"),
        ("Mrs O'Quillfeather's door", "Mrs [PERSON 1]'s door"),
        ("Mrs O’QUILLFEATHER said", "Mrs [PERSON 1] said"),
        ("oquilfeather rang (sic)", "[PERSON 1] rang (sic)"),
        ("Quillfeather, Jane", "[PERSON 1], [PERSON 1]"),
        ("born 4.3.88, 4 March 1988", "born [DATE OF BIRTH 1], [DATE OF BIRTH 1]"),
        ("dob 04/03/1988 and 1988-03-04", "dob [DATE OF BIRTH 1] and [DATE OF BIRTH 1]"),
        ("on 05/03/1988 a call", "on 05/03/1988 a call"),
        ("rang 07700 900 123", "rang [PHONE 1]"),
        ("rang +44 (0)7700-900-123", "rang [PHONE 1]"),
        ("at 14 Tanglewood St today", "at [ADDRESS 1] today"),
        ("along Tanglewood Street", "along Tanglewood Street"),
        ("in nm12ab", "in [POSTCODE 1]"),
        ("NHS 943 476 5870", "NHS [NHS NUMBER 1]"),
        ("PNC 99/7N", "PNC [PNC ID 1]"),
        ("car ab12cde", "car [VEHICLE 1]"),
        ("ref NM-123456-26", "ref [REFERENCE 1]"),
        ("mail perpetua.q88@example.com now", "mail [EMAIL 1] now"),
        ("Per\u200bpetua hid", "[PERSON 1] hid"),
    ],
)
def test_the_records_own_words_are_found_however_spelt(note: str, left: str) -> None:
    text = clean(note)
    assert redact(text, find_own(text, OWN)) == left


def test_one_person_keeps_one_number_in_a_note() -> None:
    text = "Perpetua and Jane O'Quillfeather saw Tom"
    assert redact(text, find_own(text, OWN)) == "[PERSON 1] and [PERSON 1] [PERSON 1] saw Tom"


def test_overlapping_spans_become_one() -> None:
    spans = [Span(0, 5, "PERSON", 1, "a"), Span(3, 9, "ADDRESS", 1, "b"), Span(12, 14, "PHONE", 1, "c")]
    assert [(s.start, s.end, s.kind) for s in merge(spans)] == [(0, 9, "ADDRESS"), (12, 14, "PHONE")]


def test_repeated_digits_are_no_nhs_numbers() -> None:
    assert is_nhs_number("9434765870")
    for wrong in ("0000000000", "1111111111", "9434765871", "943476587"):
        assert not is_nhs_number(wrong)


NAMES = st.text(st.characters(whitelist_categories=["Lu", "Ll"], max_codepoint=0x17F), min_size=3, max_size=12)
STYLES = st.sampled_from([str.upper, str.lower, str.title, lambda s: s + "'s", lambda s: f"({s})", lambda s: f"{s},"])


@settings(max_examples=300, deadline=None)
@given(NAMES, NAMES, STYLES, st.text("abc .,\n", max_size=20))
def test_no_spelling_of_a_name_survives(first: str, last: str, style: object, around: str) -> None:
    own = own_words({"forename": first, "surname": last}, FIELDS)
    assert callable(style)
    text = clean(f"{around} {style(first)} {style(last)} {around}")
    done = redact(text, find_own(text, own))
    assert not find_own(done, own)


def crime(**values: str) -> pl.DataFrame:
    base = dict.fromkeys(FLOW.fields, None) | {
        "crime_ref": "NM/123456/26", "committed_from": "2026-11-23T02:15:00", "victim_dob": "1988-12-01",
        "offence_code": "008/06", "offence_title": "Assault", "postcode": "NM1 2AB",
    } | values  # fmt: skip
    frame = pl.DataFrame({k: [v] for k, v in base.items()}, schema=dict.fromkeys(base, pl.Utf8))
    return frame.with_columns(pl.lit(2).cast(pl.Int64).alias(LINE),
                              occurred_from=pl.col("committed_from").str.to_datetime(time_unit="us"))  # fmt: skip


def test_treatments_of_a_flow() -> None:
    done = depersonalise(crime(vrm="AB12 CDE", victim_surname="Quillfeather"), FLOW, CRIME, KEYS, Nobody())
    row = done.frame.row(0, named=True)
    assert row["committed_from"] == "2026-11-23T02:00"
    assert row["victim_dob"] == "35-39"
    assert row["offence_title"] == "Assault"
    assert str(row["vrm"]).startswith("p1-")
    assert not {"crime_ref", "victim_surname", "postcode", "easting"} & set(row)
    assert done.faults == []


def test_a_field_the_flow_does_not_name_does_not_come_through() -> None:
    less = FLOW.model_copy(update={"fields": {"offence_title": "keep"}})
    assert depersonalise(crime(), less, CRIME, KEYS, Nobody()).frame.columns == [LINE, "offence_title"]


def test_a_word_that_is_no_treatment_stops_everything() -> None:
    odd = FLOW.model_copy(update={"fields": {"offence_title": "publish"}})
    with pytest.raises(ValueError, match="publish"):
        depersonalise(crime(), odd, CRIME, KEYS, Nobody())


@pytest.mark.parametrize(("born", "band"), [("1988-11-23", "35-39"), ("1986-11-23", "40-44"), ("1986-11-24", "35-39"),
                                             ("1930-01-01", "90+"), ("2027-01-01", None), (None, None)])  # fmt: skip
def test_age_bands_at_the_event(born: str, band: str | None) -> None:
    assert depersonalise(crime(victim_dob=born), FLOW, CRIME, KEYS, Nobody()).frame["victim_dob"].to_list() == [band]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("offence_title", "spoke to Perpetua Quillfeather", "column.own-name"),
        ("offence_title", "ring 01632 960123", "column.phone"),
        ("beat", "943 476 5870", "column.nhs-number"),
        ("beat", "QQ123456C AB123456C", "column.nino"),
        ("offence_title", "a@example.com", "column.email"),
    ],
)
def test_identifiers_in_the_wrong_column_hold_the_row(field: str, value: str, rule: str) -> None:
    frame = crime(victim_forename="Perpetua", victim_surname="Quillfeather", **{field: value})
    found = depersonalise(frame, FLOW, CRIME, KEYS, Nobody()).faults
    assert (2, field, rule) in [(f.line, f.column, f.rule) for f in found]
    assert all(value not in f.reason for f in found)


@pytest.mark.parametrize(
    ("one", "other", "role"),
    [
        ("+44 7700 900123", "07700-900 123", Role.PHONE),
        ("0044 (0)7700 900123", "07700900123", Role.PHONE),
        ("02/73319Z", "2002/0073319Z", Role.PNC),
        ("ab12 cde", "AB12CDE", Role.VRM),
        ("000000199356", "199356", Role.UPRN),
        ("José O’Neill", "JOSE ONEILL", Role.FULL_NAME),
    ],
)
def test_spellings_of_one_identifier_meet(one: str, other: str, role: Role) -> None:
    assert pseudonymise(pl.Series([one]), role, KEYS)[0] == pseudonymise(pl.Series([other]), role, KEYS)[0]


def test_different_people_partnerships_purposes_epochs_and_kinds_do_not_meet() -> None:
    keyrings = [KEYS, Keyring(b"r" * 32, "southmoor-csp", "SERIOUS_VIOLENCE", 1), Keyring(b"r" * 32, "northmoor-csp", "ASB", 1),
                Keyring(b"r" * 32, "northmoor-csp", "SERIOUS_VIOLENCE", 2), Keyring(b"s" * 32, "northmoor-csp", "ASB", 1)]  # fmt: skip
    made = [pseudonymise(pl.Series([v]), role, k)[0] for k in keyrings for v in ("AB12CDE", "AB12CDF")
            for role in (Role.VRM, Role.REFERENCE)]  # fmt: skip
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("junk", ["", "N/K", "unknown", "0000000000", "Not stated", "xxxx"])
def test_placeholders_get_no_pseudonym(junk: str) -> None:
    assert pseudonymise(pl.Series([junk, None]), Role.PHONE, KEYS).to_list() == [None, None]
    assert normalise(pl.Series([junk]), Role.REFERENCE).to_list() == [None]


def test_record_keys_tell_records_apart_and_bind_agency_and_dataset() -> None:
    frame = pl.DataFrame({"a": ["1", "11", None], "b": ["12", "2", "x"]})
    keys = record_key(b"k" * 32, "police", "d/1", frame)
    others = [record_key(b"k" * 32, "fire", "d/1", frame), record_key(b"k" * 32, "police", "d/2", frame),
              record_key(b"z" * 32, "police", "d/1", frame), content_digest(b"k" * 32, frame)]  # fmt: skip
    assert len({bytes(k) for column in (keys, *others) for k in column}) == 15


@pytest.mark.parametrize(
    "note",
    ["x" * 1_000_000, "Perpetua " * 50_000, "\x00\x01", "🎉" * 1000, "\u202eaute\u202c", "<b>Perpetua</b>", "7" * 100_000,
     "07700 900 " * 10_000, "( " * 50_000, "A." * 50_000, ""],
)  # fmt: skip
def test_hostile_notes_neither_crash_nor_take_long(note: str) -> None:
    start = time.perf_counter()
    text = clean(note)
    done = redact(text, find_own(text, OWN))
    assert not find_own(done, OWN)
    assert time.perf_counter() - start < 20, "not a benchmark: a guard against quadratic time"


def test_nothing_is_searched_where_the_record_says_nothing() -> None:
    assert not own_words({}, FIELDS)
    assert not find_own("anything", Own())


def test_a_flow_that_drops_notes_lets_none_through() -> None:
    dropped: Flow = FLOW.model_copy(update={"notes": "drop"})
    assert "mo_summary" not in depersonalise(crime(mo_summary="a note"), dropped, CRIME, KEYS, Nobody()).frame.columns
