"""Notes as officers write them: some 400 characters, of the record's own people and of others, every one different.

A template's slots are the record's facts (`{V}` its first person, `{S}` the suspect, `{O}` the officer …) in spellings
that vary from sentence to sentence, people whom the record does not know (`{T}`), and plain words. All fictional.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from hub.demo.people import people, phones, pick, plates
from hub.demo.sentences import CRIME, EVERYTHING, HOUSING, INCIDENT, SHARED
from hub.demo.stock import CARS, COLOURS, INJURIES, ITEMS, MONTHS, STREET_HEADS, STREET_TAILS, WEEKDAYS

FIRST = ("forename", "surname", "dob", "phone", "email", "nhs")
"""What a note may tell of the record's first person: columns `v_…` of its facts."""
SECOND = ("forename", "surname", "dob", "nino", "pnc")
"""What it may tell of a suspect: columns `s_…`, null where there is none."""
NO_SUSPECT = tuple(pl.lit(None, pl.Date if c == "dob" else pl.Utf8).alias(f"s_{c}") for c in SECOND)
Kind = Literal["crime", "incident", "housing"]
Slots = dict[str, list[list[str]]]
SPELLINGS = 3
"""Independent spellings drawn of each slot; the sentences of a note use them in turn."""
SHORTEST, SPREAD = 330, 70
_SLOT = re.compile(r"\{(\w+)\}")
_OF_SUSPECT = {"S", "E", "N", "K"}
_STYLES = {"crime": (0.02, 0.02), "incident": (0.15, 0.08), "housing": (0.01, 0.04)}
"""Shares written wholly in capitals and wholly in small letters."""
INSTEAD = {"V": "IP", "A": "the location", "L": "the street", "P": "no postcode", "D": "not given", "F": "no number",
           "M": "no e-mail", "H": "not known", "R": "not seen", "O": "attending officer"}  # fmt: skip
"""What a note says where the record has nothing."""
_STRANGERS_BORN_BEFORE = date(2026, 1, 1)


def notes(rng: np.random.Generator, facts: pl.DataFrame, kind: Kind) -> list[str]:
    """One note per row of `facts`: the columns of `FIRST` and `SECOND`, vrm house street postcode officer collar
    reference, and `full` (Boolean: the note tells every identifier there is)."""
    n = facts.height
    if not n:
        return []
    slots = _slots(rng, facts)
    lone, all_of_them = _sentences(kind)
    suspected = facts["s_surname"].is_not_null().to_list()
    full = facts["full"].to_list()
    draws = rng.integers(0, len(all_of_them) * len(lone), (n, 12)).tolist()
    lengths = (SHORTEST + rng.integers(0, SPREAD, n)).tolist()
    joints = rng.random((n, 2)).tolist()
    upper, lower = _STYLES[kind]
    found = []
    for row in range(n):
        stock = all_of_them if suspected[row] else lone
        text = _note(stock, draws[row], lengths[row], slots, row, suspected[row] if full[row] else None)
        where, style = joints[row]
        if where < 0.1:
            text = text.replace(". ", ".\n", 2)
        elif where < 0.13:
            text = text.replace(". ", " | ", 1)
        if not full[row]:
            text = text.upper() if style < upper else text.lower() if style < upper + lower else text
        found.append(text)
    return found


Sentence = tuple[tuple[str, str], ...]
"""A template cut at its slots: (text before, slot), the last with an empty slot."""


def _cut(template: str) -> Sentence:
    parts = _SLOT.split(template)
    return tuple(zip(parts[::2], [*parts[1::2], ""], strict=True))


def _sentences(kind: Kind) -> tuple[list[Sentence], list[Sentence]]:
    """Sentences for records without a suspect, and all of them."""
    texts = (*SHARED, *{"crime": CRIME, "incident": INCIDENT, "housing": HOUSING}[kind])
    cut = [_cut(t) for t in texts]
    return [s for s in cut if not any(slot in _OF_SUSPECT for _, slot in s)], cut


_FULL = {True: [_cut(t) for t in EVERYTHING], False: [_cut(EVERYTHING[0])]}


def _note(
    stock: list[Sentence], draws: list[int], length: int, slots: Slots, row: int, full: bool | None
) -> str:  # fmt: skip
    parts: list[str] = []
    size = 0
    chosen = list(dict.fromkeys(d % len(stock) for d in draws))
    for turn, sentence in enumerate([*(_FULL[full] if full is not None else ()), *[stock[c] for c in chosen]]):
        for before, slot in sentence:
            parts.append(before)
            size += len(before)
            if slot:
                word = slots[slot][turn % SPELLINGS][row]
                parts.append(word)
                size += len(word)
        if size >= length:
            break
        parts.append(" ")
    return "".join(parts).rstrip()


def _one_of(rng: np.random.Generator, frame: pl.DataFrame, *forms: pl.Expr) -> list[str]:
    """One of the forms per row, evenly; an empty text where it is null."""
    which = pl.lit(pl.Series(rng.integers(0, len(forms), frame.height)))
    chosen = forms[0]
    for number, form in enumerate(forms[1:], 1):
        chosen = pl.when(which == number).then(form).otherwise(chosen)
    return frame.select(chosen.fill_null("").alias("x")).to_series().to_list()


def _named(first: str, last: str) -> tuple[pl.Expr, ...]:
    f, l = pl.col(first), pl.col(last)  # noqa: E741
    whole = f + " " + l
    return (whole, whole, l, f, l.str.to_uppercase() + ", " + f, f.str.slice(0, 1) + ". " + l, "Mr " + l, "Ms " + l,
            whole.str.to_uppercase(), whole.str.to_lowercase(), f + " " + l.str.to_uppercase())  # fmt: skip


