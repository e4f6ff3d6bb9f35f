"""The engine as it would be if no list held the names that are measured: what company, case and form find by themselves."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterable
from dataclasses import replace

from hub.adapters.wordstock import load_engine
from hub.depersonalise.engine import Engine
from hub.depersonalise.lexicon import ANY_NAME, Lexicon
from hub.depersonalise.reading import fold
from tests.evaluation.notes import Case

WORDS = re.compile(r"[^\W\d_]+")
PEOPLE = frozenset(("PERSON", "OFFICER", "PET"))


def without(names: Iterable[str]) -> Engine:
    """The engine with every word of these names struck from its lists of names; ordinary words stay words."""
    engine = load_engine()
    known = engine.lexicon
    struck = {w: known.bits.get(w, 0) & ~ANY_NAME for name in names for w in WORDS.findall(fold(name))}
    return replace(engine, lexicon=Lexicon(ChainMap(struck, known.bits), known.nicknames, known.phrases))  # type: ignore[arg-type]


def named(cases: Iterable[Case]) -> list[str]:
    """The names in the notes of these cases."""
    return [case.text[g.start : g.end] for case in cases for g in case.gold if g.kind in PEOPLE]
