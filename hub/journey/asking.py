"""What does a question ask of a release? Its columns by name, under each agreement that may cover it, before and after
somebody agrees to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hub import protocol
from hub import release as rules
from hub.db import protocol as protocols
from hub.journey.publishing import Publishing
from hub.release import question


@dataclass(frozen=True, slots=True)
class Reading:
    """A question under one agreement: the columns that it names, of those that the agreement releases."""

    agreement: str
    title: str
    columns: tuple[str, ...]
    released: tuple[str, ...]


def readings(hub: Publishing, requests: Iterable[Any]) -> dict[str, list[Reading]]:
    """By request: how it is read under the agreement that it was agreed under, or, while it is open, under each
    agreement in force for its agency. Declined ones are not read."""
    with hub.db.transaction() as tx:
        known = protocols.standings(tx)
    today = hub.now().date()
    ids = sorted({s.document.id for s in known if s.document.access is not None})
    asked = [protocol.check_access(known, agreement, today) for agreement in ids]
    granted = [a for a in asked if isinstance(a, protocol.AccessGranted)]
    return {str(r.id): [_read(hub, r, a) for a in granted if _covers(a, r)] for r in requests}


def _covers(granted: protocol.AccessGranted, request: Any) -> bool:
    if (granted.partnership, granted.access.recipient) != (request.partnership_id, request.agency_id):
        return False
    agreed = granted.agreement.document.id if request.state == "agreed" else None
    return bool(request.state == "open" or request.agreement_id == agreed)


def _read(hub: Publishing, request: Any, granted: protocol.AccessGranted) -> Reading:
    document = granted.agreement.document
    released = rules.released_fields(granted.access, hub.contracts, granted.flows)
    return Reading(document.id, document.protocol.title, question.named(request.question, released), tuple(released))
