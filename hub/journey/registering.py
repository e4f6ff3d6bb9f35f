"""The public register: what is in force, what is suspended, how much it holds under public suppression, what changed.

Anybody may read it: offices and agencies, never people, and no reason that an officer wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from hub import lifecycle
from hub.db import overview
from hub.db import protocol as protocols
from hub.db.session import Database
from hub.disclosure.policies import LIVE_PUBLIC, shown_count
from hub.journey.desk import Desk
from hub.journey.oversee import Shown, shown
from hub.protocol import has_come_in_force
from protocols.schema import Document

FEWER = f"fewer than {LIVE_PUBLIC.threshold}"
MOST_CHANGES = 100


@dataclass(frozen=True, slots=True)
class Register:
    """Protocols in force and suspended; rows in the pool by (partnership, agency, dataset), and when they were counted."""

    live: list[Shown]
    suspended: list[Shown]
    counts: dict[tuple[str, str, str], int]
    counted_at: datetime

    def rows(self, partnership: str, agency: str, dataset: str) -> str:
        """How many rows are held, as anybody may know it: rounded to 20, or `fewer than 20`."""
        found = shown_count(self.counts.get((partnership, agency, dataset), 0), LIVE_PUBLIC)
        return FEWER if found is None else str(found)


def naming(protocols: Iterable[Shown], words: str) -> list[Shown]:
    """Those that name every one of these words: in id, title, statement, partnership, purposes, parties or datasets."""
    asked = words.casefold().split()
    return [s for s in protocols if all(word in _names_in(s.stored.document) for word in asked)]


def _names_in(document: Document) -> str:
    heading = document.protocol
    said = [heading.id, heading.title, heading.statement, heading.partnership, *heading.purposes,
            *(word for p in document.party for word in (p.agency, p.title)), *(f.dataset for f in document.flow)]  # fmt: skip
    return "\n".join(said).casefold()


def register(desk: Desk) -> Register:
    """The register today. Rows are counted once an hour: a page for everybody must not count a pool each time."""
    now = desk.now()
    with desk.db.transaction() as tx:
        known = shown(protocols.all_protocols(tx), now.date())
    hour = now.replace(minute=0, second=0, microsecond=0)
    return Register([s for s in known if s.standing in lifecycle.LIVE],
                    [s for s in known if s.standing == lifecycle.SUSPENDED], _counts(desk.db, hour), hour)  # fmt: skip


@lru_cache(maxsize=2)
def _counts(db: Database, hour: datetime) -> dict[tuple[str, str, str], int]:  # noqa: ARG001 (what is kept, is kept for an hour)
    with db.transaction() as tx:
        tx.scope(protocols.partnerships(tx))
        return overview.pooled_now(tx)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a protocol that has been in force: `act` of the table of transitions, or `in-force`,
    `expired`."""

    protocol: str
    version: int
    title: str
    act: str
    at: datetime


def changes(desk: Desk) -> list[Change]:
    """What happened to protocols since they came into force, newest first."""
    now = desk.now()
    with desk.db.transaction() as tx:
        known, acts = protocols.all_protocols(tx), protocols.public_acts(tx)
    by_version: dict[tuple[str, int], list[Any]] = {}
    for act in acts:
        by_version.setdefault((act.protocol_id, act.version), []).append(act)
    found = []
    for one in known:
        heading = one.document.protocol
        if not has_come_in_force(one.standing, now.date()):
            continue
        mine = by_version.get((one.document.id, heading.version), [])
        signed = max((a.at for a in mine if a.act == "sign"), default=one.created_at)
        moments = [("in-force", max(signed, _midnight(heading.effective)))]
        moments += [(a.act, a.at) for a in mine if a.act != "sign"]
        if one.state != lifecycle.REVOKED and now.date() >= heading.review:
            moments.append(("expired", _midnight(heading.review)))
        found += [Change(one.document.id, heading.version, heading.title, act, at) for act, at in moments]
    return sorted(found, key=lambda c: (c.at, c.protocol, c.version, c.act), reverse=True)[:MOST_CHANGES]


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)
