"""Where may a dot be drawn? Snap points, keyed displacement, grid cells large enough. Pure, on columns.

Snapping follows the rule of data.police.uk (a point's catchment holds at least eight postal addresses, or none) and
mends the standing complaint about it: a point and its whole catchment lie inside one area, so that no crime is drawn
on the wrong side of a boundary. Displacement is drawn from a key and the address, never anew: a place that is moved
differently in every release is found by averaging. Every answer says how far off it may be.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

AT_LEAST = 8
TRIES = 24
"""Displacements tried per address before it is given up: near a corner most directions leave the area."""
Holds = Callable[[np.ndarray], np.ndarray]
"""Area codes (text, "" for none) of points (n × 2 float64, easting and northing)."""


@dataclass(frozen=True, slots=True)
class SnapPoints:
    """`area`, `easting`, `northing` (Int32), `addresses` in the catchment (0 for public places), `reach_m` (Int32).

    A catchment is the part of the area that is nearer to this point than to any other of the area; its reach is the
    distance to its farthest address.
    """

    points: pl.DataFrame


POINTS = {"area": pl.Utf8, "easting": pl.Int32, "northing": pl.Int32, "addresses": pl.UInt32, "reach_m": pl.Int32}


def make_snap_points(
    addresses: pl.DataFrame, holds: Holds, public: pl.DataFrame | None = None, at_least: int = AT_LEAST
) -> SnapPoints:
    """Snap points of every area. `addresses` and `public` places: `easting`, `northing`, `area` (its code).

    An area with fewer than `at_least` addresses gets public places only. A public place whose catchment would hold a
    few addresses is no point of its own: what happens there goes to a neighbour.
    """
    found = []
    places = public if public is not None else addresses.clear()
    grouped = {str(area): frame for (area,), frame in places.group_by("area")}
    homes = {str(area): frame for (area,), frame in addresses.group_by("area")}
    for area in sorted({*grouped, *homes} - {""}):
        near = _xy(homes[area]) if area in homes else np.zeros((0, 2))
        centres = _centres(near, at_least)
        if len(centres):
            centres = _inside(centres, near, area, holds)
        open_to_all = _xy(grouped[area]) if area in grouped else np.zeros((0, 2))
        points, counts, reach = _settle(np.unique(np.concatenate((centres, open_to_all)), axis=0), near, at_least)
        found.append(
            pl.DataFrame(
                {"area": [area] * len(points), "easting": points[:, 0].astype(np.int32), "northing": points[:, 1].astype(np.int32),
                 "addresses": counts, "reach_m": np.ceil(reach).astype(np.int32)},
                schema=POINTS,
            )
        )  # fmt: skip
    return SnapPoints(pl.concat([pl.DataFrame(schema=POINTS), *found]))


def _xy(frame: pl.DataFrame) -> np.ndarray:
    return frame.select(pl.col("easting").cast(pl.Float64), pl.col("northing").cast(pl.Float64)).to_numpy()


def _centres(near: np.ndarray, at_least: int) -> np.ndarray:
    """Whole-metre centres of compact groups of `at_least` to twice as many addresses: halved along the longer side."""
    groups, waiting = [], [near] if len(near) >= at_least else []
    while waiting:
        some = waiting.pop()
        if len(some) < 2 * at_least:
            groups.append(np.floor(some.mean(axis=0)))
            continue
        axis = int(np.argmax(np.ptp(some, axis=0)))
        order = np.argsort(some[:, axis], kind="stable")
        waiting += [some[order[: len(some) // 2]], some[order[len(some) // 2 :]]]
    return np.array(groups).reshape(-1, 2)


def _inside(centres: np.ndarray, near: np.ndarray, area: str, holds: Holds) -> np.ndarray:
    """Centres that lie in the area; one that does not goes half-way to its nearest addresses, or is left out."""
    good = holds(centres) == area
    moved = []
    for centre in centres[~good]:
        closest = near[np.argsort(((near - centre) ** 2).sum(axis=1))[:6]]
        between = np.floor(np.concatenate(((closest + centre) / 2, (closest[:-1] + closest[1:]) / 2)))
        kept = between[holds(between) == area]
        if len(kept):
            moved.append(kept[0])
    return np.concatenate((centres[good], np.array(moved).reshape(-1, 2)))


def _settle(points: np.ndarray, near: np.ndarray, at_least: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points left once every catchment holds `at_least` addresses or none, with their counts and reaches."""
    while len(points):
        nearest, distance = _nearest(near, points)
        counts = np.bincount(nearest, minlength=len(points))
        few = np.flatnonzero((counts > 0) & (counts < at_least))
        if not len(few):
            reach = np.zeros(len(points))
            np.maximum.at(reach, nearest, distance)
            return points, counts, reach
        points = np.delete(points, few[np.argmin(counts[few])], axis=0)
    return points, np.zeros(0, np.int64), np.zeros(0)


