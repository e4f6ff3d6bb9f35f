"""Intake: an extract's manifest, its pieces, and the receipt. The protocol is asked before a byte is stored.

Every function is one step of the wire protocol and one transaction of its own (or two, where bytes must be
durable between them). A refusal is a value; what was decided, either way, is in the ledger.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from hub import protocol
from hub.adapters.keys import Signer
from hub.adapters.vault import Vault, WrappedKey
from hub.db import batch as batches
from hub.db import intake, jobs, together
from hub.db import ledger as ledger_rows
from hub.db import protocol as protocols
from hub.db.session import Database, Tx
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse
from hub.intake import body, door
from hub.ledger import Event
from protocols.contract import Contract
from protocols.wire import ALGORITHM, PIECE_BYTES, FlowOffer, Manifest, Receipt, RowFault, Unsigned, key_id, verify

AUDIENCE = "partnership-hub"
TOKEN_SECONDS = 300
LEEWAY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Receiving:
    """What intake works with. `db` acts as hub_intake."""

    db: Database
    vault: Vault
    signer: Signer
    contracts: Mapping[str, Contract]
    max_bytes: int
    now: Callable[[], datetime]
    needs_certificate: bool = False
    """Must every key be bound to a client certificate?"""


@dataclass(frozen=True, slots=True)
class Presented:
    """The client certificate that a call came with, as the trusted proxy tells it: SHA-256 in hex, "" for none; `forged`
    where somebody else claimed to tell it."""

    certificate: str = ""
    forged: bool = False


NOTHING = Presented()


@dataclass(frozen=True, slots=True)
class Caller:
    """An agency's machine that has proved itself."""

    agency: str
    kid: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where a batch stands, as its sender needs to know it."""

    batch: str
    state: str
    received: tuple[int, ...]
    receipt: str | None
    created: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is, with the signed receipt and result once there are any."""

    state: str
    receipt: str | None
    result: str | None
    rule: str
    reason: str


def _note(
    tx: Tx, hub: Receiving, actor: str, action: str, subject: str, decision: Decision | protocol.Granted, **detail: Any
) -> None:
    ledger_rows.append(tx, _event(hub, actor, action, subject, decision, detail))


def _event(
    hub: Receiving, actor: str, action: str, subject: str, decision: Decision | protocol.Granted, detail: Mapping[str, Any]
) -> Event:  # fmt: skip
    references = decision.references if isinstance(decision, protocol.Granted) else ()
    return Event(
        at=hub.now(),
        actor=actor,
        action=action,
        subject=subject,
        verdict="allow" if decision else "refuse",
        rule=decision.rule,
        protocols=tuple(references),
        detail=detail,
    )


def identify(hub: Receiving, token: str, method: str, path: str, presented: Presented = NOTHING) -> Caller | Refuse:
    """Who is calling? A JWT of the agency's registered key, short-lived, for this method and path, used once; with the
    client certificate that the key is bound to, where it is bound to one."""
    refusal, kid = Refuse("identity.token", "the bearer token is missing, malformed or not signed by a known key"), ""
    with hub.db.transaction() as tx:
        try:
            kid = key_id(token)
            known = protocols.agency_key(tx, kid)
            if known is not None:
                claims = jwt.decode(token, OKPKey.import_key(known[1]), algorithms=[ALGORITHM]).claims
                outcome = _check_certificate(hub, known[2], presented)
                if outcome:
                    outcome = _check_claims(hub, tx, known[0], claims, method, path)
                if isinstance(outcome, Allow):
                    return Caller(known[0], kid)
                refusal = outcome
        except (Unsigned, JoseError, ValueError):
            pass
    mark = hashlib.sha256(kid.encode()).hexdigest()[:16]
    together.append(hub.db, _event(hub, f"key:{mark}", "intake.identify", path, refusal, {}))
    return refusal


def _check_certificate(hub: Receiving, bound_to: str | None, presented: Presented) -> Decision:
    """A key and its certificate belong together: a stolen key alone is worth nothing, nor another agency's certificate."""
    if presented.forged:
        return Refuse(
            "identity.certificate-header", "only the hub's own proxy tells which client certificate was shown"
        )
    if bound_to is None:
        needed = Refuse("identity.certificate", "this hub takes keys only that are bound to a client certificate")
        return needed if hub.needs_certificate else Allow("identity.certificate")
    if not hmac.compare_digest(bound_to.encode(), presented.certificate.encode()):
        return Refuse("identity.certificate", "calls of this key must come with the client certificate it is bound to")
    return Allow("identity.certificate")


