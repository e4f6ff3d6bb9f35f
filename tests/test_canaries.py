"""Unmistakable people are planted in every structured identifier and in their records' notes; afterwards nothing the
hub keeps in the clear, and nothing it says, holds any of them: pool, release, jobs, ledger, logs, names of files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hub.commands.demo import DemoStage
from hub.db import session
from hub.demo import canaries, show
from hub.demo.borough import make_borough, write_reference
from hub.demo.night import Extract, make_night
from hub.depersonalise.recall import SURNAMES
from tests.running import Running, running

pytestmark = [pytest.mark.slow]
EACH = 12
SEED = 11


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> list[Extract]:
    folder = tmp_path_factory.mktemp("native")
    return make_night(make_borough(SEED), folder, 1200, date(2026, 11, 23), SEED, canaries=EACH)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, extracts: list[Extract]) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("canaries")
    with running(folder) as found:
        stage = DemoStage(found.at)
        stage.load_reference(write_reference(make_borough(SEED), folder / "borough"))
        show.put_in_force(stage, folder, show.DOCUMENTS)
        officers = [stage.add_person(f"officer{n}", "An Officer", "northmoor-council", "liaison-officer", "a long password")
                    for n in (1, 2, 3)]  # fmt: skip
        for agency in sorted({e.agency for e in extracts}):
            found.add_agency(agency)
        found.start("web")
        found.start("worker")
        found.wait_until_up()
        for extract in extracts:
            told = found.send(extract.agency, extract.source, extract.path)
            assert told["native_rows"] == extract.rows == told["held_at_source"] + told["declared"]
        for agreement in show.AGREEMENTS:
            made = stage.make_release(officers[0], "northmoor-council", agreement)
            for checker in officers[1:]:
                stage.approve_release(checker, "northmoor-council", made)
        stage.desk.db.engine.dispose()
        stage.publishing.db.engine.dispose()
        yield found


@pytest.fixture(scope="module")
def planted(extracts: list[Extract]) -> list[str]:
    numbers = sorted({n for e in extracts for n in e.canaries})
    assert len(numbers) >= EACH
    # a street without its house number stays in notes: the analyst needs it, and it is nobody's alone
    streets = {spelt for n in numbers for one in [canaries.canary(n).street.casefold()]
               for spelt in (one, one.replace(" ", ""))}  # fmt: skip
    return sorted({v.casefold() for v in canaries.values(numbers)} - streets)


def found_in(text: str, planted: list[str]) -> list[str]:
    low = text.casefold()
    return [v for v in planted if v in low]


def test_the_canaries_are_in_what_the_agencies_sent(extracts: list[Extract], planted: list[str]) -> None:
    """Else this test could not fail."""
    crime = next(e for e in extracts if e.source == "northmoor-police-crime")
    assert len(found_in(crime.path.read_text(encoding="cp1252"), planted)) > 5 * EACH


def test_every_batch_with_notes_says_how_much_was_found(hub: Running) -> None:
    """Synthetic people in a shadow copy: in each such batch's quality, and nowhere else."""
    batches = [r.quality for r in hub.query("select quality from batch where state = 'pooled'")]
    with_notes = [q for q in batches if q["redacted_notes"]]
    assert len(with_notes) >= 2
    for quality in with_notes:
        assert sum(c["planted"] for c in quality["recall"].values()) >= 20
        assert sum(c["masked"] for c in quality["recall"].values()) > 0
    pooled = " ".join(str(r) for r in hub.query("select fields, note from pool_row", "northmoor-csp")).lower()
    assert not [n for n in SURNAMES if n.lower() in pooled]
    assert hub.query("select count(*) as n from review_word", "northmoor-csp")[0].n > 0


TABLES = ["pool_row", "pool_key", "batch", "row_fault", "ledger_entry", "procrastinate_jobs", "procrastinate_events",
          "snapshot", "release", "staging_row", "chunk_done", "protocol_act", "review_word"]  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_no_table_holds_one_in_the_clear(hub: Running, planted: list[str], table: str) -> None:
    rows = hub.query(f"select cast(t.* as text) as row from {table} t", "northmoor-csp") if table not in (
        "release", "protocol_act") else _as_release(hub, table)  # fmt: skip
    assert rows or table in (
        "staging_row",
        "chunk_done",
        "procrastinate_jobs",
        "procrastinate_events",
        "row_fault",
        "pool_key",
    )
    assert found_in("\n".join(r.row for r in rows), planted) == []


def _as_release(hub: Running, table: str) -> list[Any]:
    with session.opened(hub.at.app_url, "hub_release", ["northmoor-csp"]) as tx:
        return list(tx.sql(f"select cast(t.* as text) as row from {table} t"))


def test_notes_were_kept_and_redacted(hub: Running) -> None:
    notes = hub.query(
        "select note from pool_row where note is not null and note::text like '%[PERSON%'", "northmoor-csp"
    )
    assert len(notes) > 100


def test_no_released_file_and_no_log_holds_one(hub: Running, planted: list[str]) -> None:
    texts = [p for p in hub.at.releases.rglob("*") if p.is_file()]
    logs = [hub.data.parent / "web.log", hub.data.parent / "worker.log", *(hub.data / "postgres").rglob("*.log")]
    assert len(texts) >= 10
    assert len(logs) >= 3
    for path in [*texts, *logs]:
        assert found_in(path.read_bytes().decode("utf-8", "ignore"), planted) == [], path.name


def test_no_file_name_and_nothing_at_rest_holds_one(hub: Running, planted: list[str]) -> None:
    """The vault is searched as bytes: what lies there is encrypted. The database's own files likewise."""
    files = [p for p in hub.data.rglob("*") if p.is_file()]
    assert found_in("\n".join(str(p.relative_to(hub.data)) for p in files), planted) == []
    for path in (hub.data / "vault").rglob("*"):
        if path.is_file():
            assert found_in(path.read_bytes().decode("latin-1"), planted) == []


def test_the_database_s_files_hold_none_either(hub: Running, planted: list[str]) -> None:
    long_ones = [v.encode().decode("latin-1") for v in planted if len(v) >= 8]
    for path in (hub.data / "postgres" / "data").rglob("*"):
        if path.is_file():
            content = pl.Series([path.read_bytes().decode("latin-1")])
            assert not content.str.contains_any(long_ones, ascii_case_insensitive=True).any(), path.name


def test_the_quarantine_is_sealed(hub: Running, planted: list[str]) -> None:
    sealed = hub.query("select sealed from quarantine")
    for row in sealed:
        assert found_in(bytes(row.sealed).decode("latin-1"), planted) == []


def test_what_connectors_print_names_places_not_values(
    hub: Running, extracts: list[Extract], planted: list[str]
) -> None:
    folders: list[Path] = [hub.data.parent / "agencies" / e.agency / "outbox" for e in extracts]
    assert all(f.exists() for f in folders)
    report = hub.query("select line, column_name, rule, reason from row_fault")
    assert found_in(json.dumps([list(r) for r in report]), planted) == []
