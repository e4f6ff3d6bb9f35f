"""What people may look at: protocols as they stand, batches with their quality, the log, and what waits for whom.

Everything here is read with the role that cannot read identifiable rows, and narrowed to what the caller may know of.
What a caller may not know of is `NotFound`, as if it were not there.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hub import access, ledger, lifecycle, protocol
from hub.db import batch as batch_rows
from hub.db import ledger as ledger_rows
from hub.db import overview, people, signing
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.decision import Conflict, Decision, NotFound
from hub.journey.desk import Desk, note, person
from protocols.schema import Tier

PAGE = 50
LIVE = lifecycle.LIVE


@dataclass(frozen=True, slots=True)
class Shown:
    """A protocol as a page shows it. `standing`: its state today, of the table of transitions; `why` says in words why
    it does not count, "" where it does."""

    stored: protocols.Stored
    standing: str
    why: str

    @property
    def key(self) -> tuple[str, int]:
        """Id and version."""
        return self.stored.document.id, self.stored.document.protocol.version


def shown(known: Sequence[protocols.Stored], on: date, partnerships: frozenset[str] | None = None) -> list[Shown]:
    """Protocols (those of the partnerships named, else all) as they stand on a day. `known` holds every version, for
    later ones replace earlier ones."""
    if partnerships is not None:
        ids = {s.document.id for s in known if s.document.protocol.partnership in partnerships}
        every = shown([s for s in known if s.document.id in ids], on)
        return [s for s in every if s.stored.document.protocol.partnership in partnerships]
    versions: dict[str, list[protocol.Standing]] = {}
    for stored in known:
        versions.setdefault(stored.document.id, []).append(stored.standing)
    return [_shown(stored, versions[stored.document.id], on) for stored in known]


def _shown(stored: protocols.Stored, versions: Sequence[protocol.Standing], on: date) -> Shown:
    verdict = protocol.in_force(stored.standing, on, versions)
    standing = protocol.state_of(versions, stored.standing, on)
    return Shown(stored, standing, "" if verdict else getattr(verdict, "reason", ""))


def list_protocols(desk: Desk, caller: access.Caller) -> list[Shown]:
    """Every version of every protocol of the caller's partnerships, newest version first."""
    mine = caller.holds("protocol.read")
    with desk.db.transaction() as tx:
        known = protocols.all_protocols(tx)
    return in_order(shown(known, desk.now().date(), mine))


def in_order(found: Iterable[Shown]) -> list[Shown]:
    """By partnership, tier and id, newest version first."""
    tiers = list(Tier)
    return sorted(found, key=lambda s: (s.stored.document.protocol.partnership,
                                        tiers.index(s.stored.document.protocol.tier), s.key[0], -s.key[1]))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """One protocol with who did what to it, who has signed it, and names of agencies and people."""

    shown: Shown
    signatures: list[signing.Signature]
    acts: list[Any]
    agencies: dict[str, str]
    partnerships: dict[str, str]
    people: dict[str, str]


def open_protocol(desk: Desk, caller: access.Caller, protocol_id: str, version: int) -> Opened:
    """One version of a protocol. Raises `NotFound`."""
    return open_among(desk, caller, protocol_id, version)[0]


def open_among(desk: Desk, caller: access.Caller, protocol_id: str, version: int) -> tuple[Opened, list[Shown]]:
    """One version of a protocol, and every protocol that the caller may read, in order. Raises `NotFound`."""
    mine = caller.holds("protocol.read")
    with desk.db.transaction() as tx:
        every = shown(protocols.all_protocols(tx), desk.now().date(), mine)
        found = next((s for s in every if s.key == (protocol_id, version)), None)
        if found is None:
            raise NotFound("there is no such protocol")
        acts = protocols.acts_of(tx, protocol_id, version)
        given = signing.signatures(tx, protocol_id, version)
        names = _names(tx, [found.stored.author, *(a.actor for a in acts), *(s.person for s in given)])
        return Opened(found, given, acts, *protocols.titles(tx), names), in_order(every)


def _names(tx: Tx, ids: Iterable[str]) -> dict[str, str]:
    return people.names(tx, set(ids))


def names(desk: Desk, ids: Iterable[str]) -> dict[str, str]:
    """Names of people, by id, for a page whose caller may know who acted."""
    with desk.db.transaction() as tx:
        return _names(tx, ids)


def titles(desk: Desk) -> tuple[dict[str, str], dict[str, str]]:
    """Titles of agencies and of partnerships, by id."""
    with desk.db.transaction() as tx:
        return protocols.titles(tx)


def head(desk: Desk) -> ledger.Head:
    """The log's head as it stands, for everybody."""
    with desk.db.transaction() as tx:
        return ledger_rows.head(tx, desk.now())


