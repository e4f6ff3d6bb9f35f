"""Does this ID token say who is there? OpenID Connect Core 1.0 §3.1.3.7, RFC 9700: every check, and none left to the service.

Pure: the token, the service's public keys, what the hub asked with and the time go in; who it is, or `Refuse`, comes out.
What a sign-in is bound to is derived from one random value that the browser keeps: nothing of it lies in the database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from hub.decision import Refuse

ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519")
"""Public-key signatures alone: `none` proves nothing, and a service's public key would sign any HS256 token."""
LEEWAY = 60
MAX_LIFE, MAX_SUBJECT, MAX_ADDRESS = 24 * 3600, 255, 254

STRANGE = Refuse("oidc.token", "what the service said about you cannot be read, or is not signed by it")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the hub asked with: the service's issuer, its own name there, the nonce, and how long ago at most the person
    must have proved themselves (None: it was not asked)."""

    issuer: str
    client_id: str
    nonce: str
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who it is: the service's own name for the person, a verified address in lower case ("" where there is none), and
    when the service last saw the person prove themselves."""

    subject: str
    address: str
    seen_at: datetime | None


def derived(secret: str, what: str, bound_to: str) -> str:
    """State, nonce and PKCE verifier (RFC 7636: 43 characters) of one sign-in, from the value that its browser keeps."""
    return _b64(hmac.digest(secret.encode(), f"{what}\x00{bound_to}".encode(), "sha256"))


def challenge(verifier: str) -> str:
    """What the service is told of the verifier beforehand (PKCE, S256)."""
    return _b64(hashlib.sha256(verifier.encode()).digest())


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def key_of(token: str) -> str | None:
    """The id of the key that a token names; None where it names none or is no token."""
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, UnicodeEncodeError):
        return None
    return kid if isinstance(kid, str) else None


def public_keys(body: Mapping[str, Any]) -> KeySet:
    """A service's published keys, those that can check a signature by public key. Others are passed over."""
    kinds: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    found: list[OctKey | RSAKey | ECKey | OKPKey] = []
    for one in body.get("keys") or ():
        kind = kinds.get(str(one.get("kty"))) if isinstance(one, dict) else None
        if kind is None or one.get("use", "sig") != "sig" or "d" in one:
            continue
        try:
            found.append(kind.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return KeySet(found)


def identify(token: str, keys: KeySet, asked: Asked, now: datetime) -> Identity | Refuse:
    """Who it is, if the token is of this service, for this hub, for this very sign-in, and of now."""
    kid = key_of(token)
    key = next((k for k in keys.keys if k.kid == kid), None)
    if key is None:
        return STRANGE
    try:
        claims = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError):
        return STRANGE
    refusal = _unfit(claims, asked, now)
    return _identity(claims) if refusal is None else refusal


def _unfit(claims: Mapping[str, Any], asked: Asked, now: datetime) -> Refuse | None:
    at = now.timestamp()
    audience = claims.get("aud")
    heard = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    if claims.get("iss") != asked.issuer:
        return Refuse("oidc.issuer", "the token is of another service")
    if asked.client_id not in heard or claims.get("azp", asked.client_id) != asked.client_id:
        return Refuse("oidc.audience", "the token was made for another site")
    if len(heard) > 1 and "azp" not in claims:
        return Refuse("oidc.audience", "the token was made for several sites and does not say for which")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), asked.nonce.encode()):
        return Refuse("oidc.nonce", "the token is of another sign-in")
    issued, expires, seen = (_time(claims.get(name)) for name in ("iat", "exp", "auth_time"))
    if issued is None or expires is None:
        return STRANGE
    if not issued - LEEWAY <= at < expires + LEEWAY or expires - issued > MAX_LIFE or at - issued > MAX_LIFE:
        return Refuse("oidc.expired", "the token has expired, or the clocks of the service and the hub differ")
    if asked.max_age is not None and not (seen is not None and -LEEWAY <= at - seen <= asked.max_age + LEEWAY):
        return Refuse("oidc.stale", "the service did not ask you to prove who you are just now")
    return None


def _time(value: Any) -> int | None:
    """A moment in seconds, where it is one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**37 else None


def _identity(claims: Mapping[str, Any]) -> Identity | Refuse:
    subject, address, seen = claims.get("sub"), claims.get("email"), _time(claims.get("auth_time"))
    if not isinstance(subject, str) or not 1 <= len(subject) <= MAX_SUBJECT or not subject.isprintable():
        return STRANGE
    verified = claims.get("email_verified") is True and isinstance(address, str) and len(address) <= MAX_ADDRESS
    seen_at = datetime.fromtimestamp(seen, UTC) if seen is not None else None
    return Identity(subject, str(address).strip().lower() if verified else "", seen_at)
