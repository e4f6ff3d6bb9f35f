"""Requests: somebody asks for data, for a purpose and a question; another officer answers, under an agreement or not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Refuse
from hub.journey import asking, oversee, publish
from hub.release.question import WANTED
from hub.web.pages.door import may, posted
from hub.web.pages.render import Site, page, site
from protocols.schema import Purpose

router = APIRouter(prefix="/requests", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Asker = Annotated[access.Caller, Depends(may("release.ask"))]
Posted = Annotated[dict[str, str], Depends(posted)]
LEAST, MOST = 10, 1000


def _list(
    request: Request, at: Site, caller: access.Caller, error: str = "", typed: str = "", wrong: str = "question"
) -> HTMLResponse:
    """The page; `error` stands beside the field `wrong`."""
    agencies, partnerships = oversee.titles(at.desk)
    found = publish.requests(at.publishing, caller)
    who = {str(r.person_id) for r in found} | {r.decided_by for r in found if r.decided_by}
    mine = [(p, partnerships.get(p, p)) for p in sorted(caller.holds("release.ask"))]
    return page(
        request, "requests.html", 422 if error else 200, requests=found, agencies=agencies, error=error, typed=typed,
        wrong=wrong, mine=mine, readings=asking.readings(at.publishing, found), times=int(WANTED),
        all_purposes=[p.value for p in Purpose], people=oversee.names(at.desk, sorted(who)), me=caller.person,
        answers=caller.holds("release.answer"), agreements=publish.agreements(at.publishing, caller),
    )  # fmt: skip


@router.get("")
def requests(request: Request, at: At, caller: Asker) -> HTMLResponse:
    """What was asked for, and a form to ask."""
    return _list(request, at, caller)


@router.post("")
def ask(request: Request, at: At, caller: Asker, form: Posted) -> Response:
    """Ask for data."""
    partnership, purpose, question = (form.get(n, "").strip() for n in ("partnership", "purpose", "question"))
    if partnership not in caller.holds("release.ask") or purpose not in {p.value for p in Purpose}:
        return _list(request, at, caller, "Choose the partnership and the purpose", question, "partnership")
    if not LEAST <= len(question) <= MOST:
        return _list(request, at, caller, f"Say what you want to find out, in {LEAST} to {MOST} characters", question)
    made = publish.ask(at.publishing, caller, partnership, purpose, question)
    if isinstance(made, Refuse):
        return page(request, "refused.html", 403, refusal=made)
    return RedirectResponse("/requests?done=ask", 303)


@router.post("/{request_id}")
def answer(
    request: Request, at: At, caller: Annotated[access.Caller, Depends(may("release.answer"))], form: Posted, request_id: str
) -> Response:  # fmt: skip
    """Agree under an access agreement, or decline with a reason."""
    agreement, words = form.get("agreement", ""), form.get("words", "").strip()[:MOST]
    if not agreement and len(words) < LEAST:
        beside = f"words-{request_id}"
        return _list(request, at, caller, f"To decline, give a reason of {LEAST} to {MOST} characters", wrong=beside)
    decision = publish.answer(at.publishing, caller, request_id, agreement, words)
    if isinstance(decision, Refuse):
        return page(request, "refused.html", 403, refusal=decision)
    return RedirectResponse("/requests?done=answer", 303)
