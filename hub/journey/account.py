"""People sign in and out. A session is a random token, kept only as its digest, asked about at every request.

Attempts are counted in the database, so that limits hold over any number of web processes: ten failures for an
account, fifty for an address, in a quarter of an hour. An address from which the account's owner has signed in
lately has a count of its own, so that strangers' guesses cannot lock the owner out.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import threading
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub import access
from hub.db import people
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.decision import Allow, Decision, NotFound, Refuse
from hub.journey.desk import Desk, note, person
from hub.journey.factor import check_code

ACCOUNT_FAILURES, ADDRESS_FAILURES = 10, 50
WINDOW = timedelta(minutes=15)
KNOWN_ADDRESS = timedelta(days=30)
TOUCH = timedelta(minutes=1)
PROVED = timedelta(minutes=10)
"""How long a fresh sign-in at another service stands for the password that its accounts do not have."""
MIN_PASSWORD, MAX_PASSWORD, MAX_NAME = 12, 256, 120

WRONG = Refuse("account.wrong", "the sign-in name, the password or the code is not right")
WRONG_CODE = Refuse("account.wrong-code", "the code is not right, or was used before: wait for the next one")
PROVE = Refuse(
    "account.prove-again", "sign in once more through the service that knows you, then do this within ten minutes"
)
TOO_MANY = Refuse("account.too-many", "there were too many failed attempts; wait 15 minutes and try again")

_few_at_once = threading.BoundedSemaphore(4)
"""Each verification takes 64 MiB: a crowd of attempts must not take all memory."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed-in person: who, and what they may, as it stands at this request."""

    caller: access.Caller
    name: str
    agency: str
    has_app: bool = False
    """Does signing in ask for a code from an app?"""
    owes_app: bool = False
    """Does a partnership of theirs ask for a second factor that the account does not have?"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What an account's owner gives once more before something weighty: in which session, and from which address."""

    session: str
    password: str = ""
    code: str = ""
    address: str = ""


