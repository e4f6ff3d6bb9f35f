"""Generated histories of protocols against a plain account of them: nothing moves outside force, every state ends.

`HUB_HISTORIES=10000` runs that many; the README's diagram is the table.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hub import lifecycle as life
from hub.decision import Conflict, Refuse
from hub.lifecycle import Case, Record, Row, step, terms_of, today
from hub.protocol import Standing, check_access, check_flow, is_replaced
from protocols.schema import Document, parse_document
from tests.conftest import ROOT

HISTORIES = int(os.environ.get("HUB_HISTORIES", "60"))
CSP, VIOLENCE, ANALYST = "northmoor-csp", "northmoor-violence", "northmoor-analyst-violence"
SOURCES = {("northmoor-police", "police-crime/1"), ("northmoor-nhs-trust", "ed-assaults/1")}
AGENCIES = ("northmoor-police", "northmoor-council", "northmoor-fire", "northmoor-icb", "northmoor-probation",
            "northmoor-nhs-trust", "northmoor-homes", "northmoor-college")  # fmt: skip
BEGIN = date(2026, 1, 15)


def document(name: str, version: int = 1, **heading: object) -> Document:
    """A shipped document that takes effect on 1 April 2026 (its second version in October) and lasts a year."""
    shipped = parse_document((ROOT / "protocols/documents" / f"{name}.toml").read_text())
    effective = date(2026, 4, 1) if version == 1 else date(2026, 10, 1)
    dates = {"version": version, "effective": effective, "review": effective.replace(year=2027), **heading}
    return shipped.model_copy(update={"protocol": shipped.protocol.model_copy(update=dates)})


DOCUMENTS = {(d.id, d.protocol.version): d for d in
             (document(CSP), document(CSP, 2), document(VIOLENCE), document(VIOLENCE, 2), document(ANALYST))}  # fmt: skip
MUST_SIGN = {
    CSP: {"northmoor-police", "northmoor-council", "northmoor-fire", "northmoor-icb", "northmoor-probation"},
    VIOLENCE: {"northmoor-police", "northmoor-nhs-trust", "northmoor-council"},
    ANALYST: {"northmoor-council", "northmoor-police", "northmoor-nhs-trust"},
}


@dataclass
class Account:
    """What happened to one version, told without the table: who signed, what was stopped, whether it ever counted."""

    document: Document
    agreed: bool = False
    opened: bool = False
    signed: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    suspended: bool = False
    over: bool = False
    counted: bool = False

    def complete(self) -> bool:
        return self.agreed and self.opened and MUST_SIGN[self.document.id] <= self.signed

    def in_time(self, on: date) -> bool:
        return self.document.protocol.effective <= on < self.document.protocol.review

    def look(self, on: date) -> None:
        """Notice that it counts from now on."""
        if self.complete() and not self.over and on >= self.document.protocol.effective:
            self.counted = True

    def tell(self, act: str, case: Case) -> None:
        if act == "agree":
            self.agreed = True
        elif act == "open":
            self.opened = True
        elif act == "sign":
            self.signed.add(case.agency)
        elif act == "withdraw":
            self.signed.discard(case.party)
            self.suspended |= self.counted and case.party in MUST_SIGN[self.document.id]
        elif act == "suspend":
            self.suspended = True
        elif act == "resume":
            self.suspended = False
        elif act == "suspend-party":
            self.stopped.add(case.party)
        elif act == "resume-party":
            self.stopped.discard(case.party)
        elif act in ("revoke", "discard"):
            self.over = True


class Histories(RuleBasedStateMachine):
    """Any acts by anybody on five versions of three documents while days pass."""

    def __init__(self) -> None:
        super().__init__()
        self.on = BEGIN
        self.records = {key: Record(terms_of(d)) for key, d in DOCUMENTS.items()}
        self.told = {key: Account(d) for key, d in DOCUMENTS.items()}

    def standings(self) -> list[Standing]:
        return [Standing(DOCUMENTS[k], r.state, "0" * 64, r.suspended, r.awaited, r.withdrawn, r.joined)
                for k, r in self.records.items()]  # fmt: skip

    def replaced(self, key: tuple[str, int]) -> bool:
        known = self.standings()
        return is_replaced(
            known, next(s for s in known if (s.document.id, s.document.protocol.version) == key), self.on
        )

    def do(self, key: tuple[str, int], act: str, case: Case) -> bool:
        case = replace(case, on=self.on, replaced=self.replaced(key))
        try:
            after = step(self.records[key], act, case)
        except Conflict:
            return False
        if isinstance(after, Refuse):
            return False
        self.records[key] = after
        self.told[key].tell(act, case)
        for account in self.told.values():
            account.look(self.on)
        return True

    @initialize(far=st.sampled_from(["nothing", "all-but-one", "signed", "in-force", "but-the-hospital"]))
    def begin(self, far: str) -> None:
        """Most histories begin where something has been agreed already: long ways are seldom walked by chance."""
        for key in DOCUMENTS if far != "nothing" else ():
            if key[1] == 1 and self.ready(key):
                left = sorted(DOCUMENTS[key].party, key=lambda p: p.agency)
                for party in left[: -1 if far == "all-but-one" else None]:
                    if far == "but-the-hospital" and key[0] == CSP and party.agency == "northmoor-nhs-trust":
                        continue  # it need not sign this one, and takes no part until it does
                    assert self.do(key, "sign", Case(self.on, "s", party.agency, passkey=True))
        self.days_pass(80 if far in ("in-force", "but-the-hospital") else 1)

    def ready(self, key: tuple[str, int]) -> bool:
        return (
            self.do(key, "consult", Case(self.on, "a", writers=frozenset("a")))
            and self.do(key, "agree", Case(self.on, "b", writers=frozenset("a")))
            and self.do(key, "open", Case(self.on, "b"))
        )

    @rule(key=st.sampled_from(sorted(DOCUMENTS)), act=st.sampled_from(sorted(life.ACTS)),
          person=st.sampled_from("ab"), agency=st.sampled_from(AGENCIES), party=st.sampled_from(AGENCIES),
          reason=st.sampled_from(["for a good reason", "x"]), passkey=st.booleans(), sound=st.booleans())  # fmt: skip
    def anything(
        self,
        key: tuple[str, int],
        act: str,
        person: str,
        agency: str,
        party: str,
        reason: str,
        passkey: bool,
        sound: bool,
    ) -> None:
        case = Case(self.on, person, agency, party, reason, frozenset("a"), passkey, sound)
        done = self.do(key, act, case)
        if act == "agree" and (person == "a" or not sound):
            assert not done
        if act == "sign" and key[0] != ANALYST and not passkey:
            assert not done
        if reason == "x" and life.asks_reason(act):
            assert not done

    @rule(data=st.data(), key=st.sampled_from([(CSP, 1), (VIOLENCE, 1), (VIOLENCE, 2), (ANALYST, 1), (CSP, 2)]))
    def something_its_state_knows(self, data: st.DataObject, key: tuple[str, int]) -> None:
        state = today(self.records[key], self.on, self.replaced(key)).state
        acts = sorted({r.act for r in life.TABLE if r.start == state and r.who != life.DAY} - {"comment", "discard"})
        if acts:
            agency = data.draw(st.sampled_from(sorted(MUST_SIGN[key[0]]) + list(AGENCIES)))
            case = Case(self.on, "b", agency, agency, "for a good reason", frozenset("a"), passkey=True)
            self.do(key, data.draw(st.sampled_from(acts)), case)

    @precondition(lambda self: self.suspended_ones())
    @rule(data=st.data())
    def a_suspended_one_is_mended(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.suspended_ones()))
        for agency in sorted(self.records[key].withdrawn) if data.draw(st.booleans()) else ():
            self.do(key, "sign", Case(self.on, "s", agency, passkey=True))
        self.do(key, "resume", Case(self.on, "b", reason="for a good reason"))

    def suspended_ones(self) -> list[tuple[str, int]]:
        return sorted(k for k, r in self.records.items() if r.state == life.SUSPENDED)

    @rule()
    def every_signature_of_the_second_version(self) -> None:
        for key in ((CSP, 2), (VIOLENCE, 2)):
            if self.records[key].state == life.DRAFT and self.ready(key):
                for party in DOCUMENTS[key].party:
                    self.do(key, "sign", Case(self.on, "s", party.agency, passkey=True))

    @rule(days=st.sampled_from([1, 1, 7, 30, 80, 150]))
    def some_days(self, days: int) -> None:
        self.days_pass(days)

    def days_pass(self, days: int) -> None:
        for _ in range(days):
            self.on += timedelta(days=1)
            if self.on.day == 1:  # all dates that matter are firsts of months
                for account in self.told.values():
                    account.look(self.on)

    @invariant()
    def nothing_moves_outside_force(self) -> None:
        """Intake and release are granted exactly where the plain account says so."""

        def counts(name: str) -> Account | None:
            for (kind, version), account in sorted(self.told.items(), reverse=True):
                if kind != name or not account.counted:
                    continue
                live = account.complete() and not account.suspended and not account.over and account.in_time(self.on)
                return account if live and version else None
            return None

        def part(account: Account, agency: str) -> bool:
            return agency in account.signed and agency not in account.stopped

        known = self.standings()
        parent, flow = counts(CSP), counts(VIOLENCE)
        granted = {}
        for agency, dataset in SOURCES:
            granted[agency] = bool(parent and flow and part(parent, agency) and part(flow, agency))
            assert bool(check_flow(known, agency, dataset, "SERIOUS_VIOLENCE", self.on)) == granted[agency]
        access = counts(ANALYST)
        expected = bool(access and all(part(access, a) for a in MUST_SIGN[ANALYST]) and all(granted.values()))
        assert bool(check_access(known, ANALYST, self.on, "northmoor-council")) == expected

    def teardown(self) -> None:
        """Whatever happened, each version comes to an end by an officer's act, or by the calendar alone once signed."""
        for key, record in self.records.items():
            now = today(record, self.on)
            far = today(record, date(2030, 1, 1))
            if now.state in life.LIVE | {life.SIGNED, life.SUSPENDED}:
                assert far.state in life.ENDS
            elif now.state not in life.ENDS:
                assert self.do(key, "discard", Case(self.on, reason="no longer wanted"))
                assert self.records[key].state in life.ENDS


