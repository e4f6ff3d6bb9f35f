"""Does a row keep its contract? The one check that connectors and hub share, on columns of canonical text.

Every rule of a field yields its own fault (line, column, rule, reason); a row with any fault is not taken. The
reason says what the contract asks for, never what the row holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from protocols.contract import LINE, Contract, ContractField, FieldType

FAULTS: dict[str, type[pl.DataType]] = {LINE: pl.Int64, "column": pl.Utf8, "rule": pl.Utf8, "reason": pl.Utf8}

DATE = r"^\d{4}-\d{2}-\d{2}$"
MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
OFFSET = r"(Z|[+-]\d{2}:?\d{2})$"
DATETIME = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$"
INTEGER = r"^-?\d{1,18}$"
DECIMAL = r"^-?\d{1,15}(\.\d{1,15})?$"
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
LINE_BREAK = r"[\r\n\t]"
EARLIEST, LATEST = 1900, 2100

Rule = tuple[str, str, pl.Expr]
"""(rule, reason, expression that is true where the value breaks it; null counts as kept)."""


def _naive(text: pl.Expr) -> pl.Expr:
    """A canonical datetime without its offset as a naive Datetime; null where the calendar has no such moment."""
    wall = text.str.replace(OFFSET, "").str.replace(" ", "T", literal=True)
    whole = pl.when(wall.str.len_chars() == 16).then(wall + ":00").otherwise(wall)
    return whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")


def _calendar_rules(field: ContractField, text: pl.Expr, zone: str) -> Iterator[Rule]:
    if field.type is FieldType.MONTH:
        yield "row.month", "is not a month as YYYY-MM", ~text.str.contains(MONTH)
        return
    if field.type is FieldType.DATE:
        moment = text.str.to_datetime("%Y-%m-%d", strict=False, time_unit="us")
        yield "row.date", "is not a day of the calendar as YYYY-MM-DD", ~text.str.contains(DATE) | moment.is_null()
    else:
        moment = _naive(text)
        yield (
            "row.datetime",
            "is not a moment as YYYY-MM-DDTHH:MM[:SS]",
            ~text.str.contains(DATETIME) | moment.is_null(),
        )
        there = moment.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        missing = moment.is_not_null() & there.is_null() & ~text.str.contains(OFFSET)
        yield "row.time-impossible", f"falls in the hour that the clocks of {zone} skip in spring", missing
    year = moment.dt.year()
    yield "row.year", f"lies outside {EARLIEST} to {LATEST}", (year < EARLIEST) | (year > LATEST)


def _number_rules(field: ContractField, text: pl.Expr) -> Iterator[Rule]:
    whole = field.type is FieldType.INTEGER
    shape = INTEGER if whole else DECIMAL
    yield "row.number", f"is not {'a whole' if whole else 'a plain decimal'} number", ~text.str.contains(shape)
    value = text.cast(pl.Float64, strict=False)
    if field.minimum is not None:
        yield "row.too-small", f"is less than {field.minimum:g}", value < field.minimum
    if field.maximum is not None:
        yield "row.too-large", f"is more than {field.maximum:g}", value > field.maximum


def _text_rules(field: ContractField, text: pl.Expr) -> Iterator[Rule]:
    yield "row.control-character", "holds a control character", text.str.contains(CONTROL)
    if field.type is not FieldType.NARRATIVE:
        yield "row.line-break", "holds a line break or tab", text.str.contains(LINE_BREAK)
    yield "row.too-long", f"is longer than {field.max_length} characters", text.str.len_chars() > field.max_length


def _rules(field: ContractField, contract: Contract) -> Iterator[Rule]:
    text = pl.col(field.name)
    if field.required:
        yield "row.missing", "is required and empty", text.is_null() | (text.str.strip_chars() == "")
    if field.type in (FieldType.TEXT, FieldType.NARRATIVE):
        yield from _text_rules(field, text)
    elif field.type is FieldType.CODE:
        known = contract.code_list(field.codes)
        yield "row.code", f"is not in the code list {known.name} ({known.vintage})", ~text.is_in(list(known.values))
    elif field.type in (FieldType.INTEGER, FieldType.DECIMAL):
        yield from _number_rules(field, text)
    elif field.type is FieldType.BOOLEAN:
        yield "row.boolean", "is not true or false", ~text.is_in(["true", "false"])
    else:
        yield from _calendar_rules(field, text, contract.zone)
    if field.pattern:
        yield "row.pattern", f"does not have the form {field.pattern}", ~text.str.contains(f"^(?:{field.pattern})$")


def check_rows(
    frame: pl.DataFrame, contract: Contract, only: Sequence[str] | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part a wire frame into the rows that keep the contract and the faults of those that do not.

    Returns (good rows, unchanged and in order; faults with `_line`, `column`, `rule`, `reason`). Columns that the
    frame lacks are not checked, but for those required. `only` names the columns to check (withdrawals: the key).
    """
    fields = [f for f in contract.field if only is None or f.name in only]
    absent = [f.name for f in fields if f.required and f.name not in frame.columns]
    frame_in = frame.with_columns(**{name: pl.lit(None, pl.Utf8) for name in absent})
    checks = [
        (f.name, rule, reason, broken if rule == "row.missing" else pl.col(f.name).is_not_null() & broken)
        for f in fields
        if f.name in frame_in.columns
        for rule, reason, broken in _rules(f, contract)
    ]
    if not checks or not frame.height:
        return frame, pl.DataFrame(schema=FAULTS)
    marks = frame_in.select(
        pl.col(LINE), *[broken.fill_null(value=False).alias(str(n)) for n, (*_, broken) in enumerate(checks)]
    )
    any_broken = marks.select(pl.any_horizontal(pl.exclude(LINE))).to_series()
    if not any_broken.any():
        return frame, pl.DataFrame(schema=FAULTS)
    found = []
    broken_rows = marks.filter(any_broken)
    for number, (column, rule, reason, _) in enumerate(checks):
        lines = broken_rows.filter(pl.col(str(number)))[LINE]
        if lines.len():
            found.append(
                pl.DataFrame({LINE: lines}).with_columns(
                    column=pl.lit(column), rule=pl.lit(rule), reason=pl.lit(reason)
                )
            )
    faults = pl.concat(found).sort(LINE, maintain_order=True)
    return frame.filter(~any_broken), faults.cast(FAULTS)  # type: ignore[arg-type]
