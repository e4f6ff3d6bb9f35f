"""Versions of the pool: any order of batches gives one pool, and every row is counted once."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.db import intake, pool
from hub.db.session import Tx
from tests.conftest import Databases

START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = date(2026, 11, 10)


@dataclass(frozen=True)
class Row:
    key: str | None
    content: str
    day: date | None = DAY
    standing: str = "row"


@dataclass(frozen=True)
class Sent:
    """A batch of a test: `at` orders the moments at which agencies made their manifests."""

    at: int
    rows: tuple[Row, ...]
    window: tuple[date, date] | None = None
    withdraws: bool = False


def stage(tx: Tx, batch: str, rows: Sequence[Row]) -> None:
    def of(row: Row, line: int) -> dict[str, object]:
        placed = row.standing == "row"
        return {
            "batch_id": batch, "chunk": 0, "line": line, "standing": row.standing,
            "partnership_id": "north" if placed else None, "dataset": "d/1", "agency_id": "police",
            "event_month": row.day.replace(day=1) if row.day else None, "event_day": row.day, "occurred_from": None,
            "occurred_to": None, "occurred_utc": None, "time_precision": "date", "ambiguous_hour": False,
            "easting": 1, "northing": 2, "grid_reference": "000001000002", "geo_method": "test",
            "geo_precision_m": 1.0, "geo_confidence": 1.0, "lsoa": None, "ward": None, "district": None,
            "area_vintage": None, "edge_distance_m": None, "place_floor": "lsoa", "time_floor": "date",
            "fields": '{"v": "' + row.content + '"}', "note": None,
            "source_key": "\\x" + hashlib.sha256(row.key.encode()).hexdigest() if row.key is not None else None,
            "content": "\\x" + hashlib.sha256(f"{row.day} {row.content}".encode()).hexdigest(),  # of the whole row
        }  # fmt: skip

    schema: Any = dict.fromkeys(intake.STAGED, pl.Utf8) | {
        "chunk": pl.Int32, "line": pl.Int64, "event_month": pl.Date, "event_day": pl.Date,
        "ambiguous_hour": pl.Boolean, "easting": pl.Int32, "northing": pl.Int32, "geo_precision_m": pl.Float32,
        "geo_confidence": pl.Float32, "edge_distance_m": pl.Float32,
        "occurred_from": pl.Datetime("us"), "occurred_to": pl.Datetime("us"), "occurred_utc": pl.Datetime("us", "UTC"),
    }  # fmt: skip
    if rows:
        intake.copy_staging(tx, pl.DataFrame([of(r, i) for i, r in enumerate(rows, 2)], schema=schema))


def send(
    db: Databases, sent: Sent, then: Callable[[Tx], None] = lambda _tx: None, complete: bool = True
) -> pool.Settled | int:
    batch = str(uuid.uuid4())
    made_at = START + timedelta(minutes=sent.at)
    keyed = all(r.key is not None for r in sent.rows)
    first, last = sent.window or (None, None)
    arrival = pool.Arrival(batch, "police", "d/1", made_at, keyed, first, last)
    with db.intake.transaction(["north"]) as tx:
        tx.sql(
            "insert into batch (id, agency_id, manifest_id, manifest_sha256, manifest_jws, manifest, dataset, purpose,"
            " mode, made_at, protocols, state, created_at) values (cast(:id as uuid), 'police', :name, '', '', '{}', 'd/1', '', '',"
            " :at, '{}', 'processing', :at)",
            id=batch, name=batch, at=made_at,
        )  # fmt: skip
        stage(tx, batch, sent.rows)
        pool.ensure_months(tx, {r.day.replace(day=1) for r in sent.rows if r.day})
        if sent.withdraws:
            outcome: pool.Settled | int = pool.withdraw(tx, arrival)
        else:
            outcome = pool.settle(tx, arrival, complete)
        then(tx)
        intake.clear_batch(tx, batch)
    return outcome


MANY = 1_500


def test_nothing_is_read_rows_times_rows(db: Databases) -> None:
    """Whatever the planner makes of tables that have just grown, each step reads a few times what it settles."""
    rows = [Row(f"k{i}", f"v{i}") for i in range(MANY)]
    nights = [
        Sent(1, tuple(rows)), Sent(2, tuple(Row(r.key, r.content + "!") for r in rows)),
        Sent(3, tuple(Row(r.key, r.content + "!") for r in rows)), Sent(4, tuple(rows[::2]), ALL),
        Sent(5, tuple(rows[::2]), withdraws=True),
    ]  # fmt: skip
    for sent in nights:
        read: list[int] = []
        send(db, sent, lambda tx, read=read: read.append(int(tx.sql(TUPLES_READ).scalar())))  # type: ignore[misc]
        assert 0 < read[0] < 40 * MANY


TUPLES_READ = "select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables"


def pooled(db: Databases) -> list[str]:
    with db.intake.transaction(["north"]) as tx:
        return [r.v for r in tx.sql("select fields ->> 'v' as v from pool_row where current order by 1")]


@pytest.fixture
def db(databases: Databases) -> Databases:
    with databases.release.transaction() as tx:
        tx.sql("insert into agency values ('police', 'Police', 'police')")
    return databases


ALL = (date(2026, 11, 1), date(2026, 11, 30))

CASES: list[tuple[str, list[Sent], list[str]]] = [
    ("a correction replaces", [Sent(1, (Row("a", "old"),)), Sent(2, (Row("a", "new"),))], ["new"]),
    ("a night sent again changes nothing", [Sent(1, (Row("a", "x"),)), Sent(2, (Row("a", "x"),))], ["x"]),
    ("the last row of a key in a file stands", [Sent(1, (Row("a", "one"), Row("a", "two")))], ["two"]),
    ("equal rows without a key are all kept", [Sent(1, (Row(None, "x"), Row(None, "x")), ALL)], ["x", "x"]),
    ("a later snapshot of a window replaces it", [Sent(1, (Row(None, "x"), Row(None, "y")), ALL),
                                                  Sent(2, (Row(None, "z"),), ALL)], ["z"]),
    ("a snapshot withdraws what it does not name", [Sent(1, (Row("a", "x"), Row("b", "y"))),
                                                    Sent(2, (Row("b", "y"),), ALL)], ["y"]),
    ("but not outside its window", [Sent(1, (Row("a", "x", date(2026, 10, 1)), Row("b", "y"))),
                                    Sent(2, (Row("b", "y"),), ALL)], ["x", "y"]),
    ("a held row counts as named", [Sent(1, (Row("a", "x"), Row("b", "y"))),
                                    Sent(2, (Row("b", "y"), Row("a", "x", standing="held")), ALL)], ["x", "y"]),
    ("a record moved out of area leaves", [Sent(1, (Row("a", "x"),)),
                                           Sent(2, (Row("a", "x2", standing="out-of-area"),))], []),
    ("a withdrawal removes", [Sent(1, (Row("a", "x"), Row("b", "y"))), Sent(2, (Row("a", ""),), withdraws=True)], ["y"]),
    ("a record sent after its withdrawal is back", [Sent(1, (Row("a", "x"),)), Sent(2, (Row("a", ""),), withdraws=True),
                                                    Sent(3, (Row("a", "x"),))], ["x"]),
    ("undated rows live with their snapshot", [Sent(1, (Row(None, "u", None),), ALL),
                                               Sent(2, (Row(None, "v", None),), ALL)], ["v"]),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "batches", "expected"), CASES, ids=[c[0] for c in CASES])
def test_the_latest_version_stands_in_whatever_order_batches_arrive(
    db: Databases, _name: str, batches: list[Sent], expected: list[str]
) -> None:
    for order in itertools.permutations(batches):
        with db.intake.transaction(["north"]) as tx:
            for table in ("pool_row", "pool_key", "snapshot"):
                tx.sql(f"delete from {table}")
        # a row out of area or held leaves no mark where nothing of it was ours (see WRITE_KEYS), so that an older
        # version that arrives later is judged without it
        unmarked_first = any(r.standing != "row" for s in order[:-1] for r in s.rows)
        for sent in order:
            outcome = send(db, sent)
            if isinstance(outcome, pool.Settled):
                held = sum(r.standing == "held" for r in sent.rows)
                assert outcome.pooled + outcome.superseded + outcome.duplicate + outcome.out_of_area + held == len(
                    sent.rows
                )
        if not unmarked_first:
            assert pooled(db) == sorted(expected)


def test_duplicates_are_told_from_corrections(db: Databases) -> None:
    send(db, Sent(1, (Row("a", "x"), Row("b", "y"))))
    again = send(db, Sent(2, (Row("a", "x"), Row("b", "z"), Row("c", "w"), Row("c", "w"))))
    assert again == pool.Settled(pooled=2, duplicate=2)
    late = send(db, Sent(0, (Row("a", "ancient"),)))
    assert late == pool.Settled(superseded=1)


def test_a_snapshot_with_a_key_that_could_not_be_read_ends_nothing(db: Databases) -> None:
    nights = [Sent(1, (Row("a", "x"),)), Sent(2, (Row("a", "y", date(2026, 11, 20)),)), Sent(3, (), ALL)]
    for order in itertools.permutations(nights):
        with db.intake.transaction(["north"]) as tx:
            for table in ("pool_row", "pool_key", "snapshot"):
                tx.sql(f"delete from {table}")
        for sent in order:
            send(db, sent, complete=sent.window is None)
        assert pooled(db) == ["y"]


def test_withdrawn_rows_keep_no_content_in_any_version(db: Databases) -> None:
    send(db, Sent(1, (Row("a", "old"),)))
    send(db, Sent(2, (Row("a", "new", date(2026, 12, 2)),)))
    assert send(db, Sent(3, (Row("a", ""), Row("never-seen", "")), withdraws=True)) == 1
    with db.intake.transaction(["north"]) as tx:
        left = tx.sql(
            "select count(*) as n, count(easting) as placed, count(fields ->> 'v') as held from pool_row"
        ).one()
    assert (left.n, left.placed, left.held) == (2, 0, 0)


def test_window_counts_for_the_shrink_guard(db: Databases) -> None:
    send(db, Sent(1, tuple(Row(None, f"r{i}") for i in range(10)), ALL))
    batch = str(uuid.uuid4())
    with db.intake.transaction(["north"]) as tx:
        stage(tx, batch, [Row(None, "z"), Row("k", "h", standing="held"), Row(None, "o", standing="out-of-area")])
        assert pool.window_rows(tx, pool.Arrival(batch, "police", "d/1", START, False, *ALL)) == (10, 2)


KEYS = st.sampled_from("abc")
DAYS = st.sampled_from([DAY, date(2026, 11, 20), date(2026, 10, 5)])
ROWS = st.lists(st.builds(Row, KEYS, st.sampled_from("xyz"), DAYS), max_size=4)
WINDOWS = st.sampled_from([None, None, ALL, (date(2026, 11, 15), date(2026, 11, 30))])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ROWS, WINDOWS, st.booleans()), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_any_order_of_batches_gives_one_pool(
    db: Databases, batches: list[tuple[list[Row], tuple[date, date] | None, bool]], shuffle: object
) -> None:
    sent = [
        Sent(n, tuple(rows), None if withdraws else window, withdraws)
        for n, (rows, window, withdraws) in enumerate(batches)
    ]
    outcomes = []
    for order in (sent, sent[::-1], sent[1:] + sent[:1]):
        with db.intake.transaction(["north"]) as tx:
            for table in ("pool_row", "pool_key", "snapshot"):
                tx.sql(f"delete from {table}")
        for one in order:
            send(db, one)
        outcomes.append(pooled(db))
    assert outcomes[1] == outcomes[0]
    assert outcomes[2] == outcomes[0]
