"""May this person do this to that? One table of acts and roles, one function, default deny."""

from __future__ import annotations

from dataclasses import dataclass

from hub import lifecycle
from hub.decision import Allow, Decision, Refuse
from hub.lifecycle import ACTS

LIAISON, DEPUTY, SIGNATORY = lifecycle.LIAISON, lifecycle.DEPUTY, lifecycle.SIGNATORY
ANALYST, CHECKER, AUDITOR = "analyst", "output-checker", "auditor"
ADMINISTRATOR, OPERATOR = "administrator", "operator"
ROLES = (LIAISON, DEPUTY, SIGNATORY, ANALYST, CHECKER, AUDITOR, ADMINISTRATOR, OPERATOR)
OFFICERS = frozenset({LIAISON, DEPUTY})
"""A deputy does what the liaison officer does, as a person of their own: each may be the other's second person."""

PERMISSIONS: dict[str, frozenset[str]] = {
    "protocol.read": frozenset(ROLES),
    "protocol.draft": OFFICERS,
    **{f"protocol.{act}": frozenset(roles) for act, roles in ACTS.items()},
    "batch.read": OFFICERS | {AUDITOR, OPERATOR},
    "batch.overrule": OFFICERS,
    "quarantine.read": OFFICERS,
    "place.try": OFFICERS | {OPERATOR},
    "place.review": OFFICERS,
    "release.read": OFFICERS | {ANALYST, CHECKER, AUDITOR},
    "release.make": OFFICERS,
    "release.approve": OFFICERS | {CHECKER},
    "release.withdraw": OFFICERS,
    "release.download": frozenset({ANALYST}),
    "release.look": OFFICERS | {ANALYST, CHECKER},
    "release.ask": OFFICERS | {ANALYST},
    "release.answer": OFFICERS,
    "release.acknowledge": OFFICERS | {ANALYST},
    "note.review": OFFICERS,
    "account.confirm": OFFICERS,
    "alert.read": frozenset({AUDITOR, OPERATOR}),
    "ledger.read": OFFICERS | {AUDITOR},
    "person.read": frozenset({AUDITOR, ADMINISTRATOR}),
    "person.manage": frozenset({ADMINISTRATOR}),
    "agency.read": OFFICERS | {AUDITOR, ADMINISTRATOR, OPERATOR},
    "agency.mailbox": OFFICERS | {ADMINISTRATOR},
    "key.register": frozenset({OPERATOR}),
    "key.revoke": frozenset({OPERATOR}),
    "key.revoke-own": OFFICERS,
    "settings.read": frozenset({AUDITOR, ADMINISTRATOR, OPERATOR}),
    "settings.change": frozenset({ADMINISTRATOR}),
}
"""Act → roles that may, within a partnership in which the person holds the role. Acts on protocols come from the table
of their transitions. Operators run the machine and see no
data: they read what protocols say and how batches fare, never a release."""

OWN_AGENCY = {"release.download": "recipient", "release.acknowledge": "recipient", "batch.overrule": "sender",
              "quarantine.read": "sender", "note.review": "sender", "agency.mailbox": "agency", "key.revoke-own": "agency"}  # fmt: skip
"""Acts that are further bound to the person's own agency, and what that agency must be."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person: id, agency, and the roles held in each partnership."""

    person: str
    agency: str
    roles: frozenset[tuple[str, str]]
    """(partnership, role) pairs."""
    outside: bool = False
    """Does another service vouch for this person? Then nothing but a passkey registered here signs for them."""

    @property
    def partnerships(self) -> frozenset[str]:
        """Partnerships in which the person holds any role."""
        return frozenset(p for p, _ in self.roles)

    def holds(self, act: str) -> frozenset[str]:
        """Partnerships in which the person's roles permit an act."""
        allowed = PERMISSIONS.get(act, frozenset())
        return frozenset(p for p, role in self.roles if role in allowed)


@dataclass(frozen=True, slots=True)
class Thing:
    """What is acted on: the partnership it belongs to, and the agency it is for or from."""

    partnership: str
    agency: str = ""


def may(caller: Caller, act: str, thing: Thing) -> Decision:
    """May this caller do this act to this thing? The refusal names what is lacking."""
    if act not in PERMISSIONS:
        return Refuse("access.unknown-act", "there is no such act")
    if thing.partnership not in caller.partnerships:
        return Refuse("access.other-partnership", "this belongs to a partnership that you have no part in")
    if thing.partnership not in caller.holds(act):
        return Refuse("access.role", f"none of your roles permits {act}")
    if act in OWN_AGENCY and thing.agency != caller.agency:
        return Refuse("access.other-agency", f"this is for the {OWN_AGENCY[act]}'s own people")
    return Allow(f"access.{act}")
