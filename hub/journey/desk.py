"""What people's steps of the journey work with: a database that cannot read identifiable rows, contracts, a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher

from hub import access
from hub.adapters.lockbox import LockBox
from hub.adapters.oidc import Provider
from hub.db import ledger as ledger_rows
from hub.db.session import Database, Tx
from hub.decision import Decision
from hub.ledger import Event
from protocols.assertion import RelyingParty
from protocols.contract import Contract

LOCAL = RelyingParty("localhost", ("http://localhost",))


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk that officers, analysts, auditors and operators come to. `db` acts as hub_release."""

    db: Database
    contracts: Mapping[str, Contract]
    now: Callable[[], datetime]
    session_life: timedelta = timedelta(hours=8)
    idle_life: timedelta = timedelta(minutes=60)
    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    party: RelyingParty = LOCAL
    """For whom passkeys are made: the site's domain and its pages' origins."""
    box: LockBox | None = None
    """What seals people's secrets."""
    providers: Mapping[str, Provider] = field(default_factory=dict)
    """Other services through which people may sign in, by id."""


def note(
    tx: Tx,
    desk: Desk,
    actor: str,
    action: str,
    subject: str,
    decision: Decision,
    references: Iterable[str] = (),
    **detail: Any,
) -> None:
    """Write a decision into the ledger, in the transaction it is about. Call it last: the ledger is locked by it."""
    ledger_rows.append(
        tx,
        Event(
            at=desk.now(),
            actor=actor,
            action=action,
            subject=subject,
            verdict="allow" if decision else "refuse",
            rule=decision.rule,
            protocols=tuple(references),
            detail=detail,
        ),
    )


def person(caller: access.Caller) -> str:
    """A signed-in person as the ledger names them: by id, never by name."""
    return f"person:{caller.person}"
