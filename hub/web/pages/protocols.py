"""Protocols: the list, one document as a person reads it, a new draft, and the acts on them, each on its own page."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access, lifecycle
from hub.decision import Conflict, NotFound, Refuse
from hub.journey import agree, oversee, sign
from hub.web.pages.door import may, posted
from hub.web.pages.render import Site, as_pdf, page, site
from hub.web.printed import blocks_of
from protocols.assertion import Assertion, Unproved, b64u, from_b64u

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


def _deeds(at: Site, caller: access.Caller, opened: oversee.Opened) -> list[str]:
    """The acts that this caller may do to this protocol as it stands, whatever the reason given."""
    stored = opened.shown.stored
    thing = access.Thing(stored.document.protocol.partnership)
    return [
        act
        for act in lifecycle.ACTS
        if access.may(caller, f"protocol.{act}", thing)
        and any(_possible(at, caller, opened, act, party) for party in _candidates(caller, opened, act))
    ]


def _candidates(caller: access.Caller, opened: oversee.Opened, act: str) -> list[str]:
    """Whom an act may be about."""
    stored = opened.shown.stored
    parties = {p.agency for p in stored.document.party} | stored.joined_agencies
    return sorted(parties) if act.endswith("-party") else [caller.agency]


def _possible(at: Site, caller: access.Caller, opened: oversee.Opened, act: str, party: str) -> bool:
    writers = frozenset(a.actor for a in opened.acts if a.act in ("draft", "revise")) | {opened.shown.stored.author}
    case = lifecycle.Case(at.desk.now().date(), caller.person, caller.agency, party, "a reason", writers, passkey=True,
                          replaced=opened.shown.standing == lifecycle.RENEWED)  # fmt: skip
    try:
        return isinstance(lifecycle.step(opened.shown.stored.standing.record, act, case), lifecycle.Record)
    except Conflict:
        return False


@router.get("/{protocol}/{version}")
def protocol(
    request: Request, at: At, caller: Reader, protocol: Id,
    version: Version,
) -> HTMLResponse:  # fmt: skip
    """One version of a protocol, as a person reads it."""
    opened = oversee.open_protocol(at.desk, caller, protocol, version)
    return page(request, "protocol.html", opened=opened, deeds=_deeds(at, caller, opened), contracts=at.desk.contracts,
                writable=lifecycle.WRITABLE,
                may_draft=opened.shown.stored.document.protocol.partnership in caller.holds("protocol.draft"),
                mine=opened.shown.stored.author == caller.person,
                must_sign=lifecycle.terms_of(opened.shown.stored.document).must_sign)  # fmt: skip


def _parties(at: Site, caller: access.Caller, opened: oversee.Opened, deed: str) -> list[tuple[str, str]]:
    """The parties that an act on one party may be about: (id, title)."""
    if not deed.endswith("-party"):
        return []
    possible = [a for a in _candidates(caller, opened, deed) if _possible(at, caller, opened, deed, a)]
    return [(a, opened.agencies.get(a, a)) for a in possible]


@router.get("/{protocol}/{version}/signed")
def signed(request: Request, at: At, caller: Reader, protocol: Id, version: Version) -> HTMLResponse:
    """The signed copy: the text, its digest, the signatures, for people and for the verifier."""
    copy = sign.signed_copy(at.desk, caller, protocol, version)
    agencies, _ = oversee.titles(at.desk)
    return page(request, "protocol-signed.html", copy=copy, agencies=agencies, body=json.dumps(copy.body, indent=1))


@router.get("/{protocol}/{version}/signed.pdf")
def signed_pdf(request: Request, at: At, caller: Reader, protocol: Id, version: Version) -> Response:
    """The signed copy as PDF: the same words, with what the verifier reads within it."""
    copy = sign.signed_copy(at.desk, caller, protocol, version)
    agencies, _ = oversee.titles(at.desk)
    shown = page(request, "protocol-signed.html", copy=copy, agencies=agencies, body="")
    return as_pdf(f"{protocol}-{version}-signed.pdf", f"Signed copy: {copy.stored.document.protocol.title}",
                  blocks_of(bytes(shown.body).decode()), copy.stored.digest, "signed-copy.json",
                  json.dumps(copy.body | {"text": copy.stored.text}, indent=1), "application/json")  # fmt: skip


@router.get("/{protocol}/{version}/{deed}")
def ask(
    request: Request, at: At, caller: Reader, protocol: Id,
    version: Version, deed: str,
) -> HTMLResponse:  # fmt: skip
    """Ask once more, and for a reason, before an act."""
    opened = oversee.open_protocol(at.desk, caller, protocol, version)
    if deed not in lifecycle.ACTS:
        raise NotFound("there is no such act")
    if deed not in _deeds(at, caller, opened):
        raise Conflict("this cannot be done to the protocol as it stands, or not by you")
    return _form(request, at, caller, opened, deed)


def _form(
    request: Request, at: Site, caller: access.Caller, opened: oversee.Opened, deed: str,
    refusal: Refuse | None = None, reason: str = "", agency: str = "",
) -> HTMLResponse:  # fmt: skip
    """The page that asks for an act, with what was wrong with the last try."""
    status, error = (200, "") if refusal is None else (422, refusal.reason)
    if deed == "sign":
        stored = opened.shown.stored
        return page(request, "protocol-sign.html", status, opened=opened, agency=caller.agency, error=error,
                    with_passkey=lifecycle.terms_of(stored.document).needs_passkey or caller.outside, party=at.desk.party,
                    keys=sign.passkeys(at.desk, caller), challenge=b64u(bytes.fromhex(stored.digest)),
                    passkey_script=at.assets.address("passkey.js"))  # fmt: skip
    return page(request, "protocol-act.html", status, opened=opened, deed=deed, final=deed in FINAL, error=error,
                reason=reason, parties=_parties(at, caller, opened, deed), agency=agency,
                asks_reason=lifecycle.asks_reason(deed))  # fmt: skip


def _assertion(form: dict[str, str]) -> Assertion | None:
    """The passkey's answer in a form, or None where there is none. Raises `Unproved`."""
    if not form.get("credential"):
        return None
    data = (from_b64u(form.get(name, "")) for name in ("authenticator_data", "client_data", "signature"))
    return Assertion(form["credential"], *data)


SHOWN_AGAIN = ("protocol.reason", "protocol.passkey")


@router.post("/{protocol}/{version}/{deed}")
def act(
    request: Request, at: At, caller: Reader,
    form: Annotated[dict[str, str], Depends(posted)], protocol: Id, version: Version, deed: str,
) -> Response:  # fmt: skip
    """Do it, or say which rule forbids it."""
    reason, agency = form.get("reason", ""), form.get("agency", "") if deed.endswith("-party") else ""
    try:
        decision = agree.act(at.desk, caller, protocol, version, deed, reason, agency, form.get("digest", ""),
                             _assertion(form) if deed == "sign" else None)  # fmt: skip
    except Unproved as wrong:
        decision = Refuse(wrong.rule, str(wrong))
    if isinstance(decision, Refuse):
        if decision.rule not in SHOWN_AGAIN and not decision.rule.startswith("signing."):
            return page(request, "refused.html", 403, refusal=decision)
        opened = oversee.open_protocol(at.desk, caller, protocol, version)
        return _form(request, at, caller, opened, deed, decision, reason, agency)
    return RedirectResponse(f"/protocols/{protocol}/{version}?done={deed}", 303)
