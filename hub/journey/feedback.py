"""What is a source told of the locations it writes? The figures of its batches (`hub.journey.capture`), added up.

Kept apart from what makes the figures: the web process tells of them, and never loads the engine that judges words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.db import locate as located
from hub.db.session import Database

SHOWN_WORDS = 20
SPAN = timedelta(days=30)


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
