"""The demo: one synthetic night through the whole journey, by the functions that pages and commands use."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from hub import access
from hub.adapters import areas, embedded, gazetteer
from hub.adapters.settings import Settings
from hub.commands.site import Site, add_draft, desk, ensure_keys, now, publishing, screen, settings_of, site, stop
from hub.db import batch as batches
from hub.db import session
from hub.decision import Conflict, Decision, Refuse, Unavailable
from hub.demo import borough, show
from hub.demo.authenticator import Authenticator
from hub.journey import account, agencies, agree, oversee, publish, sign
from protocols.assertion import RelyingParty

app = typer.Typer()


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
        _must(agencies.register_agency_key(self.desk, agency, public))

    @property
    def party(self) -> RelyingParty:
        """For whom passkeys are made."""
        return self.desk.party

    def add_passkey(self, person: str, agency: str, password: str, authenticator: Authenticator) -> None:
        """Register a signatory's passkey, with the checks that the page makes."""
        made = authenticator.register(sign.registration_challenge("demo"))
        who = _caller(person, agency, access.SIGNATORY)
        _must(sign.register(self.desk, who, "demo", password, "", "Demo key", made))

    def act(
        self, person: str, agency: str, role: str, protocol: str, deed: str, authenticator: Authenticator | None = None
    ) -> None:
        """Do one of the acts of a protocol's life as somebody."""
        who = _caller(person, agency, role)
        digest = oversee.open_protocol(self.desk, who, protocol, 1).shown.stored.digest
        assertion = authenticator.sign(bytes.fromhex(digest)) if authenticator else None
        _must(agree.act(self.desk, who, protocol, 1, deed, digest=digest, assertion=assertion))

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


def _caller(person: str, agency: str, role: str) -> access.Caller:
    return access.Caller(person, agency, frozenset({(show.PARTNERSHIP, role)}))


def _officer(person: str, agency: str) -> access.Caller:
    return _caller(person, agency, access.LIAISON)


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
    settings.data_dir.mkdir(mode=0o700)
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
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: ended.set())
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
    folders = dict.fromkeys(str(Path(name).parent) for name in summary["release_files"])
    for path in [*(e["path"] for e in summary["extracts"]), *folders]:
        screen.print(f"  {path}", highlight=False, soft_wrap=True)  # a path must be fit to be copied
