"""How are words in doubt kept from being read? Sealed with their place under a partnership's key, told apart by another.

The key file `review.json` lies with the other keys. A word's digest is keyed, so that the database alone cannot be
searched for names; what is sealed is bound to its partnership and digest.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.decision import Tampered, Unavailable
from hub.depersonalise.keyed import Secret, hashed

REVIEW = "review.json"
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Word:
    """A word (folded) and one place where it stood: before, as it was written, after."""

    word: str
    place: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class WordBox:
    """Seals and opens words, each partnership's under its own key."""

    secret: Secret

    def digest(self, partnership: str, word: str) -> bytes:
        """The keyed digest that tells words apart."""
        return hashed([word.encode()], self.secret.derive("hub/review-word/1", partnership)).tobytes()

    def seal(self, partnership: str, word: Word) -> bytes:
        """A word with its place, encrypted."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = json.dumps([word.word, *word.place]).encode()
        return nonce + self._cipher(partnership).encrypt(nonce, plain, self._bound(partnership, word.word))

    def open(self, partnership: str, digest: bytes, sealed: bytes) -> Word:
        """The word. Raises `Tampered` where it is not this partnership's, or not the digest's."""
        try:
            plain = self._cipher(partnership).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], digest)
        except (InvalidTag, ValueError) as wrong:
            raise Tampered("a sealed word does not open with its key") from wrong
        word, *place = json.loads(plain)
        return Word(word, (place[0], place[1], place[2]))

    def _cipher(self, partnership: str) -> AESGCM:
        return AESGCM(self.secret.derive("hub/review-seal/1", partnership).material)

    def _bound(self, partnership: str, word: str) -> bytes:
        return self.digest(partnership, word)


def new_review() -> bytes:
    """A fresh key as its file's content."""
    return json.dumps({"key": base64.b64encode(secrets.token_bytes(32)).decode()}).encode()


def read_wordbox(folder: Path) -> WordBox:
    """The box with the key of its file. Raises `Unavailable` when it is missing."""
    try:
        return WordBox(Secret(base64.b64decode(json.loads((folder / REVIEW).read_text())["key"])))
    except (OSError, KeyError, TypeError, ValueError) as wrong:
        raise Unavailable(f"{REVIEW} cannot be read from HUB_KEYS_DIR; `hub keys new` makes it") from wrong
