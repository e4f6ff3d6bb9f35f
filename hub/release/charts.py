"""Charts as SVG text: drawn here, so that they need no script and open from disc. Every one has a title and a table
beside it on its page; colour never says anything alone.

Sizes are in the drawing's own units and scale with the page. No style attributes: pages forbid inline styles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import polars as pl

from hub.release.look import DAYS

SHADES = ("#eff3ff", "#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c")
INK, FAINT, BLUE, RED = "#0b0c0c", "#b1b4b6", "#1d70b8", "#d4351c"
WIDE = 720
Ring = Sequence[tuple[float, float]]


def _svg(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    """An image with a name; what it shows stands in the table beside it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="hub-chart" viewBox="0 0 {width:g} {height:g}" role="img"'
        f' aria-label="{escape(title)}" font-family="Arial, Helvetica, sans-serif" font-size="14">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, words: str, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}"{more}>{escape(words)}</text>'


def _round_up(value: float) -> int:
    """A round number at or above, for the top of an axis."""
    if value <= 5:
        return 5
    scale = 10 ** int(math.log10(value))
    return int(next(scale * step for step in (1, 2, 2.5, 5, 10) if scale * step >= value))


def time_chart(found: pl.DataFrame, title: str) -> str:
    """Bars of counts by period; a line for the same period of the year before where the release has it."""
    if not found.height:
        return ""
    left, top, height, bottom = 60, 16, 220, 70
    rows = found["rows"].to_list()
    ago = found["year_ago"].to_list()
    most = _round_up(max([*rows, *(v for v in ago if v is not None)]))
    step = min((WIDE - left - 10) / len(rows), 90)
    parts = []
    for tick in range(5):
        y = top + height - height * tick / 4
        parts.append(f'<line x1="{left}" y1="{y:g}" x2="{WIDE - 10}" y2="{y:g}" stroke="{FAINT}" stroke-width="1"/>')
        parts.append(_text(left - 8, y + 5, f"{most * tick / 4:,.0f}", "end"))
    every = max(1, math.ceil(len(rows) / 12))
    for n, (period, count) in enumerate(zip(found["period"], rows, strict=True)):
        tall = height * count / most
        x = left + n * step
        parts.append(f'<rect x="{x + step * 0.1:.1f}" y="{top + height - tall:.1f}" width="{step * 0.8:.1f}" height="{tall:.1f}" fill="{BLUE}">'
                     f"<title>{escape(period)}: {count:,}</title></rect>")  # fmt: skip
        if n % every == 0:
            parts.append(
                _text(
                    0,
                    0,
                    period,
                    "end",
                    f' transform="translate({x + step / 2 + 5:.1f} {top + height + 16}) rotate(-40)"',
                )
            )
    points = [(left + (n + 0.5) * step, top + height - height * v / most) for n, v in enumerate(ago) if v is not None]
    if points:
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{RED}"/>' for x, y in points)
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{RED}" stroke-width="2"/>{dots}')
        parts.append(_text(WIDE - 10, 12, "Bars: the period. Dots: the same a year before.", "end"))
    return _svg(title, WIDE, top + height + bottom, parts)


def _shade(value: float, most: float) -> str:
    return "#ffffff" if value <= 0 else SHADES[min(len(SHADES) - 1, int(len(SHADES) * value / max(most, 1) * 0.999))]


def heat_map(found: pl.DataFrame, title: str) -> str:
    """Seven days by twenty-four hours."""
    left, top, cell = 96, 30, 25
    counts = {(d, h): n for d, h, n in found.iter_rows()}
    most = max(counts.values(), default=1)
    parts = [_text(left + (h + 0.5) * cell, top - 10, str(h), "middle") for h in range(0, 24, 3)]
    for day in range(1, 8):
        y = top + (day - 1) * cell
        parts.append(_text(left - 8, y + 17, DAYS[day - 1], "end"))
        for hour in range(24):
            n = counts.get((day, hour), 0)
            ink = "#ffffff" if n > most / 2 else INK
            parts.append(
                f'<rect x="{left + hour * cell}" y="{y}" width="{cell - 1}" height="{cell - 1}" fill="{_shade(n, most)}" stroke="{FAINT}" stroke-width="0.5"><title>{DAYS[day - 1]} {hour}:00: {n:,}</title></rect>'
            )
            if n and n < 1000:
                parts.append(
                    f'<text x="{left + (hour + 0.5) * cell - 0.5}" y="{y + 16}" text-anchor="middle" font-size="10" fill="{ink}">{n}</text>'
                )
    return _svg(title, left + 24 * cell + 10, top + 7 * cell + 6, parts)


