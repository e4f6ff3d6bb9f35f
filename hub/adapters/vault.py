"""Where do identifiable bytes lie, and who holds the key? Encrypted objects, a key per batch, a key over keys.

Each batch has its own 256-bit data key, wrapped (AES-256-GCM) by a key-encryption key that lies outside the
database and outside the data folder. Destroying a batch's wrapped key destroys the batch, in every backup too
(crypto-shredding). Every ciphertext is bound to its place (batch, piece) as associated data, so that stored
objects cannot be swapped. Only receive, process and retire may import this.
"""

from __future__ import annotations

import base64
import json
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.adapters.durable import write_durably
from hub.decision import NotFound, Tampered, Unavailable

NONCE_BYTES = 12


def _seal(key: bytes, place: str, plain: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def _open(key: bytes, place: str, sealed: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as wrong:
        raise Tampered(f"stored object {place} does not open with its key") from wrong


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A batch's data key, readable only with the key-encryption key `kek_id`."""

    kek_id: str
    wrapped: bytes


class Wrapper(Protocol):
    """What holds the key-encryption keys: a file, the environment, a PKCS#11 token, a key service."""

    @property
    def current_id(self) -> str:
        """The key that new data keys are wrapped with."""
        ...

    def wrap(self, batch: str, key: bytes) -> WrappedKey:
        """Wrap a batch's data key with the current key, bound to the batch."""
        ...

    def unwrap(self, batch: str, wrapped: WrappedKey) -> bytes:
        """The data key of a batch. Raises `Unavailable` where its key is not here, `Tampered` where it does not fit."""
        ...


@dataclass(frozen=True, slots=True)
class KeyEncryptionKeys:
    """The keys over keys, by id; new data keys are wrapped with `current`."""

    current: str
    keys: dict[str, bytes]

    @classmethod
    def read(cls, path: Path) -> KeyEncryptionKeys:
        """From its file: `{"current": id, "keys": {id: base64}}`. Raises `Unavailable` when it is not there."""
        try:
            body = json.loads(path.read_text())
            return cls(body["current"], {k: base64.b64decode(v) for k, v in body["keys"].items()})
        except (OSError, KeyError, ValueError) as wrong:
            raise Unavailable("the key-encryption key cannot be read; see HUB_KEYS_DIR") from wrong

    @property
    def current_id(self) -> str:
        """The key that new data keys are wrapped with."""
        return self.current

    def with_new(self) -> KeyEncryptionKeys:
        """The same keys and a fresh current one (rotation)."""
        name = f"kek-{len(self.keys) + 1}-{secrets.token_hex(4)}"
        return KeyEncryptionKeys(name, self.keys | {name: secrets.token_bytes(32)})

    def write(self, path: Path) -> None:
        """Durably replace the key file, mode 0600."""
        body = {"current": self.current, "keys": {k: base64.b64encode(v).decode() for k, v in self.keys.items()}}
        write_durably(path, json.dumps(body).encode())

    def wrap(self, batch: str, key: bytes) -> WrappedKey:
        """Wrap a batch's data key."""
        return WrappedKey(self.current, _seal(self.keys[self.current], f"key/{batch}", key))

    def unwrap(self, batch: str, wrapped: WrappedKey) -> bytes:
        """The data key of a batch. Raises `Unavailable` when its key-encryption key is not here."""
        try:
            kek = self.keys[wrapped.kek_id]
        except KeyError:
            raise Unavailable(f"key-encryption key {wrapped.kek_id} is not in the key file") from None
        return _open(kek, f"key/{batch}", wrapped.wrapped)


def new_keys() -> KeyEncryptionKeys:
    """A first key-encryption key."""
    return KeyEncryptionKeys("", {}).with_new()


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The keys over keys as their file holds them now: read anew when the file changes.

    A process that kept yesterday's keys in memory would wrap new data keys with a key that a rotation has dropped.
    """

    path: Path
    _read: dict[tuple[int, int], KeyEncryptionKeys] = field(default_factory=dict, repr=False, compare=False)

    def keys(self) -> KeyEncryptionKeys:
        """What the file holds. Raises `Unavailable` when it is not there."""
        try:
            found = self.path.stat()
        except OSError as wrong:
            raise Unavailable("the key-encryption key cannot be read; see HUB_KEYS_DIR") from wrong
        version = (found.st_mtime_ns, found.st_ino)
        known = self._read.get(version)
        if known is None:
            known = KeyEncryptionKeys.read(self.path)
            self._read.clear()
            self._read[version] = known
        return known

    @property
    def current_id(self) -> str:
        """The key that new data keys are wrapped with."""
        return self.keys().current

    def wrap(self, batch: str, key: bytes) -> WrappedKey:
        """Wrap a batch's data key with the current key."""
        return self.keys().wrap(batch, key)

    def unwrap(self, batch: str, wrapped: WrappedKey) -> bytes:
        """The data key of a batch. Raises `Unavailable` when its key-encryption key is not here."""
        return self.keys().unwrap(batch, wrapped)


@dataclass(frozen=True, slots=True)
class Vault:
    """The encrypted store: `folder/<batch>/<piece>`. Names are random ids and numbers only."""

    folder: Path
    keks: Wrapper

    def new_key(self, batch: str) -> WrappedKey:
        """A data key for a new batch, already wrapped."""
        return self.keks.wrap(batch, secrets.token_bytes(32))

    def put_piece(self, batch: str, number: int, key: WrappedKey, plain: bytes) -> None:
        """Store one piece encrypted, durable before this returns."""
        folder = self.folder / batch
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(folder / f"{number:06d}", _seal(self.keks.unwrap(batch, key), f"{batch}/{number}", plain))

    def read(self, batch: str, pieces: int, key: WrappedKey) -> bytes:
        """The whole batch, decrypted in memory only. Raises `Tampered` or `NotFound`."""
        data_key = self.keks.unwrap(batch, key)
        parts: list[bytes] = []
        for number in range(pieces):
            try:
                sealed = (self.folder / batch / f"{number:06d}").read_bytes()
            except FileNotFoundError:
                raise NotFound(f"piece {number} of batch {batch} is not in the store") from None
            parts.append(_open(data_key, f"{batch}/{number}", sealed))
        return b"".join(parts)

    def seal_row(self, batch: str, line: int, key: WrappedKey, plain: bytes) -> bytes:
        """Encrypt one quarantined row under its batch's key."""
        return _seal(self.keks.unwrap(batch, key), f"{batch}/row/{line}", plain)

    def open_row(self, batch: str, line: int, key: WrappedKey, sealed: bytes) -> bytes:
        """Decrypt one quarantined row."""
        return _open(self.keks.unwrap(batch, key), f"{batch}/row/{line}", sealed)

    def destroy(self, batch: str) -> None:
        """Remove a batch's objects. The proof of destruction is the key's, which the database drops."""
        shutil.rmtree(self.folder / batch, ignore_errors=True)
