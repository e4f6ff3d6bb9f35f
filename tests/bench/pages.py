"""How long does each page take, and how many statements, in a hub that has been at work for a year?

Run: python -m tests.bench.pages [--events N] [--rounds N] [--partnerships N]. A real PostgreSQL is filled in bulk: four
protocols in each partnership, nightly batches, releases, and a log whose tree is whole; then every page of the table
of routes is asked by everybody who may see it. Ends with 1 where a page is slower or dearer than wanted.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import structlog

from hub import ledger
from hub.adapters import embedded
from hub.commands.site import settle
from hub.db import people, session
from hub.db import protocol as protocols
from hub.ledger import Event
from protocols.schema import parse_document
from tests.conftest import Databases
from tests.web.conftest import TestClient
from tests.web.seed import NORTHMOOR, World, build, fill, password_hash, text_of
from tests.web.statements import counting
from tests.web.test_page_cost import FILE
from tests.web.test_routes import EVERYBODY, TABLE, said, things

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = ("northmoor-csp", "northmoor-violence", "northmoor-asb", "northmoor-analyst-violence")
SOURCES = (("police", "police-crime/1"), ("nhs-trust", "ed-assaults/1"), ("council", "asb-incidents/1"))
P95_MS, STATEMENTS = 200.0, 12
NIGHTS, RELEASES, MEMBERS = 120, 40, 10


def renamed(name: str, n: int) -> str:
    """A demo document under names of its own."""
    return text_of(name).replace("northmoor-", f"northmoor{n or ''}-")


def fill_protocols(world: World, partnerships: int) -> list[list[str]]:
    """Protocols and people of every partnership beyond the world's first; the references of each."""
    with world.databases.release.transaction() as tx:
        for n in range(1, partnerships):
            for name in NAMES:
                document = parse_document(renamed(name, n))
                protocols.insert(tx, document, renamed(name, n), "importer", NOW - timedelta(days=300))
                protocols.set_state(tx, document.id, document.protocol.version, "in-force")
            for _ in range(MEMBERS):
                one = people.Person(
                    str(uuid.uuid4()), uuid.uuid4().hex, "Robin Vale", f"northmoor{n}-council", password_hash(), None
                )
                people.insert(tx, one, NOW)
                people.set_roles(tx, one.id, [(f"northmoor{n}-csp", "liaison-officer")])
        if not any(s.document.id == "northmoor-asb" for s in protocols.all_protocols(tx)):
            protocols.insert(tx, parse_document(text_of("northmoor-asb")), text_of("northmoor-asb"), "importer", NOW)
            protocols.set_state(tx, "northmoor-asb", 1, "in-force")
        known = [s for s in protocols.all_protocols(tx) if s.state == "in-force"]
    of = [f"northmoor{n or ''}-csp" for n in range(partnerships)]
    return [[s.standing.reference for s in known if s.document.protocol.partnership == p] for p in of]


