"""What people may look at: protocols as they stand, batches with their quality, the log, and what waits for whom.

Everything here is read with the role that cannot read identifiable rows, and narrowed to what the caller may know of.
What a caller may not know of is `NotFound`, as if it were not there.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hub import access, ledger, protocol
from hub.db import batch as batch_rows
from hub.db import ledger as ledger_rows
from hub.db import overview, people
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.decision import Allow, Conflict, Decision, NotFound
from hub.journey.desk import Desk, note, person, standing
from protocols.schema import Tier

PAGE = 50
REVIEW_SOON = timedelta(days=90)
MAX_SCANNED = 5000


@dataclass(frozen=True, slots=True)
class Shown:
    """A protocol as a page shows it. `standing` is computed for today: draft, in-force, superseded, not-yet, lapsed,
    suspended or revoked; `why` says it in words."""

    stored: protocols.Stored
    standing: str
    why: str

    @property
    def key(self) -> tuple[str, int]:
        """Id and version."""
        return self.stored.document.id, self.stored.document.protocol.version


_BY_RULE = {"protocol.not-yet": "not-yet", "protocol.expired": "lapsed"}


def _shown(known: Sequence[protocols.Stored], on: date) -> list[Shown]:
    newest: dict[str, int] = {}
    verdicts = [(s, protocol.in_force(standing(s), on)) for s in known]
    for stored, verdict in verdicts:
        if verdict:
            version = stored.document.protocol.version
            newest[stored.document.id] = max(version, newest.get(stored.document.id, 0))
    found = []
    for stored, verdict in verdicts:
        if isinstance(verdict, Allow):
            version = newest[stored.document.id]
            old = stored.document.protocol.version < version
            why = f"version {version} has taken its place" if old else ""
            found.append(Shown(stored, "superseded" if old else "in-force", why))
        else:
            found.append(Shown(stored, _BY_RULE.get(verdict.rule, stored.state), verdict.reason))
    return found


def list_protocols(desk: Desk, caller: access.Caller) -> list[Shown]:
    """Every version of every protocol of the caller's partnerships, newest version first."""
    mine = caller.holds("protocol.read")
    with desk.db.transaction() as tx:
        known = protocols.all_protocols(tx)
    shown = [s for s in _shown(known, desk.now().date()) if s.stored.document.protocol.partnership in mine]
    tiers = list(Tier)
    return sorted(shown, key=lambda s: (s.stored.document.protocol.partnership,
                                        tiers.index(s.stored.document.protocol.tier), s.key[0], -s.key[1]))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """One protocol with who did what to it, names of agencies and people, and the caller's acts on it."""

    shown: Shown
    acts: list[Any]
    agencies: dict[str, str]
    partnerships: dict[str, str]
    people: dict[str, str]


