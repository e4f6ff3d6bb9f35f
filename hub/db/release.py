"""Releases, who did what to them, and downloads. All under row-level security by partnership."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hub.db.session import Tx


@dataclass(frozen=True, slots=True)
class Release:
    """One release as the database holds it. `counts`: read, released, suppressed, classes, smallest, k."""

    id: str
    number: int
    partnership_id: str
    agreement_id: str
    agreement_version: int
    recipient: str
    title: str
    state: str
    author: str
    first_day: date | None
    last_day: date | None
    districts: tuple[str, ...]
    datasets: tuple[str, ...]
    counts: dict[str, Any]
    files: list[dict[str, Any]]
    statement: str | None
    hold_rule: str
    hold_reason: str
    created_at: datetime
    published_at: datetime | None

    @classmethod
    def from_row(cls, row: Any) -> Release:
        """From a row of the table."""
        values = {name: getattr(row, name) for name in cls.__slots__}
        values |= {"id": str(row.id), "districts": tuple(row.districts), "datasets": tuple(row.datasets)}
        return cls(**values)


def insert(tx: Tx, release: Release) -> int:
    """A new release; its number."""
    row = tx.sql(
        """
        insert into release (id, partnership_id, agreement_id, agreement_version, recipient, title, state, author,
          first_day, last_day, districts, datasets, counts, files, statement, hold_rule, hold_reason, created_at)
        values (cast(:id as uuid), :partnership_id, :agreement_id, :agreement_version, :recipient, :title, :state,
          :author, :first_day, :last_day, :districts, :datasets, cast(:counts as jsonb), cast(:files as jsonb),
          :statement, :hold_rule, :hold_reason, :created_at)
        returning number
        """,
        **{n: getattr(release, n) for n in Release.__slots__ if n not in ("number", "published_at")}
        | {
            "districts": list(release.districts),
            "datasets": list(release.datasets),
            "counts": json.dumps(release.counts),
            "files": json.dumps(release.files),
        },
    )
    return int(row.scalar())


def find(tx: Tx, release: str, lock: bool = False) -> Release | None:
    """A release by id, of the partnerships in scope."""
    row = tx.sql(
        f"select * from release where id = cast(:id as uuid){' for update' if lock else ''}",  # noqa: S608
        id=release,
    ).first()
    return Release.from_row(row) if row else None


def latest(tx: Tx, limit: int = 200) -> list[Release]:
    """The newest releases of the partnerships in scope."""
    return [Release.from_row(r) for r in tx.sql("select * from release order by number desc limit :limit", limit=limit)]


def live(tx: Tx, states: Iterable[str]) -> list[Release]:
    """Releases in these states, of the partnerships in scope."""
    return [
        Release.from_row(r) for r in tx.sql("select * from release where state = any(:states)", states=list(states))
    ]


def set_state(tx: Tx, release: str, state: str, published_at: datetime | None = None) -> None:
    """Move a release to another state."""
    tx.sql(
        "update release set state = :state, published_at = coalesce(:published_at, published_at)"
        " where id = cast(:id as uuid)",
        id=release,
        state=state,
        published_at=published_at,
    )


def set_statement(tx: Tx, release: str, files: list[dict[str, Any]], statement: str) -> None:
    """Keep the files' digests and the signed statement of a release."""
    tx.sql(
        "update release set files = cast(:files as jsonb), statement = :statement where id = cast(:id as uuid)",
        id=release,
        files=json.dumps(files),
        statement=statement,
    )


def insert_act(tx: Tx, release: str, act: str, actor: str, now: datetime, note: str = "") -> None:
    """Remember who did what to a release."""
    tx.sql(
        "insert into release_act (release_id, act, actor, at, note)"
        " values (cast(:id as uuid), :act, :actor, :now, :note)",
        id=release,
        act=act,
        actor=actor,
        now=now,
        note=note,
    )


def acts_of(tx: Tx, release: str) -> list[Any]:
    """Rows (act, actor, at, note), oldest first."""
    return list(
        tx.sql(
            "select act, actor, at, note from release_act where release_id = cast(:id as uuid) order by id", id=release
        )
    )


def start_download(
    tx: Tx, download: str, release: str, partnership: str, person: str, file: str, now: datetime
) -> None:
    """Log a download as it begins."""
    tx.sql(
        "insert into download (id, release_id, partnership_id, person_id, file, started_at)"
        " values (cast(:id as uuid), cast(:release as uuid), :partnership, cast(:person as uuid), :file, :now)",
        id=download,
        release=release,
        partnership=partnership,
        person=person,
        file=file,
        now=now,
    )


def end_download(tx: Tx, download: str, size: int, outcome: str, now: datetime) -> None:
    """Log how a download ended: complete, cut (with the rule) or broken off."""
    tx.sql(
        "update download set ended_at = :now, bytes = :size, outcome = :outcome where id = cast(:id as uuid)",
        id=download,
        size=size,
        outcome=outcome,
        now=now,
    )


def downloads_of(tx: Tx, release: str) -> list[Any]:
    """Rows (person_id, file, started_at, ended_at, bytes, outcome), newest first."""
    return list(
        tx.sql(
            "select person_id, file, started_at, ended_at, bytes, outcome from download"
            " where release_id = cast(:id as uuid) order by started_at desc limit 500",
            id=release,
        )
    )
