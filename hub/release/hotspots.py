"""Where do counts gather more than chance would have it? Getis-Ord Gi* and kernel density on released counts.

Both work on counts of square cells as released, and say how sure they are: Gi* is a z score (Getis and Ord 1992,
Ord and Getis 1995), and so many cells are tested at once that only those that hold after Benjamini and Hochberg's (1995)
control of false discoveries are called hot. Rows whose place is coarser than a cell cannot count, and are said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

FALSE_DISCOVERIES = 0.05
LEAST_CELLS = 10
"""With fewer cells a z score means nothing."""
MOST_CELLS = 40_000
REPEATS = 3


@dataclass(frozen=True, slots=True)
class HotSpots:
    """`cells` with a row: `easting`, `northing`, `rows`, `z`, `p`, `hot` (after false-discovery control), `density` (rows
    per square km, quartic kernel); `surface`: `easting`, `northing`, `density` of every cell that has some. `note`: what
    it rests on, in words."""

    cells: pl.DataFrame
    side: int
    note: str
    surface: pl.DataFrame


EMPTY = pl.DataFrame(schema={"easting": pl.Int64, "northing": pl.Int64, "rows": pl.Int64, "z": pl.Float64, "p": pl.Float64,
                             "hot": pl.Boolean, "density": pl.Float64})  # fmt: skip


def hot_spots(places: pl.DataFrame, side: int) -> HotSpots:
    """Hot spots of counts by cell. `places`: `easting`, `northing` (centres, null for areas), `rows`; `side` in metres.

    Neighbours are the eight cells around and the cell itself; cells inside the counts' extent without a row count 0.
    """
    cells = (
        places.filter(pl.col("easting").is_not_null())
        .group_by("easting", "northing")
        .agg(pl.col("rows").sum().cast(pl.Int64))
    )
    left = int(places["rows"].sum()) - int(cells["rows"].sum())
    grid = _grid(cells, side)
    if grid is None:
        return HotSpots(EMPTY, side, f"Too few cells, or too many, for a test of hot spots ({cells.height}).",
                        EMPTY.select("easting", "northing", "density"))  # fmt: skip
    counts, west, south = grid
    z = _getis_ord(counts)
    p = np.array([0.5 * math.erfc(v / math.sqrt(2)) for v in z.ravel()]).reshape(z.shape)
    hot = _discoveries(p)
    density = _kernel(counts, side)
    at = np.argwhere(counts > 0)
    found = pl.DataFrame({
        "easting": west + at[:, 1] * side, "northing": south + at[:, 0] * side, "rows": counts[at[:, 0], at[:, 1]].astype(np.int64),
        "z": z[at[:, 0], at[:, 1]], "p": p[at[:, 0], at[:, 1]], "hot": hot[at[:, 0], at[:, 1]],
        "density": density[at[:, 0], at[:, 1]],
    }).sort("z", descending=True)  # fmt: skip
    note = (
        f"Getis-Ord Gi* over {counts.size:,} cells of {side:,} m with their eight neighbours; {int(hot.sum()):,} are hot at"
        f" {FALSE_DISCOVERIES:.0%} false discoveries (Benjamini-Hochberg). Counts are of rows, not of people or risk: no"
        f" population stands under them."
    )
    if left:
        note += f" {left:,} rows are placed more coarsely than a cell and are not counted."
    spread = np.argwhere(density > 0)
    surface = pl.DataFrame({"easting": west + spread[:, 1] * side, "northing": south + spread[:, 0] * side,
                            "density": density[spread[:, 0], spread[:, 1]]})  # fmt: skip
    return HotSpots(found, side, note, surface)


KERNEL = "Kernel density: rows per square km, by a quartic kernel that reaches two cells."


def gathered(places: pl.DataFrame) -> str:
    """How much the places that events come back to hold, in a sentence; "" where there are few."""
    found = repeat_places(places, 1)
    if found.height < LEAST_CELLS:
        return ""
    tenth, half = -(-found.height // 10), int((found["cumulated"] < 0.5).sum()) + 1
    return (f"The busiest tenth of the {found.height:,} places ({tenth:,}) hold {found['cumulated'][tenth - 1]:.0%} of the rows"
            f" that have a place; half of these rows lie in {half:,} places.")  # fmt: skip


def repeat_places(places: pl.DataFrame, repeats: int = REPEATS) -> pl.DataFrame:
    """Places with several rows, and which share of all rows they hold: `kind`, `place`, `rows`, `share`, `cumulated`."""
    total = max(1, int(places["rows"].sum()))
    found = places.filter(pl.col("rows") >= repeats).sort("rows", "place", descending=[True, False])
    return found.select(
        "kind", "place", "rows", share=pl.col("rows") / total, cumulated=pl.col("rows").cum_sum() / total
    )


def _grid(cells: pl.DataFrame, side: int) -> tuple[np.ndarray, int, int] | None:
    if cells.height < LEAST_CELLS:
        return None
    east, north = cells["easting"].to_numpy(), cells["northing"].to_numpy()
    west, south = int(east.min()), int(north.min())
    columns, lines = (int(a.max() - a.min()) // side + 1 for a in (east, north))
    if columns * lines > MOST_CELLS or columns * lines < LEAST_CELLS:
        return None
    counts = np.zeros((lines, columns))
    counts[(north - south) // side, (east - west) // side] = cells["rows"].to_numpy()
    return counts, west, south


def _around(values: np.ndarray) -> np.ndarray:
    """Sums over each cell and its eight neighbours."""
    padded = np.pad(values, 1)
    lines, columns = values.shape
    return np.asarray(sum(padded[i : i + lines, j : j + columns] for i in range(3) for j in range(3)))


def _getis_ord(counts: np.ndarray) -> np.ndarray:
    """Gi* of every cell (Ord and Getis 1995, eq. 14) with binary weights."""
    n, mean = counts.size, counts.mean()
    spread = math.sqrt(float((counts**2).mean() - mean**2))
    weights = _around(np.ones_like(counts))
    under = spread * np.sqrt((n * weights - weights**2) / (n - 1))
    above = _around(counts) - mean * weights
    return np.asarray(np.divide(above, under, out=np.zeros_like(above), where=under > 0))


def _discoveries(p: np.ndarray) -> np.ndarray:
    """Which p values hold under Benjamini and Hochberg's step-up rule."""
    flat = np.sort(p.ravel())
    passing = flat <= FALSE_DISCOVERIES * np.arange(1, flat.size + 1) / flat.size
    limit = flat[passing][-1] if passing.any() else -1.0
    return np.asarray(p <= limit)


def _kernel(counts: np.ndarray, side: int, reach: int = 2) -> np.ndarray:
    """Rows per square kilometre by a quartic kernel that reaches `reach` cells."""
    steps = np.arange(-reach, reach + 1)
    distance = (steps[:, None] ** 2 + steps[None, :] ** 2) / (reach + 1) ** 2
    kernel = np.where(distance < 1, (1 - distance) ** 2, 0.0)
    kernel /= kernel.sum()
    padded = np.pad(counts, reach)
    lines, columns = counts.shape
    width = 2 * reach + 1
    found = sum(kernel[i, j] * padded[i : i + lines, j : j + columns] for i in range(width) for j in range(width))
    return np.asarray(found) / (side / 1000) ** 2
