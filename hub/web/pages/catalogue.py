"""The catalogue, and a look into a release before it is downloaded. Charts are drawn here; a link is the whole view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

import polars as pl
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from hub import access
from hub.decision import Refuse
from hub.disclosure.coarsen import CELLS
from hub.journey import looking, oversee
from hub.release import charts, hotspots, look
from hub.web.pages.door import may
from hub.web.pages.render import Site, page, site

router = APIRouter(include_in_schema=False)
At = Annotated[Site, Depends(site)]
Reader = Annotated[access.Caller, Depends(may("release.read"))]
Looker = Annotated[access.Caller, Depends(may("release.look"))]
SHOWN_PLACES, SHOWN_VALUES = 25, 40
MAPS = ("squares", "hexagons", "areas", "hot")


@router.get("/catalogue")
def catalogue(request: Request, at: At, caller: Reader) -> HTMLResponse:
    """What was released, by series."""
    agencies, _ = oversee.titles(at.desk)
    return page(request, "catalogue.html", entries=looking.catalogue(at.publishing, caller), agencies=agencies,
                contracts=at.desk.contracts)  # fmt: skip


@router.get("/catalogue/{series}")
def dataset(request: Request, at: At, caller: Reader, series: str) -> HTMLResponse:
    """One series: what it is, from whom, how complete, its dictionary, its versions, how to cite and how to read it."""
    entry = looking.entry(at.publishing, caller, series)
    agencies, partnerships = oversee.titles(at.desk)
    shown = entry.current or entry.versions[0]
    looked = looking.look_into(at.publishing, caller, shown.id) if caller.holds("release.look") else None
    rows = looked.rows if isinstance(looked, looking.Looked) else None
    curve = look.placed_by_period(rows) if rows is not None else None
    return page(
        request, "dataset.html", entry=entry, release=shown, agencies=agencies, partnerships=partnerships,
        contracts=at.desk.contracts, completeness=list(look.completeness(rows).iter_rows()) if rows is not None else [],
        curve=list(curve.iter_rows()) if curve is not None else [], may_look=rows is not None,
        address=at.settings.public_url or str(request.base_url).rstrip("/"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with the table that says the same: heading, SVG, column heads, rows, a note."""

    heading: str
    svg: Markup
    heads: list[str]
    rows: list[list[str]]
    note: str = ""


def _drawing(svg: str) -> Markup:
    """An SVG of `hub.release.charts`, which escapes every word in it."""
    return Markup(svg)  # noqa: S704


def _view(request: Request, looked: looking.Looked) -> tuple[look.View, str]:
    """The view that the address asks for; what it names and the release has not is passed over."""
    asked = request.query_params
    filters = {c: asked[f"f.{c}"] for c in looked.categories if f"f.{c}" in asked and asked[f"f.{c}"] != "(all)"}
    by = asked.get("by", "")
    first_choice = next(
        (c for c in looked.categories if c not in ("dataset", "agency", "lsoa", "ward", "district")), ""
    )
    view = look.View(
        filters, asked.get("from", "")[:16], asked.get("to", "")[:16], by if by in looked.categories else first_choice
    )
    kind = asked.get("map", "squares")
    return view, kind if kind in MAPS else "squares"


@router.get("/releases/{release}/look")
def look_page(request: Request, at: At, caller: Looker, release: str) -> HTMLResponse:
    """Charts of a release's own rows, filtered as the address says."""
    looked = looking.look_into(at.publishing, caller, release)
    if isinstance(looked, Refuse):
        return page(request, "refused.html", 403, refusal=looked)
    view, kind = _view(request, looked)
    rows = look.chosen(looked.kinds, view)
    agencies, _ = oversee.titles(at.desk)
    shown = [c for c in (_series(rows), _heat(rows), _categories(rows, view.by), _places(at, rows, kind)) if c]
    choices = {c: [(v, v or "(none)") for v in values] for c, values in looked.categories.items() if len(values) > 1}
    links = {
        m: "?" + urlencode([*((k, v) for k, v in request.query_params.multi_items() if k != "map"), ("map", m)])
        for m in MAPS
    }
    return page(request, "look.html", release=looked.release, view=view, rows=look.total(rows), whole=look.total(looked.kinds),
                charts=shown, choices=choices, map_kind=kind, map_links=links, agencies=agencies)  # fmt: skip


