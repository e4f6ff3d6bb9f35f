"""The command line, and the only wiring: here, and nowhere else, are the parts of the hub chosen and joined."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import IntegrityError

from hub import access
from hub.adapters import areas, backup, embedded, gazetteer, keys, vault
from hub.adapters.crew import Crew
from hub.adapters.durable import write_durably
from hub.adapters.settings import Settings
from hub.db import batch as batches
from hub.db import ledger as ledger_rows
from hub.db import protocol as protocols
from hub.db import session
from hub.decision import Conflict, Decision, Fault, Refuse, Unavailable
from hub.demo import borough, show
from hub.journey import account, agree, examine, publish, retire
from hub.journey.desk import Desk
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
FRONTEND = Path(__file__).resolve().parents[1] / "node_modules" / "govuk-frontend" / "dist" / "govuk"


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


def ensure_keys(folder: Path) -> list[str]:
    """Make the key files that are missing; their names."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = []
    for name, content in ((keys.SIGNING, keys.new_signing), (keys.PSEUDONYMS, keys.new_pseudonyms)):
        if not (folder / name).exists():
            write_durably(folder / name, content())
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


def desk(at: Site) -> Desk:
    """The desk that people come to, wired."""
    life = timedelta(hours=at.settings.session_hours)
    return Desk(session.connect(at.app_url, "hub_release", 10), shipped_contracts(), now, life)


def add_draft(at: Site, text: str) -> None:
    """Add a sound protocol document as the operator's draft. Raises `Faulty`."""
    document = load_document(text, shipped_contracts())
    with session.opened(at.app_url, "hub_release") as tx:
        protocols.insert(tx, document, text, "operator", now())
        protocols.insert_act(tx, document.id, document.protocol.version, "draft", "operator", now())


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
    from hub.web.pages import PageSettings, add_pages

    configure_logs()
    settings = settings_of(data_dir, port)
    check_settings(settings)
    with site(settings) as at, _worker_beside(settings, worker):
        web = create_app(receiving(at))
        pages = PageSettings(settings.public_url, FRONTEND, settings.demo)
        add_pages(web, desk(at), publishing(at), pages)
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
                # the kind of the fault and its place only: a message could quote a row
                frame = traceback.extract_tb(wrong.__traceback__)[-1]
                log.error(
                    "failed", batch=batch, error=f"{type(wrong).__name__} at {Path(frame.filename).name}:{frame.lineno}"
                )
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


# the demo ------------------------------------------------------------------------------------------------------------


class DemoStage:
    """What the demo does to the hub beside sending extracts: by the functions that pages and commands use."""

    def __init__(self, at: Site) -> None:
        self.at = at
        self.desk = desk(at)
        self.publishing = publishing(at)

    def load_reference(self, reference: borough.Reference) -> None:
        """Load boundaries and gazetteer."""
        for kind, path in reference.boundaries.items():
            areas.load_areas(path, self.at.reference, kind, reference.vintage)
        for path in reference.gazetteer:
            gazetteer.load_gazetteer(path, self.at.reference, reference.vintage)

    def add_document(self, text: str) -> None:
        """Add a protocol document as the operator's draft."""
        add_draft(self.at, text)

    def add_person(self, sign_in: str, name: str, agency: str, role: str, password: str) -> str:
        """Make an account."""
        made = account.create_person(self.desk, name, sign_in, agency, password, [(show.PARTNERSHIP, role)])
        if not isinstance(made, str):
            raise Conflict(made.reason)
        return made

    def add_agency_key(self, agency: str, public: dict[str, Any]) -> None:
        """Register an agency's public key."""
        with session.opened(self.at.app_url, "hub_release") as tx:
            protocols.insert_agency_key(tx, public["kid"], agency, json.dumps(public), now())

    def approve_document(self, person: str, agency: str, protocol: str) -> None:
        """Approve a draft."""
        _must(agree.act(self.desk, _officer(person, agency), protocol, 1, "approve", "Agreed for the demo"))

    def make_release(self, person: str, agency: str, agreement: str) -> str:
        """Make a release."""
        made = publish.make_release(self.publishing, _officer(person, agency), agreement)
        if not isinstance(made, str):
            raise Conflict(made.reason)
        return made

    def approve_release(self, person: str, agency: str, release: str) -> dict[str, Any]:
        """Approve a release; its facts."""
        who = _officer(person, agency)
        _must(publish.act(self.publishing, who, release, "approve"))
        found = publish.open_release(self.publishing, who, release).release
        return {**found.counts, "folder": str(self.at.releases / release), "files": [f["name"] for f in found.files]}

    def quality(self, batch: str) -> dict[str, Any]:
        """The quality figures of a batch."""
        with session.opened(self.at.app_url, "hub_release") as tx:
            found = batches.find(tx, batch)
        return (found.quality if found else None) or {}