def _check_claims(hub: Receiving, tx: Tx, agency: str, claims: Mapping[str, Any], method: str, path: str) -> Decision:
    now = hub.now()
    issued, expires, jti = claims.get("iat"), claims.get("exp"), claims.get("jti")
    if claims.get("iss") != agency or claims.get("aud") != AUDIENCE:
        return Refuse("identity.audience", "the token names another agency or another service")
    if claims.get("htm") != method or claims.get("htp") != path:
        return Refuse("identity.other-request", "the token was made for another request")
    if (
        not isinstance(issued, int)
        or not isinstance(expires, int)
        or not isinstance(jti, str)
        or not (8 <= len(jti) <= 64 and jti.isprintable())
    ):
        return Refuse("identity.token", "the token lacks iat, exp or a jti of 8 to 64 characters")
    if expires - issued > TOKEN_SECONDS:
        return Refuse("identity.lifetime", f"the token lives longer than {TOKEN_SECONDS} seconds")
    if now.timestamp() > expires + LEEWAY_SECONDS or now.timestamp() < issued - LEEWAY_SECONDS:
        return Refuse("identity.expired", "the token has expired, or the clocks of agency and hub differ")
    kept_until = datetime.fromtimestamp(expires, UTC) + timedelta(seconds=2 * LEEWAY_SECONDS)
    if not intake.spend_token(tx, agency, jti, kept_until, now):
        return Refuse("identity.replayed", "the token has been used before")
    return Allow("identity.token")


def offers(hub: Receiving, caller: Caller) -> list[FlowOffer]:
    """The flows in force for the caller today, with the fields it may send."""
    with hub.db.transaction() as tx:
        known = protocols.standings(tx)
    verdicts, found = protocol.compiled(known, hub.now().date()), []
    for dataset, purposes in protocol.flows_named(known, caller.agency).items():
        for purpose in purposes:
            granted = verdicts.check_flow(caller.agency, dataset, purpose)
            if isinstance(granted, protocol.Granted):
                found.append(
                    FlowOffer(
                        dataset=dataset,
                        purposes=(purpose,),
                        fields=tuple(granted.fields),
                        protocols=tuple(granted.references),
                    )
                )
    return found


def _ask(hub: Receiving, tx: Tx, manifest: Manifest) -> protocol.Granted | Refuse:
    """The protocol decision on a manifest: in force, and no column outside contract or flow."""
    contract = hub.contracts.get(manifest.dataset)
    if contract is None:
        return Refuse("protocol.dataset", f"there is no dataset {manifest.dataset}")
    granted = protocol.check_flow(
        protocols.standings(tx), manifest.agency, manifest.dataset, manifest.purpose, hub.now().date()
    )
    if isinstance(granted, Refuse):
        return granted
    columns = protocol.check_columns(granted, manifest.columns, contract)
    return granted if columns else Refuse(columns.rule, getattr(columns, "reason", ""))


def _same_extract(one: Manifest, other: Manifest) -> bool:
    """Do two manifests of one id declare the same extract? Only the moment and the software may differ."""
    free = {"made_at", "software"}
    return one.model_dump(exclude=free) == other.model_dump(exclude=free)


def declare(hub: Receiving, caller: Caller, jws: str) -> Ticket | Refuse:
    """Take a signed manifest and answer where to send its pieces, or why not.

    The same extract again answers with the same batch (and its receipt). Raises `Conflict` when the id is
    known with other content.
    """
    with hub.db.transaction() as tx:
        manifest = _verified(tx, caller, jws)
        decision = manifest if isinstance(manifest, Refuse) else _decide(hub, tx, caller, manifest)
        if isinstance(manifest, Refuse) or isinstance(decision, Refuse):
            refusal = decision if isinstance(decision, Refuse) else Refuse("intake.manifest", "")
            _note(tx, hub, f"agency:{caller.agency}", "intake.manifest", caller.kid, refusal)
            return refusal
        known = batches.find_by_manifest(tx, caller.agency, manifest.id)
        if known is None:
            batch = str(uuid.uuid4())
            sha256 = hashlib.sha256(jws.encode()).hexdigest()
            if batches.insert(tx, batch, manifest, jws, sha256, decision.references, hub.now()):
                wrapped = hub.vault.new_key(batch)
                intake.insert_key(tx, batch, wrapped.kek_id, wrapped.wrapped)
                _note(tx, hub, f"agency:{caller.agency}", "intake.manifest", batch, decision, rows=manifest.rows)
                return Ticket(batch, "receiving", (), None, created=True)
            known = batches.find_by_manifest(tx, caller.agency, manifest.id)
        assert known is not None  # a rival inserted it, and its transaction has ended
        if not _same_extract(known.manifest, manifest):
            raise Conflict("this manifest id was used for another extract; an id is never used twice")
        if known.state == "refused":
            return Refuse(known.rule, known.reason)
        held = tuple(number for number, _, _ in intake.pieces_of(tx, known.id))
        return Ticket(known.id, known.state, held, known.receipt, created=False)


