"""How are people's secrets kept out of the database? Sealed by a key of the key file `people.json`, each bound to whose it
is and what for: a copy of the database gives no codes away, and a sealed secret moved to another account opens nothing."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.decision import Tampered, Unavailable

PEOPLE = "people.json"
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class LockBox:
    """Seals and opens secrets with the key of a folder's file, read when it is needed: most commands never do."""

    folder: Path

    def seal(self, place: str, plain: bytes) -> bytes:
        """A secret, encrypted (AES-256-GCM) and bound to its place, such as `totp/<person>`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, plain, place.encode())

    def open(self, place: str, sealed: bytes) -> bytes:
        """The secret. Raises `Tampered` where it was sealed for another place or by another key."""
        try:
            return self._cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as wrong:
            raise Tampered("a person's sealed secret does not open with its key") from wrong

    def _cipher(self) -> AESGCM:
        try:
            return AESGCM(base64.b64decode(json.loads((self.folder / PEOPLE).read_text())["key"]))
        except (OSError, KeyError, TypeError, ValueError) as wrong:
            raise Unavailable(f"{PEOPLE} cannot be read from HUB_KEYS_DIR; `hub keys new` makes it") from wrong


def new_people() -> bytes:
    """A fresh key as its file's content."""
    return json.dumps({"key": base64.b64encode(secrets.token_bytes(32)).decode()}).encode()
