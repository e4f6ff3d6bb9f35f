"""Shipped contracts and protocols load; an incomplete or contradictory document is told all its faults at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.mapping import load_mapping, shipped_names
from protocols.contract import Sensitivity, Treatment, parse_contract, shipped_contracts
from protocols.lint import load_document
from protocols.schema import Faulty, text_digest
from tests.conftest import ROOT

DOCUMENTS = sorted((ROOT / "protocols" / "documents").glob("*.toml"))
VIOLENCE = (ROOT / "protocols" / "documents" / "northmoor-violence.toml").read_text(encoding="utf-8")


def faults(text: str) -> list[tuple[str, str, str]]:
    try:
        load_document(text, shipped_contracts())
    except Faulty as wrong:
        return [(f.where, f.what, f.source) for f in wrong.faults]
    return []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.stem)
def test_every_shipped_document_is_complete_and_named_after_its_file(path: Path) -> None:
    document = load_document(path.read_text(encoding="utf-8"), shipped_contracts())
    assert document.protocol.id == path.stem


def test_the_contracts_are_there_and_say_what_each_field_means() -> None:
    """Six of systems as they are, and the eleven sets of SI 2007/1831, none of which holds a direct identifier."""
    found = shipped_contracts()
    prescribed = {name: c for name, c in found.items() if name.startswith("prescribed-")}
    assert sorted(int(c.prescribed_set.split()[-1]) for c in prescribed.values()) == list(range(1, 12))
    assert not [f for c in prescribed.values() for f in c.field if f.sensitivity is Sensitivity.DIRECT]
    assert set(found) - set(prescribed) == {
        "police-crime/1",
        "police-incidents/1",
        "ed-assaults/1",
        "housing-asb/1",
        "police-uk-street/1",
        "probation-orders/1",
    }
    for contract in found.values():
        assert all(f.meaning and f.treatments for f in contract.field)
    assert found["police-uk-street/1"].key == ()
    assert found["police-crime/1"].shielded  # sexual offences and domestic abuse take a coarser place floor


def test_hospital_assaults_carry_no_person() -> None:
    """DCB1594: time, place, weapon; no name, no NHS number, no date of birth. The place in words never stays."""
    fields = shipped_contracts()["ed-assaults/1"].field
    assert not [f.name for f in fields if f.role.startswith(("person.", "id.", "note"))]
    direct = [f for f in fields if f.sensitivity is Sensitivity.DIRECT]
    assert [f.name for f in direct] == ["assault_place_description"]
    assert set(direct[0].treatments) == {Treatment.GEOCODE, Treatment.DROP}


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_mapping_fits_its_contract(name: str) -> None:
    mapping = load_mapping(name)
    required = {f.name for f in mapping.contract().field if f.required}
    assert required <= {c.field for c in mapping.column}


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        ('parent = "northmoor-csp"', "", "protocol.parent", "stands under"),
        ('purposes = ["SERIOUS_VIOLENCE", "CRIME_DISORDER"]', "purposes = []", "protocol.purposes", "no purpose"),
        ("review = 2029-03-31", "review = 2026-03-31", "protocol.review", "not after the effective date"),
        ("review = 2029-03-31", "review = 2039-03-31", "protocol.review", "more than three years"),
        ('statement = "Pool', 'statement = ""  # "Pool', "protocol.statement", "in words"),
        ('breach-contact = "Data', 'breach-contact = ""  # "Data', "protocol.breach-contact", "breach"),
        ('signatories = ["northmoor-police", "northmoor-nhs-trust"]', 'signatories = ["nobody"]', "protocol.signatories", "not a party"),
        ('liaison-officer = "Head of Partnerships"', 'liaison-officer = ""', "party northmoor-police", "designated liaison officer"),
        ('relevant-authority = "chief-officer-of-police"', "", "party northmoor-police", "s.115(2)"),
        ('dataset = "police-crime/1"', 'dataset = "police-crime/9"', "flow", "does not exist"),
        ('victim_dob = "band:5"', 'victim_dob = "keep"', "victim_dob", ""),
        ('victim_dob = "band:5"', 'victim_dob = "band"', "victim_dob", "band needs a width"),
        ('victim_sex = "keep"', 'victim_shoe_size = "keep"', "victim_shoe_size", "no field of this name"),
        ('victim_sex = "keep"', 'victim_sex = "publish"', "victim_sex", "is no treatment"),
        ('gateway = "CDA98_S115"', 'gateway = "CDA98_S17A"', "flow", "never covers personal data"),
        ('gateway = "CDA98_S115"', 'gateway = "WISHFUL"', "flow", ""),
        ('tier = "purpose-agreement"', 'tier = "gentlemen"', "tier", ""),
        ('title = "Reducing', 'colour = "red"\ntitle = "Reducing', "colour", ""),
    ],
)  # fmt: skip
def test_a_fault_names_its_place_and_who_asks(old: str, new: str, where: str, says: str) -> None:
    assert old in VIOLENCE
    found = faults(VIOLENCE.replace(old, new, 1))
    assert any(where in at and says in what and source for at, what, source in found), found


def test_all_faults_are_listed_at_once() -> None:
    spoilt = VIOLENCE
    for old, new in (('breach-contact = "Data', 'breach-contact = ""  # "Data'), ('statement = "Pool', 'statement = ""  # "Pool'),
                     ('victim_sex = "keep"', 'victim_sex = "publish"')):  # fmt: skip
        spoilt = spoilt.replace(old, new, 1)
    assert len(faults(spoilt)) >= 3


@pytest.mark.parametrize("text", ["", "not = [toml", "[protocol]\n", "\x00", "a = 1" * 3])
def test_what_is_no_document_is_a_fault_and_no_crash(text: str) -> None:
    assert faults(text)


def test_a_contract_that_contradicts_itself_is_refused() -> None:
    text = (ROOT / "protocols" / "datasets" / "housing-asb-1.toml").read_text(encoding="utf-8")
    for spoilt in (text.replace('key = ["case_ref"]', 'key = ["no_such_field"]'), text.replace('zone = "Europe/London"', 'zone = "Europe/Atlantis"'),
                   re.sub(r'codes = "severity"', 'codes = "no-such-list"', text)):  # fmt: skip
        assert spoilt != text
        with pytest.raises(ValueError):  # noqa: PT011 (pydantic's own, whatever it says)
            parse_contract(spoilt)


def test_the_digest_is_of_the_very_text() -> None:
    assert text_digest(VIOLENCE) == text_digest(VIOLENCE)
    assert text_digest(VIOLENCE) != text_digest(VIOLENCE + "\n")
