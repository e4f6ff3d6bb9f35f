"""The command line: every command of the hub, put under one name."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module

import typer

from hub.decision import Fault

ALONE = ("anonymise", "redact")
"""Commands that agencies and analysts run without a hub: they start without importing the rest of it."""


@cache
def whole_app() -> typer.Typer:
    """Every command of the hub."""
    from hub.commands import (
        anonymise,
        areas,
        demo,
        geocode,
        link,
        operate,
        people,
        protocol,
        redact,
        reference,
        release,
        run,
    )

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
        redact,
        release,
        link,
    ):
        app.registered_commands += commands.app.registered_commands
    for name, group in (("protocol", protocol.protocol_app), ("areas", areas.areas_app),
                        ("gazetteer", reference.gazetteer_app), ("ledger", operate.ledger_app),
                        ("keys", operate.keys_app), ("release", release.release_app), ("agency", people.agency_app)):  # fmt: skip
        app.add_typer(group, name=name)
    return app


def main() -> None:
    """Entry point of the `hub` command."""
    try:
        if sys.argv[1:2] and sys.argv[1] in ALONE:
            alone: typer.Typer = import_module(f"hub.commands.{sys.argv[1]}").app
            alone(args=sys.argv[2:], prog_name=f"hub {sys.argv[1]}")
        else:
            whole_app()()
    except Fault as wrong:
        sys.stderr.write(f"hub: {wrong}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
