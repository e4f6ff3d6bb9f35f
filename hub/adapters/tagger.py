"""The statistical layer: a conditional random field over a note's words, for notes whose case says nothing.

Trained by `hub tagger-train` on notes that `hub.depersonalise.drill` makes. One so trained is shipped beside this file;
`HUB_TAGGER_MODEL` names another. It looks at what the rules look
at (kind of word, company, place in the sentence), never at the word of a name itself, so that it learns company.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
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
SURE_FROM = 0.5
LONGEST = 2000
"""Tokens beyond which a note is not tagged: nobody writes so much in one case."""


def features(read: Note) -> list[list[str]]:
    """What the field sees of each token: its bits, and the words and bits beside it."""
    kinds = ["".join([letter for letter, bit in NAMED if bits & bit]) or "-" for bits in read.bits]
    words = [
        w if bits & (lx.FUNCTION | lx.CUE | lx.DOES | lx.TITLE | lx.RANK | lx.KEEP) else "_"
        for w, bits in zip(read.words, read.bits, strict=True)
    ]
    stops = [
        "." if set(read.text[e:s]) & set(".;,-\n") else " "
        for e, s in zip(read.ends, [*read.starts[1:], len(read.text)], strict=True)
    ]
    kinds, words = ["<", "<", *kinds, ">", ">"], ["<", "<", *words, ">", ">"]
    found = []
    for i in range(2, len(kinds) - 2):
        after = stops[i - 2]
        before = stops[i - 3] if i > 2 else "."
        found.append([
            f"k={kinds[i]}", f"w={words[i]}", f"l={kinds[i - 1]}", f"lw={words[i - 1]}", f"r={kinds[i + 1]}", f"rw={words[i + 1]}",
            f"lk={kinds[i - 1]}|{kinds[i]}", f"kr={kinds[i]}|{kinds[i + 1]}", f"lwk={words[i - 1]}|{kinds[i]}", f"krw={kinds[i]}|{words[i + 1]}",
            f"ll={words[i - 2]}|{words[i - 1]}", f"rr={words[i + 1]}|{words[i + 2]}", f"b={before}", f"a={after}", f"bk={before}{kinds[i]}{after}",
        ])  # fmt: skip
    return found


class CrfTagger:
    """A trained field, asked for people in notes of one case."""

    def __init__(self, path: Path) -> None:
        self.tagger = pycrfsuite.Tagger()
        try:
            self.tagger.open(str(path))
        except (OSError, ValueError):
            raise Fault(f"{SETTING} names a file that is no trained model") from None

    def find(self, read: Note, found: Sequence[Span]) -> list[Span]:
        """People whom the rules left, in a note whose case says nothing."""
        if read.casing == reading.PROSE or not 2 < len(read.words) < LONGEST:
            return []
        covered = bytearray(len(read.text))
        for span in found:
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
        self.tagger.set(features(read))
        return [
            Span(read.starts[i], read.ends[i], "PERSON", 0.5, "statistical.person")
            for i, bits in enumerate(read.bits)
            if not covered[read.starts[i]] and bits & lx.NAME and len(read.words[i]) > 2
            and not bits & (lx.FUNCTION | lx.KEEP | lx.DOES | lx.CUE | lx.BODY) and self.tagger.marginal("P", i) >= SURE_FROM
        ]  # fmt: skip


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
