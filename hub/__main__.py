"""The command line, and the only wiring: here, and nowhere else, are the parts of the hub chosen and joined."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console

from hub.adapters import embedded, keys, vault
from hub.adapters.settings import Settings
from hub.db import session

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The partnership hub: lawful, depersonalised data sharing for community safety partnerships.",
)
screen = Console(stderr=True)


def now() -> datetime:
    """The one clock of the running hub; everything below takes it as an argument."""
    return datetime.now(UTC)


# wiring -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Site:
    """A running site: its settings and the addresses of its database."""

    settings: Settings
    app_url: str
    owner_url: str

    @property
    def reference(self) -> Path:
        """The folder of reference data: boundaries and gazetteer."""
        return self.settings.data_dir / "reference"

    @property
    def releases(self) -> Path:
        """The folder of published files."""
        return self.settings.data_dir / "releases"


@contextmanager
def site(settings: Settings, stop: bool = True) -> Iterator[Site]:
    """The database that the settings name, or the embedded one, started and (with `stop`) stopped again by whoever
    started it; migrated where the owner's address is known."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = settings.data_dir / "postgres"
    if settings.database_url:
        if settings.owner_url:
            session.migrate(settings.owner_url)
        yield Site(settings, settings.database_url, settings.owner_url)
        return
    server = embedded.start(folder)
    try:
        session.migrate(server.owner_url)
        yield Site(settings, server.app_url, server.owner_url)
    finally:
        if stop and server.started_here:
            embedded.stop(folder)


def ensure_keys(folder: Path) -> list[str]:
    """Make the key files that are missing; their names."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = []
    for name, content in ((keys.SIGNING, keys.new_signing), (keys.PSEUDONYMS, keys.new_pseudonyms)):
        if not (folder / name).exists():
            vault.write_durably(folder / name, content())
            made.append(name)
    if not (folder / keys.KEK).exists():
        vault.new_keys().write(folder / keys.KEK)
        made.append(keys.KEK)
    return made
