"""A released frame in each format that analysts open, and what describes it to programs.

Columns in: a released frame (text, integers and decimals; `cell_easting` and `cell_northing` where rows have cells)
and its dictionary (`column`, `type`, `meaning`, `unit`, `codes`, `source`). Every writer works through slices of
`SLICE` rows, so that memory does not grow with the release. Places are points at cells' centres; a row known by its
area alone has none.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sqlite3
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyproj
import xlsxwriter
from convertbng import cutil
from xlsxwriter.utility import xl_col_to_name

from hub.disclosure import neutralise_formulas
from hub.release.coded import Rows

SLICE = 200_000
SHEET_ROWS = 1_048_575
"""Rows that an XLSX sheet holds below its heading."""
STYLE = Path(__file__).parent / "rows.qml"
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
UNWRITABLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
"""Characters that XML 1.0 cannot hold at all."""
NUMBERS = {"integer": ("integer", "integer"), "decimal": ("decimal", "number")}
"""Type in the dictionary → CSVW datatype, Frictionless type; everything else is text as it stands."""


def _slices(frame: Rows) -> Iterator[pl.DataFrame]:
    yield from frame.iter_slices(SLICE) if frame.height else iter([pl.DataFrame(schema=frame.schema)])


def write_csv(frame: Rows, path: Path) -> None:
    """Byte-exact CSV (RFC 4180, UTF-8)."""
    with path.open("wb") as out:
        for number, part in enumerate(_slices(frame)):
            part.write_csv(out, include_header=not number, line_terminator="\r\n")


def write_spreadsheet_csv(frame: Rows, path: Path) -> None:
    """CSV as people open it: a byte order mark, and no cell that a spreadsheet could take for a formula."""
    with path.open("wb") as out:
        for number, part in enumerate(_slices(frame)):
            safe = neutralise_formulas(part)
            safe.write_csv(out, include_bom=not number, include_header=not number, line_terminator="\r\n")


def write_parquet(frame: Rows, path: Path) -> None:
    """Parquet as the hub itself reads it, a row group per slice."""
    with contextlib.closing(
        pq.ParquetWriter(path, _arrow(pl.DataFrame(schema=frame.schema)).schema, compression="zstd")
    ) as writer:
        for part in _slices(frame):
            writer.write_table(_arrow(part))


@dataclass(frozen=True, slots=True)
class File:
    """Rows in a Parquet file (`write_parquet`), read a slice at a time; some columns left out."""

    path: Path
    leave_out: tuple[str, ...] = ()

    @property
    def schema(self) -> pl.Schema:
        return pl.scan_parquet(self.path).drop(self.leave_out, strict=False).collect_schema()

    @property
    def columns(self) -> list[str]:
        return self.schema.names()

    @property
    def height(self) -> int:
        return int(pq.read_metadata(self.path).num_rows)

    def iter_slices(self, n_rows: int = 10_000) -> Iterator[pl.DataFrame]:
        """The rows, so many at a time."""
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(n_rows, columns=self.columns):
                yield pl.DataFrame(pl.from_arrow(batch))


def _arrow(part: pl.DataFrame) -> pa.Table:
    return part.to_arrow(compat_level=pl.CompatLevel.oldest())


WKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
"""A point in well-known binary, little-endian (OGC 06-103r4, 8.2.9)."""


def _points(part: pl.DataFrame) -> pa.Array:
    """A point at each cell's centre (EPSG:27700) as WKB, null where there is no cell."""
    if "cell_easting" not in part.columns or not part.height:
        return pa.nulls(part.height, pa.binary())
    known = part["cell_easting"].is_not_null() & part["cell_northing"].is_not_null()
    points = np.zeros(part.height, WKB_POINT)
    points["order"], points["type"] = 1, 1
    for axis, column in (("x", "cell_easting"), ("y", "cell_northing")):
        points[axis] = part[column].cast(pl.Float64).fill_null(0.0).to_numpy()
    whole = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(WKB_POINT.itemsize), part.height, [None, pa.py_buffer(points)]
    )
    return pc.if_else(known.to_arrow(), whole.cast(pa.binary()), pa.scalar(None, pa.binary()))


def _wkb_table(part: pl.DataFrame, metadata: Mapping[bytes, bytes] | None = None) -> pa.Table:
    """The slice with a `geometry` column of WKB."""
    table = _arrow(part)
    return table.append_column(pa.field("geometry", pa.binary()), _points(part)).replace_schema_metadata(metadata)


