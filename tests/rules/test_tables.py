"""No cell that breaks a rule is shown, and no sum gives one back: audited by linear programmes, cell by cell."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hub.disclosure import secondary
from hub.disclosure.policies import POLICIES, Policy, strictest
from hub.disclosure.secondary import Linked, intervals, protect_linked, protect_table, sums_of
from hub.disclosure.tables import (
    Table,
    _link,
    _with_totals,
    count_table,
    perturb,
    primary,
    protect,
    protect_together,
    record_keys,
    round_to,
)


def audited(counts: np.ndarray, first: np.ndarray, further: np.ndarray) -> np.ndarray:
    """The width of what a reader can work out about each cell that was suppressed first."""
    hidden = (first | further).ravel()
    least, most = intervals(Linked(counts.ravel(), tuple(sums_of(counts.shape))), hidden)
    return np.asarray((most - least)[first.ravel()[hidden]])


shapes = st.one_of(st.tuples(st.integers(1, 6), st.integers(1, 5)), st.tuples(*[st.integers(1, 3)] * 3))
tables = shapes.flatmap(
    lambda s: arrays.arrays(np.int64, s, elements=st.one_of(st.integers(0, 12), st.integers(0, 200)))
)


@settings(max_examples=60, deadline=None)
@given(tables, st.integers(2, 10), st.booleans(), st.booleans())
def test_no_sum_gives_a_suppressed_cell_back(inner: np.ndarray, threshold: int, hide_zero: bool, boxes: bool) -> None:
    counts = _with_totals(inner)
    first = (counts < threshold) & ((counts > 0) | hide_zero)
    width = threshold - 1
    if boxes:
        further = secondary._boxes(counts, first, width, hide_zero) if first.any() else np.zeros_like(first)
    else:
        further = protect_table(counts, first, width, hide_zero)
    assert not (first & further).any()
    if first.any():
        assert audited(counts, first, further).min() >= width - 1e-6


def test_a_single_suppressed_cell_in_a_row_is_what_secondary_is_for() -> None:
    counts = _with_totals(np.array([[3, 40, 50], [30, 20, 60], [25, 35, 45]]))
    first = counts == 3
    assert audited(counts, first, np.zeros_like(first)).tolist() == [0]
    further = protect_table(counts, first, 4)
    assert int(further.sum()) == 3
    assert not further[-1].any()
    assert audited(counts, first, further)[0] >= 4


def test_tables_that_share_margins_are_protected_together() -> None:
    # two tables of three areas, by offence and by month, with the same totals by area: cells 0-11 and 12-20
    one, two = _with_totals(np.array([[2, 30], [40, 50], [60, 70]])), np.array([[12, 20], [41, 49], [66, 64]])
    numbers = np.arange(12).reshape(4, 3)
    other = np.column_stack((np.arange(12, 20).reshape(4, 2), numbers[:, 2]))
    counts = np.concatenate((one.ravel(), np.concatenate((two, two.sum(axis=0, keepdims=True))).ravel()))
    linked = Linked(counts, tuple(sums_of((4, 3)) + sums_of((4, 3), other)))
    for total, parts in linked.sums:
        assert counts[total] == counts[list(parts)].sum()
    first = counts == 2
    further = protect_linked(linked, first, 4)
    least, most = intervals(linked, first | further)
    assert (most - least)[0] >= 4


@pytest.mark.parametrize(("areas", "kinds", "rows"), [(4, 3, 50), (14, 9, 700)])
def test_tables_of_the_same_rows_cannot_be_solved_against_each_other(areas: int, kinds: int, rows: int) -> None:
    rng = np.random.default_rng(11)
    frame = pl.DataFrame(
        {"area": [f"A{n}" for n in rng.integers(0, areas, rows)], "kind": [f"K{int(n)}" for n in np.minimum(rng.geometric(0.3, rows), kinds)],
         "month": [f"M{n}" for n in rng.integers(0, 3, rows)]}
    )  # fmt: skip
    tables = [count_table(frame, ["area", "kind"]), count_table(frame, ["area", "month"])]
    done = protect_together(tables, POLICIES["ndtms"])
    places, linked = _link(tables)
    hidden = np.zeros(len(linked.counts), bool)
    for one, cells in zip(done, places, strict=True):
        hidden[cells] |= one.shown < 0
    assert (done[0].shown[:, -1] < 0).tolist() == (done[1].shown[:, -1] < 0).tolist()
    least, most = intervals(linked, hidden)
    first = np.isin(np.flatnonzero(hidden), np.concatenate([c[d.primary] for c, d in zip(places, done, strict=True)]))
    assert first.any()
    assert (most - least)[first].min() >= 4 - 1e-6


def test_tables_of_other_rows_share_no_cells() -> None:
    frame = pl.DataFrame({"area": ["A", "B"], "kind": ["x", "y"]})
    with pytest.raises(ValueError, match="same rows"):
        protect_together([count_table(frame, ["area"]), count_table(frame.head(1), ["area"])], POLICIES["ndtms"])


@pytest.mark.parametrize(
    ("policy", "count", "shown"),
    [
        ("nhs", 0, 0), ("nhs", 1, None), ("nhs", 7, None), ("nhs", 8, 10), ("nhs", 12, 10), ("nhs", 13, 15),
        ("ndtms", 4, None), ("ndtms", 5, 5), ("ndtms", 0, 0),
        ("partner", 9, None), ("partner", 10, 10),
        ("public", 0, None), ("public", 19, None), ("public", 20, 20),
    ],
)  # fmt: skip
def test_named_policies_either_side_of_their_thresholds(policy: str, count: int, shown: int | None) -> None:
    counts = _with_totals(np.array([[count, 500], [500, 500]]))
    done = protect(Table(("a", "b"), (("x", "y"), ("p", "q")), counts), POLICIES[policy])
    row = done.frame().row(0, named=True)
    assert row["count"] == shown
    assert (row["status"] == "suppressed") == (shown is None)


def test_the_strictest_contributor_wins() -> None:
    merged = strictest([POLICIES["ndtms"], POLICIES["nhs"], POLICIES["public"]])
    assert (merged.threshold, merged.round_to, merged.hide_zero, merged.secondary) == (20, 5, True, True)
    assert merged.dominance == (2, 0.9)
    assert merged.p_percent == 10
    assert strictest([Policy("a", 3, round_to=3), Policy("b", 3, round_to=5)]).round_to == 15
    with pytest.raises(ValueError, match="policy"):
        strictest([])


@pytest.mark.parametrize(
    ("amounts", "broken"),
    [
        ([90, 5, 5], True),  # the two largest hold 95 %
        ([30, 30, 30, 30], False),
        ([60, 35, 5], True),  # the rest is 5, less than 10 % of 60
        ([50, 30, 20], False),
    ],
)
def test_dominance_and_p_percent(amounts: list[int], broken: bool) -> None:
    frame = pl.DataFrame(
        {"ward": ["W"] * len(amounts), "firm": [f"F{n}" for n in range(len(amounts))], "paid": amounts}
    )
    table = count_table(frame, ["ward"], contributor="firm", amount="paid")
    policy = Policy("money", threshold=1, dominance=(2, 0.9), p_percent=10)
    assert primary(table, policy).tolist() == [broken, broken]


def test_counting_with_totals_and_nulls() -> None:
    frame = pl.DataFrame({"ward": ["A", "A", "B", None], "offence": ["x", "y", "x", "x"]})
    done = protect(count_table(frame, ["ward", "offence"]), Policy("open", threshold=1)).frame()
    counts = {(r["ward"], r["offence"]): r["count"] for r in done.iter_rows(named=True)}
    assert counts["A", "x"] == 1
    assert counts["", "Total"] == 1
    assert counts["Total", "x"] == 3
    assert counts["Total", "Total"] == 4
    empty = count_table(frame.clear(), ["ward", "offence"])
    assert empty.counts.tolist() == [[0]]


def test_the_same_people_get_the_same_noise_in_every_table() -> None:
    frame = pl.DataFrame(
        {
            "id": [f"r{n}" for n in range(900)],
            "ward": [f"W{n % 9}" for n in range(900)],
            "month": [f"{n % 5}" for n in range(900)],
        }
    )
    keys = record_keys(frame["id"], b"secret")
    noisy = Policy("noisy", threshold=1, perturb=True)
    narrow = protect(count_table(frame, ["ward"], keys=keys), noisy).frame()
    wide = protect(count_table(frame, ["ward", "month"], keys=keys), noisy).frame().filter(pl.col("month") == "Total")
    assert narrow["count"].to_list() == wide["count"].to_list()
    other = record_keys(frame["id"], b"another")
    assert keys.tolist() != other.tolist()
    with pytest.raises(ValueError, match="record keys"):
        protect(count_table(frame, ["ward"]), noisy)


def test_cell_key_noise_has_mean_nought_and_leaves_no_one_or_two() -> None:
    for count in range(12):
        shown = perturb(np.full(256, count), np.arange(256))
        assert not set(shown.tolist()) & {1, 2}
        assert abs(float(shown.mean()) - count) < 0.01
        assert int(abs(shown - count).max()) <= 2


@given(st.integers(0, 10_000), st.sampled_from([1, 3, 5, 10]))
def test_rounding_moves_by_at_most_half(count: int, base: int) -> None:
    shown = int(round_to(np.array([count]), base)[0])
    assert shown % base == 0
    assert abs(shown - count) <= math.ceil(base / 2)
