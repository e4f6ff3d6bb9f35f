"""A hub of real processes on loopback, for tests that kill, suspend and search: its set-up, its web and worker."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from hub.adapters import areas, embedded, gazetteer
from hub.adapters.settings import Settings
from hub.commands.site import Site, desk, ensure_keys, site
from hub.db import protocol as protocols
from hub.db import session
from hub.journey import agencies
from protocols.schema import parse_document
from tests.conftest import ROOT, unsynced


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Running:
    """A hub in a folder: start, kill and start again its parts; send extracts to it as agencies do."""

    data: Path
    settings: Settings
    at: Site
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str) -> None:
        """Start `web` or `worker`."""
        words = {"web": ["serve", "--no-worker", "--port", str(self.port)], "worker": ["work"]}[name]
        log = (self.data.parent / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "hub", *words, "--data-dir", str(self.data)],
            env=os.environ | self.environment, cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
        log.close()

    @property
    def environment(self) -> dict[str, str]:
        """What every process of this hub is started with."""
        return {"HUB_DEMO": "1", "HUB_STALE_SECONDS": "3", "HUB_PROCESSES": str(self.settings.processes),
                "HUB_CHUNK_ROWS": str(self.settings.chunk_rows), "PYTHONWARNINGS": "ignore"}  # fmt: skip

    def kill(self, name: str, how: int = signal.SIGKILL) -> None:
        """End a part at once."""
        process = self.processes.pop(name)
        process.send_signal(how)
        process.wait(30)

    def wait_until_up(self, seconds: float = 180) -> None:
        """Until the web process answers."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError("the web process did not come up")

    def add_agency(self, agency: str) -> Path:
        """Make an agency's key and register it; its key file."""
        folder = self.data.parent / "agencies" / agency
        folder.mkdir(parents=True)
        made = subprocess.run([sys.executable, "-m", "connectors", "keygen", agency, str(folder / "key.json")],
                              capture_output=True, text=True, check=True, cwd=ROOT)  # fmt: skip
        public = json.loads(made.stdout)
        at_desk = desk(self.at)
        assert agencies.register_agency_key(at_desk, agency, public)
        at_desk.db.engine.dispose()
        return folder / "key.json"

    def put_in_force(self, *names: str) -> None:
        """Take shipped protocol documents and put them in force."""
        with session.opened(self.at.app_url, "hub_release") as tx:
            for name in names:
                text = (ROOT / "protocols" / "documents" / f"{name}.toml").read_text(encoding="utf-8")
                document = parse_document(text)
                protocols.insert(tx, document, text, "test", datetime.now(UTC))
                protocols.set_state(tx, document.id, document.protocol.version, "in-force")

    def connector(self, agency: str, *words: str, patience: float = 60) -> list[str]:
        """The words of a `connector send` by an agency."""
        folder = self.data.parent / "agencies" / agency
        return [sys.executable, "-m", "connectors", "send", *words, "--hub", self.url, "--agency", agency, "--key",
                str(folder / "key.json"), "--outbox", str(folder / "outbox"), "--json",
                "--patience", str(patience)]  # fmt: skip

    def send(self, agency: str, source: str, file: Path, *words: str, ok: bool = True) -> dict[str, Any]:
        """Send an extract as the agency would, and wait for what comes of it."""
        done = subprocess.run(self.connector(agency, source, str(file), *words), capture_output=True, text=True,
                              check=False, cwd=ROOT)  # fmt: skip
        assert not ok or done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"error": done.stderr}
        return found

    def query(self, statement: str, *partnerships: str, **values: Any) -> list[Any]:
        """Rows of a query as intake may see them."""
        with session.opened(self.at.app_url, "hub_intake", partnerships) as tx:
            return list(tx.sql(statement, **values))


@contextmanager
def running(folder: Path, processes: int = 1, chunk_rows: int = 5_000, durable: bool = False) -> Iterator[Running]:
    """A hub with its own embedded database in `folder`/hub, set up but with no process started."""
    data = folder / "hub"
    settings = Settings(data_dir=data, demo=True, processes=processes, chunk_rows=chunk_rows, stale_seconds=3)
    ensure_keys(settings.keys)
    with site(settings) as at:
        if not durable:
            unsynced(data / "postgres", at.owner_url)
        found = Running(data, settings, at)
        try:
            yield found
        finally:
            for name in list(found.processes):
                found.kill(name)
    embedded.stop(data / "postgres")


def load_avon(hub: Running, shared: Path) -> None:
    """Boundaries and postcodes of Avon and Somerset."""
    reference = hub.data / "reference"
    gazetteer.load_gazetteer(
        shared / "codepoint_open" / "codepoint_2025-11_avon_somerset_BS_BA_TA.csv.gz", reference, "2025-11"
    )
    folder = shared / "boundaries_avon_somerset"
    for name, kind, vintage in (("lsoa_2011", "lsoa", "2011"), ("ward_2013", "ward", "2013"),
                                ("local_authority", "district", "2014")):  # fmt: skip
        areas.load_areas(folder / f"{name}.geojson.gz", reference, kind, vintage)
