"""What would an intruder who knows everything of a person but their row still find? Cells withheld so that it is nothing.

A group of k rows alike in the quasi-identifiers hides nobody from an intruder who also knows the offence: of a k = 5
file, 8.1 % of rows are then found alone. So every released value of a row is taken as known, and the values beside the
quasi-identifiers are withheld (`*`), as few as will do, until no row stands alone in all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from hub.release.question import WANTED

WITHHELD = "*"


def lone(frame: pl.DataFrame, known: Sequence[str]) -> pl.Series:
    """Per row: is it the only one with these values?"""
    return frame.select((pl.len().over(list(known)) == 1).alias("lone"))["lone"]


def withhold(
    frame: pl.DataFrame, quasi: Sequence[str], others: Sequence[str], starred: Mapping[str, pl.Series]
) -> pl.DataFrame:
    """The frame with cells of `others` withheld where `starred` (by column, a mask of the rows) says so.

    A row that still stands alone has all of its `others` withheld; if it is then the only one of its group of which
    nothing is told, the smallest number of its companions that are alike is withheld with it. Null stays null unless
    it is withheld. Groups have two rows at least.
    """
    if not others:
        return frame
    known = [*quasi, *others]
    done = frame.with_columns(pl.when(starred[c]).then(pl.lit(WITHHELD)).otherwise(pl.col(c)).alias(c) for c in others)
    done = done.with_columns(
        _hidden=pl.all_horizontal([pl.col(c).eq_missing(WITHHELD) for c in others]) | lone(done, known)
    )
    done = _hide(done, others)
    single = done.group_by(list(quasi)).agg(pl.col("_hidden").sum()).filter(pl.col("_hidden") == 1).drop("_hidden")
    few = done.with_columns(_nth=pl.int_range(pl.len())).join(
        single, on=list(quasi), how="semi", nulls_equal=True, maintain_order="left"
    )
    few = few.with_columns(_alike=pl.len().over(known)).filter(~pl.col("_hidden"))
    chosen = few.sort("_alike", *others, "_nth", nulls_last=True).unique(list(quasi), keep="first", maintain_order=True)
    chosen = chosen.select(*known, pl.lit(value=True).alias("_more"))
    done = done.join(chosen, on=known, how="left", nulls_equal=True, maintain_order="left")
    done = done.with_columns(_hidden=pl.col("_hidden") | pl.col("_more").fill_null(value=False))
    return _hide(done, others).drop("_hidden", "_more")


def _hide(frame: pl.DataFrame, others: Sequence[str]) -> pl.DataFrame:
    return frame.with_columns(pl.when("_hidden").then(pl.lit(WITHHELD)).otherwise(pl.col(c)).alias(c) for c in others)


def blank_small_areas(frame: pl.DataFrame, quasi: Sequence[str], areas: Sequence[str], k: int) -> pl.DataFrame:
    """The frame with area columns blank where they would split a group of the quasi-identifiers into parts under `k`.

    A kilometre square crosses wards: the square and the ward together tell more than either. A part of fewer than k
    rows loses its area; parts that have lost it hold k rows together, or the whole group loses it.
    """
    formed = list(quasi)
    for area in areas:
        size, missing = pl.len().over([*formed, area]), pl.col(area).is_null()
        frame = frame.with_columns(_drop=(size < k) | missing, _some=(size < k).any().over(formed))
        too_few = pl.col("_drop").sum().over(formed) < k
        blank = pl.col("_drop") | (too_few & pl.col("_some"))
        frame = frame.with_columns(pl.when(blank).then(None).otherwise(pl.col(area)).alias(area)).drop("_drop", "_some")
        formed.append(area)
    return frame


def weights(frame: pl.DataFrame, columns: Sequence[str], wanted: Collection[str] = ()) -> dict[str, float]:
    """How much a column tells (entropy, in bits), more where the recipient's questions name it (`wanted`): what weighs
    more is withheld later."""
    found = {}
    for column in columns:
        shares = frame[column].value_counts()["count"] / max(1, frame.height)
        found[column] = max(0.05, float(-(shares * shares.log(2)).sum())) * (WANTED if column in wanted else 1.0)
    return found


def withheld_cells(frame: pl.DataFrame, others: Sequence[str]) -> dict[str, int]:
    """By column, how many cells are withheld."""
    return {c: int((frame[c] == WITHHELD).sum()) for c in others}


def minority(kinds: pl.DataFrame, column: str) -> pl.DataFrame:
    """The values of a column (one column) that fewer than half of the rows have which tell one. `kinds`: combinations
    of values, and how many rows are of each (`_n`). Null is none: a dataset without the column tells nothing by it."""
    told = kinds.filter(pl.col(column) != WITHHELD).group_by(column).agg(pl.col("_n").sum())
    return told.filter(2 * pl.col("_n") < pl.col("_n").sum()).select(column)


def hide_certain(frame: pl.DataFrame, quasi: Sequence[str], others: Sequence[str]) -> pl.DataFrame:
    """The frame with a column withheld for a whole group where all that tell it tell one same value, and most rows that
    have one have another: whoever knows where and when would know it for sure.

    Rows that were alike stay alike, so that nobody comes to stand alone.
    """
    if not others or not frame.height:
        return frame
    kinds = frame.group_by([*quasi, *others]).len("_n")
    for column in others:
        told = kinds.filter(pl.col(column).ne_missing(pl.lit(WITHHELD)))
        sure = told.group_by(list(quasi)).agg(pl.col(column).n_unique().alias("_values"), pl.col(column).first())
        sure = sure.filter(pl.col("_values") == 1).join(minority(kinds, column), on=column, nulls_equal=True)
        if not sure.height:
            continue
        marks = sure.select(*quasi, pl.lit(value=True).alias("_sure"))
        frame = frame.join(marks, on=list(quasi), how="left", nulls_equal=True, maintain_order="left")
        hidden = pl.when(pl.col("_sure")).then(pl.lit(WITHHELD)).otherwise(pl.col(column))
        frame = frame.with_columns(hidden.alias(column)).drop("_sure")
    return frame
