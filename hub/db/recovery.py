"""Codes by which people get back into their accounts, each asked for by one and confirmed by another. Role `hub_release`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.db.session import Tx


@dataclass(frozen=True, slots=True)
class Recovery:
    """A way into an account; `asked_by` is the administrator who invited the person (None: the operator made the code),
    `confirmed_by` the second person's id."""

    id: str
    person: str
    name: str
    asked_at: datetime
    expires_at: datetime
    confirmed_by: str | None
    asked_by: str | None


def _recovery(row: Any) -> Recovery:
    confirmed = str(row.confirmed_by) if row.confirmed_by else None
    asked = str(row.asked_by) if row.asked_by else None
    return Recovery(str(row.id), str(row.person_id), row.name, row.asked_at, row.expires_at, confirmed, asked)


def insert(
    tx: Tx,
    recovery: str,
    person: str,
    code_sha256: str,
    now: datetime,
    expires_at: datetime,
    asked_by: str | None = None,
) -> None:
    """A new code for a person; codes that were made before are void."""
    tx.sql(
        "update account_recovery set used_at = :now where person_id = cast(:person as uuid) and used_at is null",
        person=person,
        now=now,
    )
    tx.sql(
        "insert into account_recovery (id, person_id, code_sha256, asked_at, expires_at, asked_by)"
        " values (cast(:id as uuid), cast(:person as uuid), :code, :now, :expires_at, cast(:asked_by as uuid))",
        asked_by=asked_by,
        id=recovery,
        person=person,
        code=code_sha256,
        now=now,
        expires_at=expires_at,
    )


def unconfirmed(tx: Tx, partnerships: Iterable[str], now: datetime) -> list[Recovery]:
    """What waits for a second person, of the people with a role in any of these partnerships."""
    rows = tx.sql(
        "select r.*, p.name from account_recovery r join person p on p.id = r.person_id where r.used_at is null"
        " and r.confirmed_at is null and r.expires_at > :now and exists (select from membership m"
        " where m.person_id = r.person_id and m.partnership_id = any(:partnerships)) order by r.asked_at",
        now=now,
        partnerships=sorted(partnerships),
    )
    return [_recovery(r) for r in rows]


def confirm(tx: Tx, recovery: str, by: str, now: datetime) -> bool:
    """A second person confirms; False when somebody has already."""
    row = tx.sql(
        "update account_recovery set confirmed_by = cast(:by as uuid), confirmed_at = :now"
        " where id = cast(:id as uuid) and confirmed_at is null and used_at is null returning id",
        id=recovery,
        by=by,
        now=now,
    )
    return row.first() is not None


def find(tx: Tx, person: str, code_sha256: str, now: datetime) -> Recovery | None:
    """An unused, unexpired code of a person, locked until the transaction ends."""
    row = tx.sql(
        "select r.*, p.name from account_recovery r join person p on p.id = r.person_id"
        " where r.person_id = cast(:person as uuid) and r.code_sha256 = :code and r.used_at is null"
        " and r.expires_at > :now for update of r",
        person=person,
        code=code_sha256,
        now=now,
    ).first()
    return _recovery(row) if row else None


def use(tx: Tx, recovery: str, now: datetime) -> None:
    """The code was used."""
    tx.sql("update account_recovery set used_at = :now where id = cast(:id as uuid)", id=recovery, now=now)
