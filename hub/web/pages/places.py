"""Places: try a location and see what it may be, on a map too; and say where words are that nobody could place.

A location may be somebody's home: it is sent by form, never in an address that browsers and proxies keep, and nothing of
it is stored. The map draws the hub's own boundaries and nothing from another site.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Conflict, Refuse
from hub.journey import locate, oversee, unplaced
from hub.journey.locate import Locating
from hub.web.locate import locating
from hub.web.pages.assets import MAP_POLICY
from hub.web.pages.door import may, posted
from hub.web.pages.render import Site, page, site

router = APIRouter(prefix="/places", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Hub = Annotated[Locating, Depends(locating)]
Tester = Annotated[access.Caller, Depends(may("place.try"))]
Reviewer = Annotated[access.Caller, Depends(may("place.review"))]
Posted = Annotated[dict[str, str], Depends(posted)]
LONGEST = 500
CANDIDATES = 10


@router.get("")
def ask(request: Request, caller: Tester) -> HTMLResponse:
    """Ask where something is."""
    return page(request, "places.html", asked="", may_review=bool(caller.holds("place.review")))


@router.post("")
def answer(request: Request, at: At, hub: Hub, caller: Tester, form: Posted) -> Response:
    """Where it is by the cascade, and what else it may be."""
    asked = " ".join(form.get("where", "").split())
    may_review = bool(caller.holds("place.review"))
    if not asked or len(asked) > LONGEST:
        words = "Enter a location" if not asked else f"The location must be {LONGEST} characters or fewer"
        return page(request, "places.html", 422, asked=asked[:LONGEST], error=words, may_review=may_review)
    found = locate.answer(hub.reference, [locate.written(asked)], CANDIDATES)[0]
    drawn = [
        circle | {"number": number, "words": one["matched_text"] or one["grid_reference"]}
        for number, (one, circle) in enumerate(zip(found.candidates, locate.circles(found.candidates), strict=True), 1)
    ]
    shown = page(request, "places.html", asked=asked, found=found, drawn=json.dumps(drawn) if drawn else "",
                 areas=hub.reference.names(), may_review=may_review, map_script=at.assets.address("map.js") if at.assets.has_map else "",
                 map_style=at.assets.address("maplibre-gl.css"))  # fmt: skip
    shown.headers["Content-Security-Policy"] = MAP_POLICY
    return shown


@router.get("/areas/{kind}")
def areas(hub: Hub, _: Tester, kind: str) -> Response:
    """The hub's own boundaries of a kind, as GeoJSON."""
    return Response(locate.outlines(hub.reference, kind), media_type="application/geo+json")


@router.get("/review")
def waiting(request: Request, at: At, caller: Reviewer) -> HTMLResponse:
    """Words that nobody could place, and what was said of others."""
    return _waiting(request, at, caller)


def _waiting(request: Request, at: Site, caller: access.Caller, wrong: dict[str, Any] | None = None) -> HTMLResponse:
    agencies, partnerships = oversee.titles(at.desk)
    said = unplaced.reviewed(at.desk, caller)
    return page(request, "places-review.html", 422 if wrong else 200, waiting=unplaced.queue(at.desk, caller), answers=said,
                agencies=agencies, partnerships=partnerships, wrong=wrong or {},
                people=oversee.names(at.desk, [s.decided_by.removeprefix("person:") for s in said]))  # fmt: skip


@router.post("/review")
def say(request: Request, at: At, hub: Hub, caller: Reviewer, form: Posted) -> Response:
    """Say where words are, or that they name no place."""
    partnership, words, where = (form.get(name, "").strip() for name in ("partnership", "words", "where"))
    if form.get("deed") != "dismiss" and not 0 < len(where) <= LONGEST:
        return _waiting(request, at, caller, {"words": words, "where": "", "error": "Enter where it is"})
    try:
        placed = "" if form.get("deed") == "dismiss" else where
        decision = unplaced.place(at.desk, hub.reference, caller, partnership, words, placed)
    except Conflict as wrong:
        error = str(wrong)[:1].upper() + str(wrong)[1:]
        return _waiting(request, at, caller, {"words": words, "where": where, "error": error})
    if isinstance(decision, Refuse):
        return page(request, "refused.html", 403, refusal=decision)
    return RedirectResponse(f"/places/review?done={'place-dismissed' if not placed else 'place-said'}", 303)
