"""The agency's own signing key: Ed25519, in a file that only its owner may read."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from protocols.wire import KeyProof, sign


@dataclass(frozen=True, slots=True)
class AgencyKey:
    """An Ed25519 key pair and its id."""

    key: OKPKey
    kid: str

    def public(self) -> dict[str, Any]:
        """The public JWK."""
        return {**self.key.as_dict(private=False), "kid": self.kid}

    def request(self, agency: str) -> dict[str, Any]:
        """What the hub's operator is given to register: the public JWK, and the proof that its private half is held."""
        return {**self.public(), "proof": sign(KeyProof(agency=agency, kid=self.kid), self.key, self.kid)}


def make_key(path: Path, agency: str) -> AgencyKey:
    """A new key in a new file (mode 0600). Raises `FileExistsError`: a key is never overwritten."""
    made = AgencyKey(OKPKey.generate_key("Ed25519"), f"{agency}-{secrets.token_hex(4)}")
    body = json.dumps({**made.key.as_dict(private=True), "kid": made.kid})
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    return made


def read_key(path: Path) -> AgencyKey:
    """The key in a file. Raises `ValueError` with what to do."""
    try:
        body = json.loads(path.read_text())
        return AgencyKey(OKPKey.import_key(body), body["kid"])
    except (OSError, ValueError, KeyError) as wrong:
        raise ValueError(f"no key can be read from {path.name}; make one with `connector keygen`") from wrong


def read_public(path: Path) -> OKPKey:
    """A public JWK in a file, such as the hub's. Raises `ValueError`."""
    try:
        return OKPKey.import_key(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError) as wrong:
        raise ValueError(f"no public key can be read from {path.name}") from wrong