def bars(found: pl.DataFrame, title: str, most_bars: int = 20) -> str:
    """Horizontal bars of `value`, `rows`, `share`; what does not fit is summed."""
    if not found.height:
        return ""
    shown = list(found.select("value", "rows").iter_rows())
    if len(shown) > most_bars:
        rest = shown[most_bars - 1 :]
        shown = [*shown[: most_bars - 1], (f"{len(rest)} others", sum(n for _, n in rest))]
    names = {"": "(none)", "*": "(withheld)"}
    left, line = 260, 28
    most = max(n for _, n in shown)
    parts = []
    for i, (value, n) in enumerate(shown):
        y, wide = i * line + 4, (WIDE - left - 80) * n / max(1, most)
        name = names.get(value, value)
        parts.append(_text(left - 10, y + 17, name if len(name) <= 34 else name[:33] + "…", "end"))
        parts.append(f'<rect x="{left}" y="{y}" width="{max(wide, 1):.1f}" height="{line - 8}" fill="{BLUE}"/>')
        parts.append(_text(left + wide + 6, y + 16, f"{n:,}"))
    return _svg(title, WIDE, len(shown) * line + 8, parts)


def cell_map(
    cells: pl.DataFrame,
    side: int,
    title: str,
    outlines: Mapping[str, Sequence[Ring]] | None = None,
    hexagons: bool = False,
) -> str:
    """Squares (or hexagons about as large as four) shaded by count. `cells`: `easting`, `northing`, `rows`, and `hot`
    where hot spots are to be ringed. The square is the uncertainty: an event lies somewhere in it."""
    if not cells.height:
        return ""
    shapes = _hexagons(cells, side) if hexagons else [
        (_square(e, n, side), rows, hot) for e, n, rows, hot in
        cells.with_columns(pl.col("hot") if "hot" in cells.columns else pl.lit(value=False).alias("hot")).select("easting", "northing", "rows", "hot").iter_rows()
    ]  # fmt: skip
    return _map(shapes, outlines or {}, title, side, "hexagon" if hexagons else "square")


def area_map(counts: Mapping[str, int], outlines: Mapping[str, Sequence[Ring]], title: str) -> str:
    """Areas shaded by count: a choropleth. Areas without an outline are not drawn; the table has them."""
    shapes = [(ring, counts.get(code, 0), False) for code, rings in outlines.items() for ring in rings]
    return _map(shapes, {}, title, 0, "area") if shapes else ""


def _square(east: float, north: float, side: float) -> Ring:
    half = side / 2
    return [
        (east - half, north - half),
        (east + half, north - half),
        (east + half, north + half),
        (east - half, north + half),
    ]


def _hexagons(cells: pl.DataFrame, side: int) -> list[tuple[Ring, int, bool]]:
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
    shapes: list[tuple[Ring, int, bool]] = []
    for (r, q), rows in found.items():
        x, y = q * wide + (wide / 2 if r % 2 else 0), r * tall
        corners = [(x + radius * math.sin(math.pi * k / 3), y + radius * math.cos(math.pi * k / 3)) for k in range(6)]
        shapes.append((corners, rows, False))
    return shapes


def _map(
    shapes: Sequence[tuple[Ring, int, bool]], outlines: Mapping[str, Sequence[Ring]], title: str, side: int, unit: str
) -> str:
    rings = [*(s[0] for s in shapes), *(r for rs in outlines.values() for r in rs)]
    west, east = min(x for r in rings for x, _ in r), max(x for r in rings for x, _ in r)
    south, north = min(y for r in rings for _, y in r), max(y for r in rings for _, y in r)
    scale = min(WIDE / max(east - west, 1), 640 / max(north - south, 1))
    height = (north - south) * scale

    def draw(ring: Ring) -> str:
        return " ".join(f"{(x - west) * scale:.1f},{(north - y) * scale:.1f}" for x, y in ring)

    most = max((rows for _, rows, _ in shapes), default=1)
    parts = [
        f'<polygon points="{draw(r)}" fill="none" stroke="{FAINT}" stroke-width="1"/>'
        for rs in outlines.values()
        for r in rs
    ]
    for ring, rows, hot in shapes:
        edge = f'stroke="{RED}" stroke-width="3"' if hot else f'stroke="{INK}" stroke-width="0.4"'
        parts.append(
            f'<polygon points="{draw(ring)}" fill="{_shade(rows, most)}" {edge}><title>{rows:,} rows{", hot spot" if hot else ""}</title></polygon>'
        )
    return _svg(title, WIDE, height + 62, [*parts, *_legend(most, height, side, unit, any(h for *_, h in shapes))])


def _legend(most: int, height: float, side: int, unit: str, hot: bool) -> list[str]:
    parts, y = [], height + 14
    for n, shade in enumerate(SHADES):
        parts.append(
            f'<rect x="{n * 60}" y="{y:g}" width="60" height="14" fill="{shade}" stroke="{INK}" stroke-width="0.4"/>'
        )
    parts.append(_text(0, y + 32, "1"))
    parts.append(_text(60 * len(SHADES), y + 32, f"{most:,} rows", "end"))
    said = (
        f"One {unit} is {side:,} m: where in it, is not released."
        if unit == "square"
        else f"One {unit}: where in it, is not released."
    )
    parts.append(_text(WIDE, y + 12, said + (" Red edge: hot spot." if hot else ""), "end"))
    if side and unit == "hexagon":
        parts.append(_text(WIDE, y + 32, f"Gathered from squares of {side:,} m.", "end"))
    return parts
