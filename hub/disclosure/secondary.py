"""Which further cells must be suppressed, so that no sum gives a suppressed one back?

Small tables, and tables linked by shared cells: a linear programme per suppressed cell (HiGHS) finds the cheapest
other table that a reader could not tell from the true one and in which the cell is `width` larger; the cells in which
the two differ are suppressed (Kelly 1990, Castro 2012). Larger tables: the same idea with the simplest such other
tables, whose cells are the corners of a box (the hypercube method, Giessing and Repsilber 2002). Either way every
suppressed cell ends with a proof: an admissible table that agrees with all that is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import highspy
import numpy as np

SMALL = 150
"""Cells up to which linear programmes are solved."""
NEVER = 1e15
"""The cost of a cell that must stay as it is: a zero that is shown."""
SUM_COST = 1_000.0
"""How much dearer a total is than a cell of its size: totals are what tables are read for."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Tables that share cells: `counts` per cell (shared ones once), and sums as (total, parts) of cell numbers."""

    counts: np.ndarray
    sums: tuple[tuple[int, tuple[int, ...]], ...]


def sums_of(shape: Sequence[int], cells: np.ndarray | None = None) -> list[tuple[int, tuple[int, ...]]]:
    """The sums of a table whose last index on each axis is the total; `cells`: the cells' numbers in the table's shape."""
    numbers = np.arange(int(np.prod(shape))).reshape(shape) if cells is None else cells
    found = []
    for axis in range(len(shape)):
        lines = np.moveaxis(numbers, axis, -1).reshape(-1, shape[axis])
        found += [(int(line[-1]), tuple(int(c) for c in line[:-1])) for line in lines]
    return found


def protect_table(counts: np.ndarray, first: np.ndarray, width: int, use_zeros: bool = False) -> np.ndarray:
    """Cells to suppress besides `first`, so that each of those could be `width` larger for all a reader knows.

    `counts`: with totals last on each axis. `use_zeros`: zeros are not shown as such, so they may serve too.
    """
    if not first.any():
        return np.zeros_like(first)
    if counts.size <= SMALL:
        flat = protect_linked(Linked(counts.ravel(), tuple(sums_of(counts.shape))), first.ravel(), width, use_zeros)
        return np.asarray(flat.reshape(counts.shape))
    return _boxes(counts, first, width, use_zeros)


def _costs(counts: np.ndarray, totals: np.ndarray, first: np.ndarray, use_zeros: bool) -> np.ndarray:
    cost = np.log1p(counts.astype(float)) + 1
    cost[totals] *= SUM_COST
    if not use_zeros:
        cost[counts == 0] = NEVER
    cost[first] = 0
    return np.asarray(cost)


def _boxes(counts: np.ndarray, first: np.ndarray, width: int, use_zeros: bool) -> np.ndarray:
    """The hypercube method. A box has the cell at one corner; at every other corner an axis or more is changed.

    Going along an axis to another part turns the sign, going to the total keeps it: a corner of negative sign must be
    at least `width` large, for there the other table has `width` fewer.
    """
    shape = counts.shape
    totals = np.zeros(shape, bool)
    for axis in range(len(shape)):
        np.moveaxis(totals, axis, 0)[-1] = True
    prices = _Prices(counts, _costs(counts, totals, first, use_zeros), width)
    done = first.copy()
    order = np.argwhere(first)
    for cell in order[np.argsort(-counts[first], kind="stable")]:
        price = prices.of(tuple(int(i) for i in cell))
        far = np.unravel_index(int(np.argmin(price)), shape)
        if price[far] >= NEVER:
            _everything(done, prices, cell)
            continue
        for changed in prices.corners if price[far] > 0 else ():
            corner = tuple(int(f) if move else int(i) for move, f, i in zip(changed, far, cell, strict=True))
            if not done[corner]:
                done[corner] = True
                prices.suppressed(corner)
    return np.asarray(done & ~first)


