"""A risk is named where its cause stands in a document, with what answers it, and goes when the cause goes."""

from __future__ import annotations

import pytest

from protocols.contract import shipped_contracts
from protocols.risks import risks
from protocols.schema import parse_document
from tests.conftest import ROOT

CONTRACTS = shipped_contracts()


def text_of(name: str) -> str:
    return (ROOT / "protocols" / "documents" / f"{name}.toml").read_text(encoding="utf-8")


VIOLENCE, ANALYST = text_of("northmoor-violence"), text_of("northmoor-analyst-violence")


@pytest.mark.parametrize(
    ("changes", "words", "there"),
    [
        ([], "missed in a note", True),
        ([('mo_summary = "redact"', 'mo_summary = "drop"')], "missed in a note", False),
        ([], "followed from row to row", True),
        ([('suspect_pnc = "pseudonymise"', 'suspect_pnc = "drop"'), ('vrm = "pseudonymise"', 'vrm = "drop"')], "followed from row to row", False),
        ([], "known to several agencies is singled out", False),
        ([("default-partnership = true", 'default-partnership = true\nlink = ["victim"]')], "known to several agencies is singled out", True),
        ([], "points to a home", True),
        ([('place-floor = "grid-100m"', 'place-floor = "ward"')] * 2, "points to a home", False),
        ([], "tell more than each agency's own", True),
    ],
)  # fmt: skip
def test_a_risk_stands_and_falls_with_its_cause(changes: list[tuple[str, str]], words: str, there: bool) -> None:
    text = VIOLENCE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    found = risks(parse_document(text), [], CONTRACTS)
    assert any(words in r.what for r in found) == there
    assert all(r.cause and r.answer and r.left for r in found)


def test_recipients_bring_risks_of_their_own() -> None:
    alone, agreement = parse_document(VIOLENCE), parse_document(ANALYST)
    more = risks(alone, [agreement], CONTRACTS)[len(risks(alone, [], CONTRACTS)) :]
    assert [r.what for r in more] == ["The recipient finds out who somebody is", "A copy is passed on"]
    assert "groups of at least 5" in more[0].answer
    assert more == risks(agreement, [], CONTRACTS)


def test_open_data_bring_only_that_of_places() -> None:
    assert [r.what for r in risks(parse_document(text_of("avon-street")), [], CONTRACTS)] == [
        "A place points to a home"
    ]
