"""Protocol documents and the state each stands in; the agencies, partnerships and keys they name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from hub.db.session import Tx
from hub.lifecycle import Record
from hub.protocol import Standing
from protocols.schema import Document, parse_document, text_digest


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a protocol: its text (which is the policy) and its state."""

    document: Document
    text: str
    digest: str
    state: str
    suspended_agencies: frozenset[str]
    author: str
    created_at: datetime
    awaited_agencies: frozenset[str] = frozenset()
    withdrawn_agencies: frozenset[str] = frozenset()
    joined_agencies: frozenset[str] = frozenset()

    @property
    def standing(self) -> Standing:
        """As the decision function takes it."""
        return Standing(self.document, self.state, self.digest, self.suspended_agencies, self.awaited_agencies,
                        self.withdrawn_agencies, self.joined_agencies)  # fmt: skip


class _Texts:
    """Texts and their documents by digest, those last asked for: texts are immutable once stored, and every request asks
    the decision anew. A document is read once, so that it is the same object to all who ask."""

    def __init__(self, most: int) -> None:
        self._most, self._held, self._lock = most, OrderedDict[str, tuple[str, Document]](), Lock()

    def find(self, digest: str) -> tuple[str, Document] | None:
        """The text of a digest and its document, where they are held."""
        with self._lock:
            if digest in self._held:
                self._held.move_to_end(digest)
            return self._held.get(digest)

    def keep(self, digest: str, text: str) -> tuple[str, Document]:
        """Hold a text from now on."""
        document = parse_document(text)
        with self._lock:
            found = self._held.setdefault(digest, (text, document))
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return found


_texts = _Texts(4096)


COLUMNS = ("id, version, digest, state, author, created_at, suspended_agencies, awaited_agencies, withdrawn_agencies,"
           " joined_agencies")  # fmt: skip


def _read(tx: Tx, where: str = "true", **values: Any) -> list[Stored]:
    asked = f"select {COLUMNS} from protocol where {where} order by id, version"  # noqa: S608 (our own words)
    rows = list(tx.sql(asked, **values))
    held = {r.digest: _texts.find(r.digest) for r in rows}
    if missing := sorted(d for d, found in held.items() if found is None):
        for row in tx.sql(
            "select distinct on (digest) digest, text from protocol where digest = any(:digests)", digests=missing
        ):
            held[row.digest] = _texts.keep(row.digest, row.text)
    return [_stored(r, *found) for r in rows if (found := held[r.digest]) is not None]


def _stored(row: Any, text: str, document: Document) -> Stored:
    return Stored(
        document=document,
        text=text,
        digest=row.digest,
        state=row.state,
        suspended_agencies=frozenset(row.suspended_agencies),
        author=row.author,
        created_at=row.created_at,
        awaited_agencies=frozenset(row.awaited_agencies),
        withdrawn_agencies=frozenset(row.withdrawn_agencies),
        joined_agencies=frozenset(row.joined_agencies),
    )


def all_protocols(tx: Tx) -> list[Stored]:
    """Every version of every protocol, by id and version."""
    return _read(tx)


def standings(tx: Tx) -> list[Standing]:
    """Every protocol as the decision function takes it."""
    return [s.standing for s in all_protocols(tx)]


def lock(tx: Tx) -> None:
    """One act on protocols at a time, and none while something that leans on them commits."""
    tx.sql("select pg_advisory_xact_lock(hashtext('protocol'))")


def hold_still(tx: Tx) -> None:
    """No act on protocols until this transaction ends; it waits for the act that is under way."""
    tx.sql("select pg_advisory_xact_lock_shared(hashtext('protocol'))")


def find(tx: Tx, protocol: str, version: int, lock: bool = False) -> Stored | None:
    """One version of a protocol."""
    if lock:
        tx.sql("select from protocol where id = :id and version = :version for update", id=protocol, version=version)
    return next(iter(_read(tx, "id = :id and version = :version", id=protocol, version=version)), None)


def insert(tx: Tx, document: Document, text: str, author: str, now: datetime) -> None:
    """A new draft, with the partnership and agencies that it names. Raises IntegrityError when it exists already."""
    heading = document.protocol
    _insert_parties(tx, document)
    tx.sql(
        """
        insert into protocol (id, version, partnership_id, tier, title, text, digest, state, author, created_at)
        values (:id, :version, :partnership, :tier, :title, :text, :digest, 'draft', :author, :now)
        """,
        id=document.id,
        version=heading.version,
        partnership=heading.partnership,
        tier=heading.tier,
        title=heading.title,
        text=text,
        digest=text_digest(text),
        author=author,
        now=now,
    )


def _insert_parties(tx: Tx, document: Document) -> None:
    heading = document.protocol
    tx.sql(
        "insert into partnership (id, title) values (:id, :title) on conflict (id) do nothing",
        id=heading.partnership,
        title=heading.partnership,
    )
    for party in document.party:
        tx.sql(
            "insert into agency (id, title, kind) values (:id, :title, :kind)"
            " on conflict (id) do update set title = excluded.title",
            id=party.agency,
            title=party.title,
            kind=party.agency_type,
        )
    if heading.tier == "partnership-protocol":
        tx.sql("update partnership set title = :title where id = :id", id=heading.partnership, title=heading.title)


def replace_text(tx: Tx, document: Document, text: str) -> None:
    """Another text for a draft or a text in consultation; the database refuses it for any other."""
    _insert_parties(tx, document)
    tx.sql(
        "update protocol set title = :title, text = :text, digest = :digest where id = :id and version = :version",
        title=document.protocol.title,
        text=text,
        digest=text_digest(text),
        id=document.id,
        version=document.protocol.version,
    )


