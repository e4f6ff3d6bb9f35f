"""In which area does a point lie? A table of 50 m cells, and an exact test in the cells that an edge runs through.

Most points lie in a cell that one area fills: one look-up answers them. In the others, each area's part of the cell
is kept as its own small polygon, and the crossing number decides. All of it is flat arrays, so that workers open a
table by mapping its files into memory and touch only what their points need. The table is built by quartering the
country down to such cells, because testing points against one full-resolution authority is a hundred
times slower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CELL_M = 50
BLOCK = 32
"""Cells along the side of a block (1.6 km); blocks that one area fills, or none, have no cells of their own."""
BLOCK_M = CELL_M * BLOCK
NOTHING = -1
POINTS_AT_ONCE = 262_144


@dataclass(frozen=True, slots=True)
class Cells:
    """Areas as numbers, by place. Values: an area's number, `NOTHING`, or `-(n + 2)` for table or edge cell n.

    `origin` (2): south-west corner in metres. `directory` (rows, columns): blocks. `tables` (n, 1024): the cells of
    block n. `first` (edge cells + 1): where the parts of an edge cell begin in `area`; `start` (parts + 1): where a
    part's corners begin in `corners` (n, 2; metres from the cell's corner, rings parted by NaN). A part without
    corners is what the others leave of its cell.
    """

    origin: np.ndarray
    directory: np.ndarray
    tables: np.ndarray
    first: np.ndarray
    area: np.ndarray
    start: np.ndarray
    corners: np.ndarray

    def areas_of(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The number (Int32) of the area that holds each point; `NOTHING` where none does, and for NaN.

        A point on an edge belongs to one of the two areas; where areas overlap, to the first.
        """
        found = np.full(len(x), NOTHING, dtype=np.int32)
        for begin in range(0, len(x), POINTS_AT_ONCE):
            part = slice(begin, begin + POINTS_AT_ONCE)
            found[part] = self._some(np.asarray(x[part], np.float64), np.asarray(y[part], np.float64))
        return found

    def _some(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        rows, columns = self.directory.shape
        east, north = x - self.origin[0], y - self.origin[1]
        inside = (east >= 0) & (north >= 0) & (east < columns * BLOCK_M) & (north < rows * BLOCK_M)
        everywhere = bool(inside.all())
        if not everywhere:
            east, north = east[inside], north[inside]
        column, row = (east * (1 / CELL_M)).astype(np.int32), (north * (1 / CELL_M)).astype(np.int32)
        value: np.ndarray = self.directory[row >> 5, column >> 5]
        opened = np.flatnonzero(value < NOTHING)
        value[opened] = self.tables[-2 - value[opened], ((row[opened] & 31) << 5) | (column[opened] & 31)]
        edge = np.flatnonzero(value < NOTHING)
        value[edge] = self._exact(
            -2 - value[edge], east[edge] - column[edge] * CELL_M, north[edge] - row[edge] * CELL_M
        )
        if everywhere:
            return value
        answer = np.full(len(x), NOTHING, dtype=np.int32)
        answer[inside] = value
        return answer

    def _exact(self, edge: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The area of each point in an edge cell; `x`, `y` from the cell's corner."""
        answer = np.full(len(edge), NOTHING, dtype=np.int32)
        part, last = self.first[edge], self.first[edge + 1]
        open_ = np.arange(len(edge))
        while len(open_):
            begin, end = self.start[part], self.start[part + 1]
            holds = begin == end
            asked = np.flatnonzero(~holds)
            holds[asked] = _odd_crossings(self.corners, begin[asked], end[asked], x[open_[asked]], y[open_[asked]])
            answer[open_[holds]] = self.area[part[holds]]
            on = ~holds & (part + 1 < last)
            open_, part, last = open_[on], part[on] + 1, last[on]
        return answer


def _odd_crossings(corners: np.ndarray, begin: np.ndarray, end: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Does a ray from each point to the east cross its part's rings an odd number of times?"""
    if not len(begin):
        return np.empty(0, dtype=bool)
    sides = end - begin - 1
    total = np.cumsum(sides)
    steps = np.ones(total[-1], dtype=np.int64)
    steps[0] = begin[0]
    steps[total[:-1]] = begin[1:] - (begin[:-1] + sides[:-1]) + 1
    at = np.cumsum(steps)
    point = np.repeat(np.arange(len(begin)), sides)
    y_, y1, y2 = y[point], corners[at, 1], corners[at + 1, 1]
    across = np.flatnonzero((y1 > y_) != (y2 > y_))
    at, point, y_ = at[across], point[across], y_[across]
    # from the lower corner to the upper, so that the areas on both sides of an edge reckon alike
    low = at + (corners[at, 1] > corners[at + 1, 1])
    high = 2 * at + 1 - low
    x1, y1 = corners[low, 0].astype(np.float64), corners[low, 1].astype(np.float64)
    # a side next to a gap between rings meets NaN here and is no crossing
    crossed = x[point] < x1 + (y_ - y1) / (corners[high, 1] - y1) * (corners[high, 0] - x1)
    return (np.bincount(point[crossed], minlength=len(begin)) & 1).astype(bool)
