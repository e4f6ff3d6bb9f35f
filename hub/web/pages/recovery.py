"""The way back into an account: the person with a code and a new password, and the officer who confirms it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Refuse
from hub.journey import recover
from hub.web.pages.door import came_from, may, posted, posted_by_stranger, set_cookie, stranger_cookie
from hub.web.pages.render import Site, page, site

router = APIRouter(include_in_schema=False)
At = Annotated[Site, Depends(site)]
Officer = Annotated[access.Caller, Depends(may("account.confirm"))]


def _form(request: Request, at: Site, name: str = "", refusal: Refuse | None = None) -> Response:
    value = stranger_cookie(request, at.settings)
    answer = page(request, "recover.html", 200 if refusal is None else 403, name=name, refusal=refusal)
    set_cookie(answer, at.settings, "form", value)
    return answer


@router.get("/recover")
def ask(request: Request, at: At) -> Response:
    """Where a code is used."""
    return _form(request, at)


@router.post("/recover")
def redeem(request: Request, at: At, form: Annotated[dict[str, str], Depends(posted_by_stranger)]) -> Response:
    """Set a new password by a code that an officer has confirmed."""
    name = form.get("name", "")
    decision = recover.redeem(at.desk, name, form.get("code", ""), form.get("password", ""), came_from(request))
    if isinstance(decision, Refuse):
        return _form(request, at, name, decision)
    return RedirectResponse("/sign-in?done=recovered", 303)


@router.get("/recoveries")
def recoveries(request: Request, at: At, caller: Officer) -> HTMLResponse:
    """Who asked to get back in, for an officer to confirm."""
    return page(request, "recoveries.html", recoveries=recover.waiting(at.desk, caller))


@router.post("/recoveries/{recovery}", dependencies=[Depends(posted)])
def confirm(request: Request, at: At, caller: Officer, recovery: str) -> Response:
    """Confirm that the person asked for it."""
    decision = recover.confirm(at.desk, caller, recovery)
    if isinstance(decision, Refuse):
        return page(request, "refused.html", 403, refusal=decision)
    return RedirectResponse("/recoveries?done=confirmed", 303)
