"""What does the hub sign with, and what are pseudonyms keyed by? Key material other than the vault's.

All key files lie in one folder (`HUB_KEYS_DIR`), outside the database and outside the data folder:
`kek.json` (see vault), `signing.json` (Ed25519, receipts, results, releases, ledger heads) and
`pseudonyms.json` (root secret, covers of its epochs), and
`releases.json` (the root that event numbers and row order of every recipient's copies are keyed by). The demo alone
may keep them beside its data.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from hub.decision import Unavailable
from hub.depersonalise.pseudonym import Keyring
from hub.ledger import Head, signed_head
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

    def checkpoint(self, head: Head) -> str:
        """A ledger head signed by the hub's key, as a C2SP checkpoint."""
        private = Ed25519PrivateKey.from_private_bytes(_decoded(str(self.key.as_dict(private=True)["d"])))
        return signed_head(head, private.public_key().public_bytes_raw(), private.sign)

    def public(self) -> dict[str, Any]:
        """The public JWK that agencies pin."""
        return {**self.key.as_dict(private=False), "kid": self.kid}


@dataclass(frozen=True, slots=True)
class PseudonymRoot:
    """The root secret, which outlives epochs, and the covers of the epochs that stored pseudonyms still need.

    The first epoch has no cover of its own; see `hub.depersonalise.keyed` for the two steps.
    """

    epoch: int
    secret: bytes = field(repr=False)
    covers: dict[int, bytes] = field(default_factory=dict, repr=False)

    def keyring(self, partnership: str, purpose: str, epoch: int | None = None) -> Keyring:
        """The keys of one partnership and purpose, of the current epoch or an older one. Raises `Unavailable`."""
        wanted = self.epoch if epoch is None else epoch
        if wanted != 1 and wanted not in self.covers:
            raise Unavailable(f"the keys of pseudonym epoch {wanted} are not in the key file")
        return Keyring(self.secret, partnership, purpose, wanted, self.covers.get(wanted))

    def with_new(self) -> PseudonymRoot:
        """The same root in a fresh epoch (rotation)."""
        return PseudonymRoot(self.epoch + 1, self.secret, self.covers | {self.epoch + 1: secrets.token_bytes(32)})

    def with_only(self, epochs: set[int]) -> PseudonymRoot:
        """Without the covers of epochs that nothing needs."""
        return PseudonymRoot(self.epoch, self.secret, {n: c for n, c in self.covers.items() if n in epochs})

    def content(self) -> bytes:
        """As its file's content."""
        text = {str(n): base64.b64encode(c).decode() for n, c in self.covers.items()}
        return json.dumps(
            {"epoch": self.epoch, "root": base64.b64encode(self.secret).decode(), "covers": text}
        ).encode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


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
    """The root secret and its epochs. Raises `Unavailable` when the file is missing or is none."""
    body = _body(folder / PSEUDONYMS)
    try:
        covers = {int(n): base64.b64decode(c) for n, c in body["covers"].items()}
        return PseudonymRoot(body["epoch"], base64.b64decode(body["root"]), covers)
    except (AttributeError, KeyError, TypeError, ValueError) as wrong:
        raise Unavailable(f"{PSEUDONYMS} in HUB_KEYS_DIR is not a key file") from wrong


@dataclass(frozen=True, slots=True)
class PseudonymFile:
    """The root as its file holds it now: read anew when the file changes, so that a worker follows a rotation."""

    folder: Path
    _read: dict[tuple[int, int], PseudonymRoot] = field(default_factory=dict, repr=False, compare=False)

    def root(self) -> PseudonymRoot:
        """What the file holds. Raises `Unavailable` when it is not there."""
        try:
            found = (self.folder / PSEUDONYMS).stat()
        except OSError as wrong:
            raise Unavailable(f"{PSEUDONYMS} cannot be read from HUB_KEYS_DIR") from wrong
        version = (found.st_mtime_ns, found.st_ino)
        known = self._read.get(version)
        if known is None:
            known = read_pseudonym_root(self.folder)
            self._read.clear()
            self._read[version] = known
        return known


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
    return PseudonymRoot(1, secrets.token_bytes(32)).content()
