"""How the gazetteer lies on disk: layers of NumPy arrays, memory-mapped by every worker and never loaded whole.

A layer is one source in one vintage: a folder of tables, each a few arrays of one length sorted by `keys`. Loading
writes a folder under a fresh name and then moves one small index file, so nothing is ever half-loaded; a layer that a
new vintage replaces stays on disk, retired, and whoever has it open keeps it.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hub.adapters.durable import write_durably
from hub.decision import Tampered

INDEX = "gazetteer.json"
FORMAT = 4
"""Of the arrays on disk and of the keys in them (`hub.geocode.address.text_keys`)."""
SAME_SHARE = 0.5
"""A source that holds at least this share of a layer's keys is a new vintage of it and takes its place."""
SAMPLE = 20_000
PRODUCTS = ("code-point-open", "onspd", "addressbase-premium", "addressbase-plus", "addressbase-core", "open-uprn")
"""Products that are believed before others where both know a thing, in this order."""

Table = Mapping[str, np.ndarray]
"""Arrays of one length, sorted by `keys` (Int64); a table of texts has `offsets` and `bytes` instead."""


class Unreadable(ValueError):
    """A reference file cannot be taken; the message says what is wrong and what to do."""


@dataclass(slots=True)
class Tally:
    """What the reading has met: rows read, rows without a position, the product."""

    product: str = ""
    rows: int = 0
    without_position: int = 0
    locate: Callable[[Any], Any] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One source in one vintage, opened: tables by name."""

    product: str
    vintage: str
    folder: str
    tables: Mapping[str, Table]
    loaded: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)


class Texts:
    """Strings on disk, fetched by number; number 0 is the empty one."""

    def __init__(self, table: Table) -> None:
        self.offsets, self.raw = table["offsets"], table["bytes"]

    def take(self, numbers: np.ndarray) -> pl.Series:
        """The texts of these numbers, each read once."""
        unique, back = np.unique(numbers, return_inverse=True)
        ends = self.offsets
        texts = [self.raw[ends[i] : ends[i + 1]].tobytes().decode() for i in unique.tolist()]
        return pl.Series(texts, dtype=pl.Utf8).gather(back)


def texts_table(texts: list[str]) -> dict[str, np.ndarray]:
    """A table of texts; the caller's numbers are places in the list."""
    raw = [t.encode() for t in texts]
    offsets = np.concatenate([[0], np.cumsum([len(r) for r in raw], dtype=np.int64)]).astype(np.int64)
    return {"offsets": offsets, "bytes": np.frombuffer(b"".join(raw), dtype=np.uint8)}


