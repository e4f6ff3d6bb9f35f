"""What the hub does by itself: recalls releases that hold an erased record, builds what is due, chases answers, destroys
files that nobody may have any more.

`tend` is called every few seconds where the web process runs, and by `hub release tend`. One at a time: a lock in the
database, so that any number of processes may call it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from hub import protocol
from hub import release as rules
from hub.adapters import export
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.db.session import Tx
from hub.decision import Allow, Refuse, Unavailable
from hub.journey import expiry, personal
from hub.journey.candidate import build
from hub.journey.publishing import HUB, Publishing, log

CHASE_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Tended:
    """What one round did: ids of releases recalled, of candidates built, how many notices were chased, and ids of
    releases whose files were destroyed."""

    recalled: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    chased: int = 0
    purged: tuple[str, ...] = ()


def tend(hub: Publishing) -> Tended:
    """Recall what holds an erased record and build it anew; build what is due; chase what nobody acknowledged; destroy
    the files of what has ended."""
    with hub.db.transaction() as guard:
        if not guard.sql("select pg_try_advisory_xact_lock(hashtext('release-tend'))").scalar():
            return Tended()
        with hub.db.transaction() as tx:
            everyone = list(protocols.partnerships(tx))
        recalled = [r for partnership in everyone for r in _recall(hub, partnership)]
        again = dict.fromkeys((r.partnership_id, r.agreement_id) for r in recalled)
        built = [b for _, agreement in again if (b := _rebuild(hub, agreement))]
        built += _due(hub, everyone)
        with hub.db.transaction(everyone) as tx:
            chased = releases.chase(tx, hub.now() - CHASE_AFTER, hub.now())
            for one in chased:
                log(tx, hub, HUB, "release.chase", str(one.release_id), Allow("release.chased"))
            purged = expiry.purge(hub, tx)
        with hub.db.transaction(everyone) as tx:
            personal.shred_unused(hub, tx)
    return Tended(tuple(r.id for r in recalled), tuple(built), len(chased), tuple(r.id for r in purged))


def affected(hub: Publishing, tx: Tx, rows: list[int]) -> list[releases.Release]:
    """The live releases that hold any of these pool rows. Superseded ones too: copies of them are out there."""
    wanted = np.unique(np.array(rows, dtype=np.int64))
    found = []
    for one in releases.live(tx, rules.LIVE):
        path = hub.folder / one.id / export.KEPT
        if path.is_file():
            held = pl.scan_parquet(path).select("row_id").collect()["row_id"].to_numpy()
            if np.isin(held, wanted).any():
                found.append(one)
    return found


def _recall(hub: Publishing, partnership: str) -> list[releases.Release]:
    with hub.db.transaction([partnership]) as tx:
        rows = releases.erased(tx, partnership)
        if not rows:
            return []
        tx.sql("select pg_advisory_xact_lock(hashtext('release'))")
        found = affected(hub, tx, rows)
        for one in found:
            following = rules.step(one.state, "recall", HUB, one.author)
            if isinstance(following, Refuse):
                continue
            releases.set_state(tx, one.id, following)
            releases.insert_act(tx, one.id, "recall", HUB, hub.now(), "a source erased a record that it holds")
            if one.state in ("published", "superseded"):
                releases.insert_notice(tx, one, "recalled", hub.now())
            personal.taken_back(hub, tx, one)
        releases.mark_swept(tx, partnership, rows, hub.now())
        for one in found:
            log(tx, hub, HUB, "release.recall", one.id, Allow("release.recalled"), was=one.state)
    return found


def _rebuild(hub: Publishing, agreement: str) -> str:
    """A fresh candidate in place of what was recalled, where the agreement is still in force; its id, else ""."""
    with hub.db.transaction() as tx:
        granted = protocol.check_access(protocols.standings(tx), agreement, hub.now().date())
    return "" if isinstance(granted, Refuse) else _build(hub, granted)


def _build(hub: Publishing, granted: protocol.AccessGranted) -> str:
    """A candidate of the hub's own; "" where this site cannot make it now, which must not keep others waiting."""
    try:
        return build(hub, granted, HUB)
    except Unavailable:
        with hub.db.transaction() as tx:
            log(tx, hub, HUB, "release.make", granted.agreement.document.id,
                Refuse("release.unavailable", "this site lacks what it takes"), granted)  # fmt: skip
        return ""


def period_start(schedule: str, now: datetime) -> datetime | None:
    """When the period of a schedule that `now` lies in began; None for `on-demand`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if schedule == "nightly":
        return midnight
    if schedule == "monthly":
        return midnight.replace(day=1)
    if schedule == "quarterly":
        return midnight.replace(day=1, month=3 * ((now.month - 1) // 3) + 1)
    return None


def _due(hub: Publishing, everyone: list[str]) -> list[str]:
    """Build a candidate under each agreement whose schedule asks for one and that has none of this period yet."""
    with hub.db.transaction(everyone) as tx:
        known = protocols.standings(tx)
        last = releases.last_made(tx)
    made = []
    for agreement in sorted({s.document.id for s in known if s.document.access is not None}):
        granted = protocol.check_access(known, agreement, hub.now().date())
        if isinstance(granted, Refuse):
            continue
        start = period_start(granted.access.schedule, hub.now())
        if start is not None and (agreement not in last or last[agreement] < start):
            made.append(_build(hub, granted))
    return [m for m in made if m]
