"""How fast does the log grow, and how fast is it verified? And what does one decision cost?

Run: python -m tests.bench.ledger [--events N]. Appends go to a real PostgreSQL: one event a transaction, five
hundred, and as many as wait when each call appends one, as the web process does. The whole exported log is verified by the connectors' verifier against three kept heads.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.proofs import Head, check_log, roots_of
from hub import ledger
from hub.adapters import embedded
from hub.db import ledger as ledger_rows
from hub.db import session, together
from hub.ledger import Event
from hub.protocol import Standing, check_flow, compiled
from protocols.schema import Document, Purpose, parse_document
from tests.conftest import ROOT

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
GROUP, THREADS, PARTNERSHIPS = 500, 200, 75
NAMES = ("northmoor-csp", "northmoor-violence", "northmoor-asb", "northmoor-analyst-violence")


def event(n: int) -> Event:
    """An event as intake writes it."""
    return Event(AT, "agency:northmoor-police", "intake.manifest", f"batch-{n}", "allow", "protocol.in-force",
                 ("northmoor-violence/1@000000000000",), {"rows": n})  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    """Seconds on the clock."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def appends(db: session.Database, count: int, group: int) -> float:
    """Events a second, `group` of them in each transaction."""

    def run() -> None:
        for low in range(0, count, group):
            with db.transaction() as tx:
                ledger_rows.append_all(tx, [event(n) for n in range(low, min(low + group, count))])

    return count / seconds(run)


def together_by(db: session.Database, count: int, threads: int) -> float:
    """Events a second, each appended alone by one of so many threads, as the web process appends refusals and readings."""
    with ThreadPoolExecutor(threads) as pool:
        return count / seconds(lambda: list(pool.map(lambda n: together.append(db, event(n)), range(count))))


def verifying(path: Path, events: int) -> float:
    """Seconds to verify an exported log of so many events against heads of a third, two thirds and the whole."""
    with path.open("wb") as out:
        for n in range(events):
            out.write(ledger.leaf(event(n), n) + b"\n")
    sizes = [events // 3, 2 * events // 3, events]
    with path.open("rb") as lines:
        _, roots = roots_of((line.rstrip(b"\n") for line in lines), sizes)
    kept = [Head("", size, roots[size], ()) for size in sizes]
    with path.open("rb") as lines:
        return seconds(lambda: check_log(lines, kept))


def standings(partnerships: int) -> list[Standing]:
    """The demo's documents, once for each partnership under names of its own."""
    shipped = [parse_document((ROOT / "protocols/documents" / f"{name}.toml").read_text()) for name in NAMES]
    return [Standing(_renamed(d, n), "in-force", "0" * 64) for n in range(partnerships) for d in shipped]


def _renamed(document: Document, n: int) -> Document:
    heading, end = document.protocol, f"-{n}" if n else ""
    named = {"id": heading.id + end, "partnership": heading.partnership + end,
             "parent": heading.parent + end if heading.parent else None}  # fmt: skip
    return document.model_copy(update={
        "protocol": heading.model_copy(update=named),
        "party": tuple(p.model_copy(update={"agency": p.agency + end}) for p in document.party),
        "flow": tuple(f.model_copy(update={"source": f.source + end}) for f in document.flow),
    })  # fmt: skip


def deciding(known: list[Standing], count: int = 3000) -> tuple[float, float, float]:
    """(median, 99th percentile in microseconds of processor time, decisions a second) of granted flows."""
    times = []
    for _ in range(count):
        begun = time.thread_time()
        assert check_flow(known, "northmoor-police", "police-crime/1", "SERIOUS_VIOLENCE", date(2026, 11, 23))
        times.append(time.thread_time() - begun)
    times.sort()
    return times[count // 2] * 1e6, times[count * 99 // 100] * 1e6, count / sum(times)


def in_batch(known: list[Standing], count: int = 200_000) -> tuple[float, float, int]:
    """(questions a second with the compiled answers, compiling included; milliseconds to work every answer out once;
    answers): every flow that the documents name, for each purpose, over and over."""
    on = date(2026, 11, 23)
    questions = sorted({(f.source, f.dataset, p.value) for s in known for f in s.document.flow for p in Purpose})
    begun = time.perf_counter()
    verdicts = compiled(known, on)
    for question in questions:
        verdicts.check_flow(*question)
    first = time.perf_counter() - begun
    rounds = max(1, count // len(questions))
    for _ in range(rounds):
        for agency, dataset, purpose in questions:
            verdicts.check_flow(agency, dataset, purpose)
    return (rounds + 1) * len(questions) / (time.perf_counter() - begun), first * 1000, len(questions)


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--events", type=int, default=200_000)
    events = asked.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder) / "postgres")
        session.migrate(server.owner_url)
        db = session.connect(server.app_url, "hub_release")
        print(f"append, one event a transaction: {appends(db, 1000, 1):,.0f} events/s")
        print(f"append, {GROUP} events a transaction: {appends(db, 20_000, GROUP):,.0f} events/s")
        for threads in (1, 40, THREADS):
            rate = together_by(db, 200 * threads, threads)
            print(f"append, one event a call, {threads} calls at once: {rate:,.0f} events/s")
        with db.transaction() as tx:
            size = ledger_rows.frontier(tx).size
            taken = seconds(lambda: [ledger_rows.roots(tx, ledger.inclusion_ranges(n, size)) for n in range(200)])
        print(f"inclusion proof from the database, log of {size:,}: {taken / 200 * 1000:.2f} ms")
        db.engine.dispose()
        embedded.stop(Path(folder) / "postgres")
        taken = verifying(Path(folder) / "log.jsonl", events)
        print(
            f"verify, exported log of {events:,} events, three kept heads: {taken:.1f} s, {events / taken:,.0f} events/s"
        )
    for partnerships in (1, PARTNERSHIPS):
        known = standings(partnerships)
        median, p99, rate = deciding(known)
        print(
            f"decision among {len(known)} protocols: median {median:.0f} µs, p99 {p99:.0f} µs, {rate:,.0f}/s (one thread)"
        )
        rate, first, answers = in_batch(known)
        print(
            f"decisions in batch among {len(known)} protocols: {rate:,.0f}/s (one thread; working {answers:,} answers out"
            f" took {first:.0f} ms of it)"
        )


if __name__ == "__main__":
    main()
