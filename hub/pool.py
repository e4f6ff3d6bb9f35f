"""Whose row is it, how coarse must it stay, and which version stands? Rules of the pool, on columns.

One row per source record: the version with the latest `made_at` of its manifest stands, whatever the order of
arrival; a withdrawal is a version too; a snapshot withdraws what it does not name inside its window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from hub.decision import Allow, Decision, Refuse
from protocols.schema import PLACE_FLOORS, Flow

OUT_OF_AREA = "out-of-area"
"""Stands in `partnership` for rows that no partnership's protocol covers."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one partnership's flow claims of an extract: its districts, and whether it takes rows without a place."""

    partnership: str
    districts: frozenset[str]
    takes_unplaced: bool


def assign_partnership(frame: pl.DataFrame, claims: Sequence[Claim]) -> pl.DataFrame:
    """Adds `partnership` from `district` and `easting`.

    A row in a claimed district goes to its partnership; a row without a usable place (no easting) to the first
    claim, by name, that takes unplaced rows; every other row is `out-of-area`.
    """
    ordered = sorted(claims, key=lambda c: c.partnership)
    by_district: dict[str, str] = {}
    for claim in ordered:
        for district in sorted(claim.districts):
            by_district.setdefault(district, claim.partnership)
    default = next((c.partnership for c in ordered if c.takes_unplaced), OUT_OF_AREA)
    placed = pl.col("district").replace_strict(by_district, default=OUT_OF_AREA, return_dtype=pl.Utf8)
    return frame.with_columns(
        partnership=pl.when(pl.col("easting").is_null()).then(pl.lit(default)).otherwise(placed.fill_null(OUT_OF_AREA))
    )


def check_claims(claims: Sequence[Claim], loaded_districts: frozenset[str]) -> Decision:
    """Are the boundaries loaded that tell whose a row is? Without them every row would fall out of area."""
    unknown = sorted({d for c in claims for d in c.districts} - loaded_districts)
    if unknown:
        return Refuse("pool.boundaries", f"boundaries of {', '.join(unknown)} are not loaded; run `hub areas load`")
    return Allow("pool.boundaries")


def row_floors(frame: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Adds `place_floor` and `time_floor`: the flow's, and coarser where a `coarser-place` clause names the row.

    `frame` still holds the native fields that the clauses look at.
    """
    rank = pl.lit(PLACE_FLOORS.index(flow.place_floor))
    for clause in flow.coarser_place:
        if clause.field not in frame.columns:
            # the clause cannot be checked on these rows, so all of them take the coarser floor
            rank = pl.max_horizontal(rank, pl.lit(PLACE_FLOORS.index(clause.place_floor)))
            continue
        named = pl.col(clause.field).is_in(list(clause.values)).fill_null(value=False)
        coarser = pl.when(named).then(PLACE_FLOORS.index(clause.place_floor)).otherwise(0)
        rank = pl.max_horizontal(rank, coarser)
    names: Mapping[int, str] = dict(enumerate(PLACE_FLOORS))
    return frame.with_columns(
        place_floor=rank.replace_strict(names, return_dtype=pl.Utf8), time_floor=pl.lit(flow.time_floor)
    )


def event_days(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `event_day` and `event_month` (first of the month), null for undated rows."""
    day = pl.col("occurred_from").dt.date()
    return frame.with_columns(event_day=day, event_month=day.dt.truncate("1mo"))


def check_shrink(before: int, after: int, limit: float) -> Decision:
    """May a snapshot replace `before` rows of its window by `after`? An emptied source must not empty the pool."""
    if after < before * (1 - limit):
        return Refuse(
            "pool.snapshot-shrinks",
            f"the window holds {before} rows and the snapshot {after}: a fall of more than {limit:.0%} is held for a"
            " person to confirm",
        )
    return Allow("pool.snapshot")


def months_of(frame: pl.DataFrame) -> list[date]:
    """The distinct event months of a frame, undated rows left out."""
    return sorted(frame["event_month"].drop_nulls().unique().to_list())
