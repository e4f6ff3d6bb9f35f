"""Release and download: a frozen version of pooled rows for one recipient, a second person's yes, its handing-over.

This module reads depersonalised rows only: it cannot import the vault or the identifiable tables, and its database
role cannot read them. The agreement is asked when a release is made, when it is approved, at every download, and
again before every further chunk of a download under way.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from hub import access, disclosure, protocol
from hub import release as rules
from hub.adapters import export
from hub.adapters.keys import Signer
from hub.db import ledger as ledger_rows
from hub.db import pool as pool_rows
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.db.session import Database, Tx
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse
from hub.ledger import Event
from protocols.contract import Contract
from protocols.schema import POOL_FIELDS
from protocols.wire import Statement

CHUNK_BYTES = 256 * 1024
ASK_AGAIN_SECONDS = 0.25
READ_ROWS = 50_000
PLACE_COLUMNS = ("place_kind", "place", "cell_easting", "cell_northing")


@dataclass(frozen=True, slots=True)
class Publishing:
    """What releasing works with. `db` acts as hub_release; `folder` holds the files of releases."""

    db: Database
    signer: Signer
    contracts: Mapping[str, Contract]
    folder: Path
    now: Callable[[], datetime]


class Cut(Exception):
    """A download was cut because what allowed it no longer does; `refusal` says which."""

    def __init__(self, refusal: Refuse) -> None:
        super().__init__(refusal.rule)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Download:
    """An open download: its size, its name, and its chunks. Iterating raises `Cut` when the right to it ends."""

    name: str
    size: int
    chunks: Iterator[bytes]


def _standings(tx: Tx) -> list[protocol.Standing]:
    return [protocol.Standing(s.document, s.state, s.digest, s.suspended_agencies) for s in protocols.all_protocols(tx)]


def _log(
    tx: Tx,
    hub: Publishing,
    caller: access.Caller,
    action: str,
    subject: str,
    decision: Decision,
    granted: protocol.AccessGranted | None = None,
    **detail: Any,
) -> None:
    ledger_rows.append(
        tx,
        Event(
            at=hub.now(),
            actor=f"person:{caller.person}",
            action=action,
            subject=subject,
            verdict="allow" if decision else "refuse",
            rule=decision.rule,
            protocols=tuple(granted.references) if granted else (),
            detail=detail,
        ),
    )


def agreements(hub: Publishing, caller: access.Caller) -> list[protocol.AccessGranted]:
    """The access agreements in force under which the caller may make a release."""
    with hub.db.transaction() as tx:
        known = _standings(tx)
    ids = sorted({s.document.id for s in known if s.document.access is not None})
    asked = [protocol.check_access(known, agreement, hub.now().date()) for agreement in ids]
    mine = caller.holds("release.make")
    return [a for a in asked if isinstance(a, protocol.AccessGranted) and a.partnership in mine]


def make_release(hub: Publishing, caller: access.Caller, agreement: str) -> str | Refuse:
    """Build a candidate under an access agreement in force; the new release's id.

    Rows are read, coarsened and suppressed column-wise; the files are written before the release is recorded, so that
    a record without files cannot be. One that overlaps a live release to another audience is made, and held.
    """
    with hub.db.transaction() as tx:
        granted = protocol.check_access(_standings(tx), agreement, hub.now().date())
        decision: Decision = granted if isinstance(granted, Refuse) else access.may(
            caller, "release.make", access.Thing(granted.partnership, granted.access.recipient)
        )  # fmt: skip
        if isinstance(granted, Refuse) or isinstance(decision, Refuse):
            refusal = decision if isinstance(decision, Refuse) else Refuse("access.no-agreement", "")
            _log(tx, hub, caller, "release.make", agreement, refusal)
            return refusal
    release = str(uuid.uuid4())
    columns = rules.released_fields(granted.access, hub.contracts, granted.flows)
    with hub.db.transaction([granted.partnership]) as tx:
        rows = _read(tx, granted, columns)
    first, last = _days(rows)
    districts = tuple(sorted(rows["district"].drop_nulls().unique()))
    done, facts = _disclose(rows, granted, columns)
    contracts = [hub.contracts[d] for d in granted.access.datasets]
    written = export.write_release(done.frame, hub.folder / release, contracts, facts, granted.access.formats)
    _record(hub, caller, granted, release, written, facts, (first, last, districts))
    return release


def _read(tx: Tx, granted: protocol.AccessGranted, columns: Sequence[str]) -> pl.DataFrame:
    """The pool's current rows that the agreement draws on, with the fields it may release."""
    fields = [c for c in columns if c not in POOL_FIELDS]
    agencies = sorted({a for a, _ in granted.flows})
    datasets = sorted({d for _, d in granted.flows})
    empty = pl.DataFrame(schema=pool_rows.SCHEMA | {f"field:{f}": pl.Utf8 for f in fields})
    parts = list(pool_rows.read_rows(tx, granted.partnership, datasets, agencies, fields, READ_ROWS))
    rows = pl.concat([empty, *parts])
    return rows.rename({f"field:{f}": f for f in fields})


