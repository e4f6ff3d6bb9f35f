"""Protocol documents: check them, begin one from a template, compare two, add drafts, list what is in force."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text
from sqlalchemy.exc import IntegrityError

from hub import lifecycle
from hub.access import OPERATOR, Caller
from hub.commands.site import DataDir, add_draft, desk, now, screen, settings_of, site, stop
from hub.db import protocol as protocols
from hub.db import session
from hub.decision import NotFound
from hub.journey.accountability import account_of, newest_version
from hub.protocol import state_of
from hub.web.pages.render import environment
from protocols.contract import shipped_contracts
from protocols.diff import compare
from protocols.library import fill, names_of, shipped_clauses, shipped_templates, template_of, values_of
from protocols.lint import facts, lint
from protocols.schema import Document, Fault, Faulty, Severity, parse_document

protocol_app = typer.Typer(no_args_is_help=True, help="Protocol documents: check them, list what is in force.")
FileArg = Annotated[Path, typer.Argument(help="a protocol document (TOML)")]


def read(file: Path) -> str:
    """A document's text, or an end that says why there is none."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError:
        raise stop(2, f"{file.name} cannot be read") from None
    except UnicodeDecodeError:
        raise stop(2, f"{file.name} is not UTF-8 text") from None


def parsed(file: Path) -> Document:
    """A well-formed document, or an end with its faults."""
    try:
        return parse_document(read(file))
    except Faulty as wrong:
        tell(file.name, wrong.faults)
        raise typer.Exit(1) from None


def tell(name: str, found: list[Fault]) -> None:
    """Faults as a table: nothing in them is read as markup."""
    table = Table("", "line", "where", "what", "asked for by", title=Text(f"{name}: {counted(found)}"))
    for fault in found:
        table.add_row(
            Text(fault.severity), str(fault.line or ""), Text(fault.where), Text(fault.what), Text(fault.source)
        )
    screen.print(table)


def counted(found: list[Fault]) -> str:
    """`2 faults and 1 warning`."""
    errors = sum(f.severity is Severity.ERROR for f in found)
    said = [
        f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((errors, "fault"), (len(found) - errors, "warning")) if n
    ]
    return " and ".join(said) or "no faults"


@protocol_app.command("check")
def protocol_check(
    files: Annotated[list[Path], typer.Argument(help="protocol documents (TOML); one is checked against the others")],
    strict: Annotated[bool, typer.Option("--strict", help="warnings count as faults")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="findings as JSON on standard output")] = False,
) -> None:
    """Are these protocol documents complete and lawful? Everything at once, with the clause of law that asks for it.

    Exit codes: 0 complete, 1 faults (with --strict warnings too), 2 a file cannot be read.

    Example: hub protocol check northmoor-csp.toml northmoor-violence.toml
    """
    texts = {file: read(file) for file in files}
    first = {file: lint(text, shipped_contracts()) for file, text in texts.items()}
    known = {document.id: document for document, _ in first.values() if document is not None}
    told, bad = [], False
    for file, text in texts.items():
        document, found = lint(text, shipped_contracts(), known)
        bad = bad or any(strict or f.severity is Severity.ERROR for f in found)
        told.append({"file": file.name, **facts(document, found)})
        if found and not as_json:
            tell(file.name, found)
        if document is not None and told[-1]["complete"] and not as_json:
            screen.print(Text(f"{document.protocol.title}, version {document.protocol.version}: complete"))
    if as_json:
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    if bad:
        raise typer.Exit(1)


@protocol_app.command("templates")
def protocol_templates(
    template: Annotated[str, typer.Argument(help="one template, to see what may be set in it")] = "",
) -> None:
    """List the templates, or what one of them asks for.

    Example: hub protocol templates section-115
    """
    known = shipped_templates()
    if not template:
        table = Table(Column("template", no_wrap=True), "what it is", "from memory")
        for one in known.values():
            table.add_row(one.id, Text(one.title), Text("; ".join(one.memory) or "nothing"))
        screen.print(table)
        return
    if template not in known:
        raise stop(2, f"there is no template of that name; there are {', '.join(known)}")
    one = known[template]
    screen.print(Text(f"{one.title}. {one.about} ({one.source})"))
    table = Table(Column("--set", no_wrap=True), "what it is")
    for name, words in names_of(one).items():
        table.add_row(name, Text(words))
    screen.print(table)


@protocol_app.command("clauses")
def protocol_clauses() -> None:
    """List the standing clauses: how a document refers to each, and its words.

    Example: hub protocol clauses
    """
    table = Table(Column("reference", no_wrap=True), "words", "asked for by")
    for clause in shipped_clauses().values():
        table.add_row(clause.reference, Text(f"{clause.title}. {clause.text}"), Text(clause.source))
    screen.print(table)


