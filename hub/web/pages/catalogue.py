"""The catalogue: what was released, by series; for each what it is, how full, its versions, how to cite and read it."""

from __future__ import annotations

from typing import Annotated

import polars as pl
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from hub import access
from hub.journey import looking, oversee
from hub.release import charts, look
from hub.web.pages.door import may
from hub.web.pages.render import Site, page, site

router = APIRouter(include_in_schema=False)
At = Annotated[Site, Depends(site)]
Reader = Annotated[access.Caller, Depends(may("release.read"))]


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
    kinds = looked.kinds if isinstance(looked, looking.Looked) else None
    curve = look.placed_by_period(kinds) if kinds is not None else None
    thing = access.Thing(shown.partnership_id, shown.recipient)
    risk = [figures.get("found", 0.0) for figures in (shown.counts.get("risk") or {}).values()]
    return page(
        request, "dataset.html", entry=entry, release=shown, agencies=agencies, partnerships=partnerships,
        contracts=at.desk.contracts, completeness=list(look.completeness(kinds).iter_rows()) if kinds is not None else [],
        curve=list(curve.iter_rows()) if curve is not None else [], may_look=kinds is not None,
        curve_svg=_curve(curve) if curve is not None else "", found=max(risk, default=None),
        meanings=looking.meanings(at.publishing, shown, kinds) if kinds is not None else [],
        may_download=shown.state in ("published", "superseded") and bool(access.may(caller, "release.download", thing)),
        address=at.settings.public_url or str(request.base_url).rstrip("/"),
    )  # fmt: skip


def _curve(curve: pl.DataFrame) -> Markup:
    """Rows by month as a drawing; one month alone needs none."""
    series = curve.select("period", "rows", before=pl.lit(None, pl.Int64), year_ago=pl.lit(None, pl.Int64))
    drawn = charts.time_chart(series, "Rows by month") if curve.height > 1 else ""
    return Markup(drawn)  # noqa: S704 (every word in it is escaped)
