"""Where does the geocoder's knowledge lie? Reference points on disk as sorted arrays, opened without being loaded.

A gazetteer is a folder of NumPy files, memory-mapped by every worker: keys (sorted integers) and points. Loading a
source writes new files under a fresh name and then moves one small index file: nothing is ever half-loaded.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import polars as pl

from hub.adapters.durable import write_durably
from hub.geocode.address import address_keys, postcode_keys

Kind = Literal["postcodes", "uprns", "addresses"]
INDEX = "gazetteer.json"
CODE_POINT = ["Postcode", "Positional_quality_indicator", "Eastings", "Northings"]
NO_POSITION = 90
"""Code-Point's quality code for a postcode without a position; its coordinates are (0, 0)."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load took in: points by kind, and rows left out because they have no position."""

    kind: Kind
    points: int
    without_position: int
    vintage: str


class Unreadable(ValueError):
    """A reference file cannot be taken; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class ArrowGazetteer:
    """Reference points by kind, as memory-mapped arrays: keys (sorted Int64), eastings, northings."""

    tables: dict[str, tuple[np.ndarray, np.ndarray]]
    vintages: dict[str, str]
    box: tuple[int, int, int, int] | None

    def _find(self, kind: Kind, keys: pl.Series) -> pl.DataFrame:
        table = self.tables.get(kind)
        wanted = keys.cast(pl.Int64).fill_null(-1).to_numpy()
        if table is None or not len(table[0]):
            blank = pl.Series([None] * len(wanted), dtype=pl.Int32)
            return pl.DataFrame({"easting": blank, "northing": blank})
        known, points = table
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        hit = pl.Series(known[at] == wanted)
        found = points[at]
        return pl.DataFrame({"e": found[:, 0], "n": found[:, 1]}).select(
            easting=pl.when(hit).then("e").cast(pl.Int32), northing=pl.when(hit).then("n").cast(pl.Int32)
        )

    def postcodes(self, keys: pl.Series) -> pl.DataFrame:
        """Points of postcodes."""
        return self._find("postcodes", keys)

    def uprns(self, uprns: pl.Series) -> pl.DataFrame:
        """Points of UPRNs."""
        return self._find("uprns", uprns)

    def addresses(self, keys: pl.Series) -> pl.DataFrame:
        """Points of addresses."""
        return self._find("addresses", keys)

    def extent(self) -> tuple[int, int, int, int] | None:
        """West, south, east, north of all that is loaded, with five kilometres' margin."""
        return self.box


MARGIN_M = 5000


def open_gazetteer(reference: Path) -> ArrowGazetteer:
    """The gazetteer of a reference folder; an empty one where nothing was loaded."""
    index = _index(reference)
    tables, vintages = {}, {}
    boxes = []
    for kind, entry in index.items():
        folder = reference / entry["folder"]
        points = np.load(folder / "points.npy", mmap_mode="r")
        tables[kind] = (np.load(folder / "keys.npy", mmap_mode="r"), points)
        vintages[kind] = entry["vintage"]
        boxes.append(entry["box"])
    box = None
    if boxes:
        west, south = min(b[0] for b in boxes) - MARGIN_M, min(b[1] for b in boxes) - MARGIN_M
        box = (west, south, max(b[2] for b in boxes) + MARGIN_M, max(b[3] for b in boxes) + MARGIN_M)
    return ArrowGazetteer(tables, vintages, box)


def _index(reference: Path) -> dict[str, Any]:
    path = reference / INDEX
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _save(reference: Path, kind: Kind, keys: np.ndarray, points: np.ndarray, vintage: str) -> None:
    """Write a kind's arrays under a fresh name, then let the index point at them."""
    order = np.argsort(keys, kind="stable")
    keys, points = keys[order], points[order]
    first = np.concatenate([[True], keys[1:] != keys[:-1]]) if len(keys) else np.empty(0, bool)
    keys, points = keys[first], points[first]
    folder = f"{kind}-{secrets.token_hex(4)}"
    (reference / folder).mkdir(parents=True)
    for name, array in (("keys", keys), ("points", points)):
        with (reference / folder / f"{name}.npy").open("wb") as out:
            np.save(out, array)
            out.flush()
            os.fsync(out.fileno())
    box = [*points.min(axis=0).tolist(), *points.max(axis=0).tolist()] if len(points) else [0, 0, 0, 0]
    index = _index(reference) | {kind: {"folder": folder, "vintage": vintage, "box": box}}
    write_durably(reference / INDEX, json.dumps(index).encode())


