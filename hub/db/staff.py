"""The people of partnerships as their administrators see them, and what partnerships set for themselves. `hub_release`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.db.people import NO_PASSWORD
from hub.db.session import Tx


@dataclass(frozen=True, slots=True)
class Member:
    """A person: `roles` are all of theirs, wherever held; `provider` vouches for them ("" where none does); `invited`:
    they have never had a way in yet; `seen_at`: last seen in a session that still stands."""

    id: str
    sign_in: str
    name: str
    agency: str
    roles: frozenset[tuple[str, str]]
    closed_at: datetime | None
    invited: bool
    provider: str
    has_app: bool
    passkeys: int
    seen_at: datetime | None


_MEMBERS = """
select p.*, o.provider as linked, i.provider as awaited,
  exists (select from totp t where t.person_id = p.id and t.confirmed_at is not null) as has_app,
  (select count(*) from passkey k where k.person_id = p.id and k.revoked_at is null) as passkeys,
  (select max(s.seen_at) from web_session s where s.person_id = p.id) as seen_at,
  (select array_agg(array[m.partnership_id, m.role]) from membership m where m.person_id = p.id) as roles
from person p left join outside_account o on o.person_id = p.id left join outside_invitation i on i.person_id = p.id
"""


def _member(row: Any) -> Member:
    roles = frozenset((partnership, role) for partnership, role in row.roles or ())
    invited = row.password_hash == NO_PASSWORD or (row.awaited is not None and row.linked is None)
    return Member(str(row.id), row.sign_in, row.name, row.agency_id, roles, row.disabled_at, invited,
                  row.linked or row.awaited or "", row.has_app, row.passkeys, row.seen_at)  # fmt: skip


def members(tx: Tx, partnerships: Iterable[str]) -> list[Member]:
    """The people with a role in any of these partnerships, by name."""
    rows = tx.sql(
        _MEMBERS + " where exists (select from membership m where m.person_id = p.id and m.partnership_id = any(:mine))"
        " order by p.name, p.sign_in",
        mine=sorted(partnerships),
    )
    return [_member(r) for r in rows]


def member(tx: Tx, person: str) -> Member | None:
    """One person, locked until the transaction ends."""
    row = tx.sql(f"{_MEMBERS} where cast(p.id as text) = :id for update of p", id=person).first()
    return _member(row) if row else None


def second_factors(tx: Tx) -> dict[str, bool]:
    """Which partnerships ask their people for a second factor."""
    return {r.id: r.needs_second_factor for r in tx.sql("select id, needs_second_factor from partnership order by id")}


def set_second_factor(tx: Tx, partnership: str, needed: bool) -> None:
    """Ask a partnership's people for a second factor, or no longer."""
    tx.sql("update partnership set needs_second_factor = :needed where id = :id", id=partnership, needed=needed)


def without_factor(tx: Tx) -> dict[str, int]:
    """How many people of each partnership have a password and no app; partnerships without any are left out."""
    rows = tx.sql(
        "select m.partnership_id, count(distinct p.id) as n from person p join membership m on m.person_id = p.id"
        " where p.disabled_at is null and p.password_hash <> 'outside' and not exists (select from totp t"
        " where t.person_id = p.id and t.confirmed_at is not null) group by m.partnership_id"
    )
    return {r.partnership_id: r.n for r in rows}
