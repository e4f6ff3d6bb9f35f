"""What becomes of one field? A treatment on a column; notes are another matter (`hub.depersonalise.treatment`)."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from hub.depersonalise.pseudonym import Keyring, pseudonymise
from protocols.contract import ContractField, FieldType, Treatment
from protocols.schema import treatment_of

TOP_AGE = 90
"""Ages from here on are one open band: few people reach them, so each is telling."""


def _squeezed(column: pl.Expr) -> pl.Expr:
    return column.str.to_uppercase().str.replace_all(r"\s", "")


GENERALISED: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "hour": lambda c: c.str.slice(0, 13) + ":00",
    "date": lambda c: c.str.slice(0, 10),
    "month": lambda c: c.str.slice(0, 7),
    "year": lambda c: c.str.slice(0, 4),
    "outward": lambda c: _squeezed(c).str.extract(r"^([A-Z]{1,2}\d[A-Z\d]?)\d[A-Z]{2}$", 1),
    "sector": lambda c: _squeezed(c).str.replace(r"^([A-Z]{1,2}\d[A-Z\d]?)(\d)[A-Z]{2}$", "$1 $2"),
    "first-letter": lambda c: c.str.slice(0, 1),
}  # fmt: skip


def _age_band(birth: pl.Expr, at: pl.Expr, width: int) -> pl.Expr:
    """`25-29` from a date of birth (canonical text) and the moment of the event; null where either is missing."""
    born = birth.str.to_date("%Y-%m-%d", strict=False)
    day_of = [d.dt.month().cast(pl.Int32) * 100 + d.dt.day() for d in (at, born)]  # months are 8-bit and would overflow
    had_birthday = day_of[0] >= day_of[1]
    age = at.dt.year() - born.dt.year() - pl.when(had_birthday).then(0).otherwise(1)
    return _band(age, width)


def _band(age: pl.Expr, width: int) -> pl.Expr:
    low = (age // width) * width
    label = low.cast(pl.Utf8) + "-" + (low + width - 1).cast(pl.Utf8)
    return pl.when((age < 0) | (age > 130)).then(None).when(age >= TOP_AGE).then(pl.lit(f"{TOP_AGE}+")).otherwise(label)


def treated(frame: pl.DataFrame, field: ContractField, words: str, keyring: Keyring) -> pl.Series | None:
    """One field after its treatment, None where it is dropped. Raises `ValueError` on a word that is no treatment."""
    treatment, argument = treatment_of(words)
    column = pl.col(field.name)
    match treatment:
        case Treatment.DROP | Treatment.GEOCODE:
            return None
        case Treatment.KEEP | Treatment.REDACT:
            return frame[field.name]
        case Treatment.PSEUDONYMISE:
            return pseudonymise(frame[field.name], field.role, keyring)
        case Treatment.GENERALISE:
            return frame.select(GENERALISED[argument](column)).to_series()
        case Treatment.BAND:
            of_birth = field.type is FieldType.DATE
            band = _age_band(column, pl.col("occurred_from"), int(argument)) if of_birth else _band(
                column.cast(pl.Int32, strict=False), int(argument))  # fmt: skip
            return frame.select(band.cast(pl.Utf8)).to_series()
