"""What people's steps of the journey work with: a database that cannot read identifiable rows, contracts, a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher

from hub import access, protocol
from hub.db import ledger as ledger_rows
from hub.db import protocol as protocols
from hub.db.session import Database, Tx
from hub.decision import Decision
from hub.ledger import Event
from protocols.contract import Contract


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk that officers, analysts, auditors and operators come to. `db` acts as hub_release."""

    db: Database
    contracts: Mapping[str, Contract]
    now: Callable[[], datetime]
    session_life: timedelta = timedelta(hours=8)
    idle_life: timedelta = timedelta(minutes=60)
    hasher: PasswordHasher = field(default_factory=PasswordHasher)


def standing(stored: protocols.Stored) -> protocol.Standing:
    """A stored protocol as the decision function takes it."""
    return protocol.Standing(stored.document, stored.state, stored.digest, stored.suspended_agencies)


def standings(tx: Tx) -> list[protocol.Standing]:
    """Every protocol as the decision function takes it."""
    return [standing(s) for s in protocols.all_protocols(tx)]


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
