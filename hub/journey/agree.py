"""Partners agree: a protocol is drafted, consulted on, agreed by a second officer, signed by its parties, and later
suspended, left, joined, revoked. What may follow what is in `hub.lifecycle`; this file does it.

The agreed text is the enforced policy, so every act is a decision in the ledger, written in the transaction that
changes the state. From then on every request that leans on the protocol sees the new state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from hub import access, lifecycle, protocol
from hub.db import protocol as protocols
from hub.db import signing
from hub.db.session import Tx
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse
from hub.journey import sign
from hub.journey.desk import Desk, note, person
from protocols.assertion import Assertion
from protocols.lint import faults
from protocols.schema import Document, Fault, Faulty, Tier, parse_document

MAX_TEXT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft was added."""

    protocol: str
    version: int


def draft(desk: Desk, caller: access.Caller, text: str) -> Drafted | Refuse:
    """Add a draft by its TOML text. Raises `Faulty` with every fault of the text, and `Conflict` on a used version."""
    text, document = _readable(text)
    heading = document.protocol
    with desk.db.transaction() as tx:
        protocols.lock(tx)
        decision = access.may(caller, "protocol.draft", access.Thing(heading.partnership))
        if decision:
            found = [*faults(document, desk.contracts, _beside(tx, document)), *_place_faults(tx, document)]
            if found:
                raise Faulty(found)
            if protocols.find(tx, document.id, heading.version) is not None:
                raise Conflict(f"{document.id} has a version {heading.version} already; give the draft the next number")
            protocols.insert(tx, document, text, caller.person, desk.now())
            protocols.insert_act(tx, document.id, heading.version, "draft", caller.person, desk.now())
        note(tx, desk, person(caller), "protocol.draft", f"{document.id}/{heading.version}", decision)
    return decision if isinstance(decision, Refuse) else Drafted(document.id, heading.version)


def _readable(text: str) -> tuple[str, Document]:
    """A text with its line ends as LF, and the document in it. Raises `Faulty`."""
    text = text.replace("\r\n", "\n")
    if len(text.encode()) > MAX_TEXT:
        raise Faulty([Fault("file", f"is larger than {MAX_TEXT // 1024} KiB", "size of a document")])
    if "\x00" in text:
        raise Faulty([Fault("file", "holds a NUL character", "TOML 1.0")])
    return text, parse_document(text)


def _beside(tx: Tx, document: Document, settled: bool = False) -> dict[str, Document]:
    """The partnership's documents that a text must not contradict: of each the newest version that may come to count; with
    `settled`, one whose text was agreed goes before a newer one that may still change."""
    mine = [
        s
        for s in protocols.all_protocols(tx)
        if s.state not in ("revoked", "discarded") and s.document.protocol.partnership == document.protocol.partnership
    ]
    if settled:
        mine.sort(key=lambda s: s.state not in lifecycle.WRITABLE)  # later ones win below
    return {s.document.id: s.document for s in mine}


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


def revise(
    desk: Desk, caller: access.Caller, protocol_id: str, version: int, text: str, based_on: str
) -> Drafted | Refuse:
    """Another text for a draft, or for a text in consultation, by who began from the text of digest `based_on`.

    Raises `NotFound`, `Faulty`, and `Conflict` where the text was agreed or changed meanwhile.
    """
    text, document = _readable(text)
    with desk.db.transaction() as tx:
        protocols.lock(tx)
        found = _seen(tx, caller, protocol_id, version)
        decision = access.may(caller, "protocol.draft", access.Thing(found.document.protocol.partnership))
        if decision:
            if found.state not in lifecycle.WRITABLE:
                raise Conflict("this text was agreed, and an agreed text is frozen: draft the next version")
            if found.digest != based_on:
                raise Conflict("somebody changed this text meanwhile: read theirs, and change that")
            wrong = [*_moved_faults(found.document, document),
                     *faults(document, desk.contracts, _beside(tx, document)), *_place_faults(tx, document)]  # fmt: skip
            if wrong:
                raise Faulty(wrong)
            protocols.replace_text(tx, document, text)
            protocols.insert_act(tx, protocol_id, version, "revise", caller.person, desk.now())
        note(tx, desk, person(caller), "protocol.revise", f"{protocol_id}/{version}", decision)
    return decision if isinstance(decision, Refuse) else Drafted(protocol_id, version)


def _moved_faults(before: Document, after: Document) -> Iterator[Fault]:
    """A revised text stays the same document."""
    for name in ("id", "version", "tier", "partnership"):
        if getattr(before.protocol, name) != getattr(after.protocol, name):
            yield Fault(f"protocol.{name}", "is another than that of the text it replaces", "one version, one text")


