"""Where does a note say what its own record says? Names, numbers in any spacing, dates in any spelling, house and street."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import compress

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.own_names import find_own_names
from hub.depersonalise.own_words import Own
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span
from hub.depersonalise.spelling import one_edit

NOT_SQUEEZED = bytes(c for c in range(256) if not re.match(r"[a-z0-9]", chr(c)))
SQUEEZED = bytes(c not in NOT_SQUEEZED for c in range(256))


def find_own(note: str | Note, own: Own) -> list[Span]:
    """Every place where a note (clean, or read already) says what its own record says."""
    read = note if isinstance(note, Note) else Note(note, own.lexicon)
    spans: list[Span] = []
    if own.names:
        spans += find_own_names(read, own)
    if own.needles:
        spans += _find_needles(read, own.needles)
        if "PHONE" in own.needles.values():
            spans += _find_ends(read, own.needles)
    if own.houses or own.dwellings:
        spans += _find_houses(read, own)
    if own.births:
        for start, end, meant in read.dates:
            if meant & own.births:
                spans.append(Span(start, end, "DATE OF BIRTH", 1.0, "own.birth", "birth"))
    return spans


EMAIL_TAIL = re.compile(r"[\w.+-]*@[\w.-]*\w")
PHONE_HEAD = re.compile(r"(?:\+?\s*44[\s-]*)?(?:\(0\)\s*|\(?(?:(?<!\d)0\s?)?)$")


def _find_needles(read: Note, needles: Mapping[str, str]) -> Iterator[Span]:
    text, folded = read.text, read.folded
    plain = folded.encode("ascii", "replace")
    squeezed = plain.translate(None, NOT_SQUEEZED).decode("ascii")
    needles = {needle: kind for needle, kind in needles.items() if needle in squeezed}
    if not needles:
        return
    places = list(compress(range(len(plain)), plain.translate(SQUEEZED)))
    for needle, kind in needles.items():
        at = squeezed.find(needle)
        while at >= 0:
            start, end = places[at], places[at + len(needle) - 1] + 1
            whole = needle.isalpha() and (folded[start - 1 : start].isalpha() or folded[end : end + 1].isalpha())
            if not whole:
                if kind == "PHONE":
                    start = _with_prefix(text, start)
                elif kind == "EMAIL":
                    tail = EMAIL_TAIL.match(text, end)
                    end = tail.end() if tail else end
                while start and folded[start - 1].isalnum() and folded[start].isalnum():
                    start -= 1
                while end < len(folded) and folded[end].isalnum() and folded[end - 1].isalnum():
                    end += 1
                yield Span(start, end, kind, 1.0, f"own.{kind.lower().replace(' ', '-')}", needle)
                at = bisect_left(places, end) - 1
            at = squeezed.find(needle, at + 1)


ENDS = re.compile(
    r"\b(?:end(?:s|ing|ed)?|finish(?:es|ing)|last (?:\d|two|three|four|five|six)?(?: ?digits?| ?numbers?)?)(?: (?:in|with|on|are|is|as))?[:,]? ?"
    r"(\d(?:[ -]?\d){2,7})(?!\d)"
)


ENDING = frozenset("end ends ending ended finishes finishing last".split())
LOCAL = re.compile(r"(?<![\d.,£-])\d{3} ?\d{3}(?!\d|[.,]\d)")
"""A number without its area code."""


def _find_ends(read: Note, needles: Mapping[str, str]) -> Iterator[Span]:
    """The last digits of the record's own phone, said to be that: `number ending 123`."""
    sizes = [len(read.words[i]) for i in read.numbers]
    local, ending = 6 in sizes or sizes.count(3) > 1, not ENDING.isdisjoint(read.vocabulary)
    if not (local or ending):
        return
    phones = tuple(n for n, kind in needles.items() if kind == "PHONE")
    for found in LOCAL.finditer(read.folded) if local else ():
        digits = found[0].replace(" ", "")
        if any(p.endswith(digits) for p in phones):
            yield Span(*found.span(), "PHONE", 0.9, "own.phone", digits)
    for found in ENDS.finditer(read.folded) if ending else ():
        digits = re.sub(r"\D", "", found[1])
        if any(p.endswith(digits) for p in phones):
            yield Span(*found.span(1), "PHONE", 1.0, "own.phone", digits)


def _with_prefix(note: str, start: int) -> int:
    """Where a phone number begins, its leading 0 or +44 included."""
    found = PHONE_HEAD.search(note[max(0, start - 10) : start])
    return start - (found.end() - found.start()) if found else start


DOORS = frozenset("flat flt apartment apt unit room".split())
NUMBER_BEFORE = frozenset(
    "no number at between house flat flt nos num apt apartment room unit door address addr of from".split()
)


