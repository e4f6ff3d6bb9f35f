"""What crosses the network? Manifest, receipt, result and rejection; versioned and append-only.

A number or name once given is never given another meaning; new fields are optional. Manifests are signed
by the agency, receipts and results by the hub: JWS compact form (RFC 7515), algorithm Ed25519 (RFC 8037),
payload the model's canonical JSON. Verify with nothing but the signer's public key.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Literal, TypeVar

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from protocols.contract import Mode

VERSION = 1
ALGORITHM = "Ed25519"
PIECE_BYTES = 4 * 1024 * 1024
"""Largest piece of an upload."""
Hex256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Format = Literal["parquet", "csv", "ndjson"]
"""csv: RFC 4180, UTF-8, comma, header row, canonical text of each type. ndjson: one object a line."""


class Wire(BaseModel):
    """Base of wire models: frozen; unknown keys are refused, so a misspelt field is never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Window(Wire):
    """The stretch of event time that a snapshot is the whole of: first and last day, both included."""

    first: date
    last: date


class Manifest(Wire):
    """What an agency declares about one extract before it sends it."""

    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{8,120}$")]
    agency: str
    dataset: str
    purpose: str
    mode: Mode
    format: Format
    columns: tuple[str, ...]
    rows: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Hex256
    made_at: datetime
    window: Window | None = None
    series: Annotated[str, Field(pattern=r"^[a-z0-9-]{0,60}$")] = ""
    """Which of an agency's feeds of one dataset this is of; a snapshot is the whole of its own series only."""
    native_rows: Annotated[int, Field(ge=0)] | None = None
    held_at_source: Annotated[int, Field(ge=0)] = 0
    source_total: Annotated[int, Field(ge=0)] | None = None
    software: Annotated[str, Field(pattern=r"^[^\x00-\x1f]*$")] = ""


class Receipt(Wire):
    """Proof of custody: the hub holds these bytes, durably and encrypted. Says nothing yet of single rows."""

    version: Literal[1] = 1
    kind: Literal["receipt"] = "receipt"
    batch: str
    manifest: str
    manifest_sha256: Hex256
    agency: str
    dataset: str
    bytes: int
    rows: int
    sha256: Hex256
    source_count: Literal["attested", "unattested"]
    protocols: tuple[str, ...]
    received_at: datetime


class Counts(Wire):
    """The conservation law: declared = accepted + quarantined + duplicate;
    accepted = pooled + superseded + out_of_area + gate_held. In withdrawals mode `pooled` counts rows withdrawn."""

    declared: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicate: int = 0
    pooled: int = 0
    superseded: int = 0
    out_of_area: int = 0
    gate_held: int = 0

    def holds(self) -> bool:
        """Is every row accounted for exactly once?"""
        return (
            self.declared == self.accepted + self.quarantined + self.duplicate
            and self.accepted == self.pooled + self.superseded + self.out_of_area + self.gate_held
        )


class Result(Wire):
    """What became of the rows, once processing has ended: pooled, or held whole with the reason."""

    version: Literal[1] = 1
    kind: Literal["result"] = "result"
    batch: str
    manifest: str
    agency: str
    dataset: str
    outcome: Literal["pooled", "held", "refused"]
    rule: str = ""
    reason: str = ""
    counts: Counts
    finished_at: datetime


class LedgerProof(Wire):
    """That an event is in the hub's ledger: its leaf, its place, and the path to a head's root (RFC 9162 §2.1.3)."""

    leaf: str
    sequence: Annotated[int, Field(ge=0)]
    size: Annotated[int, Field(ge=1)]
    root: Hex256
    path: tuple[Hex256, ...]


class PersonalTerms(Wire):
    """By what a release that stays personal data leaves, and since when its series' pseudonyms are the same."""

    pseudonyms: tuple[str, ...]
    gateway: str
    regime: str
    basis: str
    condition: str
    necessity: str
    dpia: str
    handlers: tuple[str, ...]
    keyed_since: date


