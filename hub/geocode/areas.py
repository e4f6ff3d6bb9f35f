"""Which areas hold a point? Boundary layers as prepared polygons, with the vintage they are of.

Polygons are cut into kilometre pieces beforehand (`hub.adapters.areas`), because testing points against one large
polygon of a full-resolution authority is a hundred times slower. A point whose precision is coarser than half a
kilometre gets no LSOA: the answer would look finer than it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import shapely

COARSE_M = 500.0
KINDS = ("lsoa", "ward", "district")


@dataclass(frozen=True, slots=True)
class Layer:
    """One set of boundaries: pieces of polygons (EPSG:27700) and the area code of each piece.

    `outlines`: the whole boundary lines, for the distance from a point to the nearest edge; may be empty.
    """

    kind: str
    vintage: str
    codes: np.ndarray
    pieces: np.ndarray
    outlines: np.ndarray
    tree: shapely.STRtree = field(repr=False)
    outline_tree: shapely.STRtree = field(repr=False)

    @classmethod
    def of(cls, kind: str, vintage: str, codes: np.ndarray, pieces: np.ndarray, outlines: np.ndarray) -> Layer:
        """A layer with its search trees built."""
        shapely.prepare(pieces)
        return cls(kind, vintage, codes, pieces, outlines, shapely.STRtree(pieces), shapely.STRtree(outlines))

    def codes_of(self, points: np.ndarray) -> np.ndarray:
        """The code of the area that holds each point, "" where none does; on a shared edge the first by code."""
        found = np.full(len(points), "", dtype=object)
        point, piece = self.tree.query(points, predicate="intersects")
        order = np.lexsort((self.codes[piece], point))[::-1]
        found[point[order]] = self.codes[piece[order]]
        return found

    def edge_distances(self, points: np.ndarray) -> np.ndarray:
        """Metres from each point to the nearest outline; NaN without outlines."""
        if not len(self.outlines) or not len(points):
            return np.full(len(points), np.nan)
        nearest = self.outline_tree.nearest(points)
        return np.asarray(shapely.distance(points, self.outlines[nearest]))


def assign_areas(points: pl.DataFrame, layers: Mapping[str, Layer]) -> pl.DataFrame:
    """Area codes of geocoded points, in order: `lsoa`, `ward`, `district`, `area_vintage`, `edge_distance_m`.

    `points` needs `easting`, `northing`, `geo_precision_m`. Unique points are tested once, at the centre of their
    one-metre square.
    """
    unique = points.select("easting", "northing").drop_nulls().unique(maintain_order=True)
    x, y = unique["easting"].to_numpy() + 0.5, unique["northing"].to_numpy() + 0.5
    shapes = shapely.points(x, y) if unique.height else np.empty(0, dtype=object)
    codes = {k: layers[k].codes_of(shapes) if k in layers else np.full(len(shapes), "") for k in KINDS}
    edge = layers["lsoa"].edge_distances(shapes) if "lsoa" in layers else np.full(len(shapes), np.nan)
    table = unique.with_columns(
        **{k: pl.Series(list(v), dtype=pl.Utf8).replace("", None) for k, v in codes.items()},
        edge_distance_m=pl.Series(edge, dtype=pl.Float32).fill_nan(None),
    )
    vintage = " ".join(f"{k}:{layers[k].vintage}" for k in KINDS if k in layers)
    joined = points.select("easting", "northing", "geo_precision_m").join(
        table, on=["easting", "northing"], how="left", maintain_order="left"
    )
    fine = pl.col("geo_precision_m") <= COARSE_M
    return joined.select(
        lsoa=pl.when(fine).then("lsoa"),
        ward=pl.when(fine).then("ward"),
        district="district",
        area_vintage=pl.when(pl.col("easting").is_not_null() & pl.lit(bool(vintage))).then(pl.lit(vintage)),
        edge_distance_m=pl.when(fine).then("edge_distance_m"),
    )
