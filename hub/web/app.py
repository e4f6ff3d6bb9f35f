"""The web process: routes, problem documents, headers and limits; nothing else. Parts are joined in `hub.commands.site`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from hub.decision import Fault
from hub.journey.receive import Receiving
from hub.journey.redact import Redactor
from hub.web import intake, redact
from hub.web.limits import LimitedBody
from hub.web.problems import faulted, problem

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # nothing to other sites; and not `no-referrer`, under which browsers send `Origin: null` with our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}
log = structlog.get_logger()


def create_app(receiving: Receiving, redactor: Redactor) -> FastAPI:
    """The application with the machines' API; pages are added by `hub.web.pages.add_pages`."""
    app = FastAPI(title="Partnership hub", version="1", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    app.state.receiving, app.state.redactor = receiving, redactor
    app.include_router(intake.router)
    app.include_router(redact.router)
    app.add_exception_handler(intake.Refused, intake.end_refused)
    app.add_exception_handler(Fault, faulted)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)
    app.add_middleware(LimitedBody)
    app.middleware("http")(_guard)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, Any]:
        with receiving.db.transaction() as tx:
            tx.sql("select 1")
        return {"ok": True}

    return app


def _malformed(_: Request, wrong: Exception) -> Response:
    """What was wrong with the request's form; never what it held."""
    places = (
        ", ".join(".".join(map(str, e["loc"])) for e in wrong.errors())
        if isinstance(wrong, RequestValidationError)
        else ""
    )
    return problem(422, "request.malformed", f"the request does not have the expected form: {places}")


HTTP_WORDS = {
    400: ("request.malformed", "the request's body cannot be read"),
    404: ("not.found", "there is nothing here for this request"),
    405: ("request.method", "this address does not know the method"),
    413: ("request.too-large", "the request's body is too large"),
}


def _http(_: Request, wrong: Exception) -> Response:
    status = wrong.status_code if isinstance(wrong, HTTPException) else 500
    rule, reason = HTTP_WORDS.get(status, ("request.refused", "the request cannot be answered"))
    return problem(status, rule, reason)


async def _guard(request: Request, forward: Callable[[Request], Awaitable[Response]]) -> Response:
    """Headers on every answer, and one log line a request: method, route, status, milliseconds, nothing else."""
    start = time.perf_counter()
    status = 500
    try:
        answer = await forward(request)
        status = answer.status_code
    finally:
        route = getattr(request.scope.get("route"), "path", "none")
        log.info("request", method=request.method, route=route, status=status,
                 ms=round((time.perf_counter() - start) * 1000))  # fmt: skip
    return harden(answer)


def harden(answer: Response) -> Response:
    """The answer with the headers that every answer has."""
    for name, value in {**HEADERS, "Cache-Control": "no-store"}.items():
        answer.headers.setdefault(name, value)
    return answer


def _bug(request: Request, wrong: Exception) -> Response:
    """What nobody foresaw: a 500 without detail, and one log line with the kind of the fault and nothing it quotes."""
    log.error("failed", error=type(wrong).__name__)
    return harden(faulted(request, wrong))
