"""The web process over a fresh database, with something in it to look at."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.conftest import NOON, Databases, Server, database_like
from tests.web.seed import World, build, fill


@dataclass
class Clock:
    """A clock that tests move."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **span: float) -> None:
        """Let time pass."""
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    """The clock of the hub under test."""
    return Clock()


@pytest.fixture
def bare(databases: Databases, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A hub with nothing in it."""
    made = build(databases, tmp_path, clock)
    yield made
    made.redactor.close()


@dataclass(frozen=True)
class Filled:
    """A hub filled once, of which each test gets a copy: its database's name, its folder, and what stands in it."""

    database: str
    folder: Path
    world: World


@pytest.fixture(scope="session")
def filled(server: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A hub with people, protocols, batches and releases."""
    folder = tmp_path_factory.mktemp("filled")
    with database_like(server, template) as databases:
        made = fill(build(databases, folder, Clock()))
        made.redactor.close()
        databases.close()  # what others are connected to cannot be copied
        yield Filled(str(make_url(databases.owner_url).database), folder, made)


@pytest.fixture
def world(filled: Filled, server: Server, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A hub with people, protocols, batches and releases, of this test alone."""
    shutil.copytree(filled.folder, tmp_path, dirs_exist_ok=True)
    with database_like(server, filled.database) as databases:
        made = build(databases, tmp_path, clock)
        made.ids, made.people, made.tokens = (
            dict(filled.world.ids),
            dict(filled.world.people),
            dict(filled.world.tokens),
        )
        yield made
        made.redactor.close()


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have httpx2
    from fastapi.testclient import TestClient as TestClient

Client = Callable[..., TestClient]


@pytest.fixture
def client(world: World) -> Client:
    """A browser, signed in as somebody (or nobody)."""

    def make(who: str = "") -> TestClient:
        cookies = {"hub-session": world.token(who)} if who else {}
        return TestClient(world.app, cookies=cookies, follow_redirects=False, raise_server_exceptions=False)

    return make
