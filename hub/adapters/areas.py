"""Where do boundaries lie, for every worker? Versions of layers on disk, opened by mapping their files into memory.

Every load is a version of its own in a folder of its own, and nothing of an earlier one is touched: rows say by which
vintage they were coded, a worker goes on with what it opened, and what was released stays as it was. One small index
file says which version of each kind is current; it is moved last, so that nothing is ever half-loaded.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import shapely

from hub.adapters.boundaries import Boundaries, Said, Unreadable, plain_kind, read_boundaries
from hub.adapters.durable import write_durably
from hub.adapters.lookups import read_lookup
from hub.decision import Tampered
from hub.geocode.areas import AnyLayer, Layer, LookedUp, outlines_of
from hub.geocode.cells import Cells
from hub.geocode.cutting import build_cells
from protocols.contract import LonLatOrigin

__all__ = ["AreasReport", "Layers", "Unreadable", "Version", "load_areas", "load_lookup", "loaded_codes",
           "loaded_names", "open_boundaries", "open_layers", "outlines", "use_version", "versions"]  # fmt: skip
Layers = Mapping[str, AnyLayer]
INDEX, LOCK, SHAPES = "areas.json", "areas.lock", "shapes.arrow"
FORMAT = 2
CELLS = tuple(Cells.__slots__)
OUTLINES = ("outline_corners", "outline_lines")


@dataclass(frozen=True, slots=True)
class AreasReport:
    """What a load took in, what was assumed, and which codes of the version before it are gone."""

    kind: str
    vintage: str
    areas: int
    mended: int
    notes: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a kind: boundaries (`source` "") or looked up from another kind's codes."""

    kind: str
    vintage: str
    folder: str
    areas: int
    digest: str
    source: str = ""
    current: bool = True


def load_areas(
    source: Path, reference: Path, kind: str = "", vintage: str = "", code: str = "",
    origin: LonLatOrigin = "from-grid-helmert", name: str = "", crs: str = "",
    progress: Callable[[float], None] = lambda _: None,
) -> AreasReport:  # fmt: skip
    """Take in a boundary file as the current version of its kind; earlier versions stay. Raises `Unreadable`, and
    then nothing has changed."""
    found = read_boundaries(source, Said(kind, vintage, code, name, crs, origin))
    before = loaded_codes(reference, found.kind)
    cells = build_cells(found.shapes, progress=progress)
    folder = f"areas-{found.kind}-{secrets.token_hex(4)}"
    with _fresh(reference, folder) as fresh:
        _write_shapes(fresh / SHAPES, found)
        arrays = dict(zip(OUTLINES, outlines_of(found.shapes), strict=True)) | {c: getattr(cells, c) for c in CELLS}
        for array, content in arrays.items():
            _write(fresh / f"{array}.npy", partial(np.save, arr=content))
    _add(reference, Version(found.kind, found.vintage, folder, len(found.codes), _digest(source)))
    return AreasReport(found.kind, found.vintage, len(found.codes), found.mended, found.notes,
                       sorted(before - set(found.codes)))  # fmt: skip


def load_lookup(source: Path, reference: Path, vintage: str = "") -> list[AreasReport]:
    """Take in a look-up (CSV) from one kind's codes to others': each target becomes the current version of its kind
    unless boundaries of it are loaded. Raises `Unreadable`, and then nothing has changed."""
    tables = read_lookup(source, vintage)
    reports = []
    for table in tables:
        folder = f"lookup-{table.kind}-{secrets.token_hex(4)}"
        with _fresh(reference, folder) as fresh:
            _write(fresh / SHAPES, table.frame.write_ipc)
        areas = table.frame["target"].n_unique()
        _add(reference, Version(table.kind, table.vintage, folder, areas, _digest(source), table.source))
        reports.append(AreasReport(table.kind, table.vintage, areas, 0, [f"from {table.source}"]))
    return reports


# on disk ------------------------------------------------------------------------------------------------------------


@contextmanager
def _fresh(reference: Path, folder: str) -> Iterator[Path]:
    """A folder that appears under its name when everything in it is written, or not at all."""
    reference.mkdir(parents=True, exist_ok=True)
    fresh = reference / f"{folder}.part"
    fresh.mkdir()
    try:
        yield fresh
        fresh.rename(reference / folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _write(path: Path, write: Callable[[Any], object]) -> None:
    with path.open("wb") as out:
        write(out)
        out.flush()
        os.fsync(out.fileno())


def _write_shapes(path: Path, found: Boundaries) -> None:
    table = pa.table({
        "code": pa.array(found.codes, pa.string()),
        "name": pa.array(found.names, pa.string()),
        "wkb": pa.array(shapely.to_wkb(found.shapes), pa.large_binary()),
    })  # fmt: skip

    def write(out: Any) -> None:
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)

    _write(path, write)


def _digest(source: Path) -> str:
    with source.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _index(reference: Path) -> list[Version]:
    path = reference / INDEX
    if not path.exists():
        return []
    found = json.loads(path.read_text())
    if found.get("format") != FORMAT:
        raise Tampered("the boundaries were written by another version of the hub: `hub areas load` them again")
    return [Version(**v) for v in found["versions"]]


