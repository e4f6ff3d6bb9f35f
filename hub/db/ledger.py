"""The ledger's rows: events appended one after another, in the transaction that they are about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from hub import ledger
from hub.db.session import Tx


def append(tx: Tx, event: ledger.Event) -> int:
    """Append an event; its sequence number. Locks the ledger until the transaction ends, so append last."""
    return append_all(tx, [event])


def append_all(tx: Tx, events: Sequence[ledger.Event]) -> int:
    """Append events in one go; the sequence number of the first. Locks the ledger until the transaction ends."""
    state = tx.sql("select size, frontier from ledger_state for update").one()
    grown = ledger.Frontier(state.size, tuple(bytes(h) for h in state.frontier))
    leaves, nodes, reach = [], [], []
    for event in events:
        reach += [(key, grown.size) for key in ledger.concerns(event)]
        leaf = ledger.leaf(event, grown.size)
        leaves.append(leaf.decode())
        grown, made = ledger.grow(grown, leaf)
        nodes += made
    tx.sql(
        GROW,
        first=state.size,
        leaves=json.dumps(leaves),
        levels=[level for level, _, _ in nodes],
        numbers=[number for _, number, _ in nodes],
        hashes=b"".join(root for _, _, root in nodes),
        keys=json.dumps([key for key, _ in reach]),
        places=[place for _, place in reach],
        size=grown.size,
        frontier=list(grown.hashes),
    )
    return int(state.size)


# texts travel as one JSON array and hashes as one run of bytes: the driver takes long over arrays of either
GROW = """
with entry as (
  insert into ledger_entry (sequence, at, leaf)
  select :first + n - 1, cast(cast(leaf as json) ->> 'at' as timestamptz), leaf
  from json_array_elements_text(cast(:leaves as json)) with ordinality as t (leaf, n)
), node as (
  insert into ledger_node (level, number, hash)
  select level, number, substring(:hashes from 32 * cast(n as integer) - 31 for 32)
  from unnest(cast(:levels as smallint[]), cast(:numbers as bigint[])) with ordinality as t (level, number, n)
), reach as (
  insert into ledger_reach (key, sequence)
  select key, (cast(:places as bigint[]))[n] from json_array_elements_text(cast(:keys as json)) with ordinality as t (key, n)
)
update ledger_state set size = :size, frontier = :frontier
"""


def roots(tx: Tx, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
    """The roots over these ranges of leaves, from the stored perfect subtrees: a logarithm of reads each."""
    parts = [ledger.perfect(low, high) for low, high in ranges]
    wanted = sorted({node for part in parts for node in part})
    rows = tx.sql(
        "select n.level, n.number, n.hash from ledger_node n"
        " join unnest(cast(:levels as smallint[]), cast(:numbers as bigint[])) as w (level, number) using (level, number)",
        levels=[level for level, _ in wanted],
        numbers=[number for _, number in wanted],
    )
    held = {(r.level, r.number): bytes(r.hash) for r in rows}
    return [ledger.joined([held[node] for node in part]) for part in parts]


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


def erasures(tx: Tx) -> list[tuple[int, bytes]]:
    """(sequence, leaf) of every event by which something was destroyed, in order."""
    rows = tx.sql('select sequence, leaf from ledger_entry where leaf like \'%"action":"erase.%\' order by sequence')
    return [(r.sequence, r.leaf.encode()) for r in rows if json.loads(r.leaf)["action"].startswith("erase.")]


def entries(tx: Tx, concerning: Iterable[str], before: int | None, limit: int) -> list[str]:
    """Leaves (JSON) of the newest entries below `before` that concern any of these (`hub.ledger.concerns`), newest first."""
    rows = tx.sql(
        "select leaf from ledger_entry where sequence in ("
        " select r.sequence from unnest(cast(:keys as text[])) as k (key) cross join lateral"
        " (select sequence from ledger_reach where key = k.key and sequence < :before order by sequence desc limit :limit) r"
        " order by r.sequence desc limit :many) order by sequence desc limit :limit",
        keys=(keys := sorted(concerning)),
        before=2**62 if before is None else before,
        limit=limit,
        many=limit * max(1, len(keys)),
    )
    return [r.leaf for r in rows]
