"""What was lost on the way to a release, and what differs from the release before it? In figures and in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from hub.release.coded import Rows
from hub.release.leaving import PSEUDONYM
from hub.release.question import Asked

FEW_VALUES = 200
AREAS = ("lsoa", "ward", "district")


def utility(read: pl.DataFrame, released: pl.DataFrame) -> dict[str, float]:
    """How well the release answers what the rows read would: by question, 0 is exact.

    `rows kept` is a share; for each column with few values the total variation distance between its shares before and
    after (what is withheld is a value that no row had before); for areas also the mean relative error of their counts.
    """
    found = {"share of rows kept": round(released.height / read.height, 6) if read.height else 0.0}
    for column in read.columns:
        if not read.height or read[column].n_unique() > FEW_VALUES or column.startswith("cell_"):
            continue
        both = (
            read.group_by(column).len("before")
            .join(released.group_by(column).len("after"), on=column, how="full", nulls_equal=True)
            .select(pl.col("before", "after").fill_null(0).cast(pl.Int64))
        )  # fmt: skip
        shares = (both["before"] / read.height - both["after"] / max(1, released.height)).abs().sum() / 2
        found[f"shares by {column}: total variation"] = round(float(shares), 6)
        if column in AREAS:
            known = both.filter(pl.col("before") > 0)
            wrong = ((known["before"] - known["after"]).abs() / known["before"]).mean()
            found[f"counts by {column}: mean relative error"] = round(float(wrong or 0.0), 6)  # type: ignore[arg-type]
    return found


def answers(read: pl.DataFrame, released: pl.DataFrame, asked: Sequence[Asked]) -> dict[str, float]:
    """How well the release answers each stated question: the total variation distance between the shares of its columns'
    combinations before and after, 0 is exact. A question that names no released column is not measured."""
    found = {}
    for one in asked:
        columns = [c for c in one.columns if c in released.columns]
        if not columns or not read.height:
            continue
        both = (
            read.group_by(columns).len("before")
            .join(released.group_by(columns).len("after"), on=columns, how="full", nulls_equal=True)
            .select(pl.col("before").fill_null(0), pl.col("after").fill_null(0))
        )  # fmt: skip
        far = (both["before"] / read.height - both["after"] / max(1, released.height)).abs().sum() / 2
        found[f"question of {one.day}, by {', '.join(columns)}: total variation"] = round(float(far), 6)
    return found


MARKED = 100_000


def _marks(rows: Rows, columns: Sequence[str]) -> pl.DataFrame:
    """Of every row a 64-bit mark of its event number (`event`) and of its values in these columns (`told`)."""
    values = pl.concat_str([pl.col(c).cast(pl.Utf8).fill_null("\0") for c in columns], separator="\x1f")
    parts = [
        p.select(event=pl.col("event_id").hash(), told=values.hash() if columns else pl.lit(0, pl.UInt64))
        for p in rows.iter_slices(MARKED)
    ]
    return pl.concat([pl.DataFrame(schema={"event": pl.UInt64, "told": pl.UInt64}), *parts])


def _values(rows: Rows, column: str) -> set[str]:
    return {v for part in rows.iter_slices(MARKED) for v in part[column].drop_nulls().unique()}


def changes(now: Rows, before: Rows, number: int) -> dict[str, Any]:
    """What differs from release `number` of the same series, by event numbers: rows new, gone and changed, columns
    new and gone, and the same in words."""
    shared = [c for c in now.columns if c in before.columns and c != "event_id"]
    anew = [c for c in shared if c.endswith(PSEUDONYM) and not _values(now, c) & _values(before, c)]
    shared = [c for c in shared if c not in anew]
    marks, earlier = _marks(now, shared), _marks(before, shared)
    common = marks.join(earlier, on="event", how="semi").height
    same = marks.join(earlier, on=["event", "told"], how="semi").height
    new, gone = now.height - common, before.height - common
    columns_new = [c for c in now.columns if c not in before.columns]
    columns_gone = [c for c in before.columns if c not in now.columns]
    words = f"{new:,} rows are new, {gone:,} are gone and {common - same:,} have changed since release {number}"
    if columns_new or columns_gone:
        said = [*(f"{c} was added" for c in columns_new), *(f"{c} was taken out" for c in columns_gone)]
        words += f"; of the columns, {', '.join(said)}"
    if any(_values(now, c) for c in anew):
        words += "; the pseudonyms were keyed anew, so that none is the same"
    return {
        "release": number,
        "rows_before": before.height,
        "rows_now": now.height,
        "new": new,
        "gone": gone,
        "changed": common - same,
        "columns_new": columns_new,
        "columns_gone": columns_gone,
        "words": words + ".",
    }
