"""How well are places written down? Figures of each batch, and the report on them that goes back to its source.

The inspectors' complaint was that nobody challenged bad locations where they were made. After every batch its source
finds by which method how many of its rows were placed, which of its fields say little or wrong things, and which words
it writes most often that nobody could place. Words are quoted only if they name public places (see
`hub.depersonalise.place_words`), if the recogniser finds nothing in them, and if five rows of one chunk write them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import polars as pl

from hub.db import locate as located
from hub.db.session import Database
from hub.depersonalise.place_words import LEAST_ROWS, names_a_public_place
from hub.geocode.reviewed import WORDS, words_of
from protocols.contract import Contract, Role

UNPLACED = ("none", "ambiguous")
MOST_WORDS = 50
SHOWN_WORDS = 20
SPAN = timedelta(days=30)
WORDS_OF = (Role.ADDRESS, Role.STREET, Role.TOWN, Role.PLACE_TEXT)
"""The roles of `hub.geocode.reviewed.WORDS`, in the same order."""
ABOUT: dict[str, tuple[Role, ...]] = {
    "place.uprn": (Role.UPRN,), "place.postcode": (Role.POSTCODE,), "place.unmatched": WORDS_OF,
    "place.ambiguous": WORDS_OF, "place.several": (Role.GRID_REFERENCE,), "place.unreadable": (Role.GRID_REFERENCE,),
}  # fmt: skip
"""The fields that a fault is about, by how its rule begins; all other faults are of coordinates."""
COORDINATES = (Role.EASTING, Role.NORTHING, Role.LONGITUDE, Role.LATITUDE)


class Finder(Protocol):
    """A recogniser of identifiers."""

    def find(self, notes: Sequence[str]) -> Sequence[Sequence[Any]]:
        """Spans of each note."""
        ...


def location_figures(placed: pl.DataFrame, contract: Contract, recogniser: Finder) -> dict[str, Any]:
    """Figures of one chunk: `classes` (rows by precision class), `fields` (rows that give a field, and those whose
    fault is about it), `unplaced` (rows by words, those that could not be placed and those that fit several)."""
    fields = [f for f in contract.event_places() if f.name in placed.columns]
    faults = dict(placed.filter(pl.col("geo_fault").is_not_null()).group_by("geo_fault").len().iter_rows())
    given = {f.name: int((placed[f.name].fill_null("").str.strip_chars() != "").sum()) for f in fields}
    faulty = Counter[str]()
    for fault, rows in faults.items():
        roles = next((r for start, r in ABOUT.items() if fault.startswith(start)), COORDINATES)
        faulty.update({f.name: rows for f in fields if f.role in roles and given[f.name]})
    classes = placed.group_by("geo_class").len().iter_rows() if "geo_class" in placed.columns else ()
    return {
        "rows": placed.height,
        "classes": dict(classes),
        "fields": {f.name: {"given": given[f.name], "faulty": faulty[f.name]} for f in fields},
        "unplaced": _unplaced(placed, {r: [f.name for f in fields if f.role is r] for r in WORDS_OF}, recogniser),
    }


def _unplaced(placed: pl.DataFrame, fields: dict[Role, list[str]], recogniser: Finder) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    columns = [
        pl.concat_str([pl.col(f) for f in names], separator=", ", ignore_nulls=True).alias(word)
        for word, names in zip(WORDS, fields.values(), strict=True)
        if names
    ]
    for method in UNPLACED if columns else ():
        words = words_of(placed.filter(pl.col("geo_method") == method).select(columns)).drop_nulls()
        often = words.value_counts(name="rows").filter(pl.col("rows") >= LEAST_ROWS)
        ordered = often.sort("rows", often.columns[0], descending=[True, False])
        plain = [(w, n) for w, n in ordered.iter_rows() if names_a_public_place(w)][:MOST_WORDS]
        spans = recogniser.find([w for w, _ in plain]) if plain else []
        found[method] = {w: n for (w, n), hits in zip(plain, spans, strict=True) if not hits}
    return found


# the report ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """A place field: rows that give it and rows whose fault is about it, of all."""

    name: str
    given: int
    faulty: int
    rows: int

    @property
    def usable(self) -> float:
        """Share of rows that the field helps to place."""
        return (self.given - min(self.given, self.faulty)) / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Capture:
    """How well places were written down: rows by method, class and fault; fields, the worst first; words, the
    commonest first, as (words, `none` or `ambiguous`, rows)."""

    rows: int
    methods: dict[str, int]
    classes: dict[str, int]
    faults: dict[str, int]
    fields: tuple[FieldFigures, ...]
    words: tuple[tuple[str, str, int], ...]

    def as_json(self) -> dict[str, Any]:
        """For the agency's systems."""
        return {
            "rows": self.rows, "methods": self.methods, "classes": self.classes, "faults": self.faults,
            "fields": [{"field": f.name, "given": f.given, "faulty": f.faulty, "usable": round(f.usable, 4)}
                       for f in self.fields],
            "unplaced": [{"words": w, "why": why, "rows": n} for w, why, n in self.words],
        }  # fmt: skip


def capture_of(qualities: Iterable[Mapping[str, Any]]) -> Capture:
    """The report on one batch's figures, or on several batches' together."""
    rows, methods, classes, faults = 0, Counter[str](), Counter[str](), Counter[str]()
    given, faulty, words = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for quality in qualities:
        rows += int(quality.get("rows", 0))
        methods.update(quality.get("methods", {}))
        classes.update(quality.get("classes", {}))
        faults.update(quality.get("geo_faults", {}))
        for name, figures in quality.get("fields", {}).items():
            given[name] += figures["given"]
            faulty[name] += figures["faulty"]
        for why, found in quality.get("unplaced", {}).items():
            words.update({(w, why): n for w, n in found.items()})
    fields = [FieldFigures(name, given[name], faulty[name], rows) for name in given]
    common = sorted(words.items(), key=lambda item: (-item[1], item[0]))[:SHOWN_WORDS]
    return Capture(
        rows, dict(methods.most_common()), dict(classes.most_common()), dict(faults.most_common()),
        tuple(sorted(fields, key=lambda f: (f.usable, f.name))), tuple((w, why, n) for (w, why), n in common),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceReport:
    """The report to one source: last night's batch of a dataset and series, beside its month."""

    dataset: str
    series: str
    batch: str
    finished_at: datetime
    night: Capture
    month: Capture


def reports_to(db: Database, agency: str, now: datetime) -> list[SourceReport]:
    """What an agency is told of its own extracts of the last thirty days, a report a dataset and series."""
    with db.transaction() as tx:
        found = located.qualities(tx, agency, now - SPAN)
    by_source: dict[tuple[str, str], list[located.Quality]] = {}
    for one in found:
        by_source.setdefault((one.dataset, one.series), []).append(one)
    return [
        SourceReport(dataset, series, some[0].batch, some[0].finished_at, capture_of([some[0].quality]),
                     capture_of(q.quality for q in some))
        for (dataset, series), some in sorted(by_source.items())
    ]  # fmt: skip
