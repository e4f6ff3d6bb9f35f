"""People sign in through a service that their organisation runs, if an administrator has prepared an account for them.

A sign-in is begun and ended in one browser: state, nonce and PKCE verifier are derived from a value that its cookie
keeps, for ten minutes and once. The service's word lets in; it signs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub import access, oidc
from hub.adapters.oidc import Provider
from hub.db import outside, people
from hub.db.session import Tx
from hub.decision import NotFound, Refuse, Unavailable
from hub.journey import account
from hub.journey.desk import Desk, note

LIFE = timedelta(minutes=10)
BEGIN_ANEW = Refuse(
    "oidc.state", "this sign-in was not begun in this browser, was used already, or took too long; begin anew"
)
DECLINED = Refuse("oidc.declined", "the service did not let you in")
UNKNOWN = Refuse(
    "oidc.unknown", "no account here is prepared for you, or it is closed; ask your partnership's administrator"
)


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that was begun: where the browser goes, and what it keeps meanwhile."""

    address: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A sign-in that went well: the new session's token, and the page that was wanted."""

    token: str
    following: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the browser's cookie keeps of a sign-in."""

    secret: str
    provider: str
    begun: int
    again: bool
    following: str

    @property
    def bound_to(self) -> str:
        return json.dumps([self.provider, self.begun, self.again, self.following])

    def derive(self, what: str) -> str:
        return oidc.derived(self.secret, what, self.bound_to)

    def asked(self, provider: Provider) -> oidc.Asked:
        max_age = int(account.PROVED.total_seconds()) if self.again else None
        return oidc.Asked(provider.issuer, provider.client_id, self.derive("nonce"), max_age)

    def cookie(self) -> str:
        return f"{self.secret}.{base64.urlsafe_b64encode(self.bound_to.encode()).decode().rstrip('=')}"


def _kept(cookie: str) -> _Kept | None:
    secret, _, rest = cookie.partition(".")
    try:
        provider, begun, again, following = json.loads(base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4)))
    except (ValueError, TypeError):
        return None
    sound = isinstance(provider, str) and type(begun) is int and isinstance(again, bool) and isinstance(following, str)
    return _Kept(secret, provider, begun, again, following) if sound and len(secret) >= 32 else None


def _provider(desk: Desk, name: str) -> Provider:
    found = desk.providers.get(name)
    if found is None:
        raise NotFound("there is no such service")
    return found


def back_to(desk: Desk, name: str) -> str:
    """Where a service sends people back to: an address of its own for each, so that none can answer for another."""
    return f"{desk.party.origins[0]}/sign-in/with/{name}/done"


def begin(desk: Desk, name: str, following: str, again: bool) -> Begun:
    """Begin a sign-in; `again`: the service must ask the person to prove themselves now. Raises `NotFound`, `Unavailable`."""
    provider = _provider(desk, name)
    kept = _Kept(secrets.token_urlsafe(32), name, int(desk.now().timestamp()), again, following)
    address = provider.address(
        kept.asked(provider), back_to(desk, name), kept.derive("state"), kept.derive("verifier"), desk.now()
    )
    return Begun(address, kept.cookie())


def end(desk: Desk, name: str, said: Mapping[str, str], cookie: str, address: str) -> Entered | Refuse:
    """The browser came back with what the service said (`code`, `state`, `iss`, `error`). Raises `NotFound`, `Unavailable`."""
    provider, kept = _provider(desk, name), _kept(cookie)
    with desk.db.transaction() as tx:
        attempt = account.count_address(desk, tx, address)
        refusal = attempt if isinstance(attempt, Refuse) else _unbound(desk, tx, name, said, kept)
        if refusal is not None and not isinstance(attempt, Refuse):
            note(tx, desk, "nobody", "account.sign-in", "session", refusal)
    if isinstance(attempt, Refuse):
        return attempt
    if refusal is not None or kept is None:
        return BEGIN_ANEW
    try:
        found = _asked(desk, provider, kept, said)
    except Unavailable:
        with desk.db.transaction() as tx:
            people.forget_attempts(tx, attempt)  # a service that is down must not close an office's address
        raise
    with desk.db.transaction() as tx:
        person = UNKNOWN if isinstance(found, Refuse) else _known(desk, tx, name, found)
        if isinstance(found, Refuse) or isinstance(person, Refuse):
            refusal = found if isinstance(found, Refuse) else UNKNOWN
            note(tx, desk, "nobody", "account.sign-in", "session", refusal)
            return refusal
        people.forget_attempts(tx, attempt)
        seen = min(found.seen_at, desk.now()) if found.seen_at else None
        return Entered(account.begin_session(desk, tx, person, "account.provider", seen), kept.following)


def _unbound(desk: Desk, tx: Tx, name: str, said: Mapping[str, str], kept: _Kept | None) -> Refuse | None:
    """Why this answer belongs to no sign-in that this browser began, in time, and for the first time; None where it does."""
    if kept is None or kept.provider != name:
        return BEGIN_ANEW
    state = kept.derive("state")
    begun = datetime.fromtimestamp(min(max(kept.begun, 0), 2**37), UTC)
    if not hmac.compare_digest(state.encode(), said.get("state", "").encode()):
        return BEGIN_ANEW
    if not timedelta(0) <= desk.now() - begun + timedelta(seconds=1) <= LIFE:
        return BEGIN_ANEW
    if not outside.spend_state(tx, hashlib.sha256(state.encode()).hexdigest(), begun + 2 * LIFE, desk.now()):
        return BEGIN_ANEW
    return None


def _asked(desk: Desk, provider: Provider, kept: _Kept, said: Mapping[str, str]) -> oidc.Identity | Refuse:
    """What the service says about whoever came back."""
    if said.get("iss", provider.issuer) != provider.issuer:
        return Refuse("oidc.issuer", "the answer is of another service")  # RFC 9207
    code = said.get("code", "")
    if "error" in said or not code or len(code) > 4096:
        return DECLINED
    return provider.identify(
        code, kept.derive("verifier"), back_to(desk, provider.id), kept.asked(provider), desk.now()
    )


def _known(desk: Desk, tx: Tx, provider: str, found: oidc.Identity) -> str | Refuse:
    """The person for whom an account was prepared, by the service's name for them or once by an invited address."""
    person = outside.person_of(tx, provider, found.subject)
    if person is None and found.address:
        person = outside.take_invitation(tx, provider, found.address, desk.now())
        if person is not None and not outside.link(tx, provider, found.subject, person, desk.now()):
            return UNKNOWN
    known = people.by_id(tx, person) if person else None
    if known is None or known.disabled_at is not None or not known.is_outside:
        return UNKNOWN
    return known.id


def provider_of(desk: Desk, caller: access.Caller) -> str:
    """The service that vouches for the caller; "" where none does."""
    with desk.db.transaction() as tx:
        return outside.provider_of(tx, caller.person)