class _Prices:
    """What it costs to use each cell as a corner, by the axes that were changed to reach it.

    A corner of negative sign is admissible only where the count is at least `width`. Kept per kind of corner for
    boxes that start from a part; a box that starts from a total has other signs and is priced anew.
    """

    def __init__(self, counts: np.ndarray, cost: np.ndarray, width: int) -> None:
        self.shape = counts.shape
        self.corners = [c for c in product((False, True), repeat=counts.ndim) if any(c)]
        self.cost = cost
        self.dear = np.where(counts >= width, cost, NEVER)
        inner = (0,) * counts.ndim
        self._negative = {c: self._signs(c, inner) < 0 for c in self.corners}
        self._kept = {c: np.where(self._negative[c], self.dear, self.cost) for c in self.corners}
        self._enough = counts >= width

    def _signs(self, changed: Sequence[bool], cell: Sequence[int]) -> np.ndarray:
        """The sign at every place a corner may be; a total reached from a part, and a part from a total, keep it."""
        sign = np.ones(self.shape)
        for axis, moves in enumerate(changed):
            if moves:
                flip = np.full(self.shape[axis], -1.0 if cell[axis] != self.shape[axis] - 1 else 1.0)
                flip[-1] = 1.0
                sign = sign * flip.reshape([-1 if a == axis else 1 for a in range(len(self.shape))])
        return sign

    def of(self, cell: tuple[int, ...]) -> np.ndarray:
        """The price of the box from this cell to every other place; infinite where they share an axis."""
        from_total = any(i == n - 1 for i, n in zip(cell, self.shape, strict=True))
        price = np.zeros(self.shape)
        for changed in self.corners:
            at = tuple(slice(None) if move else slice(i, i + 1) for move, i in zip(changed, cell, strict=True))
            if from_total:
                price += np.where(self._signs(changed, cell)[at] < 0, self.dear[at], self.cost[at])
            else:
                price += self._kept[changed][at]
        for axis, i in enumerate(cell):
            price[(slice(None),) * axis + (i,)] = np.inf
        return price

    def suppressed(self, cell: tuple[int, ...]) -> None:
        """The cell costs no more, where it may be used."""
        self.cost[cell] = 0
        self.dear[cell] = 0 if self._enough[cell] else NEVER
        for changed, kept in self._kept.items():
            kept[cell] = self.dear[cell] if self._negative[changed][cell] else 0


def _everything(done: np.ndarray, prices: _Prices, cell: np.ndarray) -> None:
    """No box holds: suppress the cell's lines whole, and the grand total."""
    lines = [tuple(slice(None) if a == axis else int(i) for a, i in enumerate(cell)) for axis in range(done.ndim)]
    whole = np.zeros_like(done)
    for at in [*lines, tuple(n - 1 for n in done.shape)]:
        whole[at] = True
    for found in np.argwhere(whole & ~done):
        prices.suppressed(tuple(int(i) for i in found))
    done |= whole


def protect_linked(linked: Linked, first: np.ndarray, width: int, use_zeros: bool = False) -> np.ndarray:
    """Cells to suppress besides `first` (bool per cell), by one linear programme per suppressed cell."""
    totals = np.zeros(len(linked.counts), bool)
    totals[[total for total, _ in linked.sums]] = True
    cost = _costs(linked.counts, totals, first, use_zeros)
    done = first.copy()
    for cell in np.flatnonzero(first)[np.argsort(-linked.counts[first], kind="stable")]:
        moved = _cheapest(linked, int(cell), width, cost)
        if moved is None:
            cost[cost >= NEVER] = NEVER / 1e9  # zeros serve after all: there is no other way
            moved = _cheapest(linked, int(cell), width, cost)
        if moved is None:
            done |= True
            break
        done[moved] = True
        cost[moved] = 0
    return np.asarray(done & ~first)


def _model(linked: Linked, lower: np.ndarray, upper: np.ndarray, cost: np.ndarray, split: bool) -> highspy.Highs:
    """The sums as equations over changes of cells; with `split`, increases and decreases are columns of their own."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    size = len(linked.counts)
    solver.addVars(len(lower), lower, upper)
    solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
    for total, parts in linked.sums:
        columns, values = [total, *parts], [-1.0, *([1.0] * len(parts))]
        if split:
            columns, values = columns + [c + size for c in columns], values + [-v for v in values]
        solver.addRow(0.0, 0.0, len(columns), np.array(columns, np.int32), np.array(values))
    return solver


def _cheapest(linked: Linked, cell: int, width: int, cost: np.ndarray) -> np.ndarray | None:
    """Cells in which the cheapest admissible table with this cell `width` larger differs; None where there is none."""
    size = len(linked.counts)
    usable = cost < NEVER
    upper = np.concatenate((np.where(usable, 1e7, 0.0), np.where(usable, linked.counts, 0.0)))
    lower = np.zeros(2 * size)
    lower[cell] = upper[cell] = width
    upper[cell + size] = 0
    small = np.where(usable, cost, 0.0) + 1e-6
    solver = _model(linked, lower, upper, np.concatenate((small, small)), split=True)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    moves = np.array(solver.getSolution().col_value)
    return np.flatnonzero((moves[:size] + moves[size:]) > 1e-7)


def intervals(linked: Linked, suppressed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a reader can work out: the least and greatest value of every suppressed cell, given all that is shown.

    The reader knows the sums and that counts are 0 or more. Two linear programmes a cell: an audit, not for large
    tables.
    """
    hidden = np.flatnonzero(suppressed)
    change = np.where(suppressed, 1e7, 0.0)
    solver = _model(
        linked, np.where(suppressed, -linked.counts.astype(float), 0.0), change, np.zeros(len(change)), split=False
    )
    least, most = linked.counts[hidden].astype(float), linked.counts[hidden].astype(float)
    for number, cell in enumerate(hidden):
        for sign, into in ((1.0, least), (-1.0, most)):
            solver.changeColCost(int(cell), sign)
            solver.run()
            into[number] = linked.counts[cell] + solver.getSolution().col_value[int(cell)]
        solver.changeColCost(int(cell), 0.0)
    return least, most
