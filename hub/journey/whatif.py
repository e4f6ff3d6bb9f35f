"""What would flow if a protocol were signed? Tried on made-up rows, and counted on rows that the hub holds already under a
flow in force: nothing real is touched before one is."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from hub import access
from hub.db import held
from hub.decision import Allow, Unavailable
from hub.depersonalise.fields import treated
from hub.depersonalise.pseudonym import Keyring
from hub.intake.times import event_times
from hub.journey.desk import Desk, note, person
from hub.journey.oversee import Opened, open_among
from hub.journey.redact import Redactor
from hub.protocol import Grant, Granted, Standing, check_flow
from protocols.contract import LINE, Contract, FieldType
from protocols.rows import check_rows
from protocols.schema import Document, Flow
from protocols.synthetic import made_up_rows
from protocols.whatif import Fate, Tally, coarser_words, fates, standing_in_the_way

ROWS = 200


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of a flow's source that the pool holds under a flow in force (`references`): how many were counted, in how many
    each field is filled, what each would be placed more coarsely for, and which fields would be kept no more."""

    references: tuple[str, ...]
    rows: int
    filled: dict[str, int]
    coarser: list[tuple[str, int]]
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Supposed:
    """One flow tried on made-up rows. `examples`: of fields, a value before and after, "" where nothing stays; `held`:
    (column, reason, rows) of rows that would stay at their source; `unread`: notes could not be redacted just now."""

    flow: Flow
    contract: Contract | None
    rows: int = 0
    sound: int = 0
    fates: list[Fate] = field(default_factory=list)
    examples: dict[str, tuple[str, str]] = field(default_factory=dict)
    held: list[tuple[str, str, int]] = field(default_factory=list)
    coarser: list[tuple[str, int]] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    unread: bool = False
    held_now: Held | None = None


def suppose(
    desk: Desk, caller: access.Caller, redactor: Redactor, protocol_id: str, version: int
) -> tuple[Opened, list[Supposed]]:
    """Each flow of a version, tried. Raises `NotFound` for what the caller may not know of."""
    opened, every = open_among(desk, caller, protocol_id, version)
    document = opened.shown.stored.document
    holding = _held(desk, caller, document, [s.stored.standing for s in every])
    today = desk.now().date()
    found = []
    for flow in document.flow:
        now = holding.get((flow.source, flow.dataset))
        contract = desk.contracts.get(flow.dataset)
        obstacles = standing_in_the_way(document, flow, "", today)
        if contract is None:
            found.append(Supposed(flow, None, obstacles=[*obstacles, f"{flow.dataset} has no contract"]))
        else:
            tried = _tried(desk, redactor, document.protocol.partnership, flow, contract, obstacles)
            found.append(replace(tried, held_now=now))
    return opened, found


def _held(
    desk: Desk, caller: access.Caller, document: Document, known: Sequence[Standing]
) -> dict[tuple[str, str], Held]:
    """By source and dataset, what the pool holds that a flow in force brought; the look is written in the log."""
    grants = [(f, _granted_now(known, document, f, desk.now().date())) for f in document.flow]
    asked = [
        _Asked(f, g, desk.contracts[f.dataset]) for f, g in grants if g is not None and f.dataset in desk.contracts
    ]
    if not asked:
        return {}
    with desk.db.transaction([document.protocol.partnership]) as tx:
        counts = held.count(tx, document.protocol.partnership, [a.question for a in asked])
        found = {(a.flow.source, a.flow.dataset): a.answer(*told) for a, told in zip(asked, counts, strict=True)}
        references = sorted({r for h in found.values() for r in h.references})
        note(tx, desk, person(caller), "protocol.what-if", f"{document.id}/{document.protocol.version}",
             Allow("protocol.in-force"), references, rows=sum(h.rows for h in found.values()))  # fmt: skip
    return found


def _granted_now(known: Sequence[Standing], document: Document, flow: Flow, on: date) -> Grant | None:
    """The flow in force that brings this partnership rows of the same source and dataset; None where none does."""
    for purpose in flow.purposes or document.protocol.purposes:
        granted = check_flow(known, flow.source, flow.dataset, purpose, on)
        for grant in granted.grants if isinstance(granted, Granted) else ():
            if grant.partnership == document.protocol.partnership:
                return grant
    return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of the rows that a flow in force (`grant`) brought, of a flow that may follow it."""

    flow: Flow
    grant: Grant
    contract: Contract

    def _kept(self, flow: Flow) -> tuple[str, ...]:
        """Fields of a row that the flow leaves in the pool; notes are kept apart from them, and are not counted."""
        told = fates(self.contract, flow, set(self.contract.fields))
        return tuple(
            f.field for f in told
            if f.reach == "pool" and self.contract.fields[f.field].type is not FieldType.NARRATIVE
        )  # fmt: skip

    @property
    def question(self) -> held.Question:
        clauses = tuple((c.field, c.values) for c in self.flow.coarser_place)
        return held.Question(self.flow.source, self.flow.dataset, self._kept(self.flow), clauses)

    def answer(self, rows: int, filled: Sequence[int], named: Sequence[int]) -> Held:
        kept = self._kept(self.flow)
        coarser = [(coarser_words(c), n) for c, n in zip(self.flow.coarser_place, named, strict=True) if n]
        dropped = tuple(f for f in self._kept(self.grant.flow) if f not in kept)
        references = (self.grant.reference, self.grant.parent_reference)
        return Held(references, rows, dict(zip(kept, filled, strict=True)), coarser, dropped)


def _tried(
    desk: Desk, redactor: Redactor, partnership: str, flow: Flow, contract: Contract, obstacles: list[str]
) -> Supposed:
    rows = made_up_rows(contract, ROWS, desk.now())
    sound, faults = check_rows(rows, contract)
    tally = Tally(flow)
    tally.add(sound)
    told = fates(contract, flow, set(contract.fields))
    timed = event_times(sound.head(50), contract)
    examples, unread = {}, False
    for fate in told:
        before = sound[fate.field].drop_nulls()
        after = ""
        if fate.reach == "pool":
            try:
                after = _after(timed, redactor, partnership, flow, contract, fate.field)
            except Unavailable:
                unread = True
        examples[fate.field] = (str(before[0]) if before.len() else "", after)
    held = faults.group_by("column", "reason").len().sort("column", "reason")
    return Supposed(flow, contract, rows.height, sound.height, told, examples, list(held.iter_rows()),
                    [(said, n) for said, n in tally.coarser.items() if n], obstacles, unread)  # fmt: skip


def _after(timed: pl.DataFrame, redactor: Redactor, partnership: str, flow: Flow, contract: Contract, name: str) -> str:
    """What is left of the first value of a field. Pseudonyms are of a key that is thrown away. Raises `Unavailable`."""
    filled = timed.filter(pl.col(name).is_not_null()).head(1)
    if not filled.height:
        return ""
    known = contract.fields[name]
    if known.type is FieldType.NARRATIVE:
        record = {k: v for k, v in filled.row(0, named=True).items() if isinstance(v, str) and k not in (name, LINE)}
        note = {"record": record, "text": filled[name][0]}
        answer = redactor.redact({"dataset": contract.id, "mode": flow.notes, "notes": [note]})
        return str(answer[0]["text"])
    keyring = Keyring(secrets.token_bytes(32), partnership, "trial", 0)
    series = treated(filled, known, flow.fields[name], keyring)
    return "" if series is None or series[0] is None else str(series[0])
