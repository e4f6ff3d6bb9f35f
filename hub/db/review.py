"""Words in doubt and decided words, by partnership and agency. The words themselves are sealed; a keyed digest tells them apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hub.db.session import Tx


@dataclass(frozen=True, slots=True)
class Kept:
    """One word as the database holds it."""

    partnership_id: str
    agency_id: str
    word_key: bytes
    rule: str
    score: float
    sealed: bytes
    seen: int
    state: str
    first_seen: datetime
    expires_at: datetime


COLUMNS = "partnership_id, agency_id, word_key, rule, score, sealed, seen, state, first_seen, expires_at"


def add(tx: Tx, rows: Iterable[Kept]) -> None:
    """Add words, or count those that are known; a decided word is not asked again while its decision lasts."""
    for row in rows:
        tx.sql(
            f"insert into review_word ({COLUMNS}) values (:partnership_id, :agency_id, :word_key, :rule, :score,"  # noqa: S608
            " :sealed, :seen, 'waiting', :first_seen, :expires_at)"
            " on conflict (partnership_id, agency_id, word_key) do update set seen = review_word.seen + excluded.seen",
            **{n: getattr(row, n) for n in Kept.__slots__ if n != "state"},
        )


def waiting(tx: Tx, agency: str, now: datetime, limit: int) -> list[Kept]:
    """An agency's words that wait for a decision, most often seen first."""
    return _kept(
        tx, "agency_id = :agency and state = 'waiting' and expires_at > :now order by seen desc, word_key limit :limit",
        agency=agency, now=now, limit=limit,
    )  # fmt: skip


def count_waiting(tx: Tx, agency: str, now: datetime) -> int:
    """How many words of an agency wait."""
    return int(
        tx.sql(
            "select count(*) from review_word where agency_id = :agency and state = 'waiting' and expires_at > :now",
            agency=agency,
            now=now,
        ).scalar()
    )


def decided(tx: Tx, now: datetime) -> list[Kept]:
    """Decided words of the partnerships in scope whose decision still lasts."""
    return _kept(tx, "state <> 'waiting' and expires_at > :now", now=now)


def latest_decided(tx: Tx, agency: str, now: datetime, limit: int) -> list[Kept]:
    """An agency's decided words, the latest decision first."""
    return _kept(
        tx, "agency_id = :agency and state <> 'waiting' and expires_at > :now order by decided_at desc limit :limit",
        agency=agency, now=now, limit=limit,
    )  # fmt: skip


def decide(
    tx: Tx, partnership: str, agency: str, key: bytes, state: str, person: str, now: datetime, until: datetime
) -> bool:
    """Decide a word, or change the decision. False where there is no such word."""
    changed = tx.sql(
        "update review_word set state = :state, decided_by = cast(:person as uuid), decided_at = :now,"
        " expires_at = :until where partnership_id = :partnership and agency_id = :agency and word_key = :key"
        " and expires_at > :now returning 1",
        partnership=partnership,
        agency=agency,
        key=key,
        state=state,
        person=person,
        now=now,
        until=until,
    )
    return changed.first() is not None


def purge(tx: Tx, now: datetime) -> int:
    """Delete words of the partnerships in scope that have expired; how many."""
    return len(tx.sql("delete from review_word where expires_at <= :now returning 1", now=now).all())


def _kept(tx: Tx, condition: str, **values: object) -> list[Kept]:
    rows = tx.sql(f"select {COLUMNS} from review_word where {condition}", **values)  # noqa: S608
    return [Kept(r.partnership_id, r.agency_id, bytes(r.word_key), r.rule, r.score, bytes(r.sealed), r.seen, r.state,
                 r.first_seen, r.expires_at) for r in rows]  # fmt: skip
