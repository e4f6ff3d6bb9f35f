"""Boundary files into prepared layers, and prepared layers back, quickly, for every worker.

GeoJSON, GeoPackage or Shapefile through geopandas; code, name and vintage from the Office for National Statistics'
column pattern (`LSOA21CD`) or by what the operator says. Longitude and latitude in such files were made from the
National Grid without the grid file, so they are undone by the same transform (`hub.geocode.lonlat`): of 45,334 street
rows more agree with their publisher's codes that way, and boundaries do not move by the 1.8 m of a datum mistake.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from hub.adapters.durable import write_durably
from hub.geocode.areas import KINDS, Layer
from hub.geocode.lonlat import project
from protocols.contract import LonLatOrigin

Layers = Mapping[str, Layer]
Ring = list[tuple[float, float]]
"""A closed line of eastings and northings."""
INDEX = "areas.json"
PIECE_M = 1000.0
BIG_VERTICES = 200
"""Polygons with more vertices than this are cut into kilometre pieces."""
ONS_CODE = re.compile(r"^(LSOA|WD|LAD|UTLA|CTYUA)(\d\d)CD$", re.IGNORECASE)
KIND_OF = {"LSOA": "lsoa", "WD": "ward", "LAD": "district", "UTLA": "district", "CTYUA": "district"}


class Unreadable(ValueError):
    """A boundary file cannot be taken; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class AreasReport:
    """What a load took in."""

    kind: str
    vintage: str
    areas: int
    mended: int


def _read(source: Path) -> geopandas.GeoDataFrame:
    path = f"/vsigzip/{source.resolve()}" if source.suffix == ".gz" else str(source)
    try:
        frame = geopandas.read_file(path)
    except Exception as wrong:
        raise Unreadable(
            f"{source.name} cannot be read as boundaries: damaged, cut short or of another format"
        ) from wrong
    if frame.empty or frame.geometry.isna().all():
        raise Unreadable(f"{source.name} holds no boundaries")
    return frame


def _code_column(columns: list[str], kind: str) -> tuple[str, str, str]:
    """(column, kind, vintage) of the area codes."""
    for column in columns:
        found = ONS_CODE.match(column)
        if found and (not kind or KIND_OF[found[1].upper()] == kind):
            return column, KIND_OF[found[1].upper()], f"20{found[2]}"
    for column in columns:
        if column.lower() in ("area_code", "code", "gss_code") and kind:
            return column, kind, ""
    raise Unreadable(f"no area code column among {', '.join(columns)}; say what it is with --kind and --code")


def _to_grid(frame: geopandas.GeoDataFrame, origin: LonLatOrigin) -> np.ndarray:
    shapes = np.asarray(frame.geometry.array)
    if frame.crs is not None and frame.crs.to_epsg() == 27700:
        return shapes
    if frame.crs is not None and not frame.crs.is_geographic:
        return np.asarray(frame.to_crs(27700).geometry.array)

    def move(points: np.ndarray) -> np.ndarray:
        return np.column_stack(project(np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1]), origin))

    return np.asarray(shapely.transform(shapes, move))


