"""Which numbers are harmless? Times, years, sums, doses, measures, counts, roads and readings, by their look and neighbours."""

from __future__ import annotations

import re
from typing import NamedTuple

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.leftover_words import (
    AGED_NOT,
    COUNTED_NOT,
    FILLERS,
    HELP,
    MEASURED,
    SPENT,
    SUFFIXES,
    UNITS,
    WAITING,
)
from hub.depersonalise.reading import DIGITS, Note

CLOCK = re.compile(r"(?:[01]\d|2[0-4])[0-5]\d")
YEAR = re.compile(r"(?:19|20)\d\d")
HARMLESS = re.compile(
    r"\d{1,3}[x*]\d{1,3}(?:[x*]\d{1,3})?[a-z]{0,3}|(?:[a-z]\d{1,2}){2,4}|\d{1,2}(?:ft|st|m)\d{1,2}[a-z]{0,2}|[a-z]{1,3}\.(?:19|20)\d\d"
    r"|\d{1,2}[.:]\d\d(?:am|pm|hrs?|h)?|\d+(?:\.\d+)?(?:mg|mcg|g|ml|units?)/[a-z0-9]{1,5}|[abm]\d{1,4}m?|(?:s|ss|sec|reg|art|para|form|cat|code)\.?\d{1,3}[a-z]?"
    r"|x\d{1,4}|\d{1,4}(?:[-.]\d{1,4})?(?:hrs?|h|mg|mcg|ml|g|kg|cm|mm|m|km|k|v|w|kw|l|p|st|nd|rd|th|ft|in|lbs?|mph|bpm|cc|yrs?|yo|[mf]|mls|ish|pm|am|s|x)"
    r"|(?:hr|bp|rr|bm|gcs|t|q|k|na|hb|p|o|spo|sats?|crp|ck|wt|ht|news|rate|iphone|covid|ca)[-.]?\d{1,3}"
)
"""Letters with digits that are a size, a road, a section, a dose, an hour, a reading."""
READING = re.compile(
    r"(?:19|20)\d\d/\d\d|[01]?\d[./](?:19|20)\d\d|\d{1,3}/(?!2\d$)\d{1,3}|\d{1,2}/\d{2}|\d{1,4}[-+]\d{1,3}|\d+\.\d{1,3}|\d{3}[-/]\d{3,4}"
)
"""A blood pressure, a range, a score, a decimal, hours from and to."""
OVER = 90
"""From this age on an age tells who it is."""
LONGEST_READING = 4
SIGN = frozenset("£$€")
ENDS = frozenset(".!?\n;|")


class Code(NamedTuple):
    """Tokens `first` to `last` written as one: `24*88213`, `4471`, `0088-2173-X`."""

    first: int
    last: int
    start: int
    end: int
    text: str
    digits: int
    letters: int


def is_harmless(code: Code) -> bool:
    """Is a code a measure or a reading by its look?"""
    return HARMLESS.fullmatch(code.text) is not None or READING.fullmatch(code.text) is not None


def is_sum(read: Note, code: Code) -> bool:
    """`£5521`, `$ 900`, `18,400`, `owes 2113`."""
    gap = read.gaps[code.first]
    if (
        not SIGN.isdisjoint(gap)
        or gap == ","
        or (code.last + 1 < len(read.gaps) - 1 and read.gaps[code.last + 1] == ",")
    ):
        return True
    return code.first > 0 and gap == " " and read.words[code.first - 1] in SPENT and code.digits < 6


