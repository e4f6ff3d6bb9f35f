"""What rows do these bytes hold? Parquet, CSV or NDJSON into wire frames, chunk by chunk, and none lost.

A reader either yields every row (a well-formed one in a frame, a malformed one as a fault with its line), or
raises `Malformed` for the whole body. CSV is read by the standard library's strict reader, because faster
readers accept a file that was cut short or lose rows inside an open quote.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from protocols.contract import LINE
from protocols.wire import Format, RowFault

FIELD_LIMIT = 1_000_000
"""Longest field taken, in characters."""
csv.field_size_limit(min(sys.maxsize, 64 * 1024 * 1024))


class Malformed(ValueError):
    """The body cannot be read as what it says it is. The message names a place, never a value."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows `number * size …` of a body: a wire frame, and the rows that are not even rows."""

    number: int
    frame: pl.DataFrame
    faults: list[tuple[RowFault, str]] = field(default_factory=list)
    """What is wrong, and the row's raw text (for quarantine only)."""

    @property
    def rows(self) -> int:
        """Rows of the body that this chunk accounts for."""
        return self.frame.height + len(self.faults)


def columns_of(body: bytes, form: Format) -> list[str]:
    """The columns a body holds, without `_line`. NDJSON: those of the first object. Raises `Malformed`."""
    if form == "parquet":
        names = list(_parquet(body).schema_arrow.names)
    elif form == "csv":
        names = _csv_header(_csv_reader(body))
    else:
        first = next((line for line in body.split(b"\n", 100) if line.strip()), None)
        names = list(_object(first, 1)) if first is not None else []
    return [n for n in names if n != LINE]


def count_rows(body: bytes, form: Format) -> int:
    """How many rows the body holds, malformed ones included. Raises `Malformed`."""
    if form == "parquet":
        return int(_parquet(body).metadata.num_rows)
    if form == "csv":
        reader = _csv_reader(body)
        _csv_header(reader)
        try:
            return sum(1 for row in reader if row)
        except csv.Error as wrong:
            raise Malformed(f"CSV is malformed at line {reader.line_num}: {_plain(wrong)}") from None
    return sum(1 for line in io.BytesIO(body) if line.strip())


def read_chunks(body: bytes, form: Format, columns: Sequence[str], size: int) -> Iterator[Chunk]:
    """The body as chunks of at most `size` rows, every contract column Utf8, `_line` Int64. Raises `Malformed`."""
    if form == "parquet":
        yield from _parquet_chunks(body, columns, size)
    elif form == "csv":
        yield from _row_chunks(_csv_rows(body, columns), columns, size)
    else:
        yield from _row_chunks(_json_rows(body, columns), columns, size)


def _parquet(body: bytes) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(pa.BufferReader(body))
    except (pa.ArrowException, OSError, ValueError) as wrong:
        raise Malformed("the body is not a readable Parquet file (cut short?)") from wrong


def _parquet_chunks(body: bytes, columns: Sequence[str], size: int) -> Iterator[Chunk]:
    source = _parquet(body)
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    wrong = [c for c in columns if not any(is_text(source.schema_arrow.field(c).type) for is_text in texts)]
    if wrong:
        raise Malformed(f"columns are not text: {', '.join(wrong)}")
    seen = 0
    wanted = [*columns, *([LINE] if LINE in source.schema_arrow.names else [])]
    try:
        for number, batch in enumerate(source.iter_batches(batch_size=size, columns=wanted)):
            frame = pl.DataFrame(pl.from_arrow(batch))
            if LINE not in frame.columns:
                frame = frame.with_columns(pl.int_range(seen + 1, seen + 1 + frame.height, dtype=pl.Int64).alias(LINE))
            seen += frame.height
            yield Chunk(number, frame.select(*[pl.col(c).cast(pl.Utf8).replace("", None) for c in columns],
                                             pl.col(LINE).cast(pl.Int64)))  # fmt: skip
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError) as broken:
        raise Malformed("the Parquet file is damaged inside") from broken


def _plain(wrong: csv.Error) -> str:
    """The reader's message; its kinds quote no content."""
    return str(wrong).split("(", maxsplit=1)[0].strip()


def _csv_reader(body: bytes) -> Any:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Malformed("the body is UTF-16; send UTF-8")
    text = io.TextIOWrapper(io.BytesIO(body), encoding="utf-8-sig", errors="surrogateescape", newline="")
    return csv.reader(text, strict=True)


