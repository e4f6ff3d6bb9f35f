"""A new protocol: begun from a template or a version before, edited beside its findings, compared, tried, and accounted for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Conflict, Refuse
from hub.journey import accountability, agree, drafting, oversee, whatif
from hub.web.app import HEADERS
from hub.web.pages.door import may, posted
from hub.web.pages.protocols import Id, Reader, Version
from hub.web.pages.render import Site, as_pdf, page, site
from hub.web.printed import blocks_of
from protocols.library import shipped_templates
from protocols.schema import Fault, Faulty, Severity
from protocols.schema import text_digest as digest_of

router = APIRouter(prefix="/protocols", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Drafter = Annotated[access.Caller, Depends(may("protocol.draft"))]
POLICY = HEADERS["Content-Security-Policy"].replace("form-action", "connect-src 'self'; form-action")
OWN = "own"
MOST_LINES = 2000
"""Lines of the numbered text below the editor, to which findings lead where there is no script."""


@router.get("/new")
def new(
    request: Request, at: At, caller: Drafter,
    template: Annotated[str, Query(max_length=64)] = "",
    under: Annotated[str, Query(max_length=64)] = "",
    of: Annotated[str, Query(max_length=80, pattern=r"^([a-z][a-z0-9-]{1,62}/[1-9][0-9]{0,8})?$")] = "",
) -> HTMLResponse:  # fmt: skip
    """Choose what to begin from; then the editor with it."""
    if of:
        protocol, _, version = of.partition("/")
        return _editor(request, at, caller, drafting.next_text(at.desk, caller, protocol, int(version)))
    if template == OWN:
        return _editor(request, at, caller, "", found=[])
    if template:
        return _editor(request, at, caller, drafting.begin(at.desk, caller, template, under))
    return page(request, "protocol-begin.html", templates=list(shipped_templates().values()),
                above=drafting.may_stand_under(at.desk, caller))  # fmt: skip


@router.post("/new")
def draft(
    request: Request, at: At, caller: Drafter, form: Annotated[dict[str, str], Depends(posted)],
) -> Response:  # fmt: skip
    """Check a text (`do=check`), answer its findings alone (`do=findings`), or add it as a draft."""
    text = (form.get("file") or form.get("text", "")).replace("\r\n", "\n")
    do = form.get("do", "save")
    if do == "findings":
        return page(request, "protocol-findings.html", **_found(at, caller, text))
    if do == "check":
        return _editor(request, at, caller, text)
    try:
        drafted = agree.draft(at.desk, caller, text)
    except Faulty as wrong:
        return _editor(request, at, caller, text, 422, wrong.faults)
    except Conflict as wrong:
        return _editor(request, at, caller, text, 409,
                       [Fault("protocol.version", str(wrong), "one version, one text", path=("protocol", "version"))])  # fmt: skip
    if isinstance(drafted, Refuse):
        return _editor(request, at, caller, text, 403, [Fault("protocol.partnership", drafted.reason, drafted.rule)])
    return RedirectResponse(f"/protocols/{drafted.protocol}/{drafted.version}?done=draft", 303)


def _found(at: Site, caller: access.Caller, text: str, more: list[Fault] | None = None) -> dict[str, Any]:
    """A text's findings for the templates, with those that only adding it shows."""
    _, found = drafting.PersonAsks(at.desk, caller).check(text)
    seen = {(f.where, f.what) for f in found}
    found = [f for f in more or [] if (f.where, f.what) not in seen] + found
    lines = text.split("\n")
    return {
        "errors": [f for f in found if f.severity is Severity.ERROR],
        "warnings": [f for f in found if f.severity is Severity.WARNING],
        "line": lambda number: lines[number - 1].strip()[:120] if 0 < number <= len(lines) else "",
    }