@protocol_app.command("new")
def protocol_new(
    template: Annotated[str, typer.Argument(help="a template; see 'hub protocol templates'")],
    out: Annotated[Path | None, typer.Option("--out", help="file to write; standard output without it")] = None,
    values: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE, as often as needed")] = None,
    under: Annotated[
        Path | None, typer.Option(help="the partnership protocol: its parties and offices are filled in")
    ] = None,
) -> None:
    """Begin a document from a template: what only a person can say reads FILL IN, and 'hub protocol check' lists it.

    Example: hub protocol new housing-asb --under northmoor-csp.toml --set id=northmoor-nuisance --out draft.toml
    """
    known = shipped_templates()
    if template not in known:
        raise stop(2, f"there is no template of that name; there are {', '.join(known)}")
    given = dict(v.partition("=")[::2] for v in values or [])
    try:
        above = values_of(parsed(under)) if under else {}
        names = names_of(known[template])
        text = fill(known[template], {k: v for k, v in above.items() if k in names} | given, now().date())
    except ValueError as wrong:
        raise stop(2, str(wrong)) from None
    if out is None:
        sys.stdout.write(text)
        return
    if out.exists():
        raise stop(2, f"{out.name} exists already")
    out.write_text(text, encoding="utf-8")
    found = lint(text, shipped_contracts())[1]
    screen.print(Text(f"written to {out.name}; left to be done: {counted(found)}"))


@protocol_app.command("diff")
def protocol_diff(
    old: Annotated[str, typer.Argument(help="a document, or 'template' for the one that NEW was begun from")],
    new: FileArg,
    as_json: Annotated[bool, typer.Option("--json", help="differences as JSON on standard output")] = False,
) -> None:
    """What is different between two documents, field by field, in words. Exit codes: 0 nothing, 1 something.

    Example: hub protocol diff northmoor-violence-1.toml northmoor-violence-2.toml
    """
    after = parsed(new)
    before = _template_of(after) if old == "template" else parsed(Path(old))
    changes = compare(before, after)
    if as_json:
        sys.stdout.write(json.dumps([c._asdict() for c in changes], indent=1) + "\n")
    elif changes:
        table = Table("where", "before", "after", "what it means")
        for change in changes:
            table.add_row(Text(change.where), Text(change.before), Text(change.after), Text(change.meaning))
        screen.print(table)
    else:
        screen.print("no difference")
    if changes:
        raise typer.Exit(1)


def _template_of(document: Document) -> Document:
    text = template_of(document, shipped_templates())
    if text is None:
        raise stop(2, "the document names no template that it was begun from")
    return parse_document(text)


@protocol_app.command("pack")
def protocol_pack(
    protocol: Annotated[str, typer.Argument(help="id of a protocol that the hub holds")],
    out: Annotated[Path, typer.Option("--out", help="HTML file to write")],
    version: Annotated[int, typer.Option(help="the version; without it the one in force, else the newest")] = 0,
    data_dir: DataDir = None,
) -> None:
    """Write the accountability pack of a protocol: flows, fields, bases, recipients, retention, risks, what happened.

    Example: hub protocol pack northmoor-violence --out violence.html
    """
    if out.exists():
        raise stop(2, f"{out.name} exists already")
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        found = [s.document for s in protocols.all_protocols(tx) if s.document.id == protocol]
        if not found:
            raise stop(1, "the hub holds no protocol of that id")
        reader = Caller("operator", "", frozenset({(found[0].protocol.partnership, OPERATOR)}))
        wired = desk(at)
        try:
            account = account_of(wired, reader, protocol, version or newest_version(wired, reader, protocol))
        except NotFound as wrong:
            raise stop(1, str(wrong)) from None
    out.write_text(environment().get_template("pack-alone.html").render(account=account), encoding="utf-8")
    screen.print(Text(f"written to {out.name}: {len(account.risks)} risks, {len(account.open_points)} open points"))


@protocol_app.command("states")
def protocol_states() -> None:
    """Print the states of a protocol and what leads from one to the next, as a mermaid diagram.

    Example: hub protocol states
    """
    sys.stdout.write(lifecycle.diagram())


@protocol_app.command("add")
def protocol_add(file: FileArg, data_dir: DataDir = None) -> None:
    """Add a document as a draft, to be consulted on, agreed and signed in the web admin.

    Example: hub protocol add northmoor-violence.toml
    """
    text = read(file)
    try:
        with site(settings_of(data_dir)) as at:
            add_draft(at, text)
    except Faulty as wrong:
        tell(file.name, wrong.faults)
        raise stop(1, "the document is not complete") from None
    except IntegrityError:
        raise stop(1, "the hub holds this version already; give the document the next number") from None
    screen.print("added as a draft")


@protocol_app.command("list")
def protocol_list(data_dir: DataDir = None) -> None:
    """The protocols this hub holds, and the state each stands in today.

    Example: hub protocol list
    """
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        found = protocols.all_protocols(tx)
    known, today = [one.standing for one in found], now().date()
    table = Table(Column("protocol", overflow="fold"), "version", "tier", "state", "review", "digest")
    for one in found:
        heading, state = one.document.protocol, state_of(known, one.standing, today)
        table.add_row(heading.id, str(heading.version), heading.tier, state, str(heading.review), one.digest[:12])
    screen.print(table)
