"""People: who they are, the roles they hold, their sessions, and attempts to sign in. Role `hub_release` only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.db.session import Tx

NO_PASSWORD, OUTSIDE = "", "outside"
"""In place of a password's hash: none was set yet; another service vouches for the person, and none ever will be."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person with an account."""

    id: str
    sign_in: str
    name: str
    agency_id: str
    password_hash: str
    disabled_at: datetime | None

    @classmethod
    def from_row(cls, row: Any) -> Person:
        """From a row of the table."""
        return cls(str(row.id), row.sign_in, row.name, row.agency_id, row.password_hash, row.disabled_at)

    @property
    def has_password(self) -> bool:
        """Is there a password to be compared with?"""
        return self.password_hash not in (NO_PASSWORD, OUTSIDE)

    @property
    def is_outside(self) -> bool:
        """Does another service vouch for this person?"""
        return self.password_hash == OUTSIDE


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it stands, with the person whose it is."""

    person: Person
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    has_app: bool
    app_asked: bool
    """Does a partnership in which the person holds a role ask for a second factor?"""


def insert(tx: Tx, person: Person, now: datetime) -> bool:
    """A new person. False when the sign-in name is taken."""
    made = tx.sql(
        "insert into person (id, sign_in, name, agency_id, password_hash, created_at)"
        " values (cast(:id as uuid), :sign_in, :name, :agency, :password_hash, :now)"
        " on conflict (sign_in) do nothing returning id",
        id=person.id,
        sign_in=person.sign_in,
        name=person.name,
        agency=person.agency_id,
        password_hash=person.password_hash,
        now=now,
    )
    return made.first() is not None


def find(tx: Tx, sign_in: str) -> Person | None:
    """The person of a sign-in name (lower case)."""
    row = tx.sql("select * from person where sign_in = :sign_in", sign_in=sign_in).first()
    return Person.from_row(row) if row else None


def by_id(tx: Tx, person: str) -> Person | None:
    """The person of an id."""
    row = tx.sql("select * from person where id = cast(:id as uuid)", id=person).first()
    return Person.from_row(row) if row else None


def set_password(tx: Tx, person: str, password_hash: str) -> None:
    """Replace a person's password hash."""
    tx.sql("update person set password_hash = :hash where id = cast(:id as uuid)", id=person, hash=password_hash)


def set_disabled(tx: Tx, person: str, at: datetime | None) -> None:
    """Close a person's account, or (None) open it again."""
    tx.sql("update person set disabled_at = :at where id = cast(:id as uuid)", id=person, at=at)


def names(tx: Tx, ids: Iterable[str]) -> dict[str, str]:
    """Names of people, by id."""
    rows = tx.sql("select id, name from person where cast(id as text) = any(:ids)", ids=sorted(ids))
    return {str(r.id): r.name for r in rows}


def set_roles(tx: Tx, person: str, roles: Iterable[tuple[str, str]]) -> None:
    """Give a person exactly these (partnership, role) pairs."""
    tx.sql("delete from membership where person_id = cast(:id as uuid)", id=person)
    for partnership, role in sorted(set(roles)):
        tx.sql(
            "insert into membership (person_id, partnership_id, role) values (cast(:id as uuid), :partnership, :role)",
            id=person,
            partnership=partnership,
            role=role,
        )


def roles_of(tx: Tx, person: str) -> frozenset[tuple[str, str]]:
    """The (partnership, role) pairs of a person, as they stand now."""
    rows = tx.sql("select partnership_id, role from membership where person_id = cast(:id as uuid)", id=person)
    return frozenset((r.partnership_id, r.role) for r in rows)


def members(tx: Tx, partnerships: Iterable[str]) -> dict[str, str]:
    """Names of the people with a role in any of these partnerships, by id."""
    rows = tx.sql(
        "select distinct p.id, p.name from person p join membership m on m.person_id = p.id"
        " where m.partnership_id = any(:partnerships)",
        partnerships=sorted(partnerships),
    )
    return {str(r.id): r.name for r in rows}


# sessions -----------------------------------------------------------------------------------------------------------


def start_session(
    tx: Tx, token_sha256: str, person: str, now: datetime, expires_at: datetime, proved_at: datetime | None = None
) -> None:
    """Begin a session, and forget those that have expired. `proved_at`: when another service last saw the person."""
    tx.sql("delete from web_session where expires_at < :now", now=now)
    tx.sql(
        "insert into web_session (token_sha256, person_id, created_at, seen_at, expires_at, proved_at)"
        " values (:token, cast(:person as uuid), :now, :now, :expires_at, :proved_at)",
        proved_at=proved_at,
        token=token_sha256,
        person=person,
        now=now,
        expires_at=expires_at,
    )


