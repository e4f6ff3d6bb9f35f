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
    series: str = ""
    supersedes: str | None = None
    expires: date | None = None
    checkers: int = 2
    tier: str = "L2"
    """`L1` where it stays personal data."""

    @classmethod
    def from_row(cls, row: Any) -> Release:
        """From a row of the table."""
        values = {name: getattr(row, name) for name in cls.__slots__}
        values |= {"supersedes": str(row.supersedes) if row.supersedes else None}
        values |= {"id": str(row.id), "districts": tuple(row.districts), "datasets": tuple(row.datasets)}
        return cls(**values)


def insert(tx: Tx, release: Release) -> int:
    """A new release; its number."""
    row = tx.sql(
        """
        insert into release (id, partnership_id, agreement_id, agreement_version, recipient, title, state, author,
          first_day, last_day, districts, datasets, counts, files, statement, hold_rule, hold_reason, created_at,
          series, supersedes, expires, checkers, tier)
        values (cast(:id as uuid), :partnership_id, :agreement_id, :agreement_version, :recipient, :title, :state,
          :author, :first_day, :last_day, :districts, :datasets, cast(:counts as jsonb), cast(:files as jsonb),
          :statement, :hold_rule, :hold_reason, :created_at, :series, cast(:supersedes as uuid), :expires, :checkers, :tier)
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


def last_made(tx: Tx) -> dict[str, datetime]:
    """By agreement, of the partnerships in scope, when its newest release was made."""
    rows = tx.sql("select agreement_id, max(created_at) as at from release group by agreement_id")
    return {r.agreement_id: r.at for r in rows}


def newest_of(tx: Tx, recipient: str, series: str, states: Iterable[str]) -> Release | None:
    """The newest release of a recipient's series in one of these states."""
    row = tx.sql(
        "select * from release where recipient = :recipient and series = :series and state = any(:states)"
        " order by number desc limit 1",
        recipient=recipient,
        series=series,
        states=list(states),
    ).first()
    return Release.from_row(row) if row else None


def live(tx: Tx, states: Iterable[str]) -> list[Release]:
    """Releases in these states, of the partnerships in scope."""
    return [
        Release.from_row(r) for r in tx.sql("select * from release where state = any(:states)", states=list(states))
    ]


def open_to(tx: Tx, person: str) -> list[tuple[Release, bool]]:
    """Candidates, held and published releases of the partnerships in scope, and whether this person has reviewed each."""
    rows = tx.sql(
        "select r.*, exists (select from release_review v where v.release_id = r.id and v.checker = :person) as reviewed"
        " from release r where state in ('candidate', 'held', 'published') order by number desc",
        person=person,
    )
    return [(Release.from_row(r), r.reviewed) for r in rows]


def to_purge(tx: Tx, states: Iterable[str], today: date) -> list[Release]:
    """Releases in these states or past their term whose files no act says are destroyed, locked."""
    rows = tx.sql(
        "select * from release r where (state = any(:states) or expires < :today) and not exists"
        " (select from release_act a where a.release_id = r.id and a.act = 'purge') order by number for update",
        states=list(states),
        today=today,
    )
    return [Release.from_row(r) for r in rows]


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


# reviews ------------------------------------------------------------------------------------------------------------


def insert_review(tx: Tx, release: Release, checker: str, verdict: str, note: str, now: datetime) -> None:
    """Keep one checker's review. Others see it when all are in."""
    tx.sql(
        "insert into release_review (release_id, partnership_id, checker, verdict, note, at)"
        " values (cast(:release as uuid), :partnership, :checker, :verdict, :note, :now)",
        release=release.id,
        partnership=release.partnership_id,
        checker=checker,
        verdict=verdict,
        note=note,
        now=now,
    )


def reviews_of(tx: Tx, release: str) -> list[Any]:
    """Rows (checker, verdict, note, at), in the order they came in."""
    return list(
        tx.sql(
            "select checker, verdict, note, at from release_review where release_id = cast(:id as uuid) order by at",
            id=release,
        )
    )


# recall and notices -------------------------------------------------------------------------------------------------


def erased(tx: Tx, partnership: str) -> list[int]:
    """Numbers of the pool's rows that their sources erased since the last sweep."""
    rows = tx.sql(
        "select row_id from erased_row where partnership_id = :p and swept_at is null order by id", p=partnership
    )
    return [r.row_id for r in rows]


def mark_swept(tx: Tx, partnership: str, rows: Iterable[int], now: datetime) -> None:
    """Remember that releases were looked through for these rows."""
    tx.sql(
        "update erased_row set swept_at = :now where partnership_id = :p and swept_at is null and row_id = any(:rows)",
        p=partnership,
        rows=list(rows),
        now=now,
    )


def insert_notice(tx: Tx, release: Release, what: str, now: datetime) -> None:
    """Tell the recipient that a release it may hold was recalled or withdrawn."""
    tx.sql(
        "insert into release_notice (release_id, partnership_id, recipient, what, at)"
        " values (cast(:id as uuid), :partnership, :recipient, :what, :now)",
        id=release.id,
        partnership=release.partnership_id,
        recipient=release.recipient,
        what=what,
        now=now,
    )


def notices(tx: Tx, release: str | None = None) -> list[Any]:
    """Notices of one release, or all that nobody has acknowledged, oldest first: rows (id, release_id, number, title,
    partnership_id, recipient, what, at, chased_at, acknowledged_by, acknowledged_at)."""
    return list(
        tx.sql(
            "select n.*, r.number, r.title from release_notice n join release r on r.id = n.release_id"
            " where case when cast(:id as uuid) is null then n.acknowledged_at is null"
            " else n.release_id = cast(:id as uuid) end order by n.id",
            id=release,
        )
    )


def acknowledge(tx: Tx, release: str, recipient: str, person: str, now: datetime) -> int:
    """The recipient's person says that the copies are destroyed or replaced; how many notices that answers."""
    done = tx.sql(
        "update release_notice set acknowledged_by = :person, acknowledged_at = :now"
        " where release_id = cast(:id as uuid) and recipient = :recipient and acknowledged_at is null returning id",
        id=release,
        recipient=recipient,
        person=person,
        now=now,
    )
    return len(list(done))


def chase(tx: Tx, before: datetime, now: datetime) -> list[Any]:
    """Notices unanswered since `before` and not chased since: marked as chased now; rows (release_id, recipient)."""
    return list(
        tx.sql(
            "update release_notice set chased_at = :now where acknowledged_at is null"
            " and coalesce(chased_at, at) < :before returning release_id, recipient",
            before=before,
            now=now,
        )
    )


# requests -----------------------------------------------------------------------------------------------------------


def insert_request(
    tx: Tx, request: str, partnership: str, agency: str, person: str, purpose: str, question: str, now: datetime
) -> None:
    """Somebody asks for data: for which purpose, to answer which question."""
    tx.sql(
        "insert into release_request (id, partnership_id, agency_id, person_id, purpose, question, state, created_at)"
        " values (cast(:id as uuid), :partnership, :agency, cast(:person as uuid), :purpose, :question, 'open', :now)",
        id=request,
        partnership=partnership,
        agency=agency,
        person=person,
        purpose=purpose,
        question=question,
        now=now,
    )


def requests(tx: Tx, request: str | None = None, state: str = "") -> list[Any]:
    """Requests of the partnerships in scope, newest first, of one state where it is named; or the one of this id."""
    return list(
        tx.sql(
            "select id, partnership_id, agency_id, person_id, purpose, question, agreement_id, state, answer,"
            " decided_by, created_at, decided_at from release_request"
            " where (cast(:id as uuid) is null or id = cast(:id as uuid)) and :state in ('', state)"
            " order by created_at desc limit 200",
            id=request,
            state=state,
        )
    )


def decide_request(tx: Tx, request: str, state: str, agreement: str, answer: str, person: str, now: datetime) -> None:
    """Answer a request: agreed, under an access agreement, or declined, with a reason."""
    tx.sql(
        "update release_request set state = :state, agreement_id = :agreement, answer = :answer, decided_by = :person,"
        " decided_at = :now where id = cast(:id as uuid)",
        id=request,
        state=state,
        agreement=agreement,
        answer=answer,
        person=person,
        now=now,
    )


# tokens of the interface, and packs -------------------------------------------------------------------------------


def insert_token(tx: Tx, digest: str, release: Release, person: str, now: datetime, expires: datetime) -> None:
    """A token by which a person's programs read one release."""
    tx.sql(
        "insert into release_token (token_sha256, person_id, partnership_id, release_id, created_at, expires_at)"
        " values (:digest, cast(:person as uuid), :partnership, cast(:release as uuid), :now, :expires)",
        digest=digest,
        person=person,
        partnership=release.partnership_id,
        release=release.id,
        now=now,
        expires=expires,
    )


def token(tx: Tx, digest: str) -> Any:
    """(person_id, agency_id, partnership_id, release_id, expires_at, revoked_at, disabled_at) of a token, or None."""
    return tx.sql(
        "select t.person_id, p.agency_id, t.partnership_id, t.release_id, t.expires_at, t.revoked_at, p.disabled_at"
        " from release_token t join person p on p.id = t.person_id where t.token_sha256 = :digest",
        digest=digest,
    ).first()


def revoke_tokens(tx: Tx, release: str, person: str, now: datetime) -> int:
    """Make a person's tokens of a release worth nothing; how many were."""
    done = tx.sql(
        "update release_token set revoked_at = :now where release_id = cast(:release as uuid)"
        " and person_id = cast(:person as uuid) and revoked_at is null returning 1",
        release=release,
        person=person,
        now=now,
    )
    return len(list(done))


def next_copy(tx: Tx, release: str) -> int:
    """The number of a release's next offline copy. The caller holds the release's row."""
    found = tx.sql(
        "select coalesce(max(copy), 0) + 1 from release_pack where release_id = cast(:id as uuid)", id=release
    )
    return int(found.scalar())


def insert_pack(
    tx: Tx, pack: str, release: Release, person: str, copy: int, sha256: str, now: datetime, expires: date
) -> None:
    """Count one more offline copy of a release."""
    tx.sql(
        "insert into release_pack (id, release_id, partnership_id, copy, person, sha256, at, expires)"
        " values (cast(:id as uuid), cast(:release as uuid), :partnership, :copy, :person, :sha256, :now, :expires)",
        id=pack,
        release=release.id,
        partnership=release.partnership_id,
        copy=copy,
        person=person,
        sha256=sha256,
        now=now,
        expires=expires,
    )
