"""Counts of released rows at a glance, and hot spots against the slow formula and on fields made to be hot or not."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import polars as pl
import pytest

from hub.release import look
from hub.release.hotspots import gathered, hot_spots, repeat_places

ROWS = pl.DataFrame({
    "event_id": [str(n) for n in range(8)],
    "occurred": ["2025-11-23T02:00", "2026-10-05T10:00", "2026-11-23T02:00", "2026-11-23T03:00", "2026-11-24", "2026-11", None, "2026-Q4"],
    "place_kind": ["grid-1km"] * 5 + ["ward"] * 2 + ["none"],
    "place": ["a", "a", "a", "b", "b", "W1", "W1", None],
    "cell_easting": [500, 500, 500, 1500, 1500, None, None, None],
    "cell_northing": [500, 500, 500, 500, 500, None, None, None],
    "offence": ["x", "y", "x", "*", None, "x", "x", "y"],
})  # fmt: skip


def test_filters_leave_what_they_say() -> None:
    assert look.chosen(ROWS, look.View({"offence": "x"})).height == 4
    assert look.chosen(ROWS, look.View({"offence": ""})).height == 1
    assert look.chosen(ROWS, look.View({"no such column": "x", "place": "a"})).height == 8
    assert look.chosen(ROWS, look.View({}, "2026-11", "2026-11")).height == 4
    assert look.chosen(ROWS, look.View({}, "", "2025")).height == 2  # an undated row is before everything
    assert look.categories(ROWS) == {"offence": ["x", "y", "*", ""]}


def test_a_series_compares_with_the_period_before_and_the_year_before() -> None:
    months = pl.DataFrame({"occurred": ["2025-11"] * 3 + ["2026-10"] * 2 + ["2026-11"] * 7})
    found = look.series(months).rows()
    assert found == [("2025-11", 3, None, None), ("2026-10", 2, 3, None), ("2026-11", 7, 2, 3)]
    assert look.series(ROWS.drop("occurred")).height == 0
    many = pl.DataFrame({"occurred": [f"2026-{m:02}-{d:02}" for m in (1, 2, 3, 4) for d in range(1, 29)]})
    assert look.series(many)["period"].to_list() == ["2026-01", "2026-02", "2026-03", "2026-04"]


def test_a_heat_map_only_where_hours_were_released() -> None:
    found = look.heat(ROWS)
    assert found is not None
    assert found.rows() == [(1, 2, 1), (1, 3, 1), (1, 10, 1), (7, 2, 1)]
    assert look.heat(pl.DataFrame({"occurred": ["2026-11", None]})) is None


def test_tables_places_and_completeness() -> None:
    assert look.table(ROWS, "offence").rows() == [("x", 4, 0.5), ("y", 2, 0.25), ("", 1, 0.125), ("*", 1, 0.125)]
    assert look.places(ROWS).rows() == [
        ("grid-1km", "a", 500, 500, 3),
        ("ward", "W1", None, None, 2),
        ("grid-1km", "b", 1500, 500, 2),
    ]
    filled = {r[0]: r[1:] for r in look.completeness(ROWS).iter_rows()}
    assert filled["offence"] == (0.875, 0.125)
    assert look.placed_by_period(ROWS).filter(pl.col("period") == "2026-11")["placed"].to_list() == [1.0]
    assert look.completeness(ROWS.head(0))["filled"].to_list() == [0.0] * 7


def test_kinds_count_as_their_rows_do() -> None:
    rows = pl.concat([ROWS] * 3 + [ROWS.head(5)]).with_columns(event_id=pl.int_range(pl.len()).cast(pl.Utf8))
    few = look.kinds(rows)
    assert few.height < rows.height == look.total(few) == look.total(rows)
    view = look.View({"offence": "x"}, "2026", "")
    assert look.total(look.chosen(few, view)) == look.chosen(rows, view).height
    assert look.series(few).equals(look.series(rows))
    hours = look.heat(rows), look.heat(few)
    assert hours[0] is not None
    assert hours[1] is not None
    assert hours[0].equals(hours[1])
    assert look.table(few, "offence").equals(look.table(rows, "offence"))
    assert look.places(few).equals(look.places(rows))
    assert look.categories(few) == look.categories(rows)
    by_ward = rows.select("occurred", ward="place")
    assert look.places(look.kinds(by_ward)).equals(look.places(by_ward))


def cells(counts: np.ndarray, side: int = 100) -> pl.DataFrame:
    at = np.argwhere(counts > 0)
    return pl.DataFrame({"kind": "grid-100m", "place": [str(n) for n in range(len(at))], "easting": 50 + at[:, 1] * side,
                         "northing": 50 + at[:, 0] * side, "rows": [int(counts[i, j]) for i, j in at]})  # fmt: skip


def test_gi_star_is_the_formula() -> None:
    counts = np.random.default_rng(3).poisson(2.0, (7, 9)).astype(float) + 1
    found = {(r["easting"], r["northing"]): r["z"] for r in hot_spots(cells(counts), 100).cells.iter_rows(named=True)}
    n, mean = counts.size, counts.mean()
    spread = math.sqrt((counts**2).mean() - mean**2)
    for i in range(7):
        for j in range(9):
            near = [counts[a, b] for a in range(7) for b in range(9) if abs(a - i) <= 1 and abs(b - j) <= 1]
            w = len(near)
            expected = (sum(near) - mean * w) / (spread * math.sqrt((n * w - w * w) / (n - 1)))
            assert found[50 + j * 100, 50 + i * 100] == pytest.approx(expected)


def test_a_planted_cluster_is_found_and_an_even_field_has_none() -> None:
    draw = np.random.default_rng(5)
    even = draw.poisson(3.0, (20, 20)).astype(float)
    assert int(hot_spots(cells(even), 100).cells["hot"].sum()) <= 5
    even[5:8, 10:13] += 15
    found = hot_spots(cells(even), 100)
    hot = {(r["easting"] // 100, r["northing"] // 100) for r in found.cells.filter("hot").iter_rows(named=True)}
    assert {(j, i) for i in (5, 6, 7) for j in (10, 11, 12)} <= hot
    assert len(hot) < 40
    assert found.cells["density"].sum() > 0
    assert "false discoveries" in found.note


def test_too_few_cells_are_not_tested_and_coarse_rows_are_said() -> None:
    assert hot_spots(cells(np.ones((2, 2))), 100).cells.height == 0
    with_area = pl.concat([cells(np.ones((5, 5)) * 2), pl.DataFrame(
        {"kind": ["ward"], "place": ["W"], "easting": [None], "northing": [None], "rows": [7]},
        schema_overrides={"easting": pl.Int64, "northing": pl.Int64})])  # fmt: skip
    assert "7 rows are placed more coarsely" in hot_spots(with_area, 100).note


def test_repeat_places_hold_their_share() -> None:
    counts = Counter({"a": 6, "b": 3, "c": 1})
    frame = pl.DataFrame({"kind": ["ward"] * 3, "place": list(counts), "rows": list(counts.values())})
    found = repeat_places(frame)
    assert found["place"].to_list() == ["a", "b"]
    assert found["cumulated"].to_list() == pytest.approx([0.6, 0.9])


def test_where_rows_gather_is_said_and_density_reaches_beyond_the_cells_that_have_rows() -> None:
    cells = pl.DataFrame({"easting": [500 + 1000 * n for n in range(12)], "northing": [500] * 12,
                          "rows": [100, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 10]})  # fmt: skip
    places = cells.with_columns(kind=pl.lit("grid-1km"), place=pl.col("easting").cast(pl.Utf8))
    said = gathered(places)
    assert said == (
        "The busiest tenth of the 12 places (2) hold 92% of the rows that have a place; half of these rows lie in 1 places."
    )
    assert gathered(places.head(5)) == ""
    gap = cells.filter(pl.col("easting") != 4500)
    spots = hot_spots(gap, 1000)
    assert 4500 in spots.surface["easting"]
    assert 4500 not in spots.cells["easting"]
    assert (spots.surface["density"] > 0).all()
