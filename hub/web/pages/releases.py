"""Releases: make one under an agreement, approve as a second person, withdraw, and hand files to those entitled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Annotated

from anyio import CancelScope
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from hub import access
from hub import release as rules
from hub.decision import Conflict, NotFound, Refuse
from hub.journey import account, interface, looking, oversee, publish, sign, step_up
from hub.journey import download as downloads
from hub.release import personal
from hub.web.pages.door import cookie_name, may, posted
from hub.web.pages.render import Site, page, site
from protocols.assertion import Assertion, Unproved, b64u, from_b64u

router = APIRouter(prefix="/releases", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Reader = Annotated[access.Caller, Depends(may("release.read"))]
Posted = Annotated[dict[str, str], Depends(posted)]
FromHere = Depends(posted)
"""For forms that say nothing but that they were sent."""
MEDIA = {
    ".csv": "text/csv; charset=utf-8",
    ".gpkg": "application/geopackage+sqlite3",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html; charset=utf-8",
}
NEEDS_NOTE = ("refuse", "withdraw", "discard")
ABOUT = {
    "rows.csv": "The rows, as they are: for programs",
    "rows-for-spreadsheets.csv": "The rows, made safe for spreadsheet programs",
    "rows.xlsx": "The rows as a workbook, every code as text, with the dictionary (Excel)",
    "rows.gpkg": "The rows as points, styled: for maps (GeoPackage, opens in QGIS). Rows placed by area have no point",
    "rows.parquet": "The rows for Python and R (GeoParquet)",
    "rows.geojson": "The rows as points in longitude and latitude (GeoJSON)",
    "dictionary.csv": "What each column means",
    "disclosure.json": "How this release was made, and what was held back",
    "certificate.html": "The certificate, to read",
    "certificate.json": "The certificate, signed",
    "rows.csv-metadata.json": "What rows.csv holds, for programs (CSV on the Web)",
    "datapackage.json": "What is in the release, for programs (Frictionless data package)",
    "SHA256SUMS": "Digests of the files",
}


@router.get("")
def releases(request: Request, at: At, caller: Reader) -> HTMLResponse:
    """The releases that the caller may see."""
    agencies, _ = oversee.titles(at.desk)
    return page(request, "releases.html", releases=publish.list_releases(at.publishing, caller), agencies=agencies,
                may_make=bool(caller.holds("release.make")), notices=publish.open_notices(at.publishing, caller),
        may_ask=bool(caller.holds("release.ask")))  # fmt: skip


@router.get("/new")
def new(request: Request, at: At, caller: Annotated[access.Caller, Depends(may("release.make"))]) -> HTMLResponse:
    """Choose the access agreement to make a release under."""
    return _new(request, at, caller)


def _new(request: Request, at: Site, caller: access.Caller, error: str = "") -> HTMLResponse:
    agencies, _ = oversee.titles(at.desk)
    return page(request, "release-new.html", 422 if error else 200, error=error, agencies=agencies,
                agreements=publish.agreements(at.publishing, caller), contracts=at.desk.contracts)  # fmt: skip


@router.post("/new")
def make(
    request: Request, at: At, caller: Annotated[access.Caller, Depends(may("release.make"))], form: Posted
) -> Response:
    """Make a release under an access agreement."""
    chosen = form.get("agreement", "")
    if chosen not in {a.agreement.document.id for a in publish.agreements(at.publishing, caller)}:
        return _new(request, at, caller, "Choose the agreement to make a release under")
    made = publish.make_release(at.publishing, caller, chosen)
    if isinstance(made, Refuse):
        return page(request, "refused.html", 403, refusal=made)
    return RedirectResponse(f"/releases/{made}?done=make", 303)


def _deeds(caller: access.Caller, opened: publish.Opened) -> list[str]:
    """The acts that this caller may do to this release as it stands."""
    found = opened.release
    thing = access.Thing(found.partnership_id, found.recipient)
    mine = [rules.Review(caller.person, opened.own_review)] if opened.own_review else []
    return [deed for (state, deed) in rules.TRANSITIONS
            if state == found.state and deed in publish.ACTS and access.may(caller, publish.ACTS[deed], thing)
            and not isinstance(rules.step(state, deed, caller.person, found.author, mine), Refuse)]  # fmt: skip


@router.get("/{release}")
def release(request: Request, at: At, caller: Reader, release: str) -> HTMLResponse:
    """One release: what is in it, what was held back, who did what, and its files."""
    opened = publish.open_release(at.publishing, caller, release)
    found = opened.release
    thing = access.Thing(found.partnership_id, found.recipient)
    agencies, partnerships = oversee.titles(at.desk)
    who = [found.author, *(a.actor for a in opened.acts), *(str(d.person_id) for d in opened.downloads),
           *(n.acknowledged_by for n in opened.notices if n.acknowledged_by)]  # fmt: skip
    who = [w for w in who if w != "hub"]
    ended = found.expires is not None and at.desk.now().date() > found.expires
    purged = next((a for a in opened.acts if a.act == "purge"), None)
    return page(
        request, "release.html", release=found, acts=opened.acts, downloads=opened.downloads,
        deeds=_deeds(caller, opened), agencies=agencies, partnerships=partnerships, people=oversee.names(at.desk, who),
        may_download=found.state in ("published", "superseded") and not ended
        and bool(access.may(caller, "release.download", thing)), purged=purged, ended=ended,
        may_look=purged is None and bool(access.may(caller, "release.look", thing))
        and (found.tier != "L1" or found.partnership_id in caller.holds("release.approve")), reviews_in=opened.reviews_in,
        own_review=opened.own_review, notices=opened.notices,
        may_acknowledge=any(n.acknowledged_at is None for n in opened.notices)
        and bool(access.may(caller, "release.acknowledge", thing)),
        files=sorted(found.files, key=lambda f: list(ABOUT).index(f["name"]) if f["name"] in ABOUT else len(ABOUT)),
        claim=personal.CLAIM, waits_for_other=found.state == "candidate" and found.author == caller.person, about=ABOUT,
        contracts=at.desk.contracts, areas=looking.area_names(at.publishing),
    )  # fmt: skip


@router.post("/{release}/acknowledge", dependencies=[FromHere])
def acknowledge(request: Request, at: At, caller: Reader, release: str) -> Response:
    """The recipient says that every copy of a recalled or withdrawn release is destroyed or replaced."""
    decision = publish.acknowledge(at.publishing, caller, release)
    if isinstance(decision, Refuse):
        return page(request, "refused.html", 403, refusal=decision)
    return RedirectResponse(f"/releases/{release}?done=acknowledge", 303)


@router.get("/{release}/confirm")
def confirm(request: Request, at: At, caller: Reader, release: str) -> HTMLResponse:
    """Ask for the passkey before personal data is downloaded."""
    return _confirm(request, at, caller, release)


def _confirm(request: Request, at: Site, caller: access.Caller, release: str, error: str = "") -> HTMLResponse:
    found = publish.open_release(at.publishing, caller, release).release
    if found.tier != "L1":
        raise Conflict("this release is no personal data: it is downloaded without a passkey")
    session = request.cookies.get(cookie_name(at.settings, "session"), "")
    return page(
        request, "release-confirm.html", 422 if error else 200, release=found, error=error, party=at.desk.party,
        keys=sign.passkeys(at.desk, caller), passkey_script=at.assets.address("passkey.js"),
        challenge=b64u(step_up.challenge(session, release, at.desk.now())),
    )  # fmt: skip


@router.post("/{release}/confirm")
def confirmed(request: Request, at: At, caller: Reader, form: Posted, release: str) -> Response:
    """Take the passkey's answer: downloads of this release are open for ten minutes."""
    session = request.cookies.get(cookie_name(at.settings, "session"), "")
    data = (form.get(name, "") for name in ("authenticator_data", "client_data", "signature"))
    try:
        assertion = Assertion(form.get("credential", ""), *(from_b64u(d) for d in data))
    except Unproved as wrong:
        return _confirm(request, at, caller, release, str(wrong))
    decision = step_up.prove(at.desk, caller, session, release, assertion)
    if isinstance(decision, Refuse):
        if decision.rule.startswith("access."):
            return page(request, "refused.html", 403, refusal=decision)
        return _confirm(request, at, caller, release, decision.reason)
    return RedirectResponse(f"/releases/{release}?done=confirm", 303)


