"""One chunk's steps, between the rules and the frames that are staged; `hub.journey.process.refine` calls them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from hub import pool, protocol
from hub.adapters import wordstock
from hub.adapters.keys import PseudonymFile, PseudonymRoot
from hub.adapters.reference import Reference
from hub.db.intake import STAGED
from hub.depersonalise.doubt import Doubt
from hub.depersonalise.engine import Engine
from hub.depersonalise.lexicon import Lists
from hub.depersonalise.pseudonym import content_digest, record_key
from hub.depersonalise.recall import Recall
from hub.depersonalise.treatment import Depersonalised, depersonalise
from hub.geocode import BAD_PLACES, assign_areas, geocode
from hub.geocode.reviewed import settle, words_of
from hub.intake.body import Chunk
from protocols.contract import LINE, Contract, FieldType, Role
from protocols.wire import Counts, RowFault

PLACE_ROLES = {
    Role.EASTING: "easting", Role.NORTHING: "northing", Role.GRID_REFERENCE: "grid_reference",
    Role.LONGITUDE: "longitude", Role.LATITUDE: "latitude", Role.UPRN: "uprn", Role.ADDRESS: "address",
    Role.STREET: "street", Role.TOWN: "town", Role.POSTCODE: "postcode", Role.PLACE_TEXT: "place_text",
}  # fmt: skip
CARRIED = (
    "event_month", "event_day", "occurred_from", "occurred_to", "occurred_utc", "time_precision", "ambiguous_hour",
    "easting", "northing", "grid_reference", "geo_method", "geo_precision_m", "geo_confidence", "lsoa", "ward",
    "district", "area_vintage", "edge_distance_m", "place_floor", "time_floor", "source_key", "content",
)  # fmt: skip
STAGED_TYPES: dict[str, Any] = dict.fromkeys(STAGED, pl.Utf8) | {
    "chunk": pl.Int32, "line": pl.Int64, "event_month": pl.Date, "event_day": pl.Date,
    "occurred_from": pl.Datetime("us"), "occurred_to": pl.Datetime("us"), "occurred_utc": pl.Datetime("us", "UTC"),
    "ambiguous_hour": pl.Boolean, "easting": pl.Int32, "northing": pl.Int32, "geo_precision_m": pl.Float32,
    "geo_confidence": pl.Float32, "edge_distance_m": pl.Float32,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """One chunk and all that its refining depends on, but for the reference data that each process holds."""

    batch: str
    chunk: Chunk
    contract: Contract
    agency: str
    purpose: str
    grants: tuple[protocol.Grant, ...]
    lists: Mapping[str, Lists] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refined:
    """A chunk after refining: rows to stage, faults by place, rows for quarantine, counts and quality figures."""

    number: int
    staged: pl.DataFrame
    faults: list[RowFault]
    quarantined: list[tuple[int, bytes]]
    counts: Counts
    quality: dict[str, Any] = field(default_factory=dict)
    doubts: dict[str, dict[str, Doubt]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """What each process of the crew holds ready."""

    pseudonyms: PseudonymFile
    reference: Reference
    engine: Engine

    @property
    def root(self) -> PseudonymRoot:
        """The pseudonym keys as they are now: a rotation may come between two chunks."""
        return self.pseudonyms.root()


_benches: list[Bench] = []


def prepare(pseudonyms: PseudonymFile, reference: Path) -> None:
    """Open the reference data and the recogniser, once per process."""
    _benches[:] = [Bench(pseudonyms, Reference(reference), wordstock.load_engine())]
    _benches[0].reference.known()


def bench() -> Bench:
    """This process's reference data; `prepare` has run."""
    return _benches[0]


class Clock:
    """Seconds by step, for the quality figures."""

    def __init__(self) -> None:
        self.last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def lap(self, step: str) -> None:
        """The step that has just ended took the time since the last one."""
        moment = time.perf_counter()
        self.seconds[step] = moment - self.last
        self.last = moment


