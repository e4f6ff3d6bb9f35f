"""What is drawn from the pool for a candidate, and what a candidate is before it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

import polars as pl

from hub import disclosure, protocol
from hub.db import pool as pool_rows
from hub.db.session import Tx
from hub.journey import gates
from hub.release import coded
from hub.release.certificate import Measured
from protocols.schema import POOL_FIELDS

READ_ROWS = 50_000
PLACE_COLUMNS = ("place_kind", "place", "cell_easting", "cell_northing")


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pool's rows as coarse as agreed (coded, with `row_id`, in its order) and on which columns groups are formed;
    how many rows were read, the days and districts of those drawn, and where and when they lie as fine as releases are
    compared (`gates.spots`)."""

    coarse: pl.DataFrame
    quasi: list[str]
    read: int
    first: date | None
    last: date | None
    districts: tuple[str, ...]
    spots: pl.DataFrame
    sources: pl.DataFrame | None = None
    """`row_id`, `agency`: whose each row is, where a group may hold several agencies' rows."""


@dataclass(frozen=True, slots=True)
class Built:
    """A candidate's rows in their order, what is said of them, the days and districts they cover, and what later
    candidates are compared with."""

    copy: coded.Copy
    facts: dict[str, Any]
    first: date | None
    last: date | None
    districts: tuple[str, ...]
    footprint: disclosure.Footprint
    settled: bool


def draw(tx: Tx, granted: protocol.AccessGranted, columns: Sequence[str], only: pl.Series | None = None) -> Drawn:
    """The pool's current rows that the agreement draws on (of these numbers `only`), with the columns it may release.

    Each part is made as coarse as agreed and coded as it comes: what is finer is never held for all rows at once.
    """
    terms = granted.access
    fields = [c for c in columns if c not in POOL_FIELDS]
    agencies = sorted({a for a, _ in granted.flows})
    datasets = sorted({d for _, d in granted.flows})
    chosen = _split(columns)
    named = _split(terms.quasi_identifiers, 2)
    quasi = [*(q for q in named if q in chosen), *sources_read(chosen, named)]
    mixed = _mixed(granted, quasi)
    empty = pl.DataFrame(schema=pool_rows.SCHEMA | {f"field:{f}": pl.Utf8 for f in fields})
    coarse, spots, sources, days, districts, read = [], [], [], [], set[str](), 0
    for part in chain([empty], pool_rows.read_rows(tx, granted.partnership, datasets, agencies, fields, READ_ROWS)):
        read += part.height
        rows = part if only is None else part.filter(pl.col("row_id").is_in(only.implode()))
        rows = rows.rename({f"field:{f}": f for f in fields})
        spots.append(gates.spots(rows))
        if mixed:
            sources.append(coded.narrow(rows.select("row_id", "agency")))
        days += [rows["occurred_from"].min(), rows["occurred_from"].max()]
        districts.update(rows["district"].drop_nulls().unique())
        rows = disclosure.coarsen_time(disclosure.coarsen_place(rows, terms.place_floor), terms.time_floor)
        coarse.append(coded.narrow(rows.select(*chosen, "row_id")))
    known = sorted(d.date() for d in days if isinstance(d, datetime))
    return Drawn(
        coded.code(coarse).sort("row_id"), quasi, read,
        known[0] if known else None, known[-1] if known else None, tuple(sorted(districts)), pl.concat(spots).unique(),
        coded.code(sources) if mixed else None,
    )  # fmt: skip


def _split(columns: Sequence[str], parts: int = len(PLACE_COLUMNS)) -> list[str]:
    """The columns that agreed names stand for: a place is its kind, its name and, as released, its cell's centre."""
    return [c for name in columns for c in (PLACE_COLUMNS[:parts] if name == "place" else (name,))]


def facts_of(
    granted: protocol.AccessGranted, drawn: Drawn, copy: coded.Copy, made_up: int, measured: Measured
) -> dict[str, Any]:
    """What is said of every candidate: under what and for whom it is made, how many rows, and what was measured."""
    terms = granted.access
    return {
        "title": granted.agreement.document.protocol.title,
        "agreement": granted.agreement.reference,
        "protocols": list(granted.references),
        "recipient": terms.recipient,
        "read_rows": drawn.read,
        "released_rows": copy.height,
        "suppressed_rows": drawn.read - (copy.height - made_up),
        "canary_rows": made_up,
        "k": terms.k,
        "classes": measured.classes,
        "smallest_class": measured.k,
        "fewest_values_in_a_class": measured.l,
        "farthest_class_from_the_whole": measured.t,
        "place_floor": terms.place_floor,
        "time_floor": terms.time_floor,
        "reidentification": terms.reidentification,
    }


def sources_read(columns: Sequence[str], named: Sequence[str]) -> list[str]:
    """What tells whose row it is counts as known wherever it is released, also where an agreement does not say so."""
    return [c for c in ("dataset", "agency") if c in columns and c not in named]


def _mixed(granted: protocol.AccessGranted, quasi: Sequence[str]) -> bool:
    """May a group hold several agencies' rows, so that each could set its own aside?"""
    groups: dict[str, set[str]] = {}
    for agency, dataset in granted.flows:
        groups.setdefault(dataset if "dataset" in quasi else "", set()).add(agency)
    return "agency" not in quasi and any(len(agencies) > 1 for agencies in groups.values())
