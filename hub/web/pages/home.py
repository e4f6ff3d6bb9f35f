"""Sign in and out, what waits for me, who used our data, and the log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Refuse
from hub.journey import account, oversee, tasks, using, witness
from hub.journey.account import Signed
from hub.web.pages.door import (
    came_from,
    cookie_name,
    drop_cookie,
    local,
    look,
    may,
    posted,
    posted_by_stranger,
    set_cookie,
    signed_in,
    stranger_cookie,
)
from hub.web.pages.render import Site, page, site

router = APIRouter(include_in_schema=False)
At = Annotated[Site, Depends(site)]


@router.get("/sign-in")
def sign_in_page(
    request: Request,
    at: At,
    signed: Annotated[Signed | None, Depends(look)],
    following: Annotated[str, Query(alias="next", max_length=300)] = "/",
) -> Response:
    """The sign-in page."""
    if signed is not None:
        return RedirectResponse(local(following), 303)
    return _sign_in_form(request, at, following)


def _sign_in_form(
    request: Request, at: Site, following: str, name: str = "", refusal: Refuse | None = None
) -> Response:
    value = stranger_cookie(request, at.settings)
    answer = page(request, "sign-in.html", 200 if refusal is None else 403, following=local(following), name=name,
                  refusal=refusal, providers=at.desk.providers)  # fmt: skip
    set_cookie(answer, at.settings, "form", value)
    return answer


@router.post("/sign-in")
def sign_in(request: Request, at: At, form: Annotated[dict[str, str], Depends(posted_by_stranger)]) -> Response:
    """Sign in: a new session, whatever cookie came with the request."""
    name = form.get("name", "")
    token = account.sign_in(at.desk, name, form.get("password", ""), came_from(request), form.get("code", ""))
    if isinstance(token, Refuse):
        return _sign_in_form(request, at, form.get("next", "/"), name, token)
    answer = RedirectResponse(local(form.get("next", "/")), 303)
    set_cookie(answer, at.settings, "session", token)
    drop_cookie(answer, at.settings, "form")
    return answer


@router.post("/sign-out")
def sign_out(request: Request, at: At, _: Annotated[dict[str, str], Depends(posted)]) -> Response:
    """End the session."""
    account.sign_out(at.desk, request.cookies.get(cookie_name(at.settings, "session"), ""))
    answer = RedirectResponse("/sign-in", 303)
    drop_cookie(answer, at.settings, "session")
    return answer


@router.get("/")
def home(request: Request, at: At, signed: Annotated[Signed, Depends(signed_in)]) -> HTMLResponse:
    """What waits for me, by role."""
    caller = signed.caller
    waiting = tasks.tasks(at.desk, caller)
    roles = [(waiting.partnerships.get(p, p), role) for p, role in sorted(caller.roles)]
    return page(request, "home.html", waiting=waiting, roles=roles, contracts=at.desk.contracts,
                today=at.desk.now().date())  # fmt: skip


@router.get("/log")
def log(
    request: Request,
    at: At,
    caller: Annotated[access.Caller, Depends(may("ledger.read"))],
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
) -> HTMLResponse:
    """What was decided, newest first, and the head of the whole log."""
    found = oversee.read_log(at.desk, caller, before)
    return page(request, "log.html", log=found, before=before, seen=witness.seen(at.desk, caller),
                paused_after=at.publishing.stamped_within)  # fmt: skip


@router.get("/uses")
def uses(request: Request, at: At, caller: Annotated[access.Caller, Depends(may("ledger.read"))]) -> HTMLResponse:
    """Who used the data of the caller's agency, why, under which clause."""
    agencies, _ = oversee.titles(at.desk)
    return page(request, "uses.html", uses=using.uses(at.desk, caller), agencies=agencies, agency=caller.agency)
