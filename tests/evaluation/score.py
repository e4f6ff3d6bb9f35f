"""How well was a set of notes redacted? Strict: a span is found only when each of its letters and digits is masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.evaluation.notes import WORDS, Case

Masks = Sequence[Sequence[tuple[int, int]]]


@dataclass
class Score:
    """Counts over a set of notes."""

    spans: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    notes: int = 0
    clean_notes: int = 0
    gold_words: int = 0
    leaked_words: int = 0
    other_words: int = 0
    kept_words: int = 0
    leaks: list[tuple[str, str, str]] = field(default_factory=list)
    """(kind, what leaked, its surroundings)."""
    lost: Counter[str] = field(default_factory=Counter)
    """Other words that were masked."""

    def leak(self, key: str = "all") -> float:
        """Share of spans under a key that leaked."""
        return self.missed[key] / self.spans[key] if self.spans[key] else 0.0

    @property
    def utility(self) -> float:
        """Share of other words kept."""
        return self.kept_words / max(self.other_words, 1)

    @property
    def precision(self) -> float:
        """Share of masked words that identify."""
        right = self.gold_words - self.leaked_words
        return right / max(right + self.other_words - self.kept_words, 1)

    @property
    def f2(self) -> float:
        """F-score of words that weighs recall twice."""
        recall = 1 - self.leaked_words / max(self.gold_words, 1)
        return 5 * self.precision * recall / max(4 * self.precision + recall, 1e-9)


def score(cases: Sequence[Case], masks: Masks) -> Score:
    """Compare what identifies with what was masked, half-open character ranges of each note."""
    result = Score()
    for case, spans in zip(cases, masks, strict=True):
        masked = bytearray(len(case.text))
        for start, end in spans:
            masked[start:end] = b"\1" * (end - start)
        _score_spans(result, case, masked)
        _score_words(result, case, masked)
    return result


def _score_spans(result: Score, case: Case, masked: bytearray) -> None:
    leaked = False
    for gold in case.gold:
        keys = ["all", f"type {gold.kind}", f"agency {case.agency}"]
        keys += ["known" if gold.known else "other"]
        keys += [f"origin {case.origin}"] if gold.kind == "PERSON" else []
        whole = all(masked[i] for i in range(gold.start, gold.end) if case.text[i].isalnum())
        result.spans.update(keys)
        if not whole:
            leaked = True
            result.missed.update(keys)
            around = case.text[max(0, gold.start - 30) : gold.end + 25].replace("\n", " ")
            result.leaks.append(
                (gold.kind + (" known" if gold.known else ""), case.text[gold.start : gold.end], around)
            )
    result.notes += 1
    result.clean_notes += not leaked


def _score_words(result: Score, case: Case, masked: bytearray) -> None:
    identifying = bytearray(len(case.text))
    for gold in case.gold:
        identifying[gold.start : gold.end] = b"\1" * (gold.end - gold.start)
    for found in WORDS.finditer(case.text):
        hidden = any(masked[found.start() : found.end()])
        if any(identifying[found.start() : found.end()]):
            result.gold_words += 1
            result.leaked_words += not all(masked[found.start() : found.end()])
        else:
            result.other_words += 1
            result.kept_words += not hidden
            if hidden:
                result.lost[found[0]] += 1
