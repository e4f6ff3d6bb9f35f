"""Web, worker and connectors are killed at random moments of a night: nothing is lost, nothing is doubled.

HUB_KILLS sets the number of kills (50 by default), HUB_KILL_SEED the dice.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from hub.commands.demo import DemoStage
from hub.demo.borough import make_borough, write_reference
from hub.demo.night import Extract, make_night
from hub.demo.show import DOCUMENTS, put_in_force
from tests.conftest import ROOT
from tests.running import Running, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
KILLS = int(os.environ.get("HUB_KILLS", "50"))
SEED = int(os.environ.get("HUB_KILL_SEED", "20261123"))
LIVES = {"web": (0.2, 4.0), "worker": (0.5, 6.0), "connector": (0.1, 1.5)}
"""Seconds a part lives before it is killed, from its start (or, for web and worker, its last kill)."""


def set_up(hub: Running, folder: Path) -> None:
    stage = DemoStage(hub.at)
    stage.load_reference(write_reference(make_borough(5), folder / "borough"))
    put_in_force(stage, folder, DOCUMENTS[:3])
    stage.desk.db.engine.dispose()
    stage.publishing.db.engine.dispose()


def test_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    extracts = make_night(make_borough(5), tmp_path / "native", 900, date(2026, 11, 23), 5)
    (tmp_path / "site").mkdir()
    with running(tmp_path / "site", chunk_rows=100) as hub:
        set_up(hub, tmp_path)
        for agency in sorted({e.agency for e in extracts}):
            hub.add_agency(agency)
        kills = Counter[str]()
        hub.start("web")
        hub.start("worker")
        hub.wait_until_up()
        deadline = time.monotonic() + 1500
        due = {name: time.monotonic() + dice.uniform(*LIVES[name]) for name in ("web", "worker")}
        left = list(extracts)
        while left or sum(kills.values()) < KILLS:
            if left:
                kills["connector"] += send_through(hub, left[0], dice, deadline, due, kills)
                left.pop(0)
            else:  # the night is in: kill on while the same files come again, which must change nothing
                kills["connector"] += send_through(hub, dice.choice(extracts), dice, deadline, due, kills)
        for name in ("web", "worker"):
            if hub.processes[name].poll() is not None:
                hub.start(name)
        hub.wait_until_up()
        told = [hub.send(e.agency, e.source, e.path) for e in extracts]
        for extract, one in zip(extracts, told, strict=True):
            counts = one["counts"]
            assert one["native_rows"] == extract.rows == one["held_at_source"] + one["declared"]
            assert counts["declared"] == counts["accepted"] + counts["quarantined"] + counts["duplicate"]
            assert counts["accepted"] == (
                counts["pooled"] + counts["superseded"] + counts["out_of_area"] + counts["gate_held"]
            )
        assert hub.query("select count(*) as n from batch")[0].n == len(extracts)
        pooled = hub.query("select count(*) as n from pool_row where current", "northmoor-csp")[0].n
        assert pooled == sum(o["counts"]["pooled"] for o in told)
        twice = hub.query("select count(*) as n from (select row_id from pool_row group by 1 having count(*) > 1) t",
                          "northmoor-csp")  # fmt: skip
        assert twice[0].n == 0
        assert hub.query("select count(*) as n from staging_row")[0].n == 0
        assert hub.query("select count(*) as n from quarantine")[0].n == sum(
            o["counts"]["quarantined"] + o["counts"]["gate_held"] for o in told
        )
        print(f"{sum(kills.values())} kills: {dict(kills)}")
        assert sum(kills.values()) >= KILLS


def send_through(
    hub: Running, extract: Extract, dice: random.Random, deadline: float, due: dict[str, float], kills: Counter[str]
) -> int:
    """One extract sent while web and worker are killed as they fall due."""
    killed = 0
    while True:
        words = hub.connector(extract.agency, extract.source, str(extract.path), "--wait", "15", patience=15)
        sender = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
        dies = time.monotonic() + (dice.uniform(*LIVES["connector"]) if killed < 5 else 60)
        while sender.poll() is None and time.monotonic() < dies:
            for name, moment in list(due.items()):
                if time.monotonic() >= moment:
                    hub.kill(name)
                    hub.start(name)
                    kills[name] += 1
                    due[name] = time.monotonic() + dice.uniform(*LIVES[name]) + 2.5 * (kills[name] % 3 == 0)
            time.sleep(0.02)
        if sender.poll() is None:
            sender.kill()
            killed += 1
        sender.wait()
        if sender.returncode == 0:
            return killed
        assert time.monotonic() < deadline, "the extract never came through"
