"""What the release's steps work with: a database that cannot read identifiable rows, a signer, keys of copies, a folder.

Nothing here or in what builds on it can import the vault or the identifiable tables, and the database role cannot
read them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hub import access, protocol
from hub.adapters.keys import Signer
from hub.db import ledger as ledger_rows
from hub.db import release as releases
from hub.db.session import Database, Tx
from hub.decision import Decision, NotFound
from hub.ledger import Event
from protocols.contract import Contract

HUB = "hub"
"""The author of candidates that the hub builds by itself, and of recalls."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """What releasing works with. `db` acts as hub_release; `folder` holds the files of releases; `root` keys event
    numbers and row order, recipient by recipient."""

    db: Database
    signer: Signer
    contracts: Mapping[str, Contract]
    folder: Path
    now: Callable[[], datetime]
    root: bytes = field(repr=False)
    reference: Path | None = None
    """Where boundaries lie, for maps; None draws none."""
    chunk_bytes: int = 256 * 1024
    """Bytes of a file handed over between two looks at the clock."""


def log(
    tx: Tx,
    hub: Publishing,
    actor: str,
    action: str,
    subject: str,
    decision: Decision,
    granted: protocol.AccessGranted | None = None,
    **detail: Any,
) -> Event:
    """Write a decision into the ledger, in the transaction it is about; the ledger is locked by it. The event."""
    event = Event(
        at=hub.now(),
        actor=actor if actor == HUB else f"person:{actor}",
        action=action,
        subject=subject,
        verdict="allow" if decision else "refuse",
        rule=decision.rule,
        protocols=tuple(granted.references) if granted else (),
        detail=detail,
    )
    ledger_rows.append(tx, event)
    return event


def seen(tx: Tx, caller: access.Caller, release: str, lock: bool = False) -> releases.Release:
    """A release that the caller may know of. Raises the same `NotFound` for another's and for none."""
    try:
        uuid.UUID(release)
    except ValueError:
        raise NotFound("there is no such release") from None
    found = releases.find(tx, release, lock)
    if found is None or found.partnership_id not in caller.holds("release.read"):
        raise NotFound("there is no such release")
    if found.partnership_id not in beyond_analyst(caller) and found.recipient != caller.agency:
        raise NotFound("there is no such release")
    return found


def beyond_analyst(caller: access.Caller) -> frozenset[str]:
    """Partnerships whose every release the caller may see: analysts see their own agency's only."""
    return frozenset(p for p, role in caller.roles if role in access.OFFICERS | {access.CHECKER, access.AUDITOR})
