"""The duty of section 17A, tracked: per agency and quarter, what is asked, what came, what is due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from hub import access, duty
from hub.db import overview
from hub.db import protocol as protocols
from hub.journey.desk import Desk
from hub.journey.oversee import LIVE, Shown, shown
from protocols.contract import Contract
from protocols.law import PrescribedSet, shipped_law
from protocols.schema import Party, Tier

MOST_QUARTERS = 12


@dataclass(frozen=True, slots=True)
class Kept:
    """One set that is asked of one agency: through which flows it comes, and how each quarter stands, oldest first."""

    partnership: str
    agency: str
    set: PrescribedSet
    flows: tuple[tuple[str, str], ...]
    """(protocol id, dataset) of the flows in force; none: nothing can come."""
    history: tuple[duty.Duty, ...]


def duties(desk: Desk, caller: access.Caller) -> list[Kept]:
    """Duties in the caller's partnerships, from the quarter on in which the partnership's protocol took effect."""
    mine, today = caller.holds("batch.read"), desk.now().date()
    with desk.db.transaction() as tx:
        every = shown(protocols.all_protocols(tx), today, mine)
        named = {f.dataset for s in every for f in s.stored.document.flow if f.prescribed_set}
        batches = overview.whole_batches(tx, [s.stored.standing.reference for s in every],
                                         named | {c.id for c in desk.contracts.values() if c.prescribed_set},
                                         duty.quarters(date.min, today, MOST_QUARTERS)[0].first)  # fmt: skip
    found: list[Kept] = []
    for top in every:
        document = top.stored.document
        if document.protocol.tier is not Tier.PARTNERSHIP or top.standing not in LIVE:
            continue
        own = [s for s in every if s.stored.document.protocol.partnership == document.protocol.partnership]
        since = min(s.stored.document.protocol.effective for s in own if s.stored.document.id == document.id)
        for party in document.party:
            found += _of_party(desk.contracts, own, party, duty.quarters(since, today, MOST_QUARTERS), batches, today)
    return found


def _of_party(
    contracts: Mapping[str, Contract], own: list[Shown], party: Party, quarters: list[duty.Quarter],
    batches: Iterable[overview.WholeBatch], today: date,
) -> list[Kept]:  # fmt: skip
    """The duty lies on relevant authorities only."""
    if not party.relevant_authority:
        return []
    partnership = own[0].stored.document.protocol.partnership
    documents = {s.stored.document.id for s in own}
    found = []
    for asked in duty.asked_of(shipped_law().set, party.agency_type):
        flows = {(s.stored.document.id, f.dataset, s.standing in LIVE) for s in own for f in s.stored.document.flow
                 if f.source == party.agency and f.prescribed_set == asked.paragraph}  # fmt: skip
        datasets = {d for _, d, _ in flows} | {c.id for c in contracts.values()
                                               if c.prescribed_set.split()[-1:] == [asked.paragraph]}  # fmt: skip
        came = [duty.Arrival(b.first, b.last, b.on) for b in batches
                if b.agency == party.agency and b.dataset in datasets and documents & b.protocols]  # fmt: skip
        live = tuple(sorted({(p, d) for p, d, counts in flows if counts}))
        found.append(Kept(partnership, party.agency, asked, live,
                          tuple(duty.judge(asked, q, came, today) for q in quarters)))  # fmt: skip
    return found
