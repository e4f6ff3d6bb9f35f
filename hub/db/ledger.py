"""The ledger's rows: events appended one after another, in the transaction that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hub import ledger
from hub.db.session import Tx


def append(tx: Tx, event: ledger.Event) -> int:
    """Append an event; its sequence number. Locks the ledger until the transaction ends, so append last."""
    state = tx.sql("select size, frontier from ledger_state for update").one()
    before = ledger.Frontier(state.size, tuple(bytes(h) for h in state.frontier))
    leaf = ledger.leaf(event, state.size)
    tx.sql(
        "insert into ledger_entry (sequence, at, leaf) values (:sequence, :at, :leaf)",
        sequence=state.size,
        at=event.at,
        leaf=leaf.decode(),
    )
    grown = ledger.append(before, leaf)
    tx.sql("update ledger_state set size = :size, frontier = :frontier", size=grown.size, frontier=list(grown.hashes))
    return int(state.size)


def frontier(tx: Tx) -> ledger.Frontier:
    """The stored tree: its size and the roots of its perfect subtrees."""
    state = tx.sql("select size, frontier from ledger_state").one()
    return ledger.Frontier(state.size, tuple(bytes(h) for h in state.frontier))


def head(tx: Tx, at: datetime) -> ledger.Head:
    """The tree head as it stands."""
    stored = frontier(tx)
    return ledger.Head(stored.size, ledger.root(stored), at)


def leaves(tx: Tx, size: int = 20_000) -> Iterator[tuple[int, bytes]]:
    """(sequence, leaf) of every entry, in order."""
    with tx.driver.cursor(name="ledger_leaves") as cursor:
        cursor.itersize = size
        cursor.execute("select sequence, leaf from ledger_entry order by sequence")
        for sequence, leaf in cursor:
            yield sequence, leaf.encode()


def entries(tx: Tx, before: int | None, limit: int, scope: str = "") -> list[tuple[int, str]]:
    """(sequence, leaf JSON) of the newest entries below `before`; `scope` keeps those that mention it."""
    rows = tx.sql(
        "select sequence, leaf from ledger_entry where (cast(:before as bigint) is null or sequence < :before)"
        " and (:scope = '' or position(:scope in leaf) > 0) order by sequence desc limit :limit",
        before=before,
        limit=limit,
        scope=scope,
    )
    return [(r.sequence, r.leaf) for r in rows]
