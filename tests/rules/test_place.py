"""A dot never crosses its area's edge, stands for eight addresses or none, and is where it was in the last release."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.disclosure.place import displace, large_cells, make_snap_points, snap
from tests.rules.test_areas import layer

L_SHAPE = shapely.Polygon([(0, 0), (900, 0), (900, 150), (150, 150), (150, 900), (0, 900)])
INNER = shapely.Polygon([(150, 150), (900, 150), (900, 900), (150, 900)])
LONG = shapely.Polygon([(900, 0), (1200, 0), (1200, 900), (900, 900)])
AREAS = {"E01-L": L_SHAPE, "E01-INNER": INNER, "E01-LONG": LONG}
LAYER = layer("lsoa", list(AREAS), list(AREAS.values()), "test")


def holds(points: np.ndarray) -> np.ndarray:
    return LAYER.codes_of(points[:, 0], points[:, 1]).fill_null("").to_numpy()


def placed(points: np.ndarray) -> pl.DataFrame:
    """Points with their areas; those outside every area are left out."""
    frame = pl.DataFrame(
        {"easting": points[:, 0], "northing": points[:, 1]}, schema={"easting": pl.Int32, "northing": pl.Int32}
    )
    return frame.with_columns(area=pl.Series(holds(points.astype(float)).tolist(), dtype=pl.Utf8)).filter(
        pl.col("area") != ""
    )


def scattered(seed: int, count: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return placed(np.column_stack((rng.integers(0, 1200, count), rng.integers(0, 900, count))))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 500), st.integers(0, 12))
def test_snap_points_never_cross_their_area_and_stand_for_eight_or_none(seed: int, homes: int, parks: int) -> None:
    addresses, public, events = scattered(seed, homes), scattered(seed + 1, parks), scattered(seed + 2, 80)
    made = make_snap_points(addresses, holds, public)
    points = made.points
    found = holds(points.select("easting", "northing").to_numpy().astype(float))
    assert found.tolist() == points["area"].to_list()
    assert all(n == 0 or n >= 8 for n in points["addresses"])
    home = snap(addresses, made).with_columns(area=addresses["area"]).drop_nulls()
    counted = home.group_by("area", "easting", "northing").agg(n=pl.len())
    stated = {(a, e, n): c for a, e, n, c, _ in points.iter_rows()}
    assert all(stated[a, e, n] == c for a, e, n, c in counted.iter_rows())
    moved = snap(events, made)
    known = moved["easting"].is_not_null()
    there = holds(moved.filter(known).select("easting", "northing").to_numpy().astype(float))
    assert there.tolist() == events.filter(known)["area"].to_list()
    apart = ((moved["easting"] - events["easting"]) ** 2 + (moved["northing"] - events["northing"]) ** 2).sqrt()
    assert (apart.filter(known) <= moved["uncertainty_m"].filter(known)).all()


def test_few_addresses_make_no_point_and_a_public_place_keeps_its_own() -> None:
    few = placed(np.array([[950, 100], [960, 110], [970, 120]]))
    assert make_snap_points(few, holds).points.height == 0
    park = placed(np.array([[400, 400]]))
    made = make_snap_points(few, holds, park)
    assert made.points.rows() == [("E01-INNER", 400, 400, 0, 0)]
    at_park = placed(np.array([[402, 401], [955, 105]]))
    assert snap(at_park, made).rows() == [(400, 400, 3), (None, None, None)]


def test_a_public_place_among_a_few_homes_is_no_point_of_its_own() -> None:
    rng = np.random.default_rng(2)
    homes = placed(np.concatenate((rng.integers(200, 300, (60, 2)), np.array([[800, 800], [810, 800]]))))
    made = make_snap_points(homes, holds, placed(np.array([[805, 805]])))
    assert (805, 805) not in set(made.points.select("easting", "northing").rows())
    assert min(made.points["addresses"]) >= 8


def test_missing_positions_stay_missing() -> None:
    events = pl.DataFrame({"easting": [None, 500], "northing": [None, 500], "area": [None, None]},
                          schema={"easting": pl.Int32, "northing": pl.Int32, "area": pl.Utf8})  # fmt: skip
    made = make_snap_points(scattered(1, 300), holds)
    assert snap(events, made).rows() == [(None, None, None)] * 2
    assert displace(events, b"key", holds).rows() == [(None, None, None)] * 2


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_displacement_is_fixed_by_key_and_address_and_stays_inside(seed: int) -> None:
    events = scattered(seed, 60)
    once, again = displace(events, b"series", holds), displace(events.reverse(), b"series", holds).reverse()
    assert once.equals(again)
    known = once["easting"].is_not_null()
    assert known.sum() > 0.5 * events.height
    there = holds(once.filter(known).select("easting", "northing").to_numpy().astype(float))
    assert there.tolist() == events.filter(known)["area"].to_list()
    apart = ((once["easting"] - events["easting"]) ** 2 + (once["northing"] - events["northing"]) ** 2).sqrt()
    assert apart.filter(known).is_between(48, 252).all()
    assert not displace(events, b"another", holds).equals(once)


def test_asking_for_many_releases_averages_to_nothing_new() -> None:
    events = placed(np.array([[500, 500]] * 20))
    assert displace(events, b"series", holds).n_unique() == 1


def test_cells_grow_until_they_hold_eight_addresses_or_none() -> None:
    homes = pl.DataFrame({"easting": [10] * 9 + [110] * 3 + [610] * 2, "northing": [10] * 14})
    events = pl.DataFrame({"easting": [20, 120, 250, 620, None], "northing": [20, 20, 20, 20, None]})
    assert large_cells(events, homes, sides=(100, 500)).rows() == [
        (50, 50, 71),
        (None, None, None),  # its 500 m cell holds twelve, but nine of them are shown apart: three would be left
        (250, 50, 71),
        (None, None, None),
        (None, None, None),
    ]
    more = pl.concat([homes, pl.DataFrame({"easting": [210] * 6, "northing": [10] * 6})])
    assert large_cells(events, more, sides=(100, 500)).row(1) == (250, 250, 354)
    with pytest.raises(ValueError, match="divide"):
        large_cells(events, homes, sides=(100, 250))
