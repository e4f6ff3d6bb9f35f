"""Reference files as they are downloaded, read in pieces: CSV plain, gzipped or zipped, and geometries.

Pieces are text columns of some tens of thousands of rows, so that forty million rows take no more memory than one
piece. What is cut short, mis-encoded or ragged is refused by name and row, and nothing of it is taken.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from hub.adapters.gazetteer.store import Unreadable

BLOCK = 1 << 24
SNIFF = 1 << 16
LONGEST_ROW = 8 * BLOCK
SHAPES = 100_000
GEOMETRIES = (".geojson", ".json", ".gpkg", ".shp")


@contextmanager
def _told(name: str, before: int = 0) -> Iterator[None]:
    """Damage in the words of a user; `before` rows came before those that are being read."""
    try:
        yield
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"{name} is not UTF-8 (byte {wrong.start}); convert it first") from None
    except (EOFError, zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, OSError) as wrong:
        raise Unreadable(f"{name} is damaged or cut short; download it again") from wrong
    except pa.ArrowInvalid as wrong:
        reason = str(wrong).split(": ", 1)[-1].split(":")[0].strip()
        if "UTF8" in str(wrong) or "UTF-8" in str(wrong):
            raise Unreadable(f"{name} is not UTF-8; convert it first") from None
        row = re.search(r"[Rr]ow #?(\d+)", str(wrong))
        where = f" at row {before + int(row[1])}" if row else ""
        raise Unreadable(f"{name} is not a well-formed CSV{where} ({reason}); it may be cut short") from None


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The CSV files at a path: the file itself, unpacked, or those inside a zip as downloaded (zips in it too)."""
    with _told(path.name):
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as packed:
                yield from _zipped(packed)
        elif path.suffix.lower() == ".gz":
            with gzip.open(path, "rb") as unpacked:
                yield path.name, cast(IO[bytes], unpacked)
        else:
            with path.open("rb") as plain:
                yield path.name, plain


def _zipped(packed: zipfile.ZipFile) -> Iterator[tuple[str, IO[bytes]]]:
    for name in sorted(packed.namelist()):
        low = f"/{name.lower()}"
        if (
            low.endswith(".csv")
            and "/doc/" not in low
            and "header" not in low
            and "user guide" not in low
            and "/documents/" not in low
        ):
            with packed.open(name) as member:
                yield name, member
        elif low.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(packed.read(name))) as inner:
                yield from _zipped(inner)


def first_rows(name: str, source: IO[bytes]) -> tuple[bytes, list[list[str]]]:
    """The first bytes of a CSV and its first rows."""
    with _told(name):
        start = source.read(SNIFF)
        text = start[: start.rfind(b"\n") + 1 or len(start)].decode("utf-8-sig")
        rows = [r for _, r in zip(range(50), csv.reader(io.StringIO(text)), strict=False)]
        return start, [r for r in rows if r]


def _blocks(name: str, start: bytes, rest: IO[bytes]) -> Iterator[bytes]:
    """The bytes already read and the rest of the file, cut behind whole rows: a line feed between quotes ends none.

    Read here and not by Arrow's threads: one that waits in Python for more of a file when the process ends, or when
    the reading is given up, hangs it or brings it down.
    """
    held = start.removeprefix(b"\xef\xbb\xbf")
    while True:
        with _told(name):
            more = rest.read(BLOCK)
        if not more:
            break
        held += more
        end, odd = len(held), held.count(b'"') % 2
        while (cut := held.rfind(b"\n", 0, end)) >= 0:
            odd = (odd + held.count(b'"', cut, end)) % 2
            if not odd:
                break
            end = cut
        if cut >= 0:
            yield held[: cut + 1]
            held = held[cut + 1 :]
        elif len(held) > LONGEST_ROW:
            raise Unreadable(f"{name} opens a quote that is never closed; it may be cut short")
    if held:
        yield held


