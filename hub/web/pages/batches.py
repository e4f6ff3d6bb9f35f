"""Batches: what came in, and each one's quality report: counts and places of faults, never a value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Conflict, Refuse
from hub.journey import feedback, oversee, quarantine
from hub.journey.receive import Receiving
from hub.web.intake import receiving
from hub.web.pages.door import may, posted
from hub.web.pages.render import Site, page, site

router = APIRouter(prefix="/batches", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Reader = Annotated[access.Caller, Depends(may("batch.read"))]
FIRST_YEAR, LAST_YEAR = 1990, 2100


@router.get("")
def batches(
    request: Request, at: At, caller: Reader, before: Annotated[datetime | None, Query()] = None
) -> HTMLResponse:
    """The newest batches, a page at a time."""
    if before is not None and (before.tzinfo is None or not FIRST_YEAR < before.year < LAST_YEAR):
        before = None
    found = oversee.list_batches(at.desk, caller, before, limit=oversee.PAGE + 1)
    shown, more = found[: oversee.PAGE], len(found) > oversee.PAGE
    agencies, _ = oversee.titles(at.desk)
    following = shown[-1].created_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if more else ""
    return page(request, "batches.html", batches=shown, following=following, first=before is None, agencies=agencies,
                contracts=at.desk.contracts)  # fmt: skip


@router.get("/{batch}")
def batch(request: Request, at: At, caller: Reader, batch: str) -> HTMLResponse:
    """One batch's quality report."""
    report = oversee.open_batch(at.desk, caller, batch)
    return page(request, "batch.html", report=report, batch=report.batch,
                capture=feedback.capture_of([report.batch.quality]) if report.batch.quality else None,
                contract=at.desk.contracts.get(report.batch.dataset))  # fmt: skip


Mender = Annotated[access.Caller, Depends(may("quarantine.read"))]
Intake = Annotated[Receiving, Depends(receiving)]


@router.get("/{batch}/quarantine")
def quarantined(
    request: Request, hub: Intake, caller: Mender, batch: str, after: Annotated[int, Query(ge=-1, le=2**62)] = -1
) -> HTMLResponse:
    """The rows in quarantine, for an officer of the agency that sent them. Every view is logged."""
    viewed = quarantine.view(hub, caller, batch, after)
    if isinstance(viewed, Refuse):
        return page(request, "refused.html", 403, refusal=viewed)
    return page(request, "batch-quarantine.html", viewed=viewed, batch=viewed.batch, after=after,
                contract=hub.contracts.get(viewed.batch.dataset))  # fmt: skip


@router.get("/{batch}/quarantine.csv")
def listed(request: Request, hub: Intake, caller: Mender, batch: str) -> Response:
    """The source's references of these rows, for `connector send --only`. Logged."""
    found = quarantine.references(hub, caller, batch)
    if isinstance(found, Refuse):
        return page(request, "refused.html", 403, refusal=found)
    return Response(found, media_type="text/csv; charset=utf-8",
                    headers={"Content-Disposition": 'attachment; filename="to-mend.csv"'})  # fmt: skip


@router.get("/{batch}/overrule")
def ask(request: Request, at: At, caller: Reader, batch: str) -> HTMLResponse:
    """Ask once more before a held batch is let through."""
    report = oversee.open_batch(at.desk, caller, batch)
    if not report.may_overrule:
        raise Conflict("this batch is not held, or is not your agency's to confirm")
    return page(request, "batch-overrule.html", report=report, batch=report.batch)


@router.post("/{batch}/overrule")
def overrule(
    request: Request, at: At, caller: Reader, _: Annotated[dict[str, str], Depends(posted)], batch: str
) -> Response:
    """Let a held batch through."""
    decision = oversee.overrule(at.desk, caller, batch)
    if isinstance(decision, Refuse):
        return page(request, "refused.html", 403, refusal=decision)
    return RedirectResponse(f"/batches/{batch}?done=overrule", 303)
