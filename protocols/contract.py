"""What may a dataset's rows hold? Dataset contracts: fields, meaning, sensitivity, permitted treatments.

A contract is a TOML file in `protocols/datasets/`, addressed as `name/version` (`police-crime/1`). It is
versioned and append-only: a change of meaning is a new version, never an edit. Everything on the wire is
text in one canonical form per type (see `FieldType`), so that Parquet, CSV and NDJSON are checked alike.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, model_validator

LINE = "_line"
"""The one column beside the contract's: the row's line (or record number) in the agency's native file."""


def kebab(name: str) -> str:
    """`place_floor` in Python is `place-floor` in a document."""
    return name.replace("_", "-")


class Words(BaseModel):
    """Base of every document model: frozen, kebab-case keys, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=kebab, populate_by_name=True)


class FieldType(StrEnum):
    """Canonical text of each type on the wire.

    text, narrative: UTF-8 without NUL · code: a value of the code list · integer: `-12` · decimal: `51.4545`
    · date: `2026-11-23` · month: `2026-11` · datetime: `2026-11-23T02:15[:30]`, local wall time of the
    contract's zone unless it ends in `Z` or an offset · boolean: `true` or `false`.
    """

    TEXT = "text"
    NARRATIVE = "narrative"
    CODE = "code"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    MONTH = "month"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


class Sensitivity(StrEnum):
    """How a field identifies (UK Anonymisation Network's terms): alone, in combination, by hurt, or not."""

    DIRECT = "direct-identifier"
    QUASI = "quasi-identifier"
    SENSITIVE = "sensitive"
    PLAIN = "plain"


class Treatment(StrEnum):
    """What becomes of a field. `band` and `generalise` take an argument: `band:5`, `generalise:month`."""

    KEEP = "keep"
    DROP = "drop"
    PSEUDONYMISE = "pseudonymise"
    BAND = "band"
    GENERALISE = "generalise"
    REDACT = "redact"
    GEOCODE = "geocode-then-drop"


class Role(StrEnum):
    """What a field is *of*, so that the geocoder and the depersonaliser find it under any name."""

    FORENAME = "person.forename"
    SURNAME = "person.surname"
    FULL_NAME = "person.name"
    DOB = "person.dob"
    AGE = "person.age"
    PHONE = "person.phone"
    EMAIL = "person.email"
    NHS = "id.nhs"
    NINO = "id.nino"
    PNC = "id.pnc"
    CRO = "id.cro"
    UPN = "id.upn"
    VRM = "id.vrm"
    REFERENCE = "id.reference"
    OFFICER = "id.officer"
    EASTING = "place.easting"
    NORTHING = "place.northing"
    GRID_REFERENCE = "place.grid-reference"
    LONGITUDE = "place.longitude"
    LATITUDE = "place.latitude"
    UPRN = "place.uprn"
    ADDRESS = "place.address"
    STREET = "place.street"
    TOWN = "place.town"
    POSTCODE = "place.postcode"
    PLACE_TEXT = "place.text"
    PUBLISHED_LSOA = "place.lsoa"
    EVENT_FROM = "event.from"
    EVENT_TO = "event.to"
    EVENT_MONTH = "event.month"
    NOTE = "note"
    NONE = "none"


class CodeList(Words):
    """The values a code field may take, with the vintage of the list they come from."""

    name: str
    vintage: str
    values: dict[str, str]


PLACES = frozenset(r for r in Role if r.startswith("place."))
"""Roles the geocoder reads."""
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL})
_TEXTS = frozenset({FieldType.TEXT, FieldType.NARRATIVE})
_ROLE_TYPES: dict[Role, frozenset[FieldType]] = {
    Role.DOB: frozenset({FieldType.DATE}),
    Role.EASTING: _NUMBERS,
    Role.NORTHING: _NUMBERS,
    Role.LONGITUDE: frozenset({FieldType.DECIMAL}),
    Role.LATITUDE: frozenset({FieldType.DECIMAL}),
    Role.EVENT_FROM: frozenset({FieldType.DATE, FieldType.DATETIME}),
    Role.EVENT_TO: frozenset({FieldType.DATE, FieldType.DATETIME}),
    Role.EVENT_MONTH: frozenset({FieldType.MONTH}),
    Role.NOTE: frozenset({FieldType.NARRATIVE}),
}


