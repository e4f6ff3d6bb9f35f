"""Whose row it is, and how coarse it must stay."""

from __future__ import annotations

import polars as pl
import pytest

from hub.decision import Refuse
from hub.pool import Claim, assign_partnership, check_claims, check_shrink, row_floors
from protocols.schema import Flow

NORTH = Claim("north", frozenset({"E1", "E2"}), takes_unplaced=False)
SOUTH = Claim("south", frozenset({"E3"}), takes_unplaced=True)


@pytest.mark.parametrize(
    ("easting", "district", "claims", "owner"),
    [
        (1, "E1", [NORTH, SOUTH], "north"),
        (1, "E3", [NORTH, SOUTH], "south"),
        (1, "E9", [NORTH, SOUTH], "out-of-area"),
        (1, None, [NORTH, SOUTH], "out-of-area"),
        (None, None, [NORTH, SOUTH], "south"),
        (None, None, [NORTH], "out-of-area"),
        (1, "E3", [NORTH], "out-of-area"),
    ],
)
def test_a_row_goes_to_the_partnership_of_its_place(
    easting: int | None, district: str | None, claims: list[Claim], owner: str
) -> None:
    frame = pl.DataFrame(
        {"easting": [easting], "district": [district]}, schema={"easting": pl.Int32, "district": pl.Utf8}
    )
    assert assign_partnership(frame, claims)["partnership"].to_list() == [owner]


def test_boundaries_that_are_not_loaded_hold_the_batch_instead_of_losing_it() -> None:
    verdict = check_claims([NORTH], frozenset({"E1"}))
    assert isinstance(verdict, Refuse)
    assert "E2" in verdict.reason
    assert check_claims([NORTH], frozenset({"E1", "E2", "E3"}))


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [(0, 0, True), (100, 80, True), (100, 79, False), (1, 0, False), (10, 30, True), (5, 4, True), (4, 3, False)],
)
def test_a_snapshot_may_not_shrink_by_more_than_its_limit(before: int, after: int, allowed: bool) -> None:
    assert bool(check_shrink(before, after, 0.2)) is allowed


def flow(**more: object) -> Flow:
    return Flow.model_validate(
        {
            "from": "agency", "dataset": "d/1", "gateway": "CDA98_S115", "regime": "dpa-part3", "basis": "b",
            "condition": "c", "frequency": "nightly", "retention": {"raw": "P30D", "pool": "P3Y", "release": "P3Y"},
            "place-floor": "grid-100m", "time-floor": "hour", "suppression": "under-5", "fields": {}, **more,
        }
    )  # fmt: skip


def test_a_coarser_place_clause_binds_the_rows_it_names() -> None:
    clause = {"field": "group", "values": ["sexual"], "place-floor": "ward"}
    frame = pl.DataFrame({"group": ["sexual", "theft", None]})
    floors = row_floors(frame, flow(**{"coarser-place": [clause]}))
    assert floors["place_floor"].to_list() == ["ward", "grid-100m", "grid-100m"]
    assert floors["time_floor"].unique().to_list() == ["hour"]


def test_a_clause_that_cannot_be_checked_binds_every_row() -> None:
    clause = {"field": "group", "values": ["sexual"], "place-floor": "ward"}
    assert row_floors(pl.DataFrame({"x": [1]}), flow(**{"coarser-place": [clause]}))["place_floor"].to_list() == [
        "ward"
    ]
