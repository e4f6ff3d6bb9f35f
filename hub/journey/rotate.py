"""Rotation of pseudonyms: every stored stand-in moves to the next epoch, and the old epoch's key is destroyed.

The clear values are long gone and are not needed: the outer step of a pseudonym is a permutation, taken off under the
old key and put on under the new one (`hub.depersonalise.keyed`). Linkage holds throughout, because the inner step does
not change. Each piece of rows is one transaction and says by its prefix which epoch it is in: a rotation that is
killed at any point is finished by another run. An old key goes only when no row, and no batch under way, needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from hub.adapters.durable import write_durably
from hub.adapters.keys import PSEUDONYMS, PseudonymRoot, read_pseudonym_root
from hub.db import ledger as ledger_rows
from hub.db import protocol as protocols
from hub.db import pseudonym as stored
from hub.db.session import Database, Tx
from hub.decision import Conflict
from hub.depersonalise.pseudonym import rotated
from hub.ledger import Event


@dataclass(frozen=True, slots=True)
class Rotating:
    """What a rotation works with. `db` acts as hub_intake; `keys` is the folder of key files."""

    db: Database
    keys: Path
    now: Callable[[], datetime]
    rows_at_once: int = 5_000


@dataclass(frozen=True, slots=True)
class Rotated:
    """The epoch now, how many rows were moved to it, and older epochs that something under way still needs."""

    epoch: int
    rows: int
    kept: tuple[int, ...]


def rotate_pseudonyms(hub: Rotating, fresh: bool = True, tell: Callable[[int, int], None] | None = None) -> Rotated:
    """Begin a new epoch (`fresh`), or finish the one begun, and drop the keys of epochs that nothing needs.

    The new key is on disk before anything is written with it. Raises `Conflict` when another rotation is under way, or
    when a fresh one is asked for before the last is finished.
    """
    with hub.db.transaction() as guard:
        if not stored.lock_rotation(guard):
            raise Conflict("another rotation of pseudonyms is under way")
        root = read_pseudonym_root(hub.keys)
        if fresh:
            with hub.db.transaction() as tx:
                older = _needed(hub, tx, root) - {root.epoch}
            if older:
                raise Conflict("the last rotation is not finished: run it again with --resume")
            root = root.with_new()
            _write(hub, root)
        with hub.db.transaction() as tx:
            everyone = list(protocols.partnerships(tx))
        rows = sum(_rotate_partnership(hub, root, partnership, tell) for partnership in everyone)
        with hub.db.transaction() as tx:
            needed = _needed(hub, tx, root) - {root.epoch}
            detail = {"rows": rows, "epochs_kept": len(needed)}
            ledger_rows.append(tx, Event(hub.now(), "hub", "pseudonyms.rotated", f"epoch {root.epoch}", "allow",
                                         "pseudonyms.rotated", (), detail))  # fmt: skip
        _write(hub, root.with_only(needed | {root.epoch}))
    return Rotated(root.epoch, rows, tuple(sorted(needed)))


def _write(hub: Rotating, root: PseudonymRoot) -> None:
    write_durably(hub.keys / PSEUDONYMS, root.content())


def _needed(hub: Rotating, tx: Tx, root: PseudonymRoot) -> set[int]:
    """Epochs that rows in the pool are in; all of them while a batch is under way, whose chunks may be of any."""
    if stored.batches_under_way(tx):
        return {1, *root.covers}
    everyone = list(protocols.partnerships(tx))
    found = set[int]()
    with hub.db.transaction(everyone) as seen:
        for epoch in {1, *root.covers} - {root.epoch}:
            if stored.any_of_epoch(seen, f"p{epoch}-"):
                found.add(epoch)
    return found | {root.epoch}


def _rotate_partnership(
    hub: Rotating, root: PseudonymRoot, partnership: str, tell: Callable[[int, int], None] | None
) -> int:
    done = 0
    for epoch in sorted({1, *root.covers} - {root.epoch}):
        with hub.db.transaction([partnership]) as tx:
            whole = stored.count_of_epoch(tx, partnership, f"p{epoch}-")
        after, here = 0, 0
        while whole:
            with hub.db.transaction([partnership]) as tx:
                rows = stored.rows_of_epoch(tx, partnership, f"p{epoch}-", after, hub.rows_at_once)
                if not rows:
                    break
                stored.replace_fields(tx, _moved(rows, root, partnership, epoch))
            after, here = rows[-1].row_id, here + len(rows)
            if tell is not None:
                tell(here, max(whole, here))
        done += here
    return done


def _moved(rows: list[stored.Row], root: PseudonymRoot, partnership: str, epoch: int) -> list[tuple[int, str]]:
    """(row id, fields as JSON) with every pseudonym of the old epoch in the new one."""
    pattern = re.compile(rf"\b(p{epoch}-[a-z2-7]{{26}})(?![a-z2-7])")
    result = []
    for purpose in {r.purpose for r in rows}:
        mine = [r for r in rows if r.purpose == purpose]
        old = pl.Series(sorted({p for r in mine for p in pattern.findall(r.fields)}), dtype=pl.Utf8)
        new = rotated(old, root.keyring(partnership, purpose, epoch), root.keyring(partnership, purpose))
        moved = dict(zip(old, new, strict=True))
        for row in mine:
            parts = pattern.split(row.fields)  # what stands between pseudonyms, and they themselves, in turn
            parts[1::2] = [moved[part] for part in parts[1::2]]
            result.append((row.row_id, "".join(parts)))
    return result
