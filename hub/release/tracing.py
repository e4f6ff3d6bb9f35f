"""How well do leaked rows fit a copy by what they hold and the order they lie in? Columns in, figures out.

Three facts tell copies of the same rows apart once event numbers are cut off: which rows a copy holds at all (what was
held back differs, canaries differ), which leaked rows lie side by side in it, and whether they come in its order.
Under keyed orders a neighbour in a wrong copy is a matter of chance: two rows with `a` and `b` places each among `n`
lie side by side with a chance of about a·b/n, so that each neighbour weighs log(n / a·b).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

MANY = 500
"""A row with more places than this in a copy says nothing of order."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How leaked rows fit a copy: rows that it holds, pairs side by side, longest run in its order, and the weight of
    the order (natural logarithm of the odds against chance)."""

    held: int
    neighbours: int
    in_order: int
    weight: float


def fit(leaked: pl.DataFrame, copy: pl.DataFrame) -> Fit:
    """Fit leaked rows (text columns, a subset of the copy's) to a copy (in its order)."""
    columns = leaked.columns
    keyed = copy.select(columns).with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("_at"))
    wanted = leaked.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("_nth"))
    found = keyed.join(leaked.unique(), on=columns, how="semi", nulls_equal=True)
    places = found.group_by(columns).agg(pl.col("_at").sort())
    joined = wanted.join(places, on=columns, how="left", nulls_equal=True).sort("_nth")["_at"]
    lists = [np.array(p.to_list() if p is not None else [], dtype=np.int64) for p in joined]
    neighbours, weight = _side_by_side(lists, copy.height)
    return Fit(sum(len(p) > 0 for p in lists), neighbours, _longest(lists), weight)


def _side_by_side(lists: list[np.ndarray], height: int) -> tuple[int, float]:
    pairs, weight = 0, 0.0
    for one, other in pairwise(lists):
        if 0 < len(one) <= MANY and 0 < len(other) <= MANY and np.isin(one + 1, other).any():
            pairs += 1
            weight += max(0.0, float(np.log(height / (len(one) * len(other)))))
    return pairs, weight


def _longest(lists: list[np.ndarray]) -> int:
    """Longest strictly increasing choice of one place a row (patience sorting; a row's places from last to first)."""
    ends: list[int] = []
    for places in lists:
        if len(places) > MANY:
            continue
        for at in places[::-1].tolist():
            spot = bisect_left(ends, at)
            ends[spot : spot + 1] = [at]
    return len(ends)
