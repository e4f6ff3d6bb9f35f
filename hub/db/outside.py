"""People whom another service vouches for: under which name there, who is invited, which sign-ins were used. `hub_release`."""

from __future__ import annotations

from datetime import datetime

from hub.db.session import Tx


def spend_state(tx: Tx, digest: str, expires_at: datetime, now: datetime) -> bool:
    """Use up a sign-in's state; False where it was used before, in whatever process."""
    tx.sql("delete from spent_state where expires_at < :now", now=now)
    made = tx.sql(
        "insert into spent_state (digest, expires_at) values (:digest, :expires_at)"
        " on conflict (digest) do nothing returning digest",
        digest=digest,
        expires_at=expires_at,
    )
    return made.first() is not None


def person_of(tx: Tx, provider: str, subject: str) -> str | None:
    """The id of the person whom a service calls by this name."""
    row = tx.sql("select person_id from outside_account where provider = :provider and subject = :subject",
                 provider=provider, subject=subject).first()  # fmt: skip
    return str(row.person_id) if row else None


def provider_of(tx: Tx, person: str) -> str:
    """The service that vouches for a person, or is to; "" where none does."""
    row = tx.sql(
        "select provider from outside_account where person_id = cast(:person as uuid)"
        " union all select provider from outside_invitation where person_id = cast(:person as uuid)",
        person=person,
    ).first()
    return row.provider if row else ""


def link(tx: Tx, provider: str, subject: str, person: str, now: datetime) -> bool:
    """This is the person whom the service calls by this name; False where either is taken."""
    made = tx.sql(
        "insert into outside_account (provider, subject, person_id, linked_at)"
        " values (:provider, :subject, cast(:person as uuid), :now) on conflict do nothing returning person_id",
        provider=provider,
        subject=subject,
        person=person,
        now=now,
    )
    return made.first() is not None


def invite(tx: Tx, provider: str, address: str, person: str, expires_at: datetime) -> bool:
    """Whoever the service knows by this address is the person, once; False where the address is invited already."""
    made = tx.sql(
        "insert into outside_invitation (person_id, provider, address, expires_at)"
        " values (cast(:person as uuid), :provider, :address, :expires_at) on conflict do nothing returning person_id",
        provider=provider,
        address=address,
        person=person,
        expires_at=expires_at,
    )
    return made.first() is not None


def is_taken(tx: Tx, provider: str, subject: str, address: str) -> bool:
    """Is an account linked to this name, or invited by this address, already?"""
    row = tx.sql(
        "select 1 from outside_account where provider = :provider and subject = :subject"
        " union all select 1 from outside_invitation where provider = :provider and address = :address",
        provider=provider,
        subject=subject,
        address=address,
    )
    return row.first() is not None


def take_invitation(tx: Tx, provider: str, address: str, now: datetime) -> str | None:
    """Use up the invitation of an address; whose it was, or None where there is none that still counts."""
    row = tx.sql(
        "delete from outside_invitation where provider = :provider and address = :address and expires_at > :now"
        " returning person_id",
        provider=provider,
        address=address,
        now=now,
    ).first()
    return str(row.person_id) if row else None


def forget_expired(tx: Tx, now: datetime) -> None:
    """Forget invitations that nobody took in time: their addresses are free again."""
    tx.sql("delete from outside_invitation where expires_at <= :now", now=now)