def _verified(tx: Tx, caller: Caller, jws: str) -> Manifest | Refuse:
    try:
        known = protocols.agency_key(tx, key_id(jws))
        if known is None or known[0] != caller.agency:
            return Refuse("intake.signature", "the manifest is not signed by a registered key of the calling agency")
        return verify(jws, Manifest, OKPKey.import_key(known[1]))
    except Unsigned as wrong:
        return Refuse("intake.signature", str(wrong))


def _decide(hub: Receiving, tx: Tx, caller: Caller, manifest: Manifest) -> protocol.Granted | Refuse:
    granted = _ask(hub, tx, manifest)
    if isinstance(granted, Refuse):
        return granted
    sound = door.check_manifest(manifest, hub.contracts[manifest.dataset], caller.agency, hub.max_bytes)
    return granted if sound else Refuse(sound.rule, getattr(sound, "reason", ""))


def _own(tx: Tx, caller: Caller, batch: str, lock: bool = False) -> batches.Batch:
    """The caller's batch; the same `NotFound` for another agency's batch and for none."""
    try:
        uuid.UUID(batch)
    except ValueError:
        raise NotFound("there is no such batch") from None
    found = batches.find(tx, batch, lock)
    if found is None or found.agency_id != caller.agency:
        raise NotFound("there is no such batch")
    return found


def digest_of(header: str) -> str | None:
    """The SHA-256 (hex) of a Content-Digest header (RFC 9530), None when it names none."""
    for member in header.split(","):
        name, _, value = member.strip().partition("=")
        if name.lower() == "sha-256" and value.startswith(":") and value.endswith(":"):
            try:
                return base64.b64decode(value[1:-1], validate=True).hex()
            except ValueError:
                return None
    return None


