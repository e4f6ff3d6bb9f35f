"""What ends really ends: shredded batches cannot be read, rows leave on their day, rotation loses no batch."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hub.adapters import keys
from hub.adapters.erasures import note_erasures
from hub.adapters.vault import KeyEncryptionKeys, KeyFile, Vault, WrappedKey
from hub.db import batch as batches
from hub.db import intake, pool, protocol
from hub.decision import Conflict, NotFound, Tampered, Unavailable
from hub.journey import retire
from hub.journey.retire import Retiring
from protocols.schema import parse_document
from tests.conftest import NOON, ROOT, Databases

SECRET = b"Perpetua Quillfeather, 01632 960123"
POLICE, DATASET, NORTH = "northmoor-police", "police-crime/1", "northmoor-csp"


@pytest.fixture
def hub(databases: Databases, tmp_path: Path, keys_dir: Path) -> Retiring:
    add_protocols(databases, "northmoor-csp", "northmoor-violence")
    return Retiring(databases.intake, Vault(tmp_path / "vault", KeyFile(keys_dir / keys.KEK)), lambda: NOON)


def add_protocols(db: Databases, *names: str, state: str = "in-force", swap: tuple[str, str] = ("", "")) -> None:
    with db.release.transaction() as tx:
        for name in names:
            text = (ROOT / "protocols" / "documents" / f"{name}.toml").read_text(encoding="utf-8").replace(*swap)
            document = parse_document(text)
            protocol.insert(tx, document, text, "test", NOON)
            protocol.set_state(tx, document.id, document.protocol.version, state)


def receive(hub: Retiring, days_ago: int, state: str = "pooled") -> tuple[str, WrappedKey, bytes]:
    """A batch with one piece and one quarantined row, received so many days ago: its id, key and sealed row."""
    batch, at = str(uuid.uuid4()), NOON - timedelta(days=days_ago)
    key = hub.vault.new_key(batch)
    hub.vault.put_piece(batch, 0, key, SECRET)
    sealed = hub.vault.seal_row(batch, 2, key, SECRET)
    with hub.db.transaction() as tx:
        tx.sql(
            "insert into batch (id, agency_id, manifest_id, manifest_sha256, manifest_jws, manifest, dataset, purpose,"
            " mode, made_at, protocols, state, created_at, stored_at) values (cast(:id as uuid), :agency, :id, '', '',"
            " '{}', :dataset, '', 'delta', :at, '{}', :state, :at, :stored)",
            id=batch, agency=POLICE, dataset=DATASET, at=at, state=state,
            stored=None if state == "receiving" else at,
        )  # fmt: skip
        intake.insert_key(tx, batch, key.kek_id, key.wrapped)
        intake.insert_piece(tx, batch, 0, len(SECRET), "")
        intake.insert_quarantine(tx, batch, [(2, sealed)], at + timedelta(days=3650))
    return batch, key, sealed


def put_row(
    hub: Retiring, batch: str, name: str, day: date | None, current: bool = True, partnership: str = NORTH
) -> bytes:
    """A pooled row of a batch and its key; the key."""
    reference = name.encode()
    with hub.db.transaction([partnership]) as tx:
        row = tx.sql(
            "insert into pool_row (row_id, partnership_id, dataset, agency_id, batch_id, current, event_month, event_day,"
            " time_precision, ambiguous_hour, easting, northing, geo_method, geo_confidence, place_floor, time_floor,"
            " fields, source_key, content) values (nextval('pool_row_id'), :partnership, :dataset, :agency,"
            " cast(:batch as uuid), :current, null, :day, 'date', false, 1, 2, 't', 1, 'lsoa', 'date',"
            " jsonb_build_object('v', cast(:name as text)), :key, 'c') returning row_id",
            partnership=partnership, dataset=DATASET, agency=POLICE, batch=batch, current=current, day=day, name=name,
            key=reference,
        ).scalar()  # fmt: skip
        tx.sql(
            "insert into pool_key (agency_id, dataset, source_key, made_at, content, row_id, partnership_id, batch_id)"
            " values (:agency, :dataset, :key, :at, 'c', :row, :partnership, cast(:batch as uuid))"
            " on conflict (agency_id, dataset, source_key) do update set row_id = excluded.row_id",
            agency=POLICE, dataset=DATASET, key=reference, at=NOON - timedelta(days=1), row=row,
            partnership=partnership, batch=batch,
        )  # fmt: skip
    return reference


def names_left(hub: Retiring) -> list[str]:
    with hub.db.transaction([NORTH, "southmoor-csp"]) as tx:
        return [r.v for r in tx.sql("select fields ->> 'v' as v from pool_row where fields <> '{}' order by 1")]


def events(hub: Retiring) -> list[dict[str, object]]:
    with hub.db.transaction() as tx:
        return [json.loads(r.leaf) for r in tx.sql("select leaf from ledger_entry order by sequence")]


# retention ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "term", "expected"),
    [
        (datetime(2026, 3, 31, 4, tzinfo=UTC), "P30D", datetime(2026, 3, 1, 4, tzinfo=UTC)),
        (datetime(2026, 3, 31, 4, tzinfo=UTC), "P1M", datetime(2026, 2, 28, 4, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), "P12M", datetime(2025, 1, 15, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), "P1M", datetime(2025, 12, 15, tzinfo=UTC)),
        (datetime(2024, 2, 29, tzinfo=UTC), "P3Y", datetime(2021, 2, 28, tzinfo=UTC)),
        (datetime(2025, 3, 29, tzinfo=UTC), "P13M", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_terms_go_by_the_calendar(now: datetime, term: str, expected: datetime) -> None:
    assert retire.before(now, term) == expected


@pytest.mark.parametrize("term", ["", "P3", "3Y", "P1W", "P-1D", "P1Y6M"])
def test_a_term_that_is_none_is_refused(term: str) -> None:
    with pytest.raises(ValueError, match="no retention term"):
        retire.before(NOON, term)


def test_a_batch_past_its_term_cannot_be_read_by_anyone(hub: Retiring) -> None:
    old, key, sealed = receive(hub, days_ago=31)
    young, young_key, _ = receive(hub, days_ago=29)
    objects = (hub.vault.folder / old / "000000").read_bytes()
    assert retire.purge(hub) == retire.Purged(quarantined=0, batches=1, pool_rows=0)
    with hub.db.transaction() as tx:
        assert intake.key_of(tx, old) is None
        assert intake.quarantined(tx, old) == []
        assert len(intake.quarantined(tx, young)) == 1
        kept = intake.key_of(tx, young)
        left = tx.sql("select count(*) from batch_key where wrapped = :w", w=key.wrapped).scalar()
    assert left == 0
    assert kept is not None
    assert hub.vault.read(young, 1, WrappedKey(*kept)) == SECRET
    with pytest.raises(NotFound):
        hub.vault.read(old, 1, key)
    # whoever kept the objects has nothing: no key that still exists opens them
    (hub.vault.folder / old).mkdir()
    (hub.vault.folder / old / "000000").write_bytes(objects)
    for guess in (WrappedKey(*kept), young_key, hub.vault.new_key(old)):
        with pytest.raises(Tampered):
            hub.vault.read(old, 1, guess)
        with pytest.raises(Tampered):
            hub.vault.open_row(old, 2, guess, sealed)


@pytest.mark.parametrize(
    ("state", "goes"),
    [
        ("pooled", True),
        ("held", True),
        ("refused", True),
        ("receiving", True),
        ("stored", False),
        ("processing", False),
    ],
)
def test_only_batches_under_way_outlive_their_term(hub: Retiring, state: str, goes: bool) -> None:
    batch, _, _ = receive(hub, days_ago=400, state=state)
    assert retire.purge(hub).batches == goes
    assert (hub.vault.folder / batch).exists() is not goes


def test_an_extract_that_never_arrived_whole_ends_refused(hub: Retiring) -> None:
    batch, _, _ = receive(hub, days_ago=400, state="receiving")
    retire.purge(hub)
    with hub.db.transaction() as tx:
        row = tx.sql("select state, rule from batch where id = cast(:id as uuid)", id=batch).one()
    assert (row.state, row.rule) == ("refused", "retention.raw")


def test_objects_that_a_killed_purge_left_are_removed_by_the_next(hub: Retiring) -> None:
    batch, _, _ = receive(hub, days_ago=1)
    other, _, _ = receive(hub, days_ago=1)
    with hub.db.transaction() as tx:
        intake.destroy_key(tx, batch, NOON)
    retire.purge(hub)
    assert [p.name for p in hub.vault.folder.iterdir()] == [other]


def test_expired_quarantine_goes_and_the_rest_stays(hub: Retiring) -> None:
    batch, key, sealed = receive(hub, days_ago=1)
    with hub.db.transaction() as tx:
        intake.insert_quarantine(tx, batch, [(9, sealed)], NOON - timedelta(seconds=1))
    assert retire.purge(hub).quarantined == 1
    with hub.db.transaction() as tx:
        assert [line for line, _ in intake.quarantined(tx, batch)] == [2]
    assert hub.vault.open_row(batch, 2, key, sealed) == SECRET


def test_rows_leave_on_their_day_with_their_older_versions(hub: Retiring) -> None:
    batch, _, _ = receive(hub, days_ago=1)
    ancient, _, _ = receive(hub, days_ago=4 * 366)
    put_row(hub, batch, "kept", date(2023, 11, 23))
    put_row(hub, batch, "gone", date(2023, 11, 22))
    put_row(hub, batch, "old-version", date(2023, 11, 1), current=False)
    put_row(hub, batch, "undated", None)
    put_row(hub, ancient, "undated-and-old", None)
    assert retire.purge(hub).pool_rows == 3
    assert names_left(hub) == ["kept", "undated"]
    with hub.db.transaction() as tx:
        known = {bytes(r.source_key) for r in tx.sql("select source_key from pool_key")}
    assert known == {b"kept", b"undated"}


def test_another_partnerships_shorter_term_takes_only_its_own_rows(hub: Retiring, databases: Databases) -> None:
    text = (ROOT / "protocols" / "documents" / "northmoor-violence.toml").read_text(encoding="utf-8")
    shorter = text.replace('"northmoor-violence"', '"southmoor-violence"').replace(
        'partnership = "northmoor-csp"', 'partnership = "southmoor-csp"').replace('pool = "P3Y"', 'pool = "P30D"')  # fmt: skip
    with databases.release.transaction() as tx:
        protocol.insert(tx, parse_document(shorter), shorter, "test", NOON)
        protocol.set_state(tx, "southmoor-violence", 1, "in-force")
    batch, _, _ = receive(hub, days_ago=1)
    put_row(hub, batch, "north", date(2026, 9, 1))
    put_row(hub, batch, "south", date(2026, 9, 1), partnership="southmoor-csp")
    assert retire.purge(hub).pool_rows == 1
    assert names_left(hub) == ["north"]


@pytest.mark.parametrize(("state", "left"), [("draft", ["row"]), ("in-force", []), ("revoked", [])])
def test_a_draft_destroys_nothing(hub: Retiring, databases: Databases, state: str, left: list[str]) -> None:
    text = (ROOT / "protocols" / "documents" / "northmoor-violence.toml").read_text(encoding="utf-8")
    shorter = text.replace("version = 1", "version = 2", 1).replace('pool = "P3Y"', 'pool = "P1D"')
    with databases.release.transaction() as tx:
        protocol.insert(tx, parse_document(shorter), shorter, "test", NOON)
        protocol.set_state(tx, "northmoor-violence", 2, state)
    batch, _, _ = receive(hub, days_ago=1)
    put_row(hub, batch, "row", date(2026, 11, 1))
    retire.purge(hub)
    assert names_left(hub) == left


def test_every_deletion_leaves_one_event_with_counts_only(hub: Retiring) -> None:
    batch, _, sealed = receive(hub, days_ago=31)
    with hub.db.transaction() as tx:
        intake.insert_quarantine(tx, batch, [(9, sealed)], NOON - timedelta(seconds=1))
    put_row(hub, batch, "gone", date(2020, 1, 1))
    retire.purge(hub)
    told = [(e["action"], e["detail"]) for e in events(hub)]
    assert told == [("erase.quarantine", {"rows": 1}), ("erase.batches", {"batches": 1}), ("erase.pool", {"rows": 1})]
    retire.purge(hub)
    assert len(events(hub)) == 3


# rotation -----------------------------------------------------------------------------------------------------------


def held_key(hub: Retiring, batch: str) -> WrappedKey:
    with hub.db.transaction() as tx:
        found = intake.key_of(tx, batch)
    assert found is not None
    return WrappedKey(*found)


def test_rotation_keeps_every_batch_readable_and_drops_the_old_key(hub: Retiring, keys_dir: Path) -> None:
    read = [receive(hub, days_ago=1)[0] for _ in range(3)]
    shredded, _, _ = receive(hub, days_ago=40)
    retire.purge(hub)
    first = KeyEncryptionKeys.read(keys_dir / keys.KEK)
    old = held_key(hub, read[0])
    rotated, count = retire.rotate_keys(hub, keys_dir / keys.KEK)
    assert count == 3
    assert KeyEncryptionKeys.read(keys_dir / keys.KEK) == rotated
    assert set(rotated.keys) == {rotated.current} != set(first.keys)
    assert [hub.vault.read(batch, 1, held_key(hub, batch)) for batch in read] == [SECRET] * 3
    with pytest.raises(Unavailable):  # what an old backup holds wrapped is shredded with the old key
        hub.vault.read(read[0], 1, old)
    with hub.db.transaction() as tx:
        assert intake.key_of(tx, shredded) is None
    assert [e["detail"] for e in events(hub) if e["action"] == "keys.rotated"] == [{"batches": 3, "lost": 0}]


def test_a_rotation_killed_after_its_new_key_was_written_is_finished_by_the_next(hub: Retiring, keys_dir: Path) -> None:
    batch, _, _ = receive(hub, days_ago=1)
    half_done, _, _ = receive(hub, days_ago=1)
    path = keys_dir / keys.KEK
    grown = KeyEncryptionKeys.read(path).with_new()
    grown.write(path)
    with hub.db.transaction() as tx:
        found = held_key(hub, half_done)
        fresh = grown.wrap(half_done, grown.unwrap(half_done, found))
        intake.rewrap_key(tx, half_done, fresh.kek_id, fresh.wrapped)
    rotated, count = retire.rotate_keys(hub, path)
    assert (count, set(rotated.keys)) == (2, {rotated.current})
    assert [hub.vault.read(b, 1, held_key(hub, b)) for b in (batch, half_done)] == [SECRET] * 2


def test_a_batch_declared_while_keys_rotate_is_not_lost(hub: Retiring, databases: Databases, keys_dir: Path) -> None:
    batch = str(uuid.uuid4())
    wrapped, go_on = threading.Event(), threading.Event()

    def declare() -> None:
        with databases.intake.transaction() as tx:
            tx.sql("select pg_current_xact_id()")  # a transaction that has begun to write
            key = hub.vault.new_key(batch)
            hub.vault.put_piece(batch, 0, key, SECRET)
            wrapped.set()
            assert go_on.wait(30)
            tx.sql(
                "insert into batch (id, agency_id, manifest_id, manifest_sha256, manifest_jws, manifest, dataset,"
                " purpose, mode, made_at, protocols, state, created_at) values (cast(:id as uuid), :agency, :id, '',"
                " '', '{}', :dataset, '', 'delta', :at, '{}', 'receiving', :at)",
                id=batch, agency=POLICE, dataset=DATASET, at=NOON,
            )  # fmt: skip
            intake.insert_key(tx, batch, key.kek_id, key.wrapped)

    declaring = threading.Thread(target=declare)
    declaring.start()
    assert wrapped.wait(30)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        go_on.set()
        declaring.join(30)

    retire.rotate_keys(hub, keys_dir / keys.KEK, sleep=sleep)
    assert waits
    assert hub.vault.read(batch, 1, held_key(hub, batch)) == SECRET


def test_rotation_gives_up_with_the_old_key_kept_when_a_writer_does_not_end(hub: Retiring, keys_dir: Path) -> None:
    batch, _, _ = receive(hub, days_ago=1)
    with hub.db.transaction() as tx:
        intake.clear_batch(tx, str(uuid.uuid4()), ["quarantine"])
        tx.sql("select pg_current_xact_id()")
        with pytest.raises(Conflict, match="under way"):
            retire.rotate_keys(hub, keys_dir / keys.KEK, patience=0.2, sleep=lambda _: None)
    assert hub.vault.read(batch, 1, held_key(hub, batch)) == SECRET
    assert len(KeyEncryptionKeys.read(keys_dir / keys.KEK).keys) == 2


def test_two_rotations_do_not_cross(hub: Retiring, keys_dir: Path) -> None:
    with hub.db.transaction() as tx:
        assert intake.lock_rotation(tx)
        with pytest.raises(Conflict, match="another rotation"):
            retire.rotate_keys(hub, keys_dir / keys.KEK)


def test_a_data_key_whose_old_key_is_lost_does_not_stop_the_others(hub: Retiring, keys_dir: Path) -> None:
    batch, _, _ = receive(hub, days_ago=1)
    lost, _, _ = receive(hub, days_ago=1)
    with hub.db.transaction() as tx:
        intake.rewrap_key(tx, lost, "kek-of-another-day", b"x" * 60)
    _, count = retire.rotate_keys(hub, keys_dir / keys.KEK)
    assert count == 1
    assert hub.vault.read(batch, 1, held_key(hub, batch)) == SECRET


def test_a_running_vault_follows_its_key_file(hub: Retiring, tmp_path: Path, keys_dir: Path) -> None:
    running = Vault(tmp_path / "vault", KeyFile(keys_dir / keys.KEK))
    before = running.new_key("b1").kek_id
    rotated, _ = retire.rotate_keys(hub, keys_dir / keys.KEK)
    assert running.new_key("b1").kek_id == rotated.current != before
    (keys_dir / keys.KEK).unlink()
    with pytest.raises(Unavailable, match="HUB_KEYS_DIR"):
        running.new_key("b1")


# erasures -----------------------------------------------------------------------------------------------------------


def journal(folder: Path, *names: str, at: datetime = NOON) -> Path:
    path = folder / "erasures.jsonl"
    note_erasures(path, POLICE, DATASET, [n.encode() for n in names], at, at)
    return path


def test_erased_records_are_erased_again_in_every_version(hub: Retiring, tmp_path: Path) -> None:
    batch, _, _ = receive(hub, days_ago=1)
    put_row(hub, batch, "a", date(2026, 10, 1), current=False)
    put_row(hub, batch, "a", date(2026, 10, 2))
    put_row(hub, batch, "b", date(2026, 10, 1))
    path = journal(tmp_path, "a")
    assert retire.reapply_erasures(hub, path) == 2
    assert names_left(hub) == ["b"]
    assert retire.reapply_erasures(hub, path) == 0  # and again changes nothing
    with hub.db.transaction([NORTH]) as tx:
        left = tx.sql(
            "select count(easting) as placed, count(note) as notes from pool_row where source_key = 'a'"
        ).one()
    assert (left.placed, left.notes) == (0, 0)


def test_a_record_sent_again_after_its_withdrawal_stays(hub: Retiring, tmp_path: Path) -> None:
    batch, _, _ = receive(hub, days_ago=1)
    put_row(hub, batch, "a", date(2026, 10, 1))
    assert retire.reapply_erasures(hub, journal(tmp_path, "a", at=NOON - timedelta(days=2))) == 0
    assert names_left(hub) == ["a"]


def test_a_record_that_the_backup_holds_only_unprocessed_does_not_come_back(hub: Retiring, tmp_path: Path) -> None:
    retire.reapply_erasures(hub, journal(tmp_path, "late"))
    batch, _, _ = receive(hub, days_ago=1, state="processing")
    earlier = pool.Arrival(batch, POLICE, DATASET, NOON - timedelta(hours=1), keyed=True)
    with hub.db.transaction([NORTH]) as tx:
        tx.sql(
            "insert into staging_row (batch_id, chunk, line, standing, partnership_id, dataset, agency_id, event_day,"
            " time_precision, ambiguous_hour, geo_method, geo_confidence, place_floor, time_floor, fields, source_key,"
            " content) values (cast(:batch as uuid), 0, 2, 'row', :north, :dataset, :agency, '2026-11-01', 'date',"
            " false, 't', 1, 'lsoa', 'date', '{\"v\": \"late\"}', 'late', 'c')",
            batch=batch, north=NORTH, dataset=DATASET, agency=POLICE,
        )  # fmt: skip
        settled = pool.settle(tx, earlier, complete=True)
    assert settled.superseded == 1
    assert names_left(hub) == []


def test_many_erasures_in_any_number_of_turns(hub: Retiring, tmp_path: Path) -> None:
    batch, _, _ = receive(hub, days_ago=1)
    for number in range(3):
        put_row(hub, batch, f"r{number}", date(2026, 10, 1))
    path = journal(tmp_path, *(f"r{n}" for n in range(2)), *(f"unknown{n}" for n in range(retire.ERASURES_AT_ONCE)))
    assert retire.reapply_erasures(hub, path) == 2
    assert names_left(hub) == ["r2"]
    assert events(hub)[-1]["detail"] == {"records": retire.ERASURES_AT_ONCE + 2, "rows": 2}


def test_no_journal_is_nothing_to_do(hub: Retiring, tmp_path: Path) -> None:
    assert retire.reapply_erasures(hub, tmp_path / "none.jsonl") == 0
    assert events(hub) == []


def test_a_purge_works_with_a_clock_of_its_own(hub: Retiring) -> None:
    batch, _, _ = receive(hub, days_ago=1)
    later: Callable[[], datetime] = lambda: NOON + timedelta(days=60)  # noqa: E731
    assert retire.purge(replace(hub, now=later)).batches == 1
    with hub.db.transaction() as tx:
        assert batches.unfinished(tx) == []
        assert intake.key_of(tx, batch) is None