@router.post("/{release}/token", dependencies=[FromHere])
def token(request: Request, at: At, caller: Reader, release: str) -> Response:
    """Make a token for programs and show it, this once, with the lines that use it."""
    made = interface.make_token(at.publishing, caller, release)
    if isinstance(made, Refuse):
        return page(request, "refused.html", 403, refusal=made)
    opened = publish.open_release(at.publishing, caller, release)
    address = at.settings.public_url or str(request.base_url).rstrip("/")
    return page(request, "release-token.html", release=opened.release, token=made, address=address)


@router.get("/{release}/{deed}")
def ask(request: Request, at: At, caller: Reader, release: str, deed: str) -> HTMLResponse:
    """Ask once more before an act."""
    opened = publish.open_release(at.publishing, caller, release)
    if deed not in publish.ACTS:
        raise NotFound("there is no such act")
    if deed not in _deeds(caller, opened):
        raise Conflict("this cannot be done to the release as it stands, or not by you")
    agencies, _ = oversee.titles(at.desk)
    return page(request, "release-act.html", release=opened.release, deed=deed, agencies=agencies, error="", note="",
                contracts=at.desk.contracts)  # fmt: skip


@router.post("/{release}/{deed}")
def act(request: Request, at: At, caller: Reader, form: Posted, release: str, deed: str) -> Response:
    """Do it, or say which rule forbids it."""
    words = form.get("note", "").strip()
    opened = publish.open_release(at.publishing, caller, release)
    if deed in NEEDS_NOTE and deed in _deeds(caller, opened) and not 5 <= len(words) <= 1000:
        agencies, _ = oversee.titles(at.desk)
        return page(request, "release-act.html", 422, release=opened.release, deed=deed, agencies=agencies, note=words,
                    error="Give a reason, of 5 to 1000 characters", contracts=at.desk.contracts)  # fmt: skip
    decision = publish.act(at.publishing, caller, release, deed, words[:1000])
    if isinstance(decision, Refuse):
        return page(request, "refused.html", 403, refusal=decision)
    reviewed = (opened.release.state, deed) in rules.REVIEWS
    return RedirectResponse(f"/releases/{release}?done={'review' if reviewed else deed}", 303)


