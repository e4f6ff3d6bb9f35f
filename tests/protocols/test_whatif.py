"""What would flow: each field's fate with its reason, rows counted, and made-up rows that keep their contract."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from protocols.contract import LINE, shipped_contracts
from protocols.rows import check_rows
from protocols.schema import Flow, parse_document
from protocols.synthetic import BROKEN, made_up_rows
from protocols.whatif import Tally, fates, standing_in_the_way
from tests.conftest import NOON, ROOT

CONTRACTS = shipped_contracts()
DOCUMENT = parse_document((ROOT / "protocols/documents/northmoor-violence.toml").read_text(encoding="utf-8"))
POLICE, TRUST = DOCUMENT.flow
CRIME = CONTRACTS["police-crime/1"]


def changed(flow: Flow, **words: object) -> Flow:
    return flow.model_copy(update=words)


@pytest.mark.parametrize(
    ("field", "treatment", "notes", "link", "reach", "says"),
    [
        ("offence_code", "keep", "balanced", (), "pool", "kept as it is"),
        ("victim_dob", "band:5", "balanced", (), "pool", "band of years"),
        ("recorded_at", "generalise:date", "balanced", (), "pool", "more coarsely"),
        ("vrm", "pseudonymise", "balanced", (), "pool", "never released"),
        ("mo_summary", "redact", "strict", (), "pool", "(strict)"),
        ("mo_summary", "redact", "drop", (), "hub", "keeps no notes"),
        ("easting", "geocode-then-drop", "balanced", (), "hub", "grid-100m at the finest"),
        ("crime_ref", "drop", "balanced", (), "hub", "correction"),
        ("victim_surname", "drop", "balanced", ("victim",), "hub", "across agencies"),
        ("victim_surname", "drop", "balanced", (), "hub", "find the person in the notes"),
        ("victim_surname", "drop", "drop", (), "hub", "could leave it out"),
        ("committed_from", "drop", "balanced", (), "hub", "tells when"),
        ("offence_code", "publish", "balanced", (), "source", "refused"),
        ("victim_surname", "keep", "balanced", (), "source", "refused"),
        ("offence_code", "", "balanced", (), "source", "does not name it"),
    ],
)
def test_each_field_has_its_fate_and_a_reason(
    field: str, treatment: str, notes: str, link: tuple[str, ...], reach: str, says: str
) -> None:
    fields = {k: v for k, v in POLICE.fields.items() if k != field} | ({field: treatment} if treatment else {})
    flow = changed(POLICE, fields=fields, notes=notes, link=link)
    (found,) = [f for f in fates(CRIME, flow, set(CRIME.fields)) if f.field == field]
    assert (found.reach, found.treatment) == (reach, treatment)
    assert says in found.why


def test_what_the_source_lacks_is_told_and_every_field_has_one_fate() -> None:
    given = set(CRIME.fields) - {"uprn", "incident_ref"}
    told = fates(CRIME, POLICE, given)
    assert len({f.field for f in told}) == len(told)
    assert {f.field for f in told} == set(POLICE.fields) | given
    (uprn,) = [f for f in told if f.field == "uprn"]
    assert (uprn.reach, "does not give it" in uprn.why) == ("source", True)


@pytest.mark.parametrize(
    ("purpose", "on", "says"),
    [
        ("SERIOUS_VIOLENCE", date(2026, 11, 24), ""),
        ("", date(2026, 11, 24), ""),
        ("REOFFENDING", date(2026, 11, 24), "covers SERIOUS_VIOLENCE, CRIME_DISORDER"),
        ("", date(2026, 3, 31), "begins on 2026-04-01"),
        ("", date(2029, 3, 31), "has lapsed"),
    ],
)
def test_what_stands_in_the_way_is_said(purpose: str, on: date, says: str) -> None:
    found = standing_in_the_way(DOCUMENT, POLICE, purpose, on)
    assert (found == []) if not says else (says in "; ".join(found))


def test_rows_are_counted_with_their_fields_and_coarser_places() -> None:
    tally = Tally(TRUST)
    for methods in (["sexual-assault", "knife"], ["sexual-assault", None]):
        tally.add(pl.DataFrame({LINE: [1, 2], "assault_method": methods}))
    assert tally.rows == 4
    assert tally.filled["assault_method"] == 3
    assert tally.coarser == {"ward: assault_method is sexual-assault": 2}


@pytest.mark.parametrize("name", CONTRACTS)
def test_made_up_rows_keep_the_contract_but_for_those_that_are_meant_not_to(name: str) -> None:
    contract = CONTRACTS[name]
    rows = made_up_rows(contract, 100, NOON)
    sound, faults = check_rows(rows, contract)
    broken = 100 // BROKEN if any(f.required for f in contract.field) else 0
    assert rows.height - sound.height == broken, faults
    assert set(faults["rule"]) <= {"row.missing"}
    for field in contract.field:
        if not field.pattern and field.max_length > 20:
            assert sound[field.name].count() == sound.height, field.name
    assert rows.equals(made_up_rows(contract, 100, NOON))
