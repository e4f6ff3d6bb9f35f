"""`hub geocode`: any table with addresses, postcodes, UPRNs, grid references, degrees or words for places, placed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from hub.adapters import areas, gazetteer
from hub.adapters.gazetteer.files import first_rows, members, pieces
from hub.commands.site import DataDir, screen, settings_of, stop
from hub.geocode import assign_areas, geocode
from hub.geocode.columns import grain_of, places_of, roles_of
from hub.geocode.lonlat import detect_origin
from protocols.contract import LonLatOrigin

app = typer.Typer()
DETECT_ROWS = 20_000
COLUMNS = {
    "easting": "easting", "northing": "northing", "grid_reference": "grid_reference", "grid_letters": "grid_letters",
    "geo_method": "method", "geo_class": "precision_class", "geo_precision_m": "precision_m",
    "geo_confidence": "confidence", "geo_fault": "fault", "geo_note": "note", "geo_matched_id": "matched_id",
    "geo_matched_text": "matched_text", "geo_source": "source", "geo_vintage": "vintage",
    "geo_alternatives": "alternatives", "geo_margin": "margin",
}  # fmt: skip
"""Columns written beside the table's own; one whose name is taken is written as `geo_` and its name."""


@app.command("geocode")
def geocode_file(
    table: Annotated[Path, typer.Argument(metavar="IN.csv", help="CSV (also .gz or .zip) with one place a row")],
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help="where to write it, with the places beside it")],
    data_dir: DataDir = None,
    mapping: Annotated[list[str] | None, typer.Option("--map", help="column=role, where the columns do not say; role - leaves one out")] = None,
    origin: Annotated[str, typer.Option(help="gnss or from-grid-helmert; told from the whole metres where not given")] = "",
    crs: Annotated[str, typer.Option(help="reference system of the coordinates, where it is neither degrees nor the National Grid")] = "",
) -> None:  # fmt: skip
    """Place every row of a table: columns are found by name and content, all of them are kept.

    Example: hub geocode incidents.csv placed.csv --map "where=place_text"
    """
    started = time.perf_counter()
    reference = settings_of(data_dir).data_dir / "reference"
    if out.resolve() == table.resolve():
        raise stop(1, "the output would overwrite the input; give it another name")
    try:
        known, layers = gazetteer.open_gazetteer(reference), areas.open_layers(reference)
        chunks, roles, way = _prepared(table, mapping or [], origin)
        screen.print(
            "columns: " + (", ".join(f"{c} = {r}" for c, r in roles.items()) or "none that places anything"),
            highlight=False,
            markup=False,
        )
        if not roles:
            raise stop(1, "no column says where; name one by --map column=role")
        screen.print(f"degrees are taken as {way}", highlight=False) if "longitude" in roles.values() else None
        counts = _write(chunks, out, roles, way, crs, known, layers)
    except (gazetteer.Unreadable, ValueError, OSError) as wrong:
        raise stop(1, str(wrong)) from None
    _summary(counts, time.perf_counter() - started)


def _prepared(
    table: Path, mapping: list[str], origin: str
) -> tuple[Iterator[pl.DataFrame], dict[str, str], LonLatOrigin]:
    """The table in pieces, its columns' roles, and the transform that its degrees came by."""
    given = dict(m.rsplit("=", 1) for m in mapping if "=" in m)
    if len(given) != len(mapping):
        raise ValueError("--map takes column=role")
    frames = _frames(table)
    first = next(frames, None)
    if first is None or not first.height:
        raise ValueError(f"{table.name} holds no rows")
    roles = {c: r for c, r in roles_of(first, given).items() if r != "kind"}
    way: LonLatOrigin = "gnss"
    if origin in ("gnss", "from-grid-helmert"):
        way = origin  # type: ignore[assignment]
    elif origin:
        raise ValueError("--origin is gnss or from-grid-helmert")
    else:
        of = {r: c for c, r in roles.items()}
        if "longitude" in of and "latitude" in of:
            way = detect_origin(first[of["longitude"]].head(DETECT_ROWS), first[of["latitude"]].head(DETECT_ROWS))

    def chunks() -> Iterator[pl.DataFrame]:
        yield first
        yield from frames

    return chunks(), roles, way


def _frames(table: Path) -> Iterator[pl.DataFrame]:
    """The table as text, piece by piece, under the header of its first file."""
    if not table.exists():
        raise ValueError(f"there is no file {table.name}")
    for name, opened in members(table):
        start, rows = first_rows(name, opened)
        if not rows:
            continue
        header = [h.strip().lstrip("\ufeff") or f"column_{n + 1}" for n, h in enumerate(rows[0])]
        if len(set(header)) < len(header):
            raise ValueError(
                f"{name} names a column twice: {', '.join(h for h, n in Counter(header).items() if n > 1)}"
            )
        yield from pieces(name, start, opened, header, headed=True, trim=False)


