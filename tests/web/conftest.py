"""The web process over a fresh database, with something in it to look at."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import NOON, Databases
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


@pytest.fixture
def world(bare: World) -> World:
    """A hub with people, protocols, batches and releases."""
    return fill(bare)


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
