"""What ends, and when: retention, key rotation, erasures that a restore must not bring back.

Every deletion leaves one event in the ledger, with counts only: the proof that it was done.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from hub.adapters.erasures import read_erasures
from hub.adapters.vault import KeyEncryptionKeys, Vault, WrappedKey
from hub.db import intake
from hub.db import ledger as ledger_rows
from hub.db import pool as pool_rows
from hub.db import protocol as protocols
from hub.db.session import Database, Tx
from hub.decision import Allow
from hub.ledger import Event

DAYS_OF = {"D": 1, "M": 31, "Y": 366}
"""The longest a unit can be: nothing is destroyed a day too early."""


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


def days(duration: str) -> int:
    """Days of a retention term such as `P30D`, `P12M`, `P3Y`. Raises `ValueError`."""
    found = re.fullmatch(r"P(\d+)([DMY])", duration)
    if found is None:
        raise ValueError(f"{duration} is no retention term")
    return int(found[1]) * DAYS_OF[found[2]]


def _note(tx: Tx, hub: Retiring, action: str, **counts: int) -> None:
    event = Event(hub.now(), "hub", action, "retention", "allow", Allow(action).rule, (), counts)
    ledger_rows.append(tx, event)


def purge(hub: Retiring) -> Purged:
    """Destroy what is past its term: quarantined rows, batches as received (by destroying their keys), pooled rows.

    Of several flows of one dataset the shortest term counts.
    """
    with hub.db.transaction() as tx:
        partnerships = list(protocols.partnerships(tx))
        terms: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for stored in protocols.all_protocols(tx):
            for flow in stored.document.flow:
                kept = flow.retention
                terms.setdefault((flow.source, flow.dataset), []).append((days(kept.raw), days(kept.pool)))
    now, batches, rows = hub.now(), 0, 0
    with hub.db.transaction() as tx:
        quarantined = intake.purge_quarantine(tx, now)
        if quarantined:
            _note(tx, hub, "erase.quarantine", rows=quarantined)
    for (agency, dataset), found in terms.items():
        raw, pooled = (min(term) for term in zip(*found, strict=True))
        batches += _purge_batches(hub, agency, dataset, now - timedelta(days=raw))
        rows += _purge_pool(hub, partnerships, agency, dataset, (now - timedelta(days=pooled)).date())
    return Purged(quarantined, batches, rows)


def _purge_batches(hub: Retiring, agency: str, dataset: str, before: datetime) -> int:
    with hub.db.transaction() as tx:
        due = intake.keys_before(tx, agency, dataset, before)
        for batch in due:
            intake.destroy_key(tx, batch, hub.now())
            intake.clear_batch(tx, batch, ["quarantine", "piece"])
        if due:
            _note(tx, hub, "erase.batches", batches=len(due))
    for batch in due:
        hub.vault.destroy(batch)
    return len(due)


def _purge_pool(hub: Retiring, partnerships: list[str], agency: str, dataset: str, before: date) -> int:
    with hub.db.transaction(partnerships) as tx:
        gone = pool_rows.delete_before(tx, agency, dataset, before)
        if gone:
            _note(tx, hub, "erase.pool", rows=gone)
    return gone


def rotate_keys(hub: Retiring, key_file: Path) -> tuple[KeyEncryptionKeys, int]:
    """A fresh key-encryption key, every batch's data key wrapped anew under it, then the old keys dropped.

    The new key is on disk before any data key is wrapped with it, and the old ones go only when nothing needs them:
    a rotation that was killed is finished by running it again.
    """
    grown = hub.vault.keks.with_new()
    grown.write(key_file)
    count = 0
    with hub.db.transaction() as tx:
        for batch, kek_id, wrapped in intake.all_keys(tx):
            fresh = grown.wrap(batch, grown.unwrap(batch, WrappedKey(kek_id, wrapped)))
            intake.rewrap_key(tx, batch, fresh.kek_id, fresh.wrapped)
            count += 1
        _note(tx, hub, "keys.rotated", batches=count)
    KeyEncryptionKeys(grown.current, {grown.current: grown.keys[grown.current]}).write(key_file)
    return grown, count


def reapply_erasures(hub: Retiring, journal: Path) -> int:
    """Withdraw again what the journal says was withdrawn; how many records that removed. For a restored backup."""
    with hub.db.transaction() as tx:
        partnerships = list(protocols.partnerships(tx))
    gone = 0
    for erasure in read_erasures(journal):
        with hub.db.transaction(partnerships) as tx:
            gone += pool_rows.erase(tx, erasure.agency, erasure.dataset, erasure.source_key, erasure.made_at)
    if gone:
        with hub.db.transaction() as tx:
            _note(tx, hub, "erase.again", rows=gone)
    return gone
