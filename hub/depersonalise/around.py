"""How far does an address reach to either side? To the house's name before its number, to its floor, street and site.

What other rules found is the heart of an address: `4 Beacon Close`. Here it is widened to all that says which home it
is: `Larch House, 4 Beacon Close`, `2/1, 64 Provost Rd`, `shed at the back of 9 Mill Rd`, `plot 7, Willow Garth caravan site`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.house_words import (
    ADJECTIVES,
    CONNECTORS,
    DAYS,
    DETERMINERS,
    HOMES,
    KINDS_OF_STREET,
    MOORINGS,
    NAMED,
    NUMBER_WORDS,
    SITE_TAILS,
    STREETS_ALONE,
    WHERE,
    WHERE_GLUE,
)
from hub.depersonalise.houses import UNITS
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

POSITION = r"(?:\d(?:st|nd|rd|th)|top|ground|first|second|third|fourth|lower|upper|basement|garden|attic)"
SIDE = r"(?:left|right|rear|front|back|middle|flat)"
BEFORE_HOUSE = re.compile(
    rf"(?:\b{POSITION}(?: floor)?(?: flat)?(?: {SIDE})?"
    r"|(?<![\w/.\-])(?:\d{1,2}/\d{1,2}|[bgp]/\d|\d?[bgpt]?f[lr\d]))(?:, ?| )$"
)
"""`basement flat, `, `2/1, `, `PF2 `: a floor, and what Scots number a flat by."""
AFTER_HOUSE = re.compile(
    rf"^,? (?:{POSITION}(?: floor)?(?: {SIDE})+|{POSITION} (?:floor|flat)|[0-3]/[0-9]|\d?[bgpt]?f[lr\d])\b"
)
ROOM = 30
LONGEST_NAME = 4
LONGEST_HEAD = 9
COMMAS = (", ", ",", " , ", " - ", "; ")
NEVER = lx.FUNCTION | lx.DOES | lx.TITLE | lx.RANK


def find_around(read: Note, found: Sequence[Span]) -> Iterator[Span]:
    """Wider spans of the addresses of `found`, where there is more to them."""
    for span in found:
        if span.kind == "DATE OF BIRTH" and (home := _after_birth(read, span)):
            yield home
        if span.kind != "ADDRESS":
            continue
        start, end = span.start, span.end
        if before := BEFORE_HOUSE.search(read.folded[max(0, start - ROOM) : start]):
            start = max(0, start - ROOM) + before.start()
        if after := AFTER_HOUSE.match(read.folded[end : end + ROOM]):
            end += after.end()
        first, last = bisect_left(read.starts, start), bisect_right(read.starts, end - 1) - 1
        if not first <= last < len(read.words):
            continue
        begun, done = _back(read, first), _onwards(read, last)
        start = read.starts[begun] if begun < first else start
        end = read.ends[done] if done > last else end
        if (start, end) != (span.start, span.end):
            yield span._replace(start=start, end=end)


def _after_birth(read: Note, born: Span) -> Span | None:
    """`the Sally Army, Lowther St` behind `Re Patrick Breen, 12/6/71, `: the head of a letter, up to its full stop."""
    at = bisect_left(read.starts, born.end)
    if at >= len(read.words) or read.text[born.end : read.starts[at]] not in (", ", ",\n", " of ", ", of "):
        return None
    for j in range(at, min(at + LONGEST_HEAD, len(read.words))):
        if j > at and read.gaps[j] not in (" ", ", ", ",\n", "-", "' "):
            return None
        if j > at and read.words[j] in STREETS_ALONE and is_name(read, at if read.words[at] != "the" else at + 1):
            return Span(read.starts[at], read.ends[j], "ADDRESS", 0.6, "pattern.home-of-born")
    return None


def _back(read: Note, first: int) -> int:
    """The first word of the address that is known from `first` on."""
    unit = first and read.words[first - 1] in UNITS and read.gaps[first] == " "
    at = _beside_it(read, _named(read, first - bool(unit)))
    return with_adjectives(read, at) if at < first or read.words[at] in HOMES else at


def with_adjectives(read: Note, at: int) -> int:
    """Where `the small corner flat` begins, given its `flat`."""
    words = read.words
    while at and words[at - 1] in ADJECTIVES and read.gaps[at] in (" ", "-"):
        at -= 1
    return at - (at > 0 and words[at - 1] in DETERMINERS and read.gaps[at] == " ")


def is_name(read: Note, i: int) -> bool:
    """May a word be part of a house's or street's name: a capital where a note has them, else any that is no glue?"""
    if read.shapes[i] == reading.DIGITS or read.words[i] in DAYS:
        return False
    if read.casing == reading.UPPER_ONLY:
        return not read.bits[i] & NEVER
    return read.shapes[i] in (reading.TITLE, reading.MIXED, reading.SHOUTED) and not read.bits[i] & (lx.TITLE | lx.RANK)


def _named(read: Note, first: int) -> int:
    """Where `Larch House, 4 Beacon Close` begins, given its `4`."""
    words = read.words
    if first < 1 or read.gaps[first] not in COMMAS:
        return first
    last = first - 1
    if read.shapes[last] == reading.DIGITS and last > 1 and words[last - 1] in NUMBER_WORDS:
        last -= 2  # `Coastguard Cottage No. 4, The Marina`
    at = last + 1
    while at and last - at < LONGEST_NAME and _goes_back(read, at, last):
        at -= 1
    while at < last and (words[at] in CONNECTORS or read.bits[at] & (lx.DOES | lx.CUE)) and words[at] != "the":
        at += 1
    if at > last or (at == last and words[at] == "the"):
        return first
    bits = read.bits[at]
    told = words[last] in NAMED or (words[at] == "the" and not read.bits[last] & lx.CUE)
    alone = read.casing == reading.PROSE and at == last and not bits & (lx.KNOWN | lx.GIVEN) & ~lx.MAYBE_WORD
    return at if (told and at < last) or alone else first


def _goes_back(read: Note, at: int, last: int) -> bool:
    """Does a house's name go on before `at`?"""
    before = at - 1
    if before < last and read.gaps[at] not in (" ", "-", "' "):
        return False
    if read.words[before] in CONNECTORS:
        return before < last
    if read.casing == reading.LOWER_ONLY:
        doing = read.words[before].endswith(("ing", "ed"))
        return read.shapes[before] != reading.DIGITS and not read.bits[before] & NEVER and not doing
    return is_name(read, before)


