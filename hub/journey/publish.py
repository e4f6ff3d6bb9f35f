"""Release: asked for, made under an agreement, checked by people blind to each other, published, withdrawn, answered for.

The agreement is asked when a release is made, when it is checked, at every download, and again before every further
chunk of a download under way.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from hub import access, protocol
from hub import release as rules
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.db.session import Tx
from hub.decision import Allow, Decision, NotFound, Refuse
from hub.journey import personal
from hub.journey.candidate import build
from hub.journey.publishing import Publishing, beyond_analyst, log, paused, seen, visible

__all__ = ["ACTS", "Opened", "Publishing", "act", "agreements", "list_releases", "make_release", "open_release"]


def agreements(hub: Publishing, caller: access.Caller) -> list[protocol.AccessGranted]:
    """The access agreements in force under which the caller may make a release."""
    with hub.db.transaction() as tx:
        known = protocols.standings(tx)
    mine = caller.holds("release.make")
    ids = sorted(
        {s.document.id for s in known if s.document.access is not None and s.document.protocol.partnership in mine}
    )
    asked = [protocol.check_access(known, agreement, hub.now().date()) for agreement in ids]
    return [a for a in asked if isinstance(a, protocol.AccessGranted) and a.partnership in mine]


def make_release(hub: Publishing, caller: access.Caller, agreement: str) -> str | Refuse:
    """Build a candidate under an access agreement in force; the new release's id."""
    with hub.db.transaction() as tx:
        granted = protocol.check_access(protocols.standings(tx), agreement, hub.now().date())
        decision: Decision = granted if isinstance(granted, Refuse) else access.may(
            caller, "release.make", access.Thing(granted.partnership, granted.access.recipient)
        )  # fmt: skip
        if decision and (stopped := paused(hub, tx)) is not None:
            decision = stopped
        if isinstance(granted, Refuse) or isinstance(decision, Refuse):
            refusal = decision if isinstance(decision, Refuse) else Refuse("access.no-agreement", "")
            log(tx, hub, caller.person, "release.make", agreement, refusal)
            return refusal
    return build(hub, granted, caller.person)


ACTS = {"approve": "release.approve", "refuse": "release.approve", "discard": "release.make",
        "withdraw": "release.withdraw"}  # fmt: skip
"""What people do to a release → the permission it takes."""


def act(hub: Publishing, caller: access.Caller, release: str, deed: str, note: str = "") -> Decision:
    """Approve or refuse as a checker, discard one's own candidate, withdraw what is published.

    A review takes effect with the last of them; nobody but its author sees it before, not in the ledger either.
    Raises `NotFound` and `Conflict`.
    """
    if deed not in ACTS:
        raise NotFound("there is no such act")
    with hub.db.transaction(caller.partnerships) as tx:
        found = seen(tx, caller, release, lock=True)
        decision, granted = _may_act(hub, tx, caller, found, deed)
        reviewing = (found.state, deed) in rules.REVIEWS
        if decision:
            reviews = [rules.Review(r.checker, r.verdict) for r in releases.reviews_of(tx, release)]
            following = rules.step(found.state, deed, caller.person, found.author, reviews, found.checkers)
            if isinstance(following, Refuse):
                decision = following
            elif reviewing:
                releases.insert_review(tx, found, caller.person, deed, note, hub.now())
                if following != found.state:
                    _settle(hub, tx, found, following, granted)
            else:
                _move(hub, tx, found, following, deed, caller.person, note)
        log(tx, hub, caller.person, "release.review" if reviewing else ACTS[deed], release,
            Allow("release.reviewed") if reviewing and decision else decision, granted)  # fmt: skip
    return decision


def _settle(
    hub: Publishing, tx: Tx, found: releases.Release, state: str, granted: protocol.AccessGranted | None
) -> None:
    """The last review is in: all of them are seen now, and the release goes where they send it."""
    for review in releases.reviews_of(tx, found.id):
        releases.insert_act(tx, found.id, review.verdict, review.checker, review.at, review.note)
    releases.set_state(tx, found.id, state, hub.now() if state == "published" else None)
    decision: Decision = Allow("release.published")
    if state == "published":
        _supersede(hub, tx, found)
    else:
        decision = Refuse("release.refused", "a checker refused it")
    log(tx, hub, "hub", "release.approve", found.id, decision, granted)


def _supersede(hub: Publishing, tx: Tx, newer: releases.Release) -> None:
    """What was published of the same series to the same recipient gives way."""
    for older in releases.live(tx, ["published"]):
        if older.id != newer.id and (older.recipient, older.series) == (newer.recipient, newer.series):
            _move(hub, tx, older, "superseded", "supersede", "hub", f"by release {newer.number}")


def _move(hub: Publishing, tx: Tx, found: releases.Release, state: str, deed: str, actor: str, note: str) -> None:
    """Another state, who brought it there, and word to the recipient where copies may be out."""
    releases.set_state(tx, found.id, state)
    releases.insert_act(tx, found.id, deed, actor, hub.now(), note)
    if state in ("withdrawn", "recalled") and found.state in ("published", "superseded"):
        releases.insert_notice(tx, found, state, hub.now())
    if state == "withdrawn":
        personal.taken_back(hub, tx, found)


