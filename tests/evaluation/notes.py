"""Hand-written notes with their identifying spans, read from a form that a person can write: `{KIND|what identifies}`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.depersonalise.dates import find_dates
from hub.depersonalise.reading import clean, fold, squeeze

NOTES = Path(__file__).parent / "notes"
MARK = re.compile(r"\{([A-Z0-9]+)\|([^{}|]*)(?:\|([^{}|]*))?\}")
ROLES = (
    "pc|dc|ps|ds|di|sm|gm|do|pcso|pso|insp|inspector|sgt|sergeant|det|wm|cm|crew manager|ff|firefighter|btp|ddo|eho|dsl|mr|mrs|ms|miss|dr"
    "|sn|s/n|sr|sister|staff nurse|nurse presc\\.?|nurse|hca|hcp|emt|para|paramedic|medic|clin|technician|tech|ot|sw|bank|a/ps|t/n|number|no\\.?"
)
PREFIX = re.compile(rf"^(?:(?:{ROLES})\s+)+", re.IGNORECASE)
SUFFIX = re.compile(r"(?:,? (?:cpn|rmn|crhtt|st\d))+$", re.IGNORECASE)
"""Titles, ranks, posts and `number` do not identify: what follows, or stands before, them does."""
WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Gold:
    """Characters that identify: strict recall asks for every letter and digit of them. `known`: the record has it."""

    start: int
    end: int
    kind: str
    known: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A note of an agency with its record and what identifies in it; `origin` is that of its people's names."""

    agency: str
    origin: str
    record: dict[str, Any]
    text: str
    gold: tuple[Gold, ...]


def read_notes(name: str) -> list[Case]:
    """The cases of `notes/NAME.txt`."""
    blocks = re.split(r"^## ", (NOTES / f"{name}.txt").read_text("utf-8"), flags=re.MULTILINE)[1:]
    return [_case(b) for b in blocks]


def _case(block: str) -> Case:
    head, record, body = block.split("\n", 2)
    agency, origin = (p.strip() for p in head.split("|"))
    return marked(agency, origin, json.loads(record), body.strip())


def marked(agency: str, origin: str, record: dict[str, Any], body: str) -> Case:
    """A case from a body with marks."""
    values = list(_values(record))
    text, gold, at = "", [], 0
    for found in MARK.finditer(body):
        text += clean(body[at : found.start()])
        whole, part = clean(found[2]), clean(found[3] or found[2])
        part = SUFFIX.sub("", PREFIX.sub("", part))
        start = len(text) + whole.rindex(part)
        text += whole
        gold.append(Gold(start, start + len(part), found[1], _is_known(part, values)))
        at = found.end()
    text += clean(body[at:])
    if clean(text) != text:
        raise ValueError(f"a note of {agency} that would be read otherwise than it is marked")
    return Case(agency, origin, record, text, tuple(gold))


def _values(record: Any) -> Iterator[str]:
    if isinstance(record, dict):
        for value in record.values():
            yield from _values(value)
    elif isinstance(record, list):
        for value in record:
            yield from _values(value)
    else:
        yield str(record)


def _is_known(part: str, values: list[str]) -> bool:
    squeezed = squeeze(part)
    born = [d for _, _, days in find_dates(fold(part)) for d in days]
    for value in values:
        if squeezed in squeeze(value) and len(squeezed) > 1:
            return True
        if born and any(set(born) & days for _, _, days in find_dates(fold(value))):
            return True
        words = set(WORDS.findall(fold(value)))
        mine = [w for w in WORDS.findall(fold(part)) if len(w) > 2 and w.isalpha()]
        if mine and all(w in words for w in mine):
            return True
    return False