class Certificate(Wire):
    """What travels with a release, signed by the hub: what it is, for what and whom, how it was made safe, how that
    was measured, which files belong to it, and until when it counts."""

    version: Literal[1] = 1
    kind: Literal["release-certificate"] = "release-certificate"
    release: str
    number: int
    title: str
    partnership: str
    recipient: str
    purposes: tuple[str, ...]
    agreement: str
    protocols: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    datasets: tuple[str, ...]
    read_rows: int
    released_rows: int
    suppressed_rows: int
    canary_rows: int
    quasi_identifiers: tuple[str, ...]
    k_agreed: int
    k_reached: int
    l_reached: dict[str, int]
    t_reached: dict[str, float]
    place_floor: str
    time_floor: str
    risk: dict[str, dict[str, float]]
    """By intruder: figures of what each finds, beyond guessing."""
    utility: dict[str, float]
    left_out: tuple[str, ...]
    differencing: dict[str, int]
    """Against live releases: how many were compared, rows that offended, rows held back for it."""
    code_version: str
    built_at: datetime
    expires: date
    ledger: LedgerProof
    files: dict[str, Hex256]
    tier: Literal["L1", "L2"] = "L2"
    """`L1`: personal data, pseudonymised; never certified as depersonalised."""
    statement: str = ""
    personal: PersonalTerms | None = None


class Pack(Wire):
    """One offline copy of a release, counted: what is in it, whose it is, which copy, and until when it counts."""

    version: Literal[1] = 1
    kind: Literal["release-pack"] = "release-pack"
    pack: str
    release: str
    number: int
    recipient: str
    copy_number: Annotated[int, Field(ge=1)]
    made_at: datetime
    expires: date
    files: dict[str, Hex256]


class RowFault(Wire):
    """One row that was not taken, by its place in the native file. Never its value."""

    line: int
    column: str
    rule: str
    reason: str


class Rejection(Wire):
    """Body of every refusal: RFC 9457 problem details with the rule that refused and why."""

    type: str
    title: str
    status: int
    rule: str
    reason: str
    faults: tuple[RowFault, ...] = ()


class FlowOffer(Wire):
    """A flow in force for the caller: what it may send now, and the fields it must send no more than."""

    dataset: str
    purposes: tuple[str, ...]
    fields: tuple[str, ...]
    protocols: tuple[str, ...]


class SignedPack(Wire):
    """An accountability pack as the hub signs it: of which protocol, when, and every word of it."""

    pack: str
    version: int
    made_at: datetime
    text: str


class Unsigned(ValueError):
    """A signature is missing, wrong or by an unknown key, or what was signed is not the expected model."""


Model = TypeVar("Model", bound=Wire)


def canonical(model: BaseModel) -> bytes:
    """The bytes that are signed: JSON, sorted keys, no spaces, UTF-8."""
    return json.dumps(model.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sign(model: Wire, key: OKPKey, kid: str) -> str:
    """JWS compact serialisation of the model under an Ed25519 private key."""
    return jws.serialize_compact({"alg": ALGORITHM, "kid": kid}, canonical(model), key, algorithms=[ALGORITHM])


class KeyProof(Wire):
    """What a fresh key signs to prove that whoever asks for its registration holds its private half."""

    agency: str
    kid: str


def key_id(token: str) -> str:
    """The `kid` a JWS names, unverified: only good for looking up the key to verify with. Raises `Unsigned`."""
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError) as wrong:
        raise Unsigned("not a compact JWS") from wrong
    if not isinstance(kid, str) or not kid or not kid.isprintable():
        raise Unsigned("names no key")
    return kid


def verify(token: str, model: type[Model], key: OKPKey) -> Model:
    """The model that this JWS carries, if the key signed it. Raises `Unsigned` otherwise."""
    try:
        return model.model_validate_json(jws.deserialize_compact(token.encode(), key, algorithms=[ALGORITHM]).payload)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise Unsigned(
            f"signed content is not a {model.__name__}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        ) from None
    except (JoseError, ValueError) as wrong:
        raise Unsigned("signature does not verify") from wrong
