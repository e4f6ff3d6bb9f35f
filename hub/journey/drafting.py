"""Drafting: a text and its findings, the documents it is checked against, and what to begin from. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub import access, lifecycle
from hub.db import protocol as protocols
from hub.db.session import Database
from hub.decision import Conflict, NotFound
from hub.journey.desk import Desk
from protocols.contract import Contract
from protocols.diff import Change, compare
from protocols.library import fill, names_of, shipped_templates, template_of, values_of
from protocols.lint import lint
from protocols.schema import Document, Fault, Faulty, Tier, parse_document

Found = tuple[Document | None, list[Fault]]


@dataclass(frozen=True, slots=True)
class PersonAsks:
    """A signed-in person, whose text is checked against the documents of their partnerships."""

    desk: Desk
    caller: access.Caller

    def check(self, text: str) -> Found:
        """The document, None where the text is none, and what the linter finds."""
        return lint(text, self.desk.contracts, {d.id: d for d in _documents(self.desk, self.caller)})


@dataclass(frozen=True, slots=True)
class AgencyAsks:
    """An agency's machine, whose text is checked against the documents that the agency is a party to."""

    db: Database
    contracts: Mapping[str, Contract]
    agency: str

    def check(self, text: str) -> Found:
        """The document, None where the text is none, and what the linter finds."""
        with self.db.transaction() as tx:
            known = _newest(protocols.all_protocols(tx))
        return lint(text, self.contracts, {d.id: d for d in known if any(p.agency == self.agency for p in d.party)})


Asker = PersonAsks | AgencyAsks


def _newest(stored: Iterable[protocols.Stored]) -> list[Document]:
    """Of each protocol the newest version that is not a thing of the past; they come by version."""
    return list({s.document.id: s.document for s in stored if s.state not in ("revoked", "discarded")}.values())


def _documents(desk: Desk, caller: access.Caller) -> list[Document]:
    mine = caller.holds("protocol.read")
    with desk.db.transaction() as tx:
        return [d for d in _newest(protocols.all_protocols(tx)) if d.protocol.partnership in mine]


def begin(desk: Desk, caller: access.Caller, template: str, under: str) -> str:
    """A template's text, with the parties and offices of the document that it is to stand under.

    Raises `NotFound` for a template or a document that is not there for the caller.
    """
    known = shipped_templates().get(template)
    if known is None:
        raise NotFound("there is no such template")
    above = next((d for d in _documents(desk, caller) if d.id == under), None)
    if under and above is None:
        raise NotFound("there is no such protocol")
    names = names_of(known)
    values = {k: v for k, v in values_of(above).items() if k in names} if above else {}
    return fill(known, values, desk.now().date())


def may_stand_under(desk: Desk, caller: access.Caller) -> list[Document]:
    """The partnership protocols and purpose agreements that a new document may stand under."""
    return [d for d in _documents(desk, caller) if d.protocol.tier is not Tier.ACCESS]


def next_text(desk: Desk, caller: access.Caller, protocol_id: str, version: int) -> str:
    """The text of a version with the next free version number, to be edited. Raises `NotFound`."""
    versions = _versions(desk, caller, protocol_id)
    if version not in versions:
        raise NotFound("there is no such protocol")
    return _renumbered(versions[version].text, max(versions) + 1)


@dataclass(frozen=True, slots=True)
class Writable:
    """A text that may still be changed: its page's address, and its digest."""

    text: str
    address: str
    digest: str


def writable(desk: Desk, caller: access.Caller, protocol_id: str, version: int) -> Writable:
    """The text of a version that is not agreed yet. Raises `NotFound`, and `Conflict` where it is frozen."""
    found = _versions(desk, caller, protocol_id).get(version)
    if found is None or found.document.protocol.partnership not in caller.holds("protocol.draft"):
        raise NotFound("there is no such protocol")
    if found.state not in lifecycle.WRITABLE:
        raise Conflict("this text was agreed, and an agreed text is frozen: draft the next version")
    return Writable(found.text, f"/protocols/{protocol_id}/{version}", found.digest)


def _renumbered(text: str, version: int) -> str:
    """The text with another number in its heading; its other lines stay as they are."""
    lines = text.split("\n")
    begun = lines.index("[protocol]") if "[protocol]" in lines else 0
    for number, line in enumerate(lines[begun:], begun):
        if line.partition("=")[0].strip() == "version":
            lines[number] = f"version = {version}"
            break
    return "\n".join(lines)


def _versions(desk: Desk, caller: access.Caller, protocol_id: str) -> dict[int, protocols.Stored]:
    mine = caller.holds("protocol.read")
    with desk.db.transaction() as tx:
        found = [s for s in protocols.all_protocols(tx) if s.document.id == protocol_id]
    return {s.document.protocol.version: s for s in found if s.document.protocol.partnership in mine}


@dataclass(frozen=True, slots=True)
class Compared:
    """One version beside another, or beside its template: what it was compared with, and what else could be chosen."""

    document: Document
    against: str
    choices: list[str]
    changes: list[Change]


TEMPLATE = "template"


def compared(desk: Desk, caller: access.Caller, protocol_id: str, version: int, against: str) -> Compared:
    """What differs from another version (its number), or from the `template`; without a wish from the version before.

    Raises `NotFound` for what is not there for the caller.
    """
    versions = _versions(desk, caller, protocol_id)
    if version not in versions:
        raise NotFound("there is no such protocol")
    document = versions[version].document
    begun = template_of(document, shipped_templates())
    choices = [str(v) for v in sorted(versions, reverse=True) if v != version] + ([TEMPLATE] if begun else [])
    earlier = [c for c in choices if c != TEMPLATE and int(c) < version]
    chosen = against or next(iter(earlier or choices), "")
    if not chosen:
        return Compared(document, "", [], [])
    if chosen not in choices:
        raise NotFound("there is no such version")
    old = _sound(begun or "") if chosen == TEMPLATE else versions[int(chosen)].document
    return Compared(document, chosen, choices, compare(old, document))


def _sound(text: str) -> Document:
    try:
        return parse_document(text)
    except Faulty:
        raise NotFound("the template does not fit this document") from None
