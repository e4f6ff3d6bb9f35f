"""The people of a partnership: who they are, what they may; inviting them, changing their roles, closing their accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Refuse
from hub.journey import agencies, oversee, staff
from hub.web.pages.door import may, posted
from hub.web.pages.render import Site, page, site

router = APIRouter(prefix="/officers", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Reader = Annotated[access.Caller, Depends(may("person.read"))]
Manager = Annotated[access.Caller, Depends(may("person.manage"))]
Form = Annotated[dict[str, str], Depends(posted)]
Id = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
FIELDS = {"person.name": "name", "person.sign-in": "sign-in", "person.sign-in-taken": "sign-in", "person.agency": "agency",
          "person.roles": "role-liaison-officer", "person.provider": "provider", "person.subject": "subject",
          "person.address": "address", "person.own-roles": "role-liaison-officer"}  # fmt: skip


def _roles(form: dict[str, str]) -> frozenset[str]:
    return frozenset(role for role in staff.GRANTED if form.get(f"role-{role}"))


@router.get("")
def officers(request: Request, at: At, caller: Reader) -> HTMLResponse:
    """Everybody with a role in one of the caller's partnerships."""
    titles, partnerships = oversee.titles(at.desk)
    return page(request, "officers.html", members=staff.members(at.desk, caller), agencies=titles, partnerships=partnerships,
                mine=sorted(caller.holds("person.read")), may_manage=bool(caller.holds("person.manage")))  # fmt: skip


def _new(
    request: Request, at: Site, caller: access.Caller, form: dict[str, str], refusal: Refuse | None = None
) -> HTMLResponse:
    _, partnerships = oversee.titles(at.desk)
    mine = {p: partnerships.get(p, p) for p in sorted(caller.holds("person.manage"))}
    known = agencies.titles(at.desk, caller, "person.manage")
    return page(request, "officer-new.html", 200 if refusal is None else 422, mine=mine, known=known, form=form,
                granted=staff.GRANTED, providers=at.desk.providers, error="" if refusal is None else refusal.reason,
                wrong="" if refusal is None else FIELDS.get(refusal.rule, "name"))  # fmt: skip


@router.get("/new")
def new(request: Request, at: At, caller: Manager) -> HTMLResponse:
    """Invite somebody, or add somebody who has an account."""
    return _new(request, at, caller, {})


@router.post("/new")
def invite(request: Request, at: At, caller: Manager, form: Form) -> Response:
    """Prepare the account; a code is shown once."""
    provider = form.get("provider", "")
    asked = staff.Asked(
        form.get("partnership", ""), form.get("name", ""), form.get("sign-in", "").strip().lower(), form.get("agency", ""),
        _roles(form), provider, form.get("subject", "").strip() if provider else "",
        form.get("address", "").strip().lower() if provider else "",
    )  # fmt: skip
    made = staff.invite(at.desk, caller, asked)
    if isinstance(made, Refuse):
        return _refused(request, at, caller, form, made)
    return _invited(request, at, made)


@router.post("/add")
def add(request: Request, at: At, caller: Manager, form: Form) -> Response:
    """Give roles to somebody who has an account."""
    sign_in = form.get("known", "").strip().lower()
    found = staff.add(at.desk, caller, form.get("partnership", ""), sign_in, _roles(form))
    if isinstance(found, Refuse):
        return _refused(request, at, caller, form, found, adding=True)
    return RedirectResponse(f"/officers/{found}?done=roles", 303)


def _refused(
    request: Request, at: Site, caller: access.Caller, form: dict[str, str], refusal: Refuse, adding: bool = False
) -> HTMLResponse:
    if refusal.rule.startswith("access."):
        return page(request, "refused.html", 403, refusal=refusal)
    kept = form | ({"adding": "yes"} if adding else {})
    return _new(request, at, caller, kept, refusal)


def _person(
    request: Request, at: Site, caller: access.Caller, person: str, refusal: Refuse | None = None
) -> HTMLResponse:
    found = staff.member(at.desk, caller, person)
    titles, partnerships = oversee.titles(at.desk)
    mine = sorted(caller.holds("person.manage"))
    whole = {p for p, _ in found.roles} <= set(mine) and access.OPERATOR not in {r for _, r in found.roles}
    return page(request, "officer.html", 200 if refusal is None else 422, found=found, agencies=titles,
                partnerships=partnerships, seen=sorted(caller.holds("person.read")), mine=mine, granted=staff.GRANTED,
                own=found.id == caller.person, whole=whole, providers=at.desk.providers,
                error="" if refusal is None else refusal.reason)  # fmt: skip


@router.get("/{person}")
def officer(request: Request, at: At, caller: Reader, person: Id) -> HTMLResponse:
    """One person, and what may be changed."""
    return _person(request, at, caller, person)


@router.post("/{person}/roles")
def roles(request: Request, at: At, caller: Manager, person: Id, form: Form) -> Response:
    """Exactly these roles in one partnership."""
    decision = staff.change_roles(at.desk, caller, person, form.get("partnership", ""), _roles(form))
    if isinstance(decision, Refuse):
        if decision.rule.startswith("access."):
            return page(request, "refused.html", 403, refusal=decision)
        return _person(request, at, caller, person, decision)
    left = any(m.id == person for m in staff.members(at.desk, caller))
    return RedirectResponse(f"/officers/{person}?done=roles" if left else "/officers?done=roles-gone", 303)


@router.post("/{person}/code", dependencies=[Depends(posted)])
def code(request: Request, at: At, caller: Manager, person: Id) -> Response:
    """Another code for somebody who was invited and has not come in."""
    made = staff.new_code(at.desk, caller, person)
    if isinstance(made, Refuse):
        return page(request, "refused.html", 403, refusal=made)
    return _invited(request, at, made)


def _invited(request: Request, at: Site, made: staff.Invited) -> HTMLResponse:
    return page(request, "officer-invited.html", invited=made, days=staff.INVITED.days,
                address=at.desk.party.origins[0])  # fmt: skip


@router.get("/{person}/close")
def ask_close(request: Request, at: At, caller: Manager, person: Id) -> HTMLResponse:
    """Ask once more before an account is closed."""
    return page(request, "officer-close.html", found=staff.member(at.desk, caller, person))


@router.post("/{person}/close", dependencies=[Depends(posted)])
def close(request: Request, at: At, caller: Manager, person: Id) -> Response:
    """Close an account and end its sessions."""
    decision = staff.close(at.desk, caller, person)
    if isinstance(decision, Refuse):
        return page(request, "refused.html", 403, refusal=decision)
    return RedirectResponse(f"/officers/{person}?done=closed", 303)


@router.post("/{person}/reopen", dependencies=[Depends(posted)])
def reopen(request: Request, at: At, caller: Manager, person: Id) -> Response:
    """Open a closed account again."""
    decision = staff.reopen(at.desk, caller, person)
    if isinstance(decision, Refuse):
        return page(request, "refused.html", 403, refusal=decision)
    return RedirectResponse(f"/officers/{person}?done=reopened", 303)