def _beside_it(read: Note, at: int) -> int:
    """Where `garages at rear of 52 Alfreton Rd` begins, given its `52`: what stands beside a house, and is slept in."""
    words, j, told = read.words, at - 1, False
    while j >= 0 and at - j < 7 and read.gaps[j + 1] == " " and (words[j] in WHERE or words[j] in WHERE_GLUE):
        told = told or words[j] in WHERE
        j -= 1
    plain = words[at - 1] in ("at", "in") and words[j] in ("room", "rooms", "flat", "bedsit", "studio", "annexe")
    return j if j >= 0 and (told or plain) and words[j] in HOMES and read.gaps[j + 1] in (" ", ", ") else at


def _onwards(read: Note, last: int) -> int:
    """The last word of the address that is known up to `last`."""
    for _ in range(3):
        further = _one_more(read, last)
        if further == last:
            break
        last = further
    return last


def _one_more(read: Note, last: int) -> int:
    words, n = read.words, len(read.words)
    at = last + 1
    if at >= n:
        return last
    gap = read.gaps[at]
    if gap in (" ", ". ") and words[at] in NUMBER_WORDS and at + 1 < n and read.shapes[at + 1] == reading.DIGITS and (
            words[last] in NAMED):  # fmt: skip
        return at + 1
    if (
        gap in (" ", "-")
        and words[at] in CONNECTORS
        and words[at] not in ("of", "the", "in", "on", "by")
        and at + 1 < n
    ):
        return at + 1 if is_name(read, at + 1) and read.gaps[at + 1] in (" ", "-") else last
    if gap == "-" and is_name(read, at):
        return at
    if gap == " " and words[at] in SITE_TAILS and (words[at] not in lx.STREETS or words[at - 1] in lx.STREETS):
        return at
    if gap in (", ", ",") or (
        gap == " " and words[at] in ("at", "on", "in", "off") and words[last] not in STREETS_ALONE
    ):
        return _street_or_site(read, at + (gap == " "), last, comma=gap != " ")
    return last


def _street_or_site(read: Note, at: int, last: int, *, comma: bool) -> int:
    """The end of `The Marina`, `Tolcarne Hill`, `Willow Garth caravan site` from `at` on; `last` where none begins."""
    words = read.words
    streeted = words[last] in STREETS_ALONE
    end, j = last, at
    while j < min(len(words), at + LONGEST_NAME + 1) and (j == at or read.gaps[j] in (" ", "-", ". ", "' ")):
        lower = words[j] in CONNECTORS or words[j] in SITE_TAILS
        plain = read.casing == reading.LOWER_ONLY and not read.bits[j] & NEVER and read.shapes[j] != reading.DIGITS
        if not (is_name(read, j) or plain or (lower and (j > at or words[j] == "the"))):
            break
        long = j > at
        if words[j] in SITE_TAILS or words[j] in MOORINGS or (words[j] in KINDS_OF_STREET and not streeted and comma):
            end = j if long else end
        elif words[j] in NAMED and long and not streeted:
            end = j
        elif j == at + 1 and words[at] == "the" and comma and not streeted and read.casing == reading.PROSE:
            end = j  # `The Marina`
        j += 1
    return end
