"""What does a sharing protocol say? The shape of protocol documents, and every fault of one at once.

One TOML file is the agreement that officers read and sign, the table the decision function looks up, and
the entry in the public register. Fields follow the ICO Data Sharing Code (DPA 2018 s.121) and the
contents of real partnerships' protocols; see the README's glossary.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from protocols.contract import Contract, FieldType, Role, Sensitivity, Treatment, Words


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
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
Duration = Annotated[str, Field(pattern=r"^P\d+[DMY]$")]


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
    dpia: str = ""
    dpia_date: date | None = None
    policy_document: str = ""
    breach_contact: str = ""
    onward_sharing: str = ""
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
    liaison_officer: str = ""
    deputy: str = ""
    signatory: str = ""
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
    confidentiality_basis: str = ""
    default_partnership: bool = False
    notes: Literal["balanced", "strict", "drop"] = "drop"
    coarser_place: tuple[CoarserPlace, ...] = ()
    link: tuple[Slug, ...] = ()
    """Subjects (`victim`, `suspect`) recognised across agencies by keyed match keys, which never leave the hub."""
    quality_threshold: Annotated[float, Field(ge=0, le=1)] = 0.0


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


class Document(Words):
    """A whole protocol document, of any tier."""

    protocol: Heading
    party: tuple[Party, ...] = ()
    area: AreaOf | None = None
    flow: tuple[Flow, ...] = ()
    access: Access | None = None

    @property
    def id(self) -> str:
        """The protocol's id, the same for all its versions."""
        return self.protocol.id


class Fault(NamedTuple):
    """One thing wrong with a document: where, what, and the law or rule that asks for it."""

    where: str
    what: str
    source: str


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


def _treatment_faults(flow: Flow, contract: Contract, where: str) -> Iterator[Fault]:
    for name, words in flow.fields.items():
        field = contract.fields.get(name)
        at = f"{where}.fields.{name}"
        if field is None:
            yield Fault(at, f"{contract.id} has no field of this name", "dataset contract")
            continue
        try:
            treatment, argument = treatment_of(words)
        except ValueError:
            yield Fault(at, f"'{words}' is no treatment; use one of {', '.join(Treatment)}", "dataset contract")
            continue
        if treatment not in field.treatments:
            allowed = ", ".join(field.treatments)
            yield Fault(
                at, f"'{treatment}' is not permitted for a {field.sensitivity}: only {allowed}", "dataset contract"
            )
        if treatment is Treatment.GENERALISE and argument not in GENERALISATIONS:
            yield Fault(at, f"generalise needs one of {', '.join(sorted(GENERALISATIONS))}", "dataset contract")
        if treatment is Treatment.BAND and not argument.isdigit():
            yield Fault(at, "band needs a width in years, as in 'band:5'", "dataset contract")
        if treatment is Treatment.REDACT and flow.notes == "drop":
            yield Fault(
                at, "the flow keeps a redacted note but its notes mode is 'drop'", "DESIGN: strictest term wins"
            )