def _find_houses(read: Note, own: Own) -> Iterator[Span]:
    """The record's own house: its number before its street, after it, or alone after `number` or `at`."""
    words, last = read.words, len(read.words) - 1
    numbers = {n for n, _ in own.houses}
    streets = own.streets
    first = {dwelling[0] for dwelling in own.dwellings}
    places = (
        [i for i, w in enumerate(words) if w in first or read.shapes[i] == reading.DIGITS] if first else read.numbers
    )
    for i in places:
        word = words[i]
        if read.shapes[i] == reading.DIGITS:
            end = i
            number = word
            if i < last and len(words[i + 1]) == 1 and (
                not read.gaps[i + 1] or (read.gaps[i + 1] in (" ", "-") and word + words[i + 1] in numbers)):  # fmt: skip
                number, end = word + words[i + 1], i + 1
            if number not in numbers and word not in numbers:
                continue
            street = _own_street(words, _behind_stroke(read, end) + 1, streets)
            if street:
                yield Span(
                    read.starts[_before_stroke(read, i)], read.ends[street], "ADDRESS", 1.0, "own.address", "home"
                )
            elif i and words[i - 1] in NUMBER_BEFORE:
                if read.folded[read.ends[end] : read.ends[end] + 1] not in (":", "/", ".") or words[i - 1] in streets:
                    yield Span(
                        read.starts[i - 1 if words[i - 1] in streets or words[i - 1] in DOORS else i],
                        read.ends[end],
                        "ADDRESS",
                        0.9,
                        "own.house-number",
                        "home",
                    )
            elif i > 1 and any(words[j] in streets for j in range(max(0, i - 4), i)):
                yield Span(read.starts[i], read.ends[end], "ADDRESS", 0.9, "own.house-number", "home")
        else:
            for dwelling in own.dwellings:
                if word == dwelling[0] and tuple(words[i : i + len(dwelling)]) == dwelling:
                    end = i + len(dwelling) - 1
                    yield Span(
                        read.starts[i], read.ends[_street_behind(read, end)], "ADDRESS", 1.0, "own.address", "home"
                    )


def _behind_stroke(read: Note, end: int) -> int:
    """The last token of `14B` in `3/14B`, from the one before the stroke."""
    at = end + 1
    if at >= len(read.words) or read.shapes[at] != reading.DIGITS or read.gaps[at] not in ("/", "-"):
        return end
    return at + 1 if at + 1 < len(read.words) and len(read.words[at + 1]) == 1 and not read.gaps[at + 1] else at


def _before_stroke(read: Note, i: int) -> int:
    """The first token of `12B` in `12B/3`, from the one behind the stroke."""
    if i and read.words[i - 1] in DOORS:
        return i - 1
    if i < 1 or read.gaps[i] not in ("/", "-"):
        return i
    before = i - 2 if len(read.words[i - 1]) == 1 and i > 1 and not read.gaps[i - 1] else i - 1
    return before if read.shapes[before] == reading.DIGITS else i


def _street_behind(read: Note, end: int) -> int:
    """The end of the street behind a house's name and a comma; the house's where none follows."""
    for j in range(end + 1, min(end + 4, len(read.words))):
        if read.gaps[j] != (", " if j == end + 1 else " "):
            return end
        if read.words[j] in lx.STREETS and j > end + 1:
            return j
    return end


def _shortened(word: str, whole: str) -> bool:
    """Is a word short for another: `gr` for `grove`, `gdns` for `gardens`?"""
    if len(word) > 5 or word[:1] != whole[:1] or len(word) < 2:
        return False
    rest = iter(whole)
    return all(letter in rest for letter in word)


def _own_street(words: list[str], at: int, streets: Mapping[str, tuple[str, ...]]) -> int:
    """The last token of the own street that begins at `at` or right after; 0 where none does."""
    for first in (at, at + 1):
        if first >= len(words):
            return 0
        known = next((s for s in streets if words[first] == s or (len(s) > 4 and one_edit(words[first], s))), None)
        if known is not None:
            end = first
            for one, other in zip(words[first + 1 :], streets[known][1:], strict=False):
                if one != other and not _shortened(one, other):
                    break
                end += 1
            if end > first:
                return end + 1 if end + 1 < len(words) and words[end + 1] in lx.STREETS else end
            while end + 1 < len(words) and end - first < 3 and words[end] not in lx.STREETS:
                if words[end + 1] in lx.STREETS:
                    return end + 1
                if words[end + 1] in lx.FUNCTION_WORDS:
                    break
                end += 1
            return first
    return 0
