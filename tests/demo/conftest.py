"""One borough and one night for all tests of the demo."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.demo.borough import Borough, make_borough
from hub.demo.night import Extract, make_night

NIGHT = date(2026, 11, 23)
ROWS = 3_000
CANARIES = 20


@pytest.fixture(scope="session")
def borough() -> Borough:
    """The borough of seed 1."""
    return make_borough(1)


@pytest.fixture(scope="session")
def extracts(borough: Borough, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Extract]:
    """A night with canaries, by source."""
    folder: Path = tmp_path_factory.mktemp("night")
    return {e.source: e for e in make_night(borough, folder, ROWS, NIGHT, seed=1, canaries=CANARIES)}
