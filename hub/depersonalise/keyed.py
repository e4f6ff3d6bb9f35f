"""How is a value turned into its stand-in, and by which keys? The one file of this folder that hashes.

Two steps, two keys. *Inner:* keyed BLAKE2b (RFC 7693) of the normal form, 128 bits, under a key derived from the
root secret for one partnership, purpose and kind of identifier. *Outer:* one block of AES-256 (FIPS 197), a
permutation, under the key of the epoch, or of the recipient. Being a permutation, the outer step can be taken off and
put on anew: a rotation moves every stored pseudonym to the next epoch without the clear value, and a release gives
each recipient stand-ins that no other recipient's copy can be joined to.

BLAKE2b over HMAC-SHA-256: keyed by design (no length extension), and twice as fast here. Unkeyed hashing cannot be
written with what is offered: the functions take a `Secret`, which refuses anything but 32 bytes that are not all zero.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
"""Bytes of a pseudonym, 128 bits: two of a thousand million values share one with a chance of 10^-21."""
CHARACTERS = 26
PAIRS = CHARACTERS // 2
_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
_PAIRS = np.stack([np.repeat(_ALPHABET, 32), np.tile(_ALPHABET, 32)], axis=1).view(np.uint16).ravel()
_TENS = np.full(65536, 65535, np.uint16)
_TENS[_PAIRS] = np.arange(1024, dtype=np.uint16)
Blocks = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
"""One row of 16 bytes a value."""


@dataclass(frozen=True, slots=True)
class Secret:
    """32 bytes of key. Raises `ValueError` on what cannot be one: another length, or nothing but zeros."""

    material: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.material) != 32 or not any(self.material):
            raise ValueError("a key is 32 random bytes; pseudonyms without one are forbidden")

    def derive(self, *label: str) -> Secret:
        """The key of one label (HMAC-SHA-256 as in NIST SP 800-108); different labels never meet."""
        return Secret(hmac.digest(self.material, json.dumps(label).encode(), "sha256"))


def hashed(values: Iterable[bytes], key: Secret) -> Blocks:
    """The inner step: a keyed hash of each value."""
    material, blake2b = key.material, hashlib.blake2b
    joined = b"".join([blake2b(value, key=material, digest_size=BLOCK).digest() for value in values])
    return np.frombuffer(joined, np.uint8).reshape(-1, BLOCK)


def covered(blocks: Blocks, key: Secret) -> Blocks:
    """The outer step put on."""
    # ECB is right here and nowhere else: each block is a separate, already pseudorandom value
    cipher = Cipher(algorithms.AES(key.material), modes.ECB()).encryptor()  # noqa: S305
    return np.frombuffer(cipher.update(blocks.tobytes()), np.uint8).reshape(-1, BLOCK)


def uncovered(blocks: Blocks, key: Secret) -> Blocks:
    """The outer step taken off."""
    cipher = Cipher(algorithms.AES(key.material), modes.ECB()).decryptor()  # noqa: S305
    return np.frombuffer(cipher.update(blocks.tobytes()), np.uint8).reshape(-1, BLOCK)


def written(blocks: Blocks, prefix: str) -> pl.Series:
    """Blocks as text: the prefix and 26 characters of base32 (RFC 4648, lower case, no padding)."""
    n, head = len(blocks), prefix.encode("ascii")
    high, low = np.ascontiguousarray(blocks).view(">u8").astype(np.uint64).T
    pairs = np.empty((n, PAIRS), np.uint16)
    for i in range(PAIRS):  # ten bits are two characters, looked up at once
        if i < 6:
            ten = high >> np.uint64(54 - 10 * i)
        elif i == 6:
            ten = (high << np.uint64(6)) | (low >> np.uint64(58))
        else:
            ten = low >> np.uint64(48 - 10 * (i - 7)) if i < PAIRS - 1 else low << np.uint64(2)
        pairs[:, i] = _PAIRS[ten & np.uint64(1023)]
    text = np.empty((n, len(head) + CHARACTERS), np.uint8)
    text[:, : len(head)] = np.frombuffer(head, np.uint8)
    text[:, len(head) :] = pairs.view(np.uint8)
    ends = np.arange(n + 1, dtype=np.int64) * text.shape[1]
    array = pa.LargeStringArray.from_buffers(n, pa.py_buffer(ends), pa.py_buffer(text))
    return pl.Series(pl.from_arrow(array), dtype=pl.Utf8)


def read(texts: pl.Series, prefix: str) -> Blocks:
    """What `written` wrote, as blocks. Raises `ValueError` on anything else."""
    joined = "".join(texts).encode("ascii", "replace")
    width = len(prefix) + CHARACTERS
    if len(joined) != len(texts) * width:
        raise ValueError("not a pseudonym of this epoch")
    rows = np.frombuffer(joined, np.uint8).reshape(-1, width)
    pairs = np.ascontiguousarray(rows[:, len(prefix) :]).view(np.uint16)
    tens = _TENS[pairs].astype(np.uint64)
    wrong = (tens > 1023).any() or (tens[:, -1] & np.uint64(3)).any()
    if wrong or (rows[:, : len(prefix)] != np.frombuffer(prefix.encode(), np.uint8)).any():
        raise ValueError("not a pseudonym of this epoch")
    high, low = np.zeros((2, len(rows)), np.uint64)
    for i in range(6):
        high |= tens[:, i] << np.uint64(54 - 10 * i)
    high |= tens[:, 6] >> np.uint64(6)
    low |= tens[:, 6] << np.uint64(58)
    for i in range(7, PAIRS - 1):
        low |= tens[:, i] << np.uint64(48 - 10 * (i - 7))
    low |= tens[:, -1] >> np.uint64(2)
    return np.stack([high, low], axis=1).astype(">u8").view(np.uint8)