@contextmanager
def _changing(reference: Path) -> Iterator[list[Version]]:
    """The versions, to be changed by nobody else meanwhile; written when the block ends."""
    with (reference / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            kept = _index(reference)
        except Tampered:
            kept = []
        yield kept
        content = {"format": FORMAT, "versions": [asdict(v) for v in kept]}
        write_durably(reference / INDEX, json.dumps(content, indent=1).encode())


def _add(reference: Path, new: Version) -> None:
    with _changing(reference) as kept:
        kept.append(new)
        if new.source and any(v.kind == new.kind and v.current and not v.source for v in kept):
            _make_current(kept, next(v for v in kept if v.kind == new.kind and v.current and not v.source))
        else:
            _make_current(kept, new)


def _make_current(kept: list[Version], chosen: Version) -> None:
    kept[:] = [
        Version(**(asdict(v) | {"current": v.folder == chosen.folder})) if v.kind == chosen.kind else v for v in kept
    ]


def versions(reference: Path) -> list[Version]:
    """Every version loaded, oldest first."""
    return _index(reference)


def use_version(reference: Path, kind: str, vintage: str) -> Version:
    """Make the newest version of that vintage current. Raises `Unreadable` where there is none."""
    chosen = _chosen(_index(reference), plain_kind(kind), vintage)
    with _changing(reference) as kept:
        _make_current(kept, chosen)
    return chosen


def _chosen(known: list[Version], kind: str, vintage: str) -> Version:
    """The current version of a kind, or the newest of a vintage."""
    of_kind = [v for v in known if v.kind == kind]
    found = [v for v in of_kind if (v.vintage == vintage if vintage else v.current)]
    if not found:
        has = ", ".join(sorted({v.vintage for v in of_kind})) or "none"
        raise Unreadable(f"no {kind} areas{f' of {vintage}' if vintage else ''} are loaded; vintages loaded: {has}")
    return found[-1]


# opening ------------------------------------------------------------------------------------------------------------


def open_layers(reference: Path, vintages: Mapping[str, str] | None = None) -> Layers:
    """The current layers of a reference folder by kind, ready for points; of the named vintages where `vintages` says
    so. Raises `Tampered` where a file is missing or damaged."""
    known, wanted = _index(reference), {plain_kind(k): v for k, v in (vintages or {}).items()}
    layers: dict[str, AnyLayer] = {}
    for kind in dict.fromkeys(v.kind for v in known):
        chosen = _chosen(known, kind, wanted.get(kind, ""))
        try:
            layers[kind] = _open(reference / chosen.folder, chosen)
        except (OSError, ValueError, pa.ArrowException, pl.exceptions.PolarsError) as wrong:
            raise Tampered(f"the boundaries of {kind} are damaged: `hub areas load` them again") from wrong
    return layers


def _open(folder: Path, version: Version) -> AnyLayer:
    if version.source:
        return LookedUp(version.kind, version.vintage, version.source, pl.read_ipc(folder / SHAPES))
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in (*CELLS, *OUTLINES)}
    corners, lines = (arrays.pop(name) for name in OUTLINES)
    codes = pl.Series("code", _column(folder, "code").to_pylist(), dtype=pl.Utf8)
    return Layer(version.kind, version.vintage, codes, Cells(**arrays), corners, lines)


def _column(folder: Path, name: str) -> pa.ChunkedArray:
    with pa.memory_map(str(folder / SHAPES)) as source:
        return pa.ipc.open_file(source).read_all()[name]


def open_boundaries(reference: Path, kind: str, vintage: str = "") -> Boundaries:
    """Codes, names and whole polygons of a kind, as they were read. Raises `Unreadable` where they are not loaded."""
    chosen = _chosen([v for v in _index(reference) if not v.source], plain_kind(kind), vintage)
    folder = reference / chosen.folder
    shapes = shapely.from_wkb(np.array(_column(folder, "wkb").to_pylist(), dtype=object))
    codes, names = (_column(folder, c).to_pylist() for c in ("code", "name"))
    return Boundaries(chosen.kind, chosen.vintage, codes, names, shapes)


def loaded_codes(reference: Path, kind: str) -> frozenset[str]:
    """The codes of a kind's current boundaries, without opening its shapes."""
    try:
        chosen = _chosen([v for v in _index(reference) if not v.source], plain_kind(kind), "")
    except (Unreadable, Tampered):
        return frozenset()
    return frozenset(_column(reference / chosen.folder, "code").to_pylist())


Ring = list[tuple[float, float]]
"""A closed line of eastings and northings."""


def outlines(reference: Path, kind: str, codes: frozenset[str], tolerance: float = 25.0) -> dict[str, list[Ring]]:
    """Outer rings of the named current areas of a kind, for drawing: simplified to `tolerance` metres. Empty where
    no boundaries are loaded."""
    try:
        chosen = _chosen([v for v in _index(reference) if not v.source], plain_kind(kind), "")
    except (Unreadable, Tampered):
        return {}
    return _drawn(reference, chosen.kind, chosen.vintage, codes, tolerance)


@lru_cache(maxsize=16)
def _drawn(reference: Path, kind: str, vintage: str, codes: frozenset[str], tolerance: float) -> dict[str, list[Ring]]:
    found = open_boundaries(reference, kind, vintage)
    wanted = [(c, s) for c, s in zip(found.codes, found.shapes, strict=True) if c in codes]
    drawn = {}
    for code, shape in wanted:
        parts = [p for p in shapely.get_parts(shapely.simplify(shape, tolerance)) if p.geom_type == "Polygon"]
        outer = [shapely.get_coordinates(p.exterior) for p in parts]
        drawn[code] = [[(float(x), float(y)) for x, y in ring] for ring in outer]
    return drawn


def loaded_names(reference: Path) -> dict[str, str]:
    """Names by code of all current boundaries and look-ups; codes without a name are left out."""
    found: dict[str, str] = {}
    for version in _index(reference):
        if not version.current:
            continue
        if version.source:
            frame = pl.read_ipc(reference / version.folder / SHAPES)
            pairs = list(zip(frame["target"], frame["name"], strict=True))
        else:
            folder = reference / version.folder
            pairs = list(zip(*(_column(folder, c).to_pylist() for c in ("code", "name")), strict=True))
        found.update({code: name for code, name in pairs if name})
    return found
