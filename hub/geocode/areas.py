"""Which areas hold a point? Boundary layers as tables of cells, look-ups from one kind of area to another, vintages.

A point whose precision is coarser than half a kilometre gets no LSOA, ward or beat, and one that a postcode sector or
district stands for gets none whatever its precision: the answer would look finer than it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import shapely

from hub.geocode.cells import NOTHING, Cells

COARSE_M = 500.0
KINDS = ("lsoa", "ward", "district", "csp", "pfa", "bcu", "beat")
"""Lower layer super output area, electoral ward, local authority district (LAD), community safety partnership, police
force area, basic command unit, beat."""
POOLED = ("lsoa", "ward", "district")
"""The kinds that every pooled row carries."""
FINE = ("lsoa", "ward", "beat")
COARSE_METHODS = r"(?i)sector|district"
OUTLINE_CORNERS = 5
"""Outlines are kept in lines of so many corners, so that the nearest is found by boxes, not by walking a coast."""


@dataclass(frozen=True)
class Layer:
    """One set of boundaries: `codes` (Utf8) by the numbers that `cells` answers with, and the outlines as corners
    (n, 2) with the number of corners of each line; both may be empty."""

    kind: str
    vintage: str
    codes: pl.Series
    cells: Cells
    corners: np.ndarray
    lines: np.ndarray

    def codes_of(self, x: np.ndarray, y: np.ndarray) -> pl.Series:
        """The code of the area that holds each point; null where none does."""
        number = pl.Series(self.cells.areas_of(x, y), dtype=pl.Int32)
        return self.codes.gather(number.set(number == NOTHING, None))

    @cached_property
    def _outlines(self) -> tuple[np.ndarray, shapely.STRtree]:
        """The outlines and their search tree, built when the first distance is asked for."""
        lines = shapely.linestrings(self.corners, indices=np.repeat(np.arange(len(self.lines)), self.lines))
        return lines, shapely.STRtree(lines)

    def edge_distances(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Metres from each point to the nearest outline; NaN without outlines."""
        if not len(self.lines) or not len(x):
            return np.full(len(x), np.nan)
        lines, tree = self._outlines
        points = shapely.points(x, y)
        return np.asarray(shapely.distance(points, lines[tree.nearest(points)]))


def outlines_of(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners and line lengths of the areas' outlines, as `Layer` keeps them."""
    rings = shapely.get_rings(shapely.get_parts(shapes))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    sides = np.bincount(ring, minlength=len(rings)) - 1
    begin = np.cumsum(sides + 1) - sides - 1
    pieces = -(-sides // (OUTLINE_CORNERS - 1))
    owner = np.repeat(np.arange(len(rings)), pieces)
    offset = (np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) * (OUTLINE_CORNERS - 1)
    lengths = np.minimum(OUTLINE_CORNERS - 1, sides[owner] - offset) + 1
    at = np.repeat(begin[owner] + offset - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
    return xy[at], lengths


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Areas of one kind by the code of another's: `table` has `code` and `target`."""

    kind: str
    vintage: str
    source: str
    table: pl.DataFrame

    def codes_of(self, sources: pl.Series) -> pl.Series:
        """The target of each source code; null where the look-up does not know it."""
        return (
            pl.DataFrame({"code": sources})
            .join(self.table, on="code", how="left", maintain_order="left")["target"]
            .rename(self.kind)
        )


AnyLayer = Layer | LookedUp


def area_codes(x: np.ndarray, y: np.ndarray, layers: Mapping[str, AnyLayer], kinds: Sequence[str]) -> pl.DataFrame:
    """The areas of points in metres, a column a kind; null where none holds the point or the kind is not loaded.

    A kind that has boundaries is asked of them; one that is looked up follows its source, which may be looked up too.
    """
    found: dict[str, pl.Series] = {}

    def ask(kind: str, above: tuple[str, ...] = ()) -> pl.Series:
        layer = layers.get(kind)
        if kind not in found:
            if isinstance(layer, Layer):
                found[kind] = layer.codes_of(x, y)
            elif isinstance(layer, LookedUp) and layer.source not in above:
                found[kind] = layer.codes_of(ask(layer.source, (*above, kind)))
            else:
                return pl.Series([None] * len(x), dtype=pl.Utf8)
        return found[kind]

    return pl.DataFrame([ask(kind).alias(kind) for kind in kinds])


def assign_areas(
    points: pl.DataFrame, layers: Mapping[str, AnyLayer], kinds: Sequence[str] = POOLED
) -> pl.DataFrame:  # fmt: skip
    """Area codes of geocoded points, in order: a column for each of `kinds`, `area_vintage`, `edge_distance_m`.

    `points` needs `easting`, `northing`, `geo_precision_m`, and may say `geo_method`. Unique points are tested once,
    at the centre of their one-metre square. `edge_distance_m` is to the nearest edge of the finest layer loaded.
    """
    unique = points.select("easting", "northing").drop_nulls().unique(maintain_order=True)
    x, y = unique["easting"].to_numpy() + 0.5, unique["northing"].to_numpy() + 0.5
    codes = area_codes(x, y, layers, kinds)
    edged = next((k for k in KINDS if isinstance(layer := layers.get(k), Layer) and len(layer.lines)), None)
    finest = layers.get(edged or "")
    edge = finest.edge_distances(x, y) if isinstance(finest, Layer) else np.full(len(x), np.nan)
    table = unique.with_columns(*codes, edge_distance_m=pl.Series(edge, dtype=pl.Float32).fill_nan(None))
    vintage = " ".join(f"{k}:{layers[k].vintage}" for k in KINDS if k in layers and k in kinds)
    asked = [c for c in ("easting", "northing", "geo_precision_m", "geo_method") if c in points.columns]
    joined = points.select(asked).join(table, on=["easting", "northing"], how="left", maintain_order="left")
    fine = pl.col("geo_precision_m") <= COARSE_M
    if "geo_method" in asked:
        fine &= ~pl.col("geo_method").str.contains(COARSE_METHODS).fill_null(value=False)
    return joined.select(
        *[pl.when(fine).then(kind).alias(kind) if kind in FINE else pl.col(kind) for kind in kinds],
        area_vintage=pl.when(pl.col("easting").is_not_null() & pl.lit(bool(vintage))).then(pl.lit(vintage)),
        edge_distance_m=pl.when(fine).then("edge_distance_m"),
    )
