"""Releases that stay personal data: pseudonyms of pooled rows, the salts of series, and who has just proved to be there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from hub.db.session import Tx


@dataclass(frozen=True, slots=True)
class Salt:
    """What the key of a recipient's series is made with, and since when; None once it is shredded."""

    salt: bytes
    made_at: datetime


def pseudonyms(
    tx: Tx, partnership: str, agency: str, dataset: str, fields: Sequence[str], references: Iterable[str]
) -> pl.DataFrame:
    """Stored pseudonyms of the current rows that one flow sent under one of these protocol versions (`id/version@digest`):
    `row_id`, the `purpose` that they are keyed for, and the fields as Utf8 columns (null: none)."""
    taken = "".join(f", p.fields ->> '{f}'" for f in fields)
    rows = tx.sql(
        f"select p.row_id, b.purpose{taken} from pool_row p join batch b on b.id = p.batch_id"  # noqa: S608 (names from contracts only)
        " where p.partnership_id = :partnership and p.current and p.agency_id = :agency and p.dataset = :dataset"
        " and b.protocols && cast(:references as text[])",
        partnership=partnership,
        agency=agency,
        dataset=dataset,
        references=sorted(references),
    )
    schema = {"row_id": pl.Int64, "purpose": pl.Utf8, **dict.fromkeys(fields, pl.Utf8)}
    return pl.DataFrame([tuple(r) for r in rows], schema=schema, orient="row")


# salts of series ----------------------------------------------------------------------------------------------------


def salt(tx: Tx, partnership: str, recipient: str, series: str) -> Salt | None:
    """The living salt of a recipient's series."""
    row = tx.sql(
        "select salt, made_at from series_salt where partnership_id = :partnership and recipient = :recipient"
        " and series = :series and salt is not null",
        partnership=partnership,
        recipient=recipient,
        series=series,
    ).first()
    return Salt(bytes(row.salt), row.made_at) if row else None


def insert_salt(tx: Tx, partnership: str, recipient: str, series: str, made: bytes, now: datetime) -> None:
    """A series' first salt, or the one after a shredded one."""
    tx.sql(
        "insert into series_salt (partnership_id, recipient, series, salt, made_at)"
        " values (:partnership, :recipient, :series, :salt, :now)",
        partnership=partnership,
        recipient=recipient,
        series=series,
        salt=made,
        now=now,
    )


def shred(tx: Tx, partnership: str, recipient: str, series: str, now: datetime) -> bool:
    """Destroy the salt of a series; was there one?"""
    done = tx.sql(
        "update series_salt set salt = null, shredded_at = :now where partnership_id = :partnership"
        " and recipient = :recipient and series = :series and salt is not null returning 1",
        partnership=partnership,
        recipient=recipient,
        series=series,
        now=now,
    )
    return bool(list(done))


def unused(tx: Tx, live: Iterable[str], today: date) -> list[tuple[str, str, str]]:
    """(partnership, recipient, series) of salts in scope of whose series no release is in a live state and its term."""
    rows = tx.sql(
        "select k.partnership_id, k.recipient, k.series from series_salt k where k.salt is not null and not exists"
        " (select from release r where r.tier = 'L1' and r.recipient = k.recipient and r.series = k.series"
        " and r.state = any(:live) and (r.expires is null or r.expires >= :today)) order by k.id",
        live=list(live),
        today=today,
    )
    return [(r.partnership_id, r.recipient, r.series) for r in rows]


# step-up ------------------------------------------------------------------------------------------------------------


def insert_step_up(tx: Tx, session: str, release: str, person: str, now: datetime, expires: datetime) -> None:
    """Remember that a session's owner has proved to be there, for one release. `session`: SHA-256 of its token."""
    tx.sql("delete from step_up where expires_at <= :now", now=now)
    tx.sql(
        "insert into step_up (session_sha256, release_id, person_id, proved_at, expires_at) values"
        " (:session, cast(:release as uuid), cast(:person as uuid), :now, :expires) on conflict (session_sha256, release_id)"
        " do update set person_id = excluded.person_id, proved_at = excluded.proved_at, expires_at = excluded.expires_at",
        session=session,
        release=release,
        person=person,
        now=now,
        expires=expires,
    )


def stepped_up(tx: Tx, session: str, release: str, person: str, now: datetime) -> bool:
    """Has this person, in this session, proved to be there for this release, and is that still fresh?"""
    found = tx.sql(
        "select exists (select from step_up where session_sha256 = :session and release_id = cast(:release as uuid)"
        " and person_id = cast(:person as uuid) and expires_at > :now)",
        session=session,
        release=release,
        person=person,
        now=now,
    )
    return bool(found.scalar())