def _csv_header(reader: Any) -> list[str]:
    try:
        header: list[str] = next(reader)
    except StopIteration:
        raise Malformed("the body is empty: not even a header row") from None
    except csv.Error as wrong:
        raise Malformed(f"the header row is malformed: {_plain(wrong)}") from None
    if len(set(header)) != len(header):
        raise Malformed("the header row names a column twice")
    return header


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be put into columns, with its raw text."""

    fault: RowFault
    raw: str


Row = tuple[int, dict[str, str | None] | Broken]


def _broken(line: int, rule: str, reason: str, raw: str) -> Broken:
    return Broken(RowFault(line=line, column="", rule=rule, reason=reason), raw)


def _csv_rows(body: bytes, columns: Sequence[str]) -> Iterator[Row]:
    reader = _csv_reader(body)
    header = _csv_header(reader)
    line = reader.line_num + 1
    try:
        for row in reader:
            at, line = line, reader.line_num + 1
            if not row:
                continue
            if len(row) != len(header):
                reason = f"has {len(row)} fields where the header names {len(header)}"
                yield at, _broken(at, "row.ragged", reason, json.dumps(row))
                continue
            named = dict(zip(header, row, strict=True))
            declared = named.get(LINE, "")
            yield int(declared) if declared.isdigit() else at, {c: named[c] or None for c in columns}
    except csv.Error as wrong:
        raise Malformed(f"CSV is malformed at line {reader.line_num}: {_plain(wrong)}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({k for k, _ in pairs}) != len(pairs):
        raise ValueError("a name is given twice")
    return dict(pairs)


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise Malformed(f"line {number} is not a JSON object with each name once") from None
    if not isinstance(value, dict):
        raise Malformed(f"line {number} is not a JSON object")
    return value


def _scalar(value: Any) -> str | None:
    """Canonical text of a JSON value. Raises `TypeError` for an array or object."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError


def _json_rows(body: bytes, columns: Sequence[str]) -> Iterator[Row]:
    allowed = {*columns, LINE}
    for number, line in enumerate(io.BytesIO(body), 1):
        if not line.strip():
            continue
        try:
            value = _object(line, number)
        except Malformed:
            reason = "is not a JSON object with each name once"
            yield number, _broken(number, "row.not-json", reason, line.decode("utf-8", "replace"))
            continue
        strays = sorted(set(value) - allowed)
        if strays:
            raise Malformed(f"line {number} holds {len(strays)} name(s) that the manifest does not declare")
        try:
            yield number, {c: _scalar(value.get(c)) for c in columns}
        except TypeError:
            yield number, _broken(number, "row.nested", "holds a list or an object", line.decode("utf-8", "replace"))


def _fault_of(line: int, row: dict[str, str | None]) -> RowFault | None:
    """What a text column cannot hold: bytes that were not UTF-8, or a field beyond the limit."""
    for column, value in row.items():
        if value is None:
            continue
        if len(value) > FIELD_LIMIT:
            return RowFault(line=line, column=column, rule="row.too-long", reason=f"is over {FIELD_LIMIT} characters")
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            return RowFault(line=line, column=column, rule="row.encoding", reason="is not valid UTF-8")
    return None


def _row_chunks(rows: Iterator[Row], columns: Sequence[str], size: int) -> Iterator[Chunk]:
    number, lines, faults = 0, list[int](), list[tuple[RowFault, str]]()
    kept: dict[str, list[str | None]] = {c: [] for c in columns}
    schema: dict[str, Any] = dict.fromkeys(columns, pl.Utf8) | {LINE: pl.Int64}
    for line, row in rows:
        if isinstance(row, Broken):
            faults.append((row.fault, row.raw))
        elif (fault := _fault_of(line, row)) is not None:
            faults.append((fault, json.dumps(row)))
        else:
            lines.append(line)
            for column in columns:
                kept[column].append(row[column])
        if len(lines) + len(faults) == size:
            yield Chunk(number, pl.DataFrame({**kept, LINE: lines}, schema=schema), faults)
            number, lines, faults, kept = number + 1, [], [], {c: [] for c in columns}
    if lines or faults:
        yield Chunk(number, pl.DataFrame({**kept, LINE: lines}, schema=schema), faults)
