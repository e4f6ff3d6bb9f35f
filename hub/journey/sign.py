"""A signatory signs the exact text: the challenge of the passkey is the text's digest, and the answer is kept.

No key that the hub holds signs for a person. Keys are registered by their owner, who gives the password once more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from hub import access
from hub.db import people, signing
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse
from hub.journey import account
from hub.journey.desk import Desk, note, person
from protocols.assertion import Assertion, Unproved, check_assertion, check_registration, fingerprint

MAX_KEYS, MAX_LABEL = 10, 60
FORMAT = "partnership-hub/signed-copy/1"


def registration_challenge(session: str) -> bytes:
    """The challenge of a new key: bound to the session in which it is made."""
    return hashlib.sha256(b"passkey\x00" + session.encode()).digest()


def register(
    desk: Desk, caller: access.Caller, session: str, password: str, address: str, label: str, made: tuple[bytes, bytes, bytes],
    code: str = "",
) -> Decision:  # fmt: skip
    """Register a passkey of the signed-in person: `made` is client data, authenticator data and public key."""
    known = account.confirm(desk, caller, account.Proof(session, password, code, address))
    if isinstance(known, Refuse):
        return known
    with desk.db.transaction() as tx:
        decision, mark = _register(desk, tx, caller, session, label, made)
        note(tx, desk, person(caller), "account.passkey-add", f"person:{caller.person}", decision,
             **({"fingerprint": mark} if decision else {}))  # fmt: skip
    return decision


def _register(
    desk: Desk, tx: Tx, caller: access.Caller, session: str, label: str, made: tuple[bytes, bytes, bytes]
) -> tuple[Decision, str]:
    label = " ".join(label.split())
    if not 1 <= len(label) <= MAX_LABEL:
        return Refuse("account.passkey-label", f"give the passkey a name, of 1 to {MAX_LABEL} characters"), ""
    if len(signing.passkeys_of(tx, caller.person)) >= MAX_KEYS:
        return Refuse("account.passkeys", f"an account has {MAX_KEYS} passkeys at most; remove one first"), ""
    client, authenticator, public = made
    try:
        key = check_registration(client, authenticator, public, registration_challenge(session), desk.party)
    except Unproved as wrong:
        return Refuse(wrong.rule, str(wrong)), ""
    if not signing.insert_passkey(tx, key, caller.person, label, desk.now()):
        return Refuse("account.passkey-known", "this passkey is registered already"), ""
    return Allow("account.passkey"), fingerprint(key.public_key)


def passkeys(desk: Desk, caller: access.Caller) -> list[signing.Passkey]:
    """The signed-in person's keys in use."""
    with desk.db.transaction() as tx:
        return signing.passkeys_of(tx, caller.person)


def revoke(desk: Desk, caller: access.Caller, credential: str) -> Decision:
    """Take a passkey of one's own out of use. What it signed stays signed. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        mark = signing.revoke_passkey(tx, caller.person, credential, desk.now())
        if mark is None:
            raise NotFound("there is no such passkey")
        decision = Allow("account.passkey")
        note(tx, desk, person(caller), "account.passkey-remove", f"person:{caller.person}", decision, fingerprint=mark)
    return decision


def prove(desk: Desk, tx: Tx, caller: access.Caller, digest: str, assertion: Assertion) -> signing.Passkey | Refuse:
    """Did the caller sign the text of this digest, by a key registered as the caller's own? Moves the key's counter."""
    key = signing.passkey(tx, assertion.credential)
    if key is None or key.person != caller.person or key.revoked_at is not None:
        return Refuse("signing.unregistered", "this passkey is not registered as yours")
    try:
        count = check_assertion(assertion, key.public_key, bytes.fromhex(digest), desk.party, key.sign_count)
    except Unproved as wrong:
        return Refuse(wrong.rule, str(wrong))
    signing.use_passkey(tx, key.id, count, desk.now())
    return key


def keep(
    desk: Desk, tx: Tx, caller: access.Caller, found: protocols.Stored, assertion: Assertion | None, key: signing.Passkey | None
) -> Decision:  # fmt: skip
    """Keep a signature that was proved (or needs no proof in its tier), once."""
    message = hashlib.sha256(assertion.credential.encode() + assertion.message).hexdigest() if assertion else None
    heading = found.document.protocol
    public = key.public_key if key else None
    if not signing.insert_signature(tx, found.document.id, heading.version, caller.agency, caller.person, found.digest,
                                    desk.now(), assertion, public, message):  # fmt: skip
        return Refuse("signing.replay", "this signature was given before; sign anew, with another passkey if need be")
    return Allow("access.protocol.sign")


@dataclass(frozen=True, slots=True)
class SignedCopy:
    """A protocol as it was signed: the exact text, its digest, and every signature that stands, fit to be verified
    without the hub. `body` is what the machine-readable part holds."""

    stored: protocols.Stored
    body: dict[str, Any]


def signed_copy(desk: Desk, caller: access.Caller, protocol_id: str, version: int) -> SignedCopy:
    """The signed copy of a protocol. Raises `NotFound`, and `Conflict` where nobody has signed."""
    with desk.db.transaction() as tx:
        found = protocols.find(tx, protocol_id, version)
        if found is None or found.document.protocol.partnership not in caller.holds("protocol.read"):
            raise NotFound("there is no such protocol")
        given = [s for s in signing.signatures(tx, protocol_id, version) if s.withdrawn_at is None]
        if not given:
            raise Conflict("nobody has signed this protocol")
        names = people.names(tx, {s.person for s in given})
    offices = {p.agency: p.signatory for p in found.document.party}
    body = {
        "format": FORMAT,
        "protocol": protocol_id,
        "version": version,
        "digest": found.digest,
        "relying_party": {"id": desk.party.id, "origins": list(desk.party.origins)},
        "signatures": [s.as_json(names.get(s.person, ""), offices.get(s.agency, "")) for s in given],
    }
    return SignedCopy(found, body)
