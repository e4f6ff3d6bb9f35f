"""The catalogue: what was released, by series; for each what it is, how full, its versions, how to cite and read it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from hub import access
from hub.journey import looking, oversee
from hub.release import look
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
    return page(
        request, "dataset.html", entry=entry, release=shown, agencies=agencies, partnerships=partnerships,
        contracts=at.desk.contracts, completeness=list(look.completeness(kinds).iter_rows()) if kinds is not None else [],
        curve=list(curve.iter_rows()) if curve is not None else [], may_look=kinds is not None,
        address=at.settings.public_url or str(request.base_url).rstrip("/"),
    )  # fmt: skip