def _cells(*values: object) -> list[str]:
    return ["" if v is None else f"{v:,}" if isinstance(v, int) else str(v) for v in values]


def _series(rows: pl.DataFrame) -> Chart | None:
    found = look.series(rows)
    if not found.height:
        return None
    lines = [_cells(p, n, b, y, _change(n, b), _change(n, y)) for p, n, b, y in found.iter_rows()]
    heads = ["Period", "Rows", "Period before", "A year before", "Change", "Change on the year"]
    return Chart("Over time", _drawing(charts.time_chart(found, "Rows by period")), heads, lines)


def _change(now: int, then: int | None) -> str:
    return "" if not then else f"{(now - then) / then:+.0%}"


def _heat(rows: pl.DataFrame) -> Chart:
    found = look.heat(rows)
    if found is None:
        return Chart(
            "By day and hour",
            _drawing(""),
            [],
            [],
            "The agreement keeps times more coarsely than the hour, so that there is no day and hour to show.",
        )
    lines = [_cells(look.DAYS[d - 1], f"{h}:00", n) for d, h, n in found.iter_rows()]
    return Chart(
        "By day and hour",
        _drawing(charts.heat_map(found, "Rows by day of the week and hour")),
        ["Day", "Hour", "Rows"],
        lines,
    )


def _categories(rows: pl.DataFrame, by: str) -> Chart | None:
    found = look.table(rows, by)
    if not found.height:
        return None
    lines = [
        [v or "(none)" if v != "*" else "(withheld)", f"{n:,}", f"{s:.1%}"]
        for v, n, s in found.head(SHOWN_VALUES).iter_rows()
    ]
    return Chart(
        f"By {by.replace('_', ' ')}", _drawing(charts.bars(found, f"Rows by {by}")), [by, "Rows", "Share"], lines
    )


def _places(at: Site, rows: pl.DataFrame, kind: str) -> Chart | None:
    found = look.places(rows)
    if not found.height:
        return None
    cells = found.filter(pl.col("easting").is_not_null())
    side = max((CELLS.get(k, 0) for k in cells["kind"].unique()), default=0)
    outlines = _district_outlines(at, rows)
    note, svg = "", ""
    if kind == "areas" or not cells.height:
        svg, note = _areas(at, rows)
    elif kind == "hot":
        spots = hotspots.hot_spots(cells.select("easting", "northing", "rows"), side)
        svg, note = charts.cell_map(spots.cells, side, "Hot spots", outlines), spots.note
    else:
        svg = charts.cell_map(cells, side, "Rows by place", outlines, kind == "hexagons")
    coarse = int(found["rows"].sum()) - int(cells["rows"].sum())
    if coarse and cells.height:
        note += f" {coarse:,} rows are released by area only and are in the table, not on the map of cells."
    repeats = hotspots.repeat_places(found)
    if repeats.height:
        note += (f" {repeats.height:,} places have {hotspots.REPEATS} rows or more, and hold {repeats['cumulated'][-1]:.0%}"
                 f" of the rows that have a place.")  # fmt: skip
    lines = [_cells(k, p, n) for k, p, n in found.head(SHOWN_PLACES).select("kind", "place", "rows").iter_rows()]
    return Chart("By place", _drawing(svg), ["What it is", "Place", "Rows"], lines, note.strip())


def _district_outlines(at: Site, rows: pl.DataFrame) -> dict[str, list[list[tuple[float, float]]]]:
    for column in ("ward", "district"):
        if column in rows.columns:
            codes = frozenset(rows[column].drop_nulls().unique())
            found = looking.area_outlines(at.publishing, column, codes)
            if found:
                return found
    return {}


def _areas(at: Site, rows: pl.DataFrame) -> tuple[str, str]:
    for column in ("ward", "lsoa", "district"):
        if column in rows.columns and rows[column].null_count() < rows.height:
            counted = look.table(rows.filter(pl.col(column).is_not_null()), column).select("value", "rows")
            counts = {code: int(n) for code, n in counted.iter_rows()}
            drawn = charts.area_map(
                counts, looking.area_outlines(at.publishing, column, frozenset(counts)), f"Rows by {column}"
            )
            left = look.total(rows) - sum(counts.values())
            note = f"Rows by {column}." + (f" {left:,} rows have none." if left else "")
            return (
                drawn,
                note if drawn else f"No boundaries of the kind {column} are loaded, so that no map can be drawn.",
            )
    return "", "No area was released that could be drawn."
