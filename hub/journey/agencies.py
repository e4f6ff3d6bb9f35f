"""Agencies' machines and offices: the keys by which machines prove themselves, and where a liaison office reads e-mail."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from hub.db import clock
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.decision import Allow, Decision, NotFound, Refuse
from hub.journey.desk import Desk, note
from protocols import wire

MAX_NAME = 120


def register_agency_key(desk: Desk, agency: str, body: Mapping[str, Any]) -> Decision:
    """Register an agency's public key, as `connector keygen` printed it: with a proof that its private half is held.

    Keys overlap: a second one counts beside the first until that is revoked.
    """
    with desk.db.transaction() as tx:
        decision = _agency_key(tx, desk, agency, body)
        kid = str(body.get("kid", ""))[:MAX_NAME]
        note(tx, desk, "operator", "agency.key-add", f"agency:{agency}", decision, **({"kid": kid} if decision else {}))
    return decision


def _agency_key(tx: Tx, desk: Desk, agency: str, body: Mapping[str, Any]) -> Decision:
    if "d" in body:
        return Refuse(
            "agency.private", "this is a private key: it must never leave the agency; ask for the public half"
        )
    try:
        public: dict[str, str | list[str]] = {name: str(body[name]) for name in ("kty", "crv", "x", "kid")}
        proof = wire.verify(str(body["proof"]), wire.KeyProof, OKPKey.import_key(public))
    except (KeyError, ValueError, JoseError):
        return Refuse("agency.unproved", "the key's request proves nothing; make it with `connector keygen`")
    kid = str(public["kid"])
    if (proof.agency, proof.kid) != (agency, kid):
        return Refuse("agency.other", "the key was made for another agency")
    if agency not in protocols.agencies(tx):
        return Refuse("agency.unknown", f"no protocol names the agency {agency}")
    if not protocols.insert_agency_key(tx, kid, agency, json.dumps(public), desk.now()):
        return Refuse("agency.key-known", "a key of this id is registered already")
    return Allow("agency.key")


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
