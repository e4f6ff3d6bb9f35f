"""The statistical layer: a conditional random field over a note's words, for notes whose case says nothing.

Trained by `hub tagger-train` on notes that `hub.depersonalise.drill` makes. One so trained is shipped beside this file;
`HUB_TAGGER_MODEL` names another. It looks at what the rules look
at (kind of word, company, place in the sentence), never at the word of a name itself, so that it learns company.
The trainer is CRFsuite's; the field is asked here, since two labels need no more than a few sums a word.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from math import exp
from pathlib import Path

import pycrfsuite

from hub.decision import Fault
from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.drill import drill
from hub.depersonalise.lexicon import Lexicon
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

SETTING = "HUB_TAGGER_MODEL"
SHIPPED = Path(__file__).parent / "words" / "company.crf"
NAMED = (("g", lx.GIVEN), ("s", lx.SURNAME), ("r", lx.RARE_GIVEN | lx.RARE_SURNAME), ("w", lx.WORD), ("c", lx.COMMON), ("f", lx.FUNCTION),
         ("k", lx.KEEP), ("p", lx.PLACE), ("t", lx.TITLE), ("q", lx.RANK), ("u", lx.CUE), ("d", lx.DOES), ("b", lx.BODY))  # fmt: skip
SHOWN = lx.FUNCTION | lx.CUE | lx.DOES | lx.TITLE | lx.RANK | lx.KEEP
"""Words that the field sees as they are; of others, names above all, it sees the kind alone."""
NO_NAME = lx.FUNCTION | lx.KEEP | lx.DOES | lx.CUE | lx.BODY | lx.PLACE
PASSIVE = frozenset("was were been be being is are has have had not".split())
STOPS = frozenset(".;,-\n")
SURE_FROM = 0.5
LONGEST = 2000
"""Tokens beyond which a note is not tagged: nobody writes so much in one case."""
MOST_KEPT = 50_000
Key = tuple[str, ...]
MADE: tuple[Callable[..., list[str]], ...] = (
    lambda a, b, c: [f"k={b}", f"l={a}", f"r={c}", f"lk={a}|{b}", f"kr={b}|{c}"],
    lambda a, b, c: [f"lw={a}", f"rw={c}", f"lwk={a}|{b}", f"krw={b}|{c}"],
    lambda a, b, c: [f"ll={a}|{b}", f"w={c}"],
    lambda a, b: [f"rr={a}|{b}"],
    lambda a, b, c: [f"b={a}", f"a={c}", f"bk={a}{b}{c}"],
)
"""The features of a token, in parts; what each part depends on is in `_keys`, and is met so often that a part's weight
is worked out once."""


@cache
def _kind(bits: int) -> str:
    return "".join([letter for letter, bit in NAMED if bits & bit]) or "-"


def _keys(read: Note) -> list[list[Key]]:
    """For each part of `MADE`, of each token: kinds beside it, words beside it, words before, words after, and stops."""
    k = ["<", "<", *map(_kind, read.bits), ">", ">"]
    w = ["<", "<", *[w if b & SHOWN else "_" for w, b in zip(read.words, read.bits, strict=True)], ">", ">"]
    s = [".", *[" " if gap == " " or STOPS.isdisjoint(gap) else "." for gap in read.gaps[1:]]]
    columns = (
        (k[1:], k[2:-2], k[3:]),
        (w[1:], k[2:-2], w[3:]),
        (w, w[1:], w[2:-2]),
        (w[3:-1], w[4:]),
        (s, k[2:-2], s[1:]),
    )
    return [list(zip(*column, strict=False)) for column in columns]


def features(read: Note) -> list[list[str]]:
    """What the field sees of each token: its bits, and the words and bits beside it."""
    parts = [[made(*key) for key in keys] for made, keys in zip(MADE, _keys(read), strict=True)]
    return [[f for part in of_token for f in part] for of_token in zip(*parts, strict=True)]


class CrfTagger:
    """A trained field, asked for people in notes of one case."""

    def __init__(self, path: Path) -> None:
        tagger = pycrfsuite.Tagger()
        try:
            tagger.open(str(path))
            known = tagger.info()
        except (OSError, ValueError):
            raise Fault(f"{SETTING} names a file that is no trained model") from None
        self.weights: dict[str, float] = {}
        for (feature, label), weight in known.state_features.items():
            self.weights[feature] = self.weights.get(feature, 0.0) + (weight if label == "P" else -weight)
        self.steps = [[exp(known.transitions.get((a, b), 0.0)) for b in "OP"] for a in "OP"]
        self.kept: tuple[dict[Key, float], ...] = tuple({} for _ in MADE)

    def find(self, read: Note, found: Sequence[Span]) -> list[Span]:
        """People whom the rules left, in a note whose case says nothing."""
        if read.casing == reading.PROSE or not 2 < len(read.words) < LONGEST:
            return []
        covered = bytearray(len(read.text))
        for span in found:
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
        asked = [i for i, bits in enumerate(read.bits) if bits & lx.NAME and not bits & NO_NAME
                 and len(read.words[i]) > 2 and not covered[read.starts[i]]
                 and (bits & lx.GIVEN or not i or read.words[i - 1] not in PASSIVE)]  # fmt: skip
        if not asked:
            return []
        sure = self.chances(read)
        return [
            Span(read.starts[i], read.ends[i], "PERSON", 0.5, "statistical.person")
            for i in asked
            if sure[i] >= SURE_FROM
        ]

    def chances(self, read: Note) -> list[float]:
        """Of each token, how likely it names somebody: the marginal of the field (forward and backward sums)."""
        scores = [exp(min(s, 50.0)) for s in self._scores(read)]
        (oo, op), (po, pp) = self.steps
        other, person, ahead = 1.0, 0.0, []
        for at, score in enumerate(scores):
            if at:
                other, person = other * oo + person * po, (other * op + person * pp) * score
            else:
                person = score
            whole = other + person
            other, person = other / whole, person / whole
            ahead.append(person)
        other, person, found = 1.0, 1.0, [0.0] * len(scores)
        for at in range(len(scores) - 1, -1, -1):
            mine, rest = ahead[at] * person, (1 - ahead[at]) * other
            found[at] = mine / (mine + rest)
            score = scores[at]
            other, person = oo * other + op * score * person, po * other + pp * score * person
            whole = other + person
            other, person = other / whole, person / whole
        return found

    def _scores(self, read: Note) -> list[float]:
        parts = []
        for made, keys, kept in zip(MADE, _keys(read), self.kept, strict=True):
            for key in keys:
                if key not in kept:
                    kept[key] = sum([self.weights.get(f, 0.0) for f in made(*key)])
            parts.append([kept[key] for key in keys])
            if len(kept) > MOST_KEPT:
                kept.clear()
        return [sum(of_token) for of_token in zip(*parts, strict=True)]


def train(lexicon: Lexicon, path: Path, count: int, seed: int) -> None:
    """Train a field on `count` made notes and keep it at `path`."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": 0.5, "c2": 0.05, "max_iterations": 60, "feature.minfreq": 3})
    for text, people in drill(lexicon, count, seed):
        read = Note(text, lexicon)
        labels = ["P" if any(s <= start < e for s, e in people) else "O" for start in read.starts]
        if labels:
            trainer.append(features(read), labels)
    path.parent.mkdir(parents=True, exist_ok=True)
    trainer.train(str(path))


def load_tagger() -> CrfTagger | None:
    """The trained field where there is one. Raises `Fault` where the setting names a file that is none."""
    named = os.environ.get(SETTING)
    path = Path(named) if named else SHIPPED
    if not path.is_file():
        if named:
            raise Fault(f"{SETTING} names a file that is not there")
        return None
    return CrfTagger(path)
