"""The command line, and the only wiring: here, and nowhere else, are the parts of the hub chosen and joined."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.table import Table

from hub.adapters import areas, embedded, gazetteer, keys, vault
from hub.adapters.crew import Crew
from hub.adapters.settings import Settings
from hub.db import batch as batches
from hub.db import ledger as ledger_rows
from hub.db import protocol as protocols
from hub.db import session
from hub.decision import Fault
from hub.journey.publish import Publishing
from hub.journey.receive import Receiving
from hub.ledger import head_text, parse_head, verify_log
from protocols.contract import shipped_contracts
from protocols.schema import Faulty, load_document

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
    return vault.Vault(settings.data_dir / "vault", vault.KeyEncryptionKeys.read(settings.keys / keys.KEK))


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
    )


def publishing(at: Site) -> Publishing:
    """Release and download, wired: no vault, and the role that cannot read identifiable rows."""
    return Publishing(
        db=session.connect(at.app_url, "hub_release", 10),
        signer=keys.read_signer(at.settings.keys),
        contracts=shipped_contracts(),
        folder=at.releases,
        now=now,
    )


# running ------------------------------------------------------------------------------------------------------------

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="where everything is kept [HUB_DATA_DIR]")]
Port = Annotated[int | None, typer.Option("--port", help="where it listens [HUB_PORT]")]


def settings_of(data_dir: Path | None = None, port: int | None = None, **more: Any) -> Settings:
    """Settings from the environment, with what the command line says on top."""
    given = {"data_dir": data_dir, "port": port, **more}
    return Settings(**{k: v for k, v in given.items() if v is not None})


def stop(code: int, words: str) -> typer.Exit:
    """Say what is wrong and what to do, and end with a code that means something."""
    screen.print(f"hub: {words}", style="bold red", highlight=False, markup=False)
    return typer.Exit(code)


@app.command()
def serve(
    data_dir: DataDir = None, port: Port = None,
    worker: Annotated[bool, typer.Option(help="start a worker beside the web process")] = True,
) -> None:  # fmt: skip
    """Run the web process, and one worker beside it.

    Example: hub serve --data-dir /srv/hub --port 8115
    """
    import uvicorn

    from hub.web.app import create_app

    configure_logs()
    settings = settings_of(data_dir, port)
    check_settings(settings)
    with site(settings) as at, _worker_beside(settings, worker):
        web = create_app(receiving(at))
        uvicorn.run(web, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False,
                    timeout_graceful_shutdown=5)  # fmt: skip


@contextmanager
def _worker_beside(settings: Settings, wanted: bool) -> Iterator[None]:
    """A worker process for as long as the block runs, started anew when it dies."""
    if not wanted:
        yield
        return
    ended = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not ended.is_set():
            child = subprocess.Popen(  # noqa: S603 (ourselves)
                [sys.executable, "-m", "hub", "work", "--data-dir", str(settings.data_dir)], start_new_session=True
            )
            running[:] = [child]
            child.wait()
            ended.wait(1)

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        for child in running:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()


@app.command()
def work(data_dir: DataDir = None) -> None:
    """Run one worker: any number, on any machine that reaches the database and the data folder.

    Example: hub work --data-dir /srv/hub
    """
    from hub.journey import chunk, process
    from hub.worker.loop import run_worker

    configure_logs()
    log = structlog.get_logger()
    settings = settings_of(data_dir)
    check_settings(settings)
    with site(settings, stop=False) as at:
        root = keys.read_pseudonym_root(settings.keys)
        hub = process.Processing(
            db=session.connect(at.app_url, "hub_intake"),
            vault=open_vault(settings),
            signer=keys.read_signer(settings.keys),
            contracts=shipped_contracts(),
            crew=Crew(settings.processes, chunk.prepare, root, at.reference),
            districts=areas.loaded_codes(at.reference, "district"),
            erasures=settings.data_dir / "erasures.jsonl",
            chunk_rows=settings.chunk_rows,
            quarantine_days=settings.quarantine_days,
            shrink_limit=settings.shrink_limit,
            now=now,
        )

        def run(batch: str) -> None:
            try:
                process.process(hub, batch)
                log.info("processed", batch=batch)
            except Exception as wrong:
                # the kind of the fault only: a message could quote a row
                log.error("failed", batch=batch, error=type(wrong).__name__)
                raise

        def orphans() -> list[str]:
            with hub.db.transaction() as tx:
                return batches.unfinished(tx)

        try:
            run_worker(session.driver_url(at.app_url), run, lambda b: process.hold_failed(hub, b), orphans,
                       settings.stale_seconds)  # fmt: skip
        finally:
            hub.crew.close()


@app.command()
def migrate(data_dir: DataDir = None) -> None:
    """Bring the database's schema up to date (needs HUB_OWNER_URL where the database is not the embedded one).

    Example: hub migrate
    """
    settings = settings_of(data_dir)
    if settings.database_url and not settings.owner_url:
        raise stop(2, "HUB_OWNER_URL is not set: migrations run as the owner of the tables")
    with site(settings):
        screen.print("the schema is up to date")


# protocols, reference data, ledger, keys ------------------------------------------------------------------------------

protocol_app = typer.Typer(no_args_is_help=True, help="Protocol documents: check them, list what is in force.")
areas_app = typer.Typer(no_args_is_help=True, help="Boundaries that tell whose a row is.")
gazetteer_app = typer.Typer(no_args_is_help=True, help="Postcodes, UPRNs and addresses that places are found by.")
ledger_app = typer.Typer(no_args_is_help=True, help="The log of every decision: verify it, keep its head.")
keys_app = typer.Typer(no_args_is_help=True, help="The hub's own keys.")
agency_app = typer.Typer(no_args_is_help=True, help="Agencies' machines: register and revoke their public keys.")
for name, group in (("protocol", protocol_app), ("areas", areas_app), ("gazetteer", gazetteer_app),
                    ("ledger", ledger_app), ("keys", keys_app), ("agency", agency_app)):  # fmt: skip
    app.add_typer(group, name=name)


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


@protocol_app.command("list")
def protocol_list(data_dir: DataDir = None) -> None:
    """The protocols this hub holds, and the state each stands in.

    Example: hub protocol list
    """
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        found = protocols.all_protocols(tx)
    table = Table("protocol", "version", "tier", "state", "review", "digest")
    for one in found:
        heading = one.document.protocol
        table.add_row(heading.id, str(heading.version), heading.tier, one.state, str(heading.review), one.digest[:12])
    screen.print(table)


@areas_app.command("load")
def areas_load(
    file: Annotated[Path, typer.Argument(help="GeoJSON (.gz), GeoPackage or Shapefile")],
    data_dir: DataDir = None,
    kind: Annotated[str, typer.Option(help="lsoa, ward or district, where the columns do not say")] = "",
    vintage: Annotated[str, typer.Option(help="the year of the boundaries, where the columns do not say")] = "",
    code: Annotated[str, typer.Option(help="the column that holds the area code")] = "",
) -> None:  # fmt: skip
    """Load a set of boundaries.

    Example: hub areas load lsoa_2011.geojson.gz
    """
    try:
        report = areas.load_areas(file, settings_of(data_dir).data_dir / "reference", kind, vintage, code)
    except areas.Unreadable as wrong:
        raise stop(1, str(wrong)) from None
    screen.print(f"{report.areas} {report.kind} areas of {report.vintage} loaded, {report.mended} mended",
                 highlight=False)  # fmt: skip


@gazetteer_app.command("load")
def gazetteer_load(
    file: Annotated[Path, typer.Argument(help="Code-Point Open, ONSPD, Open UPRN or an address list (CSV, .gz, .zip)")],
    data_dir: DataDir = None,
    vintage: Annotated[str, typer.Option(help="the release's date")] = "unstated",
) -> None:  # fmt: skip
    """Load reference points for the geocoder.

    Example: hub gazetteer load codepo_gb.zip --vintage 2025-11
    """
    try:
        reports = gazetteer.load_gazetteer(file, settings_of(data_dir).data_dir / "reference", vintage)
    except (gazetteer.Unreadable, OSError) as wrong:
        raise stop(1, str(wrong)) from None
    for report in reports:
        screen.print(f"{report.points} {report.kind} loaded, {report.without_position} without a position left out",
                     highlight=False)  # fmt: skip


@ledger_app.command("head")
def ledger_head(data_dir: DataDir = None) -> None:
    """Print the signed head of the ledger, to be kept somewhere else: by it a cut tail is found.

    Example: hub ledger head > heads/2026-11-23.txt
    """
    settings = settings_of(data_dir)
    with site(settings) as at, session.opened(at.app_url, "hub_release") as tx:
        sys.stdout.write(head_text(ledger_rows.head(tx, now())))


@ledger_app.command("verify")
def ledger_verify(
    data_dir: DataDir = None,
    heads: Annotated[list[Path] | None, typer.Option("--head", help="a head that was kept")] = None,
) -> None:  # fmt: skip
    """Is the ledger whole? Finds any edit, deletion, reorder, and against kept heads any cut tail or rewriting.

    Example: hub ledger verify --head heads/2026-11-23.txt
    """
    try:
        kept = [parse_head(path.read_text()) for path in heads or []]
    except (OSError, ValueError) as wrong:
        raise stop(2, f"a head cannot be read: {wrong}") from None
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        stored = ledger_rows.frontier(tx)
        findings = verify_log(ledger_rows.leaves(tx), stored, kept)
    for finding in findings:
        screen.print(f"from event {finding.sequence}: {finding.what}", style="bold red", highlight=False)
    if findings:
        raise typer.Exit(1)
    screen.print(f"{stored.size} events, whole; {len(kept)} kept heads agree", highlight=False)


@keys_app.command("new")
def keys_new(data_dir: DataDir = None) -> None:
    """Make the key files that are missing, in HUB_KEYS_DIR.

    Example: HUB_KEYS_DIR=/etc/hub/keys hub keys new
    """
    settings = settings_of(data_dir)
    check_settings(settings)
    made = ensure_keys(settings.keys)
    screen.print(f"made: {', '.join(made) or 'nothing, all are there'}", highlight=False)


@agency_app.command("key-add")
def agency_key_add(
    agency: Annotated[str, typer.Argument(help="the agency's id")],
    file: Annotated[Path, typer.Argument(help="its public JWK, as `connector keygen` printed it")],
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Register an agency's public key.

    Example: hub agency key-add northmoor-police public.json
    """
    body = json.loads(file.read_text())
    if "d" in body:
        raise stop(1, "this is a private key: it must never leave the agency; ask for the public half")
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        if agency not in protocols.agencies(tx):
            raise stop(1, f"no protocol names the agency {agency}")
        protocols.insert_agency_key(tx, body["kid"], agency, json.dumps(body), now())
    screen.print(f"key {body['kid']} registered for {agency}", highlight=False)


@agency_app.command("key-revoke")
def agency_key_revoke(kid: Annotated[str, typer.Argument(help="the key's id")], data_dir: DataDir = None) -> None:
    """Revoke an agency's key: its tokens are refused from the next request on.

    Example: hub agency key-revoke northmoor-police-1a2b3c4d
    """
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        if not protocols.revoke_agency_key(tx, kid, now()):
            raise stop(1, "there is no such key in use")
    screen.print("revoked")


def main() -> None:
    """Entry point of the `hub` command."""
    try:
        app()
    except Fault as wrong:
        screen.print(f"hub: {wrong}", style="bold red", highlight=False, markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
