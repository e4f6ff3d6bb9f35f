"""Which words did the engine mask by guess? What an officer may look at, word by word, with one place of each.

Only names are in doubt: a number is masked by its form. The place shown is the note as it was redacted, with this one
word put back, so that nothing else of it can be read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hub.depersonalise.ordinary import is_ordinary
from hub.depersonalise.reading import fold
from hub.depersonalise.redaction import PEOPLE, Redacted, redact_spans

MOST = 200
"""Words in doubt that one chunk puts before an officer."""
AROUND = 70
WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A word in doubt: the rule that masked it, its score, in how many notes it was, and one place: before, word, after."""

    rule: str
    score: float
    seen: int
    place: tuple[str, str, str]


def add_doubts(doubts: dict[str, Doubt], redacted: Redacted) -> None:
    """Add a redacted note's words in doubt, by their folded form."""
    for number, span in enumerate(redacted.spans):
        if span.certain or span.kind not in PEOPLE:
            continue
        for word in _telling(redacted.cleaned[span.start : span.end]):
            known = doubts.get(word)
            if known is not None:
                doubts[word] = replace(known, seen=known.seen + 1)
            elif len(doubts) < MOST:
                doubts[word] = Doubt(span.rule, span.score, 1, _place(redacted, number))


def _telling(text: str) -> set[str]:
    """The words of a span that may be a name; of several, not the ordinary ones (`Fairholme` of `Fairholme Grove`)."""
    words = {fold(w) for w in WORD.findall(text)}
    return {w for w in words if len(words) == 1 or not is_ordinary(w)}


def _place(redacted: Redacted, number: int) -> tuple[str, str, str]:
    """The span's own words between what stands before and after it, all else masked."""
    span = redacted.spans[number]
    before = redact_spans(redacted.cleaned[: span.start], redacted.spans[:number])
    shifted = [s._replace(start=s.start - span.end, end=s.end - span.end) for s in redacted.spans[number + 1 :]]
    after = redact_spans(redacted.cleaned[span.end :], shifted)
    return _tail(before), redacted.cleaned[span.start : span.end], _head(after)


def _tail(text: str) -> str:
    """The end of a text, cut between words and never inside a placeholder."""
    if len(text) <= AROUND:
        return text
    cut = text[-AROUND:].partition(" ")[2]
    ends, begins = cut.find("]"), cut.find("[")
    return "…" + (cut[ends + 1 :].lstrip() if ends >= 0 and not 0 <= begins < ends else cut)


def _head(text: str) -> str:
    """The beginning of a text, cut likewise."""
    if len(text) <= AROUND:
        return text
    cut = text[:AROUND].rpartition(" ")[0]
    return (cut[: cut.rfind("[")].rstrip() if cut.rfind("[") > cut.rfind("]") else cut) + "…"


def merged(one: Mapping[str, Doubt], other: Mapping[str, Doubt]) -> dict[str, Doubt]:
    """Two chunks' words in doubt, counts added up."""
    both = dict(one)
    for word, doubt in other.items():
        both[word] = replace(doubt, seen=doubt.seen + both[word].seen) if word in both else doubt
    return both