def _pieces(codes: np.ndarray, shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Large polygons cut along a kilometre grid, each piece with its area's code."""
    found_codes, found = [], []
    for code, shape in zip(codes, shapes, strict=True):
        if shapely.get_num_coordinates(shape) <= BIG_VERTICES:
            found_codes.append(code)
            found.append(shape)
            continue
        west, south, east, north = shapely.bounds(shape)
        xs, ys = np.arange(west, east, PIECE_M), np.arange(south, north, PIECE_M)
        grid_x, grid_y = (a.ravel() for a in np.meshgrid(xs, ys))
        cells = shapely.box(grid_x, grid_y, grid_x + PIECE_M, grid_y + PIECE_M)
        shapely.prepare(shape)
        cells = cells[shapely.intersects(shape, cells)]
        whole = shapely.contains_properly(shape, cells)
        cut = np.where(whole, cells, shapely.intersection(shape, cells))
        cut = cut[shapely.area(cut) > 0]
        found.extend(cut)
        found_codes.extend([code] * len(cut))
    return np.array(found_codes, dtype=object), np.array(found, dtype=object)


def load_areas(
    source: Path, reference: Path, kind: str = "", vintage: str = "", code: str = "",
    origin: LonLatOrigin = "from-grid-helmert",
) -> AreasReport:  # fmt: skip
    """Take in a boundary file as one layer; an earlier layer of its kind gives way. Raises `Unreadable`."""
    frame = _read(source)
    column, found_kind, found_vintage = (code, kind, vintage) if code else _code_column(list(frame.columns), kind)
    if found_kind not in KINDS or column not in frame.columns:
        raise Unreadable(f"say which layer this is with --kind ({', '.join(KINDS)}) and its code column with --code")
    codes = frame[column].astype(str).to_numpy(dtype=object)
    shapes = _to_grid(frame, origin)
    invalid = ~shapely.is_valid(shapes)
    shapes = np.where(invalid, shapely.make_valid(shapes), shapes)
    piece_codes, pieces = _pieces(codes, shapes)
    outlines = shapely.get_parts(shapely.boundary(shapes)) if found_kind == "lsoa" else np.empty(0, dtype=object)
    _save(reference, found_kind, vintage or found_vintage or "unstated", piece_codes, pieces, outlines)
    return AreasReport(found_kind, vintage or found_vintage or "unstated", len(set(codes)), int(invalid.sum()))


def _save(
    reference: Path, kind: str, vintage: str, codes: np.ndarray, pieces: np.ndarray, outlines: np.ndarray
) -> None:
    """Write a layer as Arrow under a fresh name, then let the index point at it."""
    reference.mkdir(parents=True, exist_ok=True)
    name = f"areas-{kind}-{secrets.token_hex(4)}.arrow"
    shapes = np.concatenate([pieces, outlines])
    table = pa.table({
        "code": pa.array([*codes, *[None] * len(outlines)], pa.string()),
        "wkb": pa.array(shapely.to_wkb(shapes), pa.large_binary()),
    })  # fmt: skip
    with (reference / name).open("wb") as out:
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
        out.flush()
        os.fsync(out.fileno())
    index = _index(reference) | {kind: {"file": name, "vintage": vintage, "codes": sorted(set(codes))}}
    write_durably(reference / INDEX, json.dumps(index).encode())


def _index(reference: Path) -> dict[str, Any]:
    path = reference / INDEX
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def open_layers(reference: Path) -> Layers:
    """The layers of a reference folder, by kind, ready for points."""
    layers = {}
    for kind, entry in _index(reference).items():
        with pa.memory_map(str(reference / entry["file"])) as source:
            table = pa.ipc.open_file(source).read_all()
        codes = np.array(table["code"].to_pylist(), dtype=object)
        shapes = shapely.from_wkb(np.array(table["wkb"].to_pylist(), dtype=object))
        line = codes == np.array(None, dtype=object)
        layers[kind] = Layer.of(kind, entry["vintage"], codes[~line].astype(str), shapes[~line], shapes[line])
    return layers


def loaded_codes(reference: Path, kind: str) -> frozenset[str]:
    """The area codes of a layer, without opening its shapes."""
    return frozenset(_index(reference).get(kind, {}).get("codes", []))


def outlines(reference: Path, kind: str, codes: frozenset[str], tolerance: float = 25.0) -> dict[str, list[Ring]]:
    """Outer rings of the named areas of a layer, for drawing: simplified to `tolerance` metres. Empty without the layer."""
    entry = _index(reference).get(kind)
    if entry is None:
        return {}
    return _drawn(reference / entry["file"], codes, tolerance)


@lru_cache(maxsize=16)
def _drawn(path: Path, codes: frozenset[str], tolerance: float) -> dict[str, list[Ring]]:
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
        wanted = table.filter(pc.is_in(table["code"], pa.array(sorted(codes), pa.string())))
        names, shapes = wanted["code"].to_pylist(), shapely.from_wkb(np.array(wanted["wkb"].to_pylist(), dtype=object))
    pieces: dict[str, list[Any]] = {}
    for name, shape in zip(names, shapes, strict=True):
        pieces.setdefault(name, []).append(shape)
    found = {}
    for name, parts in pieces.items():
        whole = shapely.simplify(shapely.union_all(parts), tolerance)
        outer = [shapely.get_coordinates(p.exterior) for p in shapely.get_parts(whole) if p.geom_type == "Polygon"]
        found[name] = [[(float(x), float(y)) for x, y in ring] for ring in outer]
    return found