def _days(rows: pl.DataFrame) -> tuple[date | None, date | None]:
    days = rows.select(first=pl.col("occurred_from").min().dt.date(), last=pl.col("occurred_from").max().dt.date())
    return days["first"][0], days["last"][0]


def _disclose(
    rows: pl.DataFrame, granted: protocol.AccessGranted, columns: Sequence[str]
) -> tuple[disclosure.Suppressed, dict[str, Any]]:
    """Coarsen, choose the columns, suppress: what may leave, and the facts of it."""
    terms = granted.access
    coarse = disclosure.coarsen_time(disclosure.coarsen_place(rows, terms.place_floor), terms.time_floor)
    chosen = [c for name in columns for c in (PLACE_COLUMNS if name == "place" else (name,))]
    quasi = [q for name in terms.quasi_identifiers for q in (("place_kind", "place") if name == "place" else (name,))]
    done = disclosure.suppress(coarse.select(chosen), [q for q in quasi if q in chosen], terms.k)
    facts = {
        "agreement": granted.agreement.reference,
        "protocols": list(granted.references),
        "recipient": terms.recipient,
        "read_rows": rows.height,
        "released_rows": done.frame.height,
        "suppressed_rows": done.suppressed,
        "k": terms.k,
        "quasi_identifiers": list(terms.quasi_identifiers),
        "classes": done.classes,
        "smallest_class": done.smallest,
        "place_floor": terms.place_floor,
        "time_floor": terms.time_floor,
        "left_out": "notes, pseudonyms, references and every other per-person value",
        "reidentification": terms.reidentification,
    }
    return done, facts


