"""Agencies and their machines' keys: who takes part, which keys count, registering and revoking them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Conflict, Refuse
from hub.journey import agencies
from hub.web.pages.door import may, posted
from hub.web.pages.render import Site, page, site

router = APIRouter(include_in_schema=False)
At = Annotated[Site, Depends(site)]
Reader = Annotated[access.Caller, Depends(may("agency.read"))]
Registrar = Annotated[access.Caller, Depends(may("key.register"))]
Form = Annotated[dict[str, str], Depends(posted)]
Id = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
Kid = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,120}$")]


@router.get("/agencies")
def every(request: Request, at: At, caller: Reader) -> HTMLResponse:
    """The agencies of the caller's partnerships."""
    return page(request, "agencies.html", found=agencies.list_agencies(at.desk, caller))


def _agency(
    request: Request, at: Site, caller: access.Caller, agency: str, typed: str = "", refusal: Refuse | None = None
) -> HTMLResponse:
    return page(request, "agency.html", 200 if refusal is None else 422, one=agencies.open_agency(at.desk, caller, agency),
                typed=typed, error="" if refusal is None else refusal.reason)  # fmt: skip


@router.get("/agencies/{agency}")
def one(request: Request, at: At, caller: Reader, agency: Id) -> HTMLResponse:
    """One agency: its protocols, keys and mailbox."""
    return _agency(request, at, caller, agency)


@router.post("/agencies/{agency}/mailbox")
def mailbox(request: Request, at: At, caller: Reader, agency: Id, form: Form) -> Response:
    """Say where one's own agency's office reads e-mail."""
    address = form.get("address", "").strip()
    decision = agencies.set_own_mailbox(at.desk, caller, agency, address)
    if isinstance(decision, Refuse):
        if decision.rule.startswith("access."):
            return page(request, "refused.html", 403, refusal=decision)
        return _agency(request, at, caller, agency, address, decision)
    return RedirectResponse(f"/agencies/{agency}?done=mailbox", 303)


@router.get("/keys")
def keys(request: Request, at: At, caller: Reader) -> HTMLResponse:
    """Every key of these agencies, those in use first."""
    return page(request, "keys.html", found=agencies.list_agencies(at.desk, caller),
                may_register=bool(caller.holds("key.register")))  # fmt: skip


def _new(request: Request, form: dict[str, str], refusal: Refuse | None = None) -> HTMLResponse:
    wrong = "" if refusal is None else "certificate" if refusal.rule == "agency.certificate" else "request"
    return page(request, "key-new.html", 200 if refusal is None else 422, form=form, wrong=wrong,
                error="" if refusal is None else refusal.reason)  # fmt: skip


@router.get("/keys/new")
def new_key(request: Request, _: Registrar) -> HTMLResponse:
    """Where a key's request is pasted."""
    return _new(request, {})


@router.post("/keys/new")
def register(request: Request, at: At, caller: Registrar, form: Form) -> Response:
    """Register the key, if its request proves that its private half is held."""
    found = agencies.register(at.desk, caller, form.get("request", ""), form.get("certificate", ""))
    if isinstance(found, Refuse):
        return _new(request, {} if found.rule == "agency.private" else form, found)
    return RedirectResponse("/keys?done=key", 303)


@router.get("/keys/{kid}/revoke")
def ask_revoke(request: Request, at: At, caller: Reader, kid: Kid) -> HTMLResponse:
    """Ask once more before a key is revoked."""
    found, agency = agencies.open_key(at.desk, caller, kid)
    if not found.may_revoke:
        raise Conflict("this key is revoked already, or it is not yours to revoke")
    return page(request, "key-revoke.html", key=found, one=agency)


@router.post("/keys/{kid}/revoke", dependencies=[Depends(posted)])
def revoke(request: Request, at: At, caller: Reader, kid: Kid) -> Response:
    """Revoke a key, for good."""
    decision = agencies.revoke(at.desk, caller, kid)
    if isinstance(decision, Refuse):
        return page(request, "refused.html", 403, refusal=decision)
    return RedirectResponse("/keys?done=key-revoked", 303)
