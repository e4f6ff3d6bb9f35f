"""What does the hub sign with, and what are pseudonyms keyed by? Key material other than the vault's.

All key files lie in one folder (`HUB_KEYS_DIR`), outside the database and outside the data folder:
`kek.json` (see vault), `signing.json` (Ed25519, receipts, results, releases, ledger heads) and
`pseudonyms.json` (root secrets by epoch), and
`releases.json` (the root that event numbers and row order of every recipient's copies are keyed by). The demo alone may keep them beside its data.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from hub.decision import Unavailable
from protocols import wire

SIGNING, PSEUDONYMS, RELEASES, KEK = "signing.json", "pseudonyms.json", "releases.json", "kek.json"


@dataclass(frozen=True, slots=True)
class Signer:
    """The hub's own Ed25519 key."""

    key: OKPKey
    kid: str

    def sign(self, model: wire.Wire) -> str:
        """JWS of a wire model under the hub's key."""
        return wire.sign(model, self.key, self.kid)

    def public(self) -> dict[str, Any]:
        """The public JWK that agencies pin."""
        return {**self.key.as_dict(private=False), "kid": self.kid}


@dataclass(frozen=True, slots=True)
class PseudonymRoot:
    """The root secret of the current epoch, from which every partnership's and purpose's key is derived."""

    epoch: int
    secret: bytes


def _body(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as wrong:
        raise Unavailable(f"{path.name} cannot be read from HUB_KEYS_DIR; `hub keys new` makes it") from wrong


def read_signer(folder: Path) -> Signer:
    """The signing key. Raises `Unavailable` when it is missing."""
    body = _body(folder / SIGNING)
    return Signer(OKPKey.import_key(body), body["kid"])


def read_pseudonym_root(folder: Path) -> PseudonymRoot:
    """The current epoch's root secret. Raises `Unavailable` when it is missing."""
    body = _body(folder / PSEUDONYMS)
    return PseudonymRoot(body["epoch"], base64.b64decode(body["roots"][str(body["epoch"])]))


def read_release_root(folder: Path) -> bytes:
    """The root of recipients' keys. Raises `Unavailable` when it is missing."""
    return base64.b64decode(_body(folder / RELEASES)["root"])


def new_releases() -> bytes:
    """A first root of recipients' keys as its file's content. It is not rotated: old copies could not be traced."""
    return json.dumps({"root": base64.b64encode(secrets.token_bytes(32)).decode()}).encode()


def new_signing() -> bytes:
    """A fresh signing key as its file's content."""
    key = OKPKey.generate_key("Ed25519")
    return json.dumps({**key.as_dict(private=True), "kid": f"hub-{secrets.token_hex(4)}"}).encode()


def new_pseudonyms() -> bytes:
    """A first pseudonym root as its file's content."""
    root = base64.b64encode(secrets.token_bytes(32)).decode()
    return json.dumps({"epoch": 1, "roots": {"1": root}}).encode()
