"""Which parts make a running hub? Settings, database, keys and steps of the journey, joined here and nowhere else."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.progress import Progress

from hub.adapters import embedded, kek, keys, lockbox, vault, wordbox
from hub.adapters.durable import write_durably
from hub.adapters.oidc import read_providers
from hub.adapters.reference import Reference
from hub.adapters.settings import Settings
from hub.db import protocol as protocols
from hub.db import session
from hub.journey import retire
from hub.journey.desk import Desk
from hub.journey.locate import Locating
from hub.journey.proving import PAUSE_AFTER, Proving
from hub.journey.publish import Publishing
from hub.journey.receive import Receiving
from hub.journey.remind import Reminding
from hub.journey.review import Reviewing
from protocols.contract import shipped_contracts
from protocols.lint import load_document

screen = Console(stderr=True)
FRONTEND = Path(__file__).resolve().parents[2] / "node_modules" / "govuk-frontend" / "dist" / "govuk"
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="where everything is kept [HUB_DATA_DIR]")]
Port = Annotated[int | None, typer.Option("--port", help="where it listens [HUB_PORT]")]


def now() -> datetime:
    """The one clock of the running hub; everything below takes it as an argument."""
    return datetime.now(UTC)


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
def site(settings: Settings, stop: bool = True, fresh: bool = False) -> Iterator[Site]:
    """The database that the settings name, or the embedded one, started and (with `stop`) stopped again by whoever
    started it; migrated where the owner's address is known, unless it is to be a `fresh` one."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = settings.data_dir / "postgres"
    if settings.database_url:
        if settings.owner_url and not fresh:
            session.migrate(settings.owner_url)
        yield Site(settings, settings.database_url, settings.owner_url)
        return
    server = embedded.start(folder)
    try:
        if not fresh:
            session.migrate(server.owner_url)
        yield Site(settings, server.app_url, server.owner_url)
    finally:
        if stop and server.started_here:
            embedded.stop(folder)


def ensure_keys(folder: Path, with_kek: bool = True) -> list[str]:
    """Make the key files that are missing; their names. Without `with_kek`, the key over keys is elsewhere."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = []
    for name, content in ((keys.SIGNING, keys.new_signing), (keys.PSEUDONYMS, keys.new_pseudonyms),
                          (keys.RELEASES, keys.new_releases), (wordbox.REVIEW, wordbox.new_review),
                          (lockbox.PEOPLE, lockbox.new_people)):  # fmt: skip
        if not (folder / name).exists():
            write_durably(folder / name, content())
            made.append(name)
    if with_kek and not (folder / keys.KEK).exists():
        vault.new_keys().write(folder / keys.KEK)
        made.append(keys.KEK)
    return made


def configure_logs() -> None:
    """One JSON line an event, of an allow-list of fields: what is not listed cannot be logged by mistake."""
    allowed = {"event", "level", "timestamp", "method", "route", "status", "ms", "rule", "batch", "state", "error"}

    def only_allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {k: v for k, v in event.items() if k in allowed}

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    logging.getLogger().handlers = [logging.NullHandler()]  # libraries quote what they work on


def check_settings(settings: Settings) -> None:
    """Refuse to run with keys where data lies (outside the demo)."""
    refusal = settings.check_keys()
    if refusal is not None:
        raise stop(2, f"{refusal.reason} ({refusal.rule})")


def open_vault(settings: Settings) -> vault.Vault:
    """The encrypted store with its keys."""
    if settings.kek:
        holder = kek.open_kek(
            settings.kek, settings.kek_keys.get_secret_value(), settings.kek_secret.get_secret_value()
        )
        return vault.Vault(settings.data_dir / "vault", holder)
    found = vault.KeyFile(settings.keys / keys.KEK)
    found.keys()  # now rather than at the first batch
    return vault.Vault(settings.data_dir / "vault", found)


def receiving(at: Site) -> Receiving:
    """Intake, wired."""
    settings = at.settings
    return Receiving(
        db=session.connect(at.app_url, "hub_intake", 10),
        vault=open_vault(settings),
        signer=keys.read_signer(settings.keys),
        contracts=shipped_contracts(),
        max_bytes=settings.max_batch_bytes,
        now=now,
        needs_certificate=settings.client_certificates == "required",
    )


def locating(at: Site) -> Locating:
    """Locating, wired."""
    reference = Reference(at.reference)
    return Locating(session.connect(at.app_url, "hub_intake", 10), reference, at.settings.geocode_per_minute, now)


def desk(at: Site) -> Desk:
    """The desk that people come to, wired."""
    life = timedelta(hours=at.settings.session_hours)
    return Desk(session.connect(at.app_url, "hub_release", 10), shipped_contracts(), now, life, party=at.settings.party,
                box=lockbox.LockBox(at.settings.keys), providers=read_providers(at.settings.oidc))  # fmt: skip


def settle(at_desk: Desk) -> None:
    """Read every protocol once, and tell Python's collector that what is alive by now stays: else it walks through
    hundreds of documents now and then, in the middle of a request."""
    with at_desk.db.transaction() as tx:
        protocols.all_protocols(tx)
    gc.collect()
    gc.freeze()


def add_draft(at: Site, text: str) -> None:
    """Add a sound protocol document as the operator's draft. Raises `Faulty`."""
    document = load_document(text, shipped_contracts())
    with session.opened(at.app_url, "hub_release") as tx:
        protocols.insert(tx, document, text, "operator", now())
        protocols.insert_act(tx, document.id, document.protocol.version, "draft", "operator", now())


