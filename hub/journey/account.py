"""People sign in and out. A session is a random token, kept only as its digest, asked about at every request.

Attempts are counted in the database, so that limits hold over any number of web processes: ten failures for an
account, fifty for an address, in a quarter of an hour. An address from which the account's owner has signed in
lately has a count of its own, so that strangers' guesses cannot lock the owner out.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import secrets
import threading
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from hub import access
from hub.db import clock, people
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.decision import Allow, Decision, NotFound, Refuse
from hub.journey.desk import Desk, note, person
from protocols import wire

ACCOUNT_FAILURES, ADDRESS_FAILURES = 10, 50
WINDOW = timedelta(minutes=15)
KNOWN_ADDRESS = timedelta(days=30)
TOUCH = timedelta(minutes=1)
MIN_PASSWORD, MAX_PASSWORD, MAX_NAME = 12, 256, 120

WRONG = Refuse("account.wrong", "the sign-in name or the password is not right")
TOO_MANY = Refuse("account.too-many", "there were too many failed attempts; wait 15 minutes and try again")

_few_at_once = threading.BoundedSemaphore(4)
"""Each verification takes 64 MiB: a crowd of attempts must not take all memory."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed-in person: who, and what they may, as it stands at this request."""

    caller: access.Caller
    name: str
    agency: str


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _decoy(hasher: PasswordHasher) -> str:
    """A hash of nobody's password: an unknown account takes as long as a known one."""
    return hasher.hash(secrets.token_urlsafe(24))


def _matches(hasher: PasswordHasher, password_hash: str, password: str) -> bool:
    try:
        with _few_at_once:
            return hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _folded(text: str) -> str:
    """Passwords typed on different keyboards are the same text (RFC 8265)."""
    return unicodedata.normalize("NFKC", text)


