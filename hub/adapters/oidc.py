"""Other services that vouch for people: which the operator has named, and how they are asked over HTTPS.

The hub asks the hosts that its own setting names and no others, whatever a service's documents say; it follows no
redirect, takes no proxy from the environment, and reads no more than it needs.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub import oidc
from hub.decision import Refuse, Unavailable

MAX_BYTES, TIMEOUT, DEADLINE = 256 * 1024, 4.0, 8.0
AT_ONCE = 4
"""Questions to one service at a time: a service that hangs must not hold every thread of the web process."""
KEPT, RENEWED, RESTED = timedelta(hours=1), timedelta(seconds=30), timedelta(seconds=10)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
CODE = Refuse("oidc.code", "the service did not confirm this sign-in; begin anew")


class _Named(BaseModel):
    """One service in the file that HUB_OIDC names."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str = Field(min_length=1, max_length=80)
    issuer: str
    client_id: str = Field(min_length=1, max_length=255)
    secret_file: Path | None = None
    secret_env: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Endpoints:
    authorize: str
    token: str
    keys: str
    by_post: bool
    """Does the service take the secret in the form alone?"""


@dataclass
class Provider:
    """One service: what it is called, its issuer, the hub's name and secret there, and further hosts it may be asked at."""

    id: str
    title: str
    issuer: str
    client_id: str
    secret: str = field(repr=False)
    hosts: tuple[str, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _asking: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE), repr=False)
    _failed_at: datetime | None = field(default=None, repr=False)
    _endpoints: tuple[datetime, _Endpoints] | None = field(default=None, repr=False)
    _keys: tuple[datetime, KeySet] | None = field(default=None, repr=False)

    def address(self, asked: oidc.Asked, back: str, state: str, verifier: str, now: datetime) -> str:
        """Where the browser goes to sign in. Raises `Unavailable`."""
        words = {"response_type": "code", "client_id": self.client_id, "redirect_uri": back, "scope": "openid email",
                 "state": state, "nonce": asked.nonce, "code_challenge": oidc.challenge(verifier),
                 "code_challenge_method": "S256"}  # fmt: skip
        if asked.max_age is not None:
            words |= {"prompt": "login", "max_age": "0"}
        target = self._discover(now).authorize
        return f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(words)}"

    def identify(self, code: str, verifier: str, back: str, asked: oidc.Asked, now: datetime) -> oidc.Identity | Refuse:
        """Who came back with this code. Raises `Unavailable` where the service does not answer."""
        found = self._discover(now)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        if found.by_post:
            form |= {"client_id": self.client_id, "client_secret": self.secret}
        login = None if found.by_post else httpx.BasicAuth(_quoted(self.client_id), _quoted(self.secret))
        status, body = self._ask("POST", found.token, form, login)
        token = body.get("id_token")
        if status != 200 or not isinstance(token, str):
            return CODE
        return oidc.identify(token, self._keys_for(oidc.key_of(token), now), asked, now)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One question about the service itself at a time; who would wait for long is told so. Raises `Unavailable`."""
        if not self._lock.acquire(timeout=1):
            raise self._silent()
        try:
            yield
        finally:
            self._lock.release()

    def _silent(self) -> Unavailable:
        return Unavailable(f"{self.title} does not answer just now; try again in a minute")

    def _discover(self, now: datetime) -> _Endpoints:
        """Where the service is asked what. A service that failed to say is left alone for some seconds."""
        known = self._endpoints
        if known is not None and now - known[0] < KEPT:
            return known[1]
        with self._alone():
            if self._failed_at is not None and timedelta(0) <= now - self._failed_at < RESTED:
                raise self._silent()
            if self._endpoints is None or now - self._endpoints[0] >= KEPT:
                self._failed_at = now
                status, body = self._ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if status != 200 or body.get("issuer") != self.issuer:
                    raise Unavailable(f"{self.title} does not describe itself as this hub expects")
                names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                authorize, token, keys = (self._sound(body.get(name)) for name in names)
                ways = body.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
                self._endpoints = (now, _Endpoints(authorize, token, keys, "client_secret_basic" not in ways))
                self._failed_at = None
            return self._endpoints[1]

    def _keys_for(self, kid: str | None, now: datetime) -> KeySet:
        """The service's keys; asked for anew where the token names one that is not known, at most every half minute."""
        target = self._discover(now).keys
        with self._alone():
            at, known = self._keys or (None, KeySet([]))
            missing = kid is not None and all(k.kid != kid for k in known.keys)
            if at is None or now - at >= KEPT or (missing and now - at >= RENEWED):
                status, body = self._ask("GET", target)
                if status != 200:
                    raise Unavailable(f"{self.title} does not show its keys")
                known = oidc.public_keys(body)
                self._keys = (now, known)
            return known

    def _sound(self, address: Any) -> str:
        """An address that the service names for itself, if the operator's setting covers it. Raises `Unavailable`."""
        ours = urlsplit(self.issuer)
        try:
            parts = urlsplit(address if isinstance(address, str) else "")
            at_home = (parts.scheme, parts.hostname, parts.port) == (ours.scheme, ours.hostname, ours.port)
            beside = parts.scheme == "https" and parts.port is None and parts.hostname in self.hosts
        except ValueError:
            at_home = beside = False
            parts = ours
        if not (at_home or beside) or parts.username is not None or parts.fragment:
            raise Unavailable(f"{self.title} names an address that HUB_OIDC does not cover")
        return str(address)

    def _ask(
        self, method: str, address: str, form: dict[str, str] | None = None, login: httpx.BasicAuth | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer, an empty one where it is none. Raises `Unavailable`."""
        if not self._asking.acquire(timeout=1):
            raise self._silent()
        until = time.monotonic() + DEADLINE
        try:
            with (
                httpx.Client(follow_redirects=False, timeout=TIMEOUT, trust_env=False, verify=_authorities()) as web,
                web.stream(method, address, data=form, auth=login, headers={"Accept": "application/json"}) as answer,
            ):
                parts, size = [], 0
                for part in answer.iter_bytes(64 * 1024):
                    parts.append(part)
                    size += len(part)
                    if size > MAX_BYTES or time.monotonic() > until:
                        raise Unavailable(f"{self.title} answers more, or more slowly, than this hub reads")
                return answer.status_code, _object(b"".join(parts))
        except httpx.HTTPError:
            raise self._silent() from None
        finally:
            self._asking.release()


@cache
def _authorities() -> ssl.SSLContext:
    """Whose certificates are believed: the usual authorities, or those of SSL_CERT_FILE where an organisation has its own."""
    return httpx.create_ssl_context()


def _quoted(text: str) -> str:
    """As RFC 6749 §2.3.1 wants name and secret in the header."""
    return urlencode({"": text})[1:]


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = httpx.Response(200, content=content).json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def read_providers(path: Path | None) -> dict[str, Provider]:
    """The services that a file names (TOML: a table each). Raises `Unavailable`, which names the fault, no secret."""
    if path is None:
        return {}
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Unavailable("the file that HUB_OIDC names cannot be read as TOML") from None
    return {name: _provider(name, body[name]) for name in body}


def _provider(name: str, body: Any) -> Provider:
    try:
        said = _Named.model_validate(body)
    except ValidationError as wrong:
        places = ", ".join(sorted({".".join(map(str, e["loc"])) or "table" for e in wrong.errors()}))
        raise Unavailable(f"HUB_OIDC, {name}: {places}") from None
    parts = urlsplit(said.issuer)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not name.replace("-", "").isalnum() or not name.isascii() or name != name.lower() or len(name) > 40:
        raise Unavailable(f"HUB_OIDC, {name[:40]}: a service is named in small letters, digits and hyphens")
    if not safe or not parts.hostname or parts.query or parts.fragment or parts.username is not None:
        raise Unavailable(f"HUB_OIDC, {name}: issuer is no https address")
    if (said.secret_file is None) == (not said.secret_env):
        raise Unavailable(f"HUB_OIDC, {name}: give either secret_file or secret_env")
    return Provider(name, said.title, said.issuer, said.client_id, _secret(name, said), said.hosts)


def _secret(name: str, said: _Named) -> str:
    try:
        text = said.secret_file.read_text(encoding="utf-8") if said.secret_file else os.environ[said.secret_env]
    except (OSError, KeyError, ValueError):
        text = ""
    if not text.strip():
        raise Unavailable(f"HUB_OIDC, {name}: the secret is not where it is said to be")
    return text.strip()
