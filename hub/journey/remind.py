"""What the clock sends by e-mail: copies that must no longer be used, warnings before a review, and each week who used
an agency's data.

Each is sent once to each agency: it is claimed in the database before it is handed to the mail server, in one
transaction, so that any number of processes may call `remind`. A mail names offices, protocols, counts; nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from hub import lifecycle, protocol
from hub.adapters.post import Mail
from hub.db import clock
from hub.db import ledger as ledger_rows
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.db.session import Database
from hub.decision import Conflict, Unavailable
from hub.journey.using import Use, uses_of
from hub.ledger import Event
from protocols.schema import Document, Party
from protocols.terms import GATEWAYS, PURPOSES

VERBS = {"release.download": "downloaded", "release.read": "read by program", "release.look": "looked into"}


@dataclass(frozen=True, slots=True)
class Reminding:
    """What reminding works with. `db` acts as hub_release; `send` raises `Unavailable`; `address`: of the pages."""

    db: Database
    send: Callable[[Mail, datetime], None]
    now: Callable[[], datetime]
    address: str


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many mails one round sent, how many were refused, and whether the mail server could not be used."""

    reviews: int = 0
    digests: int = 0
    refused: int = 0
    failed: bool = False
    notices: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that is to be sent once: what it is about, which of several, to whom."""

    kind: str
    subject: str
    mark: str
    agency: str
    mail: Mail | None
    """None where there is nothing to say: that is remembered, and not sent."""


def remind(hub: Reminding) -> Reminded:
    """Send what is due and was not sent. What the mail server refuses is tried again in the next round."""
    counts, refused = {"notice": 0, "review": 0, "digest": 0}, 0
    for due in [*_notices(hub), *_reviews(hub), *_digests(hub)]:
        try:
            counts[due.kind] += _send(hub, due)
        except Conflict:
            refused += 1
        except Unavailable:
            return Reminded(counts["review"], counts["digest"], refused, failed=True, notices=counts["notice"])
    return Reminded(counts["review"], counts["digest"], refused, notices=counts["notice"])


def _send(hub: Reminding, due: Due) -> int:
    with hub.db.transaction() as tx:
        if not clock.claim(tx, due.kind, due.subject, due.mark, due.agency, hub.now()) or due.mail is None:
            return 0
        hub.send(due.mail, hub.now())
        ledger_rows.append(tx, Event(hub.now(), "hub", f"remind.{due.kind}", due.subject, "allow", f"remind.{due.kind}",
                                     (), {"agency": due.agency, "mark": due.mark}))  # fmt: skip
    return 1


# copies that must no longer be used ---------------------------------------------------------------------------------


def _notices(hub: Reminding) -> list[Due]:
    """To the recipient of a release that was recalled or withdrawn and not acknowledged: at once, and when it is chased."""
    with hub.db.transaction() as tx:
        boxes, sent, titles = clock.mailboxes(tx), clock.sent(tx, "notice"), protocols.agencies(tx)
        tx.scope(protocols.partnerships(tx))
        waiting = [n for n in releases.notices(tx) if n.recipient in boxes]
    found = []
    for one in waiting:
        mark = f"chased {one.chased_at.date()}" if one.chased_at else "told"
        if (str(one.id), mark, one.recipient) not in sent:
            mail = _notice_mail(hub, boxes[one.recipient], titles.get(one.recipient, one.recipient), one)
            found.append(Due("notice", str(one.id), mark, one.recipient, mail))
    return found


def _notice_mail(hub: Reminding, to: str, agency: str, notice: Any) -> Mail:
    again = "This was told before, and nobody has answered.\n\n" if notice.chased_at else ""
    text = f"""To: the liaison officer, {agency}