def first_rows(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The first row of each wanted key, -1 where there is none."""
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(wanted)  # asked in order, neighbours lie on the same pages of the file
    row = np.empty(len(wanted), dtype=np.int64)
    row[order] = np.searchsorted(keys, wanted[order], "left")
    known = keys[np.minimum(row, len(keys) - 1)] == wanted
    return np.where(known, row, -1)


def spans(keys: np.ndarray, wanted: np.ndarray, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(question, row) pairs of all rows whose key is wanted; a key of more than `most` rows answers none."""
    low = first_rows(keys, wanted)
    known = np.flatnonzero(low >= 0)
    counts = np.zeros(len(wanted), dtype=np.int64)
    counts[known] = np.searchsorted(keys, wanted[known], "right") - low[known]
    if most is not None:
        counts[counts > most] = 0
    asked = np.repeat(np.arange(len(wanted)), counts)
    starts = np.repeat(low - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return asked, starts + np.arange(len(asked))


def index_of(reference: Path) -> dict[str, Any]:
    """The index: `format` and `layers`, the newest last. Raises `Tampered`."""
    path = reference / INDEX
    if not path.exists():
        return {"format": FORMAT, "layers": []}
    found: dict[str, Any] = json.loads(path.read_text())
    if found.get("format") != FORMAT:
        raise Tampered("the gazetteer was written by another version: `hub gazetteer load` its sources again")
    return found


def open_layers(reference: Path) -> tuple[Layer, ...]:
    """The layers in use, the one to be believed first. Raises `Tampered` where a file is missing or of another version."""
    layers = []
    used = [entry for entry in reversed(index_of(reference)["layers"]) if not entry.get("retired")]
    for entry in sorted(used, key=_standing, reverse=True):
        folder = reference / entry["folder"]
        try:
            tables = {
                name: {a: _mapped(folder / name / f"{a}.npy") for a in arrays}
                for name, arrays in entry["tables"].items()
            }
        except (OSError, ValueError) as wrong:
            raise Tampered(f"the gazetteer of {entry['product']} is damaged: `hub gazetteer load` it again") from wrong
        layers.append(
            Layer(entry["product"], entry["vintage"], entry["folder"], tables, entry["loaded"], entry["rows"])
        )
    return tuple(layers)


def _standing(entry: dict[str, Any]) -> tuple[int, str, str]:
    """Which of two sources is believed: the national product before a list, the later vintage, the later load."""
    rank = -PRODUCTS.index(entry["product"]) if entry["product"] in PRODUCTS else -len(PRODUCTS)
    return rank, entry["vintage"] if entry["vintage"][:4].isdigit() else "", entry["loaded"]


def _mapped(path: Path) -> np.ndarray:
    try:
        array: np.ndarray = np.load(path, mmap_mode="r")
    except ValueError:  # an empty array cannot be mapped
        array = np.load(path)
    return array


@contextmanager
def writing(reference: Path) -> Iterator[Path]:
    """A fresh folder for a layer, by one loader at a time; it goes again if the loading fails."""
    reference.mkdir(parents=True, exist_ok=True)
    with (reference / ".gazetteer.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = reference / f"layer-{secrets.token_hex(4)}"
        folder.mkdir()
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def write_table(folder: Path, name: str, table: Table) -> None:
    """A table's arrays, safely on disk."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    for array, values in table.items():
        with (folder / name / f"{array}.npy").open("wb") as out:
            np.save(out, np.ascontiguousarray(values))
            out.flush()
            os.fsync(out.fileno())


def add_layer(
    reference: Path, folder: Path, product: str, vintage: str, loaded: str, rows: Mapping[str, int]
) -> list[str]:
    """Let the index point at a written folder; returns the vintages of the layers it takes the place of."""
    names = {p.name: sorted(a.stem for a in p.glob("*.npy")) for p in sorted(folder.iterdir()) if p.is_dir()}
    entry = {"product": product, "vintage": vintage, "folder": folder.name, "loaded": loaded, "tables": names,
             "rows": dict(rows)}  # fmt: skip
    index = index_of(reference)
    replaced = []
    for old in index["layers"]:
        if not old.get("retired") and old["product"] == product and _covers(reference, folder, old):
            old["retired"] = loaded
            replaced.append(old["vintage"])
    index["layers"].append(entry)
    write_durably(reference / INDEX, json.dumps(index, indent=1).encode())
    return replaced


def _covers(reference: Path, folder: Path, old: dict[str, Any]) -> bool:
    """Does the new layer hold most of what the old one holds? Told from a sample of the keys."""
    shares = []
    for name, arrays in old["tables"].items():
        new = folder / name / "keys.npy"
        if "keys" not in arrays:
            continue
        before = np.load(reference / old["folder"] / name / "keys.npy", mmap_mode="r")
        if not len(before) or name in ("tokens", "deletes", "sectors"):
            continue
        if not new.exists():
            return False
        now = np.load(new, mmap_mode="r")
        asked = np.asarray(before[:: max(1, len(before) // SAMPLE)])
        at = np.minimum(np.searchsorted(now, asked), max(len(now) - 1, 0))
        shares.append(float((now[at] == asked).mean()) if len(now) else 0.0)
    return bool(shares) and min(shares) >= SAME_SHARE


def retire(reference: Path, product: str, vintage: str) -> int:
    """Take layers of a product (and vintage, if given) out of use; returns how many."""
    index = index_of(reference)
    count = 0
    for entry in index["layers"]:
        if not entry.get("retired") and entry["product"] == product and vintage in ("", entry["vintage"]):
            entry["retired"] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            count += 1
    write_durably(reference / INDEX, json.dumps(index, indent=1).encode())
    return count
