"""How does a set of areas become a table of cells? Polygons quartered, from one square round the country down to 50 m.

Testing a point against one full-resolution authority takes as long as its outline has corners; cutting every outline
up once takes a second for 1,702 LSOAs, and then no test meets more than the few corners inside one cell. Rings are cut
as arrays of corners, all at once (Sutherland and Hodgman 1974): only areas and crossing numbers are asked of the
pieces, and for both it does not matter that a ring cut several times stays one ring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

import numpy as np
import shapely

from hub.geocode.cells import BLOCK, BLOCK_M, CELL_M, NOTHING, Cells

TOP_CELLS = 2**15
TOP_CORNER_M = -128 * BLOCK_M
"""The square that everything is cut from: 1,638 km, round Great Britain and Northern Ireland."""
SLIVER_M2 = 1e-4
"""A part of a cell smaller than this is the clipping's rounding, not an area's."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """What cutting yields: squares that an area fills (`column`, `row` in cells, `size` in cells, `area`), and parts
    of cells (`cell_*`, with `corners` from the cell's corner and how many each part has), by cell and area."""

    column: np.ndarray
    row: np.ndarray
    size: np.ndarray
    area: np.ndarray
    cell_column: np.ndarray
    cell_row: np.ndarray
    cell_area: np.ndarray
    lengths: np.ndarray
    corners: np.ndarray


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Areas cut to squares of one size: each piece's `area`, `column` and `row`; each ring's piece (`of`) and number
    of corners (`sides`), and the corners `xy` of all rings in a row, in metres from their square's corner."""

    area: np.ndarray
    column: np.ndarray
    row: np.ndarray
    of: np.ndarray
    sides: np.ndarray
    xy: np.ndarray


def build_cells(shapes: np.ndarray, at_once: int = 256, progress: Callable[[float], None] = lambda _: None) -> Cells:
    """The table of these areas: valid polygons in metres (EPSG:27700), numbered as they come.

    Raises `ValueError` where they lie outside the square that the National Grid and its seas lie in.
    """
    if not len(shapes) or shapely.is_empty(shapes).all():
        raise ValueError("there is no area to build a table of")
    west, south, east, north = shapely.total_bounds(shapes)
    if min(west, south) < TOP_CORNER_M or max(east, north) > TOP_CORNER_M + TOP_CELLS * CELL_M:
        raise ValueError("the areas lie outside the National Grid")
    cuts = []
    for begin in range(0, len(shapes), at_once):
        cuts.append(_cut(shapes[begin : begin + at_once], begin))
        progress(min(1.0, (begin + at_once) / len(shapes)))
    return _assembled(_Cut(**{f.name: np.concatenate([getattr(c, f.name) for c in cuts]) for f in fields(_Cut)}))


def _cut(shapes: np.ndarray, first: int) -> _Cut:
    """Quarter shapes until every piece fills its square or lies in one cell."""
    polygons, owner = shapely.get_parts(shapely.normalize(shapes), return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    of = owner[polygon]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    last = np.append(ring[1:] != ring[:-1], np.ones(min(1, len(ring)), dtype=bool))
    zeros = np.zeros(len(shapes), dtype=np.int64)
    pieces = _Pieces(
        np.arange(len(shapes), dtype=np.int32) + first, zeros, zeros, of, np.bincount(ring, minlength=len(rings)) - 1,
        xy[~last] - TOP_CORNER_M,
    )  # fmt: skip
    size, squares = TOP_CELLS, []
    while True:
        pieces, full = _weighed(pieces, size * CELL_M)
        squares.append(
            (pieces.column[full] * size, pieces.row[full] * size, np.full(full.sum(), size), pieces.area[full])
        )
        pieces = _kept(pieces, ~full)
        if size == 1:
            break
        size //= 2
        pieces = _together([north for east in _halves(pieces, 0, size * CELL_M)
                            for north in _halves(east, 1, size * CELL_M)])  # fmt: skip
    column, row, span, area = (np.concatenate(part) for part in zip(*squares, strict=True))
    return _Cut(column, row, span, area, *_parts(pieces))


def _halves(pieces: _Pieces, axis: int, middle: int) -> Iterable[_Pieces]:
    """The pieces' lower and upper halves, cut at `middle` (Sutherland and Hodgman 1974).

    A ring that the line cuts several times stays one ring, with sides that run to and fro along the line: they count
    nothing in areas and crossings.
    """
    ring = np.repeat(np.arange(len(pieces.sides)), pieces.sides)
    following = np.arange(1, len(ring) + 1)
    ends = np.cumsum(pieces.sides)
    following[ends - 1] = ends - pieces.sides
    away = pieces.xy[:, axis] - middle
    crossing = (away < 0) != (away[following] < 0)
    here = np.flatnonzero(crossing)
    there = following[here]
    # from the lower side to the upper, so that the areas on both sides of an edge are cut at the same point
    low, high = np.where(away[here] < 0, here, there), np.where(away[here] < 0, there, here)
    share = away[low] / (away[low] - away[high])
    met = pieces.xy[low] + share[:, None] * (pieces.xy[high] - pieces.xy[low])
    met[:, axis] = middle
    for upper in (False, True):
        inside = (away >= 0) if upper else (away < 0)
        emitted = inside.astype(np.int64) + crossing
        at = np.cumsum(emitted) - emitted
        xy = np.empty((int(emitted.sum()), 2))
        xy[at[inside]] = pieces.xy[inside]
        xy[at[here] + inside[here]] = met
        if upper:
            xy[:, axis] -= middle
        sides = np.bincount(ring, emitted, minlength=len(pieces.sides)).astype(np.int64)
        step = int(upper)
        yield _Pieces(
            pieces.area, pieces.column * 2 + step if axis == 0 else pieces.column,
            pieces.row * 2 + step if axis == 1 else pieces.row, pieces.of[sides > 0], sides[sides > 0], xy,
        )  # fmt: skip


def _together(parts: list[_Pieces]) -> _Pieces:
    """The quarters of the same pieces, in one row."""
    shift = np.cumsum([0] + [len(p.area) for p in parts])
    of = np.concatenate([p.of + s for p, s in zip(parts, shift, strict=False)])
    area, column, row, sides, xy = (
        np.concatenate([getattr(p, f) for p in parts]) for f in ("area", "column", "row", "sides", "xy")
    )
    return _Pieces(area, column, row, of, sides, xy)


def _ring_areas(xy: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Signed areas of rings; outer rings and holes have opposite signs, outer ones positive here."""
    if not len(sides):
        return np.empty(0)
    ends = np.cumsum(sides)
    following = np.arange(1, len(xy) + 1)
    following[ends - 1] = ends - sides
    cross = xy[following, 0] * xy[:, 1] - xy[:, 0] * xy[following, 1]
    return np.add.reduceat(cross, ends - sides) / 2


def _weighed(pieces: _Pieces, side: int) -> tuple[_Pieces, np.ndarray]:
    """The pieces that have an area at all, and which of them fill their square."""
    size = np.bincount(pieces.of, _ring_areas(pieces.xy, pieces.sides), minlength=len(pieces.area))
    some = size > SLIVER_M2
    return _kept(pieces, some), size[some] >= side * side - SLIVER_M2


def _kept(pieces: _Pieces, keep: np.ndarray) -> _Pieces:
    number = np.cumsum(keep) - 1
    rings = keep[pieces.of]
    return _Pieces(
        pieces.area[keep], pieces.column[keep], pieces.row[keep], number[pieces.of[rings]], pieces.sides[rings],
        pieces.xy[np.repeat(rings, pieces.sides)],
    )  # fmt: skip


def _parts(pieces: _Pieces) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each area's part of each cell as corners: rings closed and parted by NaN, the rings of a piece together."""
    order = np.argsort(pieces.of, kind="stable")
    begin = (np.cumsum(pieces.sides) - pieces.sides)[order]
    sides = pieces.sides[order]
    out = np.cumsum(sides + 2) - sides - 2
    corners = np.full((int((sides + 2).sum()), 2), np.nan, dtype=np.float32)
    to = np.repeat(out - (np.cumsum(sides) - sides), sides) + np.arange(sides.sum())
    fro = np.repeat(begin - (np.cumsum(sides) - sides), sides) + np.arange(sides.sum())
    corners[to] = pieces.xy[fro]
    corners[out + sides] = pieces.xy[begin]
    lengths = np.bincount(pieces.of[order], sides + 2, minlength=len(pieces.area)).astype(np.int64)
    return pieces.column, pieces.row, pieces.area, lengths, corners


def _assembled(cut: _Cut) -> Cells:
    columns, rows = np.append(cut.column, cut.cell_column), np.append(cut.row, cut.cell_row)
    west, south = columns.min() // BLOCK * BLOCK, rows.min() // BLOCK * BLOCK
    far = np.append(cut.size, np.ones(len(cut.cell_column), dtype=np.int64))
    wide, high = (-((west - (columns + far).max()) // BLOCK), -((south - (rows + far).max()) // BLOCK))
    directory = np.full((high, wide), NOTHING, dtype=np.int32)
    column, row = cut.column - west, cut.row - south
    large = np.flatnonzero(cut.size >= BLOCK)
    for n in large[np.argsort(-cut.area[large], kind="stable")]:  # the first area last: it stands where areas overlap
        size = cut.size[n] // BLOCK
        directory[row[n] // BLOCK :, column[n] // BLOCK :][:size, :size] = cut.area[n]
    cell_column, cell_row = cut.cell_column - west, cut.cell_row - south
    small = np.flatnonzero(cut.size < BLOCK)
    fine = np.zeros(directory.shape, dtype=bool)
    fine[row[small] // BLOCK, column[small] // BLOCK] = True
    fine[cell_row // BLOCK, cell_column // BLOCK] = True
    tables = np.repeat(directory[fine][:, None], BLOCK * BLOCK, axis=1)
    directory[fine] = -2 - np.arange(len(tables))
    _fill(directory, tables, column[small], row[small], cut.size[small], cut.area[small])
    table = -2 - directory[cell_row // BLOCK, cell_column // BLOCK]
    place = table.astype(np.int64) * BLOCK * BLOCK + cell_row % BLOCK * BLOCK + cell_column % BLOCK
    first, area, start, corners = _edges(tables.reshape(-1), place, cut)
    return Cells(np.array([west, south]) * CELL_M + TOP_CORNER_M, directory, tables, first, area, start, corners)


def _fill(
    directory: np.ndarray, tables: np.ndarray, column: np.ndarray, row: np.ndarray, size: np.ndarray, area: np.ndarray
) -> None:
    """Write squares smaller than a block into the cells of their blocks, the first area's last."""
    for side in np.unique(size):
        some = np.flatnonzero(size == side)
        some = some[np.argsort(-area[some], kind="stable")]
        table = -2 - directory[row[some] // BLOCK, column[some] // BLOCK]
        for up in range(side):
            for along in range(side):
                at = (row[some] % BLOCK + up) * BLOCK + column[some] % BLOCK + along
                kept = tables[table, at]
                tables[table, at] = np.where((kept == NOTHING) | (kept > area[some]), area[some], kept)


def _edges(cells: np.ndarray, place: np.ndarray, cut: _Cut) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Number the edge cells in `cells` (the flattened tables), and lay their parts in one row."""
    filled = cells[place]
    # an area that fills the cell hides those that come after it, and is what those before it leave
    shown = (filled == NOTHING) | (cut.cell_area < filled)
    begin = np.cumsum(cut.lengths) - cut.lengths
    order = np.flatnonzero(shown)
    order = order[np.lexsort((cut.cell_area[order], place[order]))]
    unique, start_of, count = np.unique(place[order], return_index=True, return_counts=True)
    owner = np.repeat(np.arange(len(unique)), count)
    lengths, area = cut.lengths[order].copy(), cut.cell_area[order]
    rest = cells[unique] != NOTHING
    covered = ~rest & _covered(cut, order, begin, owner, len(unique))
    # where the parts cover their cell, the one with most corners need not be kept: it is what the others leave
    last = start_of + count - 1
    longest = _longest(lengths, owner, len(unique))
    swap, other = longest[covered], last[covered]
    for array in (order, lengths, area):
        array[swap], array[other] = array[other].copy(), array[swap].copy()
    lengths[other] = 0
    if rest.any():
        after = last[rest] + 1
        order, lengths = np.insert(order, after, 0), np.insert(lengths, after, 0)
        area, owner = np.insert(area, after, cells[unique[rest]]), np.insert(owner, after, np.flatnonzero(rest))
    cells[unique] = -2 - np.arange(len(unique))
    first = np.searchsorted(owner, np.arange(len(unique) + 1))
    start = np.concatenate([[0], np.cumsum(lengths)])
    at = np.repeat(begin[order] - start[:-1], lengths) + np.arange(start[-1])
    return first, area.astype(np.int32), start, cut.corners[at]


def _covered(cut: _Cut, order: np.ndarray, begin: np.ndarray, owner: np.ndarray, cells: int) -> np.ndarray:
    """Do the parts of each cell add up to all of it?"""
    x, y = cut.corners[:, 0].astype(np.float64), cut.corners[:, 1].astype(np.float64)
    cross = np.nan_to_num(x[:-1] * y[1:] - x[1:] * y[:-1])
    sums = np.concatenate([[0.0], np.cumsum(cross), [0.0]])
    end = begin + cut.lengths - 1
    size = np.abs(sums[end[order]] - sums[begin[order]]) / 2
    return np.abs(np.bincount(owner, size, minlength=cells) - CELL_M * CELL_M) < 0.01


def _longest(lengths: np.ndarray, owner: np.ndarray, cells: int) -> np.ndarray:
    """Where the part with most corners of each cell lies."""
    order = np.lexsort((lengths, owner))
    ends = np.searchsorted(owner[order], np.arange(cells), side="right") - 1
    return order[ends]
