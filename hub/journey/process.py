"""Processing: a stored batch's way into the pool, chunk by chunk, and one flip at the end.

`refine` is one chunk's way and reads as the design's list: check, geocode, partnership by area, depersonalise
under the row's own flow, residual gate. The place comes before depersonalising because a row's flow (its
treatments, its pseudonym key) is its partnership's, and only the place tells whose it is; a row that no
partnership's protocol covers is never depersonalised, nor kept.

Every chunk is staged in a transaction of its own, with a mark that it is done; a killed worker's successor goes on
from the last mark. A claim fences out a worker that was taken for dead and is not.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import polars as pl

from hub import pool, protocol
from hub.adapters.crew import Crew
from hub.adapters.erasures import note_erasures
from hub.adapters.keys import Signer
from hub.adapters.vault import Vault, WrappedKey
from hub.adapters.wordbox import WordBox
from hub.db import batch as batches
from hub.db import intake
from hub.db import ledger as ledger_rows
from hub.db import pool as pool_rows
from hub.db import protocol as protocols
from hub.db.session import Database, Tx
from hub.decision import Allow, Decision, Refuse
from hub.depersonalise.figures import drifted
from hub.depersonalise.treatment import Depersonalised
from hub.intake import body, times
from hub.journey import review
from hub.journey.capture import location_figures
from hub.journey.chunk import (
    Clock,
    Refined,
    Task,
    bench,
    claim_of,
    depersonalise_rows,
    keys_of_held,
    part_bad_places,
    place,
    quality_of,
    quarantined_rows,
    row_faults,
    stub,
    with_keys,
)
from hub.ledger import Event
from protocols.contract import LINE, Contract
from protocols.rows import check_rows
from protocols.wire import Counts, Manifest, Result, RowFault


@dataclass(frozen=True, slots=True)
class Processing:
    """What processing works with. `db` acts as hub_intake."""

    db: Database
    vault: Vault
    signer: Signer
    contracts: Mapping[str, Contract]
    crew: Crew
    districts: frozenset[str]
    erasures: Path
    box: WordBox
    chunk_rows: int
    quarantine_days: int
    shrink_limit: float
    now: Callable[[], datetime]


def refine(task: Task) -> Refined:
    """One chunk: check → geocode → partnership by area → depersonalise under the row's own flow → residual gate."""
    tools, clock = bench(), Clock()
    good, bad = check_rows(task.chunk.frame, task.contract)
    good = times.event_times(with_keys(good, task, tools), task.contract)
    clock.lap("check")
    placed, misplaced = part_bad_places(place(good, task.contract, tools), task.contract)
    clock.lap("geocode")
    owned = pool.assign_partnership(placed, [claim_of(g) for g in task.grants])
    outside = owned.filter(pl.col("partnership") == pool.OUT_OF_AREA)
    frames, gate_faults, done = [stub(outside, task, "out-of-area")], list[RowFault](), dict[str, Depersonalised]()
    for grant in task.grants:
        mine = owned.filter(pl.col("partnership") == grant.partnership)
        kept, made = depersonalise_rows(mine, grant, task, tools)
        frames += [kept, stub(mine.filter(pl.col(LINE).is_in([f.line for f in made.faults])), task, "held")]
        gate_faults += made.faults
        done[grant.partnership] = made
    clock.lap("depersonalise")
    lines_held = {*bad[LINE], *(f.line for f in misplaced)}
    keyless = set(bad.filter(pl.col("column").is_in(task.contract.key))[LINE])
    frames.append(stub(keys_of_held(task, lines_held - keyless, tools), task, "held"))
    faults = [f for f, _ in task.chunk.faults] + row_faults(bad) + misplaced
    quarantined, gate_held = len({f.line for f in faults}), len({f.line for f in gate_faults})
    return Refined(
        number=task.chunk.number,
        staged=pl.concat(frames),
        faults=faults + gate_faults,
        quarantined=quarantined_rows(task, {f.line for f in faults + gate_faults}),
        counts=Counts(
            declared=task.chunk.rows,
            accepted=task.chunk.rows - quarantined,
            quarantined=quarantined,
            out_of_area=outside.height,
            gate_held=gate_held,
        ),
        quality=quality_of(placed, done, clock, unkeyed=len(task.chunk.faults) + len(keyless))
        | location_figures(placed, task.contract, tools.engine),
        doubts={partnership: made.doubts for partnership, made in done.items() if made.doubts},
    )