class Handing(StreamingResponse):
    """A download under way, whole or a range (RFC 9110 §14). However it ends, its chunks are closed, so that its end is
    logged then and there."""

    def __init__(self, download: downloads.Download) -> None:
        kind = MEDIA.get(PurePath(download.name).suffix, "text/plain; charset=utf-8")
        start, end = download.span or (0, download.size)
        headers = {"Content-Disposition": f'attachment; filename="{download.name}"', "Accept-Ranges": "bytes",
                   "Content-Length": str(end - start), "ETag": f'"{download.sha256}"'}  # fmt: skip
        if download.span:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{download.size}"
        super().__init__(download.chunks, 206 if download.span else 200, media_type=kind, headers=headers)
        self.chunks = download.chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the chunks; close them in any case."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await run_in_threadpool(_close, self.chunks)


def _close(chunks: Iterator[bytes]) -> None:
    end = getattr(chunks, "close", None)
    if end is not None:
        end()


@router.get("/{release}/files/{file}")
def download(request: Request, at: At, caller: Reader, release: str, file: str) -> Response:
    """Hand one file to one entitled person, asking again while it is under way."""
    token = request.cookies.get(cookie_name(at.settings, "session"), "")

    def again() -> access.Caller | None:
        signed = account.session(at.desk, token)
        return signed.caller if signed else None

    asked, condition = (request.headers.get(h, "") for h in ("range", "if-range"))
    try:
        opened = downloads.open_download(at.publishing, caller, release, file, again, asked, condition, token)
    except downloads.Unsatisfiable as wrong:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{wrong.size}"})
    if opened == step_up.NEEDED:
        return RedirectResponse(f"/releases/{release}/confirm", 303)
    return page(request, "refused.html", 403, refusal=opened) if isinstance(opened, Refuse) else Handing(opened)