def _opened(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    """The CSV files at a path: the file itself, unpacked, or those inside a zip as downloaded."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            for name in sorted(packed.namelist()):
                if name.lower().endswith(".csv") and "/doc/" not in name.lower():
                    yield name, io.BytesIO(packed.read(name))
    elif path.suffix == ".gz":
        with gzip.open(path, "rb") as unpacked:
            yield path.name, unpacked  # type: ignore[misc]
    else:
        with path.open("rb") as plain:
            yield path.name, plain


def _read(name: str, source: BinaryIO) -> pl.DataFrame:
    """A CSV as text columns. Raises `Unreadable`."""
    try:
        content = source.read()
        content.decode("utf-8-sig")
        first = content.split(b"\n", 1)[0]
        headed = not re.match(rb'^"?[A-Z]{1,2}\d', first)
        frame = pl.read_csv(io.BytesIO(content), has_header=headed, infer_schema=False, encoding="utf8")
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"{name} is not UTF-8 (byte {wrong.start}); convert it first") from None
    except (OSError, EOFError, zipfile.BadZipFile) as wrong:
        raise Unreadable(f"{name} is damaged or cut short; download it again") from wrong
    except pl.exceptions.PolarsError as wrong:
        raise Unreadable(f"{name} is not a well-formed CSV") from wrong
    if not headed:
        frame = frame.rename(dict(zip(frame.columns, CODE_POINT, strict=False)))
    return frame.rename({c: c.strip().lstrip("\ufeff") for c in frame.columns})


def _column(frame: pl.DataFrame, *patterns: str) -> str | None:
    """The first column whose name is one of the patterns, whatever its case."""
    for pattern in patterns:
        for column in frame.columns:
            if re.fullmatch(pattern, column, re.IGNORECASE):
                return column
    return None


EAST = ("eastings?", "oseast1m", "east1m", "x_coordinate", "geox")
NORTH = ("northings?", "osnrth1m", "north1m", "y_coordinate", "geoy")


def _kind_of(frame: pl.DataFrame, name: str) -> Kind:
    has = {k: _column(frame, *v) is not None for k, v in {"uprn": ("uprn",), "street": ("street", "address"),
           "postcode": ("postcode", "pcds?", "pcd7", "pcd8")}.items()}  # fmt: skip
    if has["street"] and has["postcode"]:
        return "addresses"
    if has["uprn"]:
        return "uprns"
    if has["postcode"]:
        return "postcodes"
    raise Unreadable(
        f"{name} has no column for postcode, UPRN or street that we know; found {', '.join(frame.columns)}"
    )


def load_gazetteer(source: Path, reference: Path, vintage: str = "") -> list[LoadReport]:
    """Take in Code-Point Open, ONSPD or NSPL, OS Open UPRN or an address list (CSV, .gz or .zip), known by its columns.

    An address list with UPRNs fills both look-ups. Raises `Unreadable`, and then nothing has changed.
    """
    parts: dict[Kind, list[tuple[np.ndarray, np.ndarray]]] = {}
    skipped = 0
    for name, opened in _opened(source):
        frame = _read(name, opened)
        east, north = _column(frame, *EAST), _column(frame, *NORTH)
        if east is None or north is None:
            raise Unreadable(f"{name} has no easting and northing columns that we know")
        kind = _kind_of(frame, name)
        placed = frame.with_columns(
            _e=pl.col(east).str.strip_chars().cast(pl.Float64, strict=False),
            _n=pl.col(north).str.strip_chars().cast(pl.Float64, strict=False),
        ).filter((pl.col("_e") > 0) & (pl.col("_n") > 0))
        skipped += frame.height - placed.height
        for target in ("uprns", "addresses") if kind == "addresses" and _column(frame, "uprn") else (kind,):
            keys = _keys(placed, target)
            known = keys.is_not_null()
            kept = placed.filter(known)
            points = np.column_stack([kept["_e"].floor().cast(pl.Int32).to_numpy(),
                                      kept["_n"].floor().cast(pl.Int32).to_numpy()])  # fmt: skip
            parts.setdefault(target, []).append((keys.filter(known).to_numpy(), points))
    if not parts:
        raise Unreadable(f"{source.name} holds no CSV file")
    reference.mkdir(parents=True, exist_ok=True)
    reports = []
    for target, found in parts.items():
        keys_all, points_all = np.concatenate([k for k, _ in found]), np.concatenate([p for _, p in found])
        if not len(keys_all):
            raise Unreadable(f"{source.name} holds no row with a position")
        _save(reference, target, keys_all, points_all, vintage)
        reports.append(LoadReport(target, len(keys_all), skipped, vintage))
    return reports


def _keys(frame: pl.DataFrame, kind: Kind) -> pl.Series:
    if kind == "uprns":
        return frame[_column(frame, "uprn") or "UPRN"].str.extract(r"^\s*0*(\d{1,12})\s*$", 1).cast(pl.Int64)
    postcode = frame[_column(frame, "postcode", "pcds", "pcd8", "pcd7", "pcd") or "Postcode"]
    if kind == "postcodes":
        return postcode_keys(postcode)
    number = _column(frame, "number", "house_no", "building_number")
    words = [pl.col(c) for c in (number, _column(frame, "street", "address")) if c is not None]
    texts = frame.select(pl.concat_str(words, separator=" ", ignore_nulls=True)).to_series()
    squeezed = postcode.str.to_uppercase().str.replace_all(r"\s", "")
    return address_keys(texts, squeezed)
