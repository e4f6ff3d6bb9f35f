"""The machines' door: `/v1`. Bearer tokens signed by the agency's key; every answer is JSON or a problem document."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from hub.decision import Refuse
from hub.journey import receive
from hub.journey.receive import Caller, Receiving
from hub.web.problems import problem, refused
from protocols.wire import PIECE_BYTES, Rejection, RowFault

MANIFEST_BYTES = 256 * 1024


class Refused(Exception):
    """Ends a request with a refusal's problem document."""

    def __init__(self, refusal: Refuse) -> None:
        super().__init__(refusal.rule)
        self.refusal = refusal


class SignedManifest(BaseModel):
    """Body of POST /v1/manifests."""

    model_config = ConfigDict(extra="forbid")
    manifest: str


def receiving(request: Request) -> Receiving:
    """Intake's dependencies, as wired at start."""
    hub: Receiving = request.app.state.receiving
    return hub


def caller(
    request: Request, hub: Annotated[Receiving, Depends(receiving)], authorization: Annotated[str, Header()] = ""
) -> Caller:
    """The agency's machine that calls. Ends the request with 401 when it does not prove itself."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused(Refuse("identity.token", "a bearer token signed by the agency's key is needed"))
    presented = getattr(request.state, "certificate", receive.NOTHING)
    known = receive.identify(hub, token, request.method, request.url.path, presented)
    if isinstance(known, Refuse):
        raise Refused(known)
    return known


Hub = Annotated[Receiving, Depends(receiving)]
Machine = Annotated[Caller, Depends(caller)]
ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"model": Rejection, "content": {"application/problem+json": {}}}
    for status in (401, 403, 404, 409, 413, 422)
}
router = APIRouter(prefix="/v1", responses=ANSWERS)


@router.get("/flows")
def flows(hub: Hub, who: Machine) -> dict[str, Any]:
    """The flows in force for the caller, and the hub's public key."""
    return {"flows": [f.model_dump() for f in receive.offers(hub, who)], "hub_key": hub.signer.public()}


@router.post("/manifests", status_code=201)
def declare(hub: Hub, who: Machine, body: SignedManifest, response: Response) -> dict[str, Any]:
    """Declare an extract; the protocol is asked before a byte is sent."""
    ticket = receive.declare(hub, who, body.manifest)
    if isinstance(ticket, Refuse):
        raise Refused(ticket)
    response.status_code = 201 if ticket.created else 200
    return {"batch": ticket.batch, "piece_bytes": PIECE_BYTES, "received": list(ticket.received),
            "state": ticket.state, "receipt": ticket.receipt}  # fmt: skip


async def limited_body(request: Request, limit: int) -> bytes:
    """The request's body, never more than `limit` bytes in memory. Ends the request with 413 beyond it."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise Refused(Refuse("intake.too-large", f"the body is larger than {limit} bytes"))
        parts.append(part)
    return b"".join(parts)


async def piece_body(request: Request) -> bytes:
    """A piece's bytes."""
    return await limited_body(request, PIECE_BYTES)


@router.put("/batches/{batch}/pieces/{number}", status_code=204)
def piece(
    hub: Hub, who: Machine, batch: str, number: int, content: Annotated[bytes, Depends(piece_body)],
    content_digest: Annotated[str, Header()] = "",
) -> Response:  # fmt: skip
    """Take one piece of a batch."""
    taken = receive.take_piece(hub, who, batch, number, content, content_digest)
    return refused(taken) if isinstance(taken, Refuse) else Response(status_code=204)


@router.post("/batches/{batch}/receipt", status_code=201)
def receipt(hub: Hub, who: Machine, batch: str) -> dict[str, Any]:
    """Verify the batch and answer with the signed receipt."""
    given = receive.give_receipt(hub, who, batch)
    if isinstance(given, Refuse):
        raise Refused(given)
    return {"receipt": given}


@router.get("/batches/{batch}")
def progress(hub: Hub, who: Machine, batch: str) -> dict[str, Any]:
    """How far a batch is."""
    found = receive.progress(hub, who, batch)
    return {"state": found.state, "receipt": found.receipt, "result": found.result, "rule": found.rule,
            "reason": found.reason}  # fmt: skip


@router.get("/batches/{batch}/report")
def report(hub: Hub, who: Machine, batch: str, after: Annotated[int, Query(ge=0)] = 0) -> dict[str, Any]:
    """Where rows went wrong: line, column and rule, a thousand lines at a time."""
    faults: list[RowFault] = receive.report(hub, who, batch, after)
    lines = {f.line for f in faults}
    return {"faults": [f.model_dump() for f in faults], "next": max(lines) if len(lines) >= 1000 else None}


async def extract_body(request: Request, hub: Hub) -> bytes:
    """A whole extract's bytes, for systems that post by themselves."""
    return await limited_body(request, min(hub.max_bytes, 512 * 1024 * 1024))


@router.post("/extracts", status_code=201)
def extract(
    hub: Hub,
    who: Machine,
    content: Annotated[bytes, Depends(extract_body)],
    hub_manifest: Annotated[str, Header()] = "",
) -> dict[str, Any]:
    """Declare, send and get the receipt in one request: the manifest's JWS in the header, the extract as the body."""
    ticket = receive.declare(hub, who, hub_manifest)
    if isinstance(ticket, Refuse):
        raise Refused(ticket)
    if ticket.receipt is None:
        for number, start in enumerate(range(0, len(content), PIECE_BYTES)):
            part = content[start : start + PIECE_BYTES]
            taken = receive.take_piece(hub, who, ticket.batch, number, part, receive.content_digest(part))
            if isinstance(taken, Refuse):
                raise Refused(taken)
    given = ticket.receipt or receive.give_receipt(hub, who, ticket.batch)
    if isinstance(given, Refuse):
        raise Refused(given)
    return {"batch": ticket.batch, "receipt": given}


def end_refused(_: Request, ended: Exception) -> Response:
    """Turn `Refused` into its problem document."""
    return refused(ended.refusal) if isinstance(ended, Refused) else problem(500, "internal", "")