def refine_withdrawals(task: Task) -> Refined:
    """One chunk of withdrawals: keys, and nothing else."""
    good, bad = check_rows(task.chunk.frame, task.contract, only=task.contract.key)
    faults = [f for f, _ in task.chunk.faults] + row_faults(bad)
    quarantined = len({f.line for f in faults})
    return Refined(
        number=task.chunk.number,
        staged=stub(with_keys(good, task, bench()), task, "row"),
        faults=faults,
        quarantined=quarantined_rows(task, {f.line for f in faults}),
        counts=Counts(declared=task.chunk.rows, accepted=task.chunk.rows - quarantined, quarantined=quarantined),
    )


# the batch ----------------------------------------------------------------------------------------------------------


def process(hub: Processing, batch: str) -> None:
    """Take a stored batch into the pool, or end it with a signed result that says why not.

    Safe to run again after any kill, and by two workers at once: only the newest claim can commit.
    """
    claim = str(uuid.uuid4())
    with hub.db.transaction() as tx:
        found = batches.claim(tx, batch, claim)
        if found is None:
            return  # finished by another, or refused
        granted = _ask(hub, tx, found.manifest)
        wrapped, pieces = intake.key_of(tx, batch), len(intake.pieces_of(tx, batch))
    if isinstance(granted, Refuse) or wrapped is None:
        reason = granted if isinstance(granted, Refuse) else Refuse("process.no-key", "the batch's key was destroyed")
        _end_without(hub, found, claim, reason)
        return
    ready = _check_boundaries(hub, granted)
    if ready is not None:
        _end_without(hub, found, claim, ready)
        return
    key = WrappedKey(*wrapped)
    if _stage(hub, found, claim, granted, key, hub.vault.read(batch, pieces, key)):
        _finish(hub, found, claim, granted)


def _ask(hub: Processing, tx: Tx, manifest: Manifest) -> protocol.Granted | Refuse:
    known = protocols.standings(tx)
    granted = protocol.check_flow(known, manifest.agency, manifest.dataset, manifest.purpose, hub.now().date())
    if isinstance(granted, Refuse):
        return granted
    columns = protocol.check_columns(granted, manifest.columns, hub.contracts[manifest.dataset])
    return granted if columns else Refuse(columns.rule, getattr(columns, "reason", ""))


def _check_boundaries(hub: Processing, granted: protocol.Granted) -> Refuse | None:
    verdict = pool.check_claims([claim_of(g) for g in granted.grants], hub.districts)
    return verdict if isinstance(verdict, Refuse) else None


def _stage(
    hub: Processing, found: batches.Batch, claim: str, granted: protocol.Granted, key: WrappedKey, content: bytes
) -> bool:
    """Refine and stage every chunk not yet staged. False when a rival took the claim."""
    manifest, contract = found.manifest, hub.contracts[found.dataset]
    with hub.db.transaction() as tx:
        done = intake.chunks_done(tx, found.id)
        if not _cut_alike(
            {number: counts.declared for number, (counts, _) in done.items()}, manifest.rows, hub.chunk_rows
        ):
            intake.clear_batch(tx, found.id, ("staging_row", "chunk_done", "row_fault", "quarantine"))
            done = {}
    partnerships = [g.partnership for g in granted.grants]
    with hub.db.transaction(partnerships) as tx:
        lists = review.lists_of(tx, hub.box, partnerships, hub.now())
    chunks = body.read_chunks(content, manifest.format, manifest.columns, hub.chunk_rows) if content else iter(())
    tasks = (
        Task(found.id, c, contract, found.agency_id, found.purpose, granted.grants, lists)
        for c in chunks
        if c.number not in done
    )
    work = refine_withdrawals if manifest.mode == "withdrawals" else refine
    return all(_keep(hub, found, claim, refined, key) for refined in hub.crew.ordered(work, tasks))


def _cut_alike(staged: Mapping[int, int], rows: int, size: int) -> bool:
    """Are the chunks already staged (number → rows) such as this worker's setting cuts? Else they begin elsewhere."""
    return all(n == min(size, rows - number * size) for number, n in staged.items())