def act(
    desk: Desk, caller: access.Caller, protocol_id: str, version: int, deed: str, reason: str = "", agency: str = "",
    digest: str = "", assertion: Assertion | None = None,
) -> Decision:  # fmt: skip
    """Do one of the acts of the table of transitions to a protocol. `agency`: the party, for acts on one of them;
    `digest`, `assertion`: the text that is signed, and the passkey's answer to it.

    Raises `NotFound` for what the caller may not know of, `Conflict` for an act its state does not know.
    """
    if deed not in lifecycle.ACTS:
        raise NotFound("there is no such act")
    party = caller.agency if deed == "withdraw" else agency
    with desk.db.transaction() as tx:
        protocols.lock(tx)
        found = _seen(tx, caller, protocol_id, version)
        decision = access.may(caller, f"protocol.{deed}", access.Thing(found.document.protocol.partnership))
        if decision:
            decision = _do(desk, tx, caller, found, Deed(deed, reason, party, digest, assertion))
        detail = {"agency": party or caller.agency} if decision and (party or deed == "sign") else {}
        note(tx, desk, person(caller), f"protocol.{deed}", f"{protocol_id}/{version}", decision,
             [found.standing.reference], **detail)  # fmt: skip
    return decision


@dataclass(frozen=True, slots=True)
class Deed:
    """An act as it was asked for."""

    act: str
    reason: str
    party: str
    digest: str
    assertion: Assertion | None


def _do(desk: Desk, tx: Tx, caller: access.Caller, found: protocols.Stored, deed: Deed) -> Decision:
    """The act, by the table; its refusal leaves everything as it was."""
    heading, on = found.document.protocol, desk.now().date()
    if (
        deed.act.endswith("-party")
        and deed.party not in {p.agency for p in found.document.party} | found.joined_agencies
    ):
        raise NotFound("there is no such party to this protocol")
    known = protocols.standings(tx)
    case = lifecycle.Case(
        on, caller.person, caller.agency, deed.party, deed.reason,
        writers=frozenset({found.author, *protocols.writers(tx, found.document.id, heading.version)}),
        passkey=deed.assertion is not None,
        outside=caller.outside,
        sound=deed.act not in ("consult", "agree")
        or not faults(found.document, desk.contracts, _beside(tx, found.document, settled=True)),  # what it stands under may have changed
        area_free=deed.act not in ("agree", "sign") or _area_is_free(known, found, on),
        replaced=protocol.is_replaced(known, found.standing, on),
    )  # fmt: skip
    after = lifecycle.step(found.standing.record, deed.act, case)
    if isinstance(after, Refuse):
        return after
    if deed.act == "sign":
        signed = _signed(desk, tx, caller, found, deed)
        if not signed:
            return signed
    if deed.act == "withdraw":
        signing.withdraw_signature(tx, found.document.id, heading.version, deed.party, desk.now())
    protocols.set_record(tx, found.document.id, heading.version, after)
    words = f"{deed.party}: {deed.reason.strip()}" if deed.party else deed.reason.strip()
    if deed.act == "sign":
        words = caller.agency
    protocols.insert_act(tx, found.document.id, heading.version, deed.act, caller.person, desk.now(), words)
    return Allow(f"access.protocol.{deed.act}")


def _signed(desk: Desk, tx: Tx, caller: access.Caller, found: protocols.Stored, deed: Deed) -> Decision:
    """The signature, proved and kept: of the very text that the signatory was shown."""
    if deed.assertion is None:
        if deed.digest != found.digest:
            return Refuse("signing.other-text", "this is a signature of another text")
        return sign.keep(desk, tx, caller, found, None, None)
    key = sign.prove(desk, tx, caller, found.digest, deed.assertion)
    return key if isinstance(key, Refuse) else sign.keep(desk, tx, caller, found, deed.assertion, key)


def _seen(tx: Tx, caller: access.Caller, protocol_id: str, version: int) -> protocols.Stored:
    found = protocols.find(tx, protocol_id, version, lock=True)
    if found is None or found.document.protocol.partnership not in caller.holds("protocol.read"):
        raise NotFound("there is no such protocol")
    return found


def _area_is_free(known: Iterable[protocol.Standing], found: protocols.Stored, on: date) -> bool:
    """Does no other partnership's protocol in force cover an area of this one?"""
    known = list(known)
    mine = set(found.document.area.codes) if found.document.area else set()
    return not any(
        mine & set(other.document.area.codes) and protocol.in_force(other, on, known)
        for other in known
        if other.document.area is not None
        and other.document.protocol.tier is Tier.PARTNERSHIP
        and other.document.protocol.partnership != found.document.protocol.partnership
    )
