"""What waits for whom: everything that a person's home page offers, by role, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hub import access, lifecycle
from hub.db import batch as batch_rows
from hub.db import overview, proof, recovery, staff
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.db import request as request_rows
from hub.journey.desk import Desk
from hub.journey.oversee import Shown, in_order, shown
from hub.journey.publishing import visible
from protocols.schema import Tier

LATEST = 5


@dataclass(frozen=True, slots=True)
class Tasks:
    """What waits for the caller: protocols with the act that each needs next, batches that are held, releases to check,
    to mend and to fetch, requests to answer, recalls to acknowledge, people to let in; whom an administrator invited and
    still awaits; and the latest batches."""

    protocols: list[tuple[Shown, str]]
    held: list[batch_rows.Batch]
    latest: list[batch_rows.Batch]
    check: list[releases.Release]
    held_releases: list[releases.Release]
    fetch: list[releases.Release]
    asked: list[Any]
    recalled: list[Any]
    recoveries: list[recovery.Recovery]
    invited: list[staff.Member]
    alerts: list[Any]
    agencies: dict[str, str] = field(default_factory=dict)
    partnerships: dict[str, str] = field(default_factory=dict)


def tasks(desk: Desk, caller: access.Caller) -> Tasks:
    """What waits for the caller. Titles are the documents' own: one question less to the database."""
    with desk.db.transaction(caller.partnerships) as tx:
        known = protocols.all_protocols(tx)
        mine = caller.holds("batch.read")
        under = [s.standing.reference for s in known if s.document.protocol.partnership in mine]
        batches = overview.held_and_latest(tx, under, LATEST) if mine else []
        out = releases.open_to(tx, caller.person) if caller.holds("release.read") else []
        asked = request_rows.requests(tx, state="open") if caller.holds("release.answer") else []
        told = visible(caller, releases.notices(tx)) if caller.holds("release.acknowledge") else []
        wrong = proof.alerts(tx) if caller.holds("alert.read") else []
        back = (
            recovery.unconfirmed(tx, caller.holds("account.confirm"), desk.now())
            if caller.holds("account.confirm")
            else []
        )
        people = staff.members(tx, caller.holds("person.manage")) if caller.holds("person.manage") else []
    read = visible(caller, [r for r, _ in out])
    checks = caller.holds("release.approve")
    return Tasks(
        protocols=_acts(desk, caller, known),
        held=[b for b in batches if b.state == "held"],
        latest=batches[:LATEST],
        check=[r for r, reviewed in out if r.state == "candidate" and r.partnership_id in checks
               and r.author != caller.person and not reviewed],
        held_releases=[r for r in read if r.state == "held" and r.partnership_id in checks],
        fetch=[r for r in read if r.state == "published" and r.recipient == caller.agency
               and r.partnership_id in caller.holds("release.download")],
        asked=[r for r in asked if str(r.person_id) != caller.person and r.partnership_id in caller.holds("release.answer")],
        recalled=told,
        recoveries=[r for r in back if caller.person not in (r.person, r.asked_by)],
        invited=[one for one in people if one.invited and one.closed_at is None],
        alerts=wrong,
        agencies={p.agency: p.title for s in known for p in s.document.party},
        partnerships={s.document.protocol.partnership: s.document.protocol.title for s in known
                      if s.document.protocol.tier is Tier.PARTNERSHIP},
    )  # fmt: skip


def _acts(desk: Desk, caller: access.Caller, known: list[protocols.Stored]) -> list[tuple[Shown, str]]:
    mine = caller.holds("protocol.read")
    return [(s, act) for s in in_order(shown(known, desk.now().date(), mine)) if (act := _next_act(s, caller))]


def _next_act(shown: Shown, caller: access.Caller) -> str:
    """What this caller is waited for to do with a protocol: one of its acts, `review`, or nothing."""
    stored = shown.stored
    partnership = stored.document.protocol.partnership

    def may(act: str) -> bool:
        return partnership in caller.holds(f"protocol.{act}")

    if shown.standing == lifecycle.DRAFT and may("consult") and stored.author in (caller.person, "operator"):
        return "consult"
    if shown.standing == lifecycle.CONSULTATION and may("agree") and stored.author != caller.person:
        return "agree"
    if shown.standing == lifecycle.AGREED and may("open"):
        return "open"
    signs = {lifecycle.SIGNING, lifecycle.SIGNED, *lifecycle.LIVE}
    if shown.standing in signs and may("sign") and caller.agency in stored.awaited_agencies:
        return "sign"
    if shown.standing in (lifecycle.REVIEW_DUE, lifecycle.EXPIRED) and may("suspend"):
        return "review"
    return ""