def _place(address: str) -> str:
    """What an address is counted as: an IPv6 caller owns a whole /64."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else str(known)


def subjects_of(sign_in: str, address: str) -> tuple[str, str, str]:
    """The account, the address and the pair that an attempt counts against.

    People type passwords into the name's box: 28 bits of a digest tell accounts apart and give no text away.
    """
    account, place = hashlib.sha256(sign_in.encode()).hexdigest()[:7], _place(address)
    return f"account:{account}", f"address:{place}", f"pair:{account}:{place}"


def sign_in(desk: Desk, name: str, password: str, address: str) -> str | Refuse:
    """The token of a new session, or why not: the same answer, in the same time, for unknown, closed and wrong."""
    name, password = name.strip().lower()[:MAX_NAME], _folded(password)[: MAX_PASSWORD + 1]
    with desk.db.transaction() as tx:
        attempt = count_attempt(desk, tx, subjects_of(name, address))
        found = people.find(tx, name)
    if isinstance(attempt, Refuse):
        return attempt
    right = _matches(desk.hasher, found.password_hash if found else _decoy(desk.hasher), password)
    with desk.db.transaction() as tx:
        known = people.find(tx, name)
        if known is None or not right or known.disabled_at is not None:
            who = "nobody" if known is None else f"person:{known.id}"
            note(tx, desk, who, "account.sign-in", "session", WRONG)
            return WRONG
        take_back(desk, tx, attempt, subjects_of(name, address))
        if desk.hasher.check_needs_rehash(known.password_hash):
            people.set_password(tx, known.id, desk.hasher.hash(password))
        token = secrets.token_urlsafe(32)
        people.start_session(tx, _digest(token), known.id, desk.now(), desk.now() + desk.session_life)
        note(tx, desk, f"person:{known.id}", "account.sign-in", "session", Allow("account.password"))
    return token


def count_attempt(desk: Desk, tx: Tx, subjects: tuple[str, str, str]) -> list[int] | Refuse:
    """Count an attempt as failed before it is tried, so that many at once cannot pass the limit together."""
    account, address, pair = subjects
    now = desk.now()
    since = now - WINDOW
    people.lock_subjects(tx, subjects)
    people.purge_attempts(tx, now - 2 * WINDOW, now - KNOWN_ADDRESS)
    own = pair if people.has_succeeded(tx, pair, now - KNOWN_ADDRESS) else account
    spent = [s for s, limit in ((own, ACCOUNT_FAILURES), (address, ADDRESS_FAILURES))
             if people.failures(tx, s, since) >= limit]  # fmt: skip
    if spent:
        marker = f"limit:{spent[0]}"
        if not people.failures(tx, marker, since):
            people.insert_attempt(tx, marker, now)  # the ledger learns of it once, not at every further attempt
            note(tx, desk, "nobody", "account.sign-in", spent[0].partition(":")[0], TOO_MANY)
        return TOO_MANY
    return [people.insert_attempt(tx, s, now) for s in {own, address, pair}]


def take_back(desk: Desk, tx: Tx, attempt: list[int], subjects: tuple[str, str, str]) -> None:
    """It was the owner: the attempt counts against nobody. An address keeps its earlier failures, whoever succeeds."""
    people.forget_attempts(tx, attempt)
    account, _, pair = subjects
    for subject in (account, pair):
        people.insert_attempt(tx, subject, desk.now(), succeeded=True)


def session(desk: Desk, token: str) -> Signed | None:
    """Whose session is it, and what may they now? None when it ended, expired, idled out, or the account was closed."""
    if not 20 <= len(token) <= 100:
        return None
    with desk.db.transaction() as tx:
        found = people.session(tx, _digest(token))
        now = desk.now()
        if found is None or found.person.disabled_at is not None:
            return None
        if now >= found.expires_at or now - found.seen_at >= desk.idle_life:
            people.end_session(tx, _digest(token))
            return None
        if now - found.seen_at >= TOUCH:
            people.touch_session(tx, _digest(token), now)
        roles = people.roles_of(tx, found.person.id)
        agency = protocols.agencies(tx).get(found.person.agency_id, found.person.agency_id)
    return Signed(access.Caller(found.person.id, found.person.agency_id, roles), found.person.name, agency)


def confirm(desk: Desk, caller: access.Caller, password: str, address: str) -> Decision:
    """Is it still the account's owner who sits there? The password once more, counted as a sign-in is."""
    with desk.db.transaction() as tx:
        found = people.by_id(tx, caller.person)
        subjects = subjects_of(found.sign_in if found else "", address)
        attempt = count_attempt(desk, tx, subjects)
    if isinstance(attempt, Refuse):
        return attempt
    right = _matches(
        desk.hasher, found.password_hash if found else _decoy(desk.hasher), _folded(password)[:MAX_PASSWORD]
    )
    with desk.db.transaction() as tx:
        if found is None or not right:
            refusal = Refuse("account.wrong-password", "the password is not right")
            note(tx, desk, person(caller), "account.confirm", "session", refusal)
            return refusal
        take_back(desk, tx, attempt, subjects)
    return Allow("account.password")


def sign_out(desk: Desk, token: str) -> None:
    """End a session: its token is worth nothing from the next request on."""
    with desk.db.transaction() as tx:
        found = people.session(tx, _digest(token))
        if found is None:
            return
        people.end_session(tx, _digest(token))
        note(tx, desk, f"person:{found.person.id}", "account.sign-out", "session", Allow("account.sign-out"))


@dataclass(frozen=True, slots=True)
class Open:
    """A session that is open: by what its owner names it, when it began and was last seen, and whether it is this one."""

    id: str
    began: datetime
    seen: datetime
    this: bool


def sessions(desk: Desk, caller: access.Caller, token: str) -> list[Open]:
    """A person's open sessions, newest first; `token` is that of the request."""
    now = desk.now()
    with desk.db.transaction() as tx:
        found = people.sessions_of(tx, caller.person, now)
    return [Open(d[:16], began, seen, d == _digest(token)) for d, began, seen in found if now - seen < desk.idle_life]