def _born(column: str) -> tuple[pl.Expr, ...]:
    d = pl.col(column)
    month = d.dt.month().cast(pl.Int64).replace_strict(dict(enumerate(MONTHS, 1)), default=None, return_dtype=pl.Utf8)
    day, year = d.dt.day().cast(pl.Utf8), d.dt.strftime("%Y")
    return (d.dt.strftime("%d/%m/%Y"), d.dt.strftime("%d.%m.%Y"), d.dt.strftime("%d-%m-%y"), d.dt.strftime("%Y-%m-%d"),
            day + " " + month + " " + year, day + " " + month.str.slice(0, 3) + " " + year,
            day + "/" + d.dt.month().cast(pl.Utf8) + "/" + d.dt.strftime("%y"))  # fmt: skip


def _telephoned(column: str) -> tuple[pl.Expr, ...]:
    bare = pl.col(column).str.replace_all(" ", "", literal=True).str.replace("+44", "0", literal=True)
    five = bare.str.slice(0, 5)
    rest = bare.str.slice(5)
    return (pl.col(column), bare, five + " " + rest, "+44 " + bare.str.slice(1, 4) + " " + rest,
            five + " " + bare.str.slice(5, 3) + " " + bare.str.slice(8), five + "-" + rest)  # fmt: skip


def _parted(column: str, cuts: tuple[tuple[int, int], ...], between: str) -> pl.Expr:
    return pl.concat_str([pl.col(column).str.slice(a, size) for a, size in cuts], separator=between)


THREES, PAIRS = ((0, 3), (3, 3), (6, 4)), ((0, 2), (2, 2), (4, 2), (6, 2), (8, 1))


def _slots(rng: np.random.Generator, facts: pl.DataFrame) -> Slots:
    n = facts.height
    vrm, street, postcode = pl.col("vrm"), pl.col("street"), pl.col("postcode")
    door = pl.concat_str("house", "street", separator=" ", ignore_nulls=True)
    forms: dict[str, tuple[pl.Expr, ...]] = {
        "V": _named("v_forename", "v_surname"), "S": _named("s_forename", "s_surname"),
        "D": _born("v_dob"), "E": _born("s_dob"), "F": _telephoned("v_phone"),
        "H": (pl.col("v_nhs"), _parted("v_nhs", THREES, " "), _parted("v_nhs", THREES, "-")),
        "N": (pl.col("s_nino"), _parted("s_nino", PAIRS, " "), pl.col("s_nino").str.to_lowercase()),
        "K": (pl.col("s_pnc"), pl.col("s_pnc").str.slice(2), pl.col("s_pnc").str.replace("/", "", literal=True)),
        "M": (pl.col("v_email"),), "C": (pl.col("reference"),),
        "R": (vrm, vrm.str.replace(" ", "", literal=True), vrm.str.to_lowercase()),
        "A": (door, door.str.to_uppercase(), "No " + door, pl.concat_str("house", "street", separator=", ")),
        "P": (postcode, postcode.str.replace(" ", "", literal=True), postcode.str.to_lowercase()),
        "L": (street,), "O": (pl.col("collar"), pl.col("collar") + " " + pl.col("officer"), "PC " + pl.col("officer")),
    }  # fmt: skip
    slots: Slots = {slot: [_one_of(rng, facts, *known) for _ in range(SPELLINGS)] for slot, known in forms.items()}
    for slot, instead in INSTEAD.items():
        slots[slot] = [[known or instead for known in spelled] for spelled in slots[slot]]
    for _ in range(SPELLINGS):
        for slot, drawn in _strangers(rng, n).items():
            slots.setdefault(slot, []).append(drawn)
    return slots


def _strangers(rng: np.random.Generator, n: int) -> dict[str, list[str]]:
    """People and things that the record does not know, and plain words."""
    other = people(rng, n, _STRANGERS_BORN_BEFORE)
    door = pl.Series(rng.integers(1, 220, n)).cast(pl.Utf8) + " " + pick(rng, STREET_HEADS, n)
    clock = pl.Series(rng.integers(0, 24, n)).cast(pl.Utf8).str.zfill(2)
    minute = pl.Series(rng.integers(0, 12, n) * 5).cast(pl.Utf8).str.zfill(2)
    handle = "@" + other["forename"].str.to_lowercase() + pl.Series(rng.integers(10, 99, n)).cast(pl.Utf8)
    return {
        "T": _one_of(rng, other, pl.col("forename") + " " + pl.col("surname"), pl.col("forename"),
                     "Mrs " + pl.col("surname")),
        "B": (door + " " + pick(rng, STREET_TAILS, n)).to_list(), "G": phones(rng, n).to_list(),
        "W": plates(rng, n).to_list(), "X": handle.to_list(), "hour": (clock + minute + "hrs").to_list(),
        "day": pick(rng, WEEKDAYS, n).to_list(), "month": pick(rng, MONTHS, n).to_list(),
        "car": (pick(rng, COLOURS, n) + " " + pick(rng, CARS, n)).to_list(), "item": pick(rng, ITEMS, n).to_list(),
        "hurt": pick(rng, INJURIES, n).to_list(),
        "sum": ("£" + pl.Series(rng.integers(3, 400, n) * 5).cast(pl.Utf8)).to_list(),
        "some": pl.Series(rng.integers(2, 9, n)).cast(pl.Utf8).to_list(),
    }  # fmt: skip