class ContractField(Words):
    """One column of the contract. `subject` is whose it is (victim, caller …); a place field with a subject is
    where that person lives, and only without one the place of the event."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    type: FieldType
    meaning: Annotated[str, Field(min_length=1)]
    sensitivity: Sensitivity
    treatments: tuple[Treatment, ...]
    required: bool = False
    unit: str = ""
    codes: str = ""
    role: Role = Role.NONE
    subject: str = ""
    max_length: Annotated[int, Field(ge=1)] = 500
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""

    @model_validator(mode="after")
    def _suits_itself(self) -> Self:
        found = [*_treatment_faults(self), *_type_faults(self)]
        if found:
            raise ValueError("; ".join(f"field {self.name}: {fault}" for fault in found))
        return self


def _treatment_faults(field: ContractField) -> Iterator[str]:
    permitted = set(field.treatments)
    if not permitted:
        yield "names no permitted treatment"
    if field.sensitivity is Sensitivity.DIRECT:
        if Treatment.KEEP in permitted:
            yield "a direct identifier may not be kept"
        if permitted & {Treatment.BAND, Treatment.GENERALISE} and field.role is not Role.DOB:
            yield "of the direct identifiers, only a date of birth may be banded or generalised"
    if field.type is FieldType.NARRATIVE and not permitted <= {Treatment.REDACT, Treatment.DROP}:
        yield "a narrative may only be redacted or dropped"
    if Treatment.REDACT in permitted and field.type not in _TEXTS:
        yield "only text can be redacted"
    if Treatment.GEOCODE in permitted and field.role not in PLACES:
        yield "only a field with a place role can be geocoded"
    if Treatment.BAND in permitted and field.role not in (Role.DOB, Role.AGE):
        yield "only an age or a date of birth can be banded"


def _type_faults(field: ContractField) -> Iterator[str]:
    if (field.type is FieldType.CODE) != bool(field.codes):
        yield "a code field, and no other, names a code list"
    if field.type not in _NUMBERS and (field.minimum is not None or field.maximum is not None):
        yield "only a number has a minimum and a maximum"
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        yield "its minimum is over its maximum"
    wanted = _ROLE_TYPES.get(field.role)
    if wanted and field.type not in wanted:
        yield f"the role {field.role} needs type {' or '.join(sorted(wanted))}"
    if field.pattern:
        try:
            re.compile(field.pattern)
        except re.error:
            yield "its pattern is no regular expression"


class Shielded(Words):
    """Rows whose `field` holds one of `values` take a coarser place floor in every flow, and `why`."""

    field: str
    values: Annotated[tuple[str, ...], Field(min_length=1)]
    why: str


Mode = Literal["snapshot", "delta", "withdrawals"]
LonLatOrigin = Literal["gnss", "from-grid-helmert"]


class Contract(Words):
    """A dataset's contract. `key` is empty where the source has no dependable identifier."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    title: str
    meaning: str
    agency_type: str
    key: tuple[str, ...] = ()
    modes: tuple[Mode, ...]
    zone: str = "Europe/London"
    lonlat_origin: LonLatOrigin = "gnss"
    prescribed_set: str = ""
    source: str = ""
    shielded: tuple[Shielded, ...] = ()
    codes: tuple[CodeList, ...] = ()
    field: tuple[ContractField, ...]

    @property
    def id(self) -> str:
        """`name/version`, as manifests and protocols write it."""
        return f"{self.name}/{self.version}"

    @property
    def fields(self) -> dict[str, ContractField]:
        """Fields by name, in the file's order."""
        return {f.name: f for f in self.field}

    def code_list(self, name: str) -> CodeList:
        """The code list of that name; the loader has checked that it exists."""
        return next(c for c in self.codes if c.name == name)

    def having(self, role: Role) -> list[str]:
        """Names of the fields with this role, in the file's order."""
        return [f.name for f in self.field if f.role is role]

    def event_places(self) -> list[ContractField]:
        """Fields that say where it happened (place roles without a subject)."""
        return [f for f in self.field if f.role in PLACES and not f.subject]

    def home_places(self) -> list[ContractField]:
        """Fields that say where a person lives (place roles with a subject): for want of the event's own place."""
        return [f for f in self.field if f.role in PLACES and f.subject]

    def takes(self, field: str, value: str) -> bool:
        """May this field hold this canonical text, as far as its type and code list tell?"""
        found = self.fields[field]
        if found.type is FieldType.CODE:
            return value in self.code_list(found.codes).values
        return found.type is not FieldType.BOOLEAN or value in ("true", "false")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        found = [*_name_faults(self)] or [*_shield_faults(self)]
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            found.append(f"{self.zone} is no time zone")
        if not self.modes:
            found.append("names no mode of delivery")
        if not self.key and set(self.modes) - {"snapshot"}:
            found.append("a dataset without a key can only be sent as a snapshot of a window")
        if found:
            raise ValueError("; ".join(found))
        return self


def _name_faults(contract: Contract) -> Iterator[str]:
    names = [f.name for f in contract.field]
    lists = [c.name for c in contract.codes]
    yield from (f"field {n} is given twice" for n in sorted({n for n in names if names.count(n) > 1}))
    yield from (f"code list {n} is given twice" for n in sorted({n for n in lists if lists.count(n) > 1}))
    yield from (f"key names {k}, which is no field" for k in contract.key if k not in names)
    for field in contract.field:
        if field.codes and field.codes not in lists:
            yield f"field {field.name} uses code list {field.codes}, which is not in the contract"
        if field.name in contract.key and not field.required:
            yield f"key field {field.name} must be required"


def _shield_faults(contract: Contract) -> Iterator[str]:
    for shield in contract.shielded:
        if shield.field not in contract.fields:
            yield f"shielded names {shield.field}, which is no field"
            continue
        strays = [v for v in shield.values if not contract.takes(shield.field, v)]
        yield from (f"shielded: {shield.field} never holds '{value}'" for value in strays)


def parse_contract(text: str) -> Contract:
    """A contract from its TOML text. Raises `ValueError` (every fault listed) when it is not TOML or is unsound."""
    body = tomllib.loads(text)
    head = body.pop("dataset", {})
    return Contract.model_validate(head | body)


@cache
def shipped_contracts() -> dict[str, Contract]:
    """The contracts in `protocols/datasets`, by id."""
    folder = resources.files("protocols").joinpath("datasets")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    found = [parse_contract(f.read_text(encoding="utf-8")) for f in files]
    return {c.id: c for c in found}
