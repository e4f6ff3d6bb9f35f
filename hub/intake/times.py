"""When did it happen? Canonical text to local wall time, precision, an ambiguous-hour flag, and UTC.

Both ends of a window are kept. The hour that the clocks repeat in autumn is flagged, not guessed away: UTC is
that of its first occurrence. A time with an offset or `Z` is turned to the contract's zone and is never
ambiguous. The hour missing in spring is no time at all and was quarantined by the row check.
"""

from __future__ import annotations

import polars as pl

from protocols.contract import Contract, ContractField, FieldType, Role

OFFSET = r"(Z|[+-]\d{2}:?\d{2})$"


NO_INSTANT = pl.lit(None, pl.Datetime("us", "UTC"))


def _local(field: ContractField, zone: str) -> tuple[pl.Expr, pl.Expr]:
    """Local wall time (naive, microseconds) of a canonical text column, and the instant where it gave an offset."""
    text = pl.col(field.name)
    if field.type is FieldType.MONTH:
        return (text + "-01").str.to_datetime("%Y-%m-%d", strict=False, time_unit="us"), NO_INSTANT
    if field.type is FieldType.DATE:
        return text.str.to_datetime("%Y-%m-%d", strict=False, time_unit="us"), NO_INSTANT
    given = text.str.contains(OFFSET).fill_null(value=False)
    wall = text.str.replace(OFFSET, "").str.replace(" ", "T", literal=True)
    whole = pl.when(wall.str.len_chars() == 16).then(wall + ":00").otherwise(wall)
    naive = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
    offset = text.str.extract(OFFSET, 1).str.replace("Z", "+0000", literal=True).str.replace(":", "", literal=True)
    sign = pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
    hours = offset.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = offset.str.slice(3, 2).cast(pl.Int64, strict=False)
    instant = (naive - pl.duration(minutes=sign * (hours * 60 + minutes))).dt.replace_time_zone("UTC")
    shifted = instant.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return pl.when(given).then(shifted).otherwise(naive), pl.when(given).then(instant).otherwise(NO_INSTANT)


def _precision(field: ContractField) -> str:
    return {FieldType.MONTH: "month", FieldType.DATE: "date"}.get(field.type, "minute")


EMPTY = {
    "occurred_from": pl.lit(None, pl.Datetime("us")),
    "occurred_to": pl.lit(None, pl.Datetime("us")),
    "occurred_utc": pl.lit(None, pl.Datetime("us", "UTC")),
    "time_precision": pl.lit("none"),
    "ambiguous_hour": pl.lit(value=False),
}


def event_times(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The checked frame with `occurred_from`, `occurred_to` (naive local), `occurred_utc`, `time_precision`
    (minute, date, month, window, none) and `ambiguous_hour`, from the contract's event roles."""
    starts = contract.having(Role.EVENT_FROM) + contract.having(Role.EVENT_MONTH)
    start = next((contract.fields[n] for n in starts if n in frame.columns), None)
    if start is None:
        return frame.with_columns(**EMPTY)
    end = next((contract.fields[n] for n in contract.having(Role.EVENT_TO) if n in frame.columns), None)
    first, instant = _local(start, contract.zone)
    last = _local(end, contract.zone)[0] if end is not None else pl.lit(None, pl.Datetime("us"))
    frame = frame.with_columns(occurred_from=first, occurred_to=last, _instant=instant)
    frame = frame.with_columns(
        _early=pl.col("occurred_from").dt.replace_time_zone(contract.zone, ambiguous="earliest", non_existent="null"),
        _late=pl.col("occurred_from").dt.replace_time_zone(contract.zone, ambiguous="latest", non_existent="null"),
    )
    window = pl.col("occurred_to").is_not_null() & (pl.col("occurred_to") != pl.col("occurred_from"))
    return frame.with_columns(
        occurred_utc=pl.coalesce("_instant", pl.col("_early").dt.convert_time_zone("UTC")),
        ambiguous_hour=((pl.col("_early") != pl.col("_late")) & pl.col("_instant").is_null()).fill_null(value=False)
        if start.type is FieldType.DATETIME
        else pl.lit(value=False),
        time_precision=pl.when(pl.col("occurred_from").is_null())
        .then(pl.lit("none"))
        .when(window)
        .then(pl.lit("window"))
        .otherwise(pl.lit(_precision(start))),
    ).drop("_instant", "_early", "_late")
