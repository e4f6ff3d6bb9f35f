"""The public register: a page, a feed of what changed, and a list under an open licence. Without sign-in."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Annotated
from xml.etree import ElementTree as Xml

import polars as pl
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from hub.disclosure import neutralise_formulas
from hub.journey import oversee, registering
from hub.journey.account import Signed
from hub.journey.oversee import Shown
from hub.web.pages.door import look
from hub.web.pages.render import SERVICE, Site, page, site

router = APIRouter(include_in_schema=False)
At = Annotated[Site, Depends(site)]
PAGE = 10
ATOM = "http://www.w3.org/2005/Atom"
LICENCE, LICENCE_URL = (
    "Open Government Licence v3.0",
    "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
)
IDS = uuid.UUID("6b0f5a0e-53c1-4f7c-9d0b-0d2f6f2a6d3e")
"""The name space of the feed's entries: one change has one id, wherever it is served."""
CHANGED = {"in-force": "In force", "suspend": "Suspended", "resume": "Put back in force", "suspend-party": "A party suspended",
           "resume-party": "A party resumed", "withdraw": "A party withdrew", "revoke": "Revoked", "expired": "Lapsed"}  # fmt: skip
COLUMNS = ("protocol", "version", "title", "tier", "state", "partnership", "purposes", "in_force_from", "review_by", "parties",
           "from", "dataset", "gateway", "field", "treatment", "place_floor", "time_floor", "rows_held", "licence")  # fmt: skip


@router.get("/register")
def register(
    request: Request, at: At, _: Annotated[Signed | None, Depends(look)],
    find: Annotated[str, Query(max_length=100)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> HTMLResponse:  # fmt: skip
    """What is shared, between whom, under which power; a page of it, of what names the words. No personal data."""
    agencies, partnerships = oversee.titles(at.desk)
    whole = registering.register(at.desk)
    found = registering.naming(whole.live, find)
    pages = max(1, -(-len(found) // PAGE))
    number = min(number, pages)
    return page(request, "register.html", register=whole, shown=found[PAGE * (number - 1) : PAGE * number], found=len(found),
                find=find, number=number, pages=pages, agencies=agencies, partnerships=partnerships,
                contracts=at.desk.contracts, head=oversee.head(at.desk),
                stamped=at.publishing.stamped_within is not None)  # fmt: skip


@router.get("/register.csv")
def export(at: At) -> Response:
    """The register as CSV under an open licence: a row for each field of each flow and agreement."""
    found = registering.register(at.desk)
    rows = [tuple(map(str, row)) for one in (*found.live, *found.suspended) for row in _rows(found, one)]
    table = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.Utf8), orient="row")
    return Response(neutralise_formulas(table).write_csv(), media_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": 'attachment; filename="register.csv"', "Link": f'<{LICENCE_URL}>; rel="license"'})  # fmt: skip


def _rows(register: registering.Register, one: Shown) -> Iterator[tuple[object, ...]]:
    document, heading = one.stored.document, one.stored.document.protocol
    front = (document.id, heading.version, heading.title, heading.tier.value, one.standing, heading.partnership,
             " ".join(heading.purposes), heading.effective, heading.review, " ".join(p.agency for p in document.party))  # fmt: skip
    for flow in document.flow:
        held = register.rows(heading.partnership, flow.source, flow.dataset)
        for name, words in flow.fields.items():
            yield (*front, flow.source, flow.dataset, flow.gateway.value, name, words, flow.place_floor, flow.time_floor,
                   held, LICENCE)  # fmt: skip
    access = document.access
    for name in access.fields if access else ():
        assert access is not None
        yield (*front, " ".join(access.contributors), " ".join(access.datasets), "", name, f"released to {access.recipient}",
               access.place_floor, access.time_floor, "", LICENCE)  # fmt: skip
    if not document.flow and access is None:
        yield (*front, *[""] * 8, LICENCE)


@router.get("/register.atom")
def feed(request: Request, at: At) -> Response:
    """What happened to protocols since they came into force, newest first, as an Atom feed (RFC 4287)."""
    address = (at.settings.public_url or str(request.base_url)).rstrip("/")
    found = registering.changes(at.desk)
    top = Xml.Element("feed", {"xmlns": ATOM, "xml:lang": "en-GB"})
    _add(top, "id", uuid.uuid5(IDS, f"{address}/register").urn)
    _add(top, "title", f"{SERVICE}: register of sharing")
    _add(top, "updated", (found[0].at if found else at.desk.now()).isoformat(timespec="seconds"))
    _add(_add(top, "author"), "name", SERVICE)
    _add(top, "rights", LICENCE)
    Xml.SubElement(top, "link", {"rel": "self", "href": f"{address}/register.atom", "type": "application/atom+xml"})
    Xml.SubElement(top, "link", {"rel": "license", "href": LICENCE_URL})
    for one in found:
        entry = _add(top, "entry")
        _add(entry, "id", uuid.uuid5(IDS, f"{one.protocol}/{one.version}/{one.act}/{one.at.isoformat()}").urn)
        _add(entry, "title", f"{CHANGED[one.act]}: {one.title} (version {one.version})")
        _add(entry, "updated", one.at.isoformat(timespec="seconds"))
        Xml.SubElement(
            entry, "link", {"rel": "alternate", "href": f"{address}/register?find={one.protocol}#{one.protocol}"}
        )
        _add(entry, "summary", f"{CHANGED[one.act]}: {one.protocol} version {one.version}.")
    return Response(Xml.tostring(top, encoding="utf-8", xml_declaration=True), media_type="application/atom+xml")


def _add(to: Xml.Element, name: str, words: str = "") -> Xml.Element:
    one = Xml.SubElement(to, name)
    one.text = "".join(c for c in words if c.isprintable()) or None
    return one