def token_digest(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _decoy(hasher: PasswordHasher) -> str:
    """A hash of nobody's password: an unknown account takes as long as a known one."""
    return hasher.hash(secrets.token_urlsafe(24))


def _matches(hasher: PasswordHasher, found: people.Person | None, password: str) -> bool:
    """Is it this person's password? Nobody has none, and an account without one takes as long to say so."""
    try:
        with _few_at_once:
            return hasher.verify(found.password_hash if found and found.has_password else _decoy(hasher), password)
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


def sign_in(desk: Desk, name: str, password: str, address: str, code: str = "") -> str | Refuse:
    """The token of a new session, or why not: the same answer, in the same time, for unknown, closed and wrong.

    A wrong code is told by nothing from a wrong password: a guesser does not learn that the password is right.
    """
    name, password = name.strip().lower()[:MAX_NAME], _folded(password)[: MAX_PASSWORD + 1]
    with desk.db.transaction() as tx:
        attempt = count_attempt(desk, tx, subjects_of(name, address))
        found = people.find(tx, name)
    if isinstance(attempt, Refuse):
        return attempt
    right = _matches(desk.hasher, found, password)
    with desk.db.transaction() as tx:
        known = people.find(tx, name)
        sound = right and known is not None and known.disabled_at is None
        if known is None or not sound or not check_code(desk, tx, known.id, code):
            who = "nobody" if known is None else f"person:{known.id}"
            note(tx, desk, who, "account.sign-in", "session", WRONG)
            return WRONG
        take_back(desk, tx, attempt, subjects_of(name, address))
        if desk.hasher.check_needs_rehash(known.password_hash):
            people.set_password(tx, known.id, desk.hasher.hash(password))
        return begin_session(desk, tx, known.id, "account.password")


def begin_session(desk: Desk, tx: Tx, person_id: str, rule: str, proved_at: datetime | None = None) -> str:
    """A new session's token, noted under the rule that let the person in. Call it last: it locks the ledger."""
    token = secrets.token_urlsafe(32)
    now = desk.now()
    people.start_session(tx, token_digest(token), person_id, now, now + desk.session_life, proved_at)
    note(tx, desk, f"person:{person_id}", "account.sign-in", "session", Allow(rule))
    return token


def count_attempt(desk: Desk, tx: Tx, subjects: tuple[str, str, str]) -> list[int] | Refuse:
    """Count an attempt as failed before it is tried, so that many at once cannot pass the limit together."""
    account, address, pair = subjects
    now = desk.now()
    people.lock_subjects(tx, subjects)
    people.purge_attempts(tx, now - 2 * WINDOW, now - KNOWN_ADDRESS)
    own = pair if people.has_succeeded(tx, pair, now - KNOWN_ADDRESS) else account
    return _count(desk, tx, {own: ACCOUNT_FAILURES, address: ADDRESS_FAILURES}, {own, address, pair})


def count_address(desk: Desk, tx: Tx, address: str) -> list[int] | Refuse:
    """Count an attempt that names no account, by its address alone."""
    subject = f"address:{_place(address)}"
    people.lock_subjects(tx, [subject])
    return _count(desk, tx, {subject: ADDRESS_FAILURES}, {subject})


def _count(desk: Desk, tx: Tx, limits: Mapping[str, int], subjects: Iterable[str]) -> list[int] | Refuse:
    now = desk.now()
    since = now - WINDOW
    spent = [s for s, limit in limits.items() if people.failures(tx, s, since) >= limit]
    if spent:
        marker = f"limit:{spent[0]}"
        if not people.failures(tx, marker, since):
            people.insert_attempt(tx, marker, now)  # the ledger learns of it once, not at every further attempt
            note(tx, desk, "nobody", "account.sign-in", spent[0].partition(":")[0], TOO_MANY)
        return TOO_MANY
    return [people.insert_attempt(tx, s, now) for s in subjects]


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
        found = people.session(tx, token_digest(token))
        now = desk.now()
        if found is None or found.person.disabled_at is not None:
            return None
        if now >= found.expires_at or now - found.seen_at >= desk.idle_life:
            people.end_session(tx, token_digest(token))
            return None
        if now - found.seen_at >= TOUCH:
            people.touch_session(tx, token_digest(token), now)
        roles = people.roles_of(tx, found.person.id)
        agency = protocols.agencies(tx).get(found.person.agency_id, found.person.agency_id)
    outside = found.person.is_outside
    caller = access.Caller(found.person.id, found.person.agency_id, roles, outside)
    return Signed(caller, found.person.name, agency, found.has_app, found.app_asked and not (found.has_app or outside))


def confirm(desk: Desk, caller: access.Caller, proof: Proof) -> Decision:
    """Is it still the account's owner who sits there? Password and code once more, counted as a sign-in is; or, for who
    signs in elsewhere, a fresh sign-in. Each code and each fresh sign-in is good for one act."""
    if caller.outside:
        with desk.db.transaction() as tx:
            fresh = people.use_proof(tx, token_digest(proof.session), desk.now() - PROVED)
        return Allow("account.provider") if fresh else PROVE
    with desk.db.transaction() as tx:
        found = people.by_id(tx, caller.person)
        subjects = subjects_of(found.sign_in if found else "", proof.address)
        attempt = count_attempt(desk, tx, subjects)
    if isinstance(attempt, Refuse):
        return attempt
    right = _matches(desk.hasher, found, _folded(proof.password)[: MAX_PASSWORD + 1])
    with desk.db.transaction() as tx:
        refusal = None if found and right else Refuse("account.wrong-password", "the password is not right")
        if refusal is None and not check_code(desk, tx, caller.person, proof.code):
            refusal = WRONG_CODE
        if refusal is not None:
            note(tx, desk, person(caller), "account.confirm", "session", refusal)
            return refusal
        take_back(desk, tx, attempt, subjects)
    return Allow("account.password")


def sign_out(desk: Desk, token: str) -> None:
    """End a session: its token is worth nothing from the next request on."""
    with desk.db.transaction() as tx:
        found = people.session(tx, token_digest(token))
        if found is None:
            return
        people.end_session(tx, token_digest(token))
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
    return [
        Open(d[:16], began, seen, d == token_digest(token)) for d, began, seen in found if now - seen < desk.idle_life
    ]


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
    if not is_password(password):
        return Refuse("account.password", f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    made = people.Person(str(uuid.uuid4()), sign_in.strip().lower(), name, agency, hashed(desk, password), None)
    with desk.db.transaction() as tx:
        decision = insert_person(desk, tx, made, roles)
    return decision if isinstance(decision, Refuse) else made.id


def insert_person(desk: Desk, tx: Tx, made: people.Person, roles: Iterable[tuple[str, str]]) -> Decision:
    """A new person with (partnership, role) pairs, as the operator makes them; noted in the ledger where they are made."""
    wanted = sorted(set(roles))
    if not 3 <= len(made.sign_in) <= MAX_NAME or not made.name.strip() or len(made.name) > MAX_NAME:
        return Refuse("account.name", f"a sign-in name has 3 to {MAX_NAME} characters, and a person has a name")
    unknown = {r for _, r in wanted} - set(access.ROLES)
    if unknown:
        return Refuse("account.role", f"there is no role {', '.join(sorted(unknown))}")
    if made.agency_id not in protocols.agencies(tx):
        return Refuse("account.agency", f"no protocol names the agency {made.agency_id}")
    unknown = {p for p, _ in wanted} - set(protocols.partnerships(tx))
    if unknown:
        return Refuse("account.partnership", f"there is no partnership {', '.join(sorted(unknown))}")
    if not people.insert(tx, made, desk.now()):
        return Refuse("account.taken", "this sign-in name is taken")
    people.set_roles(tx, made.id, wanted)
    decision = Allow("account.create")
    note(tx, desk, "operator", "account.create", f"person:{made.id}", decision,
         roles=[f"{p}:{r}" for p, r in wanted])  # fmt: skip
    return decision


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
