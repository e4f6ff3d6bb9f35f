"""What do released rows say at a glance? Counts by time, by day and hour, by category, by place; all of the rows as they
left, never of the pool.

A release's `occurred` is text of its own precision (`2026-11-23T02:00`, `2026-11-23`, `2026-11`, `2026-Q4`), so that
a chart can be no finer than what was released. A value withheld (`*`) is counted as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from hub.release.leaving import PSEUDONYM

COUNT = "_n"
"""In a frame of kinds (`kinds`), how many rows are of each; every function here takes rows or kinds alike."""
NO_CHOICE = frozenset({COUNT, "event_id", "row_id", "place", "place_kind", "cell_easting", "cell_northing", "occurred"})
FEW = 60
"""A column with more values than this is no category to filter by."""
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONG_DAYS = 92
"""More days than this are counted by month."""


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows: filters (column → value), first and last period (text that `occurred` begins with, inclusive),
    the column of the category table. Everything of it is in the page's address."""

    filters: Mapping[str, str]
    first: str = ""
    last: str = ""
    by: str = ""


def kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows' different combinations of values, without event numbers and pseudonyms, and how many rows are of each
    (`_n`): what a page counts from. A release of a million rows has a few ten thousand."""
    names = [c for c in frame.columns if c != "event_id" and not c.endswith(PSEUDONYM)]
    return frame.group_by(names).agg(pl.len().cast(pl.Int64).alias(COUNT)) if names else frame


def total(frame: pl.DataFrame) -> int:
    """How many rows these are."""
    return int(frame[COUNT].sum()) if COUNT in frame.columns else frame.height


def _rows(frame: pl.DataFrame) -> pl.Expr:
    """The aggregation that counts rows."""
    return pl.col(COUNT).sum() if COUNT in frame.columns else pl.len().cast(pl.Int64)


def categories(frame: pl.DataFrame) -> dict[str, list[str]]:
    """Columns to filter by, with their values, most frequent first; "" stands for none."""
    found = {}
    for column in frame.columns:
        if column in NO_CHOICE or frame.schema[column] != pl.Utf8:
            continue
        counts = (
            frame.group_by(column).agg(len=_rows(frame)).sort("len", column, descending=[True, False], nulls_last=True)
        )
        if 1 <= counts.height <= FEW:
            found[column] = [v or "" for v in counts[column]]
    return found


def chosen(frame: pl.DataFrame, view: View) -> pl.DataFrame:
    """The rows that a view's filters leave. Unknown columns are no filter."""
    for column, value in view.filters.items():
        if column in frame.columns and column not in NO_CHOICE:
            frame = frame.filter(pl.col(column).fill_null("") == value)
    if "occurred" in frame.columns and (view.first or view.last):
        when = pl.col("occurred").fill_null("")
        if view.first:
            frame = frame.filter(when >= view.first)
        if view.last:
            frame = frame.filter(when.str.slice(0, len(view.last)) <= view.last)
    return frame


def series(frame: pl.DataFrame) -> pl.DataFrame:
    """Counts by period: `period`, `rows`, `before` (the period before), `year_ago` (the same period a year before);
    the last two null where the release has no such period. Days become months where there are many."""
    empty = pl.DataFrame(schema={"period": pl.Utf8, "rows": pl.Int64, "before": pl.Int64, "year_ago": pl.Int64})
    if "occurred" not in frame.columns:
        return empty
    days = frame.group_by("occurred").agg(rows=_rows(frame)).drop_nulls("occurred")
    days = days.select("rows", period=pl.col("occurred").str.slice(0, 10))
    if not days.height:
        return empty
    if (days["period"].str.len_chars() == 10).any() and days["period"].n_unique() > LONG_DAYS:
        days = days.with_columns(pl.col("period").str.slice(0, 7))
    found = days.group_by("period").agg(pl.col("rows").sum()).sort("period")
    year = pl.col("period").str.slice(0, 4).cast(pl.Int32)
    ago = pl.concat_str((year - 1).cast(pl.Utf8), pl.col("period").str.slice(4))
    known = found.select(ago="period", year_ago="rows")
    joined = found.with_columns(before=pl.col("rows").shift(1), ago=ago).join(
        known, on="ago", how="left", maintain_order="left"
    )
    return joined.select("period", "rows", "before", "year_ago")


