"""Synthetic areas: a jittered grid whose cells share their corners, so that areas are irregular and leave no gap.

All coordinates are whole metres on the National Grid (EPSG:27700). A district's outer border is straight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

COLUMNS, ROWS = 8, 10
"""LSOAs of a district, west to east and south to north."""
WARD_COLUMNS, WARD_ROWS = 2, (3, 3, 4)
"""A ward is two columns of LSOAs wide and three or four rows high."""
CORNER, MIDDLE = 0.22, 0.14
"""How far corners and edge middles stray, as a share of the cell."""


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas of one kind: parallel arrays of ONS code, name and polygon."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    shapes: np.ndarray


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the National Grid, metres."""

    west: int
    south: int
    east: int
    north: int


def _strayed(lines: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Points strayed by up to `share` of the cell; an outermost row or column of them stays on its line."""
    return lines + rng.uniform(-share, share, lines.shape)


def cells(box: Box, rng: np.random.Generator) -> np.ndarray:
    """Polygons of the grid, shape (ROWS, COLUMNS), south row first; together exactly the box."""
    wide, high = (box.east - box.west) / COLUMNS, (box.north - box.south) / ROWS
    x, y = np.meshgrid(np.arange(COLUMNS + 1.0), np.arange(ROWS + 1.0))
    corner_x, corner_y = x.copy(), y.copy()
    corner_x[1:-1, 1:-1] = _strayed(x[1:-1, 1:-1], CORNER, rng)
    corner_y[1:-1, 1:-1] = _strayed(y[1:-1, 1:-1], CORNER, rng)

    def metres(px: np.ndarray, py: np.ndarray) -> np.ndarray:
        return np.stack([np.rint(box.west + px * wide), np.rint(box.south + py * high)], axis=-1)

    corners = metres(corner_x, corner_y)
    flat_x, flat_y = (corner_x[:, :-1] + corner_x[:, 1:]) / 2, (corner_y[:, :-1] + corner_y[:, 1:]) / 2
    flat_y[1:-1] = _strayed(flat_y[1:-1], MIDDLE, rng)
    tall_x, tall_y = (corner_x[:-1] + corner_x[1:]) / 2, (corner_y[:-1] + corner_y[1:]) / 2
    tall_x[:, 1:-1] = _strayed(tall_x[:, 1:-1], MIDDLE, rng)
    flat, tall = metres(flat_x, flat_y), metres(tall_x, tall_y)
    rings = np.stack(
        [corners[:-1, :-1], flat[:-1], corners[:-1, 1:], tall[:, 1:],
         corners[1:, 1:], flat[1:], corners[1:, :-1], tall[:, :-1]],
        axis=-2,
    )  # fmt: skip
    return np.asarray(shapely.polygons(rings))


def ward_of_cell() -> np.ndarray:
    """Number of each cell's ward within its district, shape (ROWS, COLUMNS)."""
    bands = np.repeat(np.arange(len(WARD_ROWS)), WARD_ROWS)
    return bands[:, None] * (COLUMNS // WARD_COLUMNS) + np.arange(COLUMNS)[None, :] // WARD_COLUMNS


def merged(shapes: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """One polygon per group number, from cells that tile."""
    return np.array([shapely.coverage_union_all(shapes[groups == g]) for g in range(groups.max() + 1)], dtype=object)
