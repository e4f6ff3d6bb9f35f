"""What tests stand on: a real PostgreSQL (embedded, or HUB_TEST_DATABASE_URL), keys, a clock, no outside world."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from hub.adapters import embedded, keys, vault, wordbox
from hub.adapters.durable import write_durably
from hub.db import session

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of slow tests first: a file stays on one worker, and the longest must not begin last."""
    slow = {item.path for item in items if item.get_closest_marker("slow") is not None}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def _no_outside_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may call out: only loopback and local sockets connect."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError("a test tried to reach the outside world")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@dataclass(frozen=True)
class Server:
    """The database server of this test run."""

    owner_url: str
    app_url: str
    admin_url: str


@dataclass(frozen=True)
class Databases:
    """One fresh, migrated database, reached as each of the application's roles and as the owner."""

    owner_url: str
    app_url: str
    intake: session.Database
    release: session.Database

    def close(self) -> None:
        self.intake.engine.dispose()
        self.release.engine.dispose()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The embedded PostgreSQL, or the server that HUB_TEST_DATABASE_URL (a superuser's URL) names."""
    outside = os.environ.get("HUB_TEST_DATABASE_URL")
    if outside:
        yield _prepared(outside)
        return
    folder = tmp_path_factory.mktemp("postgres")
    started = embedded.start(folder)
    yield Server(started.owner_url, started.app_url, unsynced(folder, started.owner_url))
    embedded.stop(folder)


def unsynced(folder: Path, owner_url: str) -> str:
    """Let an embedded server (of the folder) wait for no disk: nothing of it outlives the run. Its superuser's URL."""
    password = json.loads((folder / "passwords.json").read_text())["postgres"]
    admin = make_url(owner_url).set(username="postgres", password=password, database="postgres")
    url = admin.render_as_string(hide_password=False)
    with psycopg.connect(session.driver_url(url), autocommit=True) as db:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            db.execute(f"alter system set {setting} = off".encode())
        db.execute("select pg_reload_conf()")
    return url


def _prepared(superuser_url: str) -> Server:
    url = make_url(superuser_url)
    with psycopg.connect(session.driver_url(superuser_url), autocommit=True) as db:
        db.execute(embedded.ROLES.read_text().encode())
        db.execute("alter role hub_owner login password 'owner'")
        db.execute("alter role hub_app login password 'app'")
    owner = url.set(username="hub_owner", password="owner")
    app = url.set(username="hub_app", password="app")
    return Server(owner.render_as_string(hide_password=False), app.render_as_string(hide_password=False), superuser_url)


@pytest.fixture(scope="session")
def template(server: Server) -> str:
    """A migrated database that every test's database is copied from."""
    name = f"hub_template_{uuid.uuid4().hex[:8]}"
    _admin(server, f"create database {name} owner hub_owner")
    session.migrate(_url(server.owner_url, name))
    return name


@contextmanager
def database_like(server: Server, template: str) -> Iterator[Databases]:
    """A copy of a database, dropped in the end."""
    name = f"hub_test_{uuid.uuid4().hex[:12]}"
    _admin(server, f"create database {name} template {template} owner hub_owner strategy file_copy")
    _admin(server, f"grant connect on database {name} to hub_app")
    _admin(server, f"grant temporary on database {name} to hub_intake")
    app_url = _url(server.app_url, name)
    found = Databases(
        _url(server.owner_url, name), app_url, session.connect(app_url, "hub_intake"),
        session.connect(app_url, "hub_release"),
    )  # fmt: skip
    try:
        yield found
    finally:
        found.close()
        _admin(server, f"drop database {name} with (force)")


@pytest.fixture
def databases(server: Server, template: str) -> Iterator[Databases]:
    """A database of this test alone."""
    with database_like(server, template) as found:
        yield found


def _url(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _admin(server: Server, statement: str) -> None:
    with psycopg.connect(session.driver_url(server.admin_url), autocommit=True) as db:
        db.execute(statement.encode())


@pytest.fixture
def keys_dir(tmp_path: Path) -> Path:
    """A folder with fresh key files."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    vault.new_keys().write(folder / keys.KEK)
    write_durably(folder / keys.SIGNING, keys.new_signing())
    write_durably(folder / keys.PSEUDONYMS, keys.new_pseudonyms())
    write_durably(folder / wordbox.REVIEW, wordbox.new_review())
    return folder


@pytest.fixture
def now() -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: NOON


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real open data beside the repository; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder of real open data (../shared/data) is not beside this checkout")
    return SHARED


def run(*words: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run `python -m …` as a user would, output captured."""
    return subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False, cwd=ROOT, **settings
    )
