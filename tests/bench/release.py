"""A release from pool to files, its first byte and its page, and a trace among many recipients, on one machine.

    python -m tests.bench.release [--rows 1000000] [--recipients 50] [--copies 100000]

Rows are made in the pool by the database itself; everything after is what the hub does: read, coarsen, check, write
every format, certify. Pages and downloads go through the application in this process. Wall clock, so run it alone.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import polars as pl
from fastapi.testclient import TestClient
from rich.console import Console

from hub.adapters import embedded, export
from hub.commands.site import configure_logs
from hub.db import session
from hub.journey import publish, trace
from hub.release import order
from hub.web.pages import warm
from tests.conftest import NOON, Databases
from tests.web.seed import NORTHMOOR, World, build, fill

POOL = """
insert into pool_row (row_id, partnership_id, dataset, agency_id, batch_id, current, event_month, event_day,
  occurred_from, time_precision, ambiguous_hour, easting, northing, grid_reference, geo_method, geo_precision_m,
  geo_confidence, lsoa, ward, district, area_vintage, place_floor, time_floor, fields, content)
select nextval('pool_row_id'), :partnership, 'police-crime/1', 'northmoor-police', cast(:batch as uuid), true,
  date_trunc('month', day)::date, day, day + interval '2 hours', 'minute', false, 400000 + (n * 7919) % 20000,
  400000 + (n * 104729) % 20000, null, 'postcode', 125, 0.9, 'L' || (n * 7919) % 20000 / 200, 'W' || (n * 7919) % 20000 / 1000,
  'E06900001', 'lsoa:2023', 'grid-100m', 'hour',
  jsonb_build_object('offence_group', (array['violence-with-injury','vehicle','shoplifting','drugs'])[1 + (n * n) % 4],
    'weapon_flag', (n % 9 = 0)::text, 'alcohol_flag', (n % 5 = 0)::text), '\\x00'
from (select n, (date '2025-12-01' + (n % 360)::int) as day from generate_series(1::bigint, cast(:rows as bigint)) n) r
"""
TARGETS = {"first byte": 0.3, "page p95": 0.3, "trace": 15.0}


def timed(what: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def release_and_pages(world: World, rows: int) -> dict[str, float]:
    """Build, check and publish a release of many rows; then its first byte and its pages."""
    officer = world.caller("officer")
    found: dict[str, float] = {}
    made: list[object] = []
    found["pool to files, seconds"] = timed(
        lambda: made.append(publish.make_release(world.publishing, officer, "northmoor-analyst-violence"))
    )
    release = str(made[0])
    for checker in ("second", "third"):
        assert publish.act(world.publishing, world.caller(checker), release, "approve")
    counts = publish.open_release(world.publishing, officer, release).release.counts
    found["released rows"], found["unique and right, worst intruder"] = (
        counts["released_rows"], max(f["found"] for f in counts["risk"].values())
    )  # fmt: skip
    browser = TestClient(world.app, cookies={"hub-session": world.token("analyst")})
    pages = ["", "?f.offence_group=drugs", "?map=hexagons", "?map=hot", "?from=2026-03&to=2026-08", "?by=weapon_flag",
             "/places.geojson", "/time.svg"]  # fmt: skip
    warm(world.app)  # as `hub serve` does before it listens
    found["first page after a start, seconds"] = timed(lambda: browser.get(f"/releases/{release}/look"))
    took = [timed(lambda p=p: browser.get(f"/releases/{release}/look{p}")) for p in pages * 4]  # type: ignore[misc]
    found["page p50, seconds"], found["page p95, seconds"] = (
        statistics.median(took),
        sorted(took)[int(len(took) * 0.95)],
    )

    def first_byte() -> None:
        with browser.stream("GET", f"/releases/{release}/files/rows.csv", headers={"Range": "bytes=0-65535"}) as answer:
            next(answer.iter_raw())

    found["first byte, seconds"] = statistics.median(timed(first_byte) for _ in range(5))
    return found


def many_copies(world: World, recipients: int, copies: int) -> dict[str, float]:
    """Give many recipients the same rows, each keyed; leak five rows of one, with and without their numbers."""
    draw = random.Random(8)
    base = pl.DataFrame({
        "occurred": [f"2026-{draw.randrange(1, 13):02}" for _ in range(copies)],
        "place": [f"{draw.randrange(400, 420)}000{draw.randrange(400, 420)}000" for _ in range(copies)],
        "offence_group": [draw.choice(["violence", "vehicle", "shoplifting", "drugs", "theft"]) for _ in range(copies)],
        "weapon_flag": [draw.choice(["true", "false"]) for _ in range(copies)],
    })  # fmt: skip
    numbers = pl.Series(range(copies), dtype=pl.Int64)
    hub, now = world.publishing, world.desk.now()
    theirs = base
    with world.databases.release.transaction([NORTHMOOR]) as tx:
        for n in range(recipients):
            name, release = f"agency-{n}", str(uuid.uuid4())
            tx.sql("insert into agency (id, title, kind) values (:id, :id, 'council')", id=name)
            tx.sql(
                "insert into release (id, partnership_id, agreement_id, agreement_version, recipient, title, state, author,"
                " datasets, counts, created_at, published_at, series) values (cast(:id as uuid), :p, 'x', 1, :who, 'x',"
                " 'published', 'x', '{}', '{}', :now, :now, 's')", id=release, p=NORTHMOOR, who=name, now=now,
            )  # fmt: skip
            frame, ids = order.in_order(base, numbers, order.series_key(hub.root, name, "s"))
            (hub.folder / release).mkdir(parents=True)
            frame.with_columns(ids).write_parquet(hub.folder / release / export.KEPT)
            if n == recipients // 2:
                theirs = frame
    found: dict[str, float] = {}
    for label, leak in (("5 rows with numbers", theirs.sample(5, seed=2)),
                        ("5 neighbouring rows without numbers", theirs.drop("event_id").slice(copies // 3, 5)),
                        ("1 % of rows in order without numbers", theirs.drop("event_id").gather_every(100))):  # fmt: skip
        start = time.perf_counter()
        traced = trace.trace(hub, leak)
        found[f"trace, {label}, seconds"] = time.perf_counter() - start
        found[f"trace, {label}, named rightly"] = float(traced.recipients == (f"agency-{recipients // 2}",))
    return found


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--recipients", type=int, default=50)
    asked.add_argument("--copies", type=int, default=100_000)
    words = asked.parse_args()
    configure_logs()
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder) / "postgres")
        try:
            session.migrate(server.owner_url)
            databases = Databases(server.owner_url, server.app_url, session.connect(server.app_url, "hub_intake"),
                                  session.connect(server.app_url, "hub_release"))  # fmt: skip
            world = fill(build(databases, Path(folder), lambda: NOON))
            with databases.intake.transaction([NORTHMOOR]) as tx:
                tx.sql(POOL, partnership=NORTHMOOR, batch=world.ids["pooled"], rows=words.rows)
            found = release_and_pages(world, words.rows)
            found |= {"peak memory, MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
            found |= many_copies(world, words.recipients, words.copies)
            databases.close()
        finally:
            embedded.stop(Path(folder) / "postgres")
    screen = Console()
    for name, value in found.items():
        screen.print(f"{name:58} {value:>14,.3f}", highlight=False)
    screen.print(f"targets, seconds: {json.dumps(TARGETS)}", highlight=False)


if __name__ == "__main__":
    main()
