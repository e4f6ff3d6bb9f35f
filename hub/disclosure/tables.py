"""Which cells of a table may be shown? Thresholds, dominance, p %, rounding, cell keys; then what sums would tell.

A table has a total along every dimension. Cells that break a rule are suppressed first; then others, so that no sum
gives one back (`secondary`). Cell-key noise (Fraser and Wooton 2005; ONS Census 2021) is the same for the same people
wherever they are counted, so that asking twice tells nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import polars as pl

from hub.disclosure.policies import Policy
from hub.disclosure.secondary import SMALL, Linked, protect_linked, protect_table, sums_of

TOTAL = "Total"
CELL_KEYS = 256


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by dimension, totals last: `axes` has each dimension's labels, `counts` an array one longer on each axis.

    `largest`: sum of the n largest contributors' amounts per cell for n = 1, 2, …; `amounts`: whole amounts. Both None
    where people are counted and nobody contributes more than one. `keys`: cell keys (0 … 255), or None.
    """

    dimensions: tuple[str, ...]
    axes: tuple[tuple[str, ...], ...]
    counts: np.ndarray
    amounts: np.ndarray | None = None
    largest: tuple[np.ndarray, ...] | None = None
    keys: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Protected:
    """What may be shown: `shown` (int64, -1 where suppressed), and which cells were suppressed first and then."""

    table: Table
    shown: np.ndarray
    primary: np.ndarray
    secondary: np.ndarray
    policy: str

    def frame(self) -> pl.DataFrame:
        """One row per cell: the dimensions (`Total` for a sum), `count` (null where suppressed), `status`."""
        names = [[*axis, TOTAL] for axis in self.table.axes]
        grid = np.meshgrid(*[np.arange(len(n)) for n in names], indexing="ij")
        columns = {
            d: pl.Series(n, dtype=pl.Utf8).gather(pl.Series(g.ravel()))
            for d, n, g in zip(self.table.dimensions, names, grid, strict=True)
        }
        hidden = self.shown.ravel() < 0
        status = np.where(hidden, "suppressed", "shown")
        return pl.DataFrame(columns).with_columns(
            count=pl.Series(self.shown.ravel()).set(pl.Series(hidden), None), status=pl.Series(status)
        )


def _with_totals(inner: np.ndarray) -> np.ndarray:
    for axis in range(inner.ndim):
        inner = np.concatenate((inner, inner.sum(axis=axis, keepdims=True)), axis=axis)
    return inner


def record_keys(records: pl.Series, key: bytes) -> np.ndarray:
    """Secret keys (0 … 255) of records: the same record always the same, whatever table it is counted in."""
    texts = records.cast(pl.Utf8).fill_null("").to_list()
    return np.array([blake2b(t.encode(), key=key, digest_size=1).digest()[0] for t in texts], dtype=np.int64)


def count_table(
    frame: pl.DataFrame,
    dimensions: Sequence[str],
    contributor: str | None = None,
    amount: str | None = None,
    keys: np.ndarray | None = None,
) -> Table:
    """Count rows by dimension (null is the empty text), with totals.

    `contributor` and `amount` (0 or more): who brings how much to a cell, for dominance and p %; rows count 1 where
    no amount is named. `keys`: the rows' record keys, for cell-key noise.
    """
    axes, codes = [], []
    for name in dimensions:
        text = frame[name].cast(pl.Utf8).fill_null("")
        labels = text.unique().sort()
        axes.append(tuple(labels.to_list()))
        codes.append(text.cast(pl.Enum(labels)).to_physical().to_numpy())
    shape = tuple(len(a) for a in axes)
    flat = np.ravel_multi_index(codes, shape) if frame.height else np.zeros(0, np.int64)
    size = int(np.prod(shape))
    counts = _with_totals(np.bincount(flat, minlength=size).reshape(shape).astype(np.int64))
    summed = None if keys is None else _with_totals(np.bincount(flat, weights=keys, minlength=size).reshape(shape))
    amounts = largest = None
    if contributor is not None:
        who = frame[contributor].cast(pl.Utf8).fill_null("").rank("dense").cast(pl.Int64).to_numpy() - 1
        much = frame[amount].cast(pl.Float64).fill_null(0).to_numpy() if amount else np.ones(frame.height)
        amounts = _with_totals(np.bincount(flat, weights=much, minlength=size).reshape(shape))
        largest = _largest(codes, who, much, shape)
    keyed = None if summed is None else summed.astype(np.int64) % CELL_KEYS
    return Table(tuple(dimensions), tuple(axes), counts, amounts, largest, keyed)


def _largest(
    codes: Sequence[np.ndarray], who: np.ndarray, much: np.ndarray, shape: Sequence[int], top: int = 3
) -> tuple[np.ndarray, ...]:
    """Per cell, totals too, the sum of the 1, 2, 3 largest contributors' amounts."""
    wide = tuple(n + 1 for n in shape)
    sums = np.zeros((top, int(np.prod(wide))))
    for total in range(1 << len(shape)):
        placed = [
            np.full(len(who), n) if total >> i & 1 else c for i, (n, c) in enumerate(zip(shape, codes, strict=True))
        ]
        cell = np.ravel_multi_index(placed, wide) if len(who) else np.zeros(0, np.int64)
        joined, inverse = np.unique(cell * (int(who.max(initial=0)) + 1) + who, return_inverse=True)
        brings = np.bincount(inverse, weights=much, minlength=len(joined))
        cells = joined // (int(who.max(initial=0)) + 1)
        order = np.lexsort((-brings, cells))
        first = np.searchsorted(cells[order], cells[order])
        rank = np.arange(len(order)) - first
        for n in range(top):
            np.add.at(sums[n], cells[order][rank <= n], brings[order][rank <= n])
    return tuple(s.reshape(wide) for s in sums)


