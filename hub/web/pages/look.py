"""A look into a release before it is downloaded: charts and a map of its own rows. The address is the whole view.

Charts are drawn here and each has its table. Where a script may run, the map can be moved; without, it is a drawing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

import polars as pl
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from hub import access
from hub.decision import NotFound, Refuse
from hub.disclosure.coarsen import CELLS
from hub.journey import looking, oversee
from hub.release import charts, hotspots, look, maps
from hub.web.pages.assets import MAP_POLICY
from hub.web.pages.door import may
from hub.web.pages.render import Site, page, site

router = APIRouter(prefix="/releases/{release}/look", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Looker = Annotated[access.Caller, Depends(may("release.look"))]
SHOWN_PLACES, SHOWN_VALUES = 25, 40
MAPS = ("squares", "hexagons", "areas", "hot", "density")
PLACED = ("dataset", "agency", "lsoa", "ward", "district")


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with the table that says the same: its name in addresses, heading, SVG, column heads, rows, a note; the
    map that the drawing is of, if it is one."""

    name: str
    heading: str
    svg: Markup
    heads: list[str]
    rows: list[list[str]]
    note: str = ""
    map: maps.PlaceMap | None = None
    legend: Markup | None = None


def _drawing(svg: str) -> Markup:
    """An SVG of `hub.release.charts`, which escapes every word in it."""
    return Markup(svg)  # noqa: S704


def _view(request: Request, looked: looking.Looked) -> tuple[look.View, str]:
    """The view that the address asks for; what it names and the release has not is passed over."""
    asked = request.query_params
    filters = {c: asked[f"f.{c}"] for c in looked.categories if f"f.{c}" in asked and asked[f"f.{c}"] != "(all)"}
    by = asked.get("by", "")
    first_choice = next((c for c in looked.categories if c not in PLACED), "")
    view = look.View(
        filters, asked.get("from", "")[:16], asked.get("to", "")[:16], by if by in looked.categories else first_choice
    )
    kind = asked.get("map", "squares")
    return view, kind if kind in MAPS and look.has_cells(looked.kinds) else MAPS[0]


@router.get("")
def look_page(request: Request, at: At, caller: Looker, release: str) -> HTMLResponse:
    """Charts of a release's own rows, filtered as the address says."""
    looked = looking.look_into(at.publishing, caller, release)
    if isinstance(looked, Refuse):
        return page(request, "refused.html", 403, refusal=looked)
    view, kind = _view(request, looked)
    rows = look.chosen(looked.kinds, view)
    agencies, _ = oversee.titles(at.desk)
    names = looking.area_names(at.publishing)
    choices = {
        c: [(v, names.get(v, v) or "(none)") for v in values]
        for c, values in looked.categories.items()
        if len(values) > 1
    }
    asked = request.query_params.multi_items()
    links = {m: "?" + urlencode([*((k, v) for k, v in asked if k != "map"), ("map", m)])
             for m in MAPS if look.has_cells(looked.kinds)}  # fmt: skip
    shown = page(request, "look.html", release=looked.release, view=view, rows=look.total(rows), whole=look.total(looked.kinds),
                 charts=_charts(at, rows, view, kind), choices=choices, map_kind=kind, map_links=links, agencies=agencies,
                 query=urlencode(asked), look_script=at.assets.address("look.js") if at.assets.has_map else "",
                 map_style=at.assets.address("maplibre-gl.css"))  # fmt: skip
    shown.headers["Content-Security-Policy"] = MAP_POLICY
    return shown


def _looked(
    request: Request, at: Site, caller: access.Caller, release: str, name: str
) -> tuple[looking.Looked, look.View, Chart] | Refuse:
    """One chart of the view that the address asks for."""
    looked = looking.look_into(at.publishing, caller, release)
    if isinstance(looked, Refuse):
        return looked
    view, kind = _view(request, looked)
    rows = look.chosen(looked.kinds, view)
    found = next((c for c in _charts(at, rows, view, kind) if c.name == name and c.svg), None)
    if found is None:
        raise NotFound("there is no such chart of this view")
    return looked, view, found


