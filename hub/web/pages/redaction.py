"""Redaction: synthetic notes before and after, with what fired, so that an officer sees what the hub does to a note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from hub import access
from hub.web.pages.door import may
from hub.web.pages.render import Site, page, site
from hub.web.pages.samples import SAMPLES

router = APIRouter(prefix="/redaction", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Reader = Annotated[access.Caller, Depends(may("protocol.read"))]
MODES = {
    "balanced": ("Balanced", "masks what is known or looks like an identifier"),
    "strict": ("Strict", "masks every capitalised word that is not known to be harmless as well"),
}


@router.get("")
def redaction(
    request: Request, at: At, _: Reader, mode: Annotated[str, Query(max_length=20)] = "balanced"
) -> HTMLResponse:
    """Made-up notes of several agencies, redacted now by the redaction process."""
    chosen = mode if mode in MODES else "balanced"
    asked = [{"record": s.record, "text": s.text} for s in SAMPLES]
    answer = at.redactor.redact({"mode": chosen, "notes": asked})
    shown = [(sample, marked(done), done) for sample, done in zip(SAMPLES, answer, strict=True)]
    return page(request, "redaction.html", shown=shown, mode=chosen, note_modes=MODES)


def marked(done: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """A note's text in pieces, each with whether it was masked."""
    pieces, at, text = [], 0, done["cleaned"]
    for span in done["spans"]:
        pieces += [(text[at : span["start"]], False), (text[span["start"] : span["end"]], True)]
        at = span["end"]
    return [p for p in [*pieces, (text[at:], False)] if p[0]]
