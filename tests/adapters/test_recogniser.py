"""Presidio as the hub sets it up: UK on, US off, phones in Britain, nothing fetched, context alive without a model."""

from __future__ import annotations

import pytest
from presidio_analyzer import Pattern, PatternRecognizer

from hub.adapters.recogniser import UkRecogniser


@pytest.fixture(scope="module")
def recogniser() -> UkRecogniser:
    return UkRecogniser()


def kinds(recogniser: UkRecogniser, note: str) -> list[tuple[str, str]]:
    return sorted({(s.kind, note[s.start : s.end].strip()) for s in recogniser.find([note])[0]})


@pytest.mark.parametrize(
    ("note", "kind", "found"),
    [
        ("NHS number 943 476 5870 given", "NHS NUMBER", "943 476 5870"),
        ("NINO AB123456C", "NINO", "AB123456C"),
        ("lives at M1 1AE", "POSTCODE", "M1 1AE"),
        ("passport AB1234567", "PASSPORT", "AB1234567"),
        ("drove AB12 CDE away", "VEHICLE", "AB12 CDE"),
        ("rang 07700 900123", "PHONE", "07700 900123"),
        ("rang 01632 960001 twice", "PHONE", "01632 960001"),
        ("rang +44 20 7946 0123", "PHONE", "+44 20 7946 0123"),
        ("wrote to a.person@example.co.uk", "EMAIL", "a.person@example.co.uk"),
        ("PNC 1999/0000007N", "PNC ID", "1999/0000007N"),
        ("card 4111 1111 1111 1111", "CARD", "4111 1111 1111 1111"),
        ("from 192.168.1.7", "IP ADDRESS", "192.168.1.7"),
        ("dob 04/03/1988", "DATE OF BIRTH", "dob 04/03/1988"),
        ("PC 4411 Harwick attended", "OFFICER", "PC 4411 Harwick"),
        ("spoke to Mrs Tanglewood", "PERSON", "Mrs Tanglewood"),
        ("her brother Aldous Penhale left", "PERSON", "Aldous Penhale"),
        ("at Flat 3, 22 Mill Road", "ADDRESS", "Flat 3, 22 Mill Road"),
        ("sort 12-34-56 12345678", "ACCOUNT", "12-34-56 12345678"),
    ],
)
def test_uk_identifiers(recogniser: UkRecogniser, note: str, kind: str, found: str) -> None:
    assert (kind, found) in kinds(recogniser, note)


@pytest.mark.parametrize(
    "note",
    ["at 23/11/2026 21:45 a male in the High Street", "NHS 000 000 0000", "room temperature", ""],
)
def test_what_identifies_nobody_stays(recogniser: UkRecogniser, note: str) -> None:
    assert [k for k, _ in kinds(recogniser, note) if k != "PHONE"] == []


def test_american_recognisers_are_off(recogniser: UkRecogniser) -> None:
    entities = {e for r in recogniser.recognisers for e in r.supported_entities}
    assert not {e for e in entities if e.startswith("US_")}
    assert {"UK_NHS", "UK_NINO", "UK_POSTCODE", "UK_PASSPORT", "UK_VEHICLE_REGISTRATION"} <= entities


def test_lemmas_are_there_so_that_context_counts(recogniser: UkRecogniser) -> None:
    artifacts = recogniser.engine.process_text("National Insurance", "en")
    assert artifacts.lemmas == ["national", "insurance"]


def test_a_users_own_recogniser_works_and_its_context_is_heard() -> None:
    mine = PatternRecognizer("BADGE", patterns=[Pattern("badge", r"\bZZ\d{3}\b", 0.1)], context=["badge"])
    extended = UkRecogniser([mine])
    assert ("BADGE", "ZZ123") in kinds(extended, "his badge ZZ123 was seen")
    assert ("BADGE", "ZZ123") not in kinds(extended, "the part ZZ123 was seen")
