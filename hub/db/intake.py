"""Identifiable things in the database: keys to batches, pieces, chunks under way, quarantine, staging.

Only receive, process and retire may import this module, and only the role `hub_intake` may read these tables.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from hub.db.session import Tx
from protocols.wire import Counts

STAGED = (
    "batch_id", "chunk", "line", "standing", "partnership_id", "dataset", "agency_id", "event_month", "event_day",
    "occurred_from", "occurred_to", "occurred_utc", "time_precision", "ambiguous_hour", "easting", "northing",
    "grid_reference", "geo_method", "geo_precision_m", "geo_confidence", "lsoa", "ward", "district", "area_vintage",
    "edge_distance_m", "place_floor", "time_floor", "fields", "note", "source_key", "content",
)  # fmt: skip


def spend_token(tx: Tx, agency: str, jti: str, expires_at: datetime, now: datetime) -> bool:
    """Mark a token as used. False when it had been used before."""
    tx.sql("delete from spent_token where expires_at < :now", now=now)
    spent = tx.sql(
        "insert into spent_token (agency_id, jti, expires_at) values (:agency, :jti, :expires_at)"
        " on conflict do nothing returning jti",
        agency=agency,
        jti=jti,
        expires_at=expires_at,
    )
    return spent.first() is not None


def insert_key(tx: Tx, batch: str, kek_id: str, wrapped: bytes) -> None:
    """Keep a batch's wrapped data key."""
    tx.sql(
        "insert into batch_key (batch_id, kek_id, wrapped) values (:batch, :kek_id, :wrapped)",
        batch=batch,
        kek_id=kek_id,
        wrapped=wrapped,
    )


def key_of(tx: Tx, batch: str) -> tuple[str, bytes] | None:
    """(kek id, wrapped key) of a batch, or None once it was destroyed."""
    row = tx.sql("select kek_id, wrapped from batch_key where batch_id = cast(:batch as uuid)", batch=batch).first()
    return None if row is None or row.wrapped is None else (row.kek_id, bytes(row.wrapped))


def all_keys(tx: Tx) -> list[tuple[str, str, bytes]]:
    """(batch, kek id, wrapped key) of every batch whose key still exists, locked for rotation."""
    rows = tx.sql("select batch_id, kek_id, wrapped from batch_key where wrapped is not null for update")
    return [(str(r.batch_id), r.kek_id, bytes(r.wrapped)) for r in rows]


def rewrap_key(tx: Tx, batch: str, kek_id: str, wrapped: bytes) -> None:
    """Replace a batch's wrapped key after rotation."""
    tx.sql(
        "update batch_key set kek_id = :kek_id, wrapped = :wrapped where batch_id = :batch",
        batch=batch,
        kek_id=kek_id,
        wrapped=wrapped,
    )


def destroy_key(tx: Tx, batch: str, now: datetime) -> None:
    """Forget a batch's data key: its bytes and its quarantine can never be read again."""
    tx.sql("update batch_key set wrapped = null, destroyed_at = :now where batch_id = :batch", batch=batch, now=now)


def insert_piece(tx: Tx, batch: str, number: int, size: int, sha256: str) -> None:
    """Remember a piece that lies durably in the vault; the same piece again changes nothing."""
    tx.sql(
        "insert into piece (batch_id, number, bytes, sha256) values (:batch, :number, :size, :sha256)"
        " on conflict (batch_id, number) do update set bytes = excluded.bytes, sha256 = excluded.sha256",
        batch=batch,
        number=number,
        size=size,
        sha256=sha256,
    )


def pieces_of(tx: Tx, batch: str) -> list[tuple[int, int, str]]:
    """(number, bytes, sha256) of the pieces held, in order."""
    rows = tx.sql("select number, bytes, sha256 from piece where batch_id = :batch order by number", batch=batch)
    return [(r.number, r.bytes, r.sha256) for r in rows]


def chunks_done(tx: Tx, batch: str) -> dict[int, tuple[Counts, dict[str, Any]]]:
    """Counts and quality figures of the chunks already staged, by number."""
    rows = tx.sql("select number, counts, quality from chunk_done where batch_id = :batch", batch=batch)
    return {r.number: (Counts(**r.counts), r.quality) for r in rows}


def insert_chunk_done(tx: Tx, batch: str, number: int, counts: Counts, quality: dict[str, Any]) -> None:
    """Mark a chunk as staged, in the transaction that staged it."""
    tx.sql(
        "insert into chunk_done (batch_id, number, counts, quality)"
        " values (:batch, :number, cast(:counts as jsonb), cast(:quality as jsonb))",
        batch=batch,
        number=number,
        counts=counts.model_dump_json(),
        quality=json.dumps(quality),
    )


