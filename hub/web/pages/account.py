"""One's own account: the passkeys that sign, made and removed by their owner, and the sessions that are open."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub.decision import Refuse
from hub.journey import account as sessions
from hub.journey import outside, sign
from hub.journey.account import Signed
from hub.web.pages.door import came_from, posted, session_of, signed_in
from hub.web.pages.render import Site, page, site
from protocols.assertion import Unproved, b64u, from_b64u

router = APIRouter(prefix="/account", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Me = Annotated[Signed, Depends(signed_in)]
FIELDS = {"account.wrong-password": "password", "account.too-many": "password", "account.wrong-code": "code",
          "account.prove-again": "again"}  # fmt: skip


def _account(
    request: Request, at: Site, signed: Signed, label: str = "", refusal: Refuse | None = None
) -> HTMLResponse:
    status = 200 if refusal is None else 422
    return page(
        request, "account.html", status,
        keys=sign.passkeys(at.desk, signed.caller), party=at.desk.party, label=label,
        challenge=b64u(sign.registration_challenge(session_of(request, at))), user=b64u(signed.caller.person.encode()),
        error="" if refusal is None else refusal.reason,
        wrong="" if refusal is None else FIELDS.get(refusal.rule, "label"),
        passkey_script=at.assets.address("passkey.js"),
        again=_again(at, signed), has_app=signed.has_app,
        sessions=sessions.sessions(at.desk, signed.caller, session_of(request, at)),
    )  # fmt: skip


def _again(at: Site, signed: Signed) -> str:
    """Where somebody whom another service vouches for proves themselves once more; "" for everybody else."""
    provider = outside.provider_of(at.desk, signed.caller) if signed.caller.outside else ""
    return f"/sign-in/with/{provider}?again=true&next=/account" if provider else ""


@router.get("")
def account(request: Request, at: At, signed: Me) -> HTMLResponse:
    """One's own account."""
    return _account(request, at, signed)


@router.post("/passkeys")
def add_passkey(request: Request, at: At, signed: Me, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    """Register the passkey that the browser has just made."""
    label = form.get("label", "")
    try:
        made = tuple(from_b64u(form.get(name, "")) for name in ("client_data", "authenticator_data", "public_key"))
    except Unproved as wrong:
        return _account(request, at, signed, label, Refuse(wrong.rule, str(wrong)))
    client, authenticator, public = made
    decision = sign.register(at.desk, signed.caller, session_of(request, at), form.get("password", ""), came_from(request), label,
                             (client, authenticator, public), form.get("code", ""))  # fmt: skip
    if isinstance(decision, Refuse):
        return _account(request, at, signed, label, decision)
    return RedirectResponse("/account?done=passkey", 303)


@router.post("/passkeys/remove")
def remove_passkey(at: At, signed: Me, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    """Take one of one's passkeys out of use."""
    sign.revoke(at.desk, signed.caller, form.get("passkey", ""))
    return RedirectResponse("/account?done=passkey-removed", 303)


@router.post("/sessions/end")
def end_session(at: At, signed: Me, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    """End one of one's sessions, here or elsewhere."""
    sessions.end_session(at.desk, signed.caller, form.get("session", ""))
    return RedirectResponse("/account?done=session-ended", 303)
