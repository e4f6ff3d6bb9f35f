"""What pages list: batches by the protocols they came under. Depersonalised or counts only; role `hub_release`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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


def held_and_latest(tx: Tx, references: Iterable[str], limit: int) -> list[Batch]:
    """Of the batches under any of these protocols the newest ones, and those (up to fifty) that are held, newest first."""
    rows = tx.sql(
        "select * from batch where id in ("
        "(select id from batch where protocols && cast(:references as text[]) order by created_at desc limit :limit)"
        " union all (select id from batch where protocols && cast(:references as text[]) and state = 'held'"
        " order by created_at desc limit 50)) order by created_at desc",
        references=list(references),
        limit=limit,
    )
    return [Batch.from_row(r) for r in rows]


def came_under(tx: Tx, references: Iterable[str]) -> list[Any]:
    """Rows (agency_id, dataset, batches, pooled, not_pooled, first, last): what came under any of these, counted."""
    return list(
        tx.sql(
            "select agency_id, dataset, count(*) as batches,"
            " coalesce(sum((counts->>'pooled')::bigint) filter (where state = 'pooled'), 0)::bigint as pooled,"
            " count(*) filter (where state in ('held', 'refused')) as not_pooled,"
            " min(created_at) as first, max(created_at) as last"
            " from batch where protocols && cast(:references as text[]) group by agency_id, dataset order by 1, 2",
            references=list(references),
        )
    )


def left_under(tx: Tx, agreements: Iterable[str]) -> list[Any]:
    """Rows (agreement_id, recipient, state, releases, last): what was released under these access agreements, counted."""
    return list(
        tx.sql(
            "select agreement_id, recipient, state, count(*) as releases, max(published_at) as last from release"
            " where agreement_id = any(cast(:agreements as text[])) group by agreement_id, recipient, state order by 1, 2, 3",
            agreements=list(agreements),
        )
    )


@dataclass(frozen=True, slots=True)
class WholeBatch:
    """A pooled batch that is the whole of a stretch of days, the day on which it was stored, and its protocols' ids."""

    agency: str
    dataset: str
    first: date
    last: date
    on: date
    protocols: frozenset[str]


def whole_batches(tx: Tx, references: Iterable[str], datasets: Iterable[str], since: date) -> list[WholeBatch]:
    """Pooled batches of these datasets, under any of these protocols, that name the stretch of time that they are the
    whole of, if it reaches to `since` or beyond."""
    rows = tx.sql(
        "select agency_id, dataset, cast(manifest -> 'window' ->> 'first' as date) as first,"
        " cast(manifest -> 'window' ->> 'last' as date) as last, cast(stored_at as date) as stored, protocols from batch"
        " where state = 'pooled' and dataset = any(cast(:datasets as text[])) and protocols && cast(:references as text[])"
        " and cast(manifest -> 'window' ->> 'last' as date) >= :since",
        references=list(references),
        datasets=sorted(datasets),
        since=since,
    )
    return [WholeBatch(r.agency_id, r.dataset, r.first, r.last, r.stored, frozenset(p.partition("/")[0] for p in r.protocols))
            for r in rows]  # fmt: skip


def pooled_now(tx: Tx) -> dict[tuple[str, str, str], int]:
    """Current rows in the pool of the partnerships in scope, by (partnership, agency, dataset)."""
    rows = tx.sql(
        "select partnership_id, agency_id, dataset, count(*) as rows from pool_row where current"
        " group by partnership_id, agency_id, dataset"
    )
    return {(r.partnership_id, r.agency_id, r.dataset): r.rows for r in rows}
