"""From a native file to rows on the wire: mapped, put into canonical text, checked against the contract.

Rows that do not fit are held at the source with line, native column and rule; declared + held = rows in the file.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from connectors.mapping import Column, Mapping
from connectors.native import DATE_CELL, FORMULA_CELL, Refused, Rows, read_native
from protocols.contract import LINE, Contract
from protocols.rows import FAULTS, check_rows
from protocols.wire import RowFault, Window

CHUNK = 25_000


@dataclass(slots=True)
class Extract:
    """What one native file came to, once its chunks have been drawn."""

    mapping: Mapping
    contract: Contract
    native_rows: int = 0
    faults: list[RowFault] = field(default_factory=list)
    source_total: int | None = None
    window: Window | None = None
    unmapped: list[str] = field(default_factory=list)
    days: list[date] = field(default_factory=list)

    @property
    def held(self) -> int:
        """Rows held at the source."""
        return len({f.line for f in self.faults})


def read_extract(path: Path, mapping: Mapping) -> tuple[Extract, Iterator[pl.DataFrame]]:
    """A native file as wire frames (`_line` and the mapped contract fields), with the account of it that grows as
    they are drawn. Raises `Refused` when the file as a whole cannot be taken, also while drawing."""
    contract = mapping.contract()
    opened = read_native(path, mapping.native, mapping.natives)
    known = {*mapping.natives, *mapping.ignored}
    account = Extract(mapping, contract, unmapped=[c for c in opened.columns if c not in known])
    return account, _frames(opened, mapping, contract, account)


def _frames(opened: Rows, mapping: Mapping, contract: Contract, account: Extract) -> Iterator[pl.DataFrame]:
    months: set[str] = set()
    while chunk := list(islice(opened.rows, CHUNK)):
        account.native_rows += len(chunk)
        account.faults += [row for _, row in chunk if isinstance(row, RowFault)]
        rows = [(line, row) for line, row in chunk if not isinstance(row, RowFault)]
        native = _native_frame(rows, opened.columns, mapping)
        sound, faults = _encoding_faults(native, mapping)
        if mapping.window is not None and mapping.window.by == "month":
            months |= set(sound[mapping.window.first].drop_nulls().unique())
        frame, more = _canonical(sound, mapping, opened.header)
        only = contract.key if mapping.mode == "withdrawals" else None
        good, broken = check_rows(frame.filter(~pl.col(LINE).is_in(more[LINE].implode())), contract, only)
        account.faults += _row_faults(pl.concat([faults, more, _by_native(broken, mapping)]))
        if mapping.window is not None and mapping.window.by == "dates" and good.height:
            days = good[mapping.window.first].str.slice(0, 10).str.to_date(strict=False).drop_nulls()
            account.days += [d for d in (days.min(), days.max()) if isinstance(d, date)]
        yield good
    account.source_total = opened.source_total
    account.window = _window(mapping, opened.header, months, account.days)


def _native_frame(rows: list[tuple[int, list[str]]], columns: list[str], mapping: Mapping) -> pl.DataFrame:
    wanted = [(n, columns.index(n)) for n in mapping.natives if n in columns]
    data: dict[str, Any] = {name: [row[at] for _, row in rows] for name, at in wanted}
    absent = {name: [""] * len(rows) for name in mapping.natives if name not in columns}
    data = {k: [v if v.isascii() or v.isprintable() else _marked(v) for v in vs] for k, vs in (data | absent).items()}
    schema = dict.fromkeys(mapping.natives, pl.Utf8) | {LINE: pl.Int64}
    return pl.DataFrame({**data, LINE: [line for line, _ in rows]}, schema=schema)


BAD_BYTE = "\x04"


def _marked(value: str) -> str:
    """Bytes that are not of the declared encoding cannot be kept as text: the cell becomes a mark."""
    return BAD_BYTE if any("\ud800" <= c <= "\udfff" for c in value) else value


def _faulty(frame: pl.DataFrame, mask: pl.Expr, column: str, rule: str, reason: str) -> pl.DataFrame:
    return frame.filter(mask.fill_null(value=False)).select(
        pl.col(LINE), column=pl.lit(column), rule=pl.lit(rule), reason=pl.lit(reason)
    )


def _encoding_faults(native: pl.DataFrame, mapping: Mapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    found = [pl.DataFrame(schema=FAULTS)]
    for name in mapping.natives:
        found.append(_faulty(native, pl.col(name) == BAD_BYTE, name, "source.encoding",
                             f"holds a byte that is not {mapping.native.encoding}"))  # fmt: skip
        found.append(_faulty(native, pl.col(name) == FORMULA_CELL, name, "source.formula",
                             "holds a formula, which is not evaluated; put its value"))  # fmt: skip
    faults = pl.concat(found)
    return native.filter(~pl.col(LINE).is_in(faults[LINE].implode())), faults


def _canonical(native: pl.DataFrame, mapping: Mapping, header: dict[str, str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Contract fields in canonical text, and the faults of cells that do not fit their declaration."""
    columns: list[pl.Series] = [native[LINE]]
    faults = [pl.DataFrame(schema=FAULTS)]
    for column in mapping.column:
        text = native.with_columns(_joined=_joined(column, mapping, header))["_joined"].alias(column.field)
        shown = " + ".join(column.native) or column.header
        if column.kind in ("date", "datetime"):
            text, found = _dates(native[LINE], text, column, shown)
            faults.append(found)
        elif column.kind == "number":
            text = text.str.replace_all(r"[,\s£]", "")
        if column.codes:
            text, found = _codes(native[LINE], text, column, shown)
            faults.append(found)
        columns.append(text.alias(column.field))
    return pl.DataFrame(columns), pl.concat(faults)