def pieces(
    name: str,
    start: bytes,
    rest: IO[bytes],
    header: list[str],
    headed: bool,
    only: Iterable[str] = (),
    *,
    trim: bool = True,
) -> Iterator[pl.DataFrame]:
    """A CSV's rows as text columns under `header`, piece by piece; only some columns where named."""
    wanted = [h for h in only if h in header]
    convert = pacsv.ConvertOptions(
        column_types={h: pa.string() for h in header}, strings_can_be_null=False, include_columns=wanted or None,
    )  # fmt: skip
    parse = pacsv.ParseOptions(newlines_in_values=True)
    skip = done = 1 if headed else 0
    for block in _blocks(name, start, rest):
        if skip and not block.partition(b"\n")[2]:  # the header alone
            skip = 0
            continue
        read = pacsv.ReadOptions(column_names=header, skip_rows=skip, block_size=BLOCK, use_threads=False)
        with _told(name, done - skip):
            table = pacsv.read_csv(
                pa.BufferReader(block), read_options=read, parse_options=parse, convert_options=convert
            )
        skip, done = 0, done + table.num_rows
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        yield frame.select(pl.all().str.strip_chars().replace("", None)) if trim else frame


def geometries(path: Path) -> Iterator[pl.DataFrame]:
    """A GeoJSON (.gz too), GeoPackage or Shapefile as text columns with `easting`, `northing`, `radius` of each shape
    and, for lines, every vertex in `_vertices`; layer by layer, a piece at a time. Raises `Unreadable`."""
    import pyogrio

    raw: Any = path
    try:
        if path.suffix.lower() == ".gz":
            raw = io.BytesIO(gzip.decompress(path.read_bytes()))
        layers = [None] if isinstance(raw, io.BytesIO) else [str(n) for n, _ in pyogrio.list_layers(path)]
        for layer in layers:
            skip = 0
            while True:
                if isinstance(raw, io.BytesIO):
                    raw.seek(0)
                shapes = pyogrio.read_dataframe(raw, layer=layer, skip_features=skip, max_features=SHAPES)
                if len(shapes) and "geometry" in shapes.columns:
                    yield _shaped(shapes)
                skip += SHAPES
                if len(shapes) < SHAPES:
                    break
    except Unreadable:
        raise
    except (
        ValueError,
        OSError,
        EOFError,
        RuntimeError,
        zlib.error,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
    ) as wrong:
        raise Unreadable(f"{path.name} is damaged, cut short or of no known form") from wrong


def _shaped(shapes: Any) -> pl.DataFrame:
    import shapely

    from hub.geocode.lonlat import project

    shapes = shapes[~shapes.geometry.isna() & ~shapes.geometry.is_empty]
    geometry = np.asarray(shapes.geometry.values)
    code = shapes.crs.to_epsg() if shapes.crs is not None else None
    if code in (4326, 4258) or (shapes.crs is not None and shapes.crs.is_geographic):
        geometry = shapely.transform(
            geometry, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1], "from-grid-helmert"))
        )
    elif code not in (27700, None):
        geometry = np.asarray(shapes.to_crs(27700).geometry.values)
    inner = shapely.point_on_surface(geometry)
    middle = np.where(
        shapely.get_dimensions(geometry) == 1,
        shapely.line_interpolate_point(_lines(geometry), 0.5, normalized=True),
        inner,
    )
    radius = shapely.hausdorff_distance(middle, geometry)
    lines = [shapely.get_coordinates(g).tolist() if shapely.get_dimensions(g) == 1 else None for g in geometry]
    columns = {
        str(c): pl.Series([None if v is None or v != v else str(v) for v in shapes[c].tolist()], dtype=pl.Utf8)
        for c in shapes.columns if c != shapes.geometry.name
    }  # fmt: skip
    return pl.DataFrame(columns).with_columns(
        _easting=pl.Series(shapely.get_x(middle)), _northing=pl.Series(shapely.get_y(middle)),
        _radius=pl.Series(np.where(radius > 0, radius * 1.05 + 30.0, np.nan)).fill_nan(None),
        _vertices=pl.Series(lines, dtype=pl.List(pl.List(pl.Float64))),
    )  # fmt: skip


def _lines(geometry: np.ndarray) -> np.ndarray:
    """Lines to walk along; a point where the shape is none."""
    import shapely

    merged = np.array([
        shapely.line_merge(g) if shapely.get_type_id(g) == 5 else g for g in geometry
    ], dtype=object)  # fmt: skip
    plain = [
        g
        if shapely.get_type_id(g) == 1
        else (max(g.geoms, key=lambda x: x.length) if shapely.get_type_id(g) == 5 else None)
        for g in merged
    ]
    return np.array(plain, dtype=object)
