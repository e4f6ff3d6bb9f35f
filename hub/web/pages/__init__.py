"""The pages that people use: server-rendered, working without script, every word escaped."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from hub.decision import Fault
from hub.journey import looking
from hub.journey.desk import Desk
from hub.journey.publish import Publishing
from hub.journey.redact import Redactor
from hub.journey.review import Reviewing
from hub.web import features
from hub.web.app import harden
from hub.web.pages import (
    account,
    agencies,
    assets,
    batches,
    catalogue,
    checking,
    drafting,
    duty,
    factor,
    home,
    ledger,
    look,
    officers,
    outside,
    places,
    protocols,
    recovery,
    redaction,
    register,
    releases,
    requests,
    review,
)
from hub.web.pages import (
    settings as settings_page,
)
from hub.web.pages.door import Ended
from hub.web.pages.render import PageSettings, Site, compile_templates, page
from hub.web.problems import STATUS

__all__ = ["PageSettings", "add_pages", "warm"]
MACHINES = "/v1/"
Handler = Callable[[Request, Exception], Response]
log = structlog.get_logger()


def add_pages(
    app: FastAPI, desk: Desk, publishing: Publishing, settings: PageSettings, reviewing: Reviewing, redactor: Redactor
) -> None:
    """Add the pages to the application; machines' addresses keep their problem documents."""
    app.state.site = Site(desk, publishing, settings, assets.read_assets(settings.frontend), reviewing, redactor)
    app.include_router(features.router)
    app.include_router(checking.router)
    for part in (
        assets,
        home,
        ledger,
        account,
        factor,
        outside,
        drafting,
        register,
        duty,
        recovery,
        protocols,
        batches,
        places,
        catalogue,
        look,
        requests,
        releases,
        review,
        redaction,
        agencies,
        officers,
        settings_page,
    ):
        app.include_router(part.router)
    app.add_exception_handler(Ended, _ended)
    for kind in (Fault, HTTPException, RequestValidationError, Exception):
        machine = cast("Handler", app.exception_handlers[kind])
        app.add_exception_handler(kind, _for_people(machine))


def warm(app: FastAPI) -> None:
    """Do now what the first page would have to wait for: compile the templates, connect to the database, read the names
    of areas."""
    at: Site = app.state.site
    compile_templates(at.templates)
    for db in {id(d): d for d in (at.desk.db, at.publishing.db, at.reviewing.db)}.values():
        with db.transaction() as tx:
            tx.sql("select 1")
    looking.area_names(at.publishing)


def _ended(request: Request, ended: Exception) -> Response:
    """A redirect, or the page of a refusal."""
    if not isinstance(ended, Ended):
        raise ended
    if ended.refusal is None:
        return RedirectResponse(ended.to, 303)
    log.info("refused", rule=ended.refusal.rule)
    status = 422 if ended.refusal.rule == "request.malformed" else 403
    return page(request, "refused.html", status, refusal=ended.refusal)


TITLES = {
    400: "This request cannot be read",
    404: "Page not found",
    405: "Page not found",
    409: "This cannot be done as things stand",
    413: "This is too large",
    422: "This request cannot be read",
    503: "Something the hub needs is not there just now",
}


def _for_people(machine: Handler) -> Handler:
    """The same fault as a page where a person asked, as a problem document where a machine did."""

    def handle(request: Request, fault: Exception) -> Response:
        if request.url.path.startswith(MACHINES) or request.url.path == "/healthz":
            return machine(request, fault)
        status, reason = _status(fault)
        if status == 500:
            machine(request, fault)  # for its log line
        title = TITLES.get(status, "Something went wrong")
        return harden(page(request, "error.html", status, title=title, reason=reason, status_code=status))

    return handle


def _status(fault: Exception) -> tuple[int, str]:
    """Status and a sentence; nothing of a fault that is not made to be shown."""
    for kind, (status, _) in STATUS.items():
        if isinstance(fault, kind):
            return status, "" if status == 500 else str(fault)
    if isinstance(fault, RequestValidationError):
        in_path = any(e["loc"][:1] == ("path",) for e in fault.errors())
        return (404, "") if in_path else (422, "")
    if isinstance(fault, HTTPException):
        return fault.status_code, ""
    return 500, ""
