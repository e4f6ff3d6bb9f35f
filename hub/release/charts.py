"""Charts as SVG text: drawn here, so that they need no script and open from disc. Every one has a title and a table
beside it on its page; colour never says anything alone.

Sizes are in the drawing's own units and scale with the page. No style attributes: pages forbid inline styles.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape

import polars as pl

from hub.release.look import DAYS

SHADES = ("#eff3ff", "#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c")
INK, FAINT, BLUE, RED = "#0b0c0c", "#b1b4b6", "#1d70b8", "#d4351c"
WIDE = 720


def image(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    """An image with a name; what it shows stands in the table beside it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="hub-chart" width="{width:g}" height="{height:g}"'
        f' viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}"'
        f' font-family="Arial, Helvetica, sans-serif" font-size="14">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def text(x: float, y: float, words: str, anchor: str = "start", more: str = "") -> str:
    """Words at a point."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}"{more}>{escape(words)}</text>'


def captioned(svg: str, lines: Sequence[str]) -> str:
    """A chart to be kept away from its page, with what it is written above it. `lines`: short, the first in bold."""
    found = re.search(r'width="([0-9.]+)" height="([0-9.]+)"', svg)
    if found is None:
        return svg
    above = [text(0, 20 + 20 * n, words, more=' font-weight="bold"' if n == 0 else "") for n, words in enumerate(lines)]
    top = 20 * len(lines) + 20
    inner = svg.replace("<svg ", f'<svg y="{top}" ', 1)
    return image(lines[0], float(found[1]), float(found[2]) + top, [*above, inner])


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
        parts.append(text(left - 8, y + 5, f"{most * tick / 4:,.0f}", "end"))
    every = max(1, math.ceil(len(rows) / 12))
    for n, (period, count) in enumerate(zip(found["period"], rows, strict=True)):
        tall = height * count / most
        x = left + n * step
        parts.append(f'<rect x="{x + step * 0.1:.1f}" y="{top + height - tall:.1f}" width="{step * 0.8:.1f}" height="{tall:.1f}" fill="{BLUE}">'
                     f"<title>{escape(period)}: {count:,}</title></rect>")  # fmt: skip
        if n % every == 0:
            parts.append(
                text(
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
        parts.append(text(WIDE - 10, 12, "Bars: the period. Dots: the same a year before.", "end"))
    return image(title, WIDE, top + height + bottom, parts)


def shade(value: float, most: float) -> str:
    """The colour of a count, in steps up to the largest."""
    return "#ffffff" if value <= 0 else SHADES[min(len(SHADES) - 1, int(len(SHADES) * value / (most or 1) * 0.999))]


def heat_map(found: pl.DataFrame, title: str) -> str:
    """Seven days by twenty-four hours."""
    left, top, cell = 96, 30, 25
    counts = {(d, h): n for d, h, n in found.iter_rows()}
    most = max(counts.values(), default=1)
    parts = [text(left + (h + 0.5) * cell, top - 10, str(h), "middle") for h in range(0, 24, 3)]
    for day in range(1, 8):
        y = top + (day - 1) * cell
        parts.append(text(left - 8, y + 17, DAYS[day - 1], "end"))
        for hour in range(24):
            n = counts.get((day, hour), 0)
            ink = "#ffffff" if n > most / 2 else INK
            parts.append(
                f'<rect x="{left + hour * cell}" y="{y}" width="{cell - 1}" height="{cell - 1}" fill="{shade(n, most)}" stroke="{FAINT}" stroke-width="0.5"><title>{DAYS[day - 1]} {hour}:00: {n:,}</title></rect>'
            )
            if n and n < 1000:
                parts.append(
                    f'<text x="{left + (hour + 0.5) * cell - 0.5}" y="{y + 16}" text-anchor="middle" font-size="10" fill="{ink}">{n}</text>'
                )
    return image(title, left + 24 * cell + 10, top + 7 * cell + 6, parts)


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
        parts.append(text(left - 10, y + 17, name if len(name) <= 34 else name[:33] + "…", "end"))
        parts.append(f'<rect x="{left}" y="{y}" width="{max(wide, 1):.1f}" height="{line - 8}" fill="{BLUE}"/>')
        parts.append(text(left + wide + 6, y + 16, f"{n:,}"))
    return image(title, WIDE, len(shown) * line + 8, parts)
