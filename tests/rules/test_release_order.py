"""Event numbers and order: keyed, reversible by the key alone, shared by no two recipients; canaries safe and fresh."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.release import order

ROOT = b"k" * 32
KEY, OTHER = (order.series_key(ROOT, who, "s") for who in ("council", "police"))
ROWS = st.lists(st.integers(-(2**40), 2**40), unique=True, max_size=50)


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_numbers_are_unique_and_read_back_by_their_own_key_only(rows: list[int]) -> None:
    ids = order.event_ids(pl.Series(rows, dtype=pl.Int64), KEY)
    assert ids.n_unique() == len(rows)
    assert order.read_ids(ids, KEY).to_list() == rows
    assert order.read_ids(ids, OTHER).null_count() == len(rows)
    assert not set(ids) & set(order.event_ids(pl.Series(rows, dtype=pl.Int64), OTHER))


def test_what_is_no_number_reads_as_nothing() -> None:
    wrong = pl.Series(["", None, "x" * 32, "0" * 31, "0" * 32])
    assert order.read_ids(wrong, KEY).to_list() == [None] * 5
    assert order.read_ids(pl.Series([], dtype=pl.Utf8), KEY).len() == 0


def test_series_and_recipient_both_key() -> None:
    keys = {order.series_key(ROOT, r, s) for r in ("a", "b") for s in ("a", "b")} | {
        order.series_key(b"x" * 32, "a", "a")
    }
    assert len(keys) == 5


def frame(rows: int) -> pl.DataFrame:
    return pl.DataFrame({"dataset": ["d"] * rows, "place": [f"p{n % 4}" for n in range(rows)],
                         "kind": [f"k{n % 7}" for n in range(rows)], "flag": [f"f{n % 3}" for n in range(rows)]})  # fmt: skip


def test_order_does_not_depend_on_arrival_and_differs_by_recipient() -> None:
    rows, numbers = frame(200), pl.Series(range(200), dtype=pl.Int64)
    once, ids = order.in_order(rows, numbers, KEY)
    mixed = list(reversed(range(200)))
    again, _ = order.in_order(rows[mixed], numbers[mixed], KEY)
    assert once.equals(again)
    assert order.read_ids(once["event_id"], KEY).to_list() == ids.to_list()
    _, theirs = order.in_order(rows, numbers, OTHER)
    assert ids.to_list() != theirs.to_list()
    assert sorted(ids) == sorted(theirs)


def test_canaries_stand_in_groups_that_stand_without_them_and_are_nobodys_rows() -> None:
    rows = frame(60)
    made, numbers = order.canaries(rows, ["place"], 5, KEY, "release")
    assert made.height == numbers.len() == 5
    assert (numbers < 0).all()
    assert set(made["place"]) <= set(rows["place"])
    assert made.join(rows, on=rows.columns, how="semi").height == 0
    assert order.canaries(rows, ["place"], 5, KEY, "release")[0].equals(made)
    assert not order.canaries(rows, ["place"], 5, OTHER, "release")[0].equals(made)
    assert order.canaries(rows, ["place"], 0, KEY, "release")[0].height == 0
    assert order.canaries(rows.head(0), ["place"], 5, KEY, "release")[0].height == 0