def _flow_faults(document: Document, contracts: Mapping[str, Contract]) -> Iterator[Fault]:  # noqa: C901 (one sentence a rule)
    parties = {p.agency: p for p in document.party}
    heading = document.protocol
    for number, flow in enumerate(document.flow, 1):
        where = f"flow {number} ({flow.source} {flow.dataset})"
        contract = contracts.get(flow.dataset)
        if contract is None:
            yield Fault(where, "names a dataset contract that does not exist", "dataset contract")
        else:
            yield from _treatment_faults(flow, contract, where)
            for key in contract.key:
                if key not in flow.fields:
                    yield Fault(
                        where,
                        f"does not carry the key field {key}, so corrections cannot be told from new rows",
                        "dataset contract",
                    )
            for subject in flow.link:
                held = {f.role for f in contract.field if f.subject == subject and f.name in flow.fields}
                if not {Role.FORENAME, Role.SURNAME, Role.DOB} <= held:
                    yield Fault(
                        f"{where}.link",
                        f"{subject} has no forename, surname and date of birth in this flow to be linked by",
                        "dataset contract",
                    )
            for coarser in flow.coarser_place:
                if coarser.field not in flow.fields:
                    yield Fault(
                        where,
                        f"coarser-place looks at {coarser.field}, which is not in the flow",
                        "Sexual Offences (Amendment) Act 1992",
                    )
                if PLACE_FLOORS.index(coarser.place_floor) <= PLACE_FLOORS.index(flow.place_floor):
                    yield Fault(
                        where,
                        f"coarser-place {coarser.place_floor} is not coarser than {flow.place_floor}",
                        "Sexual Offences (Amendment) Act 1992",
                    )
            direct = [
                f for f in flow.fields if f in contract.fields and contract.fields[f].sensitivity is Sensitivity.DIRECT
            ]
            if direct and flow.regime is Regime.NOT_PERSONAL:
                yield Fault(where, f"carries {', '.join(direct)} and says it is not personal data", "UK GDPR Art 4(1)")
            if direct and flow.gateway is Gateway.CDA98_S17A:
                yield Fault(where, "section 17A never covers personal data", "CDA 1998 s.17A")
            party = parties.get(flow.source)
            if (
                direct
                and party
                and party.agency_type in ("health", "social-care")
                and flow.gateway in (Gateway.PCSC22_S16, Gateway.PCSC22_S17)
            ):
                yield Fault(
                    where,
                    "sections 16 and 17 do not authorise a health or social care authority to disclose personal information",
                    "PCSC Act 2022 s.16(4)",
                )
        if flow.source not in parties:
            yield Fault(where, f"{flow.source} is not a party to this document", "ICO Data Sharing Code")
        stray = set(flow.purposes) - set(heading.purposes)
        if stray:
            yield Fault(
                where, f"purposes {', '.join(sorted(stray))} are not purposes of the document", "UK GDPR Art 5(1)(b)"
            )
        if flow.regime is not Regime.NOT_PERSONAL and (not flow.basis or flow.basis.startswith("none")):
            yield Fault(where, "personal data needs a lawful basis beside the gateway", "UK GDPR Art 6; DPA 2018 s.35")
        if flow.regime is Regime.LAW_ENFORCEMENT and not heading.policy_document:
            yield Fault(
                where,
                "law-enforcement processing of sensitive data needs an appropriate policy document",
                "DPA 2018 s.42",
            )
    pairs = [(f.source, f.dataset) for f in document.flow]
    for source, dataset in sorted({p for p in pairs if pairs.count(p) > 1}):
        yield Fault(
            "flow", f"{source} {dataset} is written twice, so two treatments would contradict", "one flow, one clause"
        )


def _party_faults(document: Document) -> Iterator[Fault]:
    heading = document.protocol
    agencies = [p.agency for p in document.party]
    for agency in sorted({a for a in agencies if agencies.count(a) > 1}):
        yield Fault(f"party {agency}", "is named twice", "one party, one entry")
    for party in document.party:
        where = f"party {party.agency}"
        if party.role == "responsible-authority" and not party.liaison_officer:
            yield Fault(where, "a responsible authority names its designated liaison officer", "SI 2007/1830 reg 4")
        if party.role == "responsible-authority" and not party.relevant_authority:
            yield Fault(where, "says under which head of s.115(2) it is a relevant authority", "CDA 1998 s.115(2)")
        if not party.signatory:
            yield Fault(where, "names no office that signs", "ICO Data Sharing Code")
        if party.agency_type in ("health", "social-care") and not party.caldicott_guardian:
            yield Fault(
                where, "a health or social care party names its Caldicott Guardian", "HSC 2012/2; NDG guidance 2021"
            )
    for agency in heading.signatories:
        if agency not in agencies:
            yield Fault("protocol.signatories", f"{agency} is not a party", "ICO Data Sharing Code")


def _heading_faults(document: Document) -> Iterator[Fault]:
    heading = document.protocol
    if heading.review <= heading.effective:
        yield Fault("protocol.review", "the review date is not after the effective date", "SI 2007/1830 reg 4")
    if heading.review > heading.effective + timedelta(days=3 * 366):
        yield Fault("protocol.review", "review is more than three years away", "ICO Data Sharing Code")
    if heading.ends and heading.ends <= heading.effective:
        yield Fault("protocol.ends", "ends before it begins", "contradiction")
    if not heading.purposes:
        yield Fault("protocol.purposes", "names no purpose", "UK GDPR Art 5(1)(b); CDA 1998 s.6")
    if not heading.statement:
        yield Fault("protocol.statement", "does not say in words what the sharing is for", "ICO Data Sharing Code")
    if not document.party:
        yield Fault("party", "names no party", "ICO Data Sharing Code")
    if not heading.signatories:
        yield Fault("protocol.signatories", "names nobody who signs", "ICO Data Sharing Code")
    if not heading.breach_contact:
        yield Fault("protocol.breach-contact", "says nothing about whom to tell of a breach", "UK GDPR Art 33")


