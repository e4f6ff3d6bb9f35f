"""Back into an account takes two people: the operator makes a code, a liaison officer who knows the person confirms it.

Whoever gets in that way has a new password and none of the old sessions, passkeys and apps.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta

from hub import access
from hub.db import people, recovery, signing, totp
from hub.db.session import Tx
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse
from hub.journey import account
from hub.journey.desk import Desk, note, person

LIFE = timedelta(hours=24)
WRONG = Refuse(
    "account.recovery", "the name or the code is not right, the code has expired, or no officer has confirmed it"
)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def ask(desk: Desk, sign_in: str) -> str:
    """The operator makes a code for a person, good for a day once an officer has confirmed it. Raises `NotFound`, and
    `Conflict` for somebody who signs in through another service."""
    with desk.db.transaction() as tx:
        found = people.find(tx, sign_in.strip().lower())
        if found is None:
            raise NotFound("there is no such account")
        if found.is_outside:
            raise Conflict("another service vouches for this person, and lets them back in itself")
        code = make_code(desk, tx, found.id, LIFE)
        note(tx, desk, "operator", "account.recovery-ask", f"person:{found.id}", Allow("account.recovery"))
    return code


def make_code(desk: Desk, tx: Tx, person_id: str, life: timedelta, asked_by: str | None = None) -> str:
    """A code for a person, good for as long once an officer has confirmed it; earlier ones are void."""
    code = secrets.token_urlsafe(12)
    recovery.insert(tx, str(uuid.uuid4()), person_id, _digest(code), desk.now(), desk.now() + life, asked_by)
    return code


def waiting(desk: Desk, caller: access.Caller) -> list[recovery.Recovery]:
    """What this officer may confirm: anybody's of the officer's partnerships, but not the officer's own."""
    with desk.db.transaction() as tx:
        found = recovery.unconfirmed(tx, caller.holds("account.confirm"), desk.now())
    return [r for r in found if caller.person not in (r.person, r.asked_by)]


def confirm(desk: Desk, caller: access.Caller, recovery_id: str) -> Decision:
    """An officer confirms that the person asked for it. Raises `NotFound`, and `Conflict` where another did already."""
    with desk.db.transaction() as tx:
        known = recovery.unconfirmed(tx, caller.holds("account.confirm"), desk.now())
        found = next((r for r in known if r.id == recovery_id), None)
        if found is None:
            raise NotFound("there is no such request")
        decision: Decision = Allow("access.account.confirm")
        if found.person == caller.person:
            decision = Refuse("account.second-person", "nobody confirms a way back into their own account")
        elif found.asked_by == caller.person:
            decision = Refuse(
                "account.second-person", "who invited somebody does not confirm them: a second person must"
            )
        elif not recovery.confirm(tx, found.id, caller.person, desk.now()):
            raise Conflict("another officer has confirmed it already")
        note(tx, desk, person(caller), "account.recovery-confirm", f"person:{found.person}", decision)
    return decision


def redeem(desk: Desk, name: str, code: str, password: str, address: str) -> Decision:
    """The person comes back with the code and a new password. Attempts are counted as sign-ins are."""
    if not account.is_password(password):
        return Refuse("account.password", f"a password has {account.MIN_PASSWORD} to {account.MAX_PASSWORD} characters")
    name, subjects = name.strip().lower()[: account.MAX_NAME], account.subjects_of(name.strip().lower(), address)
    with desk.db.transaction() as tx:
        attempt = account.count_attempt(desk, tx, subjects)
    if isinstance(attempt, Refuse):
        return attempt
    with desk.db.transaction() as tx:
        known = people.find(tx, name)
        found = recovery.find(tx, known.id, _digest(code.strip()), desk.now()) if known else None
        sound = known is not None and known.disabled_at is None and found is not None and found.confirmed_by is not None
        if known is None or found is None or not sound:
            note(tx, desk, f"person:{known.id}" if known else "nobody", "account.recovery", "session", WRONG)
            return WRONG
        account.take_back(desk, tx, attempt, subjects)
        recovery.use(tx, found.id, desk.now())
        people.set_password(tx, known.id, account.hashed(desk, password))
        people.end_sessions(tx, known.id)
        signing.revoke_passkeys(tx, known.id, desk.now())
        totp.remove(tx, known.id)
        decision = Allow("account.recovery")
        note(tx, desk, f"person:{known.id}", "account.recovery", f"person:{known.id}", decision)
    return decision