def _keep(hub: Processing, found: batches.Batch, claim: str, refined: Refined, key: WrappedKey) -> bool:
    """Stage one refined chunk, with its faults, its quarantine and the mark that it is done, in one transaction."""
    batch = found.id
    sealed = [(line, hub.vault.seal_row(batch, line, key, raw)) for line, raw in refined.quarantined]
    expires_at = hub.now() + timedelta(days=hub.quarantine_days)
    with hub.db.transaction(refined.doubts) as tx:
        if not batches.holds_claim(tx, batch, claim):
            return False
        intake.copy_staging(tx, refined.staged)
        batches.insert_faults(tx, batch, refined.faults)
        intake.insert_quarantine(tx, batch, sealed, expires_at)
        review.keep_doubts(tx, hub.box, found.agency_id, refined.doubts, hub.now())
        intake.insert_chunk_done(tx, batch, refined.number, refined.counts, refined.quality)
    return True


def _finish(hub: Processing, found: batches.Batch, claim: str, granted: protocol.Granted) -> None:
    """The last step: resolve versions, check that every row is accounted for, flip the batch's state; one commit."""
    manifest = found.manifest
    keyed = bool(hub.contracts[found.dataset].key)
    window = manifest.window if manifest.mode == "snapshot" else None
    arrival = pool_rows.Arrival(
        found.id, found.agency_id, found.dataset, manifest.made_at, keyed,
        window.first if window else None, window.last if window else None, manifest.series,
    )  # fmt: skip
    with hub.db.transaction() as tx:
        pool_rows.ensure_months(tx, intake.staged_months(tx, found.id))
    with hub.db.transaction() as tx:
        everyone = list(protocols.partnerships(tx))
    try:
        with hub.db.transaction(everyone) as tx:
            if not batches.holds_claim(tx, found.id, claim):
                return
            done = intake.chunks_done(tx, found.id)
            counts, quality = _total([c for c, _ in done.values()]), _merged([q for _, q in done.values()])
            _check_shrink(hub, tx, found, arrival)
            counts = _settled(hub, tx, arrival, counts, manifest.mode, complete=not quality.get("unkeyed"))
            _check_conservation(manifest, counts)
            intake.clear_batch(tx, found.id)
            quality |= _drift(hub, tx, found, quality)
            _ask_again(hub, tx, manifest, granted)  # last, so that whoever stops a protocol waits for a moment only
            _conclude(hub, tx, found, Allow("pool.settled"), "pooled", counts, quality, granted)
    except _Undo as undone:
        _end_without(hub, found, claim, undone.refusal)


def _settled(hub: Processing, tx: Tx, arrival: pool_rows.Arrival, counts: Counts, mode: str, complete: bool) -> Counts:
    """The batch's counts once its staged rows are resolved."""
    if mode == "withdrawals":
        keys = intake.staged_keys(tx, arrival.batch)
        note_erasures(hub.erasures, arrival.agency, arrival.dataset, keys, arrival.made_at, hub.now())
        gone = pool_rows.withdraw(tx, arrival)
        return counts.model_copy(update={"pooled": gone, "superseded": counts.accepted - gone})
    settled = pool_rows.settle(tx, arrival, complete)
    return counts.model_copy(
        update={
            "accepted": counts.accepted - settled.duplicate,
            "duplicate": settled.duplicate,
            "pooled": settled.pooled,
            "superseded": settled.superseded,
        }
    )


RECALL_BATCHES = 20


def _drift(hub: Processing, tx: Tx, found: batches.Batch, quality: dict[str, Any]) -> dict[str, Any]:
    """The types of identifier that the engine finds less often than in the agency's batches before; an alert in the log."""
    before = [q.get("recall", {}) for q in batches.earlier_quality(tx, found.agency_id, found.dataset, RECALL_BATCHES)]
    fallen = drifted(quality.get("recall", {}), _merged(before))
    if fallen:
        ledger_rows.append(tx, Event(hub.now(), "hub", "quality.drift", found.id, "refuse", "quality.recall-fell",
                                     (), dict.fromkeys(fallen, 1)))  # fmt: skip
    return {"drift": fallen} if fallen else {}


class _Undo(Exception):
    """Roll the settling back: the batch may not enter the pool."""

    def __init__(self, refusal: Refuse) -> None:
        super().__init__(refusal.rule)
        self.refusal = refusal


