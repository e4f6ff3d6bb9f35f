"""Where and when a night's rows happen: places drawn from the borough, times before the extract was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import polars as pl

from hub.demo import canaries
from hub.demo.borough import BOXES, Borough
from hub.demo.dirt import ROW, Plan, existing
from hub.demo.notes import Kind, notes
from hub.demo.people import some

NAMED_SHARE = 0.25
"""Rows at a named place (pub, park, car park, station …) instead of at a house."""
OUTSIDE_SHARE, PLACELESS_SHARE = 0.03, 0.02
BACK_DAYS = 45
"""No event is older than this, the bad rows of the missing hour excepted."""


@dataclass(frozen=True)
class Setting:
    """What one extract of the night is drawn from; `stream` keeps the extracts' draws apart."""

    borough: Borough
    seed: int
    day: date
    stream: int
    rows: int
    noted: float

    def draws(self, chunk: int) -> np.random.Generator:
        """The generator of one chunk, whatever was drawn before it."""
        return np.random.default_rng([self.seed, self.day.toordinal(), self.stream, chunk])

    @cached_property
    def pools(self) -> tuple[pl.DataFrame, dict[str, tuple[int, int, int]]]:
        """All houses and named places in one table, and for each town (first house, first place, end)."""
        houses = self.borough.addresses.with_columns(name=pl.lit(None, pl.Utf8), kind=pl.lit("home"))
        places = self.borough.places.with_columns(uprn=pl.lit(None, pl.Utf8)).select(houses.columns)
        parts, marks, at = [], {}, 0
        for town in BOXES:
            own = [houses.filter(pl.col("town") == town), places.filter(pl.col("town") == town)]
            marks[town] = (at, at + own[0].height, at := at + own[0].height + own[1].height)
            parts += own
        table: pl.DataFrame = pl.concat(parts)
        return table.rename({"number": "house"}), marks


@dataclass(frozen=True, slots=True)
class Stretch:
    """One chunk of an extract before its rows are made. Masks are by row of the chunk; `first` and `second` map such
    rows to the canaries who are the record's first and second person."""

    rng: np.random.Generator
    rows: pl.Series
    outside: pl.Series
    placeless: pl.Series
    canary: pl.Series
    whole: pl.Series
    first: dict[int, int]
    second: dict[int, int]

    @property
    def size(self) -> int:
        """How many rows."""
        return len(self.rows)

    def marks(self) -> pl.DataFrame:
        """`_row` and the marks `_outside` and `_placeless`."""
        return pl.DataFrame({ROW: self.rows, "_outside": self.outside, "_placeless": self.placeless})


def begin(setting: Setting, plan: Plan, number: int, low: int, high: int) -> Stretch:
    """Chunk `number`, rows `low` to `high`. Rows with planted dirt or canaries lie in the borough and have a whole
    place (`whole`); of the others some lie in the neighbouring borough and some have no place."""
    rng, rows = setting.draws(number), pl.Series(ROW, np.arange(low, high, dtype=np.int64))
    whole = rows.is_in([*plan.special, *plan.canaries])
    drawn = pl.Series(rng.random(len(rows)))
    seats = {row - low: seat for row, seat in plan.canaries.items() if low <= row < high}
    base = canaries.base(setting.stream)
    return Stretch(
        rng=rng, rows=rows, whole=whole,
        outside=(drawn < OUTSIDE_SHARE) & ~whole, placeless=(drawn > 1 - PLACELESS_SHARE) & ~whole,
        canary=rows.is_in(list(plan.canaries)),
        first={row: base + 2 * seat for row, seat in seats.items()},
        second={row: base + 2 * seat + 1 for row, seat in seats.items()},
    )  # fmt: skip


def with_notes(
    stretch: Stretch, frame: pl.DataFrame, facts: pl.DataFrame, kind: Kind, share: float, column: str
) -> pl.DataFrame:
    """The frame with a note in `column` on about that share of rows, and on all rows of canaries."""
    noted = some(stretch.rng, stretch.size, share) | stretch.canary
    written = notes(stretch.rng, facts.with_columns(full=stretch.canary).filter(noted), kind)
    spots = pl.DataFrame({"_at": noted.arg_true(), column: written}, schema={"_at": pl.UInt32, column: pl.Utf8})
    return frame.with_row_index("_at").join(spots, on="_at", how="left", maintain_order="left").drop("_at")


def scenes(rng: np.random.Generator, setting: Setting, outside: pl.Series) -> pl.DataFrame:
    """A place per row: uprn house street town postcode easting northing district name kind. `kind` is home, pub, park,
    car park, station, shop, school or hospital; `name` is null at a home."""
    table, marks = setting.pools
    n = len(outside)
    first, turn, end = (np.where(outside.to_numpy(), *(marks[t][i] for t in reversed(BOXES))) for i in range(3))
    named = rng.random(n) < NAMED_SHARE
    low, high = np.where(named, turn, first), np.where(named, end, turn)
    drawn: pl.DataFrame = table[(low + rng.random(n) * (high - low)).astype(np.int64).tolist()]
    return drawn


def happened(rng: np.random.Generator, day: date, n: int) -> tuple[pl.Series, pl.Series]:
    """When each row was recorded (on `day`) and when it began: mostly hours before, sometimes weeks; some at midnight
    sharp, as records systems write for "time not known". Naive local times, whole minutes, none in a missing hour."""
    recorded = rng.integers(0, 24 * 60, n)
    hours = np.where(rng.random(n) < 0.75, rng.exponential(4 * 60, n), rng.exponential(6 * 24 * 60, n))
    began = recorded - np.minimum(hours.astype(np.int64) + 5, (BACK_DAYS - 1) * 24 * 60)
    began = np.where(rng.random(n) < 0.5, began // 5 * 5, began)
    began = np.where(rng.random(n) < 0.03, began // (24 * 60) * (24 * 60), began)
    return existing(at(day, recorded)), existing(at(day, began))


def at(day: date, minutes: np.ndarray) -> pl.Series:
    """Minutes from the midnight that begins `day` as naive times."""
    start = np.datetime64(day, "m").astype("datetime64[us]")
    return pl.Series(start + minutes.astype("timedelta64[m]").astype("timedelta64[us]"))


def earliest(day: date) -> date:
    """The first day on which a row of the night of `day` can have happened."""
    return day - timedelta(days=BACK_DAYS)
