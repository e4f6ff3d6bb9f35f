"""Who used our data, why, under which clause? Told to the agency whose data it was, by agencies and offices only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import access
from hub.db import clock
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.journey.desk import Desk
from protocols.schema import Document, Flow


@dataclass(frozen=True, slots=True)
class Use:
    """A release with an agency's data that another agency's people used: how often, when last, under which agreement,
    and the flows by which the data had come."""

    number: int
    title: str
    by: str
    action: str
    times: int
    latest: datetime
    agreement: Document
    flows: tuple[Flow, ...]


def uses_of(
    tx: Tx, agencies: Iterable[str], first: datetime, last: datetime
) -> dict[str, list[Use]]:  # fmt: skip
    """Uses in [first, last) of the data of each of these agencies, in the partnerships in scope."""
    wanted = set(agencies)
    found: dict[str, list[Use]] = {a: [] for a in sorted(wanted)}
    rows = clock.uses(tx, first, last)
    known = (
        {(s.document.id, s.document.protocol.version): s.document for s in protocols.all_protocols(tx)} if rows else {}
    )
    for row in rows:
        agreement = known[row.agreement_id, row.agreement_version]
        for agency in wanted & set(agreement.access.contributors if agreement.access else ()):
            flows = _flows(known, agreement, agency, row.datasets)
            if flows:
                found[agency].append(Use(row.number, row.title, row.agency_id, row.action, row.times, row.latest,
                                         agreement, flows))  # fmt: skip
    return found


def _flows(
    known: Mapping[tuple[str, int], Document], agreement: Document, agency: str, datasets: Iterable[str]
) -> tuple[Flow, ...]:
    """The agency's flows of these datasets in the newest version of what the agreement stands under."""
    parents = [d for (name, _), d in sorted(known.items()) if name == agreement.protocol.parent]
    return tuple(f for f in (parents[-1].flow if parents else ()) if f.source == agency and f.dataset in set(datasets))


def uses(desk: Desk, caller: access.Caller, days: int = 91) -> list[Use]:
    """Uses of the data of the caller's agency in the last days, newest first."""
    now = desk.now()
    with desk.db.transaction(caller.holds("ledger.read")) as tx:
        found = uses_of(tx, [caller.agency], now - timedelta(days=days), now + timedelta(seconds=1))
    return sorted(found[caller.agency], key=lambda u: u.latest, reverse=True)