def _record(
    hub: Publishing,
    caller: access.Caller,
    granted: protocol.AccessGranted,
    release: str,
    written: Sequence[export.Written],
    facts: dict[str, Any],
    extent: tuple[date | None, date | None, tuple[str, ...]],
) -> None:
    """Write the release down with its signed statement, held if it overlaps another audience's live release."""
    first, last, districts = extent
    terms = granted.access
    mine = rules.Extent(terms.recipient, frozenset(terms.datasets), frozenset(districts), first, last)
    with hub.db.transaction([granted.partnership]) as tx:
        tx.sql("select pg_advisory_xact_lock(hashtext('release'))")
        others = [
            rules.Extent(r.recipient, frozenset(r.datasets), frozenset(r.districts), r.first_day, r.last_day)
            for r in releases.live(tx, rules.LIVE)
        ]
        overlap = rules.check_overlap(mine, others)
        held = overlap if isinstance(overlap, Refuse) else None
        made = releases.Release(
            id=release, number=0, partnership_id=granted.partnership, agreement_id=granted.agreement.document.id,
            agreement_version=granted.agreement.document.protocol.version, recipient=terms.recipient,
            title=granted.agreement.document.protocol.title, state="candidate" if held is None else "held",
            author=caller.person, first_day=first, last_day=last, districts=districts,
            datasets=tuple(terms.datasets), counts=facts, files=[asdict(w) for w in written], statement=None,
            hold_rule="" if held is None else held.rule, hold_reason="" if held is None else held.reason, created_at=hub.now(),
            published_at=None,
        )  # fmt: skip
        number = releases.insert(tx, made)
        statement = Statement(
            release=release, number=number, partnership=granted.partnership, agreement=granted.agreement.reference,
            protocols=granted.references, recipient=terms.recipient, released_rows=facts["released_rows"],
            suppressed_rows=facts["suppressed_rows"], k=terms.k, files={w.name: w.sha256 for w in written},
            released_at=hub.now(),
        )  # fmt: skip
        releases.set_statement(tx, release, made.files, hub.signer.sign(statement))
        releases.insert_act(tx, release, "make", caller.person, hub.now())
        _log(tx, hub, caller, "release.make", release, Allow("release.candidate") if held is None else held, granted,
             rows=facts["released_rows"], suppressed=facts["suppressed_rows"])  # fmt: skip


ACTS = {"approve": "release.approve", "refuse": "release.approve", "withdraw": "release.withdraw"}


def act(hub: Publishing, caller: access.Caller, release: str, deed: str, note: str = "") -> Decision:
    """Approve (which publishes), refuse or withdraw a release. Raises `NotFound` and `Conflict`."""
    if deed not in ACTS:
        raise NotFound("there is no such act")
    with hub.db.transaction(caller.partnerships) as tx:
        found = _seen(tx, caller, release, lock=True)
        decision, granted = _may_act(hub, tx, caller, found, deed)
        if decision:
            following = rules.step(found.state, deed, caller.person, found.author)
            if isinstance(following, Refuse):
                decision = following
            else:
                releases.set_state(tx, release, following, hub.now() if following == "published" else None)
                releases.insert_act(tx, release, deed, caller.person, hub.now(), note)
        _log(tx, hub, caller, ACTS[deed], release, decision, granted)
    return decision


def _may_act(
    hub: Publishing, tx: Tx, caller: access.Caller, found: releases.Release, deed: str
) -> tuple[Decision, protocol.AccessGranted | None]:
    decision = access.may(caller, ACTS[deed], access.Thing(found.partnership_id, found.recipient))
    if not decision or deed != "approve":
        return decision, None
    granted = protocol.check_access(_standings(tx), found.agreement_id, hub.now().date(), found.recipient)
    if isinstance(granted, Refuse):
        return granted, None
    return decision, granted


def _seen(tx: Tx, caller: access.Caller, release: str, lock: bool = False) -> releases.Release:
    """A release of the caller's partnerships; the same `NotFound` for another's and for none."""
    try:
        uuid.UUID(release)
    except ValueError:
        raise NotFound("there is no such release") from None
    found = releases.find(tx, release, lock)
    if found is None or found.partnership_id not in caller.holds("release.read"):
        raise NotFound("there is no such release")
    if found.partnership_id not in _beyond_analyst(caller) and found.recipient != caller.agency:
        raise NotFound("there is no such release")
    return found


def _beyond_analyst(caller: access.Caller) -> frozenset[str]:
    """Partnerships whose every release the caller may see: analysts see their own agency's only."""
    return frozenset(p for p, role in caller.roles if role in (access.LIAISON, access.AUDITOR))


def list_releases(hub: Publishing, caller: access.Caller) -> list[releases.Release]:
    """The releases that the caller may see, newest first."""
    mine, whole = caller.holds("release.read"), _beyond_analyst(caller)
    with hub.db.transaction(mine) as tx:
        found = releases.latest(tx)
    return [r for r in found if r.partnership_id in whole or r.recipient == caller.agency]


