"""Passkeys of people, and the signatures they gave to protocols. Role `hub_release` only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.db.session import Tx
from protocols.assertion import Assertion, NewKey, b64u, fingerprint


@dataclass(frozen=True, slots=True)
class Passkey:
    """A registered key: whose, its public half (SubjectPublicKeyInfo, DER) and the counter it was last seen at."""

    id: str
    person: str
    public_key: bytes
    fingerprint: str
    sign_count: int
    label: str
    registered_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def _passkey(row: Any) -> Passkey:
    return Passkey(row.id, str(row.person_id), bytes(row.public_key), row.fingerprint, row.sign_count, row.label,
                   row.registered_at, row.used_at, row.revoked_at)  # fmt: skip


def insert_passkey(tx: Tx, key: NewKey, person: str, label: str, now: datetime) -> bool:
    """Register a key; False when it is known already, also as another person's."""
    made = tx.sql(
        "insert into passkey (id, person_id, public_key, fingerprint, sign_count, label, registered_at)"
        " values (:id, cast(:person as uuid), :key, :fingerprint, :count, :label, :now)"
        " on conflict (id) do nothing returning id",
        id=key.credential,
        person=person,
        key=key.public_key,
        fingerprint=fingerprint(key.public_key),
        count=key.count,
        label=label,
        now=now,
    )
    return made.first() is not None


def passkeys_of(tx: Tx, person: str) -> list[Passkey]:
    """A person's keys in use, oldest first."""
    rows = tx.sql(
        "select * from passkey where person_id = cast(:person as uuid) and revoked_at is null order by registered_at, id",
        person=person,
    )
    return [_passkey(r) for r in rows]


def passkey(tx: Tx, credential: str) -> Passkey | None:
    """A key by its id, locked until the transaction ends: its counter is read and written by one at a time."""
    row = tx.sql("select * from passkey where id = :id for update", id=credential).first()
    return _passkey(row) if row else None


def use_passkey(tx: Tx, credential: str, count: int, now: datetime) -> None:
    """The key was used just now, at this counter."""
    tx.sql("update passkey set sign_count = :count, used_at = :now where id = :id", id=credential, count=count, now=now)


def revoke_passkey(tx: Tx, person: str, credential: str, now: datetime) -> str | None:
    """Take a person's key out of use; its fingerprint, or None where the person has no such key in use."""
    row = tx.sql(
        "update passkey set revoked_at = :now where id = :id and person_id = cast(:person as uuid)"
        " and revoked_at is null returning fingerprint",
        id=credential,
        person=person,
        now=now,
    ).first()
    return row.fingerprint if row else None


def revoke_passkeys(tx: Tx, person: str, now: datetime) -> None:
    """Take every key of a person out of use."""
    tx.sql(
        "update passkey set revoked_at = :now where person_id = cast(:person as uuid) and revoked_at is null",
        person=person,
        now=now,
    )


# signatures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of a protocol for an agency, with what proves it; no key where the tier may be signed without."""

    agency: str
    person: str
    digest: str
    at: datetime
    public_key: bytes | None
    authenticator_data: bytes | None
    client_data: bytes | None
    signature: bytes | None
    withdrawn_at: datetime | None

    @property
    def fingerprint(self) -> str:
        """How people recognise the key; "" where there is none."""
        return fingerprint(self.public_key) if self.public_key else ""

    def as_json(self, name: str, office: str) -> dict[str, Any]:
        """As a signed copy holds it; bytes in base64url."""
        proof = {
            key: b64u(value) if value is not None else None
            for key, value in (("public_key", self.public_key), ("authenticator_data", self.authenticator_data),
                               ("client_data", self.client_data), ("signature", self.signature))
        }  # fmt: skip
        return {
            "agency": self.agency,
            "name": name,
            "office": office,
            "at": self.at.isoformat(),
            "fingerprint": self.fingerprint,
            **proof,
        }


def insert_signature(
    tx: Tx, protocol: str, version: int, agency: str, person: str, digest: str, now: datetime,
    assertion: Assertion | None, public_key: bytes | None, message_sha256: str | None,
) -> bool:  # fmt: skip
    """Keep a signature; False when this very assertion was used before."""
    made = tx.sql(
        """
        insert into protocol_signature (protocol_id, version, agency_id, person_id, digest, at, passkey_id, public_key,
          authenticator_data, client_data, signature, message_sha256)
        values (:protocol, :version, :agency, cast(:person as uuid), :digest, :now, :passkey, :public_key, :data, :client,
          :signature, :message) on conflict (message_sha256) do nothing returning id
        """,
        protocol=protocol,
        version=version,
        agency=agency,
        person=person,
        digest=digest,
        now=now,
        passkey=assertion.credential if assertion else None,
        public_key=public_key,
        data=assertion.authenticator_data if assertion else None,
        client=assertion.client_data if assertion else None,
        signature=assertion.signature if assertion else None,
        message=message_sha256,
    )
    return made.first() is not None


def withdraw_signature(tx: Tx, protocol: str, version: int, agency: str, now: datetime) -> None:
    """An agency no longer stands by its signature."""
    tx.sql(
        "update protocol_signature set withdrawn_at = :now where protocol_id = :protocol and version = :version"
        " and agency_id = :agency and withdrawn_at is null",
        protocol=protocol,
        version=version,
        agency=agency,
        now=now,
    )


def signatures(tx: Tx, protocol: str, version: int) -> list[Signature]:
    """Every signature of a protocol, oldest first, the withdrawn ones too."""
    rows = tx.sql(
        "select * from protocol_signature where protocol_id = :protocol and version = :version order by id",
        protocol=protocol,
        version=version,
    )
    return [
        Signature(r.agency_id, str(r.person_id), r.digest, r.at, r.public_key, r.authenticator_data, r.client_data,
                  r.signature, r.withdrawn_at)
        for r in rows
    ]  # fmt: skip