{again}Release {notice.number}, {notice.title}, was {notice.what} on {_day(notice.at.date())}.
No copy of it may be used any more. Destroy every copy, or replace it by the release that follows it,
and say so here:
{hub.address}/releases/{notice.release_id}
"""
    return Mail(to, f"Release {notice.number} was {notice.what}: destroy or replace every copy", text)


# reviews ------------------------------------------------------------------------------------------------------------


def _reviews(hub: Reminding) -> list[Due]:
    on = hub.now().date()
    with hub.db.transaction() as tx:
        boxes, sent, known = clock.mailboxes(tx), clock.sent(tx, "review"), protocols.all_protocols(tx)
    standings = [s.standing for s in known]
    found = []
    for stored, standing in zip(known, standings, strict=True):
        heading = stored.document.protocol
        days = lifecycle.warning(heading.review, on)
        if not days or protocol.state_of(standings, standing, on) not in lifecycle.LIVE:
            continue
        subject = f"{stored.document.id}/{heading.version}"
        found += [
            Due("review", subject, str(days), p.agency, _review_mail(hub, stored.document, p, boxes[p.agency]))
            for p in stored.document.party
            if p.agency in boxes and (subject, str(days), p.agency) not in sent
        ]
    return found


def _review_mail(hub: Reminding, document: Document, party: Party, to: str) -> Mail:
    heading = document.protocol
    left = (heading.review - hub.now().date()).days
    when = f"{left} day{'' if left == 1 else 's'}"
    text = f"""To: {_offices(party)}, {party.title}

{heading.title} (version {heading.version}) has to be reviewed by {_day(heading.review)}: in {when}.
On that day it lapses by itself, and nothing may be shared under it any more.

Draft its next version, or begin the review, here:
{hub.address}/protocols/{document.id}/{heading.version}
"""
    return Mail(to, f"Review due in {when}: {heading.title}", text)


def _offices(party: Party) -> str:
    return " and ".join(office for office in (party.liaison_officer, party.deputy) if office) or "liaison officer"


# who used our data --------------------------------------------------------------------------------------------------


def _digests(hub: Reminding) -> list[Due]:
    """Of the last whole week, Monday to Sunday (UTC), for each agency that has a mailbox and was not told yet."""
    today = hub.now().date()
    monday = today - timedelta(days=today.weekday())
    last = datetime.combine(monday, time(), hub.now().tzinfo)
    first = last - timedelta(days=7)
    week = f"{first:%G-W%V}"
    with hub.db.transaction() as tx:
        boxes, sent = clock.mailboxes(tx), clock.sent(tx, "digest")
        waiting = [a for a in boxes if ("uses", week, a) not in sent]
        if not waiting:
            return []
        tx.scope(protocols.partnerships(tx))
        found, titles = uses_of(tx, waiting, first, last), protocols.agencies(tx)
    return [Due("digest", "uses", week, a, _digest_mail(hub, boxes[a], titles, a, found[a], first) if found[a] else None)
            for a in waiting]  # fmt: skip


def _digest_mail(
    hub: Reminding, to: str, titles: Mapping[str, str], agency: str, found: list[Use], first: datetime
) -> Mail:
    lines = "\n".join(_use_words(u, titles) for u in found)
    text = f"""To: the liaison officer, {titles.get(agency, agency)}

Who used your data in the week from {_day(first)}, why, and under which clause:

{lines}
Every use is in the log, and on this page:
{hub.address}/uses
"""
    return Mail(to, f"Who used your data: week from {_day(first)}", text)


def _use_words(use: Use, titles: Mapping[str, str]) -> str:
    heading = use.agreement.protocol
    clauses = "; ".join(f"{f.dataset} by {GATEWAYS.get(f.gateway, f.gateway)}" for f in use.flows)
    why = "; ".join(PURPOSES.get(p, p) for p in heading.purposes)
    times = "once" if use.times == 1 else f"{use.times} times"
    return f"""- Release {use.number}, {use.title}: {VERBS[use.action]} {times} by {titles.get(use.by, use.by)}
  For: {why}
  Under: {heading.title} (version {heading.version}); your data had come as {clauses}
"""


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