def _tier_faults(document: Document) -> Iterator[Fault]:
    heading, tier = document.protocol, document.protocol.tier
    if tier is Tier.PARTNERSHIP:
        if document.area is None or not document.area.codes:
            yield Fault("area", "a partnership protocol names the areas it covers", "CDA 1998 s.5(4)")
        if document.flow or document.access:
            yield Fault(
                "protocol.tier",
                "flows belong in a purpose agreement, access terms in an access agreement",
                "ICO Data Sharing Code",
            )
    elif not heading.parent:
        yield Fault("protocol.parent", "names no document that it stands under", "tiers of agreement")
    if tier is Tier.PURPOSE:
        if not document.flow:
            yield Fault("flow", "a purpose agreement without a flow lets nothing move", "default deny")
        if not heading.dpia or heading.dpia_date is None:
            yield Fault(
                "protocol.dpia",
                "names no data protection impact assessment and its date",
                "UK GDPR Art 35; DPA 2018 s.64",
            )
        if not heading.necessity:
            yield Fault(
                "protocol.necessity",
                "does not say why the sharing is necessary and proportionate",
                "CDA 1998 s.115(1); ICO Data Sharing Code",
            )
    if tier is Tier.ACCESS and document.access is None:
        yield Fault("access", "an access agreement says who gets what", "ICO Data Sharing Code")
    if tier is not Tier.ACCESS and document.access is not None:
        yield Fault("access", "access terms belong in an access agreement", "tiers of agreement")


NEVER_RELEASED = frozenset({Treatment.PSEUDONYMISE, Treatment.REDACT})
PLACE_FIELDS = frozenset({"place", "lsoa", "ward", "district"})
POOL_FIELDS = PLACE_FIELDS | {"dataset", "agency", "occurred", "geo_method", "geo_precision_m", "geo_confidence"}
"""What every pooled row offers a release beside the flow's own fields."""


def _access_faults(document: Document, contracts: Mapping[str, Contract]) -> Iterator[Fault]:  # noqa: C901 (one sentence a rule)
    access = document.access
    if access is None:
        return
    parties = {p.agency for p in document.party}
    for agency in (access.recipient, *access.contributors):
        if agency not in parties:
            yield Fault("access", f"{agency} is not a party to this agreement", "ICO Data Sharing Code")
    known: set[str] = set(POOL_FIELDS)
    for dataset in access.datasets:
        contract = contracts.get(dataset)
        if contract is None:
            yield Fault("access.datasets", f"{dataset} has no contract", "dataset contract")
            continue
        known |= set(contract.fields)
        for name in access.fields:
            field = contract.fields.get(name)
            if field and (
                field.sensitivity is Sensitivity.DIRECT
                or field.type is FieldType.NARRATIVE
                or field.role is Role.REFERENCE
            ):
                yield Fault(
                    f"access.fields.{name}",
                    "no per-person value and no note leaves in a depersonalised release",
                    "CDA 1998 s.17A; HMIC 2000 6.45",
                )
    for name in access.fields:
        if name not in known:
            yield Fault(f"access.fields.{name}", "is a field of none of the datasets", "dataset contract")
    for name in access.quasi_identifiers:
        if name not in access.fields:
            yield Fault(f"access.quasi-identifiers.{name}", "is not among the fields released", "contradiction")
    if not access.quasi_identifiers:
        yield Fault(
            "access.quasi-identifiers",
            "names nothing an intruder could know, so k means nothing",
            "ICO anonymisation guidance 2025",
        )


def faults(document: Document, contracts: Mapping[str, Contract]) -> list[Fault]:
    """Everything incomplete or contradictory in a well-formed document; an empty list means it may be used."""
    return [
        *_heading_faults(document),
        *_tier_faults(document),
        *_party_faults(document),
        *_flow_faults(document, contracts),
        *_access_faults(document, contracts),
    ]


def parse_document(text: str) -> Document:
    """A document from its TOML text, whatever its rules say. Raises `Faulty` with every malformed field."""
    try:
        body: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise Faulty([Fault("file", f"is not TOML: {wrong}", "TOML 1.0")]) from None
    try:
        return Document.model_validate(body)
    except ValidationError as wrong:
        raise Faulty(
            [
                Fault(".".join(str(p) for p in e["loc"]) or "document", e["msg"], "document schema")
                for e in wrong.errors()
            ]
        ) from None


def load_document(text: str, contracts: Mapping[str, Contract]) -> Document:
    """A sound document from its TOML text. Raises `Faulty` with every fault at once."""
    document = parse_document(text)
    found = faults(document, contracts)
    if found:
        raise Faulty(found)
    return document


def text_digest(text: str) -> str:
    """SHA-256 (hex) of the exact text that is signed and enforced, line ends as LF."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