def _may_act(
    hub: Publishing, tx: Tx, caller: access.Caller, found: releases.Release, deed: str
) -> tuple[Decision, protocol.AccessGranted | None]:
    decision = access.may(caller, ACTS[deed], access.Thing(found.partnership_id, found.recipient))
    if not decision or deed != "approve":
        return decision, None
    granted = protocol.check_access(protocols.standings(tx), found.agreement_id, hub.now().date(), found.recipient)
    stopped = paused(hub, tx)
    if stopped is not None:
        return stopped, None
    if isinstance(granted, Refuse):
        return granted, None
    if found.expires is not None and hub.now().date() > found.expires:
        return Refuse("release.expired", "its term has ended"), None
    return decision, granted


def list_releases(hub: Publishing, caller: access.Caller) -> list[releases.Release]:
    """The releases that the caller may see, newest first."""
    with hub.db.transaction(caller.holds("release.read")) as tx:
        return visible(caller, releases.latest(tx))


@dataclass(frozen=True, slots=True)
class Opened:
    """One release as its page shows it. `reviews_in` counts reviews not seen yet; `own_review` is the caller's."""

    release: releases.Release
    acts: list[Any]
    downloads: list[Any]
    reviews_in: int
    own_review: str
    notices: list[Any]


def open_release(hub: Publishing, caller: access.Caller, release: str) -> Opened:
    """A release with who did what to it and who downloaded it. Raises `NotFound`."""
    with hub.db.transaction(caller.partnerships) as tx:
        found = seen(tx, caller, release)
        whole = found.partnership_id in beyond_analyst(caller)
        waiting = releases.reviews_of(tx, release) if found.state == "candidate" else []
        own = next((r.verdict for r in waiting if r.checker == caller.person), "")
        return Opened(found, releases.acts_of(tx, release), releases.downloads_of(tx, release) if whole else [],
                      len(waiting), own, releases.notices(tx, release))  # fmt: skip


# recalled and withdrawn copies --------------------------------------------------------------------------------------


def open_notices(hub: Publishing, caller: access.Caller) -> list[Any]:
    """Recalls and withdrawals that nobody of the recipient has acknowledged, of releases that the caller may see."""
    with hub.db.transaction(caller.holds("release.read")) as tx:
        return visible(caller, releases.notices(tx))


def acknowledge(hub: Publishing, caller: access.Caller, release: str) -> Decision:
    """The recipient's person says that every copy is destroyed or replaced. Raises `NotFound`."""
    with hub.db.transaction(caller.partnerships) as tx:
        found = seen(tx, caller, release)
        decision = access.may(caller, "release.acknowledge", access.Thing(found.partnership_id, found.recipient))
        if decision and not releases.acknowledge(tx, release, found.recipient, caller.person, hub.now()):
            decision = Refuse("release.nothing-to-acknowledge", "nothing waits for an acknowledgement here")
        log(tx, hub, caller.person, "release.acknowledge", release, decision)
    return decision


# requests -----------------------------------------------------------------------------------------------------------


def ask(hub: Publishing, caller: access.Caller, partnership: str, purpose: str, question: str) -> str | Refuse:
    """Ask for data: for which purpose, to answer which question. The request's id."""
    request = str(uuid.uuid4())
    with hub.db.transaction(caller.partnerships) as tx:
        decision = access.may(caller, "release.ask", access.Thing(partnership, caller.agency))
        if decision:
            releases.insert_request(
                tx, request, partnership, caller.agency, caller.person, purpose, question, hub.now()
            )
        log(tx, hub, caller.person, "release.ask", request, decision)
    return decision if isinstance(decision, Refuse) else request


def requests(hub: Publishing, caller: access.Caller) -> list[Any]:
    """Requests that the caller may see: officers every one of their partnerships, others their own agency's."""
    whole = caller.holds("release.answer")
    with hub.db.transaction(caller.holds("release.read")) as tx:
        found = releases.requests(tx)
    return [r for r in found if r.partnership_id in whole or r.agency_id == caller.agency]


def answer(hub: Publishing, caller: access.Caller, request: str, agreement: str, words: str) -> Decision:
    """Agree to a request under an access agreement (a candidate can then be made), or decline it with a reason.

    Raises `NotFound`.
    """
    try:
        uuid.UUID(request)
    except ValueError:
        raise NotFound("there is no such request") from None
    with hub.db.transaction(caller.partnerships) as tx:
        found = next(iter(releases.requests(tx, request)), None)
        if found is None or found.partnership_id not in caller.holds("release.answer"):
            raise NotFound("there is no such request")
        decision: Decision = Allow("release.request-answered")
        if found.state != "open":
            decision = Refuse("release.request-state", f"this request has been {found.state}")
        elif found.person_id and str(found.person_id) == caller.person:
            decision = Refuse("release.second-person", "who asks cannot answer: another officer must")
        elif agreement:
            granted = protocol.check_access(protocols.standings(tx), agreement, hub.now().date(), found.agency_id)
            decision = granted if isinstance(granted, Refuse) else decision
        if decision:
            state = "agreed" if agreement else "declined"
            releases.decide_request(tx, request, state, agreement, words, caller.person, hub.now())
        log(tx, hub, caller.person, "release.answer", request, decision)
    return decision


def access_documents(hub: Publishing) -> list[protocols.Stored]:
    """Every access agreement the hub knows of, in whatever state."""
    with hub.db.transaction() as tx:
        return [s for s in protocols.all_protocols(tx) if s.document.access is not None]
