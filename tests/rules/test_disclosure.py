"""Thresholds either side; cells that never cross; the strictest floor; and k holds on what is released."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.disclosure import coarsen_place, coarsen_time, neutralise_formulas, suppress
from protocols.schema import PLACE_FLOORS

SIDES = {"grid-1m": 1, "grid-10m": 10, "grid-100m": 100, "grid-500m": 500, "grid-1km": 1000}


def place(easting: int | None = 412345, northing: int | None = 403999, own: str = "grid-1m") -> pl.DataFrame:
    return pl.DataFrame(
        {"easting": [easting], "northing": [northing], "lsoa": ["L1"], "ward": ["W1"], "district": ["D1"],
         "place_floor": [own]},
        schema_overrides={"easting": pl.Int32, "northing": pl.Int32},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("agreed", "own", "kind", "written"),
    [
        ("grid-1m", "grid-1m", "grid-1m", "412345403999"),
        ("grid-100m", "grid-1m", "grid-100m", "412300403900"),
        ("grid-10m", "grid-1km", "grid-1km", "412000403000"),
        ("grid-100m", "lsoa", "lsoa", "L1"),
        ("grid-100m", "ward", "ward", "W1"),
        ("ward", "grid-10m", "ward", "W1"),
        ("district", "ward", "district", "D1"),
        ("grid-100m", "a floor nobody knows", "district", "D1"),
    ],
)
def test_the_strictest_floor_wins(agreed: str, own: str, kind: str, written: str) -> None:
    row = coarsen_place(place(own=own), agreed).row(0, named=True)
    assert (row["place_kind"], row["place"]) == (kind, written)
    assert "easting" not in row
    assert "northing" not in row


def test_finer_areas_than_the_floor_are_blank() -> None:
    assert coarsen_place(place(own="ward"), "grid-100m").row(0, named=True)["lsoa"] is None
    assert coarsen_place(place(), "grid-1km").row(0, named=True)["lsoa"] is None
    assert coarsen_place(place(), "grid-100m").row(0, named=True)["lsoa"] == "L1"


def test_a_row_without_a_place_says_none() -> None:
    row = coarsen_place(place(None, None), "grid-100m").row(0, named=True)
    assert (row["place_kind"], row["place"], row["cell_easting"]) == ("none", None, None)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 699_999), st.integers(0, 1_299_999), st.sampled_from(sorted(SIDES)))
def test_cells_are_cut_never_rounded_and_hold_their_point(easting: int, northing: int, floor: str) -> None:
    side = SIDES[floor]
    row = coarsen_place(place(easting, northing), floor).row(0, named=True)
    assert row["place"] == f"{easting // side * side:06d}{northing // side * side:06d}"
    assert abs(row["cell_easting"] - easting) <= side
    assert row["cell_easting"] // side == easting // side


@pytest.mark.parametrize(
    ("agreed", "own", "precision", "written"),
    [
        ("minute", "minute", "minute", "2026-11-23T02:15"),
        ("minute", "hour", "minute", "2026-11-23T02:00"),
        ("date", "hour", "minute", "2026-11-23"),
        ("minute", "minute", "date", "2026-11-23"),
        ("minute", "minute", "month", "2026-11"),
        ("month", "minute", "minute", "2026-11"),
        ("quarter", "minute", "month", "2026-Q4"),
    ],
)
def test_times_are_no_finer_than_agreed_nor_than_known(agreed: str, own: str, precision: str, written: str) -> None:
    frame = pl.DataFrame({"occurred_from": [datetime(2026, 11, 23, 2, 15)], "time_precision": [precision],  # noqa: DTZ001
                          "time_floor": [own]})  # fmt: skip
    assert coarsen_time(frame, agreed)["occurred"].to_list() == [written]


@pytest.mark.parametrize(("size", "k", "released"), [(4, 5, 0), (5, 5, 5), (6, 5, 6), (3, 3, 3), (2, 3, 0)])
def test_groups_either_side_of_k(size: int, k: int, released: int) -> None:
    done = suppress(pl.DataFrame({"q": ["x"] * size, "v": range(size)}), ["q"], k)
    assert (done.frame.height, done.suppressed) == (released, size - released)


def test_a_wrong_call_releases_nothing() -> None:
    frame = pl.DataFrame({"q": ["x"] * 9})
    for quasi, k in (([], 5), (["nope"], 5), (["q"], 1), (["q"], 0)):
        with pytest.raises(ValueError, match="k-anonymity"):
            suppress(frame, quasi, k)


ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 2), st.integers(0, 9)), max_size=60)


@settings(max_examples=200, deadline=None)
@given(ROWS, st.integers(2, 6))
def test_k_holds_on_what_is_released_and_nothing_large_is_lost(rows: list[tuple[str | None, int, int]], k: int) -> None:
    frame = pl.DataFrame(rows, schema={"q": pl.Utf8, "r": pl.Int64, "v": pl.Int64}, orient="row")
    done = suppress(frame, ["q", "r"], k)
    sizes = Counter((q, r) for q, r, _ in rows)
    expected = sorted((r for r in rows if sizes[r[:2]] >= k), key=str)
    assert sorted(done.frame.rows(), key=str) == expected
    assert done.suppressed == len(rows) - len(expected)
    left = Counter((q, r) for q, r, _ in done.frame.rows())
    assert all(n >= k for n in left.values())
    assert done.smallest == min(left.values(), default=0)


def test_rows_stay_in_their_order() -> None:
    """The order of a release is another's to make (`hub.release.order`), whatever the order that rows were read in."""
    frame = pl.DataFrame({"q": ["b", "a", "b", "c", "a"] * 5, "v": list(range(25))})
    assert suppress(frame, ["q"], 6).frame["v"].to_list() == [n for n in range(25) if n % 5 != 3]


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-1", "@x", "\t=1", "\r=1", " =1", "＝1", "|cmd", "%0A"])
def test_cells_a_spreadsheet_could_run_are_neutralised(cell: str) -> None:
    assert neutralise_formulas(pl.DataFrame({"c": [cell]}))["c"][0] == "'" + cell


def test_plain_cells_stay_as_they_are() -> None:
    frame = pl.DataFrame({"c": ["x=1", "2026-11", "", None], "n": [-1, 2, 3, 4]})
    assert neutralise_formulas(frame).equals(frame)


def test_floors_are_those_of_the_schema() -> None:
    for floor in PLACE_FLOORS:
        assert coarsen_place(place(), floor)["place_kind"].to_list() == [floor]