def claim_of(grant: protocol.Grant) -> pool.Claim:
    """What a grant claims of an extract."""
    return pool.Claim(grant.partnership, frozenset(grant.districts), grant.flow.default_partnership)


def with_keys(frame: pl.DataFrame, task: Task, tools: Bench) -> pl.DataFrame:
    """Adds `source_key` (keyed hash of the contract's key; null without one) and `content` (of the whole row)."""
    contract = task.contract
    key = (
        record_key(tools.root.secret, task.agency, contract.id, frame.select(contract.key))
        if contract.key
        else pl.Series("source_key", [None] * frame.height, pl.Binary)
    )
    columns = sorted(c for c in frame.columns if c != LINE)
    content = content_digest(tools.root.secret, frame.select(columns))
    return frame.with_columns(key.alias("source_key"), content.alias("content"))


def keys_of_held(task: Task, lines: set[int], tools: Bench) -> pl.DataFrame:
    """The rows held back on these lines, by key: a snapshot that holds a row back does not withdraw it."""
    rows = task.chunk.frame.filter(pl.col(LINE).is_in(list(lines)))
    return with_keys(rows if task.contract.key else rows.clear(), task, tools)


def place(frame: pl.DataFrame, contract: Contract, tools: Bench) -> pl.DataFrame:
    """The frame with the geocoder's and the areas' columns beside its own."""
    given = {name: [f for f in contract.having(role) if f in frame.columns] for role, name in PLACE_ROLES.items()}
    texts = [
        pl.concat_str([pl.col(f) for f in fields], separator=", ", ignore_nulls=True).replace("", None).alias(name)
        for name, fields in given.items()
        if fields
    ]
    known = tools.reference.known()
    places = (
        frame.select(texts) if texts else pl.DataFrame({"place_text": [None] * frame.height}, {"place_text": pl.Utf8})
    )
    points = settle(geocode(places, known.gazetteer, contract.lonlat_origin), words_of(places), known.reviewed)
    return pl.concat([frame.drop(*[c for c in points.columns if c in frame.columns], strict=False), points,
                      assign_areas(points, known.layers)], how="horizontal")  # fmt: skip


def part_bad_places(placed: pl.DataFrame, contract: Contract) -> tuple[pl.DataFrame, list[RowFault]]:
    """Rows whose coordinates cannot be right go back to their source; the others go on."""
    bad = pl.col("geo_fault").is_in(BAD_PLACES).fill_null(value=False)
    roles = (Role.EASTING, Role.LONGITUDE, Role.GRID_REFERENCE)
    column = next((f for role in roles for f in contract.having(role)), "")
    faults = [
        RowFault(line=line, column=column, rule=rule, reason=WRONG_PLACE[rule])
        for line, rule in placed.filter(bad).select(LINE, "geo_fault").iter_rows()
    ]
    return placed.filter(~bad), faults


WRONG_PLACE = {
    "place.zero": "the coordinates are (0, 0)",
    "place.swapped": "easting and northing (or longitude and latitude) are exchanged",
    "place.outside-gb": "the coordinates lie outside Great Britain",
    "place.half": "one of the two coordinates is missing or not a number",
}


def depersonalise_rows(
    mine: pl.DataFrame, grant: protocol.Grant, task: Task, tools: Bench
) -> tuple[pl.DataFrame, Depersonalised]:
    """A partnership's rows as they will be staged, and what depersonalising says of them."""
    if not mine.height:
        return stub(mine, task, "row"), Depersonalised(mine, [], 0)
    floored = pool.event_days(pool.row_floors(mine, grant.flow))
    keyring = tools.root.keyring(grant.partnership, task.purpose)
    lists = task.lists.get(grant.partnership, Lists())
    done = depersonalise(floored, grant.flow, task.contract, keyring, tools.engine, lists)
    held = {f.line for f in done.faults}
    frame = done.frame.join(
        floored.select(LINE, *[c for c in CARRIED if c in floored.columns]), on=LINE, how="left", maintain_order="left"
    ).filter(~pl.col(LINE).is_in(list(held)))
    names = [c for c in done.frame.columns if c != LINE]
    fields = task.contract.fields  # match keys (`link.victim`) are none of them
    notes = [n for n in names if n in fields and fields[n].type is FieldType.NARRATIVE]
    plain = [n for n in names if n not in notes]
    frame = frame.with_columns(
        fields=_as_json(plain) if plain else pl.lit("{}"),
        note=_as_json(notes) if notes else pl.lit(None, pl.Utf8),
    )
    return _shape(frame, task, "row", grant.partnership), done


