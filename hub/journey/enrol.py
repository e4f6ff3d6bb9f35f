"""An authenticator app is set up by its owner, who gives the password first and a code of the app then; and removed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import access, totp
from hub.db import people
from hub.db import totp as apps
from hub.decision import Allow, Conflict, Decision, Refuse
from hub.journey import account, factor
from hub.journey.account import Proof
from hub.journey.desk import Desk, note, person

PENDING = timedelta(minutes=15)
WRONG_CODE = Refuse("account.wrong-code", "the code is not right: type the six digits that the app shows now")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How far a person's app is: `since` once it is in use, `secret` while it is being set up, neither where there is none."""

    since: datetime | None = None
    secret: bytes | None = None


def enrolment(desk: Desk, caller: access.Caller) -> Enrolment:
    """The caller's own app as its page shows it. A secret is shown for a quarter of an hour, and never once it counts."""
    with desk.db.transaction() as tx:
        app = apps.find(tx, caller.person)
    if app is None or (app.confirmed_at is None and desk.now() - app.begun_at >= PENDING):
        return Enrolment()
    if app.confirmed_at is not None:
        return Enrolment(since=app.confirmed_at)
    return Enrolment(secret=factor.box(desk).open(factor.place(caller.person), app.sealed))


def begin(desk: Desk, caller: access.Caller, proof: Proof) -> Decision:
    """Make a secret for an app to take. Raises `Conflict` where an app is in use already."""
    if caller.outside:
        return Refuse("account.outside", "the service that you sign in with asks for your second factor")
    known = account.confirm(desk, caller, proof)
    if isinstance(known, Refuse):
        return known
    sealed = factor.box(desk).seal(factor.place(caller.person), secrets.token_bytes(totp.SECRET_BYTES))
    with desk.db.transaction() as tx:
        if not apps.begin(tx, caller.person, sealed, desk.now()):
            raise Conflict("an app is set up for this account already; remove it first")
        decision = Allow("account.app")
        note(tx, desk, person(caller), "account.app-begin", f"person:{caller.person}", decision)
    return decision


def confirm(desk: Desk, caller: access.Caller, session: str, code: str) -> Decision:
    """The app shows a code: from now on signing in asks for one. Every other session of the account ends."""
    with desk.db.transaction() as tx:
        app = apps.find(tx, caller.person)
        if app is None or app.confirmed_at is not None or desk.now() - app.begun_at >= PENDING:
            raise Conflict("nothing is being set up; begin anew")
        secret = factor.box(desk).open(factor.place(caller.person), app.sealed)
        step = totp.step_shown(secret, code, desk.now(), 0)
        decision: Decision = Allow("account.app")
        if step is None:
            decision = WRONG_CODE
        elif not apps.confirm(tx, caller.person, app.sealed, step, desk.now()):
            raise Conflict("nothing is being set up; begin anew")
        else:
            people.end_sessions(tx, caller.person, but=account.token_digest(session))
        note(tx, desk, person(caller), "account.app-add", f"person:{caller.person}", decision)
    return decision


def remove(desk: Desk, caller: access.Caller, proof: Proof) -> Decision:
    """Take the app out of use: it takes password and code. Raises `Conflict` where there is none."""
    known = account.confirm(desk, caller, proof)
    if isinstance(known, Refuse):
        return known
    with desk.db.transaction() as tx:
        if not apps.remove(tx, caller.person):
            raise Conflict("no app is set up for this account")
        decision = Allow("account.app")
        note(tx, desk, person(caller), "account.app-remove", f"person:{caller.person}", decision)
    return decision
