"""What the release's steps work with: a database that cannot read identifiable rows, a signer, keys of copies, a folder.

Nothing here or in what builds on it can import the vault or the identifiable tables, and the database role cannot
read them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hub import access, protocol
from hub.adapters.keys import Signer
from hub.db import ledger as ledger_rows
from hub.db import proof, together
from hub.db import release as releases
from hub.db.session import Database, Tx
from hub.decision import Decision, NotFound, Refuse
from hub.depersonalise.pseudonym import Keyring
from hub.ledger import Event
from protocols.contract import Contract

Row = TypeVar("Row", bound=Any)
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
    keyring: Callable[[str, str, int], Keyring] | None = field(default=None, repr=False)
    """The pseudonym keys of a partnership, purpose and epoch, for releases that follow people; None makes none."""
    stamped_within: timedelta | None = None
    """How old the log's last time stamp may be for anything to leave; None where no time-stamp service is set."""
    chunk_bytes: int = 256 * 1024
    """Bytes of a file handed over between two looks at the clock."""


def paused(hub: Publishing, tx: Tx) -> Refuse | None:
    """Why nothing leaves just now: a time-stamp service is set, and the log has had no stamp of it for too long."""
    if hub.stamped_within is None:
        return None
    latest = proof.latest_stamp(tx)
    if latest is not None and hub.now() - latest.at <= hub.stamped_within:
        return None
    since = f"since {latest.at:%d %B %Y at %H:%M} UTC" if latest else "yet"
    return Refuse("ledger.unstamped", f"the log has had no time stamp {since}: nothing leaves until it has one")


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
    event = _event(hub, actor, action, subject, decision, granted, detail)
    ledger_rows.append(tx, event)
    return event


def jot(
    hub: Publishing,
    actor: str,
    action: str,
    subject: str,
    decision: Decision,
    granted: protocol.AccessGranted | None = None,
) -> None:
    """Write a decision that changes nothing into the ledger, together with whatever others write just now. It is durable
    when this returns: call it after the transaction in which it was decided, before anything is handed over."""
    together.append(hub.db, _event(hub, actor, action, subject, decision, granted, {}))


def _event(
    hub: Publishing,
    actor: str,
    action: str,
    subject: str,
    decision: Decision,
    granted: protocol.AccessGranted | None,
    detail: Mapping[str, Any],
) -> Event:
    return Event(
        at=hub.now(),
        actor=actor if actor == HUB else f"person:{actor}",
        action=action,
        subject=subject,
        verdict="allow" if decision else "refuse",
        rule=decision.rule,
        protocols=tuple(granted.references) if granted else (),
        detail=detail,
    )


def visible(caller: access.Caller, found: Iterable[Row]) -> list[Row]:
    """Of releases, or what is told of them: those that the caller may see. Analysts see what is for their own agency."""
    mine, whole = caller.holds("release.read"), beyond_analyst(caller)
    return [
        r for r in found if r.partnership_id in whole or (r.partnership_id in mine and r.recipient == caller.agency)
    ]


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
