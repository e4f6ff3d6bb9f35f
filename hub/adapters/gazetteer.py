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
from hub.decision import Tampered
from hub.geocode.address import address_keys, door, doors, postcode_keys

Kind = Literal["postcodes", "uprns", "addresses"]
INDEX = "gazetteer.json"
FORMAT = 2
"""Of the arrays on disk and of the keys in them (`hub.geocode.address.text_keys`)."""
CELL_M = 1000
NEAR_CELLS = 2
"""How many cells round a known point count as near it: some two kilometres."""
CODE_POINT = ["Postcode", "Positional_quality_indicator", "Eastings", "Northings"]


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
class Table:
    """One kind's points, memory-mapped: sorted keys (Int64), points (easting, northing, quality), cells near them."""

    keys: np.ndarray
    points: np.ndarray
    cells: np.ndarray
    vintage: str


@dataclass(frozen=True, slots=True)
class ArrowGazetteer:
    """Reference points by kind."""

    tables: dict[str, Table]

    def _find(self, kind: Kind, keys: pl.Series) -> pl.DataFrame:
        """`easting`, `northing`, `quality` (Int32) of each key; null where it is not known."""
        table = self.tables.get(kind)
        names = ("easting", "northing", "quality")
        if table is None or not len(table.keys):
            return pl.DataFrame({name: pl.Series([None] * len(keys), dtype=pl.Int32) for name in names})
        wanted = keys.cast(pl.Int64).fill_null(-1).to_numpy()
        at = np.minimum(np.searchsorted(table.keys, wanted), len(table.keys) - 1)
        hit, found = pl.Series("hit", table.keys[at] == wanted), table.points[at]
        points = pl.DataFrame({name: found[:, column] for column, name in enumerate(names)}).with_columns(hit)
        return points.select(pl.when("hit").then(pl.col(name)).cast(pl.Int32).alias(name) for name in names)

    def postcodes(self, keys: pl.Series) -> pl.DataFrame:
        """Points of postcodes, with their positional quality."""
        return self._find("postcodes", keys)

    def uprns(self, uprns: pl.Series) -> pl.DataFrame:
        """Points of UPRNs."""
        return self._find("uprns", uprns).drop("quality")

    def addresses(self, keys: pl.Series) -> pl.DataFrame:
        """Points of addresses."""
        return self._find("addresses", keys).drop("quality")

    def near(self, easting: pl.Series, northing: pl.Series) -> pl.Series:
        """Is anything known within some two kilometres? Null for null; all null where nothing is loaded."""
        if not self.tables:
            return pl.Series([None] * len(easting), dtype=pl.Boolean)
        asked = pl.DataFrame({"e": easting, "n": northing}).select(
            (pl.col("e") // CELL_M).cast(pl.Int64) * CELL_M * 10 + pl.col("n") // CELL_M
        ).to_series()  # fmt: skip
        cells = asked.fill_null(-1).to_numpy()
        found = np.zeros(len(cells), dtype=bool)
        for table in self.tables.values():
            if len(table.cells):
                at = np.minimum(np.searchsorted(table.cells, cells), len(table.cells) - 1)
                found |= table.cells[at] == cells
        return pl.DataFrame({"f": found, "known": asked.is_not_null()}).select(pl.when("known").then("f")).to_series()


def open_gazetteer(reference: Path) -> ArrowGazetteer:
    """The gazetteer of a reference folder; an empty one where nothing was loaded.

    Raises `Tampered` where a file is missing or was written by another version of the hub.
    """
    tables = {}
    for kind, entry in _index(reference).items():
        if entry.get("format") != FORMAT:
            raise Tampered(f"the gazetteer of {kind} was written by another version: `hub gazetteer load` it again")
        try:
            arrays = [np.load(reference / entry["folder"] / f"{name}.npy", mmap_mode="r") for name in ARRAYS]
        except (OSError, ValueError) as wrong:
            raise Tampered(f"the gazetteer of {kind} is damaged: `hub gazetteer load` it again") from wrong
        tables[kind] = Table(arrays[0], arrays[1], arrays[2], entry["vintage"])
    return ArrowGazetteer(tables)


ARRAYS = ("keys", "points", "cells")


def _index(reference: Path) -> dict[str, Any]:
    path = reference / INDEX
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _save(reference: Path, kind: Kind, keys: np.ndarray, points: np.ndarray, vintage: str) -> None:
    """Write a kind's arrays under a fresh name, then let the index point at them."""
    keys, first = np.unique(keys, return_index=True)
    points = points[first]
    folder = f"{kind}-{secrets.token_hex(4)}"
    (reference / folder).mkdir(parents=True)
    for name, array in zip(ARRAYS, (keys, points, _cells(points)), strict=True):
        with (reference / folder / f"{name}.npy").open("wb") as out:
            np.save(out, array)
            out.flush()
            os.fsync(out.fileno())
    index = _index(reference) | {kind: {"folder": folder, "vintage": vintage, "format": FORMAT}}
    write_durably(reference / INDEX, json.dumps(index).encode())


def _cells(points: np.ndarray) -> np.ndarray:
    """The cells (Int64, sorted) that lie near a point."""
    known = np.unique(points[:, :2].astype(np.int64) // CELL_M, axis=0)
    steps = range(-NEAR_CELLS, NEAR_CELLS + 1)
    round_about = [(known[:, 0] + e) * CELL_M * 10 + known[:, 1] + n for e in steps for n in steps]
    return np.unique(np.concatenate(round_about))


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
            _q=_quality(frame),
        ).filter((pl.col("_e") > 0) & (pl.col("_n") > 0))
        skipped += frame.height - placed.height
        for target in ("uprns", "addresses") if kind == "addresses" and _column(frame, "uprn") else (kind,):
            keys = _keys(placed, target)
            known = keys.is_not_null()
            kept = placed.filter(known)
            points = np.column_stack([kept[c].floor().cast(pl.Int32).to_numpy() for c in ("_e", "_n", "_q")])
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


def _quality(frame: pl.DataFrame) -> pl.Expr:
    """Code-Point's positional quality; ONSPD's grid indicator says the same in units of ten; 0 where not stated."""
    code_point, onspd = _column(frame, "positional_quality_indicator", "pq"), _column(frame, "osgrdind", "gridind")
    if code_point:
        return pl.col(code_point).cast(pl.Float64, strict=False).fill_null(0.0)
    if onspd:
        return pl.col(onspd).cast(pl.Float64, strict=False).fill_null(0.0) * 10
    return pl.lit(0.0)


def _keys(frame: pl.DataFrame, kind: Kind) -> pl.Series:
    if kind == "uprns":
        return frame[_column(frame, "uprn") or "UPRN"].str.extract(r"^\s*0*(\d{1,12})\s*$", 1).cast(pl.Int64)
    postcode = frame[_column(frame, "postcode", "pcds", "pcd8", "pcd7", "pcd") or "Postcode"]
    if kind == "postcodes":
        return postcode_keys(postcode)
    squeezed = postcode.str.to_uppercase().str.replace_all(r"\s", "")
    number, street = _column(frame, "number", "house_no", "building_number"), _column(frame, "street", "address")
    blank = pl.Series([None] * frame.height, dtype=pl.Utf8)
    streets = frame[street] if street else blank
    if number is None:
        return address_keys(doors(streets)["d0"], squeezed)
    return address_keys(door(frame[number], streets), squeezed)