def insert_quarantine(tx: Tx, batch: str, rows: Iterable[tuple[int, bytes]], expires_at: datetime) -> None:
    """Keep sealed rows, (line, ciphertext), until they expire."""
    with (
        tx.driver.cursor() as cursor,
        cursor.copy("copy quarantine (batch_id, line, sealed, expires_at) from stdin (format binary)") as copy,
    ):
        copy.set_types(["uuid", "int8", "bytea", "timestamptz"])
        for line, sealed in rows:
            copy.write_row((uuid.UUID(batch), line, sealed, expires_at))


def quarantined(tx: Tx, batch: str, after: int = -1, limit: int | None = None) -> list[tuple[int, bytes]]:
    """(line, ciphertext) of a batch's quarantined rows past a line."""
    rows = tx.sql(
        "select line, sealed from quarantine where batch_id = cast(:batch as uuid) and line > :after order by line limit :limit",
        batch=batch,
        after=after,
        limit=limit,
    )
    return [(r.line, bytes(r.sealed)) for r in rows]


def quarantine_expires(tx: Tx, batch: str) -> datetime | None:
    """When the first of a batch's quarantined rows is destroyed; None where it has none."""
    found: datetime | None = tx.sql(
        "select min(expires_at) from quarantine where batch_id = cast(:batch as uuid)", batch=batch
    ).scalar()
    return found


def copy_staging(tx: Tx, frame: pl.DataFrame) -> None:
    """COPY a frame with the columns of `STAGED` (bytes as hex text, JSON as text) into staging."""
    stamped = frame.with_columns(pl.col("occurred_utc").dt.strftime("%Y-%m-%d %H:%M:%S%.6f+00"))
    text = stamped.select(STAGED).write_csv(include_header=False, null_value="", quote_style="non_numeric")
    with (
        tx.driver.cursor() as cursor,
        cursor.copy(f"copy staging_row ({', '.join(STAGED)}) from stdin (format csv)") as copy,
    ):
        copy.write(text)


def clear_batch(tx: Tx, batch: str, tables: Sequence[str] = ("staging_row", "chunk_done")) -> None:
    """Forget what a batch had staged."""
    for table in tables:
        tx.sql(f"delete from {table} where batch_id = :batch", batch=batch)  # noqa: S608 (our own table names)


def purge_quarantine(tx: Tx, now: datetime) -> int:
    """Delete expired quarantined rows; how many."""
    return int(tx.sql("delete from quarantine where expires_at < :now", now=now).rowcount)


def staged_months(tx: Tx, batch: str) -> list[date]:
    """The event months of a batch's staged rows."""
    rows = tx.sql(
        "select distinct event_month as m from staging_row where batch_id = :batch and event_month is not null",
        batch=batch,
    )
    return [r.m for r in rows]


def staged_keys(tx: Tx, batch: str) -> list[bytes]:
    """The keyed references of a batch's staged rows."""
    rows = tx.sql("select distinct source_key from staging_row where batch_id = :batch and source_key is not null",
                  batch=batch)  # fmt: skip
    return [bytes(r.source_key) for r in rows]


def keys_before(tx: Tx, agency: str, dataset: str, before: datetime) -> list[str]:
    """Batches of a dataset received before a moment whose key still exists, but not those under way; locked.

    A batch that never came to its end counts from the moment it was declared.
    """
    rows = tx.sql(
        "select b.id from batch b join batch_key k on k.batch_id = b.id and k.wrapped is not null"
        " where b.agency_id = :agency and b.dataset = :dataset and coalesce(b.stored_at, b.created_at) < :before"
        " and b.state in ('receiving', 'pooled', 'held', 'refused') order by b.id for update of b",
        agency=agency,
        dataset=dataset,
        before=before,
    )
    return [str(r.id) for r in rows]


def destroyed_keys(tx: Tx) -> list[str]:
    """Batches whose key was destroyed."""
    return [str(r.batch_id) for r in tx.sql("select batch_id from batch_key where wrapped is null")]


def key_users(tx: Tx) -> dict[str, int]:
    """How many data keys each key-encryption key wraps."""
    rows = tx.sql("select kek_id, count(*) as n from batch_key where wrapped is not null group by kek_id")
    return {r.kek_id: r.n for r in rows}


def begun_before(tx: Tx) -> int:
    """A mark for now: `all_ended` tells when every writing transaction under way at this moment has ended."""
    # a number of our own is above every one given so far; a snapshot's xmax is only above every one that has ended
    return int(tx.sql("select pg_current_xact_id()::text::bigint").scalar())


def all_ended(tx: Tx, mark: int) -> bool:
    """Has every transaction that was writing at the mark ended?"""
    found = tx.sql("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= :mark", mark=mark)
    return bool(found.scalar())


def lock_rotation(tx: Tx) -> bool:
    """One rotation at a time; False when another is under way. Held until the transaction ends."""
    return bool(tx.sql("select pg_try_advisory_xact_lock(hashtext('keys.rotate'))").scalar())
