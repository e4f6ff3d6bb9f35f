"""The log's heads, where others see them: time-stamped by an authority, handed to the partnerships' witnesses.

`prove` is called every few seconds where the web process runs, and by `hub ledger prove`. One at a time: a lock in the
database. Where a time-stamp service is set and the log has had no stamp for four hours, nothing leaves until it has one
again (`hub.journey.publishing.paused`); intake goes on.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import ledger
from hub.adapters.keys import Signer
from hub.adapters.outside import TimestampService, tell_witness
from hub.adapters.post import Mail
from hub.db import ledger as ledger_rows
from hub.db import proof
from hub.db import protocol as protocols
from hub.db.session import Database, Tx
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse, Unavailable
from hub.journey.desk import Desk, note
from hub.ledger import Event

STAMP_EVERY, TELL_EVERY, MAIL_EVERY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
RETRY_AFTER = timedelta(minutes=5)
PAUSE_AFTER = timedelta(hours=4)
STAMPS = "timestamp"
"""The kind of alert that says that no time stamp can be had."""
MAILBOX = re.compile(r"[^@\s\x00-\x1f,;<>]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
ADDRESS = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9/._~-]*)?")
NEAR = re.compile(r"http://(localhost|127\.0\.0\.1)[:/].*")


@dataclass(frozen=True, slots=True)
class Proving:
    """What proving works with. `db` acts as hub_release; None: no time-stamp service, no mail server is set."""

    db: Database
    signer: Signer
    now: Callable[[], datetime]
    service: TimestampService | None
    send: Callable[[Mail, datetime], None] | None


@dataclass(frozen=True, slots=True)
class Proved:
    """What one round did: whether the head was stamped, why not where it was due, and how many witnesses were told."""

    stamped: bool = False
    fault: str = ""
    told: int = 0
    untold: int = 0


def prove(hub: Proving, now_at_once: bool = False) -> Proved:
    """Have the head stamped and the witnesses told, where it is due; `now_at_once`: all of them now."""
    with hub.db.transaction() as guard:
        if not guard.sql("select pg_try_advisory_xact_lock(hashtext('proving'))").scalar():
            return Proved()
        stamped, fault = _stamp(hub, now_at_once)
        told = [_tell(hub, w) for w in _due(hub, now_at_once)]
    return Proved(stamped, fault, told.count(True), told.count(False))


# time stamps --------------------------------------------------------------------------------------------------------


def _stamp(hub: Proving, at_once: bool) -> tuple[bool, str]:
    if hub.service is None:
        return False, ""
    now = hub.now()
    with hub.db.transaction() as tx:
        latest, head = proof.latest_stamp(tx), ledger_rows.head(tx, now)
    if latest is not None and now - latest.at < STAMP_EVERY and not at_once:
        return False, ""
    checkpoint = hub.signer.checkpoint(head)
    try:
        token, found = hub.service.stamp(checkpoint.encode(), now)
    except Unavailable as wrong:
        if latest is None or now - latest.at >= PAUSE_AFTER:
            _alarm(hub, f"no time stamp can be had, and nothing leaves until there is one: {wrong}")
        return False, str(wrong)
    with hub.db.transaction() as tx:
        proof.insert_stamp(tx, proof.Stamp(head.size, checkpoint, token, found.authority, found.at))
        if proof.clear_alert(tx, STAMPS):
            ledger_rows.append(tx, Event(now, "hub", "ledger.stamped", "ledger", "allow", "ledger.stamped"))
    return True, ""


def _alarm(hub: Proving, words: str) -> None:
    with hub.db.transaction() as tx:
        known = any(a.kind == STAMPS for a in proof.alerts(tx))
        proof.set_alert(tx, STAMPS, words, hub.now())
        if not known:
            ledger_rows.append(tx, Event(hub.now(), "hub", "ledger.stamped", "ledger", "refuse", "ledger.unstamped"))


# witnesses ----------------------------------------------------------------------------------------------------------


def _due(hub: Proving, at_once: bool) -> list[proof.Witness]:
    now, found = hub.now(), []
    with hub.db.transaction() as tx:
        size = ledger_rows.frontier(tx).size
        for one in proof.witnesses(tx):
            every = MAIL_EVERY if one.by_mail else TELL_EVERY
            waits = one.told_at is not None and now - one.told_at < every
            tried = one.failed_at is not None and now - one.failed_at < RETRY_AFTER
            if size > one.size and (at_once or not (waits or tried)) and (hub.send is not None or not one.by_mail):
                found.append(one)
    return found


def _tell(hub: Proving, one: proof.Witness) -> bool:
    """Tell one witness of the head; whether it took it."""
    now = hub.now()
    with hub.db.transaction() as tx:
        head = ledger_rows.head(tx, now)
        path = ledger_rows.roots(tx, ledger.consistency_ranges(one.size, head.size)) if 0 < one.size < head.size else []
    checkpoint = hub.signer.checkpoint(head)
    known = one.size
    try:
        if one.by_mail:
            assert hub.send is not None
            hub.send(_mail(one.address, head, checkpoint), now)
            taken = True
        else:
            status, answer = tell_witness(one.address, witness_body(one.size, path, checkpoint))
            taken = 200 <= status < 300
            if status == 409 and re.fullmatch(r"\d{1,18}\s*", answer) and int(answer) <= head.size:
                known = int(answer)  # it says which head it has: the next proof begins there
    except (Unavailable, Conflict):
        taken = False
    with hub.db.transaction() as tx:
        if taken:
            proof.told(tx, one, head.size, now)
        else:
            proof.failed(tx, one, known, now)
    return taken


def witness_body(old: int, path: list[bytes], checkpoint: str) -> str:
    """The body of `add-checkpoint` (https://c2sp.org/tlog-witness): the size that the witness has, the proof that the log
    only grew since, and the new head."""
    lines = [f"old {old}", *(base64.b64encode(h).decode() for h in path)]
    return "\n".join(lines) + "\n\n" + checkpoint


def _mail(to: str, head: ledger.Head, checkpoint: str) -> Mail:
    text = f"""This is the signed head of the hub's log of every decision: {head.size} events.

Keep this mail. Whoever holds a head can show later that nothing before it was changed: save the lines between the rules
to a file, and `connector verify` checks it, and an exported log against it.

----
{checkpoint}----
"""
    return Mail(to, f"Head of the log: {head.size} events", text)


def set_witness(desk: Desk, partnership: str, address: str, remove: bool = False) -> Decision:
    """Have a partnership's heads sent to an address (a mailbox, or HTTPS of a C2SP witness), or no more. Logged.

    Raises `NotFound` where it is to be removed and is not there.
    """
    with desk.db.transaction() as tx:
        if remove:
            if not proof.remove_witness(tx, partnership, address):
                raise NotFound("there is no such witness")
        else:
            refusal = _check_witness(tx, partnership, address)
            if refusal is not None:
                return refusal
            proof.add_witness(tx, partnership, address, desk.now())
        decision = Allow("ledger.witness")
        note(tx, desk, "operator", "ledger.witness-remove" if remove else "ledger.witness-add", partnership, decision)
    return decision


def _check_witness(tx: Tx, partnership: str, address: str) -> Refuse | None:
    if partnership not in protocols.partnerships(tx):
        return Refuse("ledger.witness", f"there is no partnership {partnership}")
    sound = MAILBOX.fullmatch(address) or (
        ADDRESS.fullmatch(address) and (address.startswith("https") or NEAR.match(address))
    )
    if len(address) > 250 or not sound:
        return Refuse("ledger.witness", "a witness is a mailbox, or an address that begins with https://")
    return None
