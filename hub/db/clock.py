"""Mailboxes of agencies, what was sent to them already, and who used what in a stretch of time. Role `hub_release`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.db.session import Tx


def mailboxes(tx: Tx) -> dict[str, str]:
    """Addresses of the agencies' liaison offices, by agency."""
    return {r.agency_id: r.address for r in tx.sql("select agency_id, address from mailbox order by agency_id")}


def set_mailbox(tx: Tx, agency: str, address: str, now: datetime) -> None:
    """Where an agency's liaison officers read e-mail; "" for nowhere."""
    if not address:
        tx.sql("delete from mailbox where agency_id = :agency", agency=agency)
        return
    tx.sql(
        "insert into mailbox (agency_id, address, set_at) values (:agency, :address, :now)"
        " on conflict (agency_id) do update set address = excluded.address, set_at = excluded.set_at",
        agency=agency,
        address=address,
        now=now,
    )


def sent(tx: Tx, kind: str) -> set[tuple[str, str, str]]:
    """(subject, mark, agency) of what was sent of one kind."""
    rows = tx.sql("select subject, mark, agency_id from reminder where kind = :kind", kind=kind)
    return {(r.subject, r.mark, r.agency_id) for r in rows}


def claim(tx: Tx, kind: str, subject: str, mark: str, agency: str, now: datetime) -> bool:
    """Remember that something is sent; False where it was sent before. Waits for whoever is just sending it."""
    made = tx.sql(
        "insert into reminder (kind, subject, mark, agency_id, sent_at) values (:kind, :subject, :mark, :agency, :now)"
        " on conflict do nothing returning kind",
        kind=kind,
        subject=subject,
        mark=mark,
        agency=agency,
        now=now,
    )
    return made.first() is not None


def uses(tx: Tx, first: datetime, last: datetime) -> list[Any]:
    """Rows (release_id, number, title, agreement_id, agreement_version, datasets, agency_id, action, times, latest):
    releases of the partnerships in scope that people of an agency looked into, read or downloaded in [first, last)."""
    return list(
        tx.sql(
            "with used as materialized (select r.id, e.at, cast(e.leaf as jsonb) as event from release r"
            " cross join lateral (select at, leaf from ledger_reach join ledger_entry using (sequence)"
            " where key = 'use:' || r.id and at >= :first and at < :last offset 0) e), counted as materialized (select id, event ->> 'actor' as actor,"
            " event ->> 'action' as action, count(*) as times, max(at) as latest from used group by 1, 2, 3)"
            " select r.id as release_id, r.number, r.title, r.agreement_id, r.agreement_version, r.datasets,"
            " p.agency_id, u.action, sum(u.times)::bigint as times, max(u.latest) as latest"
            " from counted u join release r using (id) join person p on 'person:' || p.id = u.actor"
            " group by r.id, r.number, r.title, r.agreement_id, r.agreement_version, r.datasets, p.agency_id, u.action"
            " order by r.number, p.agency_id, u.action",
            first=first,
            last=last,
        )
    )