def end_session(desk: Desk, caller: access.Caller, session_id: str) -> None:
    """End one of one's own sessions: it is refused from its next request on. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        mine = [d for d, _, _ in people.sessions_of(tx, caller.person, desk.now()) if d[:16] == session_id]
        if not mine:
            raise NotFound("there is no such session")
        people.end_session(tx, mine[0])
        note(tx, desk, person(caller), "account.session-end", "session", Allow("account.session-end"))


def turn_back(desk: Desk, caller: access.Caller, action: str, refusal: Refuse) -> Refuse:
    """Note that a person asked for something their roles do not permit."""
    with desk.db.transaction() as tx:
        note(tx, desk, person(caller), action, "page", refusal)
    return refusal


# accounts, made by the operator on the command line -----------------------------------------------------------------


def is_password(password: str) -> bool:
    """Is it long enough, and not too long?"""
    return MIN_PASSWORD <= len(_folded(password)) <= MAX_PASSWORD


def hashed(desk: Desk, password: str) -> str:
    """A password as it is kept."""
    return desk.hasher.hash(_folded(password))


def create_person(
    desk: Desk, name: str, sign_in: str, agency: str, password: str, roles: Iterable[tuple[str, str]]
) -> str | Refuse:
    """A new account with (partnership, role) pairs; the person's id. Partnerships and agency must be known."""
    wanted, sign_in = sorted(set(roles)), sign_in.strip().lower()
    sound = _check_person(sign_in, name, password, wanted)
    if isinstance(sound, Refuse):
        return sound
    made = people.Person(str(uuid.uuid4()), sign_in, name, agency, hashed(desk, password), None)
    with desk.db.transaction() as tx:
        if agency not in protocols.agencies(tx):
            return Refuse("account.agency", f"no protocol names the agency {agency}")
        unknown = {p for p, _ in wanted} - set(protocols.partnerships(tx))
        if unknown:
            return Refuse("account.partnership", f"there is no partnership {', '.join(sorted(unknown))}")
        if not people.insert(tx, made, desk.now()):
            return Refuse("account.taken", "this sign-in name is taken")
        people.set_roles(tx, made.id, wanted)
        note(tx, desk, "operator", "account.create", f"person:{made.id}", Allow("account.create"),
             roles=[f"{p}:{r}" for p, r in wanted])  # fmt: skip
    return made.id


