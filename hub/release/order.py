"""Which number does an event have in a recipient's copy, and in which order do rows lie? Both are keyed.

An event's number is its row's number in the pool, enciphered (AES-256, one block) under a key of the recipient and the
series: stable from release to release of one series, without meaning to anybody else, equal in no two recipients'
copies, and readable backwards by who holds the root key. Rows lie in the order of these numbers, so that the order is
keyed too. That alone tells whose copy a leak came from; no released value is altered for it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

import numpy as np
import polars as pl
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ID_LENGTH = 32
"""Hexadecimal digits of an event's number."""
PLACED = frozenset({"dataset", "agency", "lsoa", "ward", "district", "place_kind", "place", "cell_easting",
                    "cell_northing", "geo_method", "geo_precision_m", "geo_confidence"})  # fmt: skip
"""Columns that belong together: a made-up row takes all of them from one real one."""


def series_key(root: bytes, recipient: str, series: str) -> bytes:
    """The key of one recipient's series of releases, from the root (HMAC-SHA-256)."""
    return hmac.new(root, f"release-order\0{recipient}\0{series}".encode(), hashlib.sha256).digest()


def _blocks(row_ids: pl.Series, key: bytes) -> bytes:
    """16 bytes per pool row number: one AES block each, never two alike."""
    numbers = row_ids.cast(pl.Int64).to_numpy()
    blocks = np.zeros((len(numbers), 2), dtype="<i8")
    blocks[:, 0] = numbers
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 (single, never repeating blocks)
    return cipher.update(blocks.tobytes()) + cipher.finalize()


def event_ids(row_ids: pl.Series, key: bytes) -> pl.Series:
    """Pool row numbers (Int64; canary rows have negative ones) → 32 hexadecimal digits each, all different."""
    blocks = np.frombuffer(_blocks(row_ids, key), dtype="V16")
    return pl.Series("event_id", blocks.tolist(), dtype=pl.Binary).bin.encode("hex")


def read_ids(ids: pl.Series, key: bytes) -> pl.Series:
    """Event numbers → pool row numbers, null where a text is no number of this recipient's series."""
    wanted = ids.cast(pl.Utf8).str.strip_chars().str.to_lowercase()
    sound = wanted.str.contains(f"^[0-9a-f]{{{ID_LENGTH}}}$").fill_null(value=False).to_numpy()
    out = np.zeros(len(ids), dtype="<i8")
    good = np.zeros(len(ids), dtype=bool)
    if sound.any():
        raw = bytes.fromhex("".join(wanted.filter(pl.Series(sound)).to_list()))
        cipher = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305
        blocks = np.frombuffer(cipher.update(raw) + cipher.finalize(), dtype="<i8").reshape(-1, 2)
        out[sound], good[sound] = blocks[:, 0], blocks[:, 1] == 0
    return pl.select(pl.when(pl.Series(good)).then(pl.Series(out))).to_series().alias("row_id")


def places(row_ids: pl.Series, key: bytes) -> pl.Series:
    """The positions of rows in the keyed order, that of their event numbers (UInt32)."""
    halves = np.frombuffer(_blocks(row_ids, key), dtype=">u8").reshape(-1, 2).astype(np.uint64)
    return pl.DataFrame({"a": halves[:, 0], "b": halves[:, 1]}).select(pl.arg_sort_by("a", "b")).to_series()


def in_order(frame: pl.DataFrame, row_ids: pl.Series, key: bytes) -> tuple[pl.DataFrame, pl.Series]:
    """The frame with `event_id` before its columns, in the keyed order; and the row numbers in that order."""
    order = places(row_ids, key)
    numbers = row_ids.cast(pl.Int64).gather(order).alias("row_id")
    return frame[order].select(event_ids(numbers, key), pl.all()), numbers


def canaries(
    frame: pl.DataFrame, quasi: Sequence[str], wanted: int, key: bytes, release: str
) -> tuple[pl.DataFrame, pl.Series]:
    """Made-up rows, at most `wanted`, and their (negative) numbers.

    Each lies in a group that stands in the release without it, so that no group is made smaller or single, and takes
    its other values from another row of its own dataset: a combination that no real row of this copy has. Where a
    release has no such combination there are fewer.
    """
    none = frame.head(0), pl.Series([], dtype=pl.Int64)
    rest = [c for c in frame.columns if c not in quasi and c not in PLACED]
    if not wanted or not rest or frame.height < 2:
        return none
    seed = int.from_bytes(hmac.new(key, release.encode(), hashlib.sha256).digest()[:8], "big")
    draw = np.random.default_rng(seed)
    hosts, donors = (frame[draw.integers(0, frame.height, 40 * wanted)] for _ in range(2))
    fixed = [c for c in frame.columns if c not in rest]
    mixed = pl.concat([hosts.select(fixed), donors.select(rest)], how="horizontal").select(frame.columns)
    alike = (
        hosts["dataset"] == donors["dataset"]
        if "dataset" in frame.columns
        else pl.repeat(True, mixed.height, eager=True)
    )
    mixed = mixed.filter(alike).unique(maintain_order=True)
    real = frame.join(mixed, on=frame.columns, how="semi", nulls_equal=True)  # the few are looked up in, not the many
    fresh = mixed.join(real, on=frame.columns, how="anti", nulls_equal=True, maintain_order="left").head(wanted)
    first = int.from_bytes(hashlib.sha256(release.encode()).digest()[:5], "big") << 6
    return fresh, pl.Series([-(first + n + 1) for n in range(fresh.height)], dtype=pl.Int64)
