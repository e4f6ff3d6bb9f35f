"""Is it still the account's owner who downloads personal data? A passkey says so, as for signing, and for ten minutes.

What the authenticator signs is made of the session, the release and a stretch of five minutes, so that its answer is
worth nothing in another session, for another release, or later.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from hub import access
from hub.db import personal as stored
from hub.db.session import Tx
from hub.decision import Allow, Decision, Refuse
from hub.journey import sign
from hub.journey.desk import Desk, note, person
from hub.journey.publishing import Publishing, seen
from protocols.assertion import Assertion

STANDS = timedelta(minutes=10)
WINDOW_SECONDS = 300
NEEDED = Refuse(
    "release.step-up", "this release is personal data: prove with your passkey that it is you before you download it"
)


def challenge(session: str, release: str, now: datetime, back: int = 0) -> bytes:
    """What the passkey signs in this stretch of time, or in an earlier one (`back`)."""
    window = int(now.timestamp()) // WINDOW_SECONDS - back
    return hashlib.sha256(f"step-up\0{session}\0{release}\0{window}".encode()).digest()


def prove(desk: Desk, caller: access.Caller, session: str, release: str, assertion: Assertion) -> Decision:
    """Take the passkey's answer; downloads of this release are open to this session for ten minutes. Raises `NotFound`."""
    with desk.db.transaction(caller.partnerships) as tx:
        found = seen(tx, caller, release)
        decision = access.may(caller, "release.download", access.Thing(found.partnership_id, found.recipient))
        if decision:
            decision = _proved(desk, tx, caller, session, release, assertion)
        if decision:
            now = desk.now()
            stored.insert_step_up(tx, _digest(session), release, caller.person, now, now + STANDS)
        note(tx, desk, person(caller), "release.step-up", release, decision)
    return decision


def _proved(desk: Desk, tx: Tx, caller: access.Caller, session: str, release: str, assertion: Assertion) -> Decision:
    decision: Decision = NEEDED
    for back in (0, 1):
        asked = challenge(session, release, desk.now(), back)
        key = sign.prove(desk, tx, caller, asked.hex(), assertion)
        if not isinstance(key, Refuse):
            return Allow("release.step-up")
        decision = key
        if key.rule != "signing.other-text":
            break
    return decision


def fresh(hub: Publishing, tx: Tx, caller: access.Caller, release: str, session: str) -> bool:
    """Has the caller proved it, in this session, for this release, in the last ten minutes?"""
    return stored.stepped_up(tx, _digest(session), release, caller.person, hub.now())


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()
