"""How large, and how mixed, are the groups that an intruder would see? Measured on released values. Pure, on columns.

Groups are formed on the values as released, so that k counts what an intruder would see (k-anonymity, Sweeney 2002).
What is measured here is counted anew from the released columns, by other code than the recoder's: a certificate
rests on this, not on the recoder's word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Rows that may leave, and what was held back: rows suppressed, groups left, the smallest group's size."""

    frame: pl.DataFrame
    suppressed: int
    classes: int
    smallest: int


def suppress(frame: pl.DataFrame, quasi_identifiers: Sequence[str], k: int) -> Suppressed:
    """Hold back every row in a group of fewer than `k` on the quasi-identifiers; null is a value like another.

    Raises `ValueError` for k under 2 or a quasi-identifier that is no column: a wrong call must not release anything.
    """
    unknown = [q for q in quasi_identifiers if q not in frame.columns]
    if k < 2 or unknown or not quasi_identifiers:
        raise ValueError(f"k-anonymity needs k of 2 or more and known quasi-identifiers (unknown: {unknown})")
    sized = frame.with_columns(_size=pl.len().over(list(quasi_identifiers)))
    kept = sized.filter(pl.col("_size") >= k)
    classes = kept.select(quasi_identifiers).n_unique() if kept.height else 0
    smallest = int(kept.select(pl.col("_size").min()).item() or 0) if kept.height else 0
    kept = kept.drop("_size")
    return Suppressed(kept.sort(kept.columns, nulls_last=True), frame.height - kept.height, classes, smallest)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a released table reaches, suppressed rows (`*` in every quasi-identifier) left out.

    `k`: rows of the smallest class (0: nothing released). `average`: rows per class. `l`: fewest different sensitive
    values in a class; `t`: largest distance of a class from the whole table; both None without a sensitive column.
    `prosecutor`: the largest chance, 1/k, of picking the right row for a person known to be in the table.
    """

    rows: int
    suppressed: int
    classes: int
    k: int
    average: float
    l: int | None = None  # noqa: E741
    t: float | None = None

    @property
    def prosecutor(self) -> float:
        return 1 / self.k if self.k else 0.0


def measure(frame: pl.DataFrame, quasi_identifiers: Sequence[str], sensitive: str | None = None) -> Measured:
    """Count classes, k, l and t of a released table anew; the share of each sensitive value is the whole table's."""
    names = list(quasi_identifiers)
    starred = pl.all_horizontal([pl.col(q).cast(pl.Utf8).eq("*").fill_null(value=False) for q in names])
    kept = frame.filter(~starred)
    sizes = kept.group_by(names).agg(_n=pl.len())
    k = int(sizes["_n"].min() or 0) if sizes.height else 0  # type: ignore[arg-type]
    average = kept.height / sizes.height if sizes.height else 0.0
    if sensitive is None or not kept.height:
        return Measured(frame.height, frame.height - kept.height, sizes.height, k, average)
    share = frame.group_by(sensitive).agg(_q=pl.len() / frame.height)
    cells = kept.group_by([*names, sensitive]).agg(_n=pl.len()).join(share, on=sensitive, nulls_equal=True)
    total = pl.col("_n").sum()
    classes = cells.group_by(names).agg(
        _l=pl.len(), _t=((pl.col("_n") / total - pl.col("_q")).abs().sum() + 1 - pl.col("_q").sum()) / 2
    )
    fewest, farthest = int(classes["_l"].min()), float(classes["_t"].max())  # type: ignore[arg-type]
    return Measured(frame.height, frame.height - kept.height, sizes.height, k, average, fewest, farthest)
