"""How do two sets of boundaries fit each other? The inspectors' five classes, and what share of each lies in which.

"Calling Time on Crime" (HM Inspectorate of Constabulary and others, 2000), Appendix E, sorted 318 basic command units
by how they meet local authorities: 123 identical, 48 where several authorities lie in one unit, 72 where several units
lie in one authority, 48 where the boundary cuts an authority along its wards, 27 where it cuts below that level. The
classes are asked here of every area of one set towards another. Boundaries of one line are never drawn alike: overlaps
that are nowhere wide are slivers, and count as none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

IDENTICAL, IN_ONE, OF_SEVERAL, AT_WARDS, BELOW, CUT, APART = (
    "identical", "several-in-one", "one-of-several", "cut-at-wards", "cut-below", "cut", "apart"
)  # fmt: skip
CLASSES = (IDENTICAL, IN_ONE, OF_SEVERAL, AT_WARDS, BELOW)
"""In the order of Appendix E. Beside them: `cut` where no wards are at hand to tell how, `apart` where areas share
nothing."""
SLIVER_M = 60.0
"""An overlap nowhere wider than this is a sliver: outlines generalised to 20 m stray so far from each other."""
SLIVER_SHARE = 0.002
OUTSIDE_SHARE = 0.05
"""So much of an area may lie in no area of the other set (foreshore, estuary) and it still counts as whole."""
OVERLAPS = ("a", "b", "km2", "share_of_a", "share_of_b")


@dataclass(frozen=True, slots=True)
class AreaSet:
    """Areas to compare: codes (one each) and valid polygons in metres."""

    codes: list[str]
    shapes: np.ndarray


@dataclass(frozen=True, slots=True)
class Comparison:
    """`classes`: `a`, `class`, `parts` (areas of B it meets). `overlaps` (`OVERLAPS`): every overlap that is no
    sliver; `b` null is the part of an area that lies in none of B, where that is more than foreshore."""

    classes: pl.DataFrame
    overlaps: pl.DataFrame

    def counts(self) -> dict[str, int]:
        """How many areas of A are in each class that occurs, and in each of the five."""
        found = dict(self.classes.group_by("class").len().iter_rows())
        return {c: found.get(c, 0) for c in CLASSES} | {c: n for c, n in sorted(found.items()) if c not in CLASSES}


def compare(
    a: AreaSet, b: AreaSet, wards: AreaSet | None = None, sliver_m: float = SLIVER_M, sliver_share: float = SLIVER_SHARE
) -> Comparison:  # fmt: skip
    """Sort every area of A by how it meets B, and say what share of it lies in which.

    `wards` tell a cut along wards from one below; every ward must then lie whole in one area of A and of B.
    """
    found, missing, missing_b = overlaps_of(a, b, sliver_m, sliver_share)
    whole_a = (np.bincount(found[0], minlength=len(a.codes)) == 1) & (missing <= OUTSIDE_SHARE)
    whole_b = (np.bincount(found[1], minlength=len(b.codes)) == 1) & (missing_b <= OUTSIDE_SHARE)
    torn = _torn(a, b, wards, sliver_m, sliver_share) if wards is not None else None
    rows = []
    for number, code in enumerate(a.codes):
        met = found[1][found[0] == number]
        rows.append((code, _class_of(number, met, whole_a, whole_b, missing, torn), len(met)))
    classes = pl.DataFrame(rows, {"a": pl.Utf8, "class": pl.Utf8, "parts": pl.Int32}, orient="row")
    return Comparison(classes, _overlap_table(a, b, found, missing))


def _class_of(
    number: int, met: np.ndarray, whole_a: np.ndarray, whole_b: np.ndarray, missing: np.ndarray, torn: np.ndarray | None
) -> str:
    if not len(met):
        return APART
    if whole_a[number]:
        return IDENTICAL if whole_b[met[0]] else IN_ONE
    if missing[number] <= OUTSIDE_SHARE and whole_b[met].all():
        return OF_SEVERAL
    return {1: BELOW, 0: AT_WARDS}.get(int(torn[number]), CUT) if torn is not None else CUT


Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


def overlaps_of(a: AreaSet, b: AreaSet, sliver_m: float, sliver_share: float) -> tuple[Pairs, np.ndarray, np.ndarray]:
    """(number in A, number in B, square metres) of every overlap that is no sliver; and the share of each area of A
    and of B that lies in no area of the other set at all."""
    shapely.prepare(a.shapes)
    first, second = shapely.STRtree(b.shapes).query(a.shapes, predicate="intersects")
    inside = shapely.covers(a.shapes[first], b.shapes[second])
    shared = b.shapes[second].copy()
    shared[~inside] = shapely.intersection(a.shapes[first[~inside]], b.shapes[second[~inside]])
    size, area_a, area_b = shapely.area(shared), shapely.area(a.shapes), shapely.area(b.shapes)
    missing_a = 1 - np.bincount(first, size, minlength=len(area_a)) / area_a
    missing_b = 1 - np.bincount(second, size, minlength=len(area_b)) / area_b
    share = size / np.minimum(area_a[first], area_b[second])
    real = share > sliver_share
    doubtful = np.flatnonzero(real & (share < 0.5))
    thin = shapely.is_empty(shapely.buffer(shared[doubtful], -sliver_m / 2, quad_segs=2))
    real[doubtful[thin]] = False
    return (first[real], second[real], size[real]), missing_a, missing_b


def _torn(a: AreaSet, b: AreaSet, wards: AreaSet, sliver_m: float, sliver_share: float) -> np.ndarray:
    """Of each area of A: does an edge of it, or of B inside it, run through a ward? 1 yes, 0 no, -1 no ward is there."""
    torn = np.full(len(a.codes), -1)
    in_a, in_b = (overlaps_of(wards, other, sliver_m, sliver_share)[0] for other in (a, b))
    torn[in_a[1]] = 0
    cut_by_a = np.bincount(in_a[0], minlength=len(wards.codes)) > 1
    cut_by_b = np.bincount(in_b[0], minlength=len(wards.codes)) > 1
    torn[in_a[1][cut_by_a[in_a[0]] | cut_by_b[in_a[0]]]] = 1
    return torn


def _overlap_table(a: AreaSet, b: AreaSet, found: Pairs, missing: np.ndarray) -> pl.DataFrame:
    """The apportionment by area. Shares of an area add up to one: slivers are given to what is no sliver."""
    first, second, size = found
    outside = np.flatnonzero(missing > OUTSIDE_SHARE)
    area_a, area_b = shapely.area(a.shapes), shapely.area(b.shapes)
    kept = np.bincount(first, size, minlength=len(area_a))[first]
    inside = np.where(missing > OUTSIDE_SHARE, 1 - missing, 1.0)[first]
    table = pl.DataFrame({
        "a": [a.codes[n] for n in [*first, *outside]],
        "b": [*(b.codes[n] for n in second), *[None] * len(outside)],
        "km2": np.append(size, missing[outside] * area_a[outside]) / 1e6,
        "share_of_a": np.append(size / kept * inside, missing[outside]),
        "share_of_b": pl.Series([*(size / area_b[second]), *[None] * len(outside)], dtype=pl.Float64),
    }, {"a": pl.Utf8, "b": pl.Utf8, "km2": pl.Float64, "share_of_a": pl.Float64, "share_of_b": pl.Float64})  # fmt: skip
    return table.sort("a", "share_of_a", descending=[False, True])


def apportion_points(overlaps: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """The overlaps with `points` and `point_share_of_a`: where the people are, not where the land is.

    `points`: `a`, `b` (codes of the areas that hold each; null outside) and `weight`.
    """
    sums = points.drop_nulls("a").group_by("a", "b").agg(points=pl.col("weight").sum())
    return overlaps.join(sums, on=["a", "b"], how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.col("points").fill_null(0.0)
    ).with_columns(point_share_of_a=pl.col("points") / pl.col("points").sum().over("a"))  # fmt: skip
