"""Who stands at the door, and did they mean it? Sessions by cookie, and proof that a form was sent from this site.

An unsafe request passes only with the form token that belongs to its cookie, with a cookie that other sites' requests
do not carry (SameSite=Strict), and with an Origin or Sec-Fetch-Site that says this site.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from starlette.datastructures import UploadFile

from hub import access
from hub.decision import Refuse
from hub.journey import account
from hub.journey.account import Signed
from hub.web.pages.render import PageSettings, Site, site

LOCAL = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~-]*(\?[A-Za-z0-9=&_.%:+-]*)?")
FILE_BYTES = 512 * 1024
WITHOUT_APP = ("/account", "/sign-out")
"""Where somebody may go whose partnership asks for a second factor that is not set up yet."""


class Ended(Exception):
    """Ends a page's request with another answer: a redirect, or a refusal's page."""

    def __init__(self, refusal: Refuse | None = None, to: str = "") -> None:
        super().__init__("elsewhere" if refusal is None else refusal.rule)
        self.refusal = refusal
        self.to = to


def cookie_name(settings: PageSettings, kind: str) -> str:
    """`__Host-…` where there is TLS: bound to this host, this path, and never sent in clear."""
    return f"__Host-{kind}" if settings.secure else f"hub-{kind}"


def set_cookie(
    response: Response, settings: PageSettings, kind: str, value: str, samesite: Literal["strict", "lax"] = "strict"
) -> None:
    """A cookie for as long as the browser is open; scripts cannot read it, other sites' requests do not carry it."""
    response.set_cookie(cookie_name(settings, kind), value, httponly=True, samesite=samesite, secure=settings.secure,
                        path="/")  # fmt: skip


def drop_cookie(
    response: Response, settings: PageSettings, kind: str, samesite: Literal["strict", "lax"] = "strict"
) -> None:
    """Take a cookie back."""
    response.delete_cookie(cookie_name(settings, kind), httponly=True, samesite=samesite, secure=settings.secure,
                           path="/")  # fmt: skip


def session_of(request: Request, at: Site) -> str:
    """The token of the request's session; "" where it brings none."""
    return request.cookies.get(cookie_name(at.settings, "session"), "")


def came_from(request: Request) -> str:
    """The address that attempts are counted by."""
    return request.client.host if request.client else ""


def form_token(cookie: str) -> str:
    """The token that forms carry: made of the cookie, and useless for guessing it."""
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()


def local(path: str) -> str:
    """A path of this site as it came, else the home page: a link cannot send people elsewhere after they sign in."""
    return path if len(path) <= 300 and LOCAL.fullmatch(path) else "/"


def look(request: Request, at: Annotated[Site, Depends(site)]) -> Signed | None:
    """The signed-in person, or None; kept for the page's header and forms."""
    cookie = request.cookies.get(cookie_name(at.settings, "session"), "")
    signed = account.session(at.desk, cookie) if cookie else None
    request.state.signed = signed
    if signed is not None:
        request.state.csrf = form_token(cookie)
    return signed


def signed_in(request: Request, signed: Annotated[Signed | None, Depends(look)]) -> Signed:
    """The signed-in person. Sends others to the sign-in page."""
    if signed is None:
        wanted = local(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        back = f"?next={quote(wanted, safe='/')}" if request.method == "GET" and wanted != "/" else ""
        raise Ended(to=f"/sign-in{back}")
    if signed.owes_app and not request.url.path.startswith(WITHOUT_APP):
        raise Ended(to="/account/app")
    return signed


def may(act: str) -> Callable[..., access.Caller]:
    """A dependency: the caller, if any of their roles permits the act anywhere; else refused, and noted."""

    def permitted(at: Annotated[Site, Depends(site)], signed: Annotated[Signed, Depends(signed_in)]) -> access.Caller:
        if not signed.caller.holds(act):
            refusal = Refuse("access.role", f"none of your roles permits this ({act})")
            raise Ended(account.turn_back(at.desk, signed.caller, act, refusal))
        return signed.caller

    return permitted


# forms --------------------------------------------------------------------------------------------------------------


def _from_here(request: Request, settings: PageSettings) -> bool:
    """Did a page of this site send it? Browsers say so by Origin, and by Sec-Fetch-Site; one of them must."""
    site_said, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site_said is not None and site_said != "same-origin":
        return False
    if origin is None:
        return site_said is not None
    said = urlsplit(origin)
    if settings.public_url:
        ours = urlsplit(settings.public_url)
        return (said.scheme, said.netloc) == (ours.scheme, ours.netloc)
    return bool(said.netloc) and said.netloc == request.headers.get("host")


async def read_form(request: Request) -> dict[str, str]:
    """A form's fields as text. Ends the request where a field is no text."""
    fields: dict[str, str] = {}
    async with request.form(max_files=1, max_fields=50, max_part_size=FILE_BYTES) as form:
        for name, value in form.multi_items():
            text = await _text(value) if isinstance(value, UploadFile) else value
            if "\x00" in name + text:
                raise Ended(Refuse("request.malformed", "the form holds a character that is no text"))
            if text or name not in fields:
                fields[name] = text
    return fields


async def _text(file: UploadFile) -> str:
    try:
        return (await file.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Ended(Refuse("request.malformed", "the file is not UTF-8 text")) from None


def _check(request: Request, settings: PageSettings, form: dict[str, Any], cookie: str) -> None:
    token = str(form.pop("csrf", ""))
    sound = bool(cookie) and hmac.compare_digest(token.encode(), form_token(cookie).encode())
    if not sound or not _from_here(request, settings):
        raise Ended(Refuse("request.forged", "this form was not sent from a page of this hub, or the page was too old; "
                           "go back, load it anew and send it again"))  # fmt: skip


Form = Annotated[dict[str, str], Depends(read_form)]


def posted(
    request: Request, at: Annotated[Site, Depends(site)], _: Annotated[Signed, Depends(signed_in)], form: Form
) -> dict[str, str]:
    """A form that the signed-in person sent from this site."""
    _check(request, at.settings, form, request.cookies.get(cookie_name(at.settings, "session"), ""))
    return form


def posted_by_stranger(request: Request, at: Annotated[Site, Depends(site)], form: Form) -> dict[str, str]:
    """A form of the sign-in page, sent from this site: it has a cookie of its own."""
    _check(request, at.settings, form, request.cookies.get(cookie_name(at.settings, "form"), ""))
    return form


def stranger_cookie(request: Request, settings: PageSettings) -> str:
    """The cookie that the sign-in form is bound to; a fresh one where there is none."""
    kept = request.cookies.get(cookie_name(settings, "form"), "")
    value = kept if 20 <= len(kept) <= 100 else secrets.token_urlsafe(32)
    request.state.csrf = form_token(value)
    return value
