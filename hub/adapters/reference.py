"""What is known of places just now: gazetteer, boundaries and reviewed words, opened anew when something was loaded."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyproj
import shapely

from hub.adapters import areas, gazetteer
from hub.adapters.gazetteer.store import INDEX as GAZETTEER_INDEX
from hub.geocode.reviewed import REVIEWED

REVIEWED_FILE = "reviewed-places.csv"
WATCHED = (areas.INDEX, GAZETTEER_INDEX, gazetteer.CALIBRATION, REVIEWED_FILE)


@dataclass(frozen=True, slots=True)
class Known:
    """The gazetteer, the layers and the reviewed words (`REVIEWED`) as they were opened, and the files' times then."""

    gazetteer: gazetteer.ArrowGazetteer
    layers: areas.Layers
    reviewed: pl.DataFrame
    stamp: tuple[int, ...]


def stamp_of(folder: Path) -> tuple[int, ...]:
    """What changes when something is loaded: the times of the small files that are moved last."""
    return tuple(p.stat().st_mtime_ns if (p := folder / name).exists() else 0 for name in WATCHED)


def open_known(folder: Path) -> Known:
    """Everything in a reference folder. Raises `Tampered`."""
    stamp = stamp_of(folder)
    path = folder / REVIEWED_FILE
    reviewed = pl.read_csv(path, schema=REVIEWED) if path.exists() else pl.DataFrame(schema=REVIEWED)
    return Known(gazetteer.open_gazetteer(folder), areas.open_layers(folder), reviewed, stamp)


@dataclass
class Reference:
    """A reference folder, opened when first asked, and again when something new was loaded."""

    folder: Path
    _known: list[Known] = field(default_factory=list)
    _shown: dict[tuple[str, tuple[int, ...]], bytes] = field(default_factory=dict)
    _names: tuple[tuple[int, ...], dict[str, str]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self) -> Known:
        """What is known as of now."""
        with self._lock:
            if not self._known or self._known[0].stamp != stamp_of(self.folder):
                self._known[:] = [open_known(self.folder)]
            return self._known[0]

    def names(self) -> dict[str, str]:
        """Names of areas by code, of all current boundaries."""
        stamp = stamp_of(self.folder)
        with self._lock:
            if self._names is None or self._names[0] != stamp:
                self._names = (stamp, areas.loaded_names(self.folder))
            return self._names[1]

    def shown(self, kind: str, tolerance_m: float) -> bytes:
        """A kind's boundaries as GeoJSON in degrees, simplified; no features where the kind is not loaded."""
        asked = (kind, stamp_of(self.folder))
        with self._lock:
            if asked not in self._shown:
                for old in [k for k in self._shown if k[0] == kind]:
                    del self._shown[old]
                found = {"type": "FeatureCollection", "features": _features(self.folder, kind, tolerance_m)}
                self._shown[asked] = json.dumps(found, separators=(",", ":")).encode()
            return self._shown[asked]


def _features(folder: Path, kind: str, tolerance_m: float) -> list[dict[str, Any]]:
    try:
        found = areas.open_boundaries(folder, kind)
    except areas.Unreadable:
        return []
    simple = shapely.simplify(found.shapes, tolerance_m)

    def move(points: np.ndarray) -> np.ndarray:
        return np.column_stack(to_degrees(points[:, 0], points[:, 1])).round(5)

    return [
        {"type": "Feature", "properties": {"code": code, "name": name}, "geometry": shapely.geometry.mapping(shape)}
        for code, name, shape in zip(found.codes, found.names, shapely.transform(simple, move), strict=True)
    ]


def to_degrees(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of grid positions, to some two metres: for a map to look at, never to code by."""
    lon, lat = _DEGREES.transform(x, y)
    return np.asarray(lon), np.asarray(lat)


_DEGREES = pyproj.Transformer.from_crs(27700, 4326, always_xy=True)
