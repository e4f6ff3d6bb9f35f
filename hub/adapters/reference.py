"""What is known of places just now: gazetteer, boundaries and reviewed words, opened anew when something was loaded."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

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
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self) -> Known:
        """What is known as of now."""
        with self._lock:
            if not self._known or self._known[0].stamp != stamp_of(self.folder):
                self._known[:] = [open_known(self.folder)]
            return self._known[0]
