"""The command line: every command of the hub, put under one name."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module

import typer

from hub.decision import Fault

COMMANDS = {
    "serve": "run",
    "work": "run",
    "migrate": "run",
    "redactor": "run",
    "demo": "demo",
    "person-add": "people",
    "person-recover": "people",
    "person-roles": "people",
    "person-close": "people",
    "remind": "people",
    "purge": "operate",
    "reverify": "operate",
    "backup": "operate",
    "restore": "operate",
    "doctor": "operate",
    "anonymise": "anonymise",
    "geocode": "geocode",
    "redact": "redact",
    "tagger-train": "tagger",
    "trace": "release",
    "linked": "link",
}
GROUPS = {
    "protocol": "protocol",
    "areas": "areas",
    "gazetteer": "reference",
    "ledger": "operate",
    "keys": "operate",
    "release": "release",
    "agency": "people",
}
"""Which file of `hub.commands` holds a command or a group of them: only that one is imported when it is asked for."""


def command_line(subjects: Iterable[str], groups: Iterable[str]) -> typer.Typer:
    """The commands of these files and groups, under `hub`."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

    @app.callback()
    def hub() -> None:
        """The partnership hub: lawful, depersonalised data sharing for community safety partnerships."""

    for subject in dict.fromkeys(subjects):
        app.registered_commands += import_module(f"hub.commands.{subject}").app.registered_commands
    for name in groups:
        app.add_typer(getattr(import_module(f"hub.commands.{GROUPS[name]}"), f"{name}_app"), name=name)
    return app


def whole_app() -> typer.Typer:
    """Every command of the hub."""
    return command_line(COMMANDS.values(), GROUPS)


def main() -> None:
    """Entry point of the `hub` command."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        if asked in COMMANDS or asked in GROUPS:
            command_line([COMMANDS[asked]] if asked in COMMANDS else [], [asked] if asked in GROUPS else [])(
                prog_name="hub"
            )
        else:
            whole_app()(prog_name="hub")
    except Fault as wrong:
        sys.stderr.write(f"hub: {wrong}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
