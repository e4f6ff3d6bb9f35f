"""Did the holder of this key sign exactly this text? WebAuthn assertions and registrations, checked without a server.

After Web Authentication level 3 §6.1 (authenticator data), §7.1 and §7.2 (what a relying party verifies). A signature
of a protocol has the SHA-256 digest of its text as challenge, so that nobody but the authenticator's holder can make
it, and anybody who has the text, the stored assertion and the key can check it: hub and verifier use this one file.
Keys are SubjectPublicKeyInfo (DER); attestation is not asked for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
MAX_BYTES = 4096
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey


class Unproved(ValueError):
    """What was presented proves nothing. `rule` says which check failed; the message says it in words."""

    def __init__(self, rule: str, words: str) -> None:
        super().__init__(words)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """For whom keys are made: the site's domain (RP id) and the origins of its pages."""

    id: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an authenticator answered: which key, the data it signed, and its signature."""

    credential: str
    authenticator_data: bytes
    client_data: bytes
    signature: bytes

    @property
    def message(self) -> bytes:
        """The signed bytes (§6.3.3)."""
        return self.authenticator_data + hashlib.sha256(self.client_data).digest()


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is registered."""

    credential: str
    public_key: bytes
    count: int


def b64u(content: bytes) -> str:
    """Base64url without padding, as WebAuthn writes bytes."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def from_b64u(text: str) -> bytes:
    """The bytes of base64url without padding. Raises `Unproved`."""
    try:
        if len(text) > 2 * MAX_BYTES:
            raise ValueError
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise Unproved("signing.malformed", "what the browser sent cannot be read") from None


def fingerprint(public_key: bytes) -> str:
    """How people compare keys: the first 16 hex digits of the key's SHA-256, in fours."""
    digits = hashlib.sha256(public_key).hexdigest()[:16]
    return " ".join(digits[n : n + 4] for n in range(0, 16, 4))


def _check_client(client_data: bytes, kind: str, challenge: bytes, party: RelyingParty) -> None:
    """§7.2 steps 11-14: what it was made for, over which challenge, on whose page."""
    try:
        said = json.loads(client_data)
        made, over, origin = str(said["type"]), str(said["challenge"]), str(said["origin"])
        elsewhere = bool(said.get("crossOrigin", False))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unproved("signing.malformed", "what the browser sent cannot be read") from None
    if made != kind:
        raise Unproved("signing.kind", "this was made for something else than a signature")
    if from_b64u(over) != challenge:
        raise Unproved("signing.other-text", "this is a signature of another text")
    if origin not in party.origins or elsewhere:
        raise Unproved("signing.origin", "this was signed on another site's page")


def _check_authenticator(data: bytes, party: RelyingParty) -> int:
    """§7.2 steps 15-17: for which site, with the person there and verified; the signature counter."""
    if not 37 <= len(data) <= MAX_BYTES:
        raise Unproved("signing.malformed", "what the authenticator answered cannot be read")
    if data[:32] != hashlib.sha256(party.id.encode()).digest():
        raise Unproved("signing.relying-party", "this key was made for another site")
    if not data[32] & PRESENT or not data[32] & VERIFIED:
        raise Unproved("signing.unverified", "the authenticator did not verify who was there (PIN, finger or face)")
    return int.from_bytes(data[33:37], "big")


def load_key(public_key: bytes) -> PublicKey:
    """A public key of a kind that is taken: P-256, Ed25519, RSA from 2048 bits. Raises `Unproved`."""
    try:
        key = load_der_public_key(public_key)
    except ValueError:
        raise Unproved("signing.key-kind", "this is not a public key") from None
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        return key
    raise Unproved("signing.key-kind", "keys of this kind are not taken: use P-256, Ed25519 or RSA")


def check_assertion(
    assertion: Assertion, public_key: bytes, challenge: bytes, party: RelyingParty, count: int = 0
) -> int:
    """Verify an assertion over a challenge, by a key last seen at a counter; the counter now. Raises `Unproved`."""
    _check_client(assertion.client_data, "webauthn.get", challenge, party)
    now = _check_authenticator(assertion.authenticator_data, party)
    key = load_key(public_key)
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(assertion.signature, assertion.message)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(assertion.signature, assertion.message, ec.ECDSA(SHA256()))
        else:
            key.verify(assertion.signature, assertion.message, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        raise Unproved("signing.signature", "the signature is not by this key, or not of this text") from None
    if (now or count) and now <= count:
        raise Unproved("signing.counter", "the key's counter did not go on: there may be a copy of it")
    return now


def cose(public_key: bytes) -> bytes:
    """A public key as authenticators write it: a COSE key in CTAP2's canonical CBOR, of which each kind has one form."""
    key = load_key(public_key)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return bytes.fromhex("a4010103272006215820") + key.public_bytes_raw()
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return bytes.fromhex("a5010203262001215820") + x + bytes.fromhex("225820") + y
    numbers = key.public_numbers()
    n, e = numbers.n.to_bytes(key.key_size // 8, "big"), numbers.e.to_bytes(3, "big")
    return bytes.fromhex("a401030339010020") + b"\x59" + len(n).to_bytes(2, "big") + n + b"\x21\x43" + e


def check_registration(
    client_data: bytes, authenticator_data: bytes, public_key: bytes, challenge: bytes, party: RelyingParty
) -> NewKey:
    """Verify that an authenticator made this key for this site just now (§7.1, no attestation). Raises `Unproved`."""
    _check_client(client_data, "webauthn.create", challenge, party)
    count = _check_authenticator(authenticator_data, party)
    if not authenticator_data[32] & ATTESTED or len(authenticator_data) < 55:
        raise Unproved("signing.malformed", "the authenticator made no key")
    length = int.from_bytes(authenticator_data[53:55], "big")
    credential, held = authenticator_data[55 : 55 + length], authenticator_data[55 + length :]
    if not 1 <= length <= 1023 or not held.startswith(cose(public_key)):
        raise Unproved("signing.key-kind", "the authenticator made another key than the one presented")
    return NewKey(b64u(credential), public_key, count)
