"""A release as files: rows in the agreed formats, what describes them, and one digest of each.

`rows.csv` is byte-exact (RFC 4180, UTF-8). `rows-for-spreadsheets.csv` has cells that a spreadsheet could take for a
formula neutralised by an apostrophe; its name and the dictionary say so. Files are written beside their place
(`begin`), closed by what signs them (`finish`) and moved there whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from hub.adapters import formats as written_as
from hub.adapters.crew import die_with
from hub.decision import Unavailable
from hub.release import PSEUDONYM
from hub.release.coded import Rows
from protocols.contract import Contract

OF_THE_HUB = {
    "event_id": ("The event's own number in this recipient's series of releases; another recipient's differs", "text"),
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
KEPT = ".rows.parquet"
"""The released rows as the hub looks at them (pages, interface, traces). It stays: it is not one of the files."""
SUMMARY = ".kinds.parquet"
"""The kinds of the released rows and how many are of each: all that a page counts from. It stays beside `KEPT`."""
TERMS = ("For the purpose and the recipient of the agreement only. To re-identify a person is an offence: "
         "Data Protection Act 2018, section 171.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """One file of a release: name, bytes and SHA-256 (hex)."""

    name: str
    bytes: int
    sha256: str


def dictionary(columns: Sequence[str], contracts: Sequence[Contract]) -> pl.DataFrame:
    """What each column means: `column`, `type`, `meaning`, `unit`, `codes`, `source`; one row a column."""
    rows = [_meaning(column, contracts) for column in columns]
    return pl.DataFrame(rows, schema=["column", "type", "meaning", "unit", "codes", "source"], orient="row")


def _meaning(column: str, contracts: Sequence[Contract]) -> tuple[str, str, str, str, str, str]:
    """Where datasets share a column's name, each one's meaning and codes, by dataset."""
    if column in OF_THE_HUB:
        meaning, kind = OF_THE_HUB[column]
        return column, kind, meaning, "", "", "hub"
    if column.endswith(PSEUDONYM):
        _, _, meant, _, _, source = _meaning(column.removesuffix(PSEUDONYM), contracts)
        said = (
            f"Pseudonym of: {meant}. Equal for equal people in this recipient's series, and nowhere else. Personal data"
        )
        return column, "text", said, "", "", source
    carried = [(c, c.fields[column]) for c in contracts if column in c.fields]
    if not carried:
        return column, "text", "", "", "", "hub"
    codes = []
    for contract, field in carried:
        if field.codes:
            known = contract.code_list(field.codes)
            codes.append(f"{known.name} ({known.vintage}): " + "; ".join(f"{k} = {v}" for k, v in known.values.items()))
    first = carried[0][1]
    joined = (" / ".join(dict.fromkeys(texts)) for texts in
              ([f.meaning for _, f in carried], codes, [c.id for c, _ in carried]))  # fmt: skip
    meaning, coded, source = joined
    return column, first.type.value, meaning, first.unit, coded, source


def _typed(meaning: pl.DataFrame, frame: Rows) -> pl.DataFrame:
    """The dictionary with the types that the files have: contract fields are released as canonical text."""
    kinds = {
        c: ("integer" if t.is_integer() else "decimal" if t.is_numeric() else "text") for c, t in frame.schema.items()
    }
    own = pl.col("column").replace_strict(kinds, default="text", return_dtype=pl.Utf8)
    return meaning.with_columns(type=own)


def begin(
    frame: Rows,
    kept: Rows,
    folder: Path,
    contracts: Sequence[Contract],
    facts: Mapping[str, Any],
    formats: Sequence[str],
) -> list[Written]:
    """Write a release's rows, the hub's own copy of them (`kept`) and what describes them beside `folder` (which must not
    exist), to be closed by `finish`.

    A format that cannot hold the rows (an XLSX sheet ends at 1,048,576 lines) is left out. Raises `FileExistsError`, and
    `Unavailable` where the process that writes the GeoPackage was killed.
    """
    if folder.exists():
        raise FileExistsError(folder.name)
    making = _making(folder)
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True, mode=0o700)
    meaning = dictionary(frame.columns, contracts)
    title = str(facts.get("title") or "Release")
    terms = f"{facts['statement']} {TERMS}" if facts.get("statement") else TERMS
    written_as.write_parquet(kept, making / KEPT)
    with _apart(frame.height) as apart:
        waiting = [apart(_write_gpkg, making)] if "gpkg" in formats else []
        _write_others(frame, making, meaning, title, terms, facts, formats)
        try:
            for one in waiting:
                one.result()
        except BrokenProcessPool as wrong:
            raise Unavailable("the process that writes the GeoPackage ended before it was done") from wrong
    meaning.write_csv(making / "dictionary.csv", line_terminator="\r\n")
    (making / "disclosure.json").write_text(json.dumps(dict(facts), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    written = [_sealed(path) for path in sorted(making.iterdir()) if path.name != KEPT]
    package = written_as.data_package(
        folder.name, title, _typed(meaning, frame), [(w.name, w.bytes, w.sha256) for w in written], terms
    )
    (making / "datapackage.json").write_bytes(package)
    return [*written, _sealed(making / "datapackage.json")]


def _write_others(
    frame: Rows,
    making: Path,
    meaning: pl.DataFrame,
    title: str,
    terms: str,
    facts: Mapping[str, Any],
    formats: Sequence[str],
) -> None:
    if "csv" in formats:
        written_as.write_csv(frame, making / "rows.csv")
        written_as.write_spreadsheet_csv(frame, making / "rows-for-spreadsheets.csv")
        (making / "rows.csv-metadata.json").write_bytes(written_as.csvw("rows.csv", title, _typed(meaning, frame)))
    if "parquet" in formats:
        written_as.write_geoparquet(frame, making / "rows.parquet")
    if "geojson" in formats:
        written_as.write_geojson(frame, making / "rows.geojson")
    if "xlsx" in formats and frame.height <= written_as.SHEET_ROWS:
        about = [(k, v if isinstance(v, str) else json.dumps(v)) for k, v in facts.items()]
        written_as.write_xlsx(frame, meaning, [("terms", terms), *about], making / "rows.xlsx")


def _write_gpkg(making: Path) -> None:
    written_as.write_gpkg(written_as.File(making / KEPT, ("row_id",)), making / "rows.gpkg")


@contextlib.contextmanager
def _apart(rows: int) -> Iterator[Callable[[Callable[[Path], None], Path], Future[None]]]:
    """Do something in a process beside this one; for few rows at once and here, because a process takes a second to
    start."""
    if rows <= written_as.SLICE:
        yield _here
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=die_with, initargs=(os.getpid(), signal.SIGKILL)) as pool:
        yield pool.submit


def _here(work: Callable[[Path], None], making: Path) -> Future[None]:
    done: Future[None] = Future()
    work(making)
    done.set_result(None)
    return done


def finish(folder: Path, written: Sequence[Written], more: Mapping[str, bytes], summary: pl.DataFrame) -> list[Written]:
    """Add what signs the release, the kinds of its rows (`summary`), and the one file of digests; move it to its place.
    Every file of the release."""
    making = _making(folder)
    for name, content in more.items():
        (making / name).write_bytes(content)
    whole = [*written, *(_sealed(making / name) for name in sorted(more))]
    sums = "".join(f"{w.sha256}  {w.name}\n" for w in whole)
    (making / "SHA256SUMS").write_text(sums, encoding="utf-8")
    whole.append(_sealed(making / "SHA256SUMS"))
    summary.write_parquet(making / SUMMARY, compression="zstd")
    for name in (KEPT, SUMMARY):
        _sealed(making / name)
    making.rename(folder)
    return whole


def clear(folder: Path) -> int:
    """Destroy what releases left in a folder of releases that were broken off while they were written; how many. Only for
    a caller that knows that none is being written."""
    left = [path for path in folder.glob("*.part") if path.is_dir()]
    for path in left:
        shutil.rmtree(path)
    return len(left)


def _making(folder: Path) -> Path:
    return folder.with_name(folder.name + ".part")


def _sealed(path: Path) -> Written:
    """Make a file private and durable, and digest it."""
    path.chmod(0o600)
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256")
        os.fsync(source.fileno())
    return Written(path.name, path.stat().st_size, digest.hexdigest())
