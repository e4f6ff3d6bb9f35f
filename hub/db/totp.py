"""Secrets of people's authenticator apps, sealed; and the newest step whose code was used. Role `hub_release` only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.db.session import Tx


@dataclass(frozen=True, slots=True)
class App:
    """A person's app: its sealed secret, when it was begun and confirmed (None: not yet), the newest step used."""

    sealed: bytes
    begun_at: datetime
    confirmed_at: datetime | None
    last_step: int


def find(tx: Tx, person: str) -> App | None:
    """A person's app, confirmed or not."""
    row = tx.sql("select * from totp where person_id = cast(:person as uuid)", person=person).first()
    return App(bytes(row.sealed), row.begun_at, row.confirmed_at, row.last_step) if row else None


def begin(tx: Tx, person: str, sealed: bytes, now: datetime) -> bool:
    """Begin an app, in place of one that was never confirmed; False where one is in use."""
    made = tx.sql(
        "insert into totp (person_id, sealed, begun_at) values (cast(:person as uuid), :sealed, :now)"
        " on conflict (person_id) do update set sealed = excluded.sealed, begun_at = excluded.begun_at"
        " where totp.confirmed_at is null returning person_id",
        person=person,
        sealed=sealed,
        now=now,
    )
    return made.first() is not None


def confirm(tx: Tx, person: str, sealed: bytes, step: int, now: datetime) -> bool:
    """The app of this very secret showed a code: it counts from now on. False where it was begun anew meanwhile."""
    row = tx.sql(
        "update totp set confirmed_at = :now, last_step = :step where person_id = cast(:person as uuid)"
        " and sealed = :sealed and confirmed_at is null returning person_id",
        person=person,
        sealed=sealed,
        step=step,
        now=now,
    )
    return row.first() is not None


def spend(tx: Tx, person: str, step: int) -> bool:
    """Use up a step's code, and every earlier one; False where it was used before, in whatever process."""
    row = tx.sql(
        "update totp set last_step = :step where person_id = cast(:person as uuid) and confirmed_at is not null"
        " and last_step < :step returning person_id",
        person=person,
        step=step,
    )
    return row.first() is not None


def remove(tx: Tx, person: str) -> bool:
    """Forget a person's app; False where there was none."""
    row = tx.sql("delete from totp where person_id = cast(:person as uuid) returning person_id", person=person)
    return row.first() is not None
