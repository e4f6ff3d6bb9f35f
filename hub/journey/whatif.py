"""What would flow if a protocol were signed? Tried on made-up rows: nothing real is touched before a flow is in force."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import polars as pl

from hub import access
from hub.decision import Unavailable
from hub.depersonalise.fields import treated
from hub.depersonalise.pseudonym import Keyring
from hub.intake.times import event_times
from hub.journey.desk import Desk
from hub.journey.oversee import Opened, open_protocol
from hub.journey.redact import Redactor
from protocols.contract import LINE, Contract, FieldType
from protocols.rows import check_rows
from protocols.schema import Flow
from protocols.synthetic import made_up_rows
from protocols.whatif import Fate, Tally, fates, standing_in_the_way

ROWS = 200


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


def suppose(
    desk: Desk, caller: access.Caller, redactor: Redactor, protocol_id: str, version: int
) -> tuple[Opened, list[Supposed]]:
    """Each flow of a version, tried. Raises `NotFound` for what the caller may not know of."""
    opened = open_protocol(desk, caller, protocol_id, version)
    document = opened.shown.stored.document
    today = desk.now().date()
    found = []
    for flow in document.flow:
        contract = desk.contracts.get(flow.dataset)
        obstacles = standing_in_the_way(document, flow, "", today)
        if contract is None:
            found.append(Supposed(flow, None, obstacles=[*obstacles, f"{flow.dataset} has no contract"]))
        else:
            found.append(_tried(desk, redactor, document.protocol.partnership, flow, contract, obstacles))
    return opened, found


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
