"""Each clause allowed and refused, with its rule. Default deny: what no protocol in force names does not move."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.decision import Refuse
from hub.protocol import (
    AccessGranted,
    Granted,
    Standing,
    check_access,
    check_columns,
    check_flow,
    compiled,
    flows_named,
)
from protocols.contract import shipped_contracts
from protocols.lint import load_document
from protocols.schema import Document
from tests.conftest import ROOT

TODAY = date(2026, 11, 24)
CONTRACTS = shipped_contracts()


def document(name: str) -> Document:
    return load_document((ROOT / "protocols/documents" / f"{name}.toml").read_text(), CONTRACTS)


NAMES = ("northmoor-csp", "northmoor-violence", "northmoor-asb", "northmoor-analyst-violence")
DOCUMENTS = {name: document(name) for name in NAMES}


def standings(**states: str) -> list[Standing]:
    """All documents in force, but for those named otherwise (underscores for hyphens)."""
    return [Standing(d, states.get(n.replace("-", "_"), "in-force"), "0" * 64) for n, d in DOCUMENTS.items()]


def ask(known: list[Standing], agency: str = "northmoor-police", dataset: str = "police-crime/1",
        purpose: str = "SERIOUS_VIOLENCE", on: date = TODAY) -> Granted | Refuse:  # fmt: skip
    return check_flow(known, agency, dataset, purpose, on)


def test_a_flow_in_force_is_granted_with_its_clauses() -> None:
    granted = ask(standings())
    assert isinstance(granted, Granted)
    assert [g.partnership for g in granted.grants] == ["northmoor-csp"]
    assert granted.grants[0].districts == ("E06900001",)
    assert granted.references == ("northmoor-csp/1@000000000000", "northmoor-violence/1@000000000000")
    assert "victim_dob" in granted.fields


@pytest.mark.parametrize(
    ("known", "question", "rule"),
    [
        ([], {}, "protocol.none"),
        *(
            (standings(northmoor_violence=state), {}, "protocol.not-in-force")
            for state in ("draft", "consultation", "agreed", "signing", "discarded")
        ),
        (standings(northmoor_violence="suspended"), {}, "protocol.suspended"),
        (standings(northmoor_violence="revoked"), {}, "protocol.revoked"),
        (standings(northmoor_csp="suspended"), {}, "protocol.suspended"),
        (standings(northmoor_csp="draft"), {}, "protocol.not-in-force"),
        (standings(), {"on": date(2026, 3, 31)}, "protocol.not-yet"),
        (standings(northmoor_violence="signed"), {"on": date(2026, 3, 31)}, "protocol.not-yet"),
        (standings(), {"on": date(2029, 3, 31)}, "protocol.expired"),
        (standings(), {"agency": "northmoor-fire"}, "protocol.none"),
        (standings(), {"dataset": "police-uk-street/1"}, "protocol.none"),
        (standings(), {"purpose": "REOFFENDING"}, "protocol.purpose"),
        (standings(), {"agency": "northmoor-nhs-trust"}, "protocol.none"),
    ],
)
def test_everything_else_is_refused_by_its_rule(known: list[Standing], question: dict[str, object], rule: str) -> None:
    refusal = ask(known, **question)  # type: ignore[arg-type]
    assert isinstance(refusal, Refuse)
    assert refusal.rule == rule
    assert refusal.reason


def test_one_party_may_be_suspended_alone() -> None:
    known = [replace(s, suspended_agencies=frozenset({"northmoor-police"})) if s.document.id == "northmoor-violence" else s
             for s in standings()]  # fmt: skip
    refusal = ask(known)
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "protocol.party-suspended"
    assert ask(known, "northmoor-nhs-trust", "ed-assaults/1")


def test_the_highest_version_in_force_counts() -> None:
    violence = DOCUMENTS["northmoor-violence"]
    newer = violence.model_copy(update={"protocol": violence.protocol.model_copy(update={"version": 2})})
    for state, version in (("in-force", 2), ("draft", 1), ("signing", 1), ("discarded", 1)):
        granted = ask([*standings(), Standing(newer, state, "1" * 64)])
        assert isinstance(granted, Granted)
        assert granted.grants[0].reference.startswith(f"northmoor-violence/{version}@")


@pytest.mark.parametrize("state", ["suspended", "revoked"])
def test_a_version_that_has_been_in_force_never_gives_way_to_the_one_it_replaced(state: str) -> None:
    violence = DOCUMENTS["northmoor-violence"]
    newer = violence.model_copy(update={"protocol": violence.protocol.model_copy(update={"version": 2})})
    refusal = ask([*standings(), Standing(newer, state, "1" * 64)])
    assert isinstance(refusal, Refuse)
    assert refusal.rule == f"protocol.{state}"


@pytest.mark.parametrize("document", ["northmoor-violence", "northmoor-csp"])
@pytest.mark.parametrize("how", ["suspended", "withdrawn", "awaited"])
def test_an_agency_that_takes_no_part_sends_nothing(document: str, how: str) -> None:
    away = {f"{how}_agencies": frozenset({"northmoor-police"})}
    known = [replace(s, **away) if s.document.id == document else s for s in standings()]  # type: ignore[arg-type]
    refusal = ask(known)
    assert isinstance(refusal, Refuse)
    assert refusal.rule == f"protocol.party-{'unsigned' if how == 'awaited' else how}"
    assert ask(known, "northmoor-nhs-trust", "ed-assaults/1")
    assert not check_access(known, "northmoor-analyst-violence", TODAY)


def test_an_agency_outside_the_partnerships_protocol_joins_it_by_signature() -> None:
    csp = DOCUMENTS["northmoor-csp"]
    without = csp.model_copy(update={"party": tuple(p for p in csp.party if p.agency != "northmoor-nhs-trust")})
    known = [replace(s, document=without) if s.document.id == csp.id else s for s in standings()]
    refusal = ask(known, "northmoor-nhs-trust", "ed-assaults/1")
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "protocol.party"
    joined = frozenset({"northmoor-nhs-trust"})
    known = [replace(s, joined_agencies=joined) if s.document.id == csp.id else s for s in known]
    assert ask(known, "northmoor-nhs-trust", "ed-assaults/1")


def test_a_column_outside_contract_or_flow_refuses_the_batch_whole() -> None:
    granted = ask(standings())
    assert isinstance(granted, Granted)
    contract = CONTRACTS["police-crime/1"]
    assert check_columns(granted, ["crime_ref", "recorded_at"], contract)
    for column, rule in (("nickname", "protocol.not-in-contract"), ("incident_ref", "protocol.not-in-flow")):
        refusal = check_columns(granted, ["crime_ref", column], contract)
        assert isinstance(refusal, Refuse)
        assert refusal.rule == rule
        assert column in refusal.reason


def test_several_partnerships_take_the_strictest_set_of_fields() -> None:
    csp, violence = DOCUMENTS["northmoor-csp"], DOCUMENTS["northmoor-violence"]
    there = {"partnership": "southmoor-csp"}
    fields = {k: v for k, v in violence.flow[0].fields.items() if k != "suspect_pnc"}
    others = [
        csp.model_copy(update={"protocol": csp.protocol.model_copy(update={**there, "id": "southmoor-csp"})}),
        violence.model_copy(update={
            "protocol": violence.protocol.model_copy(update={**there, "id": "southmoor-violence", "parent": "southmoor-csp"}),
            "flow": (violence.flow[0].model_copy(update={"fields": fields}),),
        }),
    ]  # fmt: skip
    granted = ask([*standings(), *(Standing(d, "in-force", "2" * 64) for d in others)])
    assert isinstance(granted, Granted)
    assert [g.partnership for g in granted.grants] == ["northmoor-csp", "southmoor-csp"]
    assert "suspect_pnc" not in granted.fields


@pytest.mark.parametrize(
    ("states", "recipient", "rule"),
    [
        ({}, "northmoor-police", "access.recipient"),
        ({"northmoor_analyst_violence": "revoked"}, None, "protocol.revoked"),
        ({"northmoor_analyst_violence": "suspended"}, None, "protocol.suspended"),
        ({"northmoor_violence": "suspended"}, None, "protocol.suspended"),
        ({"northmoor_csp": "revoked"}, None, "protocol.revoked"),
    ],
)
def test_access_needs_the_agreement_and_all_it_stands_on(
    states: dict[str, str], recipient: str | None, rule: str
) -> None:
    refusal = check_access(standings(**states), "northmoor-analyst-violence", TODAY, recipient)
    assert isinstance(refusal, Refuse)
    assert refusal.rule == rule


def test_access_in_force_names_the_flows_it_draws_on() -> None:
    granted = check_access(standings(), "northmoor-analyst-violence", TODAY, "northmoor-council")
    assert isinstance(granted, AccessGranted)
    assert set(granted.flows) == {("northmoor-police", "police-crime/1"), ("northmoor-nhs-trust", "ed-assaults/1")}
    assert not check_access(standings(), "northmoor-violence", TODAY)


def test_what_is_worth_asking_about() -> None:
    assert flows_named(standings(), "northmoor-police") == {
        "police-crime/1": ("CRIME_DISORDER", "SERIOUS_VIOLENCE"),
        "police-incidents/1": ("ASB",),
    }


STATES = ["draft", "consultation", "agreed", "signing", "signed", "in-force", "suspended", "revoked", "discarded"]


def newer(document: Document) -> Document:
    return document.model_copy(update={"protocol": document.protocol.model_copy(update={"version": 2})})


def moved(document: Document) -> Document:
    """The same flows under another protocol, of another partnership."""
    heading = {"id": f"{document.id}-too", "partnership": "southmoor-csp"}
    return document.model_copy(update={"protocol": document.protocol.model_copy(update=heading)})


EVERY = (*DOCUMENTS.values(), *map(newer, DOCUMENTS.values()), *map(moved, DOCUMENTS.values()))
PARTIES = ("northmoor-police", "northmoor-homes", "northmoor-nhs-trust", "northmoor-fire")
AWAY = st.frozensets(st.sampled_from(PARTIES), max_size=2)
STANDING = st.builds(
    Standing, st.sampled_from(EVERY), st.sampled_from(STATES), st.just("0" * 64), AWAY, AWAY, AWAY, AWAY
)
ONCE = st.lists(STANDING, max_size=8, unique_by=lambda s: (s.document.id, s.document.protocol.version))
QUESTION = st.tuples(st.sampled_from(PARTIES), st.sampled_from(sorted(CONTRACTS)),
                     st.sampled_from(["SERIOUS_VIOLENCE", "ASB", "REOFFENDING", "OTHER"]))  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(ONCE, st.dates(date(2026, 3, 25), date(2026, 4, 5)) | st.dates(date(2028, 12, 1), date(2029, 4, 5)),
       st.lists(QUESTION, min_size=1, max_size=6))  # fmt: skip
def test_compiled_verdicts_are_those_of_the_rules(
    known: list[Standing], on: date, questions: list[tuple[str, str, str]]
) -> None:
    verdicts = compiled(known, on)
    for question in [*questions, *questions]:
        assert verdicts.check_flow(*question) == check_flow(known, *question, on)


def test_whatever_changes_in_a_set_changes_its_verdicts() -> None:
    """A verdict is never kept beyond what it leans on: state, party, version, text, day."""
    known = standings()
    question = ("northmoor-police", "police-crime/1", "SERIOUS_VIOLENCE")
    assert compiled(known, TODAY).check_flow(*question)
    assert compiled(list(known), TODAY) is compiled(known, TODAY)
    csp, violence, *_ = known
    drop = violence.document.model_copy(update={"flow": ()})
    for changed in (
        [replace(csp, state="suspended"), violence], [csp, replace(violence, state="revoked")], [csp],
        [csp, replace(violence, suspended_agencies=frozenset({"northmoor-police"}))],
        [csp, replace(violence, awaited_agencies=frozenset({"northmoor-police"}))],
        [replace(csp, withdrawn_agencies=frozenset({"northmoor-police"})), violence],
        [csp, violence, Standing(newer(violence.document), "suspended", "0" * 64)], [csp, replace(violence, document=drop)],
    ):  # fmt: skip
        assert not compiled(changed, TODAY).check_flow(*question)
    assert not compiled(known, date(2029, 3, 31)).check_flow(*question)


@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries({n: st.sampled_from(STATES) for n in NAMES}),
    st.dates(date(2026, 1, 1), date(2029, 12, 31)),
    st.sampled_from(["northmoor-police", "northmoor-homes", "northmoor-fire"]),
    st.sampled_from(sorted(CONTRACTS)),
    st.sampled_from(["SERIOUS_VIOLENCE", "ASB", "REOFFENDING"]),
)
def test_no_grant_without_every_condition(
    states: dict[str, str], on: date, agency: str, dataset: str, purpose: str
) -> None:
    """Against the plainest reading: some purpose agreement and its parent in force, in date, naming exactly this."""
    known = [Standing(d, states[n]) for n, d in DOCUMENTS.items()]
    live = {n for n, d in DOCUMENTS.items()
            if states[n] in ("in-force", "signed") and d.protocol.effective <= on < d.protocol.review}  # fmt: skip
    expected = any(
        n in live and d.protocol.parent in live and flow.source == agency and flow.dataset == dataset
        and purpose in d.protocol.purposes
        for n, d in DOCUMENTS.items()
        for flow in d.flow
    )  # fmt: skip
    assert bool(check_flow(known, agency, dataset, purpose, on)) == expected


def test_nothing_is_granted_on_empty_standings() -> None:
    for agency, dataset in product(["northmoor-police", "x"], CONTRACTS):
        assert not check_flow([], agency, dataset, "ASB", TODAY)
