"""Which stand-in does an identifier get? Keyed hashes of normal forms: equal people meet inside one pool, and nowhere
else. The two steps and their keys are in `keyed`, the normal forms in `normal`. A value without a normal form has none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from hub.depersonalise.keyed import BLOCK, Secret, covered, hashed, read, uncovered, written
from hub.depersonalise.normal import normalise
from protocols.contract import Role

__all__ = ["Keyring", "content_digest", "for_recipient", "invented", "normalise", "pseudonymise", "record_key",
           "rotated", "series_secret"]  # fmt: skip
MOSTLY_DISTINCT = 0.8
IN_COPIES = "r-"
"""What a pseudonym in a recipient's copy begins with."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Pseudonym keys of one partnership, purpose and epoch.

    `root` is the inner step's secret and outlives epochs; `cover` the epoch's own, fresh at every rotation. The first
    epoch has none of its own: it is derived from the root.
    """

    root: bytes = field(repr=False)
    partnership: str
    purpose: str
    epoch: int
    cover: bytes | None = field(default=None, repr=False)

    @property
    def prefix(self) -> str:
        """What every pseudonym of this epoch begins with."""
        return f"p{self.epoch}-"

    def inner(self, kind: str) -> Secret:
        """The key of one kind of identifier, the same in every epoch."""
        return Secret(self.root).derive("hub/pseudonym/2", self.partnership, self.purpose, kind)

    def outer(self) -> Secret:
        """The key of this epoch."""
        secret = Secret(self.root if self.cover is None else self.cover)
        return secret.derive("hub/epoch/1", self.partnership, self.purpose, str(self.epoch))


def pseudonymise(values: pl.Series, role: Role, keyring: Keyring) -> pl.Series:
    """Pseudonyms of a text column: `p<epoch>-<26 characters>`, null for null and what has no normal form."""
    return pseudonyms_of(normalise(values, role), role.value, keyring)


def pseudonyms_of(normal: pl.Series, kind: str, keyring: Keyring) -> pl.Series:
    """Pseudonyms of values already in normal form, under the key of their kind."""
    given = normal.drop_nulls()
    if given.is_empty():
        return pl.Series(normal.name, [None] * len(normal), pl.Utf8)
    sample = given.head(1000)
    repeated = sample.n_unique() < MOSTLY_DISTINCT * len(sample)
    distinct = given.unique() if repeated else given  # looking for equals costs more than hashing a few of them twice
    blocks = covered(hashed(distinct.cast(pl.Binary).to_list(), keyring.inner(kind)), keyring.outer())
    made = written(blocks, keyring.prefix)
    if repeated:
        return normal.replace_strict(distinct, made, default=None, return_dtype=pl.Utf8)
    if len(given) == len(normal):
        return made.alias(normal.name)
    return pl.Series(normal.name, [None] * len(normal), pl.Utf8).scatter(normal.is_not_null().arg_true(), made)


def rotated(pseudonyms: pl.Series, old: Keyring, new: Keyring) -> pl.Series:
    """Pseudonyms (no nulls) moved from one epoch to another, without the clear value: who met before meets after.

    Equal, row by row, to what `pseudonymise` makes of the same values under `new`. Raises `ValueError` on a text that
    is no pseudonym of the old epoch, or on keyrings of different roots, partnerships or purposes.
    """
    if (old.root, old.partnership, old.purpose) != (new.root, new.partnership, new.purpose):
        raise ValueError("a rotation changes the epoch and nothing else")
    blocks = uncovered(read(pseudonyms, old.prefix), old.outer())
    return written(covered(blocks, new.outer()), new.prefix).alias(pseudonyms.name)


def series_secret(root: bytes, recipient: str, series: str, salt: bytes) -> Secret:
    """The key of one recipient's series of releases: of the releases' root and of the series' own random salt, without
    which nobody can make it again. Raises `ValueError` on a root that cannot be one."""
    return Secret(root).derive("hub/series/1", recipient, series, salt.hex())


def for_recipient(pseudonyms: pl.Series, keyring: Keyring, key: Secret) -> pl.Series:
    """Pseudonyms (no nulls) as one recipient's series of releases has them: `r-<26 characters>`.

    The epoch's step is taken off and the series' put on, so that a rotation changes nothing for the recipient. Two
    recipients, or two series, cannot be joined, nor a copy to the pool. Raises `ValueError` on a text that is no
    pseudonym of this epoch.
    """
    blocks = uncovered(read(pseudonyms, keyring.prefix), keyring.outer())
    return written(covered(blocks, key), IN_COPIES).alias(pseudonyms.name)


def invented(count: int, key: Secret, mark: str) -> pl.Series:
    """Pseudonyms of nobody, for made-up rows: as those of `for_recipient` to look at, different for every `mark`."""
    return written(hashed((f"{mark}/{n}".encode() for n in range(count)), key.derive("hub/nobody/1")), IN_COPIES)


def _keyed_rows(secret: bytes, label: tuple[str, ...], frame: pl.DataFrame) -> pl.Series:
    parts = [pl.col(c).cast(pl.Utf8).fill_null("\x00") for c in frame.columns]
    rows = frame.select(pl.concat_str(parts, separator="\x1f")).to_series()
    joined = hashed(rows.cast(pl.Binary).to_list(), Secret(secret).derive(*label)).tobytes()
    return pl.Series([joined[i : i + BLOCK] for i in range(0, len(joined), BLOCK)], dtype=pl.Binary)


def record_key(secret: bytes, agency: str, dataset: str, key: pl.DataFrame) -> pl.Series:
    """The keyed reference of each source record, from its contract key's columns (Binary, 16 bytes)."""
    return _keyed_rows(secret, ("hub/record/1", agency, dataset), key)


def content_digest(secret: bytes, frame: pl.DataFrame) -> pl.Series:
    """A keyed digest of each row (Binary, 16 bytes): tells an equal row from a changed one, and nothing else."""
    return _keyed_rows(secret, ("hub/content/1",), frame)
