"""The five classes of Appendix E on squares, slivers, and shares that add up."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.geocode.coterminous import AreaSet, apportion_points, compare
from tests.rules.test_areas import box, voronoi

KM = 1000.0


def areas(**shapes: shapely.Geometry) -> AreaSet:
    return AreaSet(list(shapes), np.array(list(shapes.values()), dtype=object))


def km(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return box(west * KM, south * KM, east * KM, north * KM)


WHOLE, LEFT, RIGHT = km(0, 0, 4, 4), km(0, 0, 2, 4), km(2, 0, 4, 4)
WARDS = areas(**{f"w{x}{y}": km(x, y, x + 1, y + 1) for x in range(4) for y in range(4)})
WAVY = shapely.Polygon([*((2 * KM + 380_000 + (20 if n % 2 else -20), 390_000 + n * 250) for n in range(17)),
                        (380_000, 394_000), (380_000, 390_000)])  # fmt: skip

TABLE = [
    ("the same", areas(a=WHOLE), areas(b=WHOLE), {"a": "identical"}),
    ("the same but for a sliver", areas(a=WAVY, c=RIGHT), areas(b=LEFT, d=RIGHT), {"a": "identical", "c": "identical"}),
    ("the same but for the foreshore", areas(a=km(0, 0, 4, 3.9)), areas(b=WHOLE), {"a": "identical"}),
    ("two in one", areas(a=LEFT, c=RIGHT), areas(b=WHOLE), {"a": "several-in-one", "c": "several-in-one"}),
    ("one of two", areas(a=WHOLE), areas(b=LEFT, d=RIGHT), {"a": "one-of-several"}),
    ("along wards", areas(a=km(0, 0, 3, 4), c=km(3, 0, 4, 4)), areas(b=LEFT, d=RIGHT),
     {"a": "cut-at-wards", "c": "several-in-one"}),
    ("below wards", areas(a=km(0, 0, 2.5, 4), c=km(2.5, 0, 4, 4)), areas(b=LEFT, d=RIGHT),
     {"a": "cut-below", "c": "several-in-one"}),
    ("below wards by the other set", areas(a=WHOLE), areas(b=km(0, 0, 2.5, 4), d=km(2.5, 0, 6, 4)), {"a": "cut-below"}),
    ("half in nothing", areas(a=WHOLE), areas(b=LEFT), {"a": "cut-at-wards"}),
    ("elsewhere", areas(a=WHOLE), areas(b=km(9, 9, 10, 10)), {"a": "apart"}),
    ("touching only", areas(a=LEFT), areas(b=RIGHT), {"a": "apart"}),
    ("an island of it", areas(a=shapely.MultiPolygon([LEFT, km(9, 9, 10, 10)])), areas(b=LEFT, d=km(9, 9, 10, 10)),
     {"a": "one-of-several"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "a", "b", "wanted"), TABLE, ids=[t[0] for t in TABLE])
def test_classes(name: str, a: AreaSet, b: AreaSet, wanted: dict[str, str]) -> None:
    assert dict(compare(a, b, WARDS).classes.select("a", "class").iter_rows()) == wanted


def test_without_wards_a_cut_is_not_called_either() -> None:
    a, b = areas(a=km(0, 0, 3, 4)), areas(b=LEFT, d=RIGHT)
    assert compare(a, b).counts()["cut"] == 1
    assert compare(a, b, areas(far=km(50, 50, 51, 51))).counts()["cut"] == 1
    assert list(compare(a, b, WARDS).counts())[:5] == [
        "identical", "several-in-one", "one-of-several", "cut-at-wards", "cut-below"
    ]  # fmt: skip


def test_shares_say_how_much_lies_where_and_what_in_nothing() -> None:
    found = compare(areas(a=WHOLE), areas(b=LEFT, d=km(2, 0, 3, 4)), WARDS).overlaps
    assert found.rows() == [
        ("a", "b", pytest.approx(8.0), pytest.approx(0.5), pytest.approx(1.0)),
        ("a", "d", pytest.approx(4.0), pytest.approx(0.25), pytest.approx(1.0)),
        ("a", None, pytest.approx(4.0), pytest.approx(0.25), None),
    ]


def test_points_apportion_by_where_people_are() -> None:
    overlaps = compare(areas(a=WHOLE), areas(b=LEFT, d=RIGHT)).overlaps
    points = pl.DataFrame({"a": ["a", "a", None], "b": ["b", "d", "d"], "weight": [30.0, 10.0, 5.0]})
    found = {r["b"]: r for r in apportion_points(overlaps, points).iter_rows(named=True)}
    assert (found["b"]["points"], found["b"]["point_share_of_a"]) == (30.0, 0.75)
    assert found["d"]["point_share_of_a"] == 0.25


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 12), st.integers(2, 12))
def test_shares_of_an_area_add_up_to_one(seed: int, ours: int, theirs: int) -> None:
    a, b = voronoi(seed, ours, 8000.0), voronoi(seed + 1, theirs, 8000.0)
    found = compare(AreaSet([f"a{n}" for n in range(len(a))], a), AreaSet([f"b{n}" for n in range(len(b))], b))
    sums = found.overlaps.group_by("a").agg(pl.col("share_of_a").sum())
    met = found.classes.filter(pl.col("class") != "apart")
    assert sums.height == met.height
    assert np.allclose(sums["share_of_a"].to_numpy(), 1.0)
    assert sum(found.counts().values()) == len(a)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 12))
def test_every_set_is_identical_with_itself_and_nested_in_its_whole(seed: int, count: int) -> None:
    shapes = voronoi(seed, count, 8000.0)
    one = AreaSet([f"a{n}" for n in range(len(shapes))], shapes)
    whole = areas(all=box(0, 0, 8000, 8000))
    assert compare(one, one).counts()["identical"] == len(shapes)
    assert compare(one, whole).counts()["several-in-one"] == len(shapes)
    assert compare(whole, one).counts()["one-of-several"] == 1
