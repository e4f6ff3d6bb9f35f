"""The crew: results in order, few items in memory, and no process left behind by a killed parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from hub.adapters.crew import Crew
from hub.decision import Unavailable
from tests.conftest import ROOT

_ready: list[int] = []


def prepare(value: int) -> None:
    _ready[:] = [value]


def work(item: int) -> int:
    time.sleep(0.01 * (item % 3))
    return item + _ready[0]


def die(item: int) -> int:
    if item == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_items_order(processes: int) -> None:
    crew = Crew(processes, prepare, 100)
    try:
        assert list(crew.ordered(work, range(20))) == list(range(100, 120))
    finally:
        crew.close()


def test_items_are_drawn_only_as_they_are_needed() -> None:
    drawn: list[int] = []

    def items() -> Iterator[int]:
        for i in range(50):
            drawn.append(i)
            yield i

    crew = Crew(2, prepare, 0)
    try:
        results = crew.ordered(work, items())
        next(results)
        assert len(drawn) <= 5
        results.close()  # type: ignore[attr-defined]
    finally:
        crew.close()


def test_a_dead_process_is_a_passing_fault_and_the_crew_recovers() -> None:
    crew = Crew(2, prepare, 0)
    try:
        with pytest.raises(Unavailable):
            list(crew.ordered(die, range(4)))
        assert list(crew.ordered(work, range(3))) == [0, 1, 2]
    finally:
        crew.close()


@pytest.mark.skipif(sys.platform != "linux", reason="children follow their parent by a Linux call")
def test_a_killed_parent_leaves_no_process_behind() -> None:
    script = (
        "from hub.adapters.crew import Crew\nfrom tests.adapters.test_crew import prepare, work\nimport time\n"
        "if __name__ == '__main__':\n    crew = Crew(2, prepare, 0)\n    print('ready', flush=True)\n    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    children = psutil.Process(parent.pid).children()
    assert len(children) >= 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs([c for c in children if "spawn_main" in " ".join(_cmdline(c))], timeout=5)
    assert alive == []


def _cmdline(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []
