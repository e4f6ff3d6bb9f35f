"""`POST /v1/protocols/check`: what the linter finds in a document's text, for a machine or a signed-in person."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, ConfigDict

from hub.decision import Refuse
from hub.journey import drafting
from hub.web import intake
from hub.web.intake import ANSWERS, Hub, Refused
from hub.web.pages.door import look
from hub.web.pages.render import Site, site
from protocols.lint import facts

router = APIRouter(prefix="/v1", responses={s: ANSWERS[s] for s in (401, 403, 413, 422)}, tags=["protocols"])
At = Annotated[Site, Depends(site)]


class Text(BaseModel):
    """A protocol document's TOML text."""

    model_config = ConfigDict(extra="forbid")
    text: str


def asker(request: Request, at: At, hub: Hub, authorization: Annotated[str, Header()] = "") -> drafting.Asker:
    """The machine that proves itself by a token, else the person signed in by cookie. Ends the request with 401."""
    signed = None if authorization else look(request, at)
    if signed is None:
        return drafting.AgencyAsks(hub.db, hub.contracts, intake.caller(request, hub, authorization).agency)
    if signed.owes_app:
        raise Refused(Refuse("access.second-factor", "your partnership asks for a second factor: set up an app first"))
    if not signed.caller.holds("protocol.read"):
        raise Refused(Refuse("access.role", "none of your roles permits this (protocol.read)"))
    return drafting.PersonAsks(at.desk, signed.caller)


@router.post("/protocols/check")
def check(who: Annotated[drafting.Asker, Depends(asker)], body: Text) -> dict[str, Any]:
    """Is this document complete and lawful? Every finding: severity, rule, path, line, sentence, clause of law.

    Checked against the documents that the caller may read. Nothing is stored.
    """
    return facts(*who.check(body.text))
