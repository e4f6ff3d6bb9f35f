"""Sign in and out, what waits for me, who used our data, and the log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Refuse
from hub.journey import account, oversee, publish, recover, staff, using
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
    waiting = oversee.waiting(at.desk, caller)
    releases = publish.list_releases(at.publishing, caller) if caller.holds("release.read") else []
    approve = publish.to_check(at.publishing, caller) if caller.holds("release.approve") else []
    asked = [r for r in publish.requests(at.publishing, caller) if r.state == "open" and str(r.person_id) != caller.person
             and r.partnership_id in caller.holds("release.answer")] if caller.holds("release.answer") else []  # fmt: skip
    recoveries = recover.waiting(at.desk, caller) if caller.holds("account.confirm") else []
    invited = staff.awaited(at.desk, caller) if caller.holds("person.manage") else []
    recalled = publish.open_notices(at.publishing, caller) if caller.holds("release.acknowledge") else []
    held = [r for r in releases if r.state == "held" and r.partnership_id in caller.holds("release.approve")]
    fetch = [r for r in releases if r.state == "published" and r.recipient == caller.agency
             and r.partnership_id in caller.holds("release.download")]  # fmt: skip
    latest = oversee.list_batches(at.desk, caller, limit=5) if caller.holds("batch.read") else []
    agencies, partnerships = oversee.titles(at.desk)
    roles = [(partnerships.get(p, p), role) for p, role in sorted(caller.roles)]
    return page(request, "home.html", waiting=waiting, approve=approve, held_releases=held, fetch=fetch, latest=latest, asked=asked, recalled=recalled,
                agencies=agencies, roles=roles, recoveries=recoveries, invited=invited, contracts=at.desk.contracts, today=at.desk.now().date())  # fmt: skip


@router.get("/log")
def log(
    request: Request,
    at: At,
    caller: Annotated[access.Caller, Depends(may("ledger.read"))],
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
) -> HTMLResponse:
    """What was decided, newest first, and the head of the whole log."""
    found = oversee.read_log(at.desk, caller, before)
    return page(request, "log.html", log=found, before=before)


@router.get("/uses")
def uses(request: Request, at: At, caller: Annotated[access.Caller, Depends(may("ledger.read"))]) -> HTMLResponse:
    """Who used the data of the caller's agency, why, under which clause."""
    agencies, _ = oversee.titles(at.desk)
    return page(request, "uses.html", uses=using.uses(at.desk, caller), agencies=agencies, agency=caller.agency)
