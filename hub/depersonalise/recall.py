"""Does the engine still find people in tonight's notes? Live recall, by synthetic people in a shadow copy.

A few rows of each chunk are copied in memory; the copy's record gets a person who does not exist, and its note a
sentence about that person and a second one who is not in the record. The copy is redacted as the batch is, and what of
those people is still to be read is counted by type. The copy goes no further. Names are of many origins and of no list
that the engine learns from; numbers are of ranges kept for drama and tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from hub.depersonalise.engine import Engine, Mode, redact_notes
from hub.depersonalise.lexicon import Lists
from hub.depersonalise.own_words import Own
from hub.depersonalise.reading import fold
from protocols.contract import Contract, Role

ROWS = 40
"""Copies in a chunk: a night of ten chunks tells 99 % from 97 %."""
FORENAMES = (
    "Perpetua Aoibhe Zbyszko Nkechinyere Farzaneh Mehwish Thandeka Eluned Ruaridh Oluwadara Agnieszka Gurmeet Tadhg"
    " Yevheniia Abimbola Sadhbh Iolanthe Kwabena Rukhsana Dafydd Ferelith Zsofia Imogene Jaswinder"
).split()
SURNAMES = (
    "Quillfeather Ogunbanjo Wieczorkowski Mac-Giolla Haverthwaite Cadwaladr Choudhrey Papadimitropoulos Szczepaniak"
    " Thistlewaite Adeyinka Featherstonehaugh Ramanathapillai Chukwuemelie Blenkinsopp Yilmazoglu Tregellas Vasilenkova"
    " Ahmadzai Penhaligon Brzozowska Oyelaran Colquhoune Dhaliwalia"
).split()
SENTENCES = (
    "Spoke to {known} on {phone}. {known_short} was with {other}, who was born on {birth}.",
    "{other} rang from {phone} re {known}; e-mail {email}, NHS {nhs}.",
    "Caller {known} of {house} states that {other} hit him. DOB {birth}, NI {nino}.",
    "Subject {known_turned}, {house}, mob {phone}. Witness {other} of {email}.",
)
STYLES: tuple[Callable[[str], str], ...] = (str, str, str.upper, str.lower)
STREETS = ("Tanglewood Street", "Harbinger Road", "Quarrymans Lane", "Elderflower Close")


Recall = dict[str, dict[str, int]]
"""Type → `planted`, `masked`; adds up over chunks and batches."""


class Person(NamedTuple):
    """A person who does not exist."""

    forename: str
    surname: str
    values: dict[str, str]


def _nhs(rng: np.random.Generator) -> str:
    while True:
        stem = f"999{rng.integers(0, 10**6):06d}"
        check = 11 - sum(int(d) * w for d, w in zip(stem, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return f"{stem[:3]} {stem[3:6]} {stem[6:]}{check % 11}"


def _person(rng: np.random.Generator) -> Person:
    first, last = (names[rng.integers(0, len(names))] for names in (FORENAMES, SURNAMES))
    number = f"{rng.integers(0, 1000):03d}"
    born = f"{rng.integers(1, 29):02d}/{rng.integers(1, 13):02d}/{rng.integers(1945, 2008)}"
    prefix, letter = "ABCEHJKL"[rng.integers(0, 8)] + "EHJKMPRS"[rng.integers(0, 8)], "ABCD"[rng.integers(0, 4)]
    return Person(first, last, {
        "phone": ("07700 900" + number, "+44 7700 900" + number, "01632960" + number)[rng.integers(0, 3)],
        "email": f"{last.lower()}.{number}@example.com", "nhs": _nhs(rng), "birth": born,
        "nino": f"{prefix} {rng.integers(10, 99)} {rng.integers(10, 99)} {rng.integers(10, 99)} {letter}",
        "house": f"{rng.integers(2, 180)} {STREETS[rng.integers(0, len(STREETS))]}",
    })  # fmt: skip


def rehearse(
    frame: pl.DataFrame,
    contract: Contract,
    note: str,
    engine: Engine,
    mode: Mode,
    lists: Lists,
    own_of: Callable[[pl.DataFrame], Sequence[Own]],
    seed: int,
) -> Recall:
    """Redact a shadow copy of some rows with synthetic people in it; how many were masked, by type."""
    rows = (frame[note].fill_null("") != "").arg_true()
    if not len(rows) or mode == "drop":
        return {}
    rng = np.random.default_rng(seed)
    chosen = sorted(int(i) for i in rng.choice(rows.to_numpy(), size=min(ROWS, len(rows)), replace=False))
    copies = frame.select(pl.all().gather(chosen))
    people = [(_person(rng), _person(rng)) for _ in chosen]
    named = _subject(contract, copies.columns)
    if named:
        copies = copies.with_columns(pl.Series(named[0], [p.forename for p, _ in people], dtype=pl.Utf8),
                                     pl.Series(named[1], [p.surname for p, _ in people], dtype=pl.Utf8))  # fmt: skip
    planted = [_sentence(*pair, rng, bool(named)) for pair in people]
    texts = [f"{text} {said}" for text, (said, _) in zip(copies[note], planted, strict=True)]
    done = redact_notes(engine, texts, list(own_of(copies)), mode, lists)
    found: Recall = {}
    for before, (_, values), redacted in zip(copies[note], planted, done, strict=True):
        left, there = _letters(redacted.text), _letters(before)
        for kind, parts in values:
            if any(part in there for part in parts):
                continue  # the note says so by itself: nothing can be told from it
            counted = found.setdefault(kind, {"planted": 0, "masked": 0})
            counted["planted"] += 1
            counted["masked"] += not any(part in left for part in parts)
    return found


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9@]+", "", fold(text))


def _subject(contract: Contract, columns: Sequence[str]) -> tuple[str, str] | None:
    """The fields of the first person of the record who has forename and surname."""
    for field in contract.field:
        if field.role is Role.FORENAME and field.name in columns:
            for other in contract.field:
                if other.role is Role.SURNAME and other.subject == field.subject and other.name in columns:
                    return field.name, other.name
    return None


def _sentence(
    known: Person, other: Person, rng: np.random.Generator, in_record: bool
) -> tuple[str, list[tuple[str, list[str]]]]:
    """A sentence, and what was planted in it: (type, the parts of it that must not be left)."""
    shape = SENTENCES[rng.integers(0, len(SENTENCES))]
    style = STYLES[rng.integers(0, len(STYLES))]
    words = other.values | {
        "known": f"{known.forename} {known.surname}", "known_short": known.forename, "other": f"{other.forename} {other.surname}",
        "known_turned": f"{known.surname.upper()}, {known.forename}",
    }  # fmt: skip
    values = [(kind, [_letters(value)]) for kind, value in other.values.items() if "{" + kind + "}" in shape]
    name = "name-in-record" if in_record else "name-of-others"
    values.append((name, [_letters(known.forename), _letters(known.surname)]))
    if "{other}" in shape:
        values.append(("name-of-others", [_letters(other.forename), _letters(other.surname)]))
    return style(shape.format(**words)), values