def session(tx: Tx, token_sha256: str) -> Session | None:
    """A session by its token's digest, whatever state it is in."""
    row = tx.sql(
        "select p.*, s.created_at as began, s.seen_at, s.expires_at,"
        " exists (select from totp t where t.person_id = p.id and t.confirmed_at is not null) as has_app,"
        " exists (select from membership m join partnership a on a.id = m.partnership_id"
        " where m.person_id = p.id and a.needs_second_factor) as app_asked"
        " from web_session s join person p on p.id = s.person_id where s.token_sha256 = :token",
        token=token_sha256,
    ).first()
    if row is None:
        return None
    return Session(Person.from_row(row), row.began, row.seen_at, row.expires_at, row.has_app, row.app_asked)


def use_proof(tx: Tx, token_sha256: str, since: datetime) -> bool:
    """Use up a session's proof that its owner was seen since a moment; False where there is none."""
    row = tx.sql(
        "update web_session set proved_at = null where token_sha256 = :token and proved_at > :since returning person_id",
        token=token_sha256,
        since=since,
    )
    return row.first() is not None


def sessions_of(tx: Tx, person: str, now: datetime) -> list[tuple[str, datetime, datetime]]:
    """(token's digest, begun, last seen) of a person's sessions that have not expired, newest first."""
    rows = tx.sql(
        "select token_sha256, created_at, seen_at from web_session where person_id = cast(:id as uuid)"
        " and expires_at > :now order by created_at desc",
        id=person,
        now=now,
    )
    return [(r.token_sha256, r.created_at, r.seen_at) for r in rows]


def touch_session(tx: Tx, token_sha256: str, now: datetime) -> None:
    """The session was used just now."""
    tx.sql("update web_session set seen_at = :now where token_sha256 = :token", token=token_sha256, now=now)


def end_session(tx: Tx, token_sha256: str) -> None:
    """Forget a session."""
    tx.sql("delete from web_session where token_sha256 = :token", token=token_sha256)


def end_sessions(tx: Tx, person: str, but: str = "") -> None:
    """Forget every session of a person, but one by its token's digest."""
    tx.sql("delete from web_session where person_id = cast(:id as uuid) and token_sha256 <> :but", id=person, but=but)


# attempts to sign in ------------------------------------------------------------------------------------------------


def lock_subjects(tx: Tx, subjects: Iterable[str]) -> None:
    """Let one attempt at a time count against these subjects, in whatever process it runs."""
    for subject in sorted(subjects):
        tx.sql("select pg_advisory_xact_lock(hashtext('sign-in'), hashtext(:subject))", subject=subject)


def failures(tx: Tx, subject: str, since: datetime) -> int:
    """Failed attempts of a subject since a moment, and since it last succeeded."""
    row = tx.sql(
        "select count(*) as n from sign_in_attempt where subject = :subject and not succeeded and at > greatest(:since,"
        " coalesce((select max(at) from sign_in_attempt where subject = :subject and succeeded), :since))",
        subject=subject,
        since=since,
    )
    return int(row.scalar())


def has_succeeded(tx: Tx, subject: str, since: datetime) -> bool:
    """Has this subject signed in since a moment?"""
    row = tx.sql(
        "select 1 from sign_in_attempt where subject = :subject and succeeded and at > :since limit 1",
        subject=subject,
        since=since,
    )
    return row.first() is not None


def insert_attempt(tx: Tx, subject: str, now: datetime, succeeded: bool = False) -> int:
    """Count an attempt; its id. It counts as failed until it is replaced by a success."""
    row = tx.sql(
        "insert into sign_in_attempt (subject, at, succeeded) values (:subject, :now, :succeeded) returning id",
        subject=subject,
        now=now,
        succeeded=succeeded,
    )
    return int(row.scalar())


def forget_attempts(tx: Tx, ids: Iterable[int]) -> None:
    """Take back attempts that turned out well."""
    tx.sql("delete from sign_in_attempt where id = any(:ids)", ids=list(ids))


def purge_attempts(tx: Tx, failed_before: datetime, succeeded_before: datetime) -> None:
    """Forget attempts that no limit asks about any more."""
    tx.sql(
        "delete from sign_in_attempt where at < :succeeded_before or (not succeeded and at < :failed_before)",
        failed_before=failed_before,
        succeeded_before=succeeded_before,
    )
