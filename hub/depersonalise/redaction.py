"""How is a note redacted? Spans that layers found, merged, replaced by typed placeholders that keep their number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
"""Soft hyphens, zero-width and direction marks, control characters: they hide a name from every search."""
PLACEHOLDER = re.compile(r"\[[A-Z][A-Z ]*(?: \d+)?\]")
CAPITALISED = re.compile(r"(?<![.!?\n] )(?<!^)\b[A-Z][a-z]+\b")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a note that a rule took for something identifying. Never holds the text itself."""

    start: int
    end: int
    kind: str
    score: float
    rule: str
    same: str = ""
    """Spans with one `same` are one person or thing, and get one placeholder."""


class Recogniser(Protocol):
    """Finds identifying spans in notes, one list of spans a note."""

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        """Spans of each note, in any order; they may overlap."""
        ...


def clean(note: str) -> str:
    """The note without invisible characters, which only serve to break words apart."""
    return INVISIBLE.sub("", note)


def merge(spans: Sequence[Span]) -> list[Span]:
    """Spans that do not overlap, in order: where they do, the union, of the longest one's kind."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            longer = last if last.end - last.start >= span.end - span.start else span
            merged[-1] = Span(last.start, max(last.end, span.end), longer.kind, longer.score, longer.rule, longer.same)
        else:
            merged.append(span)
    return merged


def unknown_names(note: str) -> list[Span]:
    """Every capitalised word that does not begin a sentence: strict mode takes each for a name."""
    return [Span(m.start(), m.end(), "NAME", 0.3, "strict.capitalised") for m in CAPITALISED.finditer(note)]


def redact(note: str, spans: Sequence[Span]) -> str:
    """The note with each span as `[KIND n]`; equal text of one kind shares a number, so a reader can follow."""
    parts: list[str] = []
    numbers: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}
    at = 0
    for span in merge(spans):
        same = (span.kind, span.same or note[span.start : span.end].casefold())
        if same not in numbers:
            counts[span.kind] = counts.get(span.kind, 0) + 1
            numbers[same] = counts[span.kind]
        parts += [note[at : span.start], f"[{span.kind} {numbers[same]}]"]
        at = span.end
    return "".join([*parts, note[at:]])