def is_quantity(read: Note, code: Code) -> bool:
    """`800 mg`, `120 bales`, `2500 miles`: a unit or a noun of several behind it."""
    j = code.last + 1
    folded = read.folded
    if folded[code.end : code.end + 1] in ("%", "°", "'", '"') and folded[code.end : code.end + 2] != "'s":
        return True
    if j >= len(read.words) or read.gaps[j] not in (" ", "-", "") or code.text.startswith("0"):
        return j < len(read.words) and read.gaps[j] in (" ", "") and read.words[j] in ("hrs", "hr", "hours", "h")
    word = read.words[j]
    return word in UNITS or (word.endswith("s") and len(word) > 3 and "'" not in word and word not in COUNTED_NOT and read.shapes[j] != reading.TITLE
                             and not read.bits[j] & (lx.DOES | lx.ACTS | lx.FUNCTION | lx.RANK))  # fmt: skip


def is_reading(read: Note, code: Code) -> bool:
    """`CK 4200`, `peak flow 340`, `45 -> 112`."""
    i = code.first - 1
    if i < 0 or (code.first == code.last and code.digits > LONGEST_READING):
        return False
    return "->" in read.gaps[code.first] or read.words[i] in MEASURED or (read.words[i] in FILLERS and i > 0 and read.words[i - 1] in MEASURED)  # fmt: skip


def is_age(read: Note, code: Code) -> bool:
    """A number over 89 that nothing measures: `Audrey, 92 (born`."""
    i = code.first - 1
    if is_reading(read, code) or is_quantity(read, code) or not SIGN.isdisjoint(read.gaps[code.first]):
        return False
    after = read.folded[code.end : code.end + 1]
    if after in ("/", ":") or (after == "." and read.folded[code.end + 1 : code.end + 2].isdigit()):
        return False
    return i < 0 or (read.words[i] not in AGED_NOT and read.shapes[i] != DIGITS and read.gaps[code.first][-1:] not in ("'", ":", "/", "-", ".", "+", "x", "~", "="))  # fmt: skip


def is_alone(read: Note, code: Code) -> bool:
    """A number that is a sentence: `no signal. 2217` at the end, `. 618.`"""
    last = code.last == len(read.words) - 1
    gap = read.gaps[code.first]
    begins = bool(code.first) and (
        not ENDS.isdisjoint(gap) or " -" in gap or (last and gap[-1:] in ("(", "/", "~", "*", "-"))
    )
    if code.text in HELP or is_reading(read, code):
        return False
    if last:
        return begins
    if code.first == 0 or CLOCK.fullmatch(code.text) or YEAR.fullmatch(code.text):
        return False
    return begins and read.gaps[code.last + 1].strip(" ").startswith((".", "\n", ";", "|"))


def is_shown(read: Note, code: Code) -> bool:
    """Three digits behind a word with a capital that is no measure, thing or place: `Clin 208`."""
    i = code.first - 1
    if (
        i < 0
        or read.gaps[code.first] != " "
        or code.text in HELP
        or read.casing != reading.PROSE
        or is_reading(read, code)
    ):
        return False
    word, bits = read.words[i], read.bits[i]
    if (
        read.shapes[i] not in (reading.TITLE, reading.UPPER)
        or word in WAITING
        or bits & (lx.KEEP | lx.FUNCTION | lx.STREET | lx.PLACE)
    ):
        return False
    return not (code.text[-1] in "05" and word.endswith(SUFFIXES))


def is_unexplained(read: Note, code: Code) -> bool:
    """Three digits that are no round sum, behind nothing that is measured, named or counted: `upgraded by 208`."""
    i = code.first - 1
    if i < 0 or code.text in HELP or code.text[-1] in "05" or is_reading(read, code) or not _is_open(read, code):
        return False
    return read.words[i] not in WAITING and read.words[i] not in AGED_NOT and not read.bits[i] & lx.STREET


def _is_open(read: Note, code: Code) -> bool:
    """Is a number one that no sign and no other number stands beside?"""
    i, j = code.first - 1, code.last + 1
    after = read.folded[code.end : code.end + 1]
    return (
        after not in ("/", ":", "-", "+")
        and read.shapes[i] != DIGITS
        and (j >= len(read.words) or read.shapes[j] != DIGITS)
    )
