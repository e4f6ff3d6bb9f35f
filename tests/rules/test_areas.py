"""Which areas hold a point: the cell table against the exact test, edges, overlaps, precision, look-ups."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.geocode.areas import KINDS, OUTLINE_CORNERS, AnyLayer, Layer, LookedUp, area_codes, assign_areas, outlines_of
from hub.geocode.cells import CELL_M, NOTHING
from hub.geocode.cutting import TOP_CORNER_M, build_cells

WEST, SOUTH = 380_000, 390_000


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A rectangle by metres from the corner that all tests share."""
    return shapely.box(WEST + west, SOUTH + south, WEST + east, SOUTH + north)


def layer(kind: str, codes: list[str], shapes: list[shapely.Geometry], vintage: str = "2023") -> Layer:
    array = np.array(shapes, dtype=object)
    return Layer(kind, vintage, pl.Series(codes, dtype=pl.Utf8), build_cells(array), *outlines_of(array))


def expected(shapes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The first shape that covers each point, by the exact test."""
    answer = np.full(len(x), NOTHING)
    for number in reversed(range(len(shapes))):
        answer[shapely.intersects_xy(shapes[number], x, y)] = number
    return answer


def voronoi(seed: int, count: int, span: float) -> np.ndarray:
    """A tessellation: no gap, no overlap, shared edges at any angle."""
    rng = np.random.default_rng(seed)
    points = shapely.multipoints(rng.uniform(0, span, (count, 2)) + np.array([WEST, SOUTH]))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box(0, 0, span, span)))
    return np.asarray(shapely.intersection(cells, box(0, 0, span, span)))


HOLED = shapely.Polygon(box(0, 0, 3000, 3000).exterior, [box(400, 500, 2000, 900).exterior])
SHAPES = {
    "a square of whole cells": [box(0, 0, 100, 100)],
    "smaller than a cell": [box(12, 13, 31, 44)],
    "across two cells, in neither whole": [box(40, 40, 60, 60)],
    "larger than a block": [box(-5000, -5000, 5000, 7000)],
    "with a hole": [HOLED],
    "a hole filled by another": [HOLED, box(400, 500, 2000, 900)],
    "two islands of one area": [shapely.MultiPolygon([box(0, 0, 70, 70), box(500, 10, 590, 33)])],
    "two islands in one cell": [shapely.MultiPolygon([box(1, 1, 9, 9), box(20, 20, 30, 49)])],
    "overlapping, the first wins": [box(0, 0, 1000, 1000), box(500, 500, 2000, 2000)],
    "inside another, the first wins": [box(100, 100, 180, 190), box(0, 0, 4000, 4000)],
    "inside another, and hidden": [box(0, 0, 4000, 4000), box(100, 100, 180, 190)],
    "a needle": [shapely.Polygon([(WEST, SOUTH), (WEST + 4000, SOUTH + 3), (WEST + 4000, SOUTH)])],
    "a comb whose teeth cross one cell side many times": [
        shapely.union_all([box(0, 0, 200, 5), *(box(n * 10, 0, n * 10 + 4, 120) for n in range(20))])
    ],
    "beyond the corner of the grid": [shapely.box(TOP_CORNER_M + 3, -90_000, -100_000, 20_000)],
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_table_answers_as_the_exact_test(name: str) -> None:
    shapes = np.array(SHAPES[name], dtype=object)
    west, south, east, north = shapely.total_bounds(shapes)
    rng = np.random.default_rng(3)
    x, y = rng.uniform(west - 80, east + 80, 4000), rng.uniform(south - 80, north + 80, 4000)
    assert (build_cells(shapes).areas_of(x, y) == expected(shapes, x, y)).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 60), st.sampled_from([90.0, 400.0, 3000.0, 20_000.0]))
def test_a_tessellation_answers_as_the_exact_test(seed: int, count: int, span: float) -> None:
    shapes = voronoi(seed, count, span)
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(WEST - 60, WEST + span + 60, 500), rng.uniform(SOUTH - 60, SOUTH + span + 60, 500)
    edge = shapely.distance(shapely.points(x, y), shapely.union_all(shapely.boundary(shapes)))
    clear = edge > 1e-4  # corners are kept to some micrometres
    assert (build_cells(shapes).areas_of(x, y)[clear] == expected(shapes, x, y)[clear]).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_every_point_of_a_tessellation_lies_in_one_area_also_on_its_edges(seed: int) -> None:
    shapes = voronoi(seed, 12, 1000.0)
    corners = shapely.get_coordinates(shapes)
    on_edge = shapely.line_interpolate_point(shapely.boundary(shapes), 0.37, normalized=True)
    points = np.vstack([corners, shapely.get_coordinates(on_edge)])
    points = points[(points[:, 0] > WEST + 1) & (points[:, 0] < WEST + 999)
                    & (points[:, 1] > SOUTH + 1) & (points[:, 1] < SOUTH + 999)]  # fmt: skip
    found = build_cells(shapes).areas_of(points[:, 0], points[:, 1])
    assert (found != NOTHING).all()
    assert (shapely.distance(shapes[found], shapely.points(points)) < 1e-4).all()


def test_the_table_does_not_depend_on_how_many_areas_are_cut_at_once() -> None:
    shapes = voronoi(5, 40, 4000.0)
    one, other = build_cells(shapes, at_once=7), build_cells(shapes, at_once=1000)
    for name in one.__slots__:
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True), name


def test_what_lies_nowhere_is_nothing() -> None:
    cells = build_cells(np.array([box(0, 0, 100, 100)], dtype=object))
    x = np.array([np.nan, np.inf, -np.inf, 1e300, WEST + 10, WEST + 10])
    y = np.array([SOUTH, SOUTH, SOUTH, SOUTH, np.nan, SOUTH + 10])
    assert cells.areas_of(x, y).tolist() == [NOTHING] * 5 + [0]
    assert cells.areas_of(np.empty(0), np.empty(0)).tolist() == []


@pytest.mark.parametrize("shapes", [[], [shapely.Polygon()], [shapely.box(-3e6, 0, 10, 10)]])
def test_no_table_is_built_of_nothing_or_of_another_country(shapes: list[shapely.Geometry]) -> None:
    with pytest.raises(ValueError, match="area"):
        build_cells(np.array(shapes, dtype=object))


def test_most_points_of_a_county_need_no_exact_test() -> None:
    cells = build_cells(voronoi(1, 300, 30_000.0))
    tables = cells.tables.reshape(-1)
    assert (tables < NOTHING).sum() < 0.25 * (30_000 / CELL_M) ** 2


# distances ----------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_distances_are_to_the_nearest_outline(seed: int) -> None:
    shapes = voronoi(seed, 20, 2000.0)
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(WEST, WEST + 2000, 60), rng.uniform(SOUTH, SOUTH + 2000, 60)
    one = Layer("lsoa", "2021", pl.Series(["x"] * len(shapes)), build_cells(shapes), *outlines_of(shapes))
    true = shapely.distance(shapely.points(x, y), shapely.union_all(shapely.boundary(shapes)))
    assert np.allclose(one.edge_distances(x, y), true, atol=1e-6)


def test_long_outlines_are_kept_in_short_lines_that_add_up() -> None:
    coast = shapely.Point(WEST, SOUTH).buffer(1000, quad_segs=200)
    corners, lines = outlines_of(np.array([coast, box(0, 0, 10, 10)], dtype=object))
    assert lines.max() <= OUTLINE_CORNERS
    pieces = shapely.linestrings(corners, indices=np.repeat(np.arange(len(lines)), lines))
    assert shapely.length(pieces).sum() == pytest.approx(coast.length + 40)


# rows ---------------------------------------------------------------------------------------------------------------

LSOA = layer("lsoa", ["E01000001", "E01000002"], [box(0, 0, 500, 1000), box(500, 0, 1000, 1000)], "2021")
DISTRICT = layer("district", ["E06000001", "E06000002"], [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)])
CSP = LookedUp("csp", "2023", "district", pl.DataFrame({"code": ["E06000001"], "target": ["E22000001"]}))
PFA = LookedUp("pfa", "2023", "csp", pl.DataFrame({"code": ["E22000001"], "target": ["E23000001"]}))
LAYERS: dict[str, AnyLayer] = {"lsoa": LSOA, "district": DISTRICT, "csp": CSP, "pfa": PFA}

ROWS = [
    # easting, northing, precision, method                     lsoa         district     csp          edge
    ((WEST + 100, SOUTH + 300, 10.0, "address"), ("E01000001", "E06000001", "E22000001", 100.5)),
    ((WEST + 700, SOUTH + 500, 500.0, "street"), ("E01000002", "E06000001", "E22000001", 200.5)),
    ((WEST + 700, SOUTH + 500, 501.0, "street"), (None, "E06000001", "E22000001", None)),
    ((WEST + 700, SOUTH + 500, 400.0, "sector"), (None, "E06000001", "E22000001", None)),
    ((WEST + 700, SOUTH + 500, 100.0, "postcode-district"), (None, "E06000001", "E22000001", None)),
    ((WEST + 1500, SOUTH + 500, 10.0, "address"), (None, "E06000002", None, 500.5)),
    ((WEST + 9000, SOUTH + 500, 10.0, "address"), (None, None, None, 8000.5)),
    ((None, None, None, "none"), (None, None, None, None)),
]


@pytest.mark.parametrize(("given_", "wanted"), ROWS)
def test_rows_take_the_areas_that_their_precision_bears(
    given_: tuple[int | None, int | None, float | None, str],
    wanted: tuple[str | None, str | None, str | None, float | None],
) -> None:
    points = pl.DataFrame([given_], ["easting", "northing", "geo_precision_m", "geo_method"], orient="row")
    row = assign_areas(points, LAYERS, ("lsoa", "district", "csp")).row(0, named=True)
    assert (row["lsoa"], row["district"], row["csp"]) == wanted[:3]
    assert row["edge_distance_m"] == (None if wanted[3] is None else pytest.approx(wanted[3], abs=0.01))
    assert row["area_vintage"] == ("lsoa:2021 district:2023 csp:2023" if given_[0] else None)


def test_the_pool_takes_three_kinds_whatever_is_loaded() -> None:
    points = pl.DataFrame({"easting": [WEST + 1], "northing": [SOUTH + 1], "geo_precision_m": [1.0], "lsoa": ["x"]})
    found = assign_areas(points, LAYERS)
    assert found.columns == ["lsoa", "ward", "district", "area_vintage", "edge_distance_m"]
    assert found.row(0)[:4] == ("E01000001", None, "E06000001", "lsoa:2021 district:2023")


def test_rows_keep_their_order_and_number() -> None:
    rng = np.random.default_rng(1)
    points = pl.DataFrame({
        "easting": WEST + rng.integers(0, 20, 300) * 100, "northing": SOUTH + rng.integers(0, 12, 300) * 100,
        "geo_precision_m": [1.0] * 300,
    })  # fmt: skip
    together = assign_areas(points, LAYERS)
    alone = pl.concat([assign_areas(points[n], LAYERS) for n in range(300)])
    assert together.equals(alone, null_equal=True)


def test_nothing_is_loaded_and_nothing_is_known() -> None:
    points = pl.DataFrame({"easting": [WEST], "northing": [SOUTH], "geo_precision_m": [1.0]})
    assert assign_areas(points, {}, KINDS).row(0) == (None,) * 9
    assert assign_areas(points.clear(), LAYERS).height == 0


def test_lookups_follow_one_another_and_never_in_a_circle() -> None:
    x, y = np.array([WEST + 10.0, WEST + 1500.0]), np.array([SOUTH + 10.0, SOUTH + 10.0])
    assert area_codes(x, y, LAYERS, ("pfa",))["pfa"].to_list() == ["E23000001", None]
    circle: dict[str, AnyLayer] = {
        "csp": LookedUp("csp", "1", "pfa", pl.DataFrame({"code": ["a"], "target": ["b"]})),
        "pfa": LookedUp("pfa", "1", "csp", pl.DataFrame({"code": ["b"], "target": ["a"]})),
    }
    assert area_codes(x, y, circle, ("csp",))["csp"].to_list() == [None, None]
