"""How fine may a place and a time leave? Both coarsened to what was agreed, row by row. Pure, on columns.

Every row takes the strictest of the agreement's floor and its own (victims' anonymity is statutory).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from protocols.schema import PLACE_FLOORS, TIME_FLOORS

CELLS = {"grid-1m": 1, "grid-10m": 10, "grid-100m": 100, "grid-500m": 500, "grid-1km": 1000}
"""Sides of grid cells, in metres."""
AREA_FLOORS = ("lsoa", "ward", "district")
TIME_TEXT = {"minute": "%Y-%m-%dT%H:%M", "hour": "%Y-%m-%dT%H:00", "date": "%Y-%m-%d", "month": "%Y-%m"}


def _strictest(agreed: str, own: pl.Expr, floors: Sequence[str]) -> pl.Expr:
    """Per row, the coarser of the agreement's floor and the row's own."""
    rank = own.replace_strict({f: n for n, f in enumerate(floors)}, default=len(floors) - 1, return_dtype=pl.Int32)
    names = dict(enumerate(floors))
    return pl.max_horizontal(rank, pl.lit(floors.index(agreed))).replace_strict(names, return_dtype=pl.Utf8)


def coarsen_place(frame: pl.DataFrame, floor: str) -> pl.DataFrame:
    """Replaces the point by `place_kind`, `place`, `cell_easting`, `cell_northing` (centre of the cell, null for areas).

    A grid cell is written as the 12-figure reference of its south-west corner; a cell never crosses another, because
    coordinates are cut, not rounded. Columns finer than a row's own floor (`lsoa` under a ward floor) become null.
    """
    frame = frame.with_columns(_floor=_strictest(floor, pl.col("place_floor"), PLACE_FLOORS))
    side = pl.col("_floor").replace_strict(CELLS, default=None, return_dtype=pl.Int32)
    placed = pl.col("easting").is_not_null() & pl.col("northing").is_not_null()
    east, north = (pl.col(c) // side * side for c in ("easting", "northing"))
    is_cell = side.is_not_null() & placed
    area = pl.coalesce(*[pl.when(pl.col("_floor") == kind).then(pl.col(kind)) for kind in AREA_FLOORS])
    figures = pl.concat_str(east.cast(pl.Utf8).str.zfill(6), north.cast(pl.Utf8).str.zfill(6))
    frame = frame.with_columns(
        place=pl.when(is_cell).then(figures).otherwise(area),
        cell_easting=pl.when(is_cell).then(east + side // 2).cast(pl.Int32),
        cell_northing=pl.when(is_cell).then(north + side // 2).cast(pl.Int32),
    ).with_columns(place_kind=pl.when(pl.col("place").is_not_null()).then("_floor").otherwise(pl.lit("none")))
    rank = pl.col("_floor").replace_strict({f: n for n, f in enumerate(PLACE_FLOORS)}, return_dtype=pl.Int32)
    finer = {kind: pl.when(rank <= PLACE_FLOORS.index(kind)).then(pl.col(kind)) for kind in AREA_FLOORS}
    return frame.with_columns(**finer).drop("_floor", "easting", "northing")


def coarsen_time(frame: pl.DataFrame, floor: str) -> pl.DataFrame:
    """Replaces `occurred_from` by `occurred`: text of the strictest of the agreement's and the row's own time floor.

    `2026-11-23T02:15`, `2026-11-23T02:00`, `2026-11-23`, `2026-11`, `2026-Q4`. A time known only to the day or month
    is never written finer than that.
    """
    known = pl.col("time_precision").replace_strict(
        {"minute": "minute", "window": "minute", "hour": "hour", "date": "date", "month": "month"}, default="date",
        return_dtype=pl.Utf8,
    )  # fmt: skip
    frame = frame.with_columns(_known=known)
    frame = frame.with_columns(_own=_strictest(floor, pl.col("time_floor"), TIME_FLOORS))
    ranks = {f: n for n, f in enumerate(TIME_FLOORS)}
    both = [pl.col(c).replace_strict(ranks, return_dtype=pl.Int32) for c in ("_own", "_known")]
    level = pl.max_horizontal(both).replace_strict(dict(enumerate(TIME_FLOORS)), return_dtype=pl.Utf8)
    moment = pl.col("occurred_from")
    text = pl.concat_str(moment.dt.year().cast(pl.Utf8), pl.lit("-Q"), moment.dt.quarter().cast(pl.Utf8))
    for name, form in TIME_TEXT.items():
        text = pl.when(level == name).then(moment.dt.strftime(form)).otherwise(text)
    return frame.with_columns(occurred=text).drop("_own", "_known", "occurred_from", "time_precision")
