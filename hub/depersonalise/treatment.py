"""What becomes of each field? A flow's treatments on columns. A field the flow does not name does not come through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from hub.depersonalise.engine import Engine, Mode, redact_notes
from hub.depersonalise.gate import left_in_columns, left_in_note
from hub.depersonalise.lexicon import SMALL, Lexicon
from hub.depersonalise.own_words import WORD, Own, fold, own_words, searched_fields, squeeze
from hub.depersonalise.pseudonym import Keyring, pseudonymise
from hub.depersonalise.redaction import Recogniser
from protocols.contract import LINE, Contract, ContractField, FieldType, Role, Treatment
from protocols.schema import Flow, treatment_of
from protocols.wire import RowFault

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


@dataclass(frozen=True, slots=True)
class Depersonalised:
    """A chunk's rows after treatment: `frame` has `_line` and the flow's kept fields (Utf8); `faults` names the rows
    that the residual gate holds; `redacted` counts the notes that were redacted."""

    frame: pl.DataFrame
    faults: list[RowFault]
    redacted: int


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


def _treated(frame: pl.DataFrame, field: ContractField, words: str, keyring: Keyring) -> pl.Series | None:
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


def depersonalise(
    frame: pl.DataFrame, flow: Flow, contract: Contract, keyring: Keyring, recogniser: Recogniser
) -> Depersonalised:
    """Treat a checked and timed frame under its flow, redact its notes, and search what is left.

    Rows that the gate holds are still in the result's frame: the caller leaves them out by their fault's line.
    """
    kept: dict[str, pl.Series] = {}
    notes: list[str] = []
    for name, words in flow.fields.items():
        if name not in frame.columns or name not in contract.fields:
            continue
        field = contract.fields[name]
        series = _treated(frame, field, words, keyring)
        if series is None:
            continue
        kept[name] = series
        if field.type is FieldType.NARRATIVE:
            notes.append(name)
    if flow.notes == "drop":
        kept = {n: s for n, s in kept.items() if n not in notes}
        notes = []
    engine = recogniser if isinstance(recogniser, Engine) else Engine(more=(recogniser,))
    own = _own_of(frame, contract, notes, engine.lexicon)
    faults: list[RowFault] = []
    redacted = 0
    for name in notes:
        kept[name], found = _redact_column(frame, name, own, engine, "strict" if flow.notes == "strict" else "balanced")
        faults += found
        redacted += kept[name].count()
    done = pl.DataFrame({LINE: frame[LINE], **kept})
    faults += _column_faults(done, frame, contract, [n for n in kept if n not in notes])
    return Depersonalised(done, faults, redacted)


def _own_of(frame: pl.DataFrame, contract: Contract, notes: Sequence[str], lexicon: Lexicon = SMALL) -> list[Own]:
    """What each record says about its people; nothing is read where no note is kept."""
    if not notes:
        return []
    fields = [f for f in searched_fields(contract) if f[0] in frame.columns]
    if not fields:
        return [Own()] * frame.height
    names = [f[0] for f in fields]
    return [own_words(row, fields, lexicon) for row in frame.select(names).iter_rows(named=True)]


def _redact_column(
    frame: pl.DataFrame, name: str, own: list[Own], engine: Engine, mode: Mode
) -> tuple[pl.Series, list[RowFault]]:
    lines = frame[LINE]
    at = [i for i, note in enumerate(frame[name]) if note]
    done = redact_notes(engine, [frame[name][i] for i in at], [own[i] for i in at], mode)
    result: list[str | None] = [None] * frame.height
    faults = []
    for i, redacted in zip(at, done, strict=True):
        result[i] = redacted.text
        rule = left_in_note(redacted.text, own[i])
        if rule is not None:
            faults.append(
                RowFault(line=lines[i], column=name, rule=rule, reason="identifying text was left in the note")
            )
    return pl.Series(name, result, dtype=pl.Utf8), faults


PLAIN_TYPES = (FieldType.TEXT, FieldType.NARRATIVE)


def _column_faults(
    done: pl.DataFrame, frame: pl.DataFrame, contract: Contract, columns: Sequence[str]
) -> list[RowFault]:
    """Identifiers in the wrong column: those that prove themselves, and the record's own surname or phone."""
    texts = [c for c in columns if contract.fields[c].type in PLAIN_TYPES and contract.fields[c].role is Role.NONE]
    hits = left_in_columns(done, texts)
    lines = done[LINE]
    faults = [
        RowFault(line=lines[row], column=column, rule=rule, reason="an identifier stands in a field that is kept")
        for row, column, rule in hits.iter_rows()
    ]
    own = _own_of(frame, contract, texts)
    for column in texts:
        read: dict[str, tuple[set[str], str]] = {}
        for line, value, mine in zip(lines, done[column], own, strict=True):
            if value is None or not mine:
                continue
            if value not in read:
                read[value] = ({fold(w) for w in WORD.findall(value)}, squeeze(value)[0])
            words, squeezed = read[value]
            if words & mine.names.keys() or any(needle in squeezed for needle in mine.needles):
                reason = "the record's own words stand in a field that is kept"
                faults.append(RowFault(line=line, column=column, rule="gate.own-words", reason=reason))
    return faults
