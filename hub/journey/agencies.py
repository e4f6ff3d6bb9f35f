"""Agencies' machines and offices: the keys by which machines prove themselves, and where a liaison office reads e-mail."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from hub import access, lifecycle
from hub.db import clock
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse
from hub.journey.desk import Desk, note, person
from hub.journey.oversee import shown
from protocols import wire

MAX_NAME = 120
KID = re.compile(r"[A-Za-z0-9._-]{1,120}")
UNAGREED = (lifecycle.DRAFT, lifecycle.CONSULTATION, lifecycle.DISCARDED)
UNPROVED = Refuse("agency.unproved", "the key's request proves nothing; make it with `connector keygen`")


def register_agency_key(desk: Desk, agency: str, body: Mapping[str, Any], certificate: str = "") -> Decision:
    """Register an agency's public key, as `connector keygen` printed it: with a proof that its private half is held.

    Keys overlap: a second one counts beside the first until that is revoked. `certificate`: PEM of the client certificate
    that the key's calls must come with, "" for none.
    """
    with desk.db.transaction() as tx:
        decision = _agency_key(tx, desk, agency, body, certificate)
        kid = str(body.get("kid", ""))[:MAX_NAME]
        note(tx, desk, "operator", "agency.key-add", f"agency:{agency}", decision, **({"kid": kid} if decision else {}))
    return decision


def _agency_key(tx: Tx, desk: Desk, agency: str, body: Mapping[str, Any], certificate: str) -> Decision:
    if "d" in body:
        return Refuse(
            "agency.private", "this is a private key: it must never leave the agency; ask for the public half"
        )
    try:
        public: dict[str, str | list[str]] = {name: str(body[name]) for name in ("kty", "crv", "x", "kid")}
        proof = wire.verify(str(body["proof"]), wire.KeyProof, OKPKey.import_key(public))
    except (KeyError, ValueError, JoseError):
        return UNPROVED
    kid = str(public["kid"])
    if not KID.fullmatch(kid):
        return UNPROVED
    if (proof.agency, proof.kid) != (agency, kid):
        return Refuse("agency.other", "the key was made for another agency")
    if agency not in protocols.agencies(tx):
        return Refuse("agency.unknown", f"no protocol names the agency {agency}")
    try:
        bound_to = certificate_mark(certificate) if certificate.strip() else None
    except ValueError:
        return Refuse(
            "agency.certificate", "this is no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----"
        )
    if not protocols.insert_agency_key(tx, kid, agency, json.dumps(public), desk.now(), bound_to):
        return Refuse("agency.key-known", "a key of this id is registered already")
    return Allow("agency.key")


def certificate_mark(pem: str) -> str:
    """SHA-256 of a certificate (DER), as proxies tell it, in hex. Raises `ValueError`."""
    return hashlib.sha256(x509.load_pem_x509_certificate(pem.strip().encode()).public_bytes(Encoding.DER)).hexdigest()


def revoke_agency_key(desk: Desk, kid: str) -> None:
    """Revoke an agency's key: its tokens are refused from the next request on. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        agency = protocols.revoke_agency_key(tx, kid, desk.now())
        if agency is None:
            raise NotFound("there is no such key in use")
        note(tx, desk, "operator", "agency.key-revoke", f"agency:{agency}", Allow("agency.key"), kid=kid)


MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")


def set_mailbox(desk: Desk, agency: str, address: str) -> Decision:
    """Where an agency's liaison office reads e-mail; "" for nowhere. The log holds that it was set, not the address."""
    with desk.db.transaction() as tx:
        decision: Decision = Allow("agency.mailbox")
        if agency not in protocols.agencies(tx):
            decision = Refuse("agency.unknown", f"no protocol names the agency {agency}")
        elif address and not MAILBOX.fullmatch(address):
            decision = Refuse("agency.mailbox", "this is no e-mail address")
        else:
            clock.set_mailbox(tx, agency, address, desk.now())
        note(tx, desk, "operator", "agency.mailbox", f"agency:{agency}", decision)
    return decision


# what people may see and do -----------------------------------------------------------------------------------------


def taking_part(tx: Tx, partnerships: Iterable[str]) -> set[str]:
    """Agencies that an agreed text of one of these partnerships names, or that joined one."""
    return _named(protocols.all_protocols(tx), partnerships)


def _named(known: Iterable[protocols.Stored], partnerships: Iterable[str]) -> set[str]:
    wanted = set(partnerships)
    return {
        agency
        for stored in known
        if stored.document.protocol.partnership in wanted and stored.state not in UNAGREED
        for agency in {p.agency for p in stored.document.party} | stored.joined_agencies
    }


def titles(desk: Desk, caller: access.Caller, act: str) -> dict[str, str]:
    """The agencies that take part in the partnerships in which the caller may do this: titles by id."""
    with desk.db.transaction() as tx:
        seen = taking_part(tx, caller.holds(act))
        return {row.id: row.title for row in protocols.agency_rows(tx) if row.id in seen}


