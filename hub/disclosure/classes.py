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
    """Hold back every row in a group of fewer than `k` on the quasi-identifiers; null is a value like another. Rows stay
    in their order.

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
    return Suppressed(kept, frame.height - kept.height, classes, smallest)


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


def measure(
    table: pl.DataFrame | pl.LazyFrame, quasi_identifiers: Sequence[str], sensitive: str | None = None
) -> Measured:
    """Count classes, k, l and t of a released table anew; the share of each sensitive value is the whole table's.

    A lazy table is read in a stream: only classes are held in memory.
    """
    names = list(quasi_identifiers)
    keys = [*names, *([sensitive] if sensitive is not None else [])]
    cells = table.lazy().group_by(keys).agg(_n=pl.len().cast(pl.Int64)).collect(engine="streaming")
    kept = cells.filter(~pl.all_horizontal([pl.col(q).cast(pl.Utf8).eq("*").fill_null(value=False) for q in names]))
    rows, left = int(cells["_n"].sum()), int(kept["_n"].sum())
    share = pl.DataFrame()
    mixed: list[pl.Expr] = []
    if sensitive is not None:
        share = cells.group_by(sensitive).agg(_q=pl.col("_n").sum() / max(rows, 1))
        kept = kept.join(share, on=sensitive, nulls_equal=True)
        apart = (pl.col("_n") / pl.col("_n").sum() - pl.col("_q")).abs().sum()
        mixed = [pl.len().alias("_l"), ((apart + 1 - pl.col("_q").sum()) / 2).alias("_t")]
    classes = kept.group_by(names).agg(pl.col("_n").sum().alias("_size"), *mixed)
    if not classes.height:
        return Measured(rows, rows, 0, 0, 0.0)
    worst = classes.select(k=pl.col("_size").min(), l=pl.col("_l").min() if mixed else None, t=pl.col("_t").max() if mixed else None)  # fmt: skip
    k, fewest, farthest = worst.row(0)
    return Measured(rows, rows - left, classes.height, k, left / classes.height, fewest, farthest)
