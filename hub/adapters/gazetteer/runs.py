"""Forty million UPRNs in bounded memory: sorted runs on disk, then one merge; what is done survives an interruption."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl

from hub.adapters.durable import write_durably
from hub.adapters.gazetteer.build import CELL_M, NEAR_CELLS

RUN_ROWS = 2_000_000
STRETCH = 1_000_000


def part_folder(reference: Path, source: Path) -> Path:
    """Where an unfinished load of this very file keeps its runs."""
    stat = source.stat()
    mark = hashlib.sha256(f"{source.name}|{stat.st_size}|{stat.st_mtime_ns}".encode()).hexdigest()[:12]
    return reference / f"part-{mark}"


class Runs:
    """Collects `uprn easting northing` and writes sorted runs; `skip` rows of the source are already in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        done = folder / "done.json"
        held = json.loads(done.read_text()) if done.exists() else {"runs": 0, "rows": 0, "without": 0}
        self.count, self.skip, self.without = held["runs"], held["rows"], held["without"]
        self.waiting: list[pl.DataFrame] = []
        self.rows = 0

    def add(self, frame: pl.DataFrame, read: int, without: int) -> None:
        """Takes a piece; `read` and `without`: the source's rows so far, and those without a position."""
        self.waiting.append(frame.filter(pl.col("uprn").is_not_null()).select("uprn", "easting", "northing"))
        self.rows += frame.height
        if self.rows >= RUN_ROWS:
            self.flush(read, without)

    def flush(self, read: int, without: int) -> None:
        """Writes what is waiting as one run, and remembers how far the source has been read."""
        if not self.waiting:
            return
        run = pl.concat(self.waiting).sort("uprn")
        np.save(self.folder / f"{self.count:05d}-keys.npy", run["uprn"].to_numpy().astype(np.int64))
        np.save(
            self.folder / f"{self.count:05d}-points.npy", run.select("easting", "northing").to_numpy().astype(np.int32)
        )
        self.count += 1
        self.waiting, self.rows = [], 0
        write_durably(
            self.folder / "done.json", json.dumps({"runs": self.count, "rows": read, "without": without}).encode()
        )

    def merge(self, layer: Path) -> int:
        """One sorted table of all runs, a stretch of keys at a time; the cells near its points."""
        keys = [np.load(self.folder / f"{i:05d}-keys.npy", mmap_mode="r") for i in range(self.count)]
        points = [np.load(self.folder / f"{i:05d}-points.npy", mmap_mode="r") for i in range(self.count)]
        total = sum(len(k) for k in keys)
        if not total:
            return 0
        (layer / "uprns").mkdir(parents=True, exist_ok=True)
        all_keys = np.lib.format.open_memmap(layer / "uprns" / "keys.npy", mode="w+", dtype=np.int64, shape=(total,))
        all_points = np.lib.format.open_memmap(
            layer / "uprns" / "points.npy", mode="w+", dtype=np.int32, shape=(total, 2)
        )
        sample = np.sort(np.concatenate([k[:: max(1, len(k) * len(keys) // 10_000)] for k in keys]))
        cuts = np.unique(sample[:: max(1, len(sample) * STRETCH // total)])
        at, starts, known = 0, [0] * len(keys), []
        for cut in [*cuts[1:].tolist(), np.iinfo(np.int64).max]:
            ends = [int(np.searchsorted(k, cut, "left")) if cut < np.iinfo(np.int64).max else len(k) for k in keys]
            some = np.concatenate([k[s:e] for k, s, e in zip(keys, starts, ends, strict=True)])
            where = np.concatenate([p[s:e] for p, s, e in zip(points, starts, ends, strict=True)])
            order = np.argsort(some, kind="stable")
            all_keys[at : at + len(some)], all_points[at : at + len(some)] = some[order], where[order]
            known.append(np.unique(where.astype(np.int64) // CELL_M, axis=0))
            at, starts = at + len(some), ends
        all_keys.flush()
        all_points.flush()
        self._cells(layer, np.unique(np.concatenate(known), axis=0))
        return total

    def _cells(self, layer: Path, known: np.ndarray) -> None:
        steps = range(-NEAR_CELLS, NEAR_CELLS + 1)
        found = np.unique(
            np.concatenate([(known[:, 0] + e) * CELL_M * 10 + known[:, 1] + n for e in steps for n in steps])
        )
        (layer / "cells").mkdir(exist_ok=True)
        np.save(layer / "cells" / "keys.npy", found)

    def drop(self) -> None:
        """The runs are in the layer and no longer needed."""
        shutil.rmtree(self.folder, ignore_errors=True)