def _officer(person: str, agency: str) -> access.Caller:
    return access.Caller(person, agency, frozenset({(show.PARTNERSHIP, access.LIAISON)}))


def _must(decision: Decision) -> None:
    if isinstance(decision, Refuse):
        raise Conflict(f"{decision.rule}: {decision.reason}")


@app.command()
def demo(
    rows: Annotated[int, typer.Option(help="rows of native files in the night")] = 3000,
    once: Annotated[bool, typer.Option("--once", help="end after the summary")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the summary as JSON on standard output")] = False,
    data_dir: Annotated[Path, typer.Option("--data-dir", help="where everything is kept")] = Path("data/demo"),
    port: Annotated[int, typer.Option(help="where it listens")] = 8115,
    seed: Annotated[int, typer.Option(help="the borough and its night are drawn from this")] = 1,
) -> None:  # fmt: skip
    """A synthetic borough's night through the whole journey, then the web admin. Earlier demos in the folder go.

    Example: hub demo --once --json --rows 10000 --data-dir /tmp/demo
    """
    data = fresh_folder(data_dir.resolve())
    settings = settings_of(data / "hub", port, demo=True)
    ensure_keys(settings.keys)
    say = (
        (lambda _: None)
        if as_json and not sys.stderr.isatty()
        else (lambda words: screen.print(words, highlight=False))
    )
    url = f"http://localhost:{port}"
    with site(settings) as at:
        stage = DemoStage(at)
        town, sign_ins = show.set_up(stage, data, seed, say)
        with _served(settings, data):
            summary = show.night(stage, town, data, url, rows, now().date(), seed, say)
            summary["url"] = url
            tell_summary(summary, sign_ins, as_json)
            if not once:
                screen.print(f"\nThe hub is running at [bold]{url}[/] until you press Ctrl-C.")
                _until_told()


MARK = ".hub-demo"


def fresh_folder(folder: Path) -> Path:
    """An empty folder for a demo: an earlier demo's is emptied, anything else is left alone and refused."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise stop(2, f"{folder} holds other things; give the demo a folder of its own with --data-dir")
        embedded.stop(folder / "hub" / "postgres")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / MARK).touch()
    return folder


@contextmanager
def _served(settings: Settings, data: Path) -> Iterator[None]:
    """The web process and its worker, as `hub serve` runs them, for as long as the block runs."""
    import httpx

    words = [sys.executable, "-m", "hub", "serve", "--data-dir", str(settings.data_dir), "--port", str(settings.port)]
    with (data / "hub.log").open("wb") as log:
        running = subprocess.Popen(words, stdout=log, stderr=log, env=os.environ | {"HUB_DEMO": "1"})  # noqa: S603
        try:
            for _ in range(600):
                if running.poll() is not None:
                    raise Unavailable(f"the web process ended at once; see {data / 'hub.log'} (is the port in use?)")
                try:
                    if httpx.get(f"http://127.0.0.1:{settings.port}/healthz", timeout=2).status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield
        finally:
            running.terminate()
            try:
                running.wait(40)
            except subprocess.TimeoutExpired:
                running.kill()


def _until_told() -> None:
    ended = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: ended.set())
    ended.wait()


def tell_summary(summary: dict[str, Any], sign_ins: list[show.SignIn], as_json: bool) -> None:
    """The night's account, for a person or a program."""
    if as_json:
        sys.stdout.write(json.dumps({**summary, "sign_ins": [asdict(s) for s in sign_ins]}, indent=2) + "\n")
        return
    table = Table("", "rows", title="One night")
    for name in ("native_rows", "held_at_source", "declared", "accepted", "quarantined", "duplicate", "pooled",
                 "superseded", "out_of_area", "gate_held", "geocoded", "redacted_notes", "released_rows",
                 "suppressed_rows"):  # fmt: skip
        table.add_row(name.replace("_", " "), f"{summary[name]:,}")
    screen.print(table)
    screen.print(f"{summary['seconds']} seconds from the first connector to the last result,"
                 f" {summary['rows_per_second']} rows a second", highlight=False)  # fmt: skip
    people = Table("sign-in", "password", "role", "agency", title="Demo sign-ins (fictional people)")
    for one in sign_ins:
        people.add_row(one.name, one.password, one.role, one.agency)
    screen.print(people)
    screen.print("Native files and releases stay in the data folder:", highlight=False)
    for path in [*(e["path"] for e in summary["extracts"]), *summary["release_files"]]:
        screen.print(f"  {path}", highlight=False)


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


@protocol_app.command("add")
def protocol_add(
    file: Annotated[Path, typer.Argument(help="a protocol document (TOML)")], data_dir: DataDir = None
) -> None:
    """Add a document as a draft; officers approve it in the web admin.

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


@app.command("person-add")
def person_add(
    sign_in: Annotated[str, typer.Argument(help="sign-in name")],
    name: Annotated[str, typer.Option(help="the person's name")],
    agency: Annotated[str, typer.Option(help="the agency they work for")],
    role: Annotated[list[str], typer.Option(help="partnership:role, as often as needed")],
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Make an account; the password is asked for, or read from standard input.

    Example: hub person-add j.doe --name "J Doe" --agency northmoor-police --role northmoor-csp:liaison-officer
    """
    password = typer.prompt("password", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    roles = [(p, r) for p, _, r in (one.partition(":") for one in role)]
    with site(settings_of(data_dir)) as at:
        made = account.create_person(desk(at), name, sign_in, agency, password, roles)
    if not isinstance(made, str):
        raise stop(1, made.reason)
    screen.print("account made")


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


def retiring(at: Site) -> retire.Retiring:
    """Retention and rotation, wired."""
    return retire.Retiring(session.connect(at.app_url, "hub_intake", 2), open_vault(at.settings), now)


@app.command()
def purge(data_dir: DataDir = None) -> None:
    """Destroy what is past its retention: quarantine, batches as received, pooled rows. Run it nightly.

    Example: hub purge
    """
    settings = settings_of(data_dir)
    check_settings(settings)
    with site(settings) as at:
        hub = retiring(at)
        done = retire.purge(hub)
        hub.db.engine.dispose()
    screen.print(f"destroyed: {done.quarantined} quarantined rows, {done.batches} batches as received,"
                 f" {done.pool_rows} pooled rows", highlight=False)  # fmt: skip


@app.command("backup")
def back_up(
    destination: Annotated[Path, typer.Argument(help="a folder that does not exist yet")], data_dir: DataDir = None
) -> None:  # fmt: skip
    """Write a backup: database, encrypted batches, releases, reference data, erasures. Never the keys.

    Example: hub backup /backups/2026-11-23
    """
    settings = settings_of(data_dir)
    with site(settings) as at:
        if not at.owner_url:
            raise stop(2, "HUB_OWNER_URL is not set: a backup is made as the owner of the tables")
        held = backup.back_up(at.owner_url, settings.data_dir, destination)
    screen.print(f"{held.counts['pool_row']} pooled rows, {held.counts['batch']} batches, ledger of"
                 f" {held.ledger.partition(':')[0]} events. Back up the keys apart from it.", highlight=False)  # fmt: skip


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="a backup's folder")], data_dir: DataDir = None) -> None:
    """Restore a backup into an empty database and data folder, and erase again what was erased since.

    Put the surviving erasures.jsonl into the new data folder first, and the keys into HUB_KEYS_DIR.
    Example: hub restore /backups/2026-11-23 --data-dir /srv/hub
    """
    settings = settings_of(data_dir)
    with site(settings, fresh=True) as at:
        if not at.owner_url:
            raise stop(2, "HUB_OWNER_URL is not set: a restore is made as the owner of the tables")
        held = backup.restore(at.owner_url, settings.data_dir, source)
        session.migrate(at.owner_url)
        hub = retiring(at)
        again = retire.reapply_erasures(hub, settings.data_dir / "erasures.jsonl")
        hub.db.engine.dispose()
    screen.print(f"restored {held.counts['pool_row']} pooled rows; {again} records erased since were erased again",
                 highlight=False)  # fmt: skip


@app.command()
def doctor(data_dir: DataDir = None) -> None:
    """What is missing or unsafe, and what to do about it. Ends with 1 when something is.

    Example: hub doctor
    """
    settings = settings_of(data_dir)
    with site(settings) as at:
        findings = examine.examine(settings, at.app_url, at.reference, FRONTEND)
    table = Table("", "what", "what to do")
    for one in findings:
        table.add_row(one.level, one.what, one.advice)
    screen.print(table)
    if any(one.level != "ok" for one in findings):
        raise typer.Exit(1)


@keys_app.command("rotate")
def keys_rotate(data_dir: DataDir = None) -> None:
    """Make a new key-encryption key and wrap every batch's key anew; safe to run again. Restart web and worker after.

    Example: hub keys rotate
    """
    settings = settings_of(data_dir)
    check_settings(settings)
    with site(settings) as at:
        hub = retiring(at)
        keks, count = retire.rotate_keys(hub, settings.keys / keys.KEK)
        hub.db.engine.dispose()
    screen.print(f"{count} batch keys are wrapped by {keks.current}; restart web and worker", highlight=False)


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