def _as_json(columns: list[str]) -> pl.Expr:
    return pl.struct([pl.col(c).alias(c) for c in columns]).struct.json_encode()


def _shape(frame: pl.DataFrame, task: Task, standing: str, partnership: str | None) -> pl.DataFrame:
    """A frame with exactly staging's columns, bytes as PostgreSQL's hex text."""
    frame = frame.with_columns(
        batch_id=pl.lit(task.batch),
        chunk=pl.lit(task.chunk.number),
        line=pl.col(LINE),
        standing=pl.lit(standing),
        partnership_id=pl.lit(partnership),
        dataset=pl.lit(task.contract.id),
        agency_id=pl.lit(task.agency),
        source_key="\\x" + pl.col("source_key").bin.encode("hex"),
        content="\\x" + pl.col("content").bin.encode("hex"),
    )
    missing = [c for c in STAGED if c not in frame.columns]
    frame = frame.with_columns(**{c: pl.lit(None, STAGED_TYPES[c]) for c in missing})
    return frame.select(*[pl.col(c).cast(STAGED_TYPES[c]) for c in STAGED])


def stub(frame: pl.DataFrame, task: Task, standing: str) -> pl.DataFrame:
    """Rows that are not kept, by their keyed references only: an older version must not stand in their place."""
    columns = [c for c in (LINE, "source_key", "content") if c in frame.columns]
    if len(columns) < 3:
        return pl.DataFrame(schema={c: STAGED_TYPES[c] for c in STAGED})
    return _shape(frame.select(columns), task, standing, None)


def row_faults(bad: pl.DataFrame) -> list[RowFault]:
    return [RowFault(line=line, column=column or "", rule=rule, reason=reason)
            for line, column, rule, reason in bad.select(LINE, "column", "rule", "reason").iter_rows()]  # fmt: skip


def quarantined_rows(task: Task, lines: set[int]) -> list[tuple[int, bytes]]:
    """The raw rows of these lines as JSON, to be sealed before they touch the database."""
    raw = [(f.line, text.encode()) for f, text in task.chunk.faults if f.line in lines]
    rows = task.chunk.frame.filter(pl.col(LINE).is_in(list(lines)))
    return raw + [(row[LINE], json.dumps(row).encode()) for row in rows.iter_rows(named=True)]


def quality_of(placed: pl.DataFrame, done: Mapping[str, Depersonalised], clock: Clock, unkeyed: int) -> dict[str, Any]:
    """Figures of the quality report: how rows were placed, notes, live recall, seconds."""
    methods = dict(placed.group_by("geo_method").len().iter_rows())
    return {
        "methods": methods,
        "placed": placed["easting"].count(),
        "geo_faults": dict(placed.filter(pl.col("geo_fault").is_not_null()).group_by("geo_fault").len().iter_rows()),
        "ambiguous_hours": int(placed["ambiguous_hour"].sum() or 0),
        "redacted_notes": sum(d.redacted for d in done.values()),
        "recall": _added(d.recall for d in done.values()),
        "unkeyed": unkeyed,
        "seconds": clock.seconds,
    }


def _added(parts: Iterable[Recall]) -> Recall:
    """Live recall of several partnerships' rows as one."""
    whole: Recall = {}
    for part in parts:
        for kind, counts in part.items():
            known = whole.setdefault(kind, dict.fromkeys(counts, 0))
            for name, n in counts.items():
                known[name] += n
    return whole
