"""What does a sharing protocol say? The shape of protocol documents, and how their text is read.

One TOML file is the agreement that officers read and sign, the table the decision function looks up, and
the entry in the public register. Fields follow the ICO Data Sharing Code (DPA 2018 s.121) and the
contents of real partnerships' protocols. What a document must say to be lawful is asked by `protocols.lint`.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from protocols.contract import Treatment, Words
from protocols.wording import Path, place_words, printable, sentence


class Tier(StrEnum):
    """The three tiers: what the partnership promises, what a purpose needs, what one recipient gets."""

    PARTNERSHIP = "partnership-protocol"
    PURPOSE = "purpose-agreement"
    ACCESS = "access-agreement"


class Purpose(StrEnum):
    """Purposes of Crime and Disorder Act 1998 s.6."""

    CRIME_DISORDER = "CRIME_DISORDER"
    ASB = "ASB"
    SUBSTANCE = "SUBSTANCE"
    REOFFENDING = "REOFFENDING"
    SERIOUS_VIOLENCE = "SERIOUS_VIOLENCE"


class Gateway(StrEnum):
    """Powers and duties to disclose. s.115 is a power, s.17A a duty that never covers personal data."""

    CDA98_S115 = "CDA98_S115"
    CDA98_S17A = "CDA98_S17A"
    PCSC22_S16 = "PCSC22_S16"
    PCSC22_S17 = "PCSC22_S17"
    OPEN_DATA = "OPEN_DATA"


class Regime(StrEnum):
    """Which part of the Data Protection Act 2018 governs: it depends on agency and purpose together."""

    GENERAL = "ukgdpr-part2"
    LAW_ENFORCEMENT = "dpa-part3"
    NOT_PERSONAL = "not-personal-data"


PLACE_FLOORS = ("grid-1m", "grid-10m", "grid-100m", "grid-500m", "lsoa", "grid-1km", "ward", "district")
"""From finest to coarsest; the strictest of several terms is the last of them in this list."""
TIME_FLOORS = ("minute", "hour", "date", "month", "quarter")
"""From finest to coarsest."""
SUPPRESSIONS = ("nhs-1-7-round-5", "ndtms-under-5", "under-5", "partner-10", "public-20", "none")

PlaceFloor = Literal["grid-1m", "grid-10m", "grid-100m", "grid-500m", "lsoa", "grid-1km", "ward", "district"]
TimeFloor = Literal["minute", "hour", "date", "month", "quarter"]
PartyRole = Literal["responsible-authority", "co-operating", "participating", "processor"]
Frequency = Literal["nightly", "weekly", "monthly", "quarterly"]
DpiaOutcome = Literal["", "proceed", "proceed-with-measures", "ico-consulted", "high-risk"]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
Duration = Annotated[str, Field(pattern=r"^P\d+[DMY]$")]


UNITS = {"D": "day", "M": "month", "Y": "year"}


def duration_words(text: str) -> str:
    """`P3Y` → "3 years"; what is no duration stays as it is."""
    found = re.fullmatch(r"P(\d+)([DMY])", text)
    if not found:
        return text
    number, unit = int(found[1]), UNITS[found[2]]
    return f"{number} {unit}{'' if number == 1 else 's'}"


def strictest(floors: tuple[str, ...], terms: list[str]) -> str:
    """The coarsest of these terms, in the order of `floors`. Raises `ValueError` on an empty list."""
    return max(terms, key=floors.index)


class Heading(Words):
    """`[protocol]`: what the document is."""

    id: Slug
    title: str
    tier: Tier
    version: Annotated[int, Field(ge=1)]
    partnership: Slug
    effective: date
    review: date
    ends: date | None = None
    parent: Slug | None = None
    purposes: tuple[Purpose, ...] = ()
    statement: str = ""
    necessity: str = ""
    signatories: tuple[Slug, ...] = ()
    benefit: str = ""
    less_intrusive: str = ""
    """Could less, or anonymous, information do it? Why not."""
    dpia: str = ""
    dpia_date: date | None = None
    dpia_outcome: DpiaOutcome = ""
    policy_document: str = ""
    controllers: Literal["", "joint", "separate"] = ""
    """How the parties stand to each other in the pooled rows (UK GDPR Art 26)."""
    controller_arrangement: str = ""
    processor_contract: str = ""
    breach_contact: str = ""
    onward_sharing: str = ""
    rights_contact: str = ""
    """Who answers people who ask for their data, and requests under the Freedom of Information Act."""
    review_triggers: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    """Standing clauses by reference (`breach-1@b30bb52791ce`: id and digest of the words); see `protocols.library`."""
    template: str = ""
    public_url: str = ""


class AreaOf(Words):
    """`[area]`: the local government areas the partnership covers (CDA 1998 s.5), with their vintage."""

    codes: tuple[str, ...]
    vintage: str
    kind: Literal["LAD"] = "LAD"


class Party(Words):
    """`[[party]]`: an agency, the role it has by statute, and the offices (never names) that act for it."""

    agency: Slug
    title: str
    role: PartyRole
    agency_type: str
    relevant_authority: str = ""
    """Head under which it is a relevant authority (CDA 1998 s.115(2)): a code of `protocols/law/authorities.toml`."""
    acting_for: Slug | None = None
    """The party that is a relevant authority, on whose behalf this one receives."""
    liaison_officer: str = ""
    deputy: str = ""
    signatory: str = ""
    data_protection_officer: str = ""
    caldicott_guardian: str = ""


class Retention(Words):
    """How long the batch as received, its pooled rows and releases made of them are kept."""

    raw: Duration
    pool: Duration
    release: Duration


class CoarserPlace(Words):
    """Rows whose `field` holds one of `values` take a coarser place floor (victims' anonymity is statutory)."""

    field: str
    values: tuple[str, ...]
    place_floor: PlaceFloor


class LawfulBasis(Words):
    """`[[lawful-basis]]`: under which law one agency works for one purpose. The regime depends on both."""

    agency: Slug
    purpose: Purpose
    regime: Regime
    basis: str
    condition: str = ""
    policy_document: str = ""
    """The agency's own appropriate policy document, where the heading's is another's."""


class Flow(Words):
    """`[[flow]]`: what one agency may send of one dataset, and what becomes of every field. Default deny."""

    source: Slug = Field(alias="from")
    dataset: str
    gateway: Gateway
    regime: Regime
    basis: str
    condition: str
    frequency: Frequency
    retention: Retention
    place_floor: PlaceFloor
    time_floor: TimeFloor
    suppression: Literal["nhs-1-7-round-5", "ndtms-under-5", "under-5", "partner-10", "public-20", "none"]
    fields: dict[str, str]
    purposes: tuple[Purpose, ...] = ()
    prescribed_set: str = ""
    """Paragraph of the Schedule to SI 2007/1831 that this flow discharges, `1` to `11`; "" for none."""
    confidentiality_basis: str = ""
    default_partnership: bool = False
    notes: Literal["balanced", "strict", "drop"] = "drop"
    coarser_place: tuple[CoarserPlace, ...] = ()
    link: tuple[Slug, ...] = ()
    """Subjects (`victim`, `suspect`) recognised across agencies by keyed match keys, which never leave the hub."""
    quality_threshold: Annotated[float, Field(ge=0, le=1)] = 0.0
    leaves_as: Literal["depersonalised", "pseudonymised"] = "depersonalised"
    """May a person's pseudonyms leave, under an access agreement with terms of its own for it? Personal data still."""


class Handler(Words):
    """`[[access.personal.handler]]`: an office of the recipient that works with pseudonymised rows, and why it must."""

    office: str
    necessity: str


class Personal(Words):
    """`[access.personal]`: by which law of its own pseudonymised rows leave. They are personal data, and never called
    depersonalised."""

    pseudonyms: tuple[str, ...]
    """Fields whose pseudonyms leave, keyed anew for the recipient and the series."""
    gateway: Gateway
    regime: Regime
    basis: str
    condition: str = ""
    confidentiality_basis: str = ""
    policy_document: str = ""
    necessity: str = ""
    """Why a person must be followed from row to row, and rows without any person would not do."""
    dpia: str = ""
    dpia_date: date | None = None
    dpia_outcome: DpiaOutcome = ""
    handler: tuple[Handler, ...] = ()


class Access(Words):
    """`[access]`: one recipient, one purpose, what it gets of the pool and how coarse."""

    recipient: Slug
    contributors: tuple[Slug, ...]
    datasets: tuple[str, ...]
    fields: tuple[str, ...]
    quasi_identifiers: tuple[str, ...]
    k: Annotated[int, Field(ge=3)]
    place_floor: PlaceFloor
    time_floor: TimeFloor
    formats: tuple[Literal["csv", "parquet", "gpkg", "xlsx", "geojson"], ...] = (
        "csv",
        "parquet",
        "gpkg",
        "xlsx",
        "geojson",
    )
    reidentification: Literal["forbidden-dpa-2018-s171"]
    checkers: Annotated[int, Field(ge=2, le=5)] = 2
    """Output checkers, blind to each other, who must all approve a release; its author is none of them."""
    schedule: Literal["on-demand", "nightly", "monthly", "quarterly"] = "on-demand"
    """When the hub builds a candidate by itself; `quarterly` is the quarter of CDA 1998 s.17A."""
    canaries: Annotated[int, Field(ge=0, le=50)] = 0
    """Made-up rows in each copy, by which a leak is traced; the recipient knows that there are some."""
    personal: Personal | None = None
    """None: what leaves holds no per-person value."""


class Document(Words):
    """A whole protocol document, of any tier."""

    protocol: Heading
    party: tuple[Party, ...] = ()
    area: AreaOf | None = None
    lawful_basis: tuple[LawfulBasis, ...] = ()
    flow: tuple[Flow, ...] = ()
    access: Access | None = None

    @property
    def id(self) -> str:
        """The protocol's id, the same for all its versions."""
        return self.protocol.id


class Severity(StrEnum):
    """An error stops a document; a warning is for a person to weigh."""

    ERROR = "error"
    WARNING = "warning"


class Fault(NamedTuple):
    """One thing wrong with a document: where and what in words, and the law or rule that asks for it.

    `rule` names the linter's rule, `path` the place as keys, `line` its line in the text (0 where it has none).
    """

    where: str
    what: str
    source: str
    severity: Severity = Severity.ERROR
    rule: str = ""
    path: Path = ()
    line: int = 0


class Faulty(ValueError):
    """A document that cannot be used. `faults` lists everything wrong with it, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(f"{f.where}: {f.what} ({f.source})" for f in faults))
        self.faults = faults


def treatment_of(words: str) -> tuple[Treatment, str]:
    """`band:5` → (`Treatment.BAND`, "5"); `keep` → (`Treatment.KEEP`, ""). Raises `ValueError` on an unknown word."""
    name, _, argument = words.partition(":")
    return Treatment(name), argument


GENERALISATIONS = frozenset({"hour", "date", "month", "year", "outward", "sector", "first-letter"})
PLACE_FIELDS = frozenset({"place", "lsoa", "ward", "district"})
POOL_FIELDS = PLACE_FIELDS | {"dataset", "agency", "occurred", "geo_method", "geo_precision_m", "geo_confidence"}
"""What every pooled row offers a release beside the flow's own fields."""


LONGEST_TEXT = 256 * 1024
"""Characters of the longest document that is read at all."""
MOST_FAULTS = 200
MOST_DOTS = 200
"""Dots on one line: the time that keys within keys take to read grows with the square of their number."""
SCHEMA = "form of a protocol document"
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises `Faulty` with the one reason why it is none, however hostile the text."""
    reason, line = "", 0
    if len(text) > LONGEST_TEXT:
        raise Faulty([Fault("file", f"is larger than {LONGEST_TEXT // 1024} KiB", "size of a document", rule="file")])
    if any(part.count(".") > MOST_DOTS for part in text.split("\n")):
        raise Faulty([Fault("file", f"has more than {MOST_DOTS} dots on one line", "size of a document", rule="file")])
    try:
        return tomllib.loads(text)
    except RecursionError:
        reason = "tables and lists are nested too deeply"
    except ValueError as wrong:  # also whole numbers and dates that Python cannot hold
        reason = printable(_AT_LINE.sub("", str(wrong)), 200)
        found = _AT_LINE.search(str(wrong))
        line = int(found[1]) if found else 0
    raise Faulty([Fault("file", f"is not TOML: {reason}", "TOML 1.0", rule="file", line=line)])


def read_document(body: dict[str, Any]) -> Document:
    """A document from its tables. Raises `Faulty` with every malformed or unknown key."""
    try:
        return Document.model_validate(body)
    except ValidationError as wrong:
        errors = wrong.errors()
    except (RecursionError, OverflowError):
        raise Faulty([Fault("file", "holds values beyond what a document can hold", SCHEMA, rule="file")]) from None
    found = [
        Fault(place_words(e["loc"], body), sentence(e, Document), SCHEMA, rule="form", path=e["loc"])
        for e in errors[:MOST_FAULTS]
    ]
    if len(errors) > MOST_FAULTS:
        found.append(Fault("file", f"has {len(errors) - MOST_FAULTS} more faults", SCHEMA, rule="file"))
    raise Faulty(found)


def parse_document(text: str) -> Document:
    """A document from its TOML text, whatever its rules say. Raises `Faulty` with every malformed field."""
    return read_document(read_toml(text))


def text_digest(text: str) -> str:
    """SHA-256 (hex) of the exact text that is signed and enforced, line ends as LF."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
