"""One's own second factor: an authenticator app is set up by a picture or a key, confirmed by a code, and removed."""

from __future__ import annotations

from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from hub import totp
from hub.decision import Refuse
from hub.journey import enrol
from hub.journey.account import Proof, Signed
from hub.web.pages.door import came_from, posted, session_of, signed_in
from hub.web.pages.render import SERVICE, Site, page, site

router = APIRouter(prefix="/account/app", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Me = Annotated[Signed, Depends(signed_in)]
Form = Annotated[dict[str, str], Depends(posted)]
FIELDS = {"account.wrong-code": "code"}


def _picture(address: str) -> Markup:
    """The address as a QR code, drawn in the page itself: no other request carries the secret."""
    drawn = segno.make_qr(address, error="m").svg_inline(
        scale=5, title="QR code of the key below", svgclass="hub-qr", lineclass=None
    )
    return Markup(drawn)  # noqa: S704 (drawn by the library, of squares alone)


def _page(request: Request, at: Site, signed: Signed, refusal: Refuse | None = None) -> HTMLResponse:
    found = enrol.enrolment(at.desk, signed.caller)
    secret = found.secret
    return page(
        request, "account-app.html", 200 if refusal is None else 422, since=found.since,
        key=totp.in_groups(secret) if secret else "", owes=signed.owes_app, outside=signed.caller.outside,
        address=totp.app_address(secret, SERVICE, signed.name) if secret else "",
        picture=_picture(totp.app_address(secret, SERVICE, signed.name)) if secret else "",
        error="" if refusal is None else refusal.reason,
        wrong="" if refusal is None else FIELDS.get(refusal.rule, "password"),
    )  # fmt: skip


def _proof(request: Request, at: Site, form: dict[str, str]) -> Proof:
    return Proof(session_of(request, at), form.get("password", ""), form.get("code", ""), came_from(request))


@router.get("")
def app(request: Request, at: At, signed: Me) -> HTMLResponse:
    """How far one's app is."""
    return _page(request, at, signed)


@router.post("")
def begin(request: Request, at: At, signed: Me, form: Form) -> Response:
    """Make a key for an app to take."""
    decision = enrol.begin(at.desk, signed.caller, _proof(request, at, form))
    if isinstance(decision, Refuse):
        return _page(request, at, signed, decision)
    return RedirectResponse("/account/app", 303)


@router.post("/confirm")
def confirm(request: Request, at: At, signed: Me, form: Form) -> Response:
    """The app shows this code: it counts from now on."""
    decision = enrol.confirm(at.desk, signed.caller, session_of(request, at), form.get("code", ""))
    if isinstance(decision, Refuse):
        return _page(request, at, signed, decision)
    return RedirectResponse("/account?done=app", 303)


@router.post("/remove")
def remove(request: Request, at: At, signed: Me, form: Form) -> Response:
    """Take the app out of use."""
    decision = enrol.remove(at.desk, signed.caller, _proof(request, at, form))
    if isinstance(decision, Refuse):
        return _page(request, at, signed, decision)
    return RedirectResponse("/account?done=app-removed", 303)