def write_geoparquet(frame: Rows, path: Path) -> None:
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


def write_gpkg(frame: Rows, path: Path) -> None:
    """GeoPackage with one layer, `rows`, and a style that QGIS applies when it opens the file.

    GDAL lets nothing else of the process run meanwhile, five seconds for a million rows.
    """
    import pyogrio  # here, since it brings geopandas and pandas with it

    first = _wkb_table(pl.DataFrame(schema=frame.schema))
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


def write_geojson(frame: Rows, path: Path) -> None:
    """A GeoJSON feature collection."""
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type":"FeatureCollection","features":[\n')
        for number, part in enumerate(_slices(frame)):
            if part.height:
                out.write((",\n" if number else "") + ",\n".join(features(part)))
        out.write("\n]}\n")


def write_xlsx(frame: Rows, meaning: pl.DataFrame, about: Sequence[tuple[str, str]], path: Path) -> None:
    """A workbook with the sheets `rows`, `dictionary` and `about`. Text stays text: no cell becomes a number, a date
    or a formula. Raises `ValueError` for more rows than a sheet holds.

    The library makes the workbook; the lines of `rows` are put into its sheet column-wise, because cell by cell a
    hundred thousand rows take twenty seconds.
    """
    if frame.height > SHEET_ROWS:
        raise ValueError("more rows than a sheet holds")
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False,
                                      "strings_to_urls": False})  # fmt: skip
    text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
    for name, lines, rows in (("rows", frame.columns, ()), ("dictionary", meaning.columns, meaning.iter_rows()),
                              ("about", ["what", "value"], about)):  # fmt: skip
        _sheet(book.add_worksheet(name), lines, rows, text, head)
    book.close()
    with zipfile.ZipFile(made) as box, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as out:
        for name in box.namelist():
            if name != "xl/worksheets/sheet1.xml":
                out.writestr(name, box.read(name))
        with out.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for piece in _lines(box.read("xl/worksheets/sheet1.xml").decode(), frame):
                sheet.write(piece.encode())


def _sheet(sheet: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]], text: Any, head: Any) -> None:
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(columns):
        sheet.set_column(column, column, max(12, min(40, len(name) + 2)), text)
        sheet.write_string(0, column, name, head)
    for line, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            sheet.write_string(line, column, value or "", text)


def _lines(sheet: str, frame: Rows) -> Iterator[str]:
    """A sheet's XML with the frame's rows after its heading (ECMA-376 part 1, 18.3.1.73)."""
    style = re.search(r'<col [^>]*style="(\d+)"', sheet)
    last = f"{xl_col_to_name(max(0, len(frame.columns) - 1))}{frame.height + 1}"
    before, end, after = re.sub(r'<dimension ref="[^"]*"/>', f'<dimension ref="A1:{last}"/>', sheet).partition(
        "</sheetData>"
    )
    yield before
    names = [xl_col_to_name(n) for n in range(len(frame.columns))]
    first = 2
    for part in _slices(frame):
        at = pl.int_range(first, first + part.height, eager=True).cast(pl.Utf8).alias("_line")
        cells = [_cell(c, n, style[1] if style else "0") for c, n in zip(part.iter_columns(), names, strict=True)]
        row = pl.concat_str(pl.lit('<row r="'), "_line", pl.lit('">'), *cells, pl.lit("</row>"))
        if part.height:
            yield "".join(part.with_columns(at).select(row.alias("row"))["row"])
        first += part.height
    yield end + after


def _cell(column: pl.Series, letter: str, style: str) -> pl.Expr:
    """A cell's XML: a number, or text that nothing takes for anything else; nothing where there is no value."""
    value = pl.col(column.name)
    if column.dtype.is_numeric():
        filled = pl.concat_str(
            pl.lit(f'<c r="{letter}'), "_line", pl.lit('"><v>'), value.cast(pl.Utf8), pl.lit("</v></c>")
        )
    else:
        shown = value.str.replace_many(ESCAPES).str.replace_all(UNWRITABLE, "\ufffd")
        filled = pl.concat_str(
            pl.lit(f'<c r="{letter}'), "_line", pl.lit(f'" t="inlineStr" s="{style}"><is><t xml:space="preserve">'), shown,
            pl.lit("</t></is></c>"),
        )  # fmt: skip
    return pl.when(value.is_null()).then(pl.lit("")).otherwise(filled)


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