@pytest.mark.timeout(max(600, HISTORIES))
def test_generated_histories() -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(max_examples=HISTORIES, stateful_step_count=25, deadline=None,
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip


# the table itself ---------------------------------------------------------------------------------------------------


def test_every_state_is_reached_and_reaches_an_end() -> None:
    """The end also by the calendar alone from every state in which a signature binds."""
    steps = {(r.start, r.end) for r in life.TABLE}
    reached, ending = {life.DRAFT}, set(life.ENDS)
    for _ in life.STATES:
        reached |= {end for start, end in steps if start in reached}
        ending |= {start for start, end in steps if end in ending}
    assert reached == ending == set(life.STATES)
    assert not {r.start for r in life.TABLE} & life.ENDS


def test_the_calendar_goes_round_in_no_circle() -> None:
    days = [r for r in life.TABLE if r.who == life.DAY]
    order = {state: n for n, state in enumerate(life.STATES)}
    for row in days:
        assert order[row.end] > order[row.start], row


def test_every_guard_is_used_and_every_guard_named_exists() -> None:
    assert {g for row in life.TABLE for g in row.guards} == set(life.GUARDS)


@pytest.mark.parametrize("row", [r for r in life.TABLE if r.act == "sign"], ids=lambda r: f"{r.start}-{r.end}")
def test_no_signature_without_its_passkey(row: Row) -> None:
    assert {"unsigned", "passkey"} <= set(row.guards)


P = frozenset({"police", "council"})
TERMS = life.Terms(P | {"college"}, P, frozenset(), True, False, False, date(2026, 4, 1), date(2027, 4, 1))
SIGNING = Record(TERMS, life.SIGNING, P | {"college"})
LAST = Record(TERMS, life.SIGNING, frozenset({"council", "college"}))
FORCE = Record(TERMS, life.IN_FORCE, frozenset({"college"}))
MAY = date(2026, 5, 1)
WHY = "for a good reason"
THIRD = replace(TERMS, needs_passkey=False)


@pytest.mark.parametrize(
    ("record", "act", "case", "outcome"),
    [
        (Record(TERMS), "consult", Case(MAY, sound=False), "protocol.sound"),
        (Record(TERMS, life.CONSULTATION), "agree", Case(MAY, "a", writers=frozenset("a")), "protocol.second-person"),
        (Record(TERMS, life.CONSULTATION), "agree", Case(MAY, "b", area_free=False), "protocol.area"),
        (Record(TERMS, life.CONSULTATION), "agree", Case(MAY, "b", writers=frozenset("a")), life.AGREED),
        (Record(replace(TERMS, lacks_dpia=True), life.AGREED), "open", Case(MAY), "protocol.dpia"),
        (Record(replace(TERMS, lacks_policy=True), life.AGREED), "open", Case(MAY), "protocol.policy"),
        (Record(replace(TERMS, without_officer=P), life.AGREED), "open", Case(MAY), "protocol.officers"),
        (SIGNING, "sign", Case(MAY, agency="police"), "protocol.passkey"),
        (replace(SIGNING, terms=THIRD), "sign", Case(MAY, agency="police"), life.SIGNING),
        (replace(SIGNING, terms=THIRD), "sign", Case(MAY, agency="police", outside=True), "protocol.passkey"),
        (replace(SIGNING, terms=THIRD), "sign", Case(MAY, agency="police", outside=True, passkey=True), life.SIGNING),
        (SIGNING, "sign", Case(MAY, agency="college", passkey=True), life.SIGNING),
        (SIGNING, "sign", Case(MAY, agency="stranger", passkey=True), "protocol.party"),
        (SIGNING, "sign", Case(MAY, agency="police", passkey=True), life.SIGNING),
        (LAST, "sign", Case(MAY, agency="police", passkey=True), "protocol.unsigned"),
        (LAST, "sign", Case(MAY, agency="council", passkey=True), life.IN_FORCE),
        (LAST, "sign", Case(MAY, agency="council", passkey=True, area_free=False), "protocol.area"),
        (LAST, "sign", Case(date(2026, 3, 1), agency="council", passkey=True), life.SIGNED),
        (LAST, "sign", Case(date(2027, 4, 1), agency="council", passkey=True), "protocol.unlapsed"),
        (FORCE, "sign", Case(MAY, agency="stranger", passkey=True), life.IN_FORCE),
        (FORCE, "sign", Case(MAY, agency="police", passkey=True), "protocol.unsigned"),
        (FORCE, "suspend", Case(MAY, reason="no"), "protocol.reason"),
        (FORCE, "suspend", Case(MAY, reason=WHY), life.SUSPENDED),
        (FORCE, "suspend-party", Case(MAY, party="college", reason=WHY), "protocol.stands"),
        (FORCE, "resume-party", Case(MAY, party="police", reason=WHY), "protocol.is-suspended"),
        (FORCE, "withdraw", Case(MAY, agency="police", party="council", reason=WHY), "protocol.own"),
        (FORCE, "withdraw", Case(MAY, agency="police", party="police", reason=WHY), life.SUSPENDED),
        (replace(FORCE, awaited=frozenset()), "withdraw", Case(MAY, agency="college", party="college", reason=WHY), life.IN_FORCE),
        (replace(FORCE, state=life.SUSPENDED, withdrawn=frozenset({"police"})), "resume", Case(MAY, reason=WHY), "protocol.quorum"),
        (replace(FORCE, state=life.SUSPENDED), "resume", Case(MAY, reason=WHY), life.IN_FORCE),
        (FORCE, "revoke", Case(MAY, reason=WHY), life.REVOKED),
        (FORCE, "agree", Case(MAY, "b"), "conflict"),
        (FORCE, "discard", Case(MAY, reason=WHY), "conflict"),
        (FORCE, "revoke", Case(date(2027, 4, 1), reason=WHY), "conflict"),
        (FORCE, "suspend", Case(MAY, reason=WHY, replaced=True), "conflict"),
        (FORCE, "review date", Case(MAY), "conflict"),
        (FORCE, "no such act", Case(MAY), "conflict"),
    ],
)  # fmt: skip
def test_each_guard(record: Record, act: str, case: Case, outcome: str) -> None:
    try:
        after = step(record, act, case)
    except Conflict:
        assert outcome == "conflict"
        return
    assert (after.rule if isinstance(after, Refuse) else after.state) == outcome


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2026, 3, 31), life.SIGNED), (date(2026, 4, 1), life.IN_FORCE), (date(2026, 12, 31), life.IN_FORCE),
        (date(2027, 1, 1), life.REVIEW_DUE), (date(2027, 3, 31), life.REVIEW_DUE), (date(2027, 4, 1), life.EXPIRED),
    ],
)  # fmt: skip
def test_the_calendar(on: date, state: str) -> None:
    assert today(Record(TERMS, life.SIGNED), on).state == state
    assert today(Record(TERMS, life.SIGNED), on, replaced=True).state == life.RENEWED


def test_a_party_joins_by_signature_and_the_text_stays_as_it_is() -> None:
    after = step(FORCE, "sign", Case(MAY, agency="stranger", passkey=True))
    assert isinstance(after, Record)
    assert after.joined == {"stranger"}
    assert after.terms is FORCE.terms
    assert not {"stranger"} & after.absent
    assert isinstance(step(after, "sign", Case(MAY, agency="stranger", passkey=True)), Refuse)


def test_who_must_sign_by_tier() -> None:
    for name, expected in MUST_SIGN.items():
        assert terms_of(document(name)).must_sign == expected
    flowing = document(VIOLENCE, dpia="", policy_document="")
    assert terms_of(flowing).lacks_dpia
    assert terms_of(flowing).lacks_policy


def test_the_readmes_diagram_is_the_table() -> None:
    assert f"```mermaid\n{life.diagram()}```" in (ROOT / "README.md").read_text()
