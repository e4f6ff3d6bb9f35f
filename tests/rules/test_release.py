"""Every state by every act; a second person; and what may stand beside what."""

from __future__ import annotations

from datetime import date

import pytest

from hub import release as rules
from hub.decision import Refuse
from hub.protocol import AccessGranted, Standing, check_access
from hub.release import TRANSITIONS, Review, diagram, question, released_fields, step
from protocols.contract import shipped_contracts
from protocols.lint import load_document
from tests.conftest import ROOT

STATES = ["candidate", "held", "published", "refused", "discarded", "superseded", "withdrawn", "recalled"]
ACTS = ["approve", "refuse", "discard", "withdraw", "supersede", "recall"]
CONTRACTS = shipped_contracts()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
def test_every_state_by_every_act(state: str, act: str) -> None:
    """With the other checker's approval in, so that this act is the last of them."""
    expected = {("candidate", "approve"): "published", ("candidate", "refuse"): "refused",
                ("candidate", "discard"): "discarded", ("candidate", "recall"): "recalled",
                ("held", "refuse"): "refused", ("held", "discard"): "discarded", ("held", "recall"): "recalled",
                ("published", "supersede"): "superseded", ("published", "withdraw"): "withdrawn",
                ("published", "recall"): "recalled", ("superseded", "withdraw"): "withdrawn",
                ("superseded", "recall"): "recalled"}.get((state, act))  # fmt: skip
    outcome = step(state, act, "author" if act == "discard" else "second", "author", [Review("third", "approve")])
    if expected is None:
        assert isinstance(outcome, Refuse)
        assert outcome.rule == "release.state"
    else:
        assert outcome == expected
    assert set(STATES) == set(rules.STATES)


@pytest.mark.parametrize(
    ("first", "second", "needed", "state"),
    [
        (None, "approve", 2, "candidate"),
        (None, "refuse", 2, "candidate"),
        ("approve", "approve", 2, "published"),
        ("approve", "refuse", 2, "refused"),
        ("refuse", "approve", 2, "refused"),
        ("refuse", "refuse", 2, "refused"),
        ("approve", "approve", 3, "candidate"),
    ],
)
def test_a_review_takes_effect_with_the_last_of_them(first: str | None, second: str, needed: int, state: str) -> None:
    reviews = [Review("one", first)] if first else []
    assert step("candidate", second, "two", "author", reviews, needed) == state


def test_the_author_reviews_nothing_and_nobody_reviews_twice() -> None:
    for act in ("approve", "refuse"):
        refusal = step("candidate", act, "author", "author")
        assert isinstance(refusal, Refuse)
        assert refusal.rule == "release.second-person"
        again = step("candidate", act, "one", "author", [Review("one", "approve")])
        assert isinstance(again, Refuse)
        assert again.rule == "release.reviewed"
    other = step("candidate", "discard", "one", "author")
    assert isinstance(other, Refuse)
    assert other.rule == "release.authors-own"


def test_the_diagram_is_the_table_and_stands_in_the_readme() -> None:
    for (state, act), following in TRANSITIONS.items():
        assert f"{state} --> {following}: {act}" in diagram()
    assert diagram() in (ROOT / "README.md").read_text()


def test_no_per_person_value_is_ever_among_the_fields() -> None:
    names = ("northmoor-csp", "northmoor-violence", "northmoor-analyst-violence")
    known = [
        Standing(load_document((ROOT / f"protocols/documents/{n}.toml").read_text(), CONTRACTS), "in-force")
        for n in names
    ]
    granted = check_access(known, "northmoor-analyst-violence", date(2026, 11, 24))
    assert isinstance(granted, AccessGranted)
    greedy = granted.access.model_copy(
        update={
            "fields": (
                "offence_group",
                "victim_dob",
                "mo_summary",
                "crime_ref",
                "vrm",
                "suspect_pnc",
                "easting",
                "victim_surname",
                "postcode",
                "nothing",
                "occurred",
            )
        }
    )
    assert released_fields(greedy, CONTRACTS, granted.flows) == ["offence_group", "victim_dob", "occurred"]


COLUMNS = ("dataset", "occurred", "place", "ward", "offence_group", "weapon_flag", "assault_place_type", "category")


@pytest.mark.parametrize(
    ("asked", "named"),
    [("Where do weapons come up, month by month?", ("occurred", "place", "weapon_flag")),
     ("Which wards have most offences at weekends?", ("occurred", "ward", "offence_group")),
     ("Which category is growing?", ("category",)),
     ("At what type of place do assaults happen?", ("place", "assault_place_type")),
     ("How is Everard Fallowfield doing?", ()), ("", ())],
)  # fmt: skip
def test_a_question_names_the_columns_it_is_about(asked: str, named: tuple[str, ...]) -> None:
    assert question.named(asked, COLUMNS) == named