def _ask_again(hub: Processing, tx: Tx, manifest: Manifest, granted: protocol.Granted) -> None:
    """Is it still allowed, by the same versions? What was stopped while chunks were refined does not enter the pool: an
    act on a protocol waits for this transaction, or is seen by it."""
    protocols.hold_still(tx)
    again = _ask(hub, tx, manifest)
    if isinstance(again, Refuse):
        raise _Undo(again)
    if again.references != granted.references:
        raise _Undo(Refuse("protocol.changed", "another version came into force while the batch was being processed"))


def _check_shrink(hub: Processing, tx: Tx, found: batches.Batch, arrival: pool_rows.Arrival) -> None:
    if arrival.first_day is None or found.overruled_by is not None:
        return
    verdict = pool.check_shrink(*pool_rows.window_rows(tx, arrival), hub.shrink_limit)
    if isinstance(verdict, Refuse):
        raise _Undo(verdict)


def _check_conservation(manifest: Manifest, counts: Counts) -> None:
    """Every declared row is somewhere, once; else the whole file is held."""
    if counts.declared != manifest.rows or not counts.holds():
        said = counts.model_dump_json()
        raise _Undo(Refuse("pool.conservation", f"rows do not add up: {said} of {manifest.rows} declared"))


def _total(parts: list[Counts]) -> Counts:
    sums = Counter[str]()
    for part in parts:
        sums.update(part.model_dump())
    return Counts(**sums)


def _merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Quality figures of chunks added up, nested counts too."""

    def add(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
        both = dict(one)
        for name, value in other.items():
            both[name] = add(both.get(name, {}), value) if isinstance(value, dict) else both.get(name, 0) + value
        return both

    return reduce(add, parts, {})


def _conclude(
    hub: Processing,
    tx: Tx,
    found: batches.Batch,
    decision: Decision,
    outcome: Any,
    counts: Counts,
    quality: dict[str, Any],
    granted: protocol.Granted | None,
) -> None:
    """Write the signed result, the state and the ledger's entry, in the transaction that is open."""
    rule, reason = (decision.rule, decision.reason) if isinstance(decision, Refuse) else ("", "")
    result = Result(
        batch=found.id,
        manifest=found.manifest_id,
        agency=found.agency_id,
        dataset=found.dataset,
        outcome=outcome,
        rule=rule,
        reason=reason,
        counts=counts,
        finished_at=hub.now(),
    )
    batches.finish(tx, found.id, outcome, hub.signer.sign(result), counts, quality, hub.now(), rule, reason)
    ledger_rows.append(
        tx,
        Event(
            at=hub.now(),
            actor="hub",
            action="process.result",
            subject=found.id,
            verdict="allow" if decision else "refuse",
            rule=decision.rule,
            protocols=tuple(granted.references) if granted else (),
            detail=counts.model_dump(),
        ),
    )


HELD = frozenset(
    {
        "pool.snapshot-shrinks",
        "pool.conservation",
        "pool.boundaries",
        "protocol.suspended",
        "protocol.party-suspended",
        "protocol.changed",
    }
)
"""What a person can put right, after which the batch may be processed as it is. All else is refused for good."""


def _end_without(hub: Processing, found: batches.Batch, claim: str, refusal: Refuse) -> None:
    """The batch does not enter the pool: held for a person, or refused and its key destroyed."""
    held = refusal.rule in HELD
    with hub.db.transaction() as tx:
        if not batches.holds_claim(tx, found.id, claim):
            return
        intake.clear_batch(tx, found.id)
        batches.clear_faults(tx, found.id)
        intake.clear_batch(tx, found.id, ["quarantine"])
        if not held:
            intake.destroy_key(tx, found.id, hub.now())
        counts = Counts(declared=found.manifest.rows)
        _conclude(hub, tx, found, refusal, "held" if held else "refused", counts, {}, None)
    if not held:
        hub.vault.destroy(found.id)


def hold_failed(hub: Processing, batch: str) -> None:
    """A batch whose job failed for good is held for a person; its bytes stay."""
    claim = str(uuid.uuid4())
    with hub.db.transaction() as tx:
        found = batches.claim(tx, batch, claim)
        if found is not None:
            refusal = Refuse("worker.failed", "processing failed several times; the operator has been told")
            intake.clear_batch(tx, batch)
            batches.clear_faults(tx, batch)
            intake.clear_batch(tx, batch, ["quarantine"])
            _conclude(hub, tx, found, refusal, "held", Counts(declared=found.manifest.rows), {}, None)
