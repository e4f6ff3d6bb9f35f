"""A released frame in each format that analysts open, and what describes it to programs.

Columns in: a released frame (text, integers and decimals; `cell_easting` and `cell_northing` where rows have cells)
and its dictionary (`column`, `type`, `meaning`, `unit`, `codes`, `source`). Every writer works through slices of
`SLICE` rows, so that memory does not grow with the release. Places are points at cells' centres; a row known by its
area alone has none.
"""

from __future__ import annotations

import json
import sqlite3
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
import xlsxwriter
from convertbng import cutil

SLICE = 200_000
SHEET_ROWS = 1_048_575
"""Rows that an XLSX sheet holds below its heading."""
STYLE = Path(__file__).parent / "rows.qml"
NUMBERS = {"integer": ("integer", "integer"), "decimal": ("decimal", "number")}
"""Type in the dictionary → CSVW datatype, Frictionless type; everything else is text as it stands."""


def _slices(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    yield from frame.iter_slices(SLICE) if frame.height else iter([frame])


def _points(part: pl.DataFrame) -> np.ndarray:
    """A point at each cell's centre (EPSG:27700), None where there is no cell."""
    if "cell_easting" not in part.columns:
        return np.full(part.height, None, dtype=object)
    known = (part["cell_easting"].is_not_null() & part["cell_northing"].is_not_null()).to_numpy()
    east, north = (part[c].cast(pl.Float64).fill_null(0.0).to_numpy() for c in ("cell_easting", "cell_northing"))
    points = np.asarray(shapely.points(east, north), dtype=object)
    points[~known] = None
    return points


def _wkb_table(part: pl.DataFrame, metadata: Mapping[bytes, bytes] | None = None) -> pa.Table:
    """The slice with a `geometry` column of WKB."""
    table = part.to_arrow(compat_level=pl.CompatLevel.oldest())
    found = pa.array(shapely.to_wkb(_points(part)), pa.binary())
    return table.append_column(pa.field("geometry", pa.binary()), found).replace_schema_metadata(metadata)


def write_geoparquet(frame: pl.DataFrame, path: Path) -> None:
    """Parquet with GeoParquet 1.1 metadata (points, EPSG:27700), a row group per slice."""
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {
            "geometry": {
                "encoding": "WKB",
                "geometry_types": ["Point"],
                "crs": json.loads(pyproj.CRS.from_epsg(27700).to_json()),
            }
        },
    }
    writer = None
    try:
        for part in _slices(frame):
            table = _wkb_table(part, {b"geo": json.dumps(geo).encode()})
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def write_gpkg(frame: pl.DataFrame, path: Path) -> None:
    """GeoPackage with one layer, `rows`, and a style that QGIS applies when it opens the file."""
    first = _wkb_table(frame.head(0))
    batches = (b for part in _slices(frame) for b in _wkb_table(part).cast(first.schema).to_batches())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a layer without a single point has no extent, and says so
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(first.schema, batches),
            path, layer="rows", driver="GPKG", geometry_name="geometry", geometry_type="Point", crs="EPSG:27700",
        )  # fmt: skip
    _style(path)


def _style(path: Path) -> None:
    """Put the layer's style where QGIS looks for it (table `layer_styles`)."""
    base = sqlite3.connect(path)
    with base:
        base.execute(
            "create table layer_styles (id integer primary key autoincrement not null, f_table_catalog text(256),"
            " f_table_schema text(256), f_table_name text(256), f_geometry_column text(256), styleName text(30),"
            " styleQML text, styleSLD text, useAsDefault boolean, description text, owner text(30), ui text(30),"
            " update_time datetime default (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
        )
        base.execute(
            "insert into layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description) values ('', '', 'rows', 'geometry', 'rows', ?, '', 1, ?)",
            (STYLE.read_text(encoding="utf-8"), "Points at the centres of the cells that the release keeps"),
        )
        base.execute(
            "insert into gpkg_contents (table_name, data_type, identifier, last_change)"
            " values ('layer_styles', 'attributes', 'layer_styles', strftime('%Y-%m-%dT%H:%M:%fZ','now'))"
        )
    base.close()


