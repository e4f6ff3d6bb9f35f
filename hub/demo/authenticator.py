"""A passkey in software, for the demo's fictional signatories and for tests: it answers as a security key would."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from protocols.assertion import ATTESTED, PRESENT, VERIFIED, Assertion, b64u, cose


@dataclass
class Authenticator:
    """One P-256 key made for one site, and its counter."""

    rp_id: str
    origin: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0
    flags: int = PRESENT | VERIFIED

    @property
    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def _client(self, kind: str, challenge: bytes) -> bytes:
        said = {"type": kind, "challenge": b64u(challenge), "origin": self.origin, "crossOrigin": False}
        return json.dumps(said, separators=(",", ":")).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def register(self, challenge: bytes) -> tuple[bytes, bytes, bytes]:
        """(client data, authenticator data, public key) of a fresh key."""
        held = len(self.credential).to_bytes(2, "big") + self.credential + cose(self.public_key)
        data = self._data(self.flags | ATTESTED) + bytes(16) + held
        return self._client("webauthn.create", challenge), data, self.public_key

    def sign(self, challenge: bytes) -> Assertion:
        """An assertion over a challenge; the counter goes on by one."""
        self.count += 1
        made = Assertion(b64u(self.credential), self._data(self.flags), self._client("webauthn.get", challenge), b"")
        signature = self.key.sign(made.message, ec.ECDSA(SHA256()))
        return Assertion(made.credential, made.authenticator_data, made.client_data, signature)

    def write(self, path: Path) -> None:
        """Keep it in a file: only in the demo's own folder."""
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        body = {"rp_id": self.rp_id, "origin": self.origin, "key": pem, "credential": self.credential.hex(),
                "count": self.count}  # fmt: skip
        path.touch(mode=0o600)
        path.write_text(json.dumps(body))

    @classmethod
    def read(cls, path: Path) -> Authenticator:
        """From its file."""
        body = json.loads(path.read_text())
        key = load_pem_private_key(body["key"].encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls(body["rp_id"], body["origin"], key, bytes.fromhex(body["credential"]), body["count"])