@dataclass(frozen=True, slots=True)
class Opened:
    """One release as its page shows it."""

    release: releases.Release
    acts: list[Any]
    downloads: list[Any]


def open_release(hub: Publishing, caller: access.Caller, release: str) -> Opened:
    """A release with who did what to it and who downloaded it. Raises `NotFound`."""
    with hub.db.transaction(caller.partnerships) as tx:
        found = _seen(tx, caller, release)
        whole = found.partnership_id in _beyond_analyst(caller)
        return Opened(found, releases.acts_of(tx, release), releases.downloads_of(tx, release) if whole else [])


def _may_download(hub: Publishing, tx: Tx, caller: access.Caller, release: str) -> protocol.AccessGranted | Refuse:
    """The whole question, asked anew: the person's role and agency, the release's state, the agreement, the flows."""
    found = _seen(tx, caller, release)
    decision = access.may(caller, "release.download", access.Thing(found.partnership_id, found.recipient))
    if isinstance(decision, Refuse):
        return decision
    if found.state != "published":
        return Refuse("release.not-published", f"this release is {found.state}")
    return protocol.check_access(_standings(tx), found.agreement_id, hub.now().date(), found.recipient)


def open_download(
    hub: Publishing, caller: access.Caller, release: str, file: str, again: Callable[[], access.Caller | None]
) -> Download | Refuse:
    """Begin to hand one file to one entitled person. `again` looks the person up anew (None once signed out).

    Raises `NotFound`. Every download, and every refusal, is logged.
    """
    download = str(uuid.uuid4())
    with hub.db.transaction(caller.partnerships) as tx:
        found = _seen(tx, caller, release)
        granted = _may_download(hub, tx, caller, release)
        if isinstance(granted, Refuse):
            _log(tx, hub, caller, "release.download", release, granted)
            return granted
        entry = next((f for f in found.files if f["name"] == file), None)
        if entry is None:
            raise NotFound("there is no such file in this release")
        releases.start_download(tx, download, release, found.partnership_id, caller.person, file, hub.now())
        _log(tx, hub, caller, "release.download", release, Allow("release.download"), granted, file=file)
    path = hub.folder / release / file
    if not path.is_file() or path.stat().st_size != entry["bytes"]:
        raise Conflict("the file of this release is not what was released; tell the operator")
    chunks = _chunks(hub, caller, release, path, download, found.partnership_id, again)
    return Download(f"release-{found.number}-{file}", entry["bytes"], chunks)


def _chunks(
    hub: Publishing,
    caller: access.Caller,
    release: str,
    path: Path,
    download: str,
    partnership: str,
    again: Callable[[], access.Caller | None],
) -> Iterator[bytes]:
    """The file's chunks, the question asked again before each that comes a quarter of a second after the last."""
    sent, outcome, asked = 0, "broken-off", time.monotonic()
    try:
        with path.open("rb") as source:
            while chunk := source.read(CHUNK_BYTES):
                if time.monotonic() - asked > ASK_AGAIN_SECONDS:
                    refusal = _still(hub, release, again)
                    if refusal is not None:
                        outcome = f"cut: {refusal.rule}"
                        raise Cut(refusal)
                    asked = time.monotonic()
                yield chunk
                sent += len(chunk)
        outcome = "complete"
    finally:
        with hub.db.transaction([partnership]) as tx:
            releases.end_download(tx, download, sent, outcome, hub.now())
            verdict: Decision = Allow("release.download") if outcome == "complete" else Refuse("release.cut", outcome)
            _log(tx, hub, caller, "release.download-end", release, verdict, bytes=sent)


def _still(hub: Publishing, release: str, again: Callable[[], access.Caller | None]) -> Refuse | None:
    caller = again()
    if caller is None:
        return Refuse("access.signed-out", "the person is no longer signed in")
    with hub.db.transaction(caller.partnerships) as tx:
        granted = _may_download(hub, tx, caller, release)
    return granted if isinstance(granted, Refuse) else None