def heat(frame: pl.DataFrame) -> pl.DataFrame | None:
    """Counts by day of the week (1 Monday … 7) and hour: `day`, `hour`, `rows`; None where hours were not released."""
    if "occurred" not in frame.columns:
        return None
    timed = frame.group_by("occurred").agg(rows=_rows(frame)).filter(pl.col("occurred").str.len_chars() >= 13)
    if not timed.height:
        return None
    at = timed.select((pl.col("occurred").str.slice(0, 13) + ":00").str.strptime(pl.Datetime, "%Y-%m-%dT%H:%M"))[
        "occurred"
    ]
    return (
        pl.DataFrame({"day": at.dt.weekday(), "hour": at.dt.hour(), "rows": timed["rows"]})
        .group_by("day", "hour")
        .agg(pl.col("rows").sum())
        .sort("day", "hour")
    )


def table(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Counts by a column's values: `value`, `rows`, `share`, most frequent first."""
    if column not in frame.columns:
        return pl.DataFrame(schema={"value": pl.Utf8, "rows": pl.Int64, "share": pl.Float64})
    found = frame.group_by(pl.col(column).fill_null("").alias("value")).agg(rows=_rows(frame))
    return found.with_columns(share=pl.col("rows") / max(1, total(frame))).sort(
        "rows", "value", descending=[True, False]
    )


def places(frame: pl.DataFrame) -> pl.DataFrame:
    """Counts by place as released: `kind`, `place`, `easting`, `northing` (centre, null for areas), `rows`."""
    names = ["place_kind", "place", "cell_easting", "cell_northing"]
    if not set(names) <= set(frame.columns):
        kept = next((c for c in ("lsoa", "ward", "district") if c in frame.columns), None)
        if kept is None:
            return pl.DataFrame(
                schema={"kind": pl.Utf8, "place": pl.Utf8, "easting": pl.Int32, "northing": pl.Int32, "rows": pl.UInt32}
            )
        frame = frame.with_columns(
            place_kind=pl.lit(kept),
            place=pl.col(kept),
            cell_easting=pl.lit(None, pl.Int32),
            cell_northing=pl.lit(None, pl.Int32),
        )
    found = frame.filter(pl.col("place").is_not_null()).group_by(names).agg(rows=_rows(frame))
    return found.select(
        kind="place_kind", place="place", easting="cell_easting", northing="cell_northing", rows="rows"
    ).sort("rows", "place", descending=[True, False])


def has_cells(frame: pl.DataFrame) -> bool:
    """Was any row released to a cell of the grid? Where none was, places are areas."""
    return "cell_easting" in frame.columns and frame["cell_easting"].null_count() < frame.height


def completeness(frame: pl.DataFrame) -> pl.DataFrame:
    """By column: `column`, `filled` (share of rows with a value), `withheld` (share written `*`)."""
    rows = max(1, total(frame))
    names = [c for c in frame.columns if c != COUNT]

    def share(of: pl.Expr) -> float:
        return total(frame.filter(of)) / rows

    return pl.DataFrame({
        "column": names,
        "filled": [share(pl.col(c).is_not_null()) for c in names],
        "withheld": [share(pl.col(c) == "*") if frame.schema[c] == pl.Utf8 else 0.0 for c in names],
    })  # fmt: skip


def placed_by_period(frame: pl.DataFrame) -> pl.DataFrame:
    """The completeness curve: `period`, `rows`, `placed` (share of its rows with a place)."""
    if not {"occurred", "place"} <= set(frame.columns):
        return pl.DataFrame(schema={"period": pl.Utf8, "rows": pl.Int64, "placed": pl.Float64})
    weighed = frame if COUNT in frame.columns else frame.with_columns(pl.lit(1).alias(COUNT))
    return (
        weighed.group_by(pl.col("occurred").str.slice(0, 7).fill_null("undated").alias("period"))
        .agg(
            rows=pl.col(COUNT).sum(),
            placed=pl.col(COUNT).filter(pl.col("place").is_not_null()).sum() / pl.col(COUNT).sum(),
        )
        .sort("period")
    )
