"""How is a note redacted? Spans that layers found, merged, replaced by typed placeholders that keep their number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from hub.depersonalise.reading import clean, fold

__all__ = ["PLACEHOLDER", "Recogniser", "Redacted", "Span", "clean", "merge", "redact", "redact_spans"]

PLACEHOLDER = re.compile(r"\[[A-Z][A-Z ]*(?: \d+)?\]")
CERTAIN = 0.7
LAYERS = ("own", "pattern", "name", "statistical", "model", "presidio", "strict")
"""First parts of a rule: the record's own words, forms, name lists and company, the trained layer, a language model, a
user's Presidio recognisers, strict mode's sweep."""


class Span(NamedTuple):
    """Characters `start` to `end` of a note that a rule took for something identifying. Never holds the text itself."""

    start: int
    end: int
    kind: str
    score: float
    rule: str
    same: str = ""
    """Spans with one `same` are one person or thing, and get one placeholder."""

    @property
    def layer(self) -> str:
        """Which of `LAYERS` found it."""
        return self.rule.partition(".")[0]

    @property
    def certain(self) -> bool:
        """False where an officer may want to look: the rule guessed."""
        return self.score >= CERTAIN


@dataclass(frozen=True, slots=True)
class Redacted:
    """A note after redaction: `text`; `cleaned`, what the places of `spans` refer to; the spans masked, in order."""

    text: str
    cleaned: str
    spans: tuple[Span, ...]


class Recogniser(Protocol):
    """Finds identifying spans in notes, one list of spans a note."""

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        """Spans of each note, in any order; they may overlap."""
        ...


def _rank(span: Span) -> tuple[bool, int, float]:
    return span.rule.startswith("own."), span.end - span.start, span.score


def merge(spans: Sequence[Span]) -> list[Span]:
    """Spans that do not overlap, in order: where they do, the union, of the own or the longest one's kind."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            better = last if _rank(last) >= _rank(span) else span
            if span.end > last.end or better is not last:
                end = max(last.end, span.end)
                merged[-1] = Span(last.start, end, better.kind, max(last.score, span.score), better.rule, better.same)
        else:
            merged.append(span)
    return merged


PEOPLE = ("PERSON", "OFFICER")
_NAME_WORD = re.compile(r"[^\W\d_]{2,}")


class _Numbers:
    """Which number each span's placeholder bears: one person, by any part of the name, keeps one."""

    def __init__(self) -> None:
        self.given: dict[tuple[str, str], int] = {}
        self.counts: dict[str, int] = {}
        self.words: dict[tuple[str, str], int] = {}

    def of(self, span: Span, value: str) -> int:
        kind, folded = span.kind, fold(value)
        key = (kind, span.same or folded)
        number = self.given.get(key)
        words = _NAME_WORD.findall(folded) if kind in PEOPLE else ()
        if number is None and words and not span.same:
            known = {self.words[kind, w] for w in words if (kind, w) in self.words}
            fresh = [w for w in words if (kind, w) not in self.words]
            # `Lee Hart` beside a known `Kath Hart` is somebody else: a new given name with a known surname
            if known and not (len(words) > 1 and words[0] in fresh):
                number = self.words[kind, next(w for w in words if (kind, w) in self.words)]
        if number is None:
            number = self.counts[kind] = self.counts.get(kind, 0) + 1
        self.given[key] = number
        for word in words:
            self.words.setdefault((kind, word), number)
        return number


def redact(note: str, spans: Sequence[Span]) -> str:
    """The note with each span as `[KIND n]`; one person or thing keeps one number, so a reader can follow."""
    return redact_spans(note, merge(spans))


def redact_spans(note: str, merged: Sequence[Span]) -> str:
    """`redact` on spans that are merged already."""
    parts: list[str] = []
    numbers = _Numbers()
    at = 0
    for span in merged:
        number = numbers.of(span, note[span.start : span.end])
        before = "" if not span.start or not note[span.start - 1].isalnum() else " "
        after = "" if span.end >= len(note) or not note[span.end].isalnum() else " "
        parts += [note[at : span.start], before, f"[{span.kind} {number}]", after]
        at = span.end
    return "".join([*parts, note[at:]])
