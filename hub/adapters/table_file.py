"""Reads and writes tables of text in files larger than memory: chunk by chunk, every value as it stands.

Faults name the file's data rows by number and never hold a value.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

BLOCK_BYTES = 8 * 1024 * 1024
QUOTE = ord('"')


class Unreadable(Exception):
    """The file is no such table; the message says why, fit to be shown."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A delimited text file with a header: its path, delimiter and column names."""

    path: Path
    delimiter: str
    columns: tuple[str, ...]

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows as text columns (null where empty), in order; only `columns` where given. Raises `Unreadable`."""
        short: list[int] = []

        def skip(row: pa.csv.InvalidRow) -> str:
            short.append(row.number or 0)
            return "skip"

        wanted = list(columns) if columns is not None else list(self.columns)
        try:
            reader = arrow_csv.open_csv(
                self.path,
                read_options=arrow_csv.ReadOptions(block_size=max(BLOCK_BYTES, 64 * len(self.columns)), use_threads=False),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=skip,
                    ignore_empty_lines=len(self.columns) > 1,  # of one column, an empty line is a row
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(self.columns, pa.string()), include_columns=wanted,
                    strings_can_be_null=True, null_values=[""],
                ),
            )  # fmt: skip
            for batch in reader:
                if short:
                    break
                frame = pl.from_arrow(batch)
                assert isinstance(frame, pl.DataFrame)
                yield frame
        except pa.ArrowInvalid as wrong:
            text = str(wrong)
            why = "is not UTF-8 text" if "UTF8" in text or "utf8" in text.lower() else "cannot be read as a table"
            raise Unreadable(f"the file {self.path.name} {why}") from None
        if short:
            where = f"data row {short[0] - 1}" if short[0] else "a row"
            raise Unreadable(f"{where} of {self.path.name} has more or fewer cells than the header")


def open_table(path: Path, delimiter: str) -> TableFile:
    """Look at a table's header. Raises `Unreadable` for no file, no header, a column named twice or not at all."""
    if len(delimiter) != 1:
        raise Unreadable("the delimiter is one character")
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            header = next(csv.reader(source, delimiter=delimiter), [])
    except OSError:
        raise Unreadable(f"there is no file {path.name} that can be read") from None
    except (UnicodeDecodeError, csv.Error):
        raise Unreadable(f"the file {path.name} is not UTF-8 text") from None
    if not header:
        raise Unreadable(f"the file {path.name} is empty")
    if len(set(header)) != len(header) or not all(header):
        raise Unreadable(f"the header of {path.name} has a column without a name, or one name twice")
    return TableFile(path, delimiter, tuple(header))


def delimiter_of(path: Path, usual: str, known: str = ",;\t|", columns: Sequence[str] = ()) -> str:
    """Which of the delimiters a file's first line uses most, outside quotes; the usual one where it uses none. Where
    `columns` are wanted, one by which the first line names them all comes first."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as source:
            line = source.readline()
    except OSError:
        return usual
    bare = re.sub(r'"[^"]*"', "", line)

    def fits(delimiter: str) -> tuple[bool, int]:
        header = next(csv.reader([line], delimiter=delimiter), [])
        return set(columns) <= {name.strip("\r\n") for name in header}, bare.count(delimiter)

    best: str = max((usual, *known), key=fits)
    return best


def check_quotes(table: TableFile, block: int = BLOCK_BYTES) -> None:
    """Does every quote open or close a cell? Else rows could vanish inside one, and pass as they are.

    Raises `Unreadable` with the line. The bytes alone are looked at (RFC 4180), a block at a time.
    """
    size = table.path.stat().st_size
    if not size:
        return
    whole = np.memmap(table.path, dtype=np.uint8, mode="r")
    start = 3 if bytes(whole[:3]) == b"\xef\xbb\xbf" else 0
    ends = np.frombuffer(f'{table.delimiter}\r\n"'.encode(), np.uint8)
    inside = False
    for first in range(start, size, block):
        at = first + np.flatnonzero(whole[first : first + block] == QUOTE)
        if not len(at):
            continue
        opens = (np.arange(len(at)) % 2 == 0) != inside
        before = np.where(at > start, whole[np.maximum(at - 1, 0)], QUOTE)
        after = np.where(at + 1 < size, whole[np.minimum(at + 1, size - 1)], QUOTE)
        wrong = np.flatnonzero(~np.isin(np.where(opens, before, after), ends))
        if len(wrong):
            raise Unreadable(_unpaired(table, whole, int(at[wrong[0]])))
        inside = bool(opens[-1])
    if inside:
        raise Unreadable(
            f"a quote in {table.path.name} is opened and never closed, so that rows would vanish inside a cell"
        )


def _unpaired(table: TableFile, whole: np.ndarray, position: int) -> str:
    line = 1 + sum(
        int((whole[i : min(i + BLOCK_BYTES, position)] == ord("\n")).sum()) for i in range(0, position, BLOCK_BYTES)
    )
    return (f"the quotes of {table.path.name} do not pair, as seen in line {line}: rows could vanish inside a cell;"
            " a cell that holds a quote stands in quotes, with its own doubled")  # fmt: skip


def read_rows(path: Path, delimiter: str) -> list[list[str]]:
    """A small file's rows, such as a hierarchy's. Raises `Unreadable`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            return list(csv.reader(source, delimiter=delimiter, strict=True))
    except OSError:
        raise Unreadable(f"there is no file {path.name} that can be read") from None
    except (UnicodeDecodeError, csv.Error):
        raise Unreadable(f"the file {path.name} is not UTF-8 text with one row a line") from None


def write_table(path: Path, chunks: Iterable[pl.DataFrame], delimiter: str) -> int:
    """Write chunks to a file that appears whole or not at all; the rows written."""
    making = path.with_name(path.name + ".part")
    rows = 0
    try:
        with making.open("wb") as target:
            for number, chunk in enumerate(chunks):
                chunk.write_csv(target, separator=delimiter, include_header=number == 0)
                rows += chunk.height
        making.replace(path)
    finally:
        making.unlink(missing_ok=True)
    return rows
