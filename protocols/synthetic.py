"""Rows of a dataset that nobody lived: made up from its contract alone, to try a protocol on before it is signed.

People are fictional, phone numbers of the ranges kept for drama, NHS numbers of the test range. The same contract gives
the same rows. One row in twenty breaks the contract, as real extracts do.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import polars as pl

from protocols.contract import LINE, Contract, ContractField, FieldType, Role

BROKEN = 20
"""Every so many rows one lacks a field that it must have."""
FORENAMES = ("Perpetua", "Tadhg", "Anwen", "Zbyszko", "Gurmeet", "Ferelith", "Dafydd", "Adeyinka")
SURNAMES = ("Quillfeather", "Blenkinsopp", "Tregellas", "Wieczorkowski", "Dhaliwal", "Ashdown", "Lockyer")
WORDS: dict[Role, tuple[str, ...]] = {
    Role.FORENAME: FORENAMES,
    Role.SURNAME: SURNAMES,
    Role.FULL_NAME: tuple(f"{f} {s}" for f, s in zip(FORENAMES, SURNAMES, strict=False)),
    Role.PHONE: ("07700 900123", "01632 960456", "020 7946 0321"),
    Role.EMAIL: ("p.quillfeather@example.com", "tadhg@example.org"),
    Role.NHS: ("9990000018", "9997654323", "9995550105"),
    Role.NINO: ("QQ123456C",),
    Role.PNC: ("1979/0163001B", "1999/0000007N", "2003/0000003Y"),
    Role.CRO: ("065656/91H", "123456/99L"),
    Role.UPN: ("B801200005001", "M823299920001"),
    Role.VRM: ("AB12 CDE", "P123 XYZ", "ABC 123D"),
    Role.OFFICER: ("PC 4411", "PS 902"),
    Role.ADDRESS: ("12 Elderflower Close, Northmoor", "Flat 3, 27 Harbinger Road, Northmoor"),
    Role.STREET: ("Elderflower Close", "Harbinger Road", "Tanglewood Street"),
    Role.TOWN: ("Northmoor",),
    Role.POSTCODE: ("NM1 1AA", "NM1 2AB", "NM2 1BA"),
    Role.PLACE_TEXT: ("the Railway Inn, Soho Road", "car park behind the library"),
    Role.NOTE: ("{people} came to {street} at 02:15 and kicked the door. Tel 07700 900123. PC 4411 attended.",),
}
SPARE = ("NM1", "E01000001", "123456789012", "101/26", "ABC123", "transport-accident", "0" * 63 + "1", "A", "1")
"""What is tried, in turn, where a field asks for a form of its own."""


def made_up_rows(contract: Contract, rows: int, until: datetime) -> pl.DataFrame:
    """A frame of canonical text with `_line` and every field of the contract; events lie in the sixty days to `until`."""
    columns = {f.name: [_value(f, contract, n, until) for n in range(rows)] for f in contract.field}
    required = next((f.name for f in contract.field if f.required), "")
    if required:
        columns[required] = [None if n % BROKEN == BROKEN - 1 else v for n, v in enumerate(columns[required])]
    return pl.DataFrame(
        {LINE: range(1, rows + 1), **columns}, schema={LINE: pl.Int64} | dict.fromkeys(columns, pl.Utf8)
    )


def _value(field: ContractField, contract: Contract, row: int, until: datetime) -> str | None:
    pick = row * 7 + sum(map(ord, field.name))
    if field.type is FieldType.CODE:
        values = list(contract.code_list(field.codes).values)
        return values[pick % len(values)]
    if field.type is FieldType.BOOLEAN:
        return "true" if pick % 6 == 0 else "false"
    if field.type in (FieldType.INTEGER, FieldType.DECIMAL):
        return _number(field, pick)
    if field.type in (FieldType.DATE, FieldType.DATETIME, FieldType.MONTH):
        return _moment(field, row, until)
    if field.type is FieldType.NARRATIVE:
        names = f"{FORENAMES[row % len(FORENAMES)]} {SURNAMES[row % len(SURNAMES)]}"
        return WORDS[Role.NOTE][0].format(people=names, street="14 Tanglewood Street")[: field.max_length]
    return _text(field, row, pick)


def _text(field: ContractField, row: int, pick: int) -> str | None:
    known = WORDS.get(field.role)
    if known and field.role in (Role.FORENAME, Role.SURNAME, Role.FULL_NAME):
        return known[(row + len(field.subject)) % len(known)]
    wanted = (
        known[pick % len(known)]
        if known
        else f"{100000 + row}"
        if field.role is Role.REFERENCE
        else f"example {pick % 9}"
    )
    tried = (wanted, *(known or ()), f"{100000 + row}", *SPARE)
    return next((t for t in tried if len(t) <= field.max_length and _fits(field, t)), None)


def _fits(field: ContractField, text: str) -> bool:
    return not field.pattern or re.fullmatch(field.pattern, text) is not None


NEAR = {Role.EASTING: 420_000.0, Role.NORTHING: 404_000.0, Role.LONGITUDE: -1.7, Role.LATITUDE: 53.5}


def _number(field: ContractField, pick: int) -> str:
    whole = field.type is FieldType.INTEGER
    if field.role in NEAR:
        value = NEAR[field.role] + (pick * 37 % 2000 if whole else pick % 50 / 1000)
    else:
        low, high = field.minimum or 0, field.maximum if field.maximum is not None else 100
        value = low + pick % int(max(1, min(high - low, 90)))
    return str(int(value)) if whole else f"{value:.4f}"


def _moment(field: ContractField, row: int, until: datetime) -> str:
    if field.role is Role.DOB:
        return f"{1955 + row * 7 % 50}-{1 + row % 12:02d}-{1 + row * 5 % 28:02d}"
    begun = until - timedelta(days=row * 11 % 59 + 1, hours=row * 5 % 24, minutes=row * 13 % 60)
    at = begun if field.role is Role.EVENT_FROM else min(begun + timedelta(minutes=40), until)
    return {FieldType.DATE: f"{at:%Y-%m-%d}", FieldType.MONTH: f"{at:%Y-%m}"}.get(field.type, f"{at:%Y-%m-%dT%H:%M}")
