"""What deploy/ and README say can be done: every command they name exists."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import typer

import connectors.__main__
import hub.__main__
from tests.conftest import ROOT

TEXTS = [ROOT / "README.md", *sorted((ROOT / "deploy").glob("*.md")), *sorted((ROOT / "deploy").glob("*.service"))]


def commands(app: typer.Typer, prefix: str = "") -> Iterable[str]:
    for one in app.registered_commands:
        assert one.callback is not None
        yield prefix + (one.name or one.callback.__name__.replace("_", "-"))
    for group in app.registered_groups:
        assert group.name is not None
        assert group.typer_instance is not None
        yield prefix + group.name
        yield from commands(group.typer_instance, f"{prefix}{group.name} ")


HUB, CONNECTOR = set(commands(hub.__main__.whole_app())), set(commands(connectors.__main__.app))


def named(text: str, program: str) -> set[str]:
    found = re.findall(rf"[`/]{program} ([a-z][a-z-]+(?: [a-z][a-z-]+)?)", text)
    return {re.match(r"[a-z-]+", f)[0] if f.split()[0] not in ("protocol", "areas", "gazetteer", "ledger", "keys", "agency")  # type: ignore[index]
            else f for f in found}  # fmt: skip


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_every_command_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert named(text, "hub") - HUB == set()
    assert named(text, "connector") - CONNECTOR == set()


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    groups = {"protocol", "areas", "gazetteer", "ledger", "keys", "agency"}
    assert {c for c in HUB - groups if f"hub {c}" not in text} == set()
    assert {c for c in CONNECTOR if f"connector {c}" not in text} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "deploy").glob("*.service")), ids=lambda p: p.name)
def test_units_are_hardened(path: Path) -> None:
    unit = configparser.ConfigParser(strict=False)
    unit.read(path)
    service = unit["Service"]
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["User"] != "root"


def test_every_setting_is_documented() -> None:
    from hub.adapters.settings import Settings

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [n for n in Settings.model_fields if f"HUB_{n.upper()}" not in text and n != "demo"]
    assert missing == []


def test_the_command_line_knows_which_file_holds_a_command() -> None:
    table = hub.__main__
    for command, subject in table.COMMANDS.items():
        assert command in set(commands(table.command_line([subject], [])))
    assert set(table.COMMANDS) | set(table.GROUPS) == {c for c in HUB if " " not in c}
