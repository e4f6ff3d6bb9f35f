"""Partners agree: a protocol is drafted, approved by a second officer, suspended, resumed, revoked.

The approved text is the enforced policy, so every act is a decision in the ledger, written in the transaction that
changes the state. From then on every request that leans on the protocol sees the new state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub import access, protocol
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse
from hub.journey.desk import Desk, note, person, standing
from protocols.lint import faults
from protocols.schema import Document, Fault, Faulty, Tier, parse_document

MAX_TEXT = 256 * 1024
TRANSITIONS: dict[tuple[str, str], str] = {
    ("draft", "approve"): "in-force",
    ("draft", "discard"): "revoked",
    ("in-force", "suspend"): "suspended",
    ("suspended", "resume"): "in-force",
    ("in-force", "revoke"): "revoked",
    ("suspended", "revoke"): "revoked",
}
"""(state, act) → next state. What is not here cannot happen."""
PERMISSION = {
    "approve": "protocol.approve",
    "discard": "protocol.draft",
    "suspend": "protocol.suspend",
    "resume": "protocol.suspend",
    "suspend-party": "protocol.suspend",
    "resume-party": "protocol.suspend",
    "revoke": "protocol.revoke",
}
NEEDS_REASON = frozenset(PERMISSION) - {"approve"}
MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft was added."""

    protocol: str
    version: int


def draft(desk: Desk, caller: access.Caller, text: str) -> Drafted | Refuse:
    """Add a draft by its TOML text. Raises `Faulty` with every fault of the text, and `Conflict` on a used version."""
    text = text.replace("\r\n", "\n")
    if len(text.encode()) > MAX_TEXT:
        raise Faulty([Fault("file", f"is larger than {MAX_TEXT // 1024} KiB", "size of a document")])
    if "\x00" in text:
        raise Faulty([Fault("file", "holds a NUL character", "TOML 1.0")])
    document = parse_document(text)
    heading = document.protocol
    with desk.db.transaction() as tx:
        tx.sql("select pg_advisory_xact_lock(hashtext('protocol'))")
        decision = access.may(caller, "protocol.draft", access.Thing(heading.partnership))
        if decision:
            known = {s.document.id: s.document for s in protocols.all_protocols(tx) if s.state != "revoked" and s.document.protocol.partnership == heading.partnership}  # fmt: skip
            found = [*faults(document, desk.contracts, known), *_place_faults(tx, document)]
            if found:
                raise Faulty(found)
            if protocols.find(tx, document.id, heading.version) is not None:
                raise Conflict(f"{document.id} has a version {heading.version} already; give the draft the next number")
            protocols.insert(tx, document, text, caller.person, desk.now())
            protocols.insert_act(tx, document.id, heading.version, "draft", caller.person, desk.now())
        note(tx, desk, person(caller), "protocol.draft", f"{document.id}/{heading.version}", decision)
    return decision if isinstance(decision, Refuse) else Drafted(document.id, heading.version)


def _place_faults(tx: Tx, document: Document) -> Iterator[Fault]:
    """What the document contradicts among those the hub holds: it may take nothing that is another partnership's."""
    heading = document.protocol
    for other in protocols.all_protocols(tx):
        theirs = other.document.protocol
        if other.document.id == document.id and theirs.partnership != heading.partnership:
            yield Fault("protocol.id", "is the id of another partnership's document", "one document, one id")
            return
        if other.document.id == document.id and theirs.tier is not heading.tier:
            yield Fault("protocol.tier", "differs from its earlier versions", "tiers of agreement")
            return
        if other.document.id == heading.parent and theirs.partnership != heading.partnership:
            yield Fault("protocol.parent", "is a document of another partnership", "tiers of agreement")
            return


def act(
    desk: Desk, caller: access.Caller, protocol_id: str, version: int, deed: str, reason: str, agency: str = ""
) -> Decision:
    """Approve, discard, suspend, resume or revoke a protocol, or suspend and resume one of its parties.

    Raises `NotFound` for what the caller may not know of, `Conflict` for an act its state does not know.
    """
    if deed not in PERMISSION:
        raise NotFound("there is no such act")
    with desk.db.transaction() as tx:
        tx.sql("select pg_advisory_xact_lock(hashtext('protocol'))")
        found = _seen(tx, caller, protocol_id, version)
        decision = _may(desk, tx, caller, found, deed, reason)
        if decision:
            if deed.endswith("-party"):
                _set_party(tx, found, deed, agency)
            else:
                protocols.set_state(tx, protocol_id, version, _following(found, deed))
            words = f"{agency}: {reason.strip()}" if agency else reason.strip()
            protocols.insert_act(tx, protocol_id, version, deed, caller.person, desk.now(), words)
        detail = {"agency": agency} if agency and decision else {}
        note(tx, desk, person(caller), f"protocol.{deed}", f"{protocol_id}/{version}", decision,
             [standing(found).reference], **detail)  # fmt: skip
    return decision


def _seen(tx: Tx, caller: access.Caller, protocol_id: str, version: int) -> protocols.Stored:
    found = protocols.find(tx, protocol_id, version, lock=True)
    if found is None or found.document.protocol.partnership not in caller.holds("protocol.read"):
        raise NotFound("there is no such protocol")
    return found


def _following(found: protocols.Stored, deed: str) -> str:
    following = TRANSITIONS.get((found.state, deed))
    if following is None:
        raise Conflict(f"a protocol that is {found.state.replace('-', ' ')} knows no act '{deed}'")
    return following


def _may(desk: Desk, tx: Tx, caller: access.Caller, found: protocols.Stored, deed: str, reason: str) -> Decision:
    heading = found.document.protocol
    decision = access.may(caller, PERMISSION[deed], access.Thing(heading.partnership))
    if not decision:
        return decision
    if deed.endswith("-party"):
        if found.state != "in-force":
            raise Conflict("a party is suspended from a protocol in force, and from no other")
    else:
        _following(found, deed)
    if deed in NEEDS_REASON and not 5 <= len(reason.strip()) <= MAX_REASON:
        return Refuse("protocol.reason", f"give a reason, of 5 to {MAX_REASON} characters")
    return _may_approve(desk, tx, caller, found) if deed == "approve" else decision


def _may_approve(desk: Desk, tx: Tx, caller: access.Caller, found: protocols.Stored) -> Decision:
    """A second officer approves, a sound document, whose areas are nobody else's."""
    if caller.person == found.author:
        return Refuse("protocol.second-person", "who drafted a protocol cannot approve it: a second officer must")
    if faults(found.document, desk.contracts):
        return Refuse("protocol.faulty", "the document is incomplete or contradicts itself; draft a new version")
    mine = set(found.document.area.codes) if found.document.area else set()
    for other in protocols.all_protocols(tx):
        heading, area = other.document.protocol, other.document.area
        if heading.partnership == found.document.protocol.partnership or heading.tier is not Tier.PARTNERSHIP:
            continue
        if area and mine & set(area.codes) and protocol.in_force(standing(other), desk.now().date()):
            return Refuse("protocol.area-taken", "another partnership's protocol in force covers one of its areas")
    return Allow("access.protocol.approve")


def _set_party(tx: Tx, found: protocols.Stored, deed: str, agency: str) -> None:
    if agency not in {p.agency for p in found.document.party}:
        raise NotFound("there is no such party to this protocol")
    suspended = set(found.suspended_agencies)
    if (agency in suspended) == (deed == "suspend-party"):
        raise Conflict("the party stands as asked already")
    changed = suspended | {agency} if deed == "suspend-party" else suspended - {agency}
    protocols.set_suspended(tx, found.document.id, found.document.protocol.version, changed)
