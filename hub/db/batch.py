"""Batches as both sides may know them: state, receipt, result, counts, and faults by place. Never a row's value."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.db.session import Tx
from protocols.wire import Counts, Manifest, RowFault


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as the database holds it."""

    id: str
    agency_id: str
    manifest_id: str
    manifest_sha256: str
    manifest: Manifest
    dataset: str
    purpose: str
    mode: str
    state: str
    claim: str | None
    overruled_by: str | None
    protocols: tuple[str, ...]
    receipt: str | None
    result: str | None
    rule: str
    reason: str
    counts: Counts | None
    quality: dict[str, Any] | None
    created_at: datetime
    stored_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def from_row(cls, row: Any) -> Batch:
        """From a row of the table."""
        return cls(
            id=str(row.id),
            agency_id=row.agency_id,
            manifest_id=row.manifest_id,
            manifest_sha256=row.manifest_sha256,
            manifest=Manifest.model_validate(row.manifest),
            dataset=row.dataset,
            purpose=row.purpose,
            mode=row.mode,
            state=row.state,
            claim=str(row.claim) if row.claim else None,
            overruled_by=row.overruled_by,
            protocols=tuple(row.protocols),
            receipt=row.receipt,
            result=row.result,
            rule=row.rule,
            reason=row.reason,
            counts=Counts(**row.counts) if row.counts else None,
            quality=row.quality,
            created_at=row.created_at,
            stored_at=row.stored_at,
            finished_at=row.finished_at,
        )


def find(tx: Tx, batch: str, lock: bool = False) -> Batch | None:
    """A batch by id; `lock` holds it until the transaction ends."""
    row = tx.sql(f"select * from batch where id = cast(:id as uuid){' for update' if lock else ''}", id=batch).first()  # noqa: S608
    return Batch.from_row(row) if row else None


def find_by_manifest(tx: Tx, agency: str, manifest_id: str) -> Batch | None:
    """An agency's batch by the id its manifest gave, locked."""
    row = tx.sql(
        "select * from batch where agency_id = :agency and manifest_id = :id for update",
        agency=agency,
        id=manifest_id,
    ).first()
    return Batch.from_row(row) if row else None


def insert(
    tx: Tx, batch: str, manifest: Manifest, jws: str, sha256: str, protocols: Iterable[str], now: datetime
) -> bool:
    """A new batch, receiving. False when the agency already has one of this manifest id."""
    made = tx.sql(
        """
        insert into batch (id, agency_id, manifest_id, manifest_sha256, manifest_jws, manifest, dataset, purpose, mode,
                           made_at, protocols, state, created_at)
        values (:id, :agency, :manifest_id, :sha256, :jws, cast(:manifest as jsonb), :dataset, :purpose, :mode,
                :made_at, :protocols, 'receiving', :now)
        on conflict (agency_id, manifest_id) do nothing returning id
        """,
        id=batch,
        agency=manifest.agency,
        manifest_id=manifest.id,
        sha256=sha256,
        jws=jws,
        manifest=manifest.model_dump_json(),
        dataset=manifest.dataset,
        purpose=manifest.purpose,
        mode=manifest.mode,
        made_at=manifest.made_at,
        protocols=list(protocols),
        now=now,
    )
    return made.first() is not None


def mark_stored(tx: Tx, batch: str, receipt: str, now: datetime) -> None:
    """The hub holds every byte: the receipt may be answered once this transaction has committed."""
    tx.sql(
        "update batch set state = 'stored', receipt = :receipt, stored_at = :now"
        " where id = :id and state = 'receiving'",
        id=batch,
        receipt=receipt,
        now=now,
    )


def claim(tx: Tx, batch: str, token: str) -> Batch | None:
    """Take a stored (or abandoned) batch for processing; every older claim is void from now on."""
    row = tx.sql(
        "update batch set state = 'processing', claim = :token where id = :id and state in ('stored', 'processing')"
        " returning *",
        id=batch,
        token=token,
    ).first()
    return Batch.from_row(row) if row else None


def holds_claim(tx: Tx, batch: str, token: str) -> bool:
    """Is this claim still the batch's? Locks the row, so that a rival's claim waits for this transaction."""
    found = tx.sql("select claim from batch where id = :id and state = 'processing' for update", id=batch).first()
    return found is not None and str(found.claim) == token


