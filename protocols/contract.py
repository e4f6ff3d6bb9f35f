"""What may a dataset's rows hold? Dataset contracts: fields, meaning, sensitivity, permitted treatments.

A contract is a TOML file in `protocols/datasets/`, addressed as `name/version` (`police-crime/1`). It is
versioned and append-only: a change of meaning is a new version, never an edit. Everything on the wire is
text in one canonical form per type (see `FieldType`), so that Parquet, CSV and NDJSON are checked alike.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, Literal, Self

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


class ContractField(Words):
    """One column of the contract."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    type: FieldType
    meaning: str
    sensitivity: Sensitivity
    treatments: tuple[Treatment, ...]
    required: bool = False
    unit: str = ""
    codes: str = ""
    role: Role = Role.NONE
    subject: str = ""
    max_length: int = 500
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""

    @model_validator(mode="after")
    def _treatments_suit(self) -> Self:
        if not self.treatments:
            raise ValueError(f"field {self.name}: names no permitted treatment")
        if self.sensitivity is Sensitivity.DIRECT and {Treatment.KEEP, Treatment.BAND} & set(self.treatments):
            if self.type is not FieldType.DATE:
                raise ValueError(f"field {self.name}: a direct identifier may not be kept")
            if Treatment.KEEP in self.treatments:
                raise ValueError(f"field {self.name}: a direct identifier may not be kept")
        if self.type is FieldType.NARRATIVE and Treatment.KEEP in self.treatments:
            raise ValueError(f"field {self.name}: a narrative may not be kept as it is")
        if self.type is FieldType.CODE and not self.codes:
            raise ValueError(f"field {self.name}: a code field names no code list")
        return self


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

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = [f.name for f in self.field]
        faults = [f"field {n} is given twice" for n in sorted({n for n in names if names.count(n) > 1})]
        faults += [f"key names {k}, which is no field" for k in self.key if k not in names]
        lists = {c.name for c in self.codes}
        faults += [f"field {f.name} uses code list {f.codes}, which is not in the contract"
                   for f in self.field if f.codes and f.codes not in lists]
        faults += [f"key field {f.name} must be required" for f in self.field if f.name in self.key and not f.required]
        if not self.key and set(self.modes) != {"snapshot"}:
            faults.append("a dataset without a key can only be sent as a snapshot of a window")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def parse_contract(text: str) -> Contract:
    """A contract from its TOML text. Raises `ValueError` (pydantic's, every fault listed) when it is unsound."""
    body = tomllib.loads(text)
    head = body.pop("dataset")
    return Contract.model_validate(head | body)


@cache
def shipped_contracts() -> dict[str, Contract]:
    """The contracts in `protocols/datasets`, by id."""
    folder = resources.files("protocols").joinpath("datasets")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    found = [parse_contract(f.read_text(encoding="utf-8")) for f in files]
    return {c.id: c for c in found}
