"""What ends, and when: retention, key rotation, erasures that a restore must not bring back.

Every deletion leaves one event in the ledger, with counts only: the proof that it was done.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from hub.adapters.erasures import read_erasures
from hub.adapters.vault import KeyEncryptionKeys, Vault, WrappedKey
from hub.db import batch as batches
from hub.db import intake
from hub.db import ledger as ledger_rows
from hub.db import pool as pool_rows
from hub.db import protocol as protocols
from hub.db import review as words
from hub.db.session import Database, Tx
from hub.decision import Conflict, Tampered, Unavailable
from hub.ledger import Event
from hub.protocol import has_come_in_force
from protocols.schema import Flow

ERASURES_AT_ONCE = 5_000
PATIENCE_SECONDS = 60.0
LAST_DAY = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Retiring:
    """What retiring works with. `db` acts as hub_intake."""

    db: Database
    vault: Vault
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Purged:
    """How much a purge destroyed."""

    quarantined: int
    batches: int
    pool_rows: int


def before(now: datetime, term: str) -> datetime:
    """The moment a retention term (`P30D`, `P12M`, `P3Y`) before now, by the calendar. Raises `ValueError`."""
    found = re.fullmatch(r"P(\d+)([DMY])", term)
    if found is None:
        raise ValueError(f"{term} is no retention term")
    number, unit = int(found[1]), found[2]
    if unit == "D":
        return now - timedelta(days=number)
    months = now.year * 12 + now.month - 1 - number * (12 if unit == "Y" else 1)
    year, month = divmod(months, 12)
    leap = month == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return now.replace(year=year, month=month + 1, day=min(now.day, LAST_DAY[month] + leap))


def _note(tx: Tx, hub: Retiring, action: str, subject: str, **counts: int) -> None:
    ledger_rows.append(tx, Event(hub.now(), "hub", action, subject, "allow", action, (), counts))


def _flows(known: Iterable[protocols.Stored], on: date) -> Iterator[tuple[str, Flow]]:
    """(partnership, flow) of the newest version of each protocol that has ever been in force.

    A draft binds nobody; a suspended or revoked protocol's rows still come to their end.
    """
    newest: dict[str, protocols.Stored] = {}
    for stored in known:
        heading = stored.document.protocol
        other = newest.get(heading.id)
        if has_come_in_force(stored.standing, on) and (
            other is None or other.document.protocol.version < heading.version
        ):
            newest[heading.id] = stored
    for stored in newest.values():
        for flow in stored.document.flow:
            yield stored.document.protocol.partnership, flow


def purge(hub: Retiring) -> Purged:
    """Destroy what is past its term: quarantined rows, batches as received (by destroying their keys), pooled rows.

    A batch as received serves every partnership whose flow takes it, so that the shortest of their terms counts;
    pooled rows go by their own partnership's term. A purge that was killed is finished by the next one.
    """
    now = hub.now()
    with hub.db.transaction() as tx:
        flows = list(_flows(protocols.all_protocols(tx), now.date()))
        quarantined = intake.purge_quarantine(tx, now)
        if quarantined:
            _note(tx, hub, "erase.quarantine", "quarantine", rows=quarantined)
    raw: dict[tuple[str, str], datetime] = {}
    pooled: dict[tuple[str, str, str], datetime] = {}
    for partnership, flow in flows:
        source, whose = (flow.source, flow.dataset), (partnership, flow.source, flow.dataset)
        raw[source] = max(before(now, flow.retention.raw), raw.get(source, datetime.min.replace(tzinfo=now.tzinfo)))
        pooled[whose] = max(
            before(now, flow.retention.pool), pooled.get(whose, datetime.min.replace(tzinfo=now.tzinfo))
        )
    destroyed = sum(_purge_batches(hub, *source, until) for source, until in raw.items())
    rows = sum(_purge_pool(hub, *whose, until) for whose, until in pooled.items())
    with hub.db.transaction() as tx:
        everyone = list(protocols.partnerships(tx))
    with hub.db.transaction(everyone) as tx:
        expired = words.purge(tx, now)
        if expired:
            _note(tx, hub, "erase.words", "words in doubt and decided", words=expired)
    _sweep_vault(hub)
    return Purged(quarantined, destroyed, rows)


def _purge_batches(hub: Retiring, agency: str, dataset: str, until: datetime) -> int:
    with hub.db.transaction() as tx:
        due = intake.keys_before(tx, agency, dataset, until)
        for batch in due:
            # one that never arrived whole is told so when it is sent again
            batches.refuse(tx, batch, "retention.raw", "its bytes were destroyed at the end of their term", hub.now())
            intake.destroy_key(tx, batch, hub.now())
            intake.clear_batch(tx, batch, ["quarantine", "piece"])
        if due:
            _note(tx, hub, "erase.batches", f"{agency} {dataset}", batches=len(due))
    return len(due)


def _purge_pool(hub: Retiring, partnership: str, agency: str, dataset: str, until: datetime) -> int:
    with hub.db.transaction([partnership]) as tx:
        gone = pool_rows.delete_before(tx, partnership, agency, dataset, until.date())
        if gone:
            _note(tx, hub, "erase.pool", f"{partnership} {agency} {dataset}", rows=gone)
    return gone


def _sweep_vault(hub: Retiring) -> None:
    """Remove the objects of every batch whose key is gone: also those a killed purge left behind, long unreadable."""
    lying = {path.name for path in hub.vault.folder.iterdir()} if hub.vault.folder.is_dir() else set()
    with hub.db.transaction() as tx:
        gone = intake.destroyed_keys(tx)
    for batch in lying.intersection(gone):
        hub.vault.destroy(batch)


# keys ---------------------------------------------------------------------------------------------------------------


def rotate_keys(
    hub: Retiring, key_file: Path, patience: float = PATIENCE_SECONDS, sleep: Callable[[float], None] = time.sleep
) -> tuple[KeyEncryptionKeys, int]:
    """A fresh key-encryption key; every batch's data key wrapped anew under it; then the old keys dropped.

    The new key is on disk before anything is wrapped with it, what was wrapping with the old one is let end first,
    and an old key goes only when no data key needs it: a killed rotation is finished by running it again, and web
    and worker may run meanwhile where their vault reads its `KeyFile`. A data key whose old key is lost stays as it is.
    The keys as they are now, and how many data keys were wrapped. Raises `Conflict` when another rotation or a transaction that will not end is in the way.
    """
    with hub.db.transaction() as guard:
        if not intake.lock_rotation(guard):
            raise Conflict("another rotation is under way")
        grown = KeyEncryptionKeys.read(key_file).with_new()
        grown.write(key_file)
        _let_end(hub, patience, sleep)
        with hub.db.transaction() as tx:
            known = intake.all_keys(tx)
            due = [k for k in known if k[1] in grown.keys and k[1] != grown.current]
            for batch, kek_id, wrapped in due:
                fresh = grown.wrap(batch, grown.unwrap(batch, WrappedKey(kek_id, wrapped)))
                intake.rewrap_key(tx, batch, fresh.kek_id, fresh.wrapped)
            _note(
                tx,
                hub,
                "keys.rotated",
                grown.current,
                batches=len(due),
                lost=sum(k[1] not in grown.keys for k in known),
            )
        with hub.db.transaction() as tx:
            needed = {grown.current, *intake.key_users(tx)}
        kept = KeyEncryptionKeys(grown.current, {k: v for k, v in grown.keys.items() if k in needed})
        kept.write(key_file)
    return kept, len(due)


def rewrap_keys(hub: Retiring) -> int:
    """Wrap every batch's data key with the current key of the vault's holder (a token, a service, the environment).

    How many were wrapped; idempotent. A data key whose old key is not at hand stays as it is, and is counted in the
    ledger. Raises `Conflict` when another rotation is under way.
    """
    with hub.db.transaction() as guard:
        if not intake.lock_rotation(guard):
            raise Conflict("another rotation is under way")
        current, count, lost = hub.vault.keks.current_id, 0, 0
        with hub.db.transaction() as tx:
            for batch, kek_id, wrapped in intake.all_keys(tx):
                if kek_id == current:
                    continue
                try:
                    key = hub.vault.keks.unwrap(batch, WrappedKey(kek_id, wrapped))
                except (Unavailable, Tampered):
                    lost += 1
                    continue
                fresh = hub.vault.keks.wrap(batch, key)
                intake.rewrap_key(tx, batch, fresh.kek_id, fresh.wrapped)
                count += 1
            _note(tx, hub, "keys.rotated", current, batches=count, lost=lost)
    return count


def _let_end(hub: Retiring, patience: float, sleep: Callable[[float], None]) -> None:
    """Wait for transactions that may have wrapped a key with the old one before the new one was on disk."""
    with hub.db.transaction() as tx:
        mark = intake.begun_before(tx)
    for _ in range(max(1, round(patience / 0.1))):
        with hub.db.transaction() as tx:
            if intake.all_ended(tx, mark):
                return
        sleep(0.1)
    raise Conflict("a transaction under way does not end; run the rotation again when the worker is idle")


# erasures -----------------------------------------------------------------------------------------------------------


def reapply_erasures(hub: Retiring, journal: Path) -> int:
    """Withdraw again what the journal says was withdrawn; how many rows lost their content. For a restored backup.

    Idempotent, and also for records that the backup holds only in a batch still to be processed.
    """
    with hub.db.transaction() as tx:
        everyone = list(protocols.partnerships(tx))
    act, gone, records = str(uuid.uuid4()), 0, 0
    remaining = read_erasures(journal)
    while some := list(islice(remaining, ERASURES_AT_ONCE)):
        with hub.db.transaction(everyone) as tx:
            gone += pool_rows.erase(tx, [(e.agency, e.dataset, e.source_key, e.made_at) for e in some], act)
            records += len(some)
    if records:
        with hub.db.transaction() as tx:
            _note(tx, hub, "erase.again", act, records=records, rows=gone)
    return gone