def content_digest(content: bytes) -> str:
    """The Content-Digest header (RFC 9530) of some bytes."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def take_piece(hub: Receiving, caller: Caller, batch: str, number: int, content: bytes, digest: str) -> Decision:
    """Store one piece, encrypted and durable before this returns. The same piece again is no harm."""
    with hub.db.transaction() as tx:
        found = _own(tx, caller, batch)
        asked = _ask(hub, tx, found.manifest)
        if isinstance(asked, Refuse):
            _note(tx, hub, f"agency:{caller.agency}", "intake.piece", batch, asked)
            return asked
        if found.state != "receiving":
            return Allow("intake.piece-known") if found.state != "refused" else Refuse(found.rule, found.reason)
        wrapped = intake.key_of(tx, batch)
    if wrapped is None:
        raise NotFound("there is no such batch")
    sound = _check_piece(found.manifest, number, content, digest)
    if not sound:
        return sound
    hub.vault.put_piece(batch, number, WrappedKey(*wrapped), content)
    with hub.db.transaction() as tx:
        intake.insert_piece(tx, batch, number, len(content), hashlib.sha256(content).hexdigest())
    return Allow("intake.piece")


def _check_piece(manifest: Manifest, number: int, content: bytes, digest: str) -> Decision:
    declared = digest_of(digest)
    if declared is None:
        return Refuse("intake.no-digest", "a piece carries its Content-Digest with sha-256 (RFC 9530)")
    if hashlib.sha256(content).hexdigest() != declared:
        return Refuse("intake.piece-differs", "the piece is not what its Content-Digest says; send it again")
    last = max(0, -(-manifest.bytes // PIECE_BYTES) - 1)
    expected = PIECE_BYTES if number < last else manifest.bytes - last * PIECE_BYTES
    if not 0 <= number <= last or len(content) != expected:
        return Refuse("intake.piece-size", f"piece {number} of {last + 1} has {expected} bytes, {len(content)} came")
    return Allow("intake.piece")


def give_receipt(hub: Receiving, caller: Caller, batch: str) -> str | Refuse:
    """Verify the whole batch and answer with the signed receipt: from then on its keeping is the hub's duty.

    The job that will process it is inserted in the same transaction. Raises `Conflict` while pieces are missing.
    """
    with hub.db.transaction() as tx:
        found = _own(tx, caller, batch)
        if found.receipt is not None:
            return found.receipt
        if found.state == "refused":
            return Refuse(found.rule, found.reason)
        granted = _ask(hub, tx, found.manifest)
        pieces, wrapped = intake.pieces_of(tx, batch), intake.key_of(tx, batch)
    if wrapped is None:
        raise NotFound("there is no such batch")
    if isinstance(granted, Refuse):
        return _turn_away(hub, caller, batch, granted, final=False)
    if [n for n, _, _ in pieces] != list(range(len(pieces))) or sum(s for _, s, _ in pieces) < found.manifest.bytes:
        raise Conflict("pieces are missing; ask for the batch's state and send the rest")
    content = hub.vault.read(batch, len(pieces), WrappedKey(*wrapped))
    verdict = _check_content(found.manifest, content)
    if isinstance(verdict, Refuse):
        return _turn_away(hub, caller, batch, verdict, final=verdict.rule not in _IN_TRANSIT)
    del content
    with hub.db.transaction() as tx:
        found = _own(tx, caller, batch, lock=True)
        if found.receipt is not None:
            return found.receipt
        receipt = hub.signer.sign(_receipt(found, hub.now()))
        batches.mark_stored(tx, batch, receipt, hub.now())
        jobs.defer_process(tx, batch)
        _note(tx, hub, f"agency:{caller.agency}", "intake.receipt", batch, granted, rows=found.manifest.rows)
    return receipt


_IN_TRANSIT = frozenset({"intake.bytes-differ", "intake.digest-differs"})


def _check_content(manifest: Manifest, content: bytes) -> Decision:
    """1 bytes and digest, 2 columns, 3 row count: each refusal names which."""
    whole = door.check_body(manifest, len(content), hashlib.sha256(content).hexdigest())  # 1
    if not whole:
        return whole
    try:
        columns = body.columns_of(content, manifest.format) if content else list(manifest.columns)
        same = door.check_columns(manifest, columns)  # 2
        if not same and not (manifest.format == "ndjson" and set(columns) <= set(manifest.columns)):
            return same
        rows = body.count_rows(content, manifest.format)  # 3
    except body.Malformed as wrong:
        return Refuse("intake.malformed", str(wrong))
    if rows != manifest.rows:
        return Refuse("intake.rows-differ", f"the body holds {rows} rows, {manifest.rows} were declared")
    return Allow("intake.content")


def _receipt(found: batches.Batch, now: datetime) -> Receipt:
    manifest = found.manifest
    return Receipt(
        batch=found.id,
        manifest=manifest.id,
        manifest_sha256=found.manifest_sha256,
        agency=manifest.agency,
        dataset=manifest.dataset,
        bytes=manifest.bytes,
        rows=manifest.rows,
        sha256=manifest.sha256,
        source_count="attested" if manifest.source_total is not None else "unattested",
        protocols=found.protocols,
        received_at=now,
    )


def _turn_away(hub: Receiving, caller: Caller, batch: str, refusal: Refuse, final: bool) -> Refuse:
    """Refuse what came. `final`: it is what was declared and will never do, so its bytes and key are destroyed."""
    with hub.db.transaction() as tx:
        found = _own(tx, caller, batch, lock=True)
        if found.state == "receiving":
            intake.clear_batch(tx, batch, ["piece"])
            if final:
                batches.refuse(tx, batch, refusal.rule, refusal.reason, hub.now())
                intake.destroy_key(tx, batch, hub.now())
            _note(tx, hub, f"agency:{caller.agency}", "intake.receipt", batch, refusal)
    if final:
        hub.vault.destroy(batch)
    return refusal


def progress(hub: Receiving, caller: Caller, batch: str) -> Progress:
    """How far the caller's batch is. Raises `NotFound`."""
    with hub.db.transaction() as tx:
        found = _own(tx, caller, batch)
    return Progress(found.state, found.receipt, found.result, found.rule, found.reason)


def report(hub: Receiving, caller: Caller, batch: str, after: int, limit: int = 1000) -> list[RowFault]:
    """Where rows of the caller's batch went wrong, past a line: line, column, rule; never a value."""
    with hub.db.transaction() as tx:
        found = _own(tx, caller, batch)
        return batches.faults_of(tx, found.id, after, limit)
