"""Which released columns does a recipient's question name? Their detail is kept longest, and the certificate says how
exactly the release answers it.

Read by words: a column is named by the words of its name (`weapon_flag`: weapon), place and time also by what one asks
for them (where, when, each month). What a question is about beyond that, nobody guesses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

GENERIC = frozenset({"flag", "group", "code", "type", "kind", "category"})
"""Words of column names that name nothing by themselves; where a name has no other, it needs them."""
ASKED_FOR = {
    "place": frozenset({"where", "place", "location", "neighbourhood", "area", "hotspot", "map"}),
    "ward": frozenset({"ward"}),
    "lsoa": frozenset({"lsoa", "neighbourhood"}),
    "district": frozenset({"district", "borough"}),
    "occurred": frozenset({"when", "time", "hour", "day", "night", "weekend", "week", "month", "quarter", "season", "trend"}),
    "agency": frozenset({"agency", "source"}),
}  # fmt: skip
WANTED = 4.0
"""How many times as much a named column's detail weighs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was agreed to: the day it was asked, and the columns that it names. Its words stay in the request:
    people may have written names into it."""

    day: date
    columns: tuple[str, ...]


def named(question: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that a question names, in their order."""
    said = {_singular(w) for w in re.findall(r"[a-z]+", question.lower())}
    return tuple(c for c in columns if _names(c, said))


def _names(column: str, said: set[str]) -> bool:
    if column in ASKED_FOR:
        return bool(ASKED_FOR[column] & said)
    words = [_singular(w) for w in column.split("_")]
    telling = [w for w in words if w not in GENERIC] or words
    return set(telling) <= said


def _singular(word: str) -> str:
    return (
        word[:-3] + "y"
        if word.endswith("ies")
        else word[:-1]
        if word.endswith("s") and not word.endswith("ss")
        else word
    )


def wanted(asked: Sequence[Asked]) -> frozenset[str]:
    """All columns that questions name."""
    return frozenset(c for one in asked for c in one.columns)
