"""Events appended together: every one once, in one tree, in far fewer transactions, and none fails for another's sake."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import DBAPIError

from hub import ledger
from hub.db import ledger as ledger_rows
from hub.db import session, together
from hub.ledger import Event
from tests.conftest import NOON, Databases
from tests.web.statements import counting


def event(n: int, subject: str = "") -> Event:
    return Event(NOON, f"person:{n}", "release.read", subject or f"r{n}", "allow", "release.read")


def test_all_are_in_the_log_once_in_few_transactions(databases: Databases) -> None:
    count, threads = 400, 32
    with counting() as statements, ThreadPoolExecutor(threads) as pool:
        places = list(pool.map(lambda n: together.append(databases.release, event(n)), range(count)))
    assert sorted(places) == list(range(count))
    with databases.release.transaction() as tx:
        leaves, stored = list(ledger_rows.leaves(tx)), ledger_rows.frontier(tx)
    assert ledger.verify_log(leaves, stored, []) == []
    assert [leaves[place][1] for place in places] == [ledger.leaf(event(n), place) for n, place in enumerate(places)]
    assert len(statements) < count  # two a transaction: one by one it would be 800


def test_two_processes_worth_of_queues_share_one_order(databases: Databases) -> None:
    other = session.connect(databases.app_url, "hub_intake")
    with ThreadPoolExecutor(16) as pool:
        places = list(pool.map(lambda n: together.append((databases.release, other)[n % 2], event(n)), range(200)))
    other.engine.dispose()
    assert sorted(places) == list(range(200))


def test_what_cannot_be_written_fails_alone(databases: Databases) -> None:
    def attempt(n: int) -> int | str:
        try:
            return together.append(databases.release, event(n, "no\x00text" if n % 10 == 3 else ""))
        except DBAPIError as wrong:
            return type(wrong).__name__

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(attempt, range(60)))
    assert [n for n, place in enumerate(found) if isinstance(place, str)] == [3, 13, 23, 33, 43, 53]
    assert sorted(p for p in found if isinstance(p, int)) == list(range(54))
    with pytest.raises(DBAPIError):
        together.append(databases.release, event(1, "\x00"))
    assert together.append(databases.release, event(2)) == 54