def fill_batches(world: World, references: list[list[str]]) -> None:
    """A batch a night of each source of each partnership, as the world's own pooled one; and its releases, copied."""
    with world.databases.intake.transaction() as tx:
        for n, under in enumerate(references):
            tx.sql(
                "insert into batch (id, agency_id, manifest_id, manifest_sha256, manifest_jws, manifest, dataset, purpose, mode,"
                " made_at, protocols, state, receipt, result, counts, quality, created_at, stored_at, finished_at)"
                " select gen_random_uuid(), :agency, gen_random_uuid(), manifest_sha256, manifest_jws,"
                " jsonb_set(jsonb_set(manifest, '{agency}', to_jsonb(cast(:agency as text))), '{window}', jsonb_build_object("
                " 'first', cast(:now as date) - n - 1, 'last', cast(:now as date) - n)), dataset, purpose, mode,"
                " made_at - n * interval '1 day', cast(:under as text[]), state, receipt, result, counts, quality,"
                " created_at - n * interval '1 day', stored_at - n * interval '1 day', finished_at"
                " from batch, generate_series(1, :nights) n where id = cast(:id as uuid)",
                agency=f"northmoor{n or ''}-police", now=NOW, under=under, nights=NIGHTS * len(SOURCES), id=world.ids["pooled"],
            )  # fmt: skip
    columns = ("agreement_version, title, author, first_day, last_day, districts, datasets, counts, files, statement, hold_rule,"
               " hold_reason, published_at, expires, checkers")  # fmt: skip
    with world.databases.release.transaction([f"northmoor{n or ''}-csp" for n in range(len(references))]) as tx:
        tx.sql(
            f"insert into release (id, partnership_id, agreement_id, recipient, series, state, created_at, {columns})"
            " select gen_random_uuid(), 'northmoor' || p || '-csp', 'northmoor' || p || '-analyst-violence',"
            " 'northmoor' || p || '-council', 'northmoor' || p || '-analyst-violence',"
            " case when n = 1 then 'published' else 'superseded' end,"
            f" created_at - n * interval '7 days', {columns} from release, generate_series(1, :n) n,"
            " unnest(cast(:p as text[])) p where id = cast(:id as uuid)",
            n=RELEASES, p=["" if n == 0 else str(n) for n in range(len(references))], id=world.ids["published"],
        )  # fmt: skip
        tx.sql("update release set state = 'superseded' where partnership_id = :p and state = 'published' and id <> cast(:id as uuid)",
               p=NORTHMOOR, id=world.ids["published"])  # fmt: skip


def events(
    count: int, start: datetime, references: list[list[str]], releases: list[list[str]], persons: list[list[str]]
) -> Iterator[Event]:
    """A year of a hub at work: intake and processing, people reading and downloading, refusals, some at the door."""
    chance, step = random.Random(8115), (NOW - start) / count
    for n in range(count):
        p = chance.randrange(len(references))
        at, agency, who = start + n * step, f"agency:northmoor{p or ''}-police", f"person:{chance.choice(persons[p])}"
        under = tuple(references[p][:2])
        kind = chance.random()
        if kind < 0.55:
            yield Event(
                at, agency, "intake.manifest", f"{n:032x}", "allow", "protocol.in-force", under, {"rows": n % 5000}
            )
        elif kind < 0.75:
            yield Event(at, "hub", "batch.pooled", f"{n:032x}", "allow", "batch.pooled", under, {"pooled": n % 5000})
        elif kind < 0.9:
            yield Event(at, who, "release.look", chance.choice(releases[p]), "allow", "release.look", under)
        elif kind < 0.96:
            yield Event(at, who, "account.sign-in", "session", "allow", "account.password")
        elif kind < 0.99:
            yield Event(at, who, "release.download", chance.choice(releases[p]), "refuse", "access.role")
        else:
            yield Event(at, "nobody", "account.sign-in", "session", "refuse", "account.wrong")


def fill_ledger(world: World, count: int, references: list[list[str]]) -> None:
    """The log, tree and keys, appended to what the world's own filling wrote: as `hub.db.ledger` does it, by COPY."""
    with world.databases.release.transaction([f"northmoor{n or ''}-csp" for n in range(len(references))]) as tx:
        of = [f"northmoor{n or ''}-csp" for n in range(len(references))]
        releases = [[str(r.id) for r in tx.sql("select id from release where partnership_id = :p", p=p)] for p in of]
        persons = [sorted(people.members(tx, [p])) for p in of]
        state = tx.sql("select size, frontier from ledger_state for update").one()
        grown = ledger.Frontier(state.size, tuple(bytes(h) for h in state.frontier))
        with tempfile.TemporaryFile() as nodes, tempfile.TemporaryFile() as reach:
            with tx.driver.cursor().copy("copy ledger_entry (sequence, at, leaf) from stdin") as entries:
                for event in events(count, NOW - timedelta(days=365), references, releases, persons):
                    leaf = ledger.leaf(event, grown.size)
                    entries.write_row((grown.size, event.at, leaf.decode()))
                    reach.writelines(f"{key}\t{grown.size}\n".encode() for key in ledger.concerns(event))
                    grown, made = ledger.grow(grown, leaf)
                    nodes.writelines(f"{level}\t{number}\t\\\\x{root.hex()}\n".encode() for level, number, root in made)
            for table, rows in (("ledger_node (level, number, hash)", nodes), ("ledger_reach (key, sequence)", reach)):
                rows.seek(0)
                with tx.driver.cursor().copy(f"copy {table} from stdin".encode()) as copy:
                    while part := rows.read(1 << 20):
                        copy.write(part)
        tx.sql(
            "update ledger_state set size = :size, frontier = :frontier", size=grown.size, frontier=list(grown.hashes)
        )


