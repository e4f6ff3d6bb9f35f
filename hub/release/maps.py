"""What does a map of a release show, and how is it drawn without script? Squares, hexagons or areas, shaded by count.

Shapes are in metres of the national grid. A square is what was released: an event lies somewhere in it, and the map
says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import polars as pl

from hub.release.charts import FAINT, INK, RED, SHADES, WIDE, image, shade, text

Ring = Sequence[tuple[float, float]]
HOT = "Red edge: hot spot."
DENSITY = "rows per square km"


@dataclass(frozen=True, slots=True)
class Shape:
    """One closed outline (metres, EPSG:27700) with its count of rows, or what else the map measures; `name` is an area's,
    "" for a cell; `hot` where counts gather beyond chance."""

    ring: Ring
    rows: float
    name: str = ""
    hot: bool = False


@dataclass(frozen=True, slots=True)
class PlaceMap:
    """A map: what it is called, its shapes, outlines to find one's way by, what one shape is (`unit`: square, hexagon or
    area; `side`: the released cell's, in metres, 0 for areas), and what it is shaded by."""

    title: str
    shapes: Sequence[Shape]
    unit: str
    side: int = 0
    outlines: Mapping[str, Sequence[Ring]] = field(default_factory=dict)
    measure: str = "rows"

    @property
    def most(self) -> float:
        """The largest count of a shape."""
        return max((s.rows for s in self.shapes), default=0)

    @property
    def uncertainty(self) -> str:
        """What the map does not say."""
        if self.unit == "area":
            return "One area: where in it, is not released."
        said = f"One {self.unit}" + (f" is {self.side:,} m" if self.unit == "square" else "")
        if self.measure == DENSITY:
            return f"{said}. Spread from squares over their neighbours: a cell without a row may be shaded."
        gathered = f" Gathered from squares of {self.side:,} m." if self.unit == "hexagon" else ""
        return f"{said}: where in it, is not released.{gathered}"


def of_cells(
    cells: pl.DataFrame,
    side: int,
    title: str,
    outlines: Mapping[str, Sequence[Ring]] | None = None,
    hexagons: bool = False,
) -> PlaceMap:
    """Squares (or hexagons about as large as four) by count. `cells`: `easting`, `northing` (centres), `rows`, and
    `hot` where hot spots are to be ringed."""
    if "hot" not in cells.columns:
        cells = cells.with_columns(hot=pl.lit(value=False))
    shapes = _hexagons(cells, side) if hexagons else [
        Shape(_square(e, n, side), rows, "", hot)
        for e, n, rows, hot in cells.select("easting", "northing", "rows", "hot").iter_rows()
    ]  # fmt: skip
    return PlaceMap(title, shapes, "hexagon" if hexagons else "square", side, outlines or {})


def of_density(
    surface: pl.DataFrame, side: int, title: str, outlines: Mapping[str, Sequence[Ring]] | None = None
) -> PlaceMap:
    """Squares by kernel density. `surface`: `easting`, `northing` (centres), `density` (rows per square km)."""
    shapes = [
        Shape(_square(e, n, side), round(d, 1))
        for e, n, d in surface.select("easting", "northing", "density").iter_rows()
    ]
    return PlaceMap(title, [s for s in shapes if s.rows], "square", side, outlines or {}, DENSITY)


def of_areas(
    counts: Mapping[str, int],
    outlines: Mapping[str, Sequence[Ring]],
    title: str,
    names: Mapping[str, str] | None = None,
) -> PlaceMap:
    """Areas by count: a choropleth. Areas without an outline are not on it; the table has them. `names` by code."""
    names = names or {}
    shapes = [
        Shape(ring, counts.get(code, 0), names.get(code, code)) for code, rings in outlines.items() for ring in rings
    ]
    return PlaceMap(title, shapes, "area")