def open_protocol(desk: Desk, caller: access.Caller, protocol_id: str, version: int) -> Opened:
    """One version of a protocol. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        shown = next((s for s in _shown(protocols.all_protocols(tx), desk.now().date())
                      if s.key == (protocol_id, version)), None)  # fmt: skip
        if shown is None or shown.stored.document.protocol.partnership not in caller.holds("protocol.read"):
            raise NotFound("there is no such protocol")
        acts = protocols.acts_of(tx, protocol_id, version)
        names = _names(tx, [shown.stored.author, *(a.actor for a in acts)])
        return Opened(shown, acts, protocols.agencies(tx), protocols.partnerships(tx), names)


def _names(tx: Tx, ids: Iterable[str]) -> dict[str, str]:
    return people.names(tx, set(ids))


def names(desk: Desk, ids: Iterable[str]) -> dict[str, str]:
    """Names of people, by id, for a page whose caller may know who acted."""
    with desk.db.transaction() as tx:
        return _names(tx, ids)


def titles(desk: Desk) -> tuple[dict[str, str], dict[str, str]]:
    """Titles of agencies and of partnerships, by id."""
    with desk.db.transaction() as tx:
        return protocols.agencies(tx), protocols.partnerships(tx)


def register(desk: Desk) -> list[Shown]:
    """The public register: every protocol in force today, of every partnership. Offices, never names of people."""
    with desk.db.transaction() as tx:
        known = protocols.all_protocols(tx)
    return [s for s in _shown(known, desk.now().date()) if s.standing == "in-force"]


# batches ------------------------------------------------------------------------------------------------------------


def _references(tx: Tx, partnerships: Iterable[str]) -> dict[str, str]:
    """The partnership of every protocol version of these partnerships, by `id/version@digest`."""
    wanted = set(partnerships)
    return {standing(s).reference: s.document.protocol.partnership for s in protocols.all_protocols(tx)
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


def _seen_batch(tx: Tx, caller: access.Caller, batch: str, lock: bool = False) -> tuple[batch_rows.Batch, set[str]]:
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
        found, mine = _seen_batch(tx, caller, batch)
        who = (found.overruled_by or "").removeprefix("person:")
        return Report(
            batch=found,
            faults=batch_rows.fault_counts(tx, found.id),
            agency=protocols.agencies(tx).get(found.agency_id, found.agency_id),
            overruled_by=_names(tx, [who]).get(who, who),
            may_overrule=found.state == "held" and bool(_may_overrule(caller, found, mine)),
        )


def overrule(desk: Desk, caller: access.Caller, batch: str) -> Decision:
    """An officer of the sender confirms a held batch: it is processed as it is. Raises `NotFound` and `Conflict`."""
    with desk.db.transaction() as tx:
        found, mine = _seen_batch(tx, caller, batch, lock=True)
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
        ids = {s.document.id for s in stored if s.document.protocol.partnership in mine}
        parties = {p.agency for s in stored if s.document.id in ids for p in s.document.party}
        found: list[dict[str, Any]] = []
        at, scanned = before, 0
        while len(found) <= limit and scanned < MAX_SCANNED:
            part = ledger_rows.entries(tx, at, 500)
            if not part:
                break
            events = [json.loads(leaf) for _, leaf in part]
            found += [e for e in events if _may_see(e, ids, parties, known)]
            at, scanned = part[-1][0], scanned + len(part)
        head = ledger_rows.head(tx, desk.now())
    more = len(found) > limit
    unread = at if scanned >= MAX_SCANNED and at else None
    following = found[limit - 1]["sequence"] if more else unread
    return LogPage(found[:limit], following, head, known)


def _may_see(event: Mapping[str, Any], ids: set[str], parties: set[str], known: Mapping[str, str]) -> bool:
    """By the protocols it leaned on; failing these by the document or agency or person it is about; and what happened
    at the door, by nobody known, concerns everyone."""
    if event["protocols"]:
        return any(reference.partition("/")[0] in ids for reference in event["protocols"])
    kind, _, name = str(event["actor"]).partition(":")
    if event["action"].startswith("protocol."):
        return str(event["subject"]).partition("/")[0] in ids
    if kind == "agency":
        return name in parties
    if kind == "person":
        return name in known
    if kind == "operator":
        return str(event["subject"]).removeprefix("person:") in known
    return True


# what waits ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for the caller: drafts to approve, protocols near review, held batches to confirm or to know of."""

    drafts: list[Shown]
    reviews: list[Shown]
    held: list[batch_rows.Batch]


def waiting(desk: Desk, caller: access.Caller) -> Waiting:
    """What waits for the caller, by role."""
    shown = list_protocols(desk, caller)
    on = desk.now().date()
    approves, suspends = caller.holds("protocol.approve"), caller.holds("protocol.suspend")
    drafts = [s for s in shown if s.stored.state == "draft" and s.stored.author != caller.person
              and s.stored.document.protocol.partnership in approves]  # fmt: skip
    reviews = [s for s in shown if s.standing in ("in-force", "lapsed") and s.stored.state == "in-force"
               and s.stored.document.protocol.partnership in suspends
               and s.stored.document.protocol.review - on <= REVIEW_SOON]  # fmt: skip
    held = list_batches(desk, caller, states=["held"]) if caller.holds("batch.read") else []
    return Waiting(drafts, reviews, held)
