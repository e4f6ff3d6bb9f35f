"""Stored pseudonyms: rows of the pool by the epoch of their pseudonyms, and match keys by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hub.db.session import Tx


class Row(NamedTuple):
    """A pooled row's fields as JSON text, and the purpose that its pseudonyms are keyed for."""

    row_id: int
    fields: str
    purpose: str


def lock_rotation(tx: Tx) -> bool:
    """Hold the one lock of pseudonym rotation until this transaction ends. False when another holds it."""
    return bool(tx.sql("select pg_try_advisory_xact_lock(hashtext('rotate-pseudonyms'))").scalar())


def batches_under_way(tx: Tx) -> bool:
    """Is a batch being processed, whose chunks may be keyed in an older epoch?"""
    return bool(tx.sql("select exists (select 1 from batch where state = 'processing')").scalar())


def any_of_epoch(tx: Tx, prefix: str) -> bool:
    """Does a row in scope hold a pseudonym with this prefix?"""
    found = tx.sql("select exists (select 1 from pool_row where fields::text ~ :pattern)", pattern=_pattern(prefix))
    return bool(found.scalar())


def count_of_epoch(tx: Tx, partnership: str, prefix: str) -> int:
    """How many rows of a partnership hold pseudonyms with this prefix."""
    return int(
        tx.sql(
            "select count(*) from pool_row where partnership_id = :partnership and fields::text ~ :pattern",
            partnership=partnership,
            pattern=_pattern(prefix),
        ).scalar()
    )


def rows_of_epoch(tx: Tx, partnership: str, prefix: str, after: int, limit: int) -> list[Row]:
    """Rows of a partnership with pseudonyms of this prefix, by id from `after` on, locked."""
    rows = tx.sql(
        "select p.row_id, p.fields::text as fields, b.purpose from pool_row p join batch b on b.id = p.batch_id"
        " where p.partnership_id = :partnership and p.row_id > :after and p.fields::text ~ :pattern"
        " order by p.row_id limit :limit for update of p",
        partnership=partnership,
        after=after,
        pattern=_pattern(prefix),
        limit=limit,
    )
    return [Row(r.row_id, r.fields, r.purpose) for r in rows]


def replace_fields(tx: Tx, rows: Sequence[tuple[int, str]]) -> None:
    """Write rows' fields anew: (row id, JSON)."""
    tx.sql(
        "update pool_row p set fields = cast(n.fields as jsonb)"
        " from unnest(cast(:ids as bigint[]), cast(:fields as text[])) as n(row_id, fields) where p.row_id = n.row_id",
        ids=[r[0] for r in rows],
        fields=[r[1] for r in rows],
    )


def _pattern(prefix: str) -> str:
    return rf"\m{prefix}[a-z2-7]{{26}}\M"


def match_keys(tx: Tx, partnership: str, size: int = 50_000) -> Iterator[list[tuple[int, str, str, str, str]]]:
    """(row id, agency, dataset, field, text) of match keys (`link.victim`) and pseudonyms in a partnership's current rows."""
    rows = tx.connection.execution_options(yield_per=size).exec_driver_sql(
        "select p.row_id, p.agency_id, p.dataset, k.key, k.value from pool_row p, jsonb_each_text(p.fields) k"
        " where p.partnership_id = %(partnership)s and p.current and k.value is not null and (k.key like 'link.%%' or k.value ~ '^p[0-9]+-[a-z2-7]{26}$') order by p.row_id",
        {"partnership": partnership},
    )
    for part in rows.partitions():
        yield [(r[0], r[1], r[2], r[3], r[4]) for r in part]
