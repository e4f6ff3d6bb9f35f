"""What rows does a native file hold? CSV, XML and XLSX as text cells with their line, and hostile files refused.

Every row is yielded, or named as a fault, or the file is refused whole: never fewer rows than the file has.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TextIO

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from connectors.mapping import Native
from protocols.wire import RowFault

csv.field_size_limit(min(sys.maxsize, 64 * 1024 * 1024))
MAX_UNPACKED = 100 * 1024 * 1024
"""An XLSX that unpacks to more is refused: it is not what a person keeps in a sheet, or it is a bomb."""
MAX_ENTRIES = 2000
DATE_CELL = "\x02"
"""Marks a cell that the workbook itself holds as a date, already in ISO form."""
TRAILER_CELLS = 3
"""How many cells a closing row may fill: its mark, a date, a count."""
FORMULA_CELL = "\x03"
"""Marks a cell that holds a formula: never evaluated, never trusted."""


class Refused(ValueError):
    """The file cannot be taken at all. The message says where and what to do, and quotes no value."""


@dataclass(slots=True)
class Rows:
    """A native file being read: its header's values, the source's own count, and the rows one by one."""

    columns: list[str]
    rows: Iterator[tuple[int, list[str] | RowFault]]
    header: dict[str, str] = field(default_factory=dict)
    source_total: int | None = None
    close: Callable[[], None] = lambda: None


def read_native(path: Path, native: Native, wanted: Sequence[str]) -> Rows:
    """Open a native file. Raises `Refused`; so may iterating its rows."""
    if not path.exists():
        raise Refused(f"there is no file {path.name}")
    if path.stat().st_size == 0:
        raise Refused("the file is empty: not even a header row")
    opened = {"csv": _read_csv, "xml": _read_xml, "xlsx": _read_xlsx}[native.kind](path, native)
    missing = [c for c in wanted if c not in opened.columns]
    if missing and native.kind != "xml":
        opened.close()
        raise Refused(f"columns that the mapping reads are missing: {', '.join(missing)}")
    return opened


def _text_of(path: Path, encoding: str) -> TextIO:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    raw = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115 (closed with its reader)
    if raw.read(2) in (b"\xff\xfe", b"\xfe\xff"):
        raw.close()
        raise Refused("the file is UTF-16; the mapping declares another encoding")
    raw.seek(0)
    return io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline="")


def _read_csv(path: Path, native: Native) -> Rows:
    text = _text_of(path, native.encoding)
    try:
        return _headed_csv(text, native)
    except Refused:
        text.close()
        raise


def _headed_csv(text: TextIO, native: Native) -> Rows:
    reader = csv.reader(text, delimiter=native.delimiter, strict=True)
    try:
        header = [c.strip() for c in next(reader)]
    except StopIteration:
        raise Refused("the file is empty: not even a header row") from None
    except (csv.Error, EOFError, OSError) as wrong:
        raise Refused(f"the header row cannot be read: {_kind_of(wrong)}") from None
    twice = sorted({c for c in header if header.count(c) > 1})
    if twice:
        raise Refused(f"the header names columns twice: {', '.join(twice)}")
    opened = Rows(header, iter(()), close=text.close)
    opened.rows = _csv_rows(text, reader, header, native, opened)
    return opened


def _kind_of(wrong: Exception) -> str:
    """What a reader complains of, without what it read."""
    return {"EOFError": "it is cut short", "OSError": "it is damaged"}.get(
        type(wrong).__name__, str(wrong).split("(")[0]
    )


def _csv_rows(
    text: TextIO, reader: Any, header: list[str], native: Native, opened: Rows
) -> Iterator[tuple[int, list[str] | RowFault]]:
    trailer = re.compile(native.trailer) if native.trailer else None
    line = reader.line_num + 1
    start = line
    try:
        for row in reader:
            start, line = line, reader.line_num + 1
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            if trailer is not None and _is_short(row, len(header)) and trailer.search(row[0]):
                counts = re.findall(r"\d+", " ".join(row))
                opened.source_total = int(counts[-1]) if counts else None
                continue
            if len(row) != len(header):
                reason = f"has {len(row)} cells where the header names {len(header)}"
                yield start, RowFault(line=start, column="", rule="source.ragged", reason=reason)
                continue
            yield start, row
    except (csv.Error, EOFError, OSError, gzip.BadGzipFile) as wrong:
        raise Refused(f"the file cannot be cut into rows from line {line} on: {_kind_of(wrong)}") from None
    finally:
        text.close()


def _is_short(row: list[str], width: int) -> bool:
    """Can this be a closing row? It has fewer cells than the header, or nothing in them from the fourth on."""
    return len(row) < width or (width > TRAILER_CELLS and not any(c.strip() for c in row[TRAILER_CELLS:]))


def _read_xml(path: Path, native: Native) -> Rows:
    try:
        tree = ElementTree.parse(path, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise Refused("the XML declares entities or a document type: refused, nothing was fetched or read") from None
    except (ElementTree.ParseError, ValueError, LookupError) as wrong:
        at = getattr(wrong, "position", (0, 0))
        raise Refused(f"the XML is malformed at line {at[0]}, column {at[1]}") from None
    root = tree.getroot()
    if root is None:
        raise Refused("the XML has no root element")
    records = [e for e in root.iter() if _local(e.tag) == native.record]
    inside = {id(c) for r in records for c in r.iter()}
    header = {_local(e.tag): (e.text or "").strip() for e in root.iter() if id(e) not in inside and len(e) == 0}
    columns = list(dict.fromkeys(_local(c.tag) for r in records for c in r))
    opened = Rows(columns, iter(()), header)
    opened.rows = ((n, _cells(r, columns, n)) for n, r in enumerate(records, 1))
    return opened


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _cells(record: Any, columns: list[str], number: int) -> list[str] | RowFault:
    found: dict[str, str] = {}
    for child in record:
        name = _local(child.tag)
        if name in found:
            return RowFault(line=number, column=name, rule="source.repeated", reason="the element is given twice")
        found[name] = (child.text or "").strip()
    return [found.get(c, "") for c in columns]


def check_archive(path: Path) -> None:
    """May this XLSX be opened at all? Refuses bombs, slips, macros and links to other files, reading no more than
    `MAX_UNPACKED` bytes whatever the archive claims. Raises `Refused`."""
    try:
        with zipfile.ZipFile(path) as packed:
            entries = packed.infolist()
            if len(entries) > MAX_ENTRIES or sum(e.file_size for e in entries) > MAX_UNPACKED:
                raise Refused("the workbook unpacks to more than a sheet may hold: refused as a zip bomb")
            for entry in entries:
                name = entry.filename.lower()
                if name.startswith("/") or ".." in name.split("/") or "\\" in name:
                    raise Refused("the workbook holds a path that leaves its folder")
                if name.endswith("vbaproject.bin") or "externallinks/" in name:
                    raise Refused("the workbook holds macros or links to other files; save it as a plain sheet")
            left = MAX_UNPACKED
            for entry in entries:
                with packed.open(entry) as inside:
                    while block := inside.read(1 << 20):
                        left -= len(block)
                        if left < 0:
                            raise Refused("the workbook unpacks to more than it says: refused as a zip bomb")
                        if b"<mergeCell " in block:
                            raise Refused("the sheet has merged cells: which row a value belongs to cannot be told")
                        if b"<!ENTITY" in block or b"<!DOCTYPE" in block:
                            raise Refused("the workbook's XML declares entities: refused")
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as wrong:
        raise Refused("the workbook is damaged, cut short or locked by a password") from wrong


def _read_xlsx(path: Path, native: Native) -> Rows:
    import openpyxl  # other formats do not wait for it

    check_archive(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    except Exception as wrong:
        raise Refused("the workbook cannot be opened as XLSX") from wrong
    try:
        return _headed_sheet(book, native)
    except Refused:
        book.close()
        raise


def _headed_sheet(book: Any, native: Native) -> Rows:
    if native.sheet and native.sheet not in book.sheetnames:
        raise Refused(f"there is no sheet '{native.sheet}'; the workbook has {len(book.sheetnames)} others")
    sheet = book[native.sheet] if native.sheet else book.worksheets[0]
    rows = sheet.iter_rows()
    first = next(rows, None)
    header = [str(c.value).strip() if c.value is not None else "" for c in first or ()]
    while header and not header[-1]:
        header.pop()
    twice = sorted({c for c in header if header.count(c) > 1})
    if not header or twice:
        rows.close()  # it holds the sheet open, and so the workbook
    if not header:
        raise Refused("the sheet is empty: not even a header row")
    if twice:
        raise Refused(f"the header names columns twice: {', '.join(t or '(blank)' for t in twice)}")

    def close() -> None:
        rows.close()
        book.close()

    return Rows(header, _sheet_rows(rows, len(header), close), close=close)


def _sheet_rows(
    rows: Iterator[Any], width: int, close: Callable[[], None]
) -> Iterator[tuple[int, list[str] | RowFault]]:
    try:
        for number, row in enumerate(rows, 2):
            cells = [_cell(c) for c in row[:width]]
            if any(cells):
                yield number, cells + [""] * (width - len(cells))
    finally:
        close()


def _cell(cell: Any) -> str:
    """A cell as text: numbers as they are, dates marked, formulas marked."""
    value = cell.value
    if value is None:
        return ""
    if getattr(cell, "data_type", "") == "f":
        return FORMULA_CELL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return DATE_CELL + value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return DATE_CELL + value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
