"""Rows in quarantine, shown to an officer of the agency that sent them, so that they are mended at the source.

The one view of identifiable rows that a page gives: of the officer's own agency, what the source needs to find the record
(the contract's key) and the values that could not be used, no other field. Every view is in the log, with how many rows
and never a value. `connector send --only` sends the mended records alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from hub import access
from hub.adapters.vault import WrappedKey
from hub.db import batch as batches
from hub.db import intake
from hub.db import ledger as ledger_rows
from hub.db.session import Tx
from hub.decision import Allow, Decision, Refuse
from hub.disclosure import neutralise_formulas
from hub.journey.desk import person
from hub.journey.oversee import seen_batch
from hub.journey.receive import Receiving
from hub.ledger import Event
from protocols.wire import RowFault

PAGE, MOST_LISTED = 25, 100_000
LONGEST = 200
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one column of a row, and its value ("" where it has none)."""

    column: str
    rule: str
    reason: str
    value: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One row: its line in the extract, the source's own reference by key column, and its faults."""

    line: int
    reference: dict[str, str]
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class Viewed:
    """A page of a batch's quarantine. `next`: the line that the next page begins after; `expires`: when the first goes."""

    batch: batches.Batch
    rows: list[Quarantined]
    next: int | None
    expires: datetime | None
    keyed: bool


def view(hub: Receiving, caller: access.Caller, batch: str, after: int = -1) -> Viewed | Refuse:
    """A page of the rows of a batch of the caller's own agency. Logged. Raises `NotFound`."""
    with hub.db.transaction() as tx:
        found, decision = _asked(tx, caller, batch)
        rows = list(_rows(hub, tx, found, after, PAGE + 1)) if decision else []
        shown = rows[:PAGE]
        expires = intake.quarantine_expires(tx, found.id) if decision else None
        _log(tx, hub, caller, "quarantine.view", found, decision, rows=len(shown), after=after)
    if isinstance(decision, Refuse):
        return decision
    following = shown[-1].line if len(rows) > PAGE else None
    return Viewed(found, shown, following, expires, bool(_key(hub, found)))


def references(hub: Receiving, caller: access.Caller, batch: str) -> str | Refuse:
    """The source's references of the quarantined rows, as CSV for `connector send --only`: no other value. Logged.

    Raises `NotFound`.
    """
    with hub.db.transaction() as tx:
        found, decision = _asked(tx, caller, batch)
        key = _key(hub, found)
        if decision and not key:
            decision = Refuse("quarantine.no-key", "this dataset names no key by which its source finds a record again")
        listed = [
            (
                *(row.reference.get(name, "") for name in key),
                str(row.line),
                " ".join(sorted({f.rule for f in row.faults})),
            )
            for row in (_rows(hub, tx, found, -1, MOST_LISTED) if decision else ())
        ]
        _log(tx, hub, caller, "quarantine.list", found, decision, rows=len(listed))
    if isinstance(decision, Refuse):
        return decision
    table = pl.DataFrame(listed, schema=dict.fromkeys((*key, "line", "rules"), pl.Utf8), orient="row")
    return neutralise_formulas(table).write_csv()


def _asked(tx: Tx, caller: access.Caller, batch: str) -> tuple[batches.Batch, Decision]:
    found, mine = seen_batch(tx, caller, batch)
    verdicts = [access.may(caller, "quarantine.read", access.Thing(p, found.agency_id)) for p in sorted(mine)]
    return found, next((v for v in verdicts if v), verdicts[0])


def _log(
    tx: Tx, hub: Receiving, caller: access.Caller, action: str, found: batches.Batch, decision: Decision, **counts: int
) -> None:
    rule = Allow("access.quarantine.read").rule if decision else decision.rule
    ledger_rows.append(tx, Event(hub.now(), person(caller), action, found.id, "allow" if decision else "refuse", rule,
                                 found.protocols, counts))  # fmt: skip


def _key(hub: Receiving, found: batches.Batch) -> tuple[str, ...]:
    contract = hub.contracts.get(found.dataset)
    return contract.key if contract else ()


def _rows(hub: Receiving, tx: Tx, found: batches.Batch, after: int, limit: int) -> Iterator[Quarantined]:
    """Rows past a line, decrypted one by one; none once the batch's key was destroyed."""
    wrapped = intake.key_of(tx, found.id)
    if wrapped is None:
        return
    faults: dict[int, list[RowFault]] = {}
    for fault in batches.faults_of(tx, found.id, after, limit):
        faults.setdefault(fault.line, []).append(fault)
    for line, sealed in intake.quarantined(tx, found.id, after, limit):
        plain = hub.vault.open_row(found.id, line, WrappedKey(*wrapped), sealed)
        yield _shown(line, _fields(plain), faults.get(line, ()), _key(hub, found))


def _fields(plain: bytes) -> Mapping[str, Any] | str:
    """The row's fields; of a line that is no row, its text."""
    try:
        known = json.loads(plain)
    except ValueError:
        return plain.decode("utf-8", "replace")
    return known if isinstance(known, dict) else str(known)


def _shown(line: int, row: Mapping[str, Any] | str, faults: Iterable[RowFault], key: tuple[str, ...]) -> Quarantined:
    def value(column: str) -> str:
        held = row if isinstance(row, str) else row.get(column)
        return "" if held is None else str(held)[:LONGEST]

    reference = {} if isinstance(row, str) else {name: value(name) for name in key}
    return Quarantined(line, reference, [Fault(f.column, f.rule, f.reason, value(f.column)) for f in faults])