def lonlat(part: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of cells' centres by OSTN15 (EPSG:27700 → WGS 84), NaN where there is none."""
    if "cell_easting" not in part.columns:
        return np.full(part.height, np.nan), np.full(part.height, np.nan)
    east, north = (part[c].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
                   for c in ("cell_easting", "cell_northing"))  # fmt: skip
    known = np.isfinite(east) & np.isfinite(north)
    lon, lat = np.full(part.height, np.nan), np.full(part.height, np.nan)
    if known.any():
        lon[known], lat[known] = cutil.convert_osgb36_to_ll(east[known], north[known])
    return lon, lat


def features(part: pl.DataFrame, ids: Sequence[str] | None = None) -> pl.Series:
    """Each row as a GeoJSON feature (RFC 7946: longitude and latitude, six decimals); `ids` become features' ids."""
    lon, lat = lonlat(part)
    words = part.select(properties=pl.struct(pl.all()).struct.json_encode()).with_columns(
        lon=pl.Series(lon).fill_nan(None).round(6), lat=pl.Series(lat).fill_nan(None).round(6)
    )
    point = pl.concat_str(
        pl.lit('{"type":"Point","coordinates":['), "lon", pl.lit(","), "lat", pl.lit("]}"),
    )  # fmt: skip
    geometry = pl.when(pl.col("lon").is_null()).then(pl.lit("null")).otherwise(point)
    name = pl.lit("") if ids is None else pl.concat_str(pl.lit('"id":"'), pl.Series(ids), pl.lit('",'))
    return words.select(
        feature=pl.concat_str(
            pl.lit('{"type":"Feature",'), name, pl.lit('"geometry":'), geometry, pl.lit(',"properties":'),
            "properties", pl.lit("}"),
        )
    )["feature"]  # fmt: skip


def write_geojson(frame: pl.DataFrame, path: Path) -> None:
    """A GeoJSON feature collection."""
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type":"FeatureCollection","features":[\n')
        for number, part in enumerate(_slices(frame)):
            if part.height:
                out.write((",\n" if number else "") + ",\n".join(features(part)))
        out.write("\n]}\n")


def write_xlsx(frame: pl.DataFrame, meaning: pl.DataFrame, about: Sequence[tuple[str, str]], path: Path) -> None:
    """A workbook with the sheets `rows`, `dictionary` and `about`. Text stays text: no cell becomes a number, a date
    or a formula. Raises `ValueError` for more rows than a sheet holds."""
    if frame.height > SHEET_ROWS:
        raise ValueError("more rows than a sheet holds")
    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False,
                    "strings_to_urls": False, "nan_inf_to_errors": True}
    )  # fmt: skip
    text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
    _sheet(book.add_worksheet("rows"), frame, text, head)
    _sheet(book.add_worksheet("dictionary"), meaning, text, head)
    _sheet(book.add_worksheet("about"), pl.DataFrame(about, schema=["what", "value"], orient="row"), text, head)
    book.close()


def _sheet(sheet: Any, frame: pl.DataFrame, text: Any, head: Any) -> None:
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(frame.columns):
        sheet.set_column(column, column, max(12, min(40, len(name) + 2)))
        sheet.write_string(0, column, name, head)
    is_number = [t.is_numeric() for t in frame.dtypes]
    for line, row in enumerate(frame.iter_rows(), 1):
        for column, value in enumerate(row):
            if value is None:
                continue
            if is_number[column]:
                sheet.write_number(line, column, value)
            else:
                sheet.write_string(line, column, value, text)


# what describes the rows to programs --------------------------------------------------------------------------------


def csvw(file: str, title: str, meaning: pl.DataFrame) -> bytes:
    """Metadata of a CSV by the W3C's CSV on the Web vocabulary."""
    columns = [
        {"name": r["column"], "titles": r["column"], "dc:description": r["meaning"],
         "datatype": NUMBERS.get(r["type"], ("string", ""))[0]}
        for r in meaning.iter_rows(named=True)
    ]  # fmt: skip
    body = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": file,
        "dc:title": title,
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "lineTerminators": ["\r\n"]},
        "tableSchema": {"columns": columns},
    }
    return (json.dumps(body, indent=2, ensure_ascii=False) + "\n").encode()


def data_package(
    name: str, title: str, meaning: pl.DataFrame, files: Sequence[tuple[str, int, str]], terms: str
) -> bytes:
    """A Frictionless data package (v1): `rows.csv` with its schema, the other files by digest."""
    fields = [
        {"name": r["column"], "type": NUMBERS.get(r["type"], ("", "string"))[1], "description": r["meaning"]}
        for r in meaning.iter_rows(named=True)
    ]  # fmt: skip
    resources = []
    for file, size, digest in files:
        one: dict[str, Any] = {"name": file.lower().replace("_", "-"), "path": file, "bytes": size,
                               "hash": f"sha256:{digest}"}  # fmt: skip
        if file == "rows.csv":
            one |= {"profile": "tabular-data-resource", "format": "csv", "encoding": "utf-8",
                    "schema": {"fields": fields, "missingValues": [""]}}  # fmt: skip
        resources.append(one)
    body = {"profile": "data-package", "name": name, "title": title, "licenses": [{"title": terms}],
            "resources": resources}  # fmt: skip
    return (json.dumps(body, indent=2, ensure_ascii=False) + "\n").encode()
