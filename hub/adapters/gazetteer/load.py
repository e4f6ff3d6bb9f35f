"""Take in a reference file: recognised by its contents, read in pieces, written as a layer, then moved into use."""

from __future__ import annotations

import datetime as dt
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from hub.adapters.gazetteer.build import write_parts
from hub.adapters.gazetteer.files import GEOMETRIES, first_rows, geometries, members
from hub.adapters.gazetteer.lookup import ArrowGazetteer
from hub.adapters.gazetteer.products import parts_of, roads
from hub.adapters.gazetteer.runs import Runs, part_folder
from hub.adapters.gazetteer.store import Tally, Unreadable, add_layer, writing
from hub.geocode.address import postcode_keys

PROGRESS_ROWS = 500_000


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load took in: points by kind, rows left out because they have no position, vintages it took the place of."""

    kind: str
    points: int
    without_position: int
    vintage: str
    product: str = ""
    replaced: tuple[str, ...] = ()


def load_gazetteer(
    source: Path,
    reference: Path,
    vintage: str = "",
    *,
    gazetteer: ArrowGazetteer | None = None,
    columns: Mapping[str, str] | None = None,
    kind: str = "",
    progress: Callable[[int], None] | None = None,
) -> list[LoadReport]:
    """Take in Code-Point Open, ONSPD or NSPL, OS Open UPRN, OS Open Names, OS Open Roads, AddressBase Core, Plus or
    Premium, marker posts, or any list (CSV, GeoJSON, GeoPackage, Shapefile; .gz or .zip), known by its columns.

    A new vintage of a source takes the place of the old one, which stays on disk for whoever has it open; a source
    that holds other places stands beside it. `gazetteer` places rows of a list that have a postcode and no position;
    `columns` gives roles (`hub.geocode.columns.ROLES`) to columns; `kind` says what a list is of. Raises `Unreadable`,
    and then nothing has changed; a load of many UPRNs that was interrupted goes on where it was.
    """  # fmt: skip
    tally = Tally(locate=_locator(gazetteer), columns=dict(columns or {}), kind=kind)
    runs = Runs(part_folder(reference, source)) if source.exists() and source.stat().st_size > (1 << 26) else None
    parts: dict[str, list[pl.DataFrame]] = {}
    reported = 0
    for part, frame in _parts(source, tally):
        if progress and tally.rows - reported >= PROGRESS_ROWS:
            reported = tally.rows
            progress(tally.rows)
        if part == "uprns" and runs:
            if tally.rows > runs.skip:
                runs.add(frame, tally.rows, tally.without_position)
            continue
        parts.setdefault(part, []).append(frame)
    if runs:
        runs.flush(tally.rows, tally.without_position)
    if not tally.rows:
        raise Unreadable(f"{source.name} holds no CSV file and no shapes that we know")
    with writing(reference) as folder:
        rows = write_parts(folder, parts)
        if runs and runs.count:
            rows["uprns"] = runs.merge(folder)
        if not rows:
            raise Unreadable(f"{source.name} holds no row with a position")
        product = "addresses" if tally.product == "local" and "addresses" in rows else tally.product
        stamp = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        replaced = add_layer(reference, folder, product, vintage, stamp, rows)
    if runs:
        runs.drop()
    return [LoadReport(k, n, tally.without_position, vintage, product, tuple(replaced)) for k, n in rows.items()]


def _locator(gazetteer: ArrowGazetteer | None) -> Callable[[pl.Series], pl.DataFrame] | None:
    if gazetteer is None:
        return None

    def locate(postcodes: pl.Series) -> pl.DataFrame:
        found = gazetteer.postcodes(postcode_keys(postcodes))
        radius = gazetteer.calibration.postcode_radius(
            found["spacing"].fill_null(np.nan).to_numpy(),
            found["quality"].fill_null(0).to_numpy(),
            np.zeros(len(postcodes), dtype=bool),
        )
        return found.select("easting", "northing", radius=pl.Series(radius))

    return locate


def _parts(source: Path, tally: Tally) -> Iterator[tuple[str, pl.DataFrame]]:
    plain = source.name.lower().removesuffix(".gz")
    if not source.exists():
        raise Unreadable(f"there is no file {source.name}")
    if plain.endswith(GEOMETRIES):
        yield from _shapes(source, tally)
        return
    if source.suffix.lower() == ".zip" and (inside := _shape_members(source)):
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(source) as packed:
            packed.extractall(folder)
            for name in inside:
                yield from _shapes(Path(folder) / name, tally)
        return
    for name, opened in members(source):
        start, rows = first_rows(name, opened)
        yield from parts_of(name, start, opened, rows, tally)


def _shape_members(source: Path) -> list[str]:
    try:
        with zipfile.ZipFile(source) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, OSError) as wrong:
        raise Unreadable(f"{source.name} is damaged or cut short; download it again") from wrong
    if any(n.startswith(("/", "\\")) or ".." in Path(n).parts for n in names):
        raise Unreadable(f"{source.name} holds paths that lead outside of it")
    return sorted(n for n in names if n.lower().endswith(GEOMETRIES))


def _shapes(path: Path, tally: Tally) -> Iterator[tuple[str, pl.DataFrame]]:
    for frame in geometries(path):
        yield from roads(frame, tally, path.name)