def _write(
    chunks: Iterator[pl.DataFrame], out: Path, roles: dict[str, str], way: LonLatOrigin, crs: str,
    known: gazetteer.ArrowGazetteer, layers: areas.Layers,
) -> Counter[tuple[str, str, str]]:  # fmt: skip
    """Place each piece and write it beside its own columns; the file appears when it is whole."""
    counts: Counter[tuple[str, str, str]] = Counter()
    partial = out.with_name(out.name + ".part")
    bar = Progress(
        SpinnerColumn(), TextColumn("placing"), BarColumn(), MofNCompleteColumn(), console=screen, transient=True
    )
    with partial.open("wb") as target, bar as progress:
        task = progress.add_task("rows", total=None)
        for number, chunk in enumerate(chunks):
            for piece in chunk.iter_slices(50_000):
                placed = _placed(piece, roles, way, crs, known, layers)
                placed.write_csv(target, include_header=number == 0 and progress.tasks[0].completed == 0)
                for key, rows in _tally(placed, piece.width).items():
                    counts[key] += rows
                progress.advance(task, piece.height)
    partial.replace(out)
    return counts


def _placed(
    piece: pl.DataFrame,
    roles: dict[str, str],
    way: LonLatOrigin,
    crs: str,
    known: gazetteer.ArrowGazetteer,
    layers: areas.Layers,
) -> pl.DataFrame:
    places = places_of(piece, roles)
    if crs:
        places = _converted(places, crs)
    points = geocode(places, known, way)
    rounded = (points["geo_method"] == "easting-northing") & points["easting"].is_not_null()
    wide = pl.when(rounded).then(grain_of(piece, roles))
    points = points.with_columns(pl.max_horizontal(pl.col("geo_precision_m"), wide))
    codes = assign_areas(points, layers)
    points = points.with_columns(
        pl.col("geo_precision_m").round(1), pl.col("geo_confidence").round(3), pl.col("geo_margin").round(3)
    )
    own = points.select(list(COLUMNS)).rename(COLUMNS)
    added = pl.concat([own, codes], how="horizontal") if layers else own
    taken = set(piece.columns)
    return pl.concat([piece, added.rename({c: f"geo_{c}" for c in added.columns if c in taken})], how="horizontal")


def _converted(places: pl.DataFrame, crs: str) -> pl.DataFrame:
    """Coordinates of another reference system as National Grid metres (pyproj)."""
    try:
        change = Transformer.from_crs(CRS.from_user_input(crs), CRS.from_epsg(27700), always_xy=True)
    except CRSError:
        raise ValueError(f"there is no reference system {crs!r}; give an EPSG code such as EPSG:3857") from None
    for one, two in (("easting", "northing"), ("longitude", "latitude")):
        if one in places.columns and two in places.columns:
            x, y = (places[c].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy() for c in (one, two))
            east, north = change.transform(x, y)
            columns = {n: pl.Series(np.where(np.isfinite(v), np.floor(v), np.nan)).fill_nan(None).cast(pl.Int64).cast(pl.Utf8)
                       for n, v in (("easting", east), ("northing", north))}  # fmt: skip
            return places.drop(one, two).with_columns(**columns)
    raise ValueError("--crs needs a pair of coordinate columns")


def _tally(placed: pl.DataFrame, own: int) -> dict[tuple[str, str, str], int]:
    names = placed.columns[own:]
    method, kind, fault = (
        next(n for n in names if n in (c, f"geo_{c}")) for c in ("method", "precision_class", "fault")
    )
    grouped: dict[tuple[str, str, str], Any] = {
        (m, k, f or ""): n for m, k, f, n in placed.group_by(method, kind, fault).len().iter_rows()
    }
    return grouped


def _summary(counts: Counter[tuple[str, str, str]], seconds: float) -> None:
    """Rows by method and precision class, then by fault."""
    total = sum(counts.values())
    by: Counter[tuple[str, str]] = Counter()
    faults: Counter[str] = Counter()
    for (method, kind, fault), rows in counts.items():
        by[method, kind] += rows
        faults[fault] += rows
    shown = Table("method", "precision class", "rows", "share", box=None)
    for (method, kind), rows in by.most_common():
        shown.add_row(method, kind, str(rows), f"{rows / total:.1%}")
    screen.print(shown)
    for fault, rows in faults.most_common():
        if fault:
            screen.print(f"{fault}: {rows}", highlight=False)
    placed = total - by["none", "none"] - by["ambiguous", "none"]
    screen.print(
        f"{placed} of {total} rows placed in {seconds:.1f} s ({total / max(seconds, 0.001):,.0f} a second)",
        highlight=False,
    )
