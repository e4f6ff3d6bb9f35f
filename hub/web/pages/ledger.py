"""The log's public side: its signed head and proofs. No event is shown here, only hashes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse, PlainTextResponse

from hub.journey import witness
from hub.web.pages.render import Site, site

router = APIRouter(prefix="/ledger", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Number = Annotated[int, Path(ge=0, le=2**62)]


@router.get("/checkpoint")
def checkpoint(at: At) -> PlainTextResponse:
    """The signed head, to be kept by who wants to see later that nothing was rewritten."""
    return PlainTextResponse(witness.checkpoint(at.desk, at.publishing.signer))


@router.get("/stamp")
def stamp(at: At) -> JSONResponse:
    """The newest time stamp over a head, by an authority outside."""
    return JSONResponse(witness.stamp(at.desk))


@router.get("/inclusion/{index}")
def inclusion(at: At, index: Number) -> JSONResponse:
    """A proof that an event is in the log."""
    return JSONResponse(witness.inclusion(at.desk, at.publishing.signer, index))


@router.get("/consistency/{old}")
def consistency(at: At, old: Number) -> JSONResponse:
    """A proof that the log only grew since it had `old` events."""
    return JSONResponse(witness.consistency(at.desk, at.publishing.signer, old))
