"""Coded rows say what their texts say, sort and group as they do, and can withhold any value."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.release import coded, order
from hub.release.guard import WITHHELD

KEY = b"k" * 32
ROWS = st.lists(st.tuples(st.sampled_from(["b", "a", "", "*", "ŵ", None]), st.integers(0, 3)), max_size=40)


def frame(rows: list[tuple[str | None, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"s": pl.Utf8, "n": pl.Int32}, orient="row")


@settings(max_examples=100, deadline=None)
@given(ROWS, st.integers(1, 9))
def test_parts_of_any_size_come_back_as_they_were(rows: list[tuple[str | None, int]], size: int) -> None:
    whole = frame(rows)
    held = coded.code([coded.narrow(p) for p in [whole.head(0), *whole.iter_slices(size)]])
    assert coded.plain(held).equals(whole)
    assert coded.plain(held.sort("s", "n", nulls_last=True)).equals(whole.sort("s", "n", nulls_last=True))
    hidden = held.with_columns(pl.when(pl.col("n") > 1).then(pl.lit(WITHHELD)).otherwise(pl.col("s")).alias("s"))
    assert coded.plain(hidden)["s"].to_list() == [WITHHELD if n > 1 else s for s, n in rows]


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_classes_are_numbered_in_the_order_of_their_values(rows: list[tuple[str | None, int]]) -> None:
    whole = frame(rows)
    held = coded.code([coded.narrow(whole)])
    ranks = {row: n for n, row in enumerate(sorted(set(rows), key=lambda r: (r[0] is None, r[0] or "", r[1])))}
    for one in (whole, held):
        assert coded.class_numbers(one, ["s", "n"]).tolist() == [ranks[row] for row in rows]


def test_a_copy_is_read_as_text_with_its_event_numbers() -> None:
    whole = frame([("b", 1), (None, 2), ("a", 3)])
    numbers = pl.Series("row_id", [7, -3, 9])
    copy = coded.Copy(coded.code([coded.narrow(whole)]), numbers, KEY)
    assert (copy.columns, copy.height) == (["event_id", "s", "n"], 3)
    read = pl.concat(copy.iter_slices(2))
    assert read.drop("event_id").equals(whole)
    assert order.read_ids(read["event_id"], KEY).to_list() == [7, -3, 9]
    kept = pl.concat(coded.Copy(copy.frame, numbers, KEY, kept=True).iter_slices(2))
    assert kept.drop("row_id").equals(read)
    assert kept["row_id"].equals(numbers)
    assert pl.DataFrame(schema=coded.Copy(copy.frame.head(0), numbers.head(0), KEY).schema).columns == read.columns
