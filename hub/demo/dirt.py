"""Ordinary dirt in known numbers: what goes wrong in every extract, planted where we know it.

A `Plan` is drawn for a whole file before its first row is made, so that a chunk needs to know only its own stretch of
it, and so that a duplicate may stand far behind its original.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from hub.demo.canaries import PER_EXTRACT

ROW = "_row"
"""Place of a row in its file, from 0."""

BAD = ("impossible-date", "missing-hour", "unknown-code", "missing-required")
"""Rows that break the contract: each ends at the source or in quarantine."""
PLACES = ("swapped-coordinates", "zero-coordinates")
"""Good rows whose coordinates are wrong."""
FORMULA = "formula"
REPEATED = "repeated-hour"
"""Good rows of the hour that comes twice in autumn, planted only where the file's days include it."""
DUPLICATE, CORRECTION = "duplicate", "correction"
FEW = 40
"""Files with fewer rows hold no dirt."""
FORMULAS = ("=1+2", "+N04", "-N04", "@SUM(1,2)", '=HYPERLINK("a")')

Spoil = dict[str, pl.Expr]
"""Columns of the native frame and what they become."""


@dataclass(slots=True)
class Plan:
    """What is planted where in one file: rows by kind of dirt, copies (later row → earlier row), canaries
    (row → number among the file's canaries)."""

    rows: dict[str, list[int]] = field(default_factory=dict)
    duplicates: dict[int, int] = field(default_factory=dict)
    corrections: dict[int, int] = field(default_factory=dict)
    canaries: dict[int, int] = field(default_factory=dict)
    kept: dict[int, pl.DataFrame] = field(default_factory=dict)

    @property
    def special(self) -> set[int]:
        """Rows that are spoilt, copied or copies: kept out of the random share of out-of-area and placeless rows."""
        copied = {*self.duplicates, *self.duplicates.values(), *self.corrections, *self.corrections.values()}
        return copied.union(*self.rows.values())

    def counts(self) -> dict[str, int]:
        """How many of each kind are planted."""
        found = {kind: len(rows) for kind, rows in self.rows.items()}
        return found | {
            DUPLICATE: len(self.duplicates),
            CORRECTION: len(self.corrections),
            "canary": len(self.canaries),
        }


def draw_plan(rng: np.random.Generator, n: int, kinds: tuple[str, ...], copies: tuple[str, ...], canaries: int) -> Plan:
    """A plan for a file of `n` rows: one row of each kind and of each sort of copy, and one more per 20,000 rows.

    The first canaries sit on a row of each bad kind and on the originals of a duplicate and a correction, so that
    quarantine and versions are searched too. Raises `ValueError` when so many canaries do not fit.
    """
    each = 1 + n // 20_000 if n >= FEW else 0
    if canaries > min(PER_EXTRACT, n // 4):
        raise ValueError(f"{canaries} canaries do not fit: at most {PER_EXTRACT}, and a quarter of a file's {n} rows")
    spots = iter(rng.choice(n, each * (len(kinds) + 2 * len(copies)) + canaries, replace=False).tolist())
    plan = Plan(rows={kind: [next(spots) for _ in range(each)] for kind in kinds})
    for copy in copies:
        pairs = [sorted((next(spots), next(spots))) for _ in range(each)]
        target = plan.duplicates if copy == DUPLICATE else plan.corrections
        target.update({later: earlier for earlier, later in pairs})
    seats = [plan.rows[kind][0] for kind in kinds if kind in BAD and each]
    seats += [next(iter(pairs.values())) for pairs in (plan.duplicates, plan.corrections) if pairs]
    seats = [*seats[:canaries], *[next(spots) for _ in range(canaries - len(seats))]]
    plan.canaries = {row: number for number, row in enumerate(seats)}
    return plan


def spoil(frame: pl.DataFrame, plan: Plan, spoils: dict[str, Spoil]) -> pl.DataFrame:
    """The native frame of one chunk with the plan's dirt of that chunk."""
    low, high = int(frame[ROW][0]), int(frame[ROW][-1])
    for kind, changes in spoils.items():
        here = [row for row in plan.rows.get(kind, ()) if low <= row <= high]
        if here:
            hit = pl.col(ROW).is_in(here)
            frame = frame.with_columns(
                **{c: pl.when(hit).then(value).otherwise(pl.col(c)) for c, value in changes.items()}
            )
    return frame


def copied(frame: pl.DataFrame, plan: Plan, before: Spoil, after: Spoil) -> pl.DataFrame:
    """The chunk with its copies put in: duplicates alike, corrections with the same key and the changes `after` where
    their originals have `before`. Originals are kept in the plan until their copy's chunk comes."""
    low, high = int(frame[ROW][0]), int(frame[ROW][-1])
    first = [row for row in plan.corrections.values() if low <= row <= high]
    if first:
        hit = pl.col(ROW).is_in(first)
        frame = frame.with_columns(**{c: pl.when(hit).then(v).otherwise(pl.col(c)) for c, v in before.items()})
    pairs: list[tuple[int, int, Spoil]] = [(later, earlier, {}) for later, earlier in plan.duplicates.items()]
    pairs += [(later, earlier, after) for later, earlier in plan.corrections.items()]
    copies = []
    for later, earlier, changes in pairs:
        if low <= earlier <= high:
            plan.kept[later] = frame.filter(pl.col(ROW) == earlier)
        if low <= later <= high:
            kept = plan.kept.pop(later).with_columns(pl.lit(later).cast(frame.schema[ROW]).alias(ROW))
            copies.append(kept.with_columns(**changes))
    if not copies:
        return frame
    changed = pl.concat(copies)
    return pl.concat([frame.filter(~pl.col(ROW).is_in(changed[ROW].implode())), changed]).sort(ROW)


def last_sunday(year: int, month: int) -> date:
    """The last Sunday of a month of 31 days, when the clocks change."""
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() + 1) % 7)


def last_spring(day: date) -> date:
    """The last day on or before `day` on which an hour was missing (01:00 to 02:00)."""
    this = last_sunday(day.year, 3)
    return this if this <= day else last_sunday(day.year - 1, 3)


def autumn_within(first: date, last: date) -> date | None:
    """The day between the two on which an hour came twice (01:00 to 02:00), if there is one."""
    days = (last_sunday(year, 10) for year in range(first.year, last.year + 1))
    return next((day for day in days if first <= day <= last), None)


def repeated(times: pl.Series) -> pl.DataFrame:
    """The mark `_repeated` of local times in the hour that comes twice."""
    years = range(int(times.dt.year().min() or 1970), int(times.dt.year().max() or 1970) + 1)  # type: ignore[arg-type]
    twice = times.dt.date().is_in([last_sunday(year, 10) for year in years]) & (times.dt.hour() == 1)
    return pl.DataFrame({"_repeated": twice})


def existing(times: pl.Series) -> pl.Series:
    """Local times (naive) with those in the missing hour of spring moved one hour on, so that no row is bad unmeant."""
    years = range(int(times.dt.year().min() or 1970), int(times.dt.year().max() or 1970) + 1)  # type: ignore[arg-type]
    missing = times.dt.date().is_in([last_sunday(year, 3) for year in years]) & (times.dt.hour() == 1)
    return (times + timedelta(hours=1)).zip_with(missing, times)
