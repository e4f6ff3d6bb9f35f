"""How does a refusal or a fault look from outside? One problem document (RFC 9457), never a row's value."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from hub.decision import Conflict, Fault, NotFound, Refuse, Tampered, Unavailable
from protocols.wire import Rejection

TYPE = "application/problem+json"
STATUS: dict[type[Fault], tuple[int, str]] = {
    NotFound: (404, "not.found"),
    Conflict: (409, "conflict"),
    Unavailable: (503, "unavailable"),
    Tampered: (500, "tampered"),
}
IDENTITY = "identity."
CONTENT = ("intake.bytes-differ", "intake.digest-differs", "intake.columns-differ", "intake.rows-differ",
           "intake.malformed", "intake.piece-differs", "intake.piece-size", "intake.no-digest", "intake.columns",
           "intake.mode", "intake.window", "intake.withdrawals", "intake.source-rows",
           "intake.source-total")  # fmt: skip


def status_of(refusal: Refuse) -> int:
    """401 for who is calling, 413 for size, 429 for haste, 422 for content that is not what was declared, else 403."""
    if refusal.rule.startswith(IDENTITY):
        return 401
    if refusal.rule == "intake.too-large":
        return 413
    if refusal.rule == "geocode.too-many":
        return 429
    return 422 if refusal.rule in CONTENT else 403


def problem(status: int, rule: str, reason: str, title: str = "") -> Response:
    """A problem document."""
    body = Rejection(
        type=f"urn:partnership-hub:{rule}", title=title or rule.replace(".", ": "), status=status, rule=rule,
        reason=reason,
    )  # fmt: skip
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "60"}}.get(status, {})
    return JSONResponse(body.model_dump(), status_code=status, media_type=TYPE, headers=headers)


def refused(refusal: Refuse) -> Response:
    """The problem document of a refusal."""
    return problem(status_of(refusal), refusal.rule, refusal.reason)


def faulted(_: Request, fault: Exception) -> Response:
    """The problem document of a fault; what is no fault of ours to explain is a 500 without detail."""
    for kind, (status, rule) in STATUS.items():
        if isinstance(fault, kind):
            return problem(status, rule, "" if status == 500 else str(fault))
    return problem(500, "internal", "something went wrong; it has been noted")