def filled(world: World, owner_url: str, partnerships: int, count: int) -> None:
    """The world, with a year's work in it."""
    begun = time.perf_counter()
    fill(world)
    references = fill_protocols(world, partnerships)
    fill_batches(world, references)
    fill_ledger(world, count, references)
    with psycopg.connect(session.driver_url(owner_url), autocommit=True) as owner:
        owner.execute("vacuum analyze")
    print(f"filled in {time.perf_counter() - begun:.0f} s: {sum(map(len, references))} protocols in force in {partnerships}"
          f" partnerships, {len(references) * NIGHTS * len(SOURCES):,} batches, {count:,} events in the log")  # fmt: skip


def measure(world: World, rounds: int) -> list[tuple[float, float, float, int, str, int]]:
    """(p95, p50 in milliseconds, p95 of processor time without the database's, most statements, route, requests) of
    every page that anybody may see, slowest first."""
    browsers = {who: TestClient(world.app, cookies={"hub-session": world.token(who)} if who else {}, follow_redirects=False)
                for who in EVERYBODY}  # fmt: skip
    paths = things(world)
    asked = [(route, who) for route, cells in TABLE.items() for who in EVERYBODY
             if route.startswith("GET ") and route != FILE and cells[who] == 200]  # fmt: skip
    times: dict[str, list[float]] = {}
    work: dict[str, list[float]] = {}
    dearest: dict[str, int] = {}
    settle(world.desk)
    for turn in range(rounds + 1):
        for route, who in asked:
            _, path = said(route, paths)
            begun, worked = time.perf_counter(), time.process_time()
            with counting() as statements:
                answer = browsers[who].get(path)
            taken, worked = (time.perf_counter() - begun) * 1000, (time.process_time() - worked) * 1000
            assert answer.status_code == 200, (route, who, answer.status_code)
            if turn:  # the first round fills the caches that a running hub has full
                times.setdefault(route, []).append(taken)
                work.setdefault(route, []).append(worked)
                dearest[route] = max(dearest.get(route, 0), len(statements))
    return sorted(((_share(t, 0.95), _share(t, 0.5), _share(work[r], 0.95), dearest[r], r, len(t)) for r, t in times.items()),
                  reverse=True)  # fmt: skip


def _share(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--events", type=int, default=1_000_000)
    asked.add_argument("--partnerships", type=int, default=75)
    asked.add_argument("--rounds", type=int, default=8)
    wanted = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder) / "postgres")
        try:
            session.migrate(server.owner_url)
            databases = Databases(server.owner_url, server.app_url, session.connect(server.app_url, "hub_intake"),
                                  session.connect(server.app_url, "hub_release"))  # fmt: skip
            world = build(databases, Path(folder), lambda: NOW)
            filled(world, server.owner_url, wanted.partnerships, wanted.events)
            found = measure(world, wanted.rounds)
            world.redactor.close()
            databases.close()
        finally:
            embedded.stop(Path(folder) / "postgres")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("| page | p50 ms | p95 ms | p95 ms of processor | statements | requests |\n|---|---|---|---|---|---|")
    for p95, p50, worked, statements, route, requests in found:
        print(f"| `{route.removeprefix('GET ')}` | {p50:.0f} | {p95:.0f} | {worked:.0f} | {statements} | {requests} |")
    over = [r for p95, _, _, statements, r, _ in found if p95 > P95_MS or statements > STATEMENTS]
    print(
        f"{len(found)} pages, {len(over)} over p95 {P95_MS:.0f} ms or {STATEMENTS} statements: {', '.join(over) or 'none'}"
    )
    sys.exit(bool(over))


if __name__ == "__main__":
    main()