@dataclass(frozen=True, slots=True)
class Key:
    """An agency's key as a page shows it."""

    kid: str
    agency: str
    registered_at: datetime
    revoked_at: datetime | None
    certificate: str | None
    may_revoke: bool


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of the caller's partnerships: its keys newest first, whether its office reads e-mail, the protocols that
    name it (id, version, title, state), when a batch of it last came, and whether the caller may set its mailbox."""

    id: str
    title: str
    kind: str
    keys: list[Key]
    mailbox: str | None
    protocols: list[tuple[str, int, str, str]]
    last_batch: datetime | None
    own: bool

    @property
    def in_use(self) -> list[Key]:
        """Keys that count: two and more overlap."""
        return [k for k in self.keys if k.revoked_at is None]


def list_agencies(desk: Desk, caller: access.Caller) -> list[Agency]:
    """The agencies that take part in the partnerships whose agencies the caller may know of, by title."""
    with desk.db.transaction() as tx:
        mine = caller.holds("agency.read")
        known = protocols.all_protocols(tx)
        seen = _named(known, mine)
        named = [
            s
            for s in shown(known, desk.now().date())
            if s.stored.document.protocol.partnership in mine and s.stored.state not in UNAGREED
        ]
        boxes, last = clock.mailboxes(tx), protocols.last_batches(tx)
        keys = [_key(caller, row) for row in protocols.keys_of(tx, seen)]
        rows = [a for a in protocols.agency_rows(tx) if a.id in seen]
    found = []
    for row in rows:
        theirs = [(*s.key, s.stored.document.protocol.title, s.standing) for s in named
                  if row.id in {p.agency for p in s.stored.document.party} | s.stored.joined_agencies]  # fmt: skip
        own = row.id == caller.agency and bool(caller.holds("agency.mailbox"))
        found.append(Agency(row.id, row.title, row.kind, [k for k in keys if k.agency == row.id],
                            boxes.get(row.id), theirs, last.get(row.id), own))  # fmt: skip
    return found


def open_agency(desk: Desk, caller: access.Caller, agency: str) -> Agency:
    """One of them. Raises `NotFound`."""
    found = next((a for a in list_agencies(desk, caller) if a.id == agency), None)
    if found is None:
        raise NotFound("there is no such agency")
    return found


def _key(caller: access.Caller, row: Any) -> Key:
    may = row.revoked_at is None and bool(_may_revoke(caller, row.agency_id))
    return Key(row.kid, row.agency_id, row.registered_at, row.revoked_at, row.certificate_sha256, may)


def _may_revoke(caller: access.Caller, agency: str) -> Decision:
    """The operator revokes any agency's key, a liaison officer those of their own agency."""
    if caller.holds("key.revoke"):
        return Allow("access.key.revoke")
    own = caller.holds("key.revoke-own")
    return access.may(caller, "key.revoke-own", access.Thing(min(own, default=""), agency))


def register(desk: Desk, caller: access.Caller, text: str, certificate: str = "") -> str | Refuse:
    """Register the key of a request that `connector keygen` printed, for the agency that its proof names; the key's id.
    `certificate`: PEM of the client certificate that the key's calls come with, "" for none."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    agency = _agency_of(body) if isinstance(body, dict) else ""
    with desk.db.transaction() as tx:
        if not isinstance(body, dict) or not agency:
            decision: Decision = UNPROVED
        elif agency not in taking_part(tx, caller.holds("key.register")):
            decision = Refuse("agency.unknown", "the key names an agency that takes no part in your partnerships")
        else:
            decision = _agency_key(tx, desk, agency, body, certificate)
        kid = str(body.get("kid", "")) if decision and isinstance(body, dict) else ""
        note(tx, desk, person(caller), "agency.key-add", f"agency:{agency}" if decision else "agency", decision,
             **({"kid": kid} if decision else {}))  # fmt: skip
    return decision if isinstance(decision, Refuse) else kid


def _agency_of(body: Mapping[str, Any]) -> str:
    """The agency that a key's proof names, unverified: only good for looking up whose it would be."""
    try:
        claims = json.loads(jws.extract_compact(str(body.get("proof", "")).encode()).payload)
        return str(claims["agency"])[:MAX_NAME]
    except (JoseError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def open_key(desk: Desk, caller: access.Caller, kid: str) -> tuple[Key, Agency]:
    """A key of an agency that the caller may know of, and the agency. Raises `NotFound`."""
    found = next(((k, a) for a in list_agencies(desk, caller) for k in a.keys if k.kid == kid), None)
    if found is None:
        raise NotFound("there is no such key")
    return found


def revoke(desk: Desk, caller: access.Caller, kid: str) -> Decision:
    """Revoke a key: its calls are refused from the next request on. Raises `NotFound`, and `Conflict` where it is revoked."""
    found, _ = open_key(desk, caller, kid)
    with desk.db.transaction() as tx:
        decision = _may_revoke(caller, found.agency)
        if decision and protocols.revoke_agency_key(tx, kid, desk.now()) is None:
            raise Conflict("this key is revoked already")
        note(tx, desk, person(caller), "agency.key-revoke", f"agency:{found.agency}", decision, kid=kid)
    return decision


def set_own_mailbox(desk: Desk, caller: access.Caller, agency: str, address: str) -> Decision:
    """Say where the caller's own agency's office reads e-mail. Raises `NotFound`."""
    open_agency(desk, caller, agency)
    with desk.db.transaction() as tx:
        mine = caller.holds("agency.mailbox")
        decision = access.may(caller, "agency.mailbox", access.Thing(min(mine, default=""), agency))
        if decision and address and not MAILBOX.fullmatch(address):
            decision = Refuse("agency.mailbox", "this is no e-mail address")
        if decision:
            clock.set_mailbox(tx, agency, address, desk.now())
        note(tx, desk, person(caller), "agency.mailbox", f"agency:{agency}", decision)
    return decision