def publishing(at: Site) -> Publishing:
    """Release and download, wired: no vault, and the role that cannot read identifiable rows."""
    pseudonyms = keys.PseudonymFile(at.settings.keys)  # read only when a release follows people
    return Publishing(
        db=session.connect(at.app_url, "hub_release", 10),
        signer=keys.read_signer(at.settings.keys),
        contracts=shipped_contracts(),
        folder=at.releases,
        now=now,
        root=keys.read_release_root(at.settings.keys),
        reference=at.reference,
        keyring=lambda partnership, purpose, epoch: pseudonyms.root().keyring(partnership, purpose, epoch),
        stamped_within=PAUSE_AFTER if at.settings.timestamp_url else None,
    )


def reviewing(at: Site) -> Reviewing:
    """The review of words in doubt, wired."""
    return Reviewing(session.connect(at.app_url, "hub_release", 2), wordbox.read_wordbox(at.settings.keys), now)


def proving(at: Site) -> Proving:
    """Time stamps and witnesses, wired. Ends the command where the certificates to trust cannot be read."""
    settings = at.settings
    try:
        service = settings.timestamps()
    except ValueError as wrong:
        raise stop(2, str(wrong)) from None
    send = settings.post.send if settings.post else None
    return Proving(session.connect(at.app_url, "hub_release", 2), keys.read_signer(settings.keys), now, service, send)


def reminding(at: Site) -> Reminding | None:
    """Reminders and digests, wired; None where no mail server is set."""
    settings = at.settings
    if settings.post is None:
        return None
    address = (settings.public_url or settings.party.origins[0]).rstrip("/")
    return Reminding(session.connect(at.app_url, "hub_release", 2), settings.post.send, now, address)


def retiring(at: Site) -> retire.Retiring:
    """Retention and rotation, wired."""
    return retire.Retiring(session.connect(at.app_url, "hub_intake", 2), open_vault(at.settings), now)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, nothing elsewhere; call it with what is done and the whole."""
    with Progress(console=screen, disable=not screen.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def settings_of(data_dir: Path | None = None, port: int | None = None, **more: Any) -> Settings:
    """Settings from the environment, with what the command line says on top."""
    given = {"data_dir": data_dir, "port": port, **more}
    return Settings(**{k: v for k, v in given.items() if v is not None})


def stop(code: int, words: str) -> typer.Exit:
    """Say what is wrong and what to do, and end with a code that means something."""
    screen.print(f"hub: {words}", style="bold red", highlight=False, markup=False)
    return typer.Exit(code)
