"""The full matrix of role and act, cell by cell; and the walls between partnerships and agencies."""

from __future__ import annotations

import pytest

from hub.access import PERMISSIONS, ROLES, Caller, Thing, may
from hub.decision import Refuse

L, S, A, U, D, O = "liaison-officer", "signatory", "analyst", "auditor", "administrator", "operator"  # noqa: E741
MATRIX = {
    "protocol.read": {L, S, A, U, D, O},
    "protocol.draft": {L},
    "protocol.consult": {L},
    "protocol.comment": {L, S},
    "protocol.return": {L},
    "protocol.agree": {L},
    "protocol.open": {L},
    "protocol.sign": {S},
    "protocol.discard": {L},
    "protocol.suspend": {L},
    "protocol.resume": {L},
    "protocol.suspend-party": {L},
    "protocol.resume-party": {L},
    "protocol.withdraw": {L, S},
    "protocol.revoke": {L},
    "batch.read": {L, U, O},
    "batch.overrule": {L},
    "quarantine.read": {L},
    "note.review": {L},
    "release.read": {L, A, U},
    "release.make": {L},
    "release.approve": {L},
    "release.withdraw": {L},
    "release.download": {A},
    "release.look": {L, A},
    "release.ask": {L, A},
    "release.answer": {L},
    "release.acknowledge": {L, A},
    "account.confirm": {L},
    "alert.read": {U, O},
    "ledger.read": {L, U},
    "person.read": {U, D},
    "person.manage": {D},
    "agency.read": {L, U, D, O},
    "agency.mailbox": {L, D},
    "key.register": {O},
    "key.revoke": {O},
    "key.revoke-own": {L},
    "settings.read": {U, D, O},
    "settings.change": {D},
    "place.try": {L, O},
    "place.review": {L},
}


def caller(role: str, partnership: str = "north", agency: str = "council") -> Caller:
    return Caller("p1", agency, frozenset({(partnership, role)}))


def test_every_act_is_declared_here() -> None:
    assert set(PERMISSIONS) == set(MATRIX)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", sorted(MATRIX))
def test_each_cell(role: str, act: str) -> None:
    assert bool(may(caller(role), act, Thing("north", "council"))) == (role in MATRIX[act])


@pytest.mark.parametrize("act", sorted(MATRIX))
def test_a_role_elsewhere_is_no_role_here(act: str) -> None:
    for role in ROLES:
        refusal = may(caller(role, "south"), act, Thing("north", "council"))
        assert isinstance(refusal, Refuse)
        assert refusal.rule == "access.other-partnership"


def test_analysts_download_only_what_is_their_agencys() -> None:
    refusal = may(caller(A), "release.download", Thing("north", "police"))
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "access.other-agency"


def test_unknown_acts_and_roles_are_refused() -> None:
    assert not may(caller(L), "release.everything", Thing("north"))
    assert not may(caller("chief"), "protocol.read", Thing("north"))
    assert not may(Caller("p", "council", frozenset()), "protocol.read", Thing("north"))