def set_state(tx: Tx, protocol: str, version: int, state: str) -> None:
    """Move a protocol to another state."""
    tx.sql("update protocol set state = :state where id = :id and version = :version",
           id=protocol, version=version, state=state)  # fmt: skip


def set_record(tx: Tx, protocol: str, version: int, record: Record) -> None:
    """How a protocol stands after an act: its state, and where its parties stand."""
    tx.sql(
        "update protocol set state = :state, suspended_agencies = :suspended, awaited_agencies = :awaited,"
        " withdrawn_agencies = :withdrawn, joined_agencies = :joined where id = :id and version = :version",
        state=record.state,
        suspended=sorted(record.suspended),
        awaited=sorted(record.awaited),
        withdrawn=sorted(record.withdrawn),
        joined=sorted(record.joined),
        id=protocol,
        version=version,
    )


def insert_act(tx: Tx, protocol: str, version: int, act: str, actor: str, now: datetime, note: str = "") -> None:
    """Remember who did what to a protocol."""
    tx.sql(
        "insert into protocol_act (protocol_id, version, act, actor, at, note)"
        " values (:id, :version, :act, :actor, :now, :note)",
        id=protocol,
        version=version,
        act=act,
        actor=actor,
        now=now,
        note=note,
    )


def acts_of(tx: Tx, protocol: str, version: int) -> list[Any]:
    """Rows (act, actor, at, note) of what was done to a protocol, oldest first."""
    return list(
        tx.sql(
            "select act, actor, at, note from protocol_act where protocol_id = :id and version = :version order by id",
            id=protocol,
            version=version,
        )
    )


def public_acts(tx: Tx) -> list[Any]:
    """Rows (protocol_id, version, act, at) of what anybody may know was done to protocols, newest first."""
    return list(
        tx.sql(
            "select protocol_id, version, act, at from protocol_act"
            " where act in ('sign', 'suspend', 'resume', 'suspend-party', 'resume-party', 'withdraw', 'revoke')"
            " order by at desc, id desc"
        )
    )


def writers(tx: Tx, protocol: str, version: int) -> set[str]:
    """Ids of the people who wrote any of a protocol's text."""
    rows = tx.sql(
        "select distinct actor from protocol_act where protocol_id = :id and version = :version"
        " and act in ('draft', 'revise')",
        id=protocol,
        version=version,
    )
    return {r.actor for r in rows}


def partnerships(tx: Tx) -> dict[str, str]:
    """Titles of the partnerships, by id."""
    return {r.id: r.title for r in tx.sql("select id, title from partnership order by id")}


def agencies(tx: Tx) -> dict[str, str]:
    """Titles of the agencies, by id."""
    return {r.id: r.title for r in tx.sql("select id, title from agency order by id")}


def titles(tx: Tx) -> tuple[dict[str, str], dict[str, str]]:
    """Titles of the agencies and of the partnerships, by id."""
    found: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for row in tx.sql("select 0 as kind, id, title from agency union all select 1, id, title from partnership"):
        found[row.kind][row.id] = row.title
    return found


def agency_rows(tx: Tx) -> list[Any]:
    """Rows (id, title, kind) of the agencies, by title."""
    return list(tx.sql("select id, title, kind from agency order by title, id"))


def last_batches(tx: Tx) -> dict[str, datetime]:
    """When each agency's newest batch came."""
    return {r.agency_id: r.at for r in tx.sql("select agency_id, max(created_at) as at from batch group by agency_id")}


def keys_of(tx: Tx, agencies: Iterable[str]) -> list[Any]:
    """Rows (kid, agency_id, registered_at, revoked_at, certificate_sha256) of agencies' keys, newest first."""
    return list(
        tx.sql(
            "select kid, agency_id, registered_at, revoked_at, certificate_sha256 from agency_key"
            " where agency_id = any(:agencies) order by revoked_at is not null, registered_at desc, kid",
            agencies=sorted(agencies),
        )
    )


def insert_agency_key(tx: Tx, kid: str, agency: str, jwk: str, now: datetime, certificate: str | None = None) -> bool:
    """Register an agency's public key, bound to a client certificate by its SHA-256 where there is one; False when its id
    is taken."""
    made = tx.sql(
        "insert into agency_key (kid, agency_id, public_jwk, registered_at, certificate_sha256)"
        " values (:kid, :agency, cast(:jwk as jsonb), :now, :certificate) on conflict (kid) do nothing returning kid",
        kid=kid,
        agency=agency,
        jwk=jwk,
        now=now,
        certificate=certificate,
    )
    return made.first() is not None


def revoke_agency_key(tx: Tx, kid: str, now: datetime) -> str | None:
    """Revoke an agency's key; whose it was, or None when there is none of that id in use."""
    row = tx.sql(
        "update agency_key set revoked_at = :now where kid = :kid and revoked_at is null returning agency_id",
        kid=kid,
        now=now,
    )
    found = row.first()
    return found.agency_id if found else None


def agency_key(tx: Tx, kid: str) -> tuple[str, dict[str, Any], str | None] | None:
    """(agency, public JWK, SHA-256 of the client certificate it is bound to) of a key in use."""
    row = tx.sql(
        "select agency_id, public_jwk, certificate_sha256 from agency_key where kid = :kid and revoked_at is null",
        kid=kid,
    )
    found = row.first()
    return (found.agency_id, dict(found.public_jwk), found.certificate_sha256) if found else None