@router.get("/places.geojson")
def shapes(request: Request, at: At, caller: Looker, release: str) -> Response:
    """The shapes and counts of the map that the address asks for, and outlines around them, in degrees."""
    found = _looked(request, at, caller, release, "places")
    if isinstance(found, Refuse):
        return page(request, "refused.html", 403, refusal=found)
    map_ = found[2].map
    assert map_ is not None
    return Response(looking.geojson(map_), media_type="application/geo+json")


@router.get("/{chart}.svg")
def picture(request: Request, at: At, caller: Looker, release: str, chart: str) -> Response:
    """A chart as a picture to keep."""
    found = _looked(request, at, caller, release, chart)
    if isinstance(found, Refuse):
        return page(request, "refused.html", 403, refusal=found)
    looked, view, one = found
    chosen = [f"{c.replace('_', ' ')}: {v or 'none'}" for c, v in view.filters.items()]
    chosen += [f"{word} {when}" for word, when in (("from", view.first), ("to", view.last)) if when]
    lines = [f"{looked.release.title}: {one.heading.lower()}", f"Release {looked.release.number}, released rows only",
             *(("; ".join(chosen),) if chosen else ())]  # fmt: skip
    return Response(charts.captioned(str(one.svg), lines), media_type="image/svg+xml",
                    headers={"Content-Disposition": f'attachment; filename="release-{looked.release.number}-{chart}.svg"'})  # fmt: skip


# the charts ---------------------------------------------------------------------------------------------------------


def _charts(at: Site, rows: pl.DataFrame, view: look.View, kind: str) -> list[Chart]:
    if not look.total(rows):
        return []
    found = (_series(rows), _heat(rows), _categories(rows, view.by), _places(at, rows, kind))
    return [c for c in found if c is not None]


def _cells(*values: object) -> list[str]:
    return ["" if v is None else f"{v:,}" if isinstance(v, int) else str(v) for v in values]


def _series(rows: pl.DataFrame) -> Chart | None:
    found = look.series(rows)
    if not found.height:
        return None
    lines = [_cells(p, n, b, y, _change(n, b), _change(n, y)) for p, n, b, y in found.iter_rows()]
    heads = ["Period", "Rows", "Period before", "A year before", "Change", "Change on the year"]
    return Chart("time", "Over time", _drawing(charts.time_chart(found, "Rows by period")), heads, lines)


def _change(now: int, then: int | None) -> str:
    return "" if not then else f"{(now - then) / then:+.0%}"


def _heat(rows: pl.DataFrame) -> Chart:
    found = look.heat(rows)
    if found is None:
        coarse = "The agreement keeps times more coarsely than the hour, so that there is no day and hour to show."
        return Chart("hours", "By day and hour", _drawing(""), [], [], coarse)
    lines = [_cells(look.DAYS[d - 1], f"{h}:00", n) for d, h, n in found.iter_rows()]
    drawn = _drawing(charts.heat_map(found, "Rows by day of the week and hour"))
    return Chart("hours", "By day and hour", drawn, ["Day", "Hour", "Rows"], lines)


def _categories(rows: pl.DataFrame, by: str) -> Chart | None:
    found = look.table(rows, by)
    if not found.height:
        return None
    lines = [
        [v or "(none)" if v != "*" else "(withheld)", f"{n:,}", f"{s:.1%}"]
        for v, n, s in found.head(SHOWN_VALUES).iter_rows()
    ]
    drawn = _drawing(charts.bars(found, f"Rows by {by}"))
    return Chart("categories", f"By {by.replace('_', ' ')}", drawn, [by.replace("_", " "), "Rows", "Share"], lines)


def _places(at: Site, rows: pl.DataFrame, kind: str) -> Chart | None:
    found = look.places(rows)
    if not found.height:
        return None
    cells = found.filter(pl.col("easting").is_not_null())
    drawn = _map(at, rows, cells, kind)
    map_, note = drawn.map, drawn.note
    coarse = int(found["rows"].sum()) - int(cells["rows"].sum())
    if coarse and cells.height and (map_ is None or map_.unit != "area"):
        note += f" {coarse:,} rows are released by area only and are in the table, not on the map of cells."
    note += f" {hotspots.gathered(found)}"
    if map_ is not None and map_.shapes:
        hot = f" {maps.HOT}" if any(s.hot for s in map_.shapes) else ""
        note = f"{map_.uncertainty}{hot} {note}"
    names = looking.area_names(at.publishing)
    lines = list(drawn.rows) or [
        [k, f"{names[p]} ({p})" if p in names else p, f"{n:,}", f"{s:.1%}", f"{c:.1%}"]
        for k, p, n, s, c in hotspots.repeat_places(found, 1).head(SHOWN_PLACES).iter_rows()
    ]
    heads = list(drawn.heads) or ["What it is", "Place", "Rows", "Share", "With those above"]
    svg, legend = (maps.draw(map_), maps.legend(map_)) if map_ is not None and map_.shapes else ("", "")
    return Chart("places", "By place", _drawing(svg), heads, lines, " ".join(note.split()), map_, _drawing(legend))


