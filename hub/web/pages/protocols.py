"""Protocols: the list, one document as a person reads it, a new draft, and the acts on them, each on its own page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Conflict, NotFound, Refuse
from hub.journey import agree, oversee
from hub.web.pages.door import may, posted
from hub.web.pages.render import Site, page, site

router = APIRouter(prefix="/protocols", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Reader = Annotated[access.Caller, Depends(may("protocol.read"))]
Id = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]
FINAL = frozenset({"revoke", "discard"})


@router.get("")
def protocols(request: Request, at: At, caller: Reader) -> HTMLResponse:
    """Every protocol of the caller's partnerships, and the state it stands in."""
    _, partnerships = oversee.titles(at.desk)
    return page(request, "protocols.html", protocols=oversee.list_protocols(at.desk, caller), partnerships=partnerships,
                may_draft=bool(caller.holds("protocol.draft")))  # fmt: skip


def _deeds(caller: access.Caller, opened: oversee.Opened) -> list[str]:
    """The acts that this caller may do to this protocol as it stands."""
    stored = opened.shown.stored
    thing = access.Thing(stored.document.protocol.partnership)
    possible = [deed for (state, deed) in agree.TRANSITIONS if state == stored.state]
    if stored.state == "in-force":
        suspended = stored.suspended_agencies
        possible += ["suspend-party"] if len(suspended) < len(stored.document.party) else []
        possible += ["resume-party"] if suspended else []
    own_draft = stored.author == caller.person
    return [
        d for d in possible if access.may(caller, agree.PERMISSION[d], thing) and not (d == "approve" and own_draft)
    ]


@router.get("/{protocol}/{version}")
def protocol(
    request: Request, at: At, caller: Reader, protocol: Id,
    version: Version,
) -> HTMLResponse:  # fmt: skip
    """One version of a protocol, as a person reads it."""
    opened = oversee.open_protocol(at.desk, caller, protocol, version)
    heading = opened.shown.stored.document.protocol
    return page(request, "protocol.html", opened=opened, deeds=_deeds(caller, opened), contracts=at.desk.contracts,
                may_draft=heading.partnership in caller.holds("protocol.draft"), mine=opened.shown.stored.author == caller.person)  # fmt: skip


def _parties(opened: oversee.Opened, deed: str) -> list[tuple[str, str]]:
    """The parties that an act on one party may be about: (id, title)."""
    stored = opened.shown.stored
    wanted = deed == "resume-party"
    return [(p.agency, p.title) for p in stored.document.party if (p.agency in stored.suspended_agencies) == wanted]


@router.get("/{protocol}/{version}/{deed}")
def ask(
    request: Request, at: At, caller: Reader, protocol: Id,
    version: Version, deed: str,
) -> HTMLResponse:  # fmt: skip
    """Ask once more, and for a reason, before an act."""
    opened = oversee.open_protocol(at.desk, caller, protocol, version)
    if deed not in agree.PERMISSION:
        raise NotFound("there is no such act")
    if deed not in _deeds(caller, opened):
        raise Conflict("this cannot be done to the protocol as it stands, or not by you")
    return page(request, "protocol-act.html", opened=opened, deed=deed, final=deed in FINAL, error="", reason="",
                parties=_parties(opened, deed) if deed.endswith("-party") else [], agency="")  # fmt: skip


@router.post("/{protocol}/{version}/{deed}")
def act(
    request: Request, at: At, caller: Reader,
    form: Annotated[dict[str, str], Depends(posted)], protocol: Id, version: Version, deed: str,
) -> Response:  # fmt: skip
    """Do it, or say which rule forbids it."""
    reason, agency = form.get("reason", ""), form.get("agency", "") if deed.endswith("-party") else ""
    decision = agree.act(at.desk, caller, protocol, version, deed, reason, agency)
    if isinstance(decision, Refuse):
        if decision.rule != "protocol.reason":
            return page(request, "refused.html", 403, refusal=decision)
        opened = oversee.open_protocol(at.desk, caller, protocol, version)
        return page(request, "protocol-act.html", 422, opened=opened, deed=deed, final=deed in FINAL, reason=reason,
                    error=decision.reason, parties=_parties(opened, deed) if deed.endswith("-party") else [],
                    agency=agency)  # fmt: skip
    return RedirectResponse(f"/protocols/{protocol}/{version}?done={deed}", 303)