# batches ------------------------------------------------------------------------------------------------------------


def _references(tx: Tx, partnerships: Iterable[str]) -> dict[str, str]:
    """The partnership of every protocol version of these partnerships, by `id/version@digest`."""
    wanted = set(partnerships)
    return {s.standing.reference: s.document.protocol.partnership for s in protocols.all_protocols(tx)
            if s.document.protocol.partnership in wanted}  # fmt: skip


def list_batches(
    desk: Desk, caller: access.Caller, before: datetime | None = None, limit: int = PAGE, states: Iterable[str] = ()
) -> list[batch_rows.Batch]:
    """The newest batches that came under protocols of the caller's partnerships."""
    with desk.db.transaction() as tx:
        return overview.batches_under(tx, _references(tx, caller.holds("batch.read")), limit, before, states)


@dataclass(frozen=True, slots=True)
class Report:
    """One batch's quality report: counts, figures, and faults as (rule, column, rows). `may_overrule`: a held batch
    that the caller may confirm."""

    batch: batch_rows.Batch
    faults: list[tuple[str, str, int]]
    agency: str
    overruled_by: str
    may_overrule: bool
    may_mend: bool = False
    """May the caller see the rows in quarantine, to mend them at the source?"""


def seen_batch(tx: Tx, caller: access.Caller, batch: str, lock: bool = False) -> tuple[batch_rows.Batch, set[str]]:
    """A batch that the caller may know of, with the caller's partnerships that it came under. Raises `NotFound`."""
    try:
        uuid.UUID(batch)
    except ValueError:
        raise NotFound("there is no such batch") from None
    known = _references(tx, caller.holds("batch.read"))
    found = batch_rows.find(tx, batch, lock)
    mine = {known[r] for r in found.protocols if r in known} if found else set()
    if found is None or not mine:
        raise NotFound("there is no such batch")
    return found, mine


def _may_overrule(caller: access.Caller, found: batch_rows.Batch, partnerships: Iterable[str]) -> Decision:
    verdicts = [access.may(caller, "batch.overrule", access.Thing(p, found.agency_id)) for p in sorted(partnerships)]
    return next((v for v in verdicts if v), verdicts[0])


def open_batch(desk: Desk, caller: access.Caller, batch: str) -> Report:
    """One batch's quality report. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        found, mine = seen_batch(tx, caller, batch)
        who = (found.overruled_by or "").removeprefix("person:")
        return Report(
            batch=found,
            faults=batch_rows.fault_counts(tx, found.id),
            agency=protocols.agencies(tx).get(found.agency_id, found.agency_id),
            overruled_by=_names(tx, [who]).get(who, who),
            may_mend=any(access.may(caller, "quarantine.read", access.Thing(p, found.agency_id)) for p in mine),
            may_overrule=found.state == "held" and bool(_may_overrule(caller, found, mine)),
        )


def overrule(desk: Desk, caller: access.Caller, batch: str) -> Decision:
    """An officer of the sender confirms a held batch: it is processed as it is. Raises `NotFound` and `Conflict`."""
    with desk.db.transaction() as tx:
        found, mine = seen_batch(tx, caller, batch, lock=True)
        decision = _may_overrule(caller, found, mine)
        if decision and not batch_rows.overrule(tx, found.id, person(caller)):
            raise Conflict("this batch is not held")
        note(tx, desk, person(caller), "batch.overrule", found.id, decision, found.protocols)
    return decision


# the log ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries of the log, newest first, that the caller may see; `next` continues below; `head` covers the whole."""

    entries: list[dict[str, Any]]
    next: int | None
    head: ledger.Head
    people: dict[str, str]


def read_log(desk: Desk, caller: access.Caller, before: int | None = None, limit: int = PAGE) -> LogPage:
    """What was decided in the caller's partnerships, and at the hub's own doors."""
    mine = caller.holds("ledger.read")
    with desk.db.transaction() as tx:
        known = people.members(tx, mine)
        stored = protocols.all_protocols(tx)
        documents = [s.document for s in stored if s.document.protocol.partnership in mine]
        concerning = (
            {ledger.EVERYBODY}
            | {f"protocol:{d.id}" for d in documents}
            | {f"agency:{p.agency}" for d in documents for p in d.party}
            | {f"person:{p}" for p in known}
        )
        leaves = ledger_rows.entries(tx, concerning, before, limit + 1)
        head = ledger_rows.head(tx, desk.now())
    found = [json.loads(leaf) for leaf in leaves[:limit]]
    return LogPage(found, found[-1]["sequence"] if len(leaves) > limit else None, head, known)
