"""A released frame as files: CSV, a spreadsheet edition, a data dictionary, GeoPackage, and one digest of each.

`rows.csv` is byte-exact (RFC 4180, UTF-8). `rows-for-spreadsheets.csv` has cells that a spreadsheet could take for a
formula neutralised by an apostrophe; its name and the dictionary say so. Files are written beside their place and
moved there whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import polars as pl
import shapely

from hub.disclosure import neutralise_formulas
from protocols.contract import Contract

OF_THE_HUB = {
    "dataset": ("Dataset contract the row came under", "text"),
    "agency": ("Agency that sent the row", "text"),
    "occurred": ("When it happened, as coarse as agreed", "text"),
    "place_kind": ("What `place` is: a grid cell's side, lsoa, ward, district, or none", "text"),
    "place": ("12-figure reference of the cell's south-west corner, or an area code", "text"),
    "cell_easting": ("Easting of the cell's centre, metres (EPSG:27700)", "integer"),
    "cell_northing": ("Northing of the cell's centre, metres (EPSG:27700)", "integer"),
    "lsoa": ("Lower layer super output area, where the row may be that fine", "text"),
    "ward": ("Electoral ward, where the row may be that fine", "text"),
    "district": ("Local authority district", "text"),
    "geo_method": ("How the place was found", "text"),
    "geo_precision_m": ("Radius in metres that holds 95 % of true places for that method", "decimal"),
    "geo_confidence": ("Share of answers by that method taken to be the right place", "decimal"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """One file of a release: name, bytes and SHA-256 (hex)."""

    name: str
    bytes: int
    sha256: str


def dictionary(columns: Sequence[str], contracts: Sequence[Contract]) -> pl.DataFrame:
    """What each column means: `column`, `type`, `meaning`, `unit`, `codes`, `source`."""
    rows = []
    for column in columns:
        if column in OF_THE_HUB:
            meaning, kind = OF_THE_HUB[column]
            rows.append((column, kind, meaning, "", "", "hub"))
            continue
        for contract in contracts:
            field = contract.fields.get(column)
            if field is not None:
                codes = ""
                if field.codes:
                    known = contract.code_list(field.codes)
                    codes = f"{known.name} ({known.vintage}): " + "; ".join(
                        f"{k} = {v}" for k, v in known.values.items()
                    )
                rows.append((column, field.type.value, field.meaning, field.unit, codes, contract.id))
    return pl.DataFrame(rows, schema=["column", "type", "meaning", "unit", "codes", "source"], orient="row")


def write_release(
    frame: pl.DataFrame, folder: Path, contracts: Sequence[Contract], facts: Mapping[str, Any], formats: Sequence[str]
) -> list[Written]:
    """Write a release's files into `folder` (which must not exist); what was written, by name. Raises `FileExistsError`."""
    if folder.exists():
        raise FileExistsError(folder.name)
    making = folder.with_name(folder.name + ".part")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True, mode=0o700)
    if "csv" in formats:
        frame.write_csv(making / "rows.csv", line_terminator="\r\n")
        neutralise_formulas(frame).write_csv(
            making / "rows-for-spreadsheets.csv", include_bom=True, line_terminator="\r\n"
        )
    dictionary(frame.columns, contracts).write_csv(making / "dictionary.csv", line_terminator="\r\n")
    (making / "disclosure.json").write_text(json.dumps(dict(facts), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    if "gpkg" in formats:
        _write_gpkg(frame, making / "rows.gpkg")
    written = [_sealed(path) for path in sorted(making.iterdir())]
    sums = "".join(f"{w.sha256}  {w.name}\n" for w in written)
    (making / "SHA256SUMS").write_text(sums, encoding="utf-8")
    written.append(_sealed(making / "SHA256SUMS"))
    making.rename(folder)
    return written


def _write_gpkg(frame: pl.DataFrame, path: Path) -> None:
    """GeoPackage: a point at each cell's centre, none for rows known by area only."""
    table = frame.to_pandas()
    if "cell_easting" in frame.columns:
        known = frame["cell_easting"].is_not_null().to_numpy()
        east, north = (frame[c].cast(pl.Float64).fill_null(0.0).to_numpy() for c in ("cell_easting", "cell_northing"))
        points = shapely.points(east, north)
        points[~known] = None
    else:
        points = [None] * frame.height
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a layer without a single point has no extent, and says so
        geopandas.GeoDataFrame(table, geometry=points, crs="EPSG:27700").to_file(
            path, layer="rows", driver="GPKG", geometry_type="Point"
        )


def _sealed(path: Path) -> Written:
    """Make a file private and durable, and digest it."""
    digest = hashlib.sha256()
    path.chmod(0o600)
    with path.open("rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
        os.fsync(source.fileno())
    return Written(path.name, path.stat().st_size, digest.hexdigest())
