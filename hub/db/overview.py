"""What pages list: batches by the protocols they came under. Depersonalised or counts only; role `hub_release`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from hub.db.batch import Batch
from hub.db.session import Tx


def batches_under(
    tx: Tx, references: Iterable[str], limit: int, before: datetime | None = None, states: Iterable[str] = ()
) -> list[Batch]:
    """The newest batches that came under any of these protocols (`id/version@digest`), of these states (none: all)."""
    rows = tx.sql(
        "select * from batch where protocols && cast(:references as text[])"
        " and (cast(:before as timestamptz) is null or created_at < :before)"
        " and (cardinality(cast(:states as text[])) = 0 or state = any(cast(:states as text[])))"
        " order by created_at desc limit :limit",
        references=list(references),
        states=list(states),
        before=before,
        limit=limit,
    )
    return [Batch.from_row(r) for r in rows]
