"""How is a page made? One Jinja environment, everything escaped, GOV.UK Frontend's macros, our own base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, PrefixLoader, Undefined, meta
from jinja2.loaders import ChoiceLoader

from hub.journey.account import Signed
from hub.journey.desk import Desk
from hub.journey.publish import Publishing
from hub.journey.redact import Redactor
from hub.journey.review import Reviewing
from hub.web.pages import words
from hub.web.pages.assets import Assets
from hub.web.pdf import Block, make_pdf

SERVICE = "Partnership hub"
TABLES = {
    name.lower(): getattr(words, name)
    for name in ("PURPOSES", "GATEWAYS", "REGIMES", "TIERS", "PARTY_ROLES", "FLOORS", "SUPPRESSIONS", "NOTES",
                 "SENSITIVITIES", "REACHES", "DPIA_OUTCOMES", "CONTROLLERS", "STANDINGS", "BATCH_STATES", "RELEASE_STATES", "MODES", "METHODS", "PLACE_FAULTS", "FOUND_KINDS")
}  # fmt: skip
FILTERS: dict[str, Callable[..., str]] = {
    "treatment": words.treatment,
    "duration": words.duration,
    "day": words.day,
    "moment": words.moment,
    "iso_day": words.iso_day,
    "instant": words.instant,
    "number": words.number,
    "size": words.size,
    "plain": words.plain,
    "purpose": words.purpose,
    "references": words.references,
    "change_place": words.change_place,
    "change_words": words.change_words,
    "share": words.share,
}


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What pages need to know of the site: its public address ("" where none is set), the folder of GOV.UK
    Frontend's distribution, and whether it is a demonstration."""

    public_url: str
    frontend: Path
    demo: bool = False
    environment: tuple[tuple[str, str, str], ...] = ()
    """What the operator set and people may know: (setting, meaning, value)."""

    @property
    def secure(self) -> bool:
        """Is the site reached over TLS? Then cookies are bound to it."""
        return self.public_url.startswith("https://")


def environment() -> Environment:
    """The templates' environment: autoescape everywhere, GOV.UK's macros under their own prefix."""
    made = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("hub.web"),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        undefined=Undefined,  # the macros lean on it
        extensions=["jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    made.globals.update(
        TABLES
        | {
            "service": SERVICE,
            "hub_deeds": words.DEEDS,
            "named": words.named,
            "standing_clauses": words.standing_clauses,
            "dataset_titles": words.dataset_titles,
        }
    )
    return made


def compile_templates(templates: Environment) -> int:
    """Compile our templates and all that they draw on, which are then kept; how many."""
    assert templates.loader is not None
    done, waiting = set[str](), [n for n in templates.list_templates() if "/" not in n]
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        templates.get_template(name)
        source, _, _ = templates.loader.get_source(templates, name)
        waiting += [r for r in meta.find_referenced_templates(templates.parse(source)) if r]
    return len(done)


@dataclass(frozen=True, slots=True)
class Site:
    """Everything the pages work with."""

    desk: Desk
    publishing: Publishing
    settings: PageSettings
    assets: Assets
    reviewing: Reviewing
    redactor: Redactor
    templates: Environment = field(default_factory=environment)


def site(request: Request) -> Site:
    """The pages' dependencies, as wired at start."""
    found: Site = request.app.state.site
    return found


NAVIGATION = (
    ("/", "Home", ""),
    ("/protocols", "Protocols", "protocol.read"),
    ("/batches", "Batches", "batch.read"),
    ("/duty", "Duty", "batch.read"),
    ("/catalogue", "Catalogue", "release.read"),
    ("/places", "Places", "place.try"),
    ("/releases", "Releases", "release.read"),
    ("/review", "Words in doubt", "note.review"),
    ("/redaction", "Redaction", "protocol.read"),
    ("/uses", "Who used our data", "ledger.read"),
    ("/log", "Log", "ledger.read"),
    ("/agencies", "Agencies", "agency.read"),
    ("/keys", "Keys", "agency.read"),
    ("/officers", "Officers", "person.read"),
    ("/settings", "Settings", "settings.read"),
)


def _navigation(signed: Signed | None, path: str) -> list[dict[str, Any]]:
    """What this person may go to; the register is everybody's."""
    found = [
        {"href": href, "text": text, "active": path == href or (href != "/" and path.startswith(f"{href}/"))}
        for href, text, act in NAVIGATION
        if signed is not None and (not act or signed.caller.holds(act))
    ]
    return [*found, {"href": "/register", "text": "Register", "active": path == "/register"}]


def as_pdf(
    file: str, title: str, blocks: Sequence[Block], digest: str, name: str, attached: str, kind: str
) -> Response:
    """A document to be kept, as a PDF with an attachment of this name and media type."""
    content = make_pdf(title, blocks, digest, name, attached.encode(), kind)
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(content, media_type="application/pdf", headers=headers)


def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page from its template. `signed` and `csrf` come from what the door found out about this request."""
    at = site(request)
    signed: Signed | None = getattr(request.state, "signed", None)
    body = at.templates.get_template(template).render(
        signed=signed,
        csrf=getattr(request.state, "csrf", ""),
        navigation=_navigation(signed, request.url.path),
        done=request.query_params.get("done", ""),
        style=at.assets.address("hub.css"),
        govuk_style=at.assets.address("govuk-frontend.min.css"),
        script=at.assets.address("hub.js"),
        icon=at.assets.address("icon.svg"),
        demo=at.settings.demo,
        **context,
    )
    return HTMLResponse(body, status_code=status)
