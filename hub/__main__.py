"""The command line: every command of the hub, put under one name."""

from __future__ import annotations

import sys

import typer

from hub.commands import (
    anonymise,
    areas,
    demo,
    geocode,
    link,
    operate,
    people,
    protocol,
    reference,
    release,
    run,
)
from hub.commands.site import screen
from hub.decision import Fault

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The partnership hub: lawful, depersonalised data sharing for community safety partnerships.",
)
for commands in (
    run,
    demo,
    people,
    operate,
    anonymise,
    geocode,
    release,
    link,
):
    app.registered_commands += commands.app.registered_commands
for name, group in (("protocol", protocol.protocol_app), ("areas", areas.areas_app),
                    ("gazetteer", reference.gazetteer_app), ("ledger", operate.ledger_app),
                    ("keys", operate.keys_app), ("release", release.release_app), ("agency", people.agency_app)):  # fmt: skip
    app.add_typer(group, name=name)


def main() -> None:
    """Entry point of the `hub` command."""
    try:
        app()
    except Fault as wrong:
        screen.print(f"hub: {wrong}", style="bold red", highlight=False, markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