def _square(east: float, north: float, side: float) -> Ring:
    half = side / 2
    return [(east + x * half, north + y * half) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def _hexagons(cells: pl.DataFrame, side: int) -> list[Shape]:
    """Counts gathered by the hexagon that a cell's centre falls in (flat rows, width twice the cell's side)."""
    wide = 2.0 * side
    tall = wide * math.sqrt(3) / 2
    found: dict[tuple[int, int], int] = {}
    for east, north, rows in cells.select("easting", "northing", "rows").iter_rows():
        best = min(
            (
                (r, round((east - (wide / 2 if r % 2 else 0)) / wide))
                for r in (math.floor(north / tall), math.ceil(north / tall))
            ),
            key=lambda at: (at[1] * wide + (wide / 2 if at[0] % 2 else 0) - east) ** 2 + (at[0] * tall - north) ** 2,
        )
        found[best] = found.get(best, 0) + rows
    radius = wide / math.sqrt(3)
    shapes = []
    for (r, q), rows in found.items():
        x, y = q * wide + (wide / 2 if r % 2 else 0), r * tall
        corners = [(x + radius * math.sin(math.pi * k / 3), y + radius * math.cos(math.pi * k / 3)) for k in range(6)]
        shapes.append(Shape(corners, rows))
    return shapes


def draw(map_: PlaceMap) -> str:
    """The map as SVG, with its legend; empty where it has no shape."""
    if not map_.shapes:
        return ""
    around = [r for rings in map_.outlines.values() for r in rings]
    rings = [*(s.ring for s in map_.shapes), *around]
    west, east = min(x for r in rings for x, _ in r), max(x for r in rings for x, _ in r)
    south, north = min(y for r in rings for _, y in r), max(y for r in rings for _, y in r)
    scale = min(WIDE / max(east - west, 1), 640 / max(north - south, 1))
    height = (north - south) * scale

    def points(ring: Ring) -> str:
        return " ".join(f"{(x - west) * scale:.1f},{(north - y) * scale:.1f}" for x, y in ring)

    most = map_.most
    parts = [f'<polygon points="{points(r)}" fill="none" stroke="{FAINT}" stroke-width="1"/>' for r in around]
    for shape in map_.shapes:
        edge = f'stroke="{RED}" stroke-width="3"' if shape.hot else f'stroke="{INK}" stroke-width="0.4"'
        parts.append(
            f'<polygon points="{points(shape.ring)}" fill="{shade(shape.rows, most)}" {edge}><title>{escape(said(shape, map_.measure))}</title></polygon>'
        )
    return image(map_.title, WIDE, height + 62, [*parts, *_legend(map_, height + 14)])


def said(shape: Shape, measure: str = "rows") -> str:
    """A shape in words."""
    name = f"{shape.name}: " if shape.name else ""
    return f"{name}{shape.rows:,} {measure}{', hot spot' if shape.hot else ''}"


def legend(map_: PlaceMap) -> str:
    """The shades alone, to stand under a map that a script draws."""
    return image(f"Shades: {map_.title}", 60 * len(SHADES) + 2, 44, _shades(map_, 2))


def _shades(map_: PlaceMap, y: float) -> list[str]:
    parts = [
        f'<rect x="{n * 60 + 1}" y="{y:g}" width="60" height="14" fill="{colour}" stroke="{INK}" stroke-width="0.4"/>'
        for n, colour in enumerate(SHADES)
    ]
    least = "1" if map_.measure == "rows" else "0"
    return [*parts, text(0, y + 32, least), text(60 * len(SHADES), y + 32, f"{map_.most:,} {map_.measure}", "end")]


def _legend(map_: PlaceMap, y: float) -> list[str]:
    first, _, more = map_.uncertainty.partition(". ")
    second = " ".join(w for w in (more, HOT if any(s.hot for s in map_.shapes) else "") if w)
    words = [text(WIDE, y + 12, f"{first.rstrip('.')}.", "end"), text(WIDE, y + 32, second, "end")]
    return [*_shades(map_, y), *(words if second else words[:1])]