def _check_person(sign_in: str, name: str, password: str, roles: Iterable[tuple[str, str]]) -> Decision:
    if not 3 <= len(sign_in) <= MAX_NAME or not name.strip() or len(name) > MAX_NAME:
        return Refuse("account.name", f"a sign-in name has 3 to {MAX_NAME} characters, and a person has a name")
    if not is_password(password):
        return Refuse("account.password", f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    unknown = {r for _, r in roles} - set(access.ROLES)
    if unknown:
        return Refuse("account.role", f"there is no role {', '.join(sorted(unknown))}")
    return Allow("account.create")


def _known(tx: Tx, sign_in: str) -> people.Person:
    found = people.find(tx, sign_in.strip().lower())
    if found is None:
        raise NotFound("there is no such account")
    return found


def set_roles(desk: Desk, sign_in: str, roles: Iterable[tuple[str, str]]) -> Decision:
    """Give a person exactly these (partnership, role) pairs, from the next request on. Raises `NotFound`."""
    wanted = sorted(set(roles))
    unknown = {r for _, r in wanted} - set(access.ROLES)
    if unknown:
        return Refuse("account.role", f"there is no role {', '.join(sorted(unknown))}")
    with desk.db.transaction() as tx:
        found = _known(tx, sign_in)
        strange = {p for p, _ in wanted} - set(protocols.partnerships(tx))
        if strange:
            return Refuse("account.partnership", f"there is no partnership {', '.join(sorted(strange))}")
        people.set_roles(tx, found.id, wanted)
        decision = Allow("account.roles")
        note(tx, desk, "operator", "account.roles", f"person:{found.id}", decision,
             roles=[f"{p}:{r}" for p, r in wanted])  # fmt: skip
    return decision


def disable_person(desk: Desk, sign_in: str) -> None:
    """Close an account and end its sessions, from the next request on. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        found = _known(tx, sign_in)
        people.set_disabled(tx, found.id, desk.now())
        people.end_sessions(tx, found.id)
        note(tx, desk, "operator", "account.disable", f"person:{found.id}", Allow("account.disable"))


def set_password(desk: Desk, sign_in: str, password: str) -> Decision:
    """Replace a password and end the account's sessions. Raises `NotFound`."""
    if not is_password(password):
        return Refuse("account.password", f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    fresh = hashed(desk, password)
    with desk.db.transaction() as tx:
        found = _known(tx, sign_in)
        people.set_password(tx, found.id, fresh)
        people.end_sessions(tx, found.id)
        decision = Allow("account.password-set")
        note(tx, desk, "operator", "account.password-set", f"person:{found.id}", decision)
    return decision


# keys of agencies' machines, registered by the operator ---------------------------------------------------------------


def register_agency_key(desk: Desk, agency: str, body: Mapping[str, Any]) -> Decision:
    """Register an agency's public key, as `connector keygen` printed it: with a proof that its private half is held.

    Keys overlap: a second one counts beside the first until that is revoked.
    """
    with desk.db.transaction() as tx:
        decision = _agency_key(tx, desk, agency, body)
        kid = str(body.get("kid", ""))[:MAX_NAME]
        note(tx, desk, "operator", "agency.key-add", f"agency:{agency}", decision, **({"kid": kid} if decision else {}))
    return decision


def _agency_key(tx: Tx, desk: Desk, agency: str, body: Mapping[str, Any]) -> Decision:
    if "d" in body:
        return Refuse(
            "agency.private", "this is a private key: it must never leave the agency; ask for the public half"
        )
    try:
        public: dict[str, str | list[str]] = {name: str(body[name]) for name in ("kty", "crv", "x", "kid")}
        proof = wire.verify(str(body["proof"]), wire.KeyProof, OKPKey.import_key(public))
    except (KeyError, ValueError, JoseError):
        return Refuse("agency.unproved", "the key's request proves nothing; make it with `connector keygen`")
    kid = str(public["kid"])
    if (proof.agency, proof.kid) != (agency, kid):
        return Refuse("agency.other", "the key was made for another agency")
    if agency not in protocols.agencies(tx):
        return Refuse("agency.unknown", f"no protocol names the agency {agency}")
    if not protocols.insert_agency_key(tx, kid, agency, json.dumps(public), desk.now()):
        return Refuse("agency.key-known", "a key of this id is registered already")
    return Allow("agency.key")


def revoke_agency_key(desk: Desk, kid: str) -> None:
    """Revoke an agency's key: its tokens are refused from the next request on. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        agency = protocols.revoke_agency_key(tx, kid, desk.now())
        if agency is None:
            raise NotFound("there is no such key in use")
        note(tx, desk, "operator", "agency.key-revoke", f"agency:{agency}", Allow("agency.key"), kid=kid)


MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")


def set_mailbox(desk: Desk, agency: str, address: str) -> Decision:
    """Where an agency's liaison office reads e-mail; "" for nowhere. The log holds that it was set, not the address."""
    with desk.db.transaction() as tx:
        decision: Decision = Allow("agency.mailbox")
        if agency not in protocols.agencies(tx):
            decision = Refuse("agency.unknown", f"no protocol names the agency {agency}")
        elif address and not MAILBOX.fullmatch(address):
            decision = Refuse("agency.mailbox", "this is no e-mail address")
        else:
            clock.set_mailbox(tx, agency, address, desk.now())
        note(tx, desk, "operator", "agency.mailbox", f"agency:{agency}", decision)
    return decision
