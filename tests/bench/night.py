"""Rows per second of a night by stage and in all, beside the naive way on the same rows, and memory at a million rows.

    python -m tests.bench.night [--rows 30000] [--million 1000000] [--json FILE]

The naive way (one request, one default Presidio call, one insert a row) is a program of its own beside the
repository; where it is absent the night is measured alone and says so. Rows per second of a stage are per core:
the stage's own seconds, added up over the worker's processes.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from connectors.extract import read_extract
from connectors.mapping import load_mapping
from hub.commands.demo import DemoStage
from hub.db.session import driver_url
from hub.demo.borough import make_borough, write_reference
from hub.demo.night import Extract, make_extract, make_night
from hub.demo.show import DOCUMENTS, put_in_force
from protocols.contract import LINE, FieldType
from tests.conftest import ROOT
from tests.running import Running, running

NAIVE = ROOT.parent / "shared" / "prototypes" / "naive_night.py"
DAY = date(2026, 11, 23)


def set_up(hub: Running, folder: Path) -> None:
    """Reference data, protocols in force, keys."""
    stage = DemoStage(hub.at)
    stage.load_reference(write_reference(make_borough(1), folder / "borough"))
    put_in_force(stage, folder, DOCUMENTS[:3])
    stage.desk.db.engine.dispose()
    stage.publishing.db.engine.dispose()
    hub.start("web")
    hub.start("worker")
    hub.wait_until_up()


@contextmanager
def peaks() -> Iterator[dict[str, float]]:
    """Peak resident memory, in MiB, of each kind of process below this one while the block runs."""
    found: dict[str, float] = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.2):
            for process in psutil.Process().children(recursive=True):
                try:
                    words, size = process.cmdline(), process.memory_info().rss / 2**20
                except psutil.Error:
                    continue
                said = [w for w in ("serve", "work", "send") if w in words]
                name = said[0] if said else "a worker's process" if "multiprocessing" in " ".join(words) else ""
                if name:
                    found[name] = max(found.get(name, 0.0), size)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


def send_all(hub: Running, extracts: list[Extract]) -> tuple[list[dict[str, Any]], float]:
    """Every extract through its connector, two at a time, until its result is in; and the seconds that took."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as senders:
        told = list(senders.map(lambda e: hub.send(e.agency, e.source, e.path, "--wait", "3600"), extracts))
    return told, time.perf_counter() - begun


def stage_seconds(hub: Running, told: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds by stage inside the worker's processes, from the batches' quality figures."""
    sums: Counter[str] = Counter()
    for one in told:
        quality = hub.query("select quality from batch where id = cast(:id as uuid)", id=one["batch"])[0].quality
        sums.update(quality["seconds"])
    return dict(sums)


def contract_rows(extracts: list[Extract]) -> list[dict[str, Any]]:
    """The night's rows as the naive way takes them: an id, a record, a note."""
    rows = []
    for extract in extracts:
        mapping = load_mapping(extract.source)
        notes = [n for n, f in mapping.contract().fields.items() if f.type is FieldType.NARRATIVE]
        for frame in read_extract(extract.path, mapping)[1]:
            for row in frame.iter_rows(named=True):
                text = " ".join(row.pop(n) or "" for n in notes if n in row)
                record = {k: v for k, v in row.items() if v is not None and k != LINE}
                rows.append({"id": f"{extract.source}-{row[LINE]}", "record": record, "text": text.strip()})
    return rows


def naive(hub: Running, rows: list[dict[str, Any]], folder: Path) -> float | None:
    """Rows per second of the naive way on these rows; None where its program is not at hand."""
    if not NAIVE.exists():
        return None
    (folder / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    done = subprocess.run([sys.executable, str(NAIVE), str(folder / "rows.jsonl"), driver_url(hub.at.owner_url)],
                          capture_output=True, text=True, check=True, cwd=ROOT)  # fmt: skip
    found = re.search(r"rows/s (\d+)", done.stdout)
    assert found is not None, done.stdout
    return float(found[1])


def measure_night(folder: Path, rows: int) -> dict[str, Any]:
    """One night through the hub, then the same rows the naive way."""
    extracts = make_night(make_borough(1), folder / "native", rows, DAY)
    begun = time.perf_counter()
    plain = contract_rows(extracts)
    read = time.perf_counter() - begun
    noted = [len(r["text"]) for r in plain if r["text"]]
    with running(folder / "site", processes=2, durable=True) as hub:
        set_up(hub, folder)
        for agency in sorted({e.agency for e in extracts}):
            hub.add_agency(agency)
        with peaks() as memory:
            told, seconds = send_all(hub, extracts)
        stages = {"extract": read} | stage_seconds(hub, told)
        hub.kill("web")
        hub.kill("worker")
        simple = naive(hub, plain, folder)
    native = sum(one["native_rows"] for one in told)
    ours = native / seconds
    return {
        "rows": native, "seconds": round(seconds, 2), "rows_per_second": round(ours),
        "note_share": round(len(noted) / len(plain), 3), "note_characters": round(sum(noted) / max(1, len(noted))),
        "stage_rows_per_core_second": {k: round(native / v) for k, v in stages.items()},
        "naive_rows_per_second": simple, "times_naive": round(ours / simple, 1) if simple else None,
        "peak_mib": {k: round(v) for k, v in memory.items()},
    }  # fmt: skip


def measure_million(folder: Path, rows: int) -> dict[str, Any]:
    """Structured rows of one large file: seconds, and the peak memory of every process."""
    extract = make_extract(make_borough(1), "northmoor-nhs-ed-csv", folder / "native", rows, DAY)
    with running(folder / "site", processes=2, durable=True) as hub:
        set_up(hub, folder)
        hub.add_agency(extract.agency)
        with peaks() as memory:
            told, seconds = send_all(hub, [extract])
    return {
        "rows": told[0]["native_rows"], "counts": told[0]["counts"], "seconds": round(seconds, 1),
        "rows_per_second": round(rows / seconds), "peak_mib": {k: round(v) for k, v in memory.items()},
    }  # fmt: skip


def show(found: dict[str, Any]) -> None:
    """The figures as a table."""
    table = Table("what", "figure", title="One night")
    for name, part in found.items():
        for key, value in part.items():
            table.add_row(f"{name}: {key.replace('_', ' ')}", json.dumps(value).strip('"'))
    Console().print(table)


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--rows", type=int, default=30_000, help="rows of the night")
    words.add_argument("--million", type=int, default=1_000_000, help="structured rows for the memory run; 0 leaves it")
    words.add_argument("--json", type=Path, help="also write the figures here")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder = Path(name)
        found = {"night": measure_night(folder / "night", asked.rows)}
        if asked.million:
            found["structured"] = measure_million(folder / "million", asked.million)
    if found["night"]["naive_rows_per_second"] is None:
        Console().print("the naive way was not run: its program is not beside the repository")
    show(found)
    text = json.dumps(found, indent=2)
    if asked.json:
        asked.json.write_text(text + "\n")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
