"""What anybody may ask of the log: its signed head, and proofs that an event is in it and that it only ever grew."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from hub import access, ledger
from hub.adapters.keys import Signer
from hub.db import ledger as ledger_rows
from hub.db import proof
from hub.db.session import Tx
from hub.decision import NotFound
from hub.journey.desk import Desk


def checkpoint(desk: Desk, signer: Signer) -> str:
    """The head as it stands, signed: a C2SP checkpoint."""
    with desk.db.transaction() as tx:
        return signer.checkpoint(ledger_rows.head(tx, desk.now()))


def stamp(desk: Desk) -> dict[str, Any]:
    """The newest time stamp: the head that was stamped, and the authority's token over it. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        found = proof.latest_stamp(tx)
    if found is None:
        raise NotFound("the log has no time stamp")
    return {
        "format": "partnership-hub/timestamp/1",
        "checkpoint": found.note,
        "token": base64.b64encode(found.token).decode(),
    }


@dataclass(frozen=True, slots=True)
class Seen:
    """Who outside has seen the log: the newest time stamp, the caller's partnerships' witnesses, and what is wrong."""

    stamp: proof.Stamp | None
    witnesses: list[proof.Witness]
    alerts: list[Any]


def seen(desk: Desk, caller: access.Caller) -> Seen:
    """Who outside has seen the log, as far as it concerns the caller."""
    with desk.db.transaction() as tx:
        return Seen(proof.latest_stamp(tx), proof.witnesses(tx, caller.holds("ledger.read")), proof.alerts(tx))


def _text(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(h).decode() for h in hashes]


def _head(desk: Desk, tx: Tx, signer: Signer) -> tuple[int, str]:
    head = ledger_rows.head(tx, desk.now())
    return head.size, signer.checkpoint(head)


def inclusion(desk: Desk, signer: Signer, index: int) -> dict[str, Any]:
    """That event `index` is in the log. It shows the event's hash, not the event. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        size, note = _head(desk, tx, signer)
        if not 0 <= index < size:
            raise NotFound("the log has no such event")
        leaf, *path = ledger_rows.roots(tx, [(index, index + 1), *ledger.inclusion_ranges(index, size)])
    return {"format": "partnership-hub/inclusion/1", "index": index, "leaf_hash": _text([leaf])[0], "proof": _text(path),
            "checkpoint": note}  # fmt: skip


def erasures(desk: Desk, signer: Signer) -> dict[str, Any]:
    """The proof of deletion: every event by which something was destroyed (what, when, how much), and that each
    is in the log under one signed head."""
    with desk.db.transaction() as tx:
        size, note = _head(desk, tx, signer)
        events = [
            {"index": index, "leaf": base64.b64encode(leaf).decode(),
             "proof": _text(ledger_rows.roots(tx, ledger.inclusion_ranges(index, size)))}
            for index, leaf in ledger_rows.erasures(tx) if index < size
        ]  # fmt: skip
    return {"format": "partnership-hub/erasures/1", "checkpoint": note, "events": events}


def consistency(desk: Desk, signer: Signer, old: int) -> dict[str, Any]:
    """That the log begins with the `old` events that an earlier head was made of. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        size, note = _head(desk, tx, signer)
        if not 0 < old <= size:
            raise NotFound("the log has never had so many events")
        path = ledger_rows.roots(tx, ledger.consistency_ranges(old, size))
    return {"format": "partnership-hub/consistency/1", "old": old, "proof": _text(path), "checkpoint": note}
