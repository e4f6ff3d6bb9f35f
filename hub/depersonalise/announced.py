"""Which number does a word announce? `mrn 30 881 227`, `job no WMA 118 440 02`, `log 312 of 19 May`, `exhibit JKH/1`.

By tokens, so that a number may be grouped, stroked and lettered as people write it: it goes on as long as digits, or
letters that are no word, follow one another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.dates import MONTH
from hub.depersonalise.leftover_words import FILLERS, HELP, MARKED, NOUNS, NUMBERED
from hub.depersonalise.reading import DIGITS, Note
from hub.depersonalise.redaction import Span

NAMES_IT = frozenset("no nos number numbers num nr ref refs reference id ids code serial".split())
QUOTED = frozenset(["re", "quoting", "quote"])
"""Words before a reference of letters and digits, or of anything."""
ANNOUNCING = NOUNS | NUMBERED | MARKED | NAMES_IT | QUOTED
JOINTS = frozenset("- / * # _ \\ ~ . + :".split()) | {""}
LEADS = re.compile(r"[ .:#(=\-]{0,4}|\n")
MOST = 16
"""Tokens that one number may take."""
LONGEST_LETTERS, LEAST, LEAST_NUMBERED, LEAST_BARE = 5, 3, 3, 5
OF_DAY = re.compile(
    rf"(?: (?:of|dated) (?:the )?|/| ?\()(?P<d>\d{{1,2}}(?:st|nd|rd|th)?(?:(?: of)? ?{MONTH}(?: ?(?:20)?\d\d)?|[/.\-]\d{{1,2}}(?:[/.\-]\d\d(?:\d\d)?)?)?)(?![\d:])"
)
"""`of 19 May`, `(14/5)`: the day of a log is part of its number."""
BEHIND = re.compile(r"\d{1,4}(?:[mf]|yo[mf]?|yrs?|y/o|mgs?|mcg|mls?|hrs?|am|pm|st|nd|rd|th|km|mph|x\d*)\b")
"""What stands behind a number and does not belong to it: `nhs 943 476 5870 71F`."""
CLOCK = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
SUM = re.compile(r"\d{1,5}\.\d\d?")
MARK = re.compile(r"(?<![\w/.])[A-Z]{2,3}/\d{1,3}(?![\w/])")
"""`RJT/3`: initials and a number, as exhibits are marked."""


class _Run(NamedTuple):
    """Tokens `first` to `last` of a number, and the digits in them."""

    first: int
    last: int
    digits: int


def find_announced(read: Note) -> Iterator[Span]:
    """Spans of the numbers behind words that announce one, and of marks of exhibits."""
    if not read.zones:
        return
    words = read.words
    for i in [i for i, w in enumerate(words) if w in ANNOUNCING]:
        at, named = _behind(read, i)
        named = named or words[i] in NAMES_IT or words[i] in QUOTED
        if at and named and read.casing != reading.UPPER_ONLY and (lettered := _lettered(read, at)):
            yield lettered
            continue
        if words[i] in QUOTED:
            continue
        if not at or (run := _run(read, at)) is None:
            continue
        end = read.ends[run.last]
        found = OF_DAY.match(read.folded, end)
        if _is_number(read, words[i], run, named=named) or (found and words[i] in NOUNS):
            end = found.end("d") if found else end
            yield Span(read.starts[run.first], end, "REFERENCE", 0.75, "pattern.announced")
    if "/" in read.folded:
        yield from _marks(read)


def _behind(read: Note, i: int) -> tuple[int, bool]:
    """Where the number behind a word begins (0: nowhere), and whether `no`, `ref` or a colon says that one comes."""
    named = False
    words, gaps = read.words, read.gaps
    for j in range(i + 1, min(i + 5, len(words))):
        gap = gaps[j]
        if LEADS.fullmatch(gap) is None:
            return 0, False
        named = named or ":" in gap or "#" in gap or "(" in gap
        if words[j] not in FILLERS or (words[j] == "a" and gaps[j + 1] != " "):
            return j, named
        named = named or words[j] in NAMES_IT
    return 0, False


def _lettered(read: Note, first: int) -> Span | None:
    """`ref CRO ASB 20418`: one or two shortenings in capitals that begin a reference."""
    for last in range(first + 1, min(first + 3, len(read.words))):
        if (
            read.gaps[last] not in (" ", "-")
            or read.shapes[last - 1] != reading.UPPER
            or len(read.words[last - 1]) > LONGEST_LETTERS
        ):
            return None
        if read.shapes[last] == DIGITS:
            long = len(read.words[last]) > LEAST and read.gaps[last + 1] not in ("/", "-", ":")
            return Span(read.starts[first], read.ends[last], "REFERENCE", 0.75, "pattern.announced") if long else None
    return None


def _run(read: Note, first: int) -> _Run | None:
    """Digits and letters that are no word, one after the other; it ends with a digit, or with what is joined to one."""
    last, digits, j = -1, 0, first
    most = min(len(read.words), first + MOST)
    while j < most and (j == first or read.gaps[j] in JOINTS or read.gaps[j] == " "):
        if j > first and read.gaps[j] == ":" and len(read.words[j - 1]) < 3:
            break  # an hour
        if digits >= LEAST and read.gaps[j] == " " and BEHIND.match(read.folded, read.starts[j]):
            break
        if read.shapes[j] == DIGITS and not (read.gaps[j + 1] == ":" and len(read.words[j]) < 3):
            digits += len(read.words[j])
            last = j
        elif not _is_lettering(read, j):
            break
        elif j > first and last == j - 1 and (read.gaps[j] != " " or _ends_it(read, j, digits)):
            last = j
        j += 1
    if last < 0:
        return None
    last = _without_hour(read, first, last)
    return _Run(first, last, sum(len(w) for w in read.words[first : last + 1] if w.isdigit()))


def _ends_it(read: Note, j: int, digits: int) -> bool:
    """`QQ 12 34 56 C.`: a capital by itself behind digits, with no word after it."""
    return digits > LEAST and len(read.words[j]) == 1 and read.shapes[j] != reading.LOWER and read.gaps[j + 1] != " "


def _without_hour(read: Note, first: int, last: int) -> int:
    """The last token of a run without what stands behind it: `log 0447 0211 female`, `ref 4471 2 males`."""
    word = read.words[last]
    if last > first and read.gaps[last] == " " and read.shapes[last] == DIGITS:
        begun = read.words[first:last]
        digits = sum(len(w) for w in begun if w.isdigit())
        prose = last + 1 < len(read.words) and read.gaps[last + 1] == " " and read.shapes[last + 1] == reading.LOWER
        if (CLOCK.fullmatch(word) and digits > 2 and len(begun) == 1) or (
            len(word) < 3 and word[0] != "0" and len(begun) == 1 and digits > 2 and prose
        ):
            return last - 1
    return last


def _is_lettering(read: Note, j: int) -> bool:
    """Letters of a number: few, and no word that a sentence would go on with."""
    word, shape = read.words[j], read.shapes[j]
    if len(word) > LONGEST_LETTERS or "'" in word or (word in ANNOUNCING and read.gaps[j + 1] not in JOINTS):
        return False
    joined = read.gaps[j] in JOINTS or (
        j + 1 < len(read.words) and read.gaps[j + 1] in JOINTS and read.gaps[j + 1] != "."
    )
    if joined:
        return True
    if read.casing == reading.PROSE and shape not in (reading.UPPER, reading.SHOUTED) and len(word) > 1:
        return False
    return not read.bits[j] & (lx.FUNCTION | lx.WORD | lx.RANK | lx.TITLE | lx.CUE | lx.DOES | lx.KEEP) or (
        len(word) == 1 and word not in "ai"
    )


def _is_number(read: Note, word: str, run: _Run, *, named: bool) -> bool:
    if (run.first == run.last and read.words[run.first] in HELP) or SUM.fullmatch(
        read.folded, read.starts[run.first], read.ends[run.last]
    ):
        return False
    if word in MARKED:
        return run.digits > 0 and run.last > run.first
    letters = any(not w.isdigit() for w in read.words[run.first : run.last + 1])
    if word in NOUNS:
        return run.digits >= LEAST or (letters and run.digits > 1)
    return run.digits >= (LEAST_NUMBERED if named else LEAST_BARE)


def _marks(read: Note) -> Iterator[Span]:
    for found in MARK.finditer(read.text):
        letters = found[0].partition("/")[0].lower()
        index = next((b for w, b in zip(read.words, read.bits, strict=True) if w == letters), 0)
        if not index & (lx.KEEP | lx.WORD | lx.FUNCTION | lx.RANK):
            yield Span(*found.span(), "REFERENCE", 0.6, "pattern.exhibit")