class Mapped(NamedTuple):
    """A map, what is to be said of it, and the table that says the same where it is not counts by place."""

    map: maps.PlaceMap | None
    note: str
    heads: Sequence[str] = ()
    rows: Sequence[list[str]] = ()


def _map(at: Site, rows: pl.DataFrame, cells: pl.DataFrame, kind: str) -> Mapped:
    """The map of a kind. Releases without cells are shown by area."""
    if kind == "areas" or not cells.height:
        return Mapped(*_areas(at, rows))
    side = max((CELLS.get(k, 0) for k in cells["kind"].unique()), default=0)
    outlines = _district_outlines(at, rows)
    if kind in ("hot", "density"):
        return _spots(cells, side, outlines, kind)
    return Mapped(maps.of_cells(cells, side, "Rows by place", outlines, kind == "hexagons"), "")


def _spots(cells: pl.DataFrame, side: int, outlines: Mapping[str, Sequence[maps.Ring]], kind: str) -> Mapped:
    """Hot spots, or the kernel density beneath them, with each cell's figures."""
    spots = hotspots.hot_spots(cells.select("easting", "northing", "rows"), side)
    corner = pl.format("{}{}", *(((pl.col(c) - side // 2).cast(pl.Utf8).str.zfill(6)) for c in ("easting", "northing")))
    told = spots.cells.with_columns(place=corner)
    if kind == "density":
        told = told.sort("density", descending=True)
    lines = [
        [place, f"{n:,}", f"{z:.2f}", "under 0.001" if p < 0.001 else f"{p:.3f}", "yes" if hot else "no", f"{d:.1f}"]
        for place, n, z, p, hot, d in told.head(SHOWN_PLACES)
        .select("place", "rows", "z", "p", "hot", "density")
        .iter_rows()
    ]
    heads = ["Place (12-figure reference of the corner)", "Rows", "Gi* (z)", "p", "Hot spot", "Rows per square km"]
    drawn = (
        maps.of_density(spots.surface, side, "Kernel density", outlines)
        if kind == "density"
        else maps.of_cells(spots.cells, side, "Hot spots", outlines)
    )
    note = f"{hotspots.KERNEL} {spots.note}" if kind == "density" and spots.cells.height else spots.note
    return Mapped(drawn, note, heads if lines else [], lines)


def _district_outlines(at: Site, rows: pl.DataFrame) -> Mapping[str, Sequence[maps.Ring]]:
    for column in ("ward", "district"):
        if column in rows.columns:
            codes = frozenset(rows[column].drop_nulls().unique())
            found = looking.area_outlines(at.publishing, column, codes)
            if found:
                return found
    return {}


def _areas(at: Site, rows: pl.DataFrame) -> tuple[maps.PlaceMap | None, str]:
    for column in ("ward", "lsoa", "district"):
        if column in rows.columns and rows[column].null_count() < rows.height:
            counted = look.table(rows.filter(pl.col(column).is_not_null()), column).select("value", "rows")
            counts = {code: int(n) for code, n in counted.iter_rows()}
            outlines = looking.area_outlines(at.publishing, column, frozenset(counts))
            left = look.total(rows) - sum(counts.values())
            note = f"Rows by {column}." + (f" {left:,} rows have none." if left else "")
            if not outlines:
                return None, f"No boundaries of the kind {column} are loaded, so that no map can be drawn."
            return maps.of_areas(counts, outlines, f"Rows by {column}", looking.area_names(at.publishing)), note
    return None, "No area was released that could be drawn."
