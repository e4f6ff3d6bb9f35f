"""Which stand-in does an identifier get? Keyed hashes of normalised values; there is no unkeyed way to call this.

Keyed BLAKE2b (RFC 7693) at 128 bits, chosen over HMAC-SHA-256 because it is keyed by design and about twice as fast
here. The key is derived (HMAC-SHA-256) from a root secret outside the database, for one partnership, purpose, epoch
and kind of identifier: equal people meet inside one pool, and nowhere else. Placeholders such as `N/K` get none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from protocols.contract import Role

DIGEST_BYTES = 16
PLACEHOLDERS = frozenset(
    {"", "NK", "NA", "NONE", "NULL", "UNKNOWN", "NOTKNOWN", "NOTSTATED", "NOTGIVEN", "REFUSED", "ANON", "ANONYMOUS",
     "NOFIXEDABODE", "NFA", "TBC", "TEST", "XXX", "19000101", "18111111", "19700101", "99991231"}
)  # fmt: skip
UNJOINED = re.compile(r"[^A-Z0-9]+")


def _squeezed(value: str) -> str:
    """Capital letters and digits only, accents folded."""
    folded = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    return UNJOINED.sub("", folded.upper())


def _phone(value: str) -> str:
    digits = re.sub(r"\D", "", value.replace("(0)", ""))
    if digits.startswith("0044"):
        digits = digits[4:]
    elif digits.startswith("44") and len(digits) > 11:
        digits = digits[2:]
    return "0" + digits.lstrip("0") if digits.lstrip("0") else ""


def _uprn(value: str) -> str:
    return value.strip().lstrip("0") if value.strip().isdigit() else ""


def _pnc(value: str) -> str:
    """`02/73319Z`, `2002/0073319Z` and `20020073319Z` are one PNC ID (domain reference §4)."""
    found = re.fullmatch(r"(\d{2}|\d{4})/(\d{1,7})([A-Z])", value.strip().upper().replace(" ", ""))
    if found is None:
        found = re.fullmatch(r"(\d{4})(\d{7})([A-Z])", _squeezed(value))
    return f"{found[1][-2:]}/{int(found[2])}{found[3]}" if found else _squeezed(value)


NORMALISERS: dict[Role, Callable[[str], str]] = {Role.PHONE: _phone, Role.UPRN: _uprn, Role.PNC: _pnc}


def normalise(value: str, role: Role) -> str | None:
    """The one form of an identifier that all its spellings share; None for a placeholder or nothing."""
    found = NORMALISERS.get(role, _squeezed)(value)
    return None if found in PLACEHOLDERS or (len(found) > 3 and len(set(found)) == 1) else found


@dataclass(frozen=True, slots=True)
class Keyring:
    """Pseudonym keys of one partnership, purpose and epoch, derived from the root secret."""

    root: bytes = field(repr=False)
    partnership: str
    purpose: str
    epoch: int

    def key(self, kind: str) -> bytes:
        """The 32-byte key of one kind of identifier."""
        label = "|".join(("hub/pseudonym/1", self.partnership, self.purpose, str(self.epoch), kind))
        return hmac.digest(self.root, label.encode(), "sha256")


def pseudonymise(values: pl.Series, role: Role, keyring: Keyring) -> pl.Series:
    """Pseudonyms of a text column: `p<epoch>-<26 characters>`, null for null and placeholders. Distinct values once."""
    key, prefix = keyring.key(role.value), f"p{keyring.epoch}-"
    made: dict[str, str | None] = {}
    for value in values.drop_nulls().unique():
        normal = normalise(value, role)
        if normal is None:
            made[value] = None
            continue
        digest = hashlib.blake2b(normal.encode(), key=key, digest_size=DIGEST_BYTES).digest()
        made[value] = prefix + base64.b32encode(digest).decode().rstrip("=").lower()
    return values.replace_strict(made, default=None, return_dtype=pl.Utf8)


def _keyed_rows(secret: bytes, label: str, frame: pl.DataFrame) -> pl.Series:
    key = hmac.digest(secret, label.encode(), "sha256")
    parts = [pl.col(c).cast(pl.Utf8).fill_null("\x00") for c in frame.columns]
    rows = frame.select(pl.concat_str(parts, separator="\x1f")).to_series()
    return pl.Series(
        [hashlib.blake2b(row.encode(), key=key, digest_size=DIGEST_BYTES).digest() for row in rows], dtype=pl.Binary
    )


def record_key(secret: bytes, agency: str, dataset: str, key: pl.DataFrame) -> pl.Series:
    """The keyed reference of each source record, from its contract key's columns (Binary, 16 bytes)."""
    return _keyed_rows(secret, f"hub/record/1|{agency}|{dataset}", key)


def content_digest(secret: bytes, frame: pl.DataFrame) -> pl.Series:
    """A keyed digest of each row (Binary, 16 bytes): tells an equal row from a changed one, and nothing else."""
    return _keyed_rows(secret, "hub/content/1", frame)