def finish(
    tx: Tx,
    batch: str,
    outcome: str,
    result: str,
    counts: Counts,
    quality: dict[str, Any],
    now: datetime,
    rule: str = "",
    reason: str = "",
) -> None:
    """The one flip: the batch is pooled, held or refused, with its signed result."""
    tx.sql(
        """
        update batch set state = :outcome, result = :result, counts = cast(:counts as jsonb), rule = :rule,
               quality = cast(:quality as jsonb), reason = :reason, finished_at = :now, claim = null
        where id = :id
        """,
        id=batch,
        outcome=outcome,
        result=result,
        counts=counts.model_dump_json(),
        quality=json.dumps(quality),
        rule=rule,
        reason=reason,
        now=now,
    )


def refuse(tx: Tx, batch: str, rule: str, reason: str, now: datetime) -> None:
    """The batch never became one: what came was not what was declared."""
    tx.sql(
        "update batch set state = 'refused', rule = :rule, reason = :reason, finished_at = :now"
        " where id = :id and state = 'receiving'",
        id=batch,
        rule=rule,
        reason=reason,
        now=now,
    )


def overrule(tx: Tx, batch: str, actor: str) -> bool:
    """A person confirms a held batch: it may be processed although it shrinks. False when it is not held."""
    row = tx.sql(
        "update batch set state = 'stored', overruled_by = :actor, rule = '', reason = ''"
        " where id = cast(:id as uuid) and state = 'held' returning id",
        id=batch,
        actor=actor,
    )
    return row.first() is not None


def insert_faults(tx: Tx, batch: str, faults: Iterable[RowFault]) -> None:
    """Keep where rows went wrong, by line and column."""
    with (
        tx.driver.cursor() as cursor,
        cursor.copy("copy row_fault (batch_id, line, column_name, rule, reason) from stdin") as copy,
    ):
        for fault in faults:
            copy.write_row((batch, fault.line, fault.column, fault.rule, fault.reason))


def faults_of(tx: Tx, batch: str, after: int, limit: int) -> list[RowFault]:
    """Faults of a batch past a line, whole lines only, in order."""
    rows = tx.sql(
        """
        select line, column_name, rule, reason from row_fault where batch_id = cast(:id as uuid) and line in (
          select distinct line from row_fault where batch_id = cast(:id as uuid) and line > :after
          order by line limit :limit)
        order by line, column_name, rule
        """,
        id=batch,
        after=after,
        limit=limit,
    )
    return [RowFault(line=r.line, column=r.column_name, rule=r.rule, reason=r.reason) for r in rows]


def fault_counts(tx: Tx, batch: str) -> list[tuple[str, str, int]]:
    """(rule, column, rows) of a batch's faults, commonest first."""
    rows = tx.sql(
        "select rule, column_name, count(*) as n from row_fault where batch_id = cast(:id as uuid)"
        " group by 1, 2 order by 3 desc, 1, 2 limit 50",
        id=batch,
    )
    return [(r.rule, r.column_name, r.n) for r in rows]


def clear_faults(tx: Tx, batch: str) -> None:
    """Forget a batch's faults, before it is processed anew."""
    tx.sql("delete from row_fault where batch_id = :id", id=batch)


def latest(tx: Tx, agencies: Iterable[str], limit: int, before: datetime | None = None) -> list[Batch]:
    """The newest batches of these agencies."""
    rows = tx.sql(
        "select * from batch where agency_id = any(:agencies)"
        " and (cast(:before as timestamptz) is null or created_at < :before) order by created_at desc limit :limit",
        agencies=list(agencies),
        before=before,
        limit=limit,
    )
    return [Batch.from_row(r) for r in rows]


def earlier_quality(tx: Tx, agency: str, dataset: str, limit: int) -> list[dict[str, Any]]:
    """Quality figures of an agency's newest pooled batches of a dataset."""
    rows = tx.sql(
        "select quality from batch where agency_id = :agency and dataset = :dataset and state = 'pooled'"
        " and quality is not null order by finished_at desc limit :limit",
        agency=agency,
        dataset=dataset,
        limit=limit,
    )
    return [r.quality for r in rows]


def unfinished(tx: Tx) -> list[str]:
    """Batches stored or processing, oldest first."""
    rows = tx.sql("select id from batch where state in ('stored', 'processing') order by stored_at")
    return [str(r.id) for r in rows]