def _editor(
    request: Request, at: Site, caller: access.Caller, text: str, status: int = 200, found: list[Fault] | None = None,
    under: tuple[str, str] = ("", ""),
) -> HTMLResponse:  # fmt: skip
    """The text with what the linter finds beside it. `status` over 400: it was to be added, and was not. `under`: the
    address of the version whose text is changed, and the digest of what was begun from."""
    told = _found(at, caller, text, found) if text or status > 400 else {"errors": [], "warnings": []}
    shown = page(request, "protocol-new.html", status, text=text, refused=status > 400, lines=text.split("\n")[:MOST_LINES], address=under[0], digest=under[1],
                 editor=at.assets.address("editor.js"), **told)  # fmt: skip
    shown.headers["Content-Security-Policy"] = POLICY
    return shown


@router.get("/{protocol}/{version}/edit")
def edit(request: Request, at: At, caller: Drafter, protocol: Id, version: Version) -> Response:
    """The editor with the text of a draft, or of a text in consultation."""
    found = drafting.writable(at.desk, caller, protocol, version)
    return _editor(request, at, caller, found.text, under=(found.address, found.digest))


@router.post("/{protocol}/{version}/edit")
def revise(
    request: Request, at: At, caller: Drafter, protocol: Id, version: Version,
    form: Annotated[dict[str, str], Depends(posted)],
) -> Response:  # fmt: skip
    """Check a text, answer its findings alone, or put it in place of the one that it began from."""
    text = (form.get("file") or form.get("text", "")).replace("\r\n", "\n")
    do, digest, address = form.get("do", "save"), form.get("digest", "")[:64], f"/protocols/{protocol}/{version}"
    drafting.writable(at.desk, caller, protocol, version)
    if do == "findings":
        return page(request, "protocol-findings.html", **_found(at, caller, text))
    if do == "check":
        return _editor(request, at, caller, text, under=(address, digest))
    try:
        revised = agree.revise(at.desk, caller, protocol, version, text, digest)
    except Faulty as wrong:
        return _editor(request, at, caller, text, 422, wrong.faults, (address, digest))
    except Conflict as wrong:
        return _editor(request, at, caller, text, 409, [Fault("the text", str(wrong), "one text at a time")],
                       (address, digest))  # fmt: skip
    if isinstance(revised, Refuse):
        return page(request, "refused.html", 403, refusal=revised)
    return RedirectResponse(f"{address}?done=revise", 303)


@router.get("/{protocol}/{version}/diff")
def diff(
    request: Request, at: At, caller: Reader, protocol: Id, version: Version,
    against: Annotated[str, Query(pattern=r"^([1-9][0-9]{0,8}|template)?$")] = "",
) -> HTMLResponse:  # fmt: skip
    """What is different from another version, or from the template it was begun from."""
    found = drafting.compared(at.desk, caller, protocol, version, against)
    agencies, _ = oversee.titles(at.desk)
    return page(request, "protocol-diff.html", compared=found, agencies=agencies)


@router.get("/{protocol}/{version}/what-if")
def what_if(request: Request, at: At, caller: Reader, protocol: Id, version: Version) -> HTMLResponse:
    """If this is signed, what flows and what is dropped: each flow tried on made-up rows."""
    opened, supposed = whatif.suppose(at.desk, caller, at.redactor, protocol, version)
    return page(request, "protocol-what-if.html", opened=opened, supposed=supposed)


@router.get("/{protocol}/{version}/pack")
def pack(request: Request, at: At, caller: Reader, protocol: Id, version: Version) -> HTMLResponse:
    """The accountability pack, to be read or printed."""
    return page(request, "protocol-pack.html", account=accountability.account_of(at.desk, caller, protocol, version))


@router.get("/{protocol}/{version}/pack.pdf")
def pack_pdf(request: Request, at: At, caller: Reader, protocol: Id, version: Version) -> Response:
    """The accountability pack as PDF, its words signed by the hub within it."""
    account = accountability.account_of(at.desk, caller, protocol, version)
    blocks = blocks_of(bytes(page(request, "protocol-pack.html", account=account).body).decode())
    text = "\n".join(b.text for b in blocks)
    token = accountability.signed_pack(at.publishing.signer, account, text)
    title = f"Accountability pack of {account.document.protocol.title}"
    return as_pdf(
        f"{protocol}-{version}-pack.pdf", title, blocks, digest_of(text), "pack.jws", token, "application/jose"
    )
