"""The full matrix of role and act, cell by cell; and the walls between partnerships and agencies."""

from __future__ import annotations

import pytest

from hub.access import PERMISSIONS, ROLES, Caller, Thing, may
from hub.decision import Refuse

L, V, S, A, C, U, D, P = (
    "liaison-officer deputy signatory analyst output-checker auditor administrator operator".split()
)
MATRIX = {
    "protocol.read": {L, V, S, A, C, U, D, P},
    "protocol.draft": {L, V},
    "protocol.consult": {L, V},
    "protocol.comment": {L, V, S},
    "protocol.return": {L, V},
    "protocol.agree": {L, V},
    "protocol.open": {L, V},
    "protocol.sign": {S},
    "protocol.discard": {L, V},
    "protocol.suspend": {L, V},
    "protocol.resume": {L, V},
    "protocol.suspend-party": {L, V},
    "protocol.resume-party": {L, V},
    "protocol.withdraw": {L, V, S},
    "protocol.revoke": {L, V},
    "batch.read": {L, V, U, P},
    "batch.overrule": {L, V},
    "quarantine.read": {L, V},
    "note.review": {L, V},
    "release.read": {L, V, A, C, U},
    "release.make": {L, V},
    "release.approve": {L, V, C},
    "release.withdraw": {L, V},
    "release.download": {A},
    "release.look": {L, V, A, C},
    "release.ask": {L, V, A},
    "release.answer": {L, V},
    "release.acknowledge": {L, V, A},
    "account.confirm": {L, V},
    "alert.read": {U, P},
    "ledger.read": {L, V, U},
    "person.read": {U, D},
    "person.manage": {D},
    "agency.read": {L, V, U, D, P},
    "agency.mailbox": {L, V, D},
    "key.register": {P},
    "key.revoke": {P},
    "key.revoke-own": {L, V},
    "settings.read": {U, D, P},
    "settings.change": {D},
    "place.try": {L, V, P},
    "place.review": {L, V},
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
