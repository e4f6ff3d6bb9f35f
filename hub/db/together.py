"""Events that many threads append at the same moment, in one transaction: who comes first writes for all who wait.

For events that change nothing else: a refusal, a reading. What changes something is noted in the transaction that
changes it (`hub.db.ledger.append`). Over several processes the ledger's own row lock sets the order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event as Signal
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from hub import ledger
from hub.db import ledger as ledger_rows
from hub.db.session import Database

MOST = 500
"""Events in one transaction."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """An event on its way: where it came to stand, or why not. Signalled when that is known, or when it is to lead."""

    event: ledger.Event
    signal: Signal = field(default_factory=Signal)
    sequence: int | None = None
    wrong: Exception | None = None


@dataclass(slots=True)
class _Queue:
    """What waits for one database in this process."""

    lock: Lock = field(default_factory=Lock)
    waiting: list[_Waiting] = field(default_factory=list)
    led: bool = False


_queues: WeakKeyDictionary[Engine, _Queue] = WeakKeyDictionary()
_making = Lock()


def append(db: Database, event: ledger.Event) -> int:
    """Append an event in a transaction shared with whoever appends just now; its sequence number once it is durable."""
    with _making:
        queue = _queues.setdefault(db.engine, _Queue())
    mine = _Waiting(event)
    with queue.lock:
        queue.waiting.append(mine)
        leads, queue.led = not queue.led, True
    if not leads:
        mine.signal.wait()
    if mine.sequence is None and mine.wrong is None:
        _lead(db, queue)
    if mine.wrong is not None:
        raise mine.wrong
    assert mine.sequence is not None
    return mine.sequence


def _lead(db: Database, queue: _Queue) -> None:
    """Write what waits, the leader's own event first of all, and hand the lead to who came meanwhile."""
    with queue.lock:
        group, queue.waiting = queue.waiting[:MOST], queue.waiting[MOST:]
    try:
        _write(db, group)
    finally:
        with queue.lock:
            queue.led = bool(queue.waiting)
            heir = queue.waiting[:1]
        for one in (*group, *heir):
            one.signal.set()


def _write(db: Database, group: list[_Waiting]) -> None:
    """One transaction for all; where it fails, one for each, so that nobody fails for another's sake."""
    try:
        with db.transaction() as tx:
            first = ledger_rows.append_all(tx, [w.event for w in group])
        for n, one in enumerate(group):
            one.sequence = first + n
    except Exception as wrong:  # noqa: BLE001 (whatever it was, each waiting thread is told)
        if len(group) == 1:
            group[0].wrong = wrong
            return
        for one in group:
            _write(db, [one])