def _joined(column: Column, mapping: Mapping, header: dict[str, str]) -> pl.Expr:
    if column.constant or column.header:
        return pl.lit(column.constant or header.get(column.header) or None, pl.Utf8)
    nulls = [*mapping.native.nulls, *column.nulls]
    if column.kind in ("date", "datetime"):
        nulls += mapping.native.null_dates
    parts = []
    for name in column.native:
        cell = pl.col(name).str.strip_chars()
        day = cell.str.strip_prefix(DATE_CELL).str.slice(0, 10)
        sentinel = cell.str.to_uppercase().is_in([n.upper() for n in nulls])
        if column.kind in ("date", "datetime"):
            sentinel |= day.is_in(list(mapping.native.null_dates))
        parts.append(pl.when(~sentinel).then(cell))
    if len(parts) == 1:
        return parts[0]
    # half a moment is none: a date without its time would be read as midnight
    together = pl.concat_str(parts, separator=column.join, ignore_nulls=column.kind == "text")
    return pl.when(together != "").then(together)


def _dates(lines: pl.Series, text: pl.Series, column: Column, shown: str) -> tuple[pl.Series, pl.DataFrame]:
    """Declared format to ISO; two-digit years and impossible days are faults, never guesses."""
    frame = pl.DataFrame({LINE: lines, "t": text})
    marked = pl.col("t").str.starts_with(DATE_CELL)
    iso = pl.col("t").str.strip_prefix(DATE_CELL).str.replace(r"^(\d{4}-\d{2}-\d{2})$", "${1}T00:00:00")
    of_cell = pl.when(marked).then(iso).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    declared = pl.when(~marked).then("t")
    parsed = (
        declared.str.to_datetime(column.format, strict=False, time_unit="us")
        if column.kind == "datetime"
        else declared.str.to_date(column.format, strict=False).cast(pl.Datetime("us"))
    )
    form = "%Y-%m-%d" if column.kind == "date" else "%Y-%m-%dT%H:%M:%S"
    frame = frame.with_columns(m=pl.coalesce(of_cell, parsed))
    short = pl.col("m").dt.year() < 100
    wrong = pl.col("t").is_not_null() & pl.col("m").is_null()
    faults = pl.concat([
        _faulty(frame, short, shown, "source.two-digit-year", "gives a year of two digits; four are needed"),
        _faulty(frame, wrong, shown, "source.date", f"is no day or time written as {column.format}"),
    ])  # fmt: skip
    return frame.select(pl.when(~short).then(pl.col("m").dt.strftime(form))).to_series(), faults


def _codes(lines: pl.Series, text: pl.Series, column: Column, shown: str) -> tuple[pl.Series, pl.DataFrame]:
    frame = pl.DataFrame({LINE: lines, "t": text.str.strip_chars()})
    upper = {k.upper(): v for k, v in column.codes.items()}
    translated = pl.col("t").str.to_uppercase().replace_strict(upper, default=None, return_dtype=pl.Utf8)
    frame = frame.with_columns(c=translated)
    unknown = pl.col("t").is_not_null() & pl.col("c").is_null()
    faults = _faulty(frame, unknown, shown, "source.code", "is a code that the mapping does not translate")
    return frame["c"].replace("", None), faults


def _by_native(broken: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Contract faults under the names that the agency knows."""
    names = {c.field: " + ".join(c.native) or c.field for c in mapping.column}
    return broken.with_columns(pl.col("column").replace(names))


def _row_faults(faults: pl.DataFrame) -> list[RowFault]:
    return [RowFault(line=line, column=column, rule=rule, reason=reason)
            for line, column, rule, reason in faults.select(LINE, "column", "rule", "reason").iter_rows()]  # fmt: skip


def _window(mapping: Mapping, header: dict[str, str], months: set[str], days: list[date]) -> Window | None:
    """The window that the file says it is the whole of. Raises `Refused` when it does not say one window."""
    asked = mapping.window
    if asked is None or asked.by == "argument":
        return None
    if asked.by == "header":
        try:
            return Window(
                first=date.fromisoformat(header[asked.first][:10]), last=date.fromisoformat(header[asked.last][:10])
            )
        except (KeyError, ValueError):
            raise Refused(f"the header lacks the period {asked.first} to {asked.last}") from None
    if asked.by == "dates":
        return Window(first=min(days), last=max(days)) if days else None
    if len(months) > 1:
        raise Refused(f"the file holds {len(months)} months; a snapshot is of one")
    if not months:
        return None
    year, month = (int(p) for p in next(iter(months)).split("-"))
    return Window(first=date(year, month, 1), last=date(year, month, calendar.monthrange(year, month)[1]))
