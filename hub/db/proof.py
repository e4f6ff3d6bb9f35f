"""Time stamps of heads, who is told of them, and what is wrong with the hub just now. Role `hub_release`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.db.session import Tx


@dataclass(frozen=True, slots=True)
class Stamp:
    """A head (its signed note) with the authority's token over it, and the moment that the token says."""

    size: int
    note: str
    token: bytes
    authority: str
    at: datetime


def latest_stamp(tx: Tx) -> Stamp | None:
    """The newest time stamp."""
    row = tx.sql(
        "select size, note, token, authority, at from ledger_stamp order by at desc, size desc limit 1"
    ).first()
    return Stamp(row.size, row.note, bytes(row.token), row.authority, row.at) if row else None


def insert_stamp(tx: Tx, stamp: Stamp) -> None:
    """Keep a time stamp."""
    tx.sql(
        "insert into ledger_stamp (size, note, token, authority, at) values (:size, :note, :token, :authority, :at)",
        size=stamp.size,
        note=stamp.note,
        token=stamp.token,
        authority=stamp.authority,
        at=stamp.at,
    )


# witnesses ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Witness:
    """Where a partnership has heads sent: an e-mail address or an HTTPS address, and how far it was told."""

    partnership: str
    address: str
    size: int
    told_at: datetime | None
    failed_at: datetime | None

    @property
    def by_mail(self) -> bool:
        """Is it a mailbox?"""
        return "://" not in self.address


def witnesses(tx: Tx, partnerships: Iterable[str] | None = None) -> list[Witness]:
    """Every witness, or those of these partnerships."""
    rows = tx.sql(
        "select partnership_id, address, size, told_at, failed_at from witness"
        " where cast(:mine as text[]) is null or partnership_id = any(cast(:mine as text[])) order by partnership_id, address",
        mine=sorted(partnerships) if partnerships is not None else None,
    )
    return [Witness(r.partnership_id, r.address, r.size, r.told_at, r.failed_at) for r in rows]


def add_witness(tx: Tx, partnership: str, address: str, now: datetime) -> None:
    """Have heads sent there from now on."""
    tx.sql(
        "insert into witness (partnership_id, address, set_at) values (:partnership, :address, :now) on conflict do nothing",
        partnership=partnership,
        address=address,
        now=now,
    )


def remove_witness(tx: Tx, partnership: str, address: str) -> bool:
    """Send no more heads there; False where none were sent."""
    gone = tx.sql(
        "delete from witness where partnership_id = :partnership and address = :address returning address",
        partnership=partnership,
        address=address,
    )
    return gone.first() is not None


def told(tx: Tx, witness: Witness, size: int, now: datetime) -> None:
    """The witness has the head of this size."""
    tx.sql(
        "update witness set size = :size, told_at = :now, failed_at = null where partnership_id = :p and address = :a",
        size=size,
        now=now,
        p=witness.partnership,
        a=witness.address,
    )


def failed(tx: Tx, witness: Witness, size: int, now: datetime) -> None:
    """The witness could not be told; `size`: how far it says that it was told before."""
    tx.sql(
        "update witness set size = :size, failed_at = :now where partnership_id = :p and address = :a",
        size=size,
        now=now,
        p=witness.partnership,
        a=witness.address,
    )


# alerts -------------------------------------------------------------------------------------------------------------


def alerts(tx: Tx) -> list[Any]:
    """Rows (kind, what, since) of what is wrong just now, oldest first."""
    return list(tx.sql("select kind, what, since from alert order by since, kind"))


def set_alert(tx: Tx, kind: str, what: str, now: datetime) -> bool:
    """Something is wrong; True where it was not known already."""
    made = tx.sql(
        "insert into alert (kind, what, since) values (:kind, :what, :now)"
        " on conflict (kind) do update set what = excluded.what where alert.what <> excluded.what returning kind",
        kind=kind,
        what=what,
        now=now,
    )
    return made.first() is not None


def clear_alert(tx: Tx, kind: str) -> bool:
    """It is right again; True where it was not."""
    return tx.sql("delete from alert where kind = :kind returning kind", kind=kind).first() is not None
