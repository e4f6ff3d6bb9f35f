"""Protocol documents: check them, add drafts, list what is in force."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table
from sqlalchemy.exc import IntegrityError

from hub import lifecycle
from hub.commands.site import DataDir, add_draft, screen, settings_of, site, stop
from hub.db import protocol as protocols
from hub.db import session
from protocols.contract import shipped_contracts
from protocols.schema import Faulty, load_document

protocol_app = typer.Typer(no_args_is_help=True, help="Protocol documents: check them, list what is in force.")


@protocol_app.command("check")
def protocol_check(file: Annotated[Path, typer.Argument(help="a protocol document (TOML)")]) -> None:
    """Is this protocol document complete and lawful? Every fault at once, with the clause that asks for it.

    Example: hub protocol check protocols/documents/northmoor-violence.toml
    """
    try:
        document = load_document(file.read_text(encoding="utf-8"), shipped_contracts())
    except OSError:
        raise stop(2, f"{file.name} cannot be read") from None
    except UnicodeDecodeError:
        raise stop(2, f"{file.name} is not UTF-8 text") from None
    except Faulty as wrong:
        table = Table("where", "what", "asked for by", title=f"{len(wrong.faults)} faults")
        for fault in wrong.faults:
            table.add_row(fault.where, fault.what, fault.source)
        screen.print(table)
        raise typer.Exit(1) from None
    screen.print(f"{document.protocol.title}, version {document.protocol.version}: complete")


@protocol_app.command("states")
def protocol_states() -> None:
    """Print the states of a protocol and what leads from one to the next, as a mermaid diagram.

    Example: hub protocol states
    """
    sys.stdout.write(lifecycle.diagram())


@protocol_app.command("add")
def protocol_add(
    file: Annotated[Path, typer.Argument(help="a protocol document (TOML)")], data_dir: DataDir = None
) -> None:
    """Add a document as a draft; officers agree it and parties sign it in the web admin.

    Example: hub protocol add northmoor-violence.toml
    """
    try:
        with site(settings_of(data_dir)) as at:
            add_draft(at, file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise stop(2, f"{file.name} cannot be read as UTF-8 text") from None
    except Faulty as wrong:
        raise stop(1, f"the document is not complete:\n{wrong}") from None
    except IntegrityError:
        raise stop(1, "the hub holds this version already; give the document the next number") from None
    screen.print("added as a draft")


@protocol_app.command("list")
def protocol_list(data_dir: DataDir = None) -> None:
    """The protocols this hub holds, and the state each stands in.

    Example: hub protocol list
    """
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        found = protocols.all_protocols(tx)
    table = Table(Column("protocol", overflow="fold"), "version", "tier", "state", "review", "digest")
    for one in found:
        heading = one.document.protocol
        table.add_row(heading.id, str(heading.version), heading.tier, one.state, str(heading.review), one.digest[:12])
    screen.print(table)