def primary(table: Table, policy: Policy) -> np.ndarray:
    """Cells that break a rule of the policy by themselves (bool, the shape of `counts`)."""
    counts = table.counts
    breaks = (counts < policy.threshold) & ((counts > 0) | policy.hide_zero)
    if table.largest is None or table.amounts is None:
        return np.asarray(breaks)
    if policy.dominance is not None:
        number, share = policy.dominance
        breaks |= (table.amounts > 0) & (table.largest[min(number, 3) - 1] > share * table.amounts)
    if policy.p_percent is not None:
        rest = table.amounts - table.largest[1]
        breaks |= (table.amounts > 0) & (rest < policy.p_percent / 100 * table.largest[0])
    return np.asarray(breaks)


def protect(table: Table, policy: Policy) -> Protected:
    """Apply a policy: suppress, suppress what sums would tell, round, or add cell-key noise where it asks for that.

    Raises `ValueError` where noise is asked for and the table has no cell keys.
    """
    first = primary(table, policy)
    none = np.zeros_like(first)
    if policy.perturb:
        if table.keys is None:
            raise ValueError("cell-key noise needs record keys")
        shown = perturb(table.counts, table.keys)
        small = (shown < policy.threshold) & ((shown > 0) | policy.hide_zero)
        shown = np.where(small, -1, round_to(shown, policy.round_to))
        return Protected(table, shown, small, none, policy.name)
    further = protect_table(table.counts, first, policy.threshold - 1, policy.hide_zero) if policy.secondary else none
    shown = np.where(first | further, -1, round_to(table.counts, policy.round_to))
    return Protected(table, shown, first, further, policy.name)


def protect_together(tables: Sequence[Table], policy: Policy) -> list[Protected]:
    """Protect tables of the same rows that share margins, so that they cannot be solved against each other.

    Cells are shared where they have the same labels on the same dimensions (`Total` is no label). Few cells in all are
    protected by linear programmes at once; many, table by table, a margin suppressed in one taken as suppressed in the
    others, until nothing changes. Not for noise (`perturb`), which needs no protection by suppression.
    """
    if policy.perturb:
        return [protect(table, policy) for table in tables]
    places, linked = _link(tables)
    first = np.zeros(len(linked.counts), bool)
    for table, cells in zip(tables, places, strict=True):
        first[cells] |= primary(table, policy)
    hidden = first.copy()
    width = policy.threshold - 1
    if policy.secondary and first.any():
        if len(linked.counts) <= SMALL:
            hidden |= protect_linked(linked, first, width, policy.hide_zero)
        else:
            before = -1
            while before != hidden.sum():
                before = int(hidden.sum())
                for table, cells in zip(tables, places, strict=True):
                    hidden[cells] |= protect_table(table.counts, hidden[cells], width, policy.hide_zero)
    return [
        Protected(table, np.where(hidden[cells], -1, round_to(table.counts, policy.round_to)), first[cells],
                  hidden[cells] & ~first[cells], policy.name)
        for table, cells in zip(tables, places, strict=True)
    ]  # fmt: skip


def _link(tables: Sequence[Table]) -> tuple[list[np.ndarray], Linked]:
    """Per table the numbers of its cells (in its shape), shared ones once, and all cells with all sums."""
    numbers: dict[frozenset[tuple[str, str]], int] = {}
    counts: list[int] = []
    places, sums = [], []
    for table in tables:
        shape = table.counts.shape
        cells = np.zeros(shape, np.int64)
        for at in np.ndindex(*shape):
            name = frozenset((d, a[i]) for d, a, i in zip(table.dimensions, table.axes, at, strict=True) if i < len(a))
            cells[at] = numbers.setdefault(name, len(numbers))
            if cells[at] == len(counts):
                counts.append(int(table.counts[at]))
            elif counts[cells[at]] != table.counts[at]:
                raise ValueError("tables that share a cell must count the same rows")
        places.append(cells)
        sums += sums_of(shape, cells)
    return places, Linked(np.array(counts), tuple(sums))


def round_to(counts: np.ndarray, base: int) -> np.ndarray:
    """Counts at the nearest multiple of `base`, halves upward."""
    return np.asarray((counts + base // 2) // base * base)


def perturb(counts: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Counts with cell-key noise: mean nought, at most 2, never a 1 or a 2; the same count and key, the same noise.

    Counts of 1 and 2 become 0 or 3 in proportion; about one larger cell in six moves by one or two.
    """
    noise = np.zeros_like(counts)
    large = counts > 3
    noise[large & (keys < 18)] = -1
    noise[large & (keys >= CELL_KEYS - 18)] = 1
    noise[(counts > 5) & (keys < 4)] = -2
    noise[(counts > 5) & (keys >= CELL_KEYS - 4)] = 2
    for count, threes in ((1, 85), (2, 171)):
        noise[counts == count] = np.where(keys[counts == count] < threes, 3 - count, -count)
    return np.asarray(counts + noise)