def _nearest(some: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of the nearest point, the first where two are as near, and the distance to it."""
    if not len(some):
        return np.zeros(0, np.int64), np.zeros(0)
    parts = np.array_split(some, max(1, len(some) * len(points) // 4_000_000))
    squared = [((p[:, None, :] - points[None, :, :]) ** 2).sum(axis=2) for p in parts]
    nearest = np.concatenate([s.argmin(axis=1) for s in squared])
    return nearest, np.sqrt(np.concatenate([s.min(axis=1) for s in squared]))


def snap(events: pl.DataFrame, points: SnapPoints) -> pl.DataFrame:
    """Events at their snap points: `easting`, `northing`, `uncertainty_m` (Int32), in order; null where there is none.

    `events`: `easting`, `northing`, `area`. An event is snapped within its own area only; one without a position or
    an area, or in an area without points, keeps none and is told by its area.
    """
    out = np.full((events.height, 3), -1, np.int64)
    placed = events.with_row_index("row").filter(pl.col("easting").is_not_null() & pl.col("northing").is_not_null())
    catchments = {str(area): frame for (area,), frame in points.points.group_by("area", maintain_order=True)}
    for (area,), some in placed.group_by("area"):
        if area is None or str(area) not in catchments:
            continue
        of_area = catchments[str(area)]
        xy = _xy(of_area)
        nearest, distance = _nearest(_xy(some), xy)
        reach = np.maximum(of_area["reach_m"].to_numpy()[nearest], np.ceil(distance))
        out[some["row"].to_numpy()] = np.column_stack((xy[nearest], reach)).astype(np.int64)
    return _placed(out)


def _placed(out: np.ndarray) -> pl.DataFrame:
    columns = {n: pl.Series(out[:, i], dtype=pl.Int32) for i, n in enumerate(("easting", "northing", "uncertainty_m"))}
    return pl.DataFrame(columns).with_columns(pl.when(pl.all() >= 0).then(pl.all()))


def displace(events: pl.DataFrame, key: bytes, holds: Holds, least_m: int = 50, most_m: int = 250) -> pl.DataFrame:
    """Events moved by a distance and direction that the key and the address decide: columns as of `snap`.

    The same address always goes to the same place, in every release under the key; nobody without the key can turn it
    back. The place lies in the same `area` and at least `least_m` from the address; where no try does, it is null.
    """
    if not 0 < least_m < most_m:
        raise ValueError("displacement needs 0 < least_m < most_m")
    out = np.full((events.height, 3), -1, np.int64)
    addresses = events.with_row_index("row").filter(
        pl.col("easting").is_not_null() & pl.col("northing").is_not_null() & (pl.col("area").fill_null("") != "")
    )
    if not addresses.height:
        return _placed(out)
    places = addresses.group_by("easting", "northing", "area", maintain_order=True).agg("row")
    xy = _xy(places)
    target = np.full(len(xy), -1.0)[:, None].repeat(2, axis=1)
    todo = np.arange(len(xy))
    for attempt in range(TRIES):
        moved = xy[todo] + np.array([_offset(key, e, n, attempt, least_m, most_m) for e, n in xy[todo]]).reshape(-1, 2)
        moved = np.floor(moved)
        apart = np.sqrt(((moved - xy[todo]) ** 2).sum(axis=1))
        good = (holds(moved) == places["area"].to_numpy()[todo]) & (apart >= least_m - 1.5)
        target[todo[good]] = moved[good]
        todo = todo[~good]
        if not len(todo):
            break
    for rows, (east, north) in zip(places["row"].to_list(), target, strict=True):
        if east >= 0:
            out[rows] = (int(east), int(north), most_m)
    return _placed(out)


def _offset(key: bytes, east: float, north: float, attempt: int, least: int, most: int) -> tuple[float, float]:
    """Metres east and north, even over the ring between the two radii."""
    drawn = hmac.digest(key, f"{int(east)}/{int(north)}/{attempt}".encode(), "sha256")
    turn = int.from_bytes(drawn[:8], "big") / 2**64 * 2 * math.pi
    radius = math.sqrt(least**2 + int.from_bytes(drawn[8:16], "big") / 2**64 * (most**2 - least**2))
    return radius * math.cos(turn), radius * math.sin(turn)


def large_cells(
    events: pl.DataFrame, addresses: pl.DataFrame, sides: Sequence[int] = (100, 500, 1000), at_least: int = AT_LEAST
) -> pl.DataFrame:
    """Centres of the smallest grid cells that hold `at_least` addresses, or none: columns as of `snap`.

    `events`, `addresses`: `easting`, `northing`. Null where even the largest cell holds a few. Cells are cut, never
    rounded, and sides must divide one another. What a coarse cell stands for is its addresses in no finer cell that is
    shown: those must be `at_least` too, else subtraction would point at the few.
    """
    if any(large % small for small, large in pairwise(sorted(sides))):
        raise ValueError("the sides of cells must divide one another")
    blank = pl.lit(None, pl.Int32)
    out = events.select(easting=blank, northing=blank, uncertainty_m=blank)
    left = addresses.select("easting", "northing")
    for side in sorted(sides):
        cell = [(pl.col(c).cast(pl.Int64) // side).alias(f"_{c}") for c in ("easting", "northing")]
        names = ["_easting", "_northing"]
        held = left.with_columns(cell).group_by(names).agg(_n=pl.len())
        seen = events.select(cell).join(held, on=names, how="left", maintain_order="left")
        fits = pl.col("_easting").is_not_null() & ((pl.col("_n").fill_null(0) == 0) | (pl.col("_n") >= at_least))
        here = seen.select(
            **{
                c: pl.when(fits).then((pl.col(f"_{c}") * side + side // 2).cast(pl.Int32))
                for c in ("easting", "northing")
            },
            uncertainty_m=pl.when(fits).then(pl.lit(math.ceil(side / math.sqrt(2)), pl.Int32)),
        )
        undecided = out["uncertainty_m"].is_null()
        out = pl.DataFrame([here[c].zip_with(undecided, out[c]) for c in out.columns])
        shown = held.filter(pl.col("_n") >= at_least)
        left = left.with_columns(cell).join(shown, on=names, how="anti").select("easting", "northing")
    return out
