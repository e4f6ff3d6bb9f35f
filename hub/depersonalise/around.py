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
from hub.depersonalise.doors import DOOR_LIST
from hub.depersonalise.house_words import (
    ADJECTIVES,
    CELTIC_HOUSES,
    CONNECTORS,
    DETERMINERS,
    HOMES,
    KINDS_OF_STREET,
    NAMED,
    NUMBER_WORDS,
    SITE_TAILS,
    STREETS_ALONE,
    SURE_HOMES,
    VIEWS,
    WHERE,
    WHERE_GLUE,
)
from hub.depersonalise.houses import UNITS, _is_clock
from hub.depersonalise.onwards import onwards
from hub.depersonalise.place_names import is_name, is_small
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

POSITION = r"(?:\d(?:st|nd|rd|th)|top|ground|first|second|third|fourth|lower|upper|upr|lwr|gnd|grd|basement|bsmt|basmt|garden|attic|upstairs|downstairs)"
SIDE = r"(?:left|right|rear|front|back|middle|flat)"
BEFORE_HOUSE = re.compile(
    rf"(?:\b{POSITION}(?: (?:floor|flr|fl))?(?: (?:flat|flt))?(?: {SIDE})?"
    r"|(?<![\w/.\-])(?:\d{1,2}/\d{1,2}|[bgp]/\d|\d?[bgpt]?f[lr\d]|[gfstlu]g?ff|lgf))(?:, ?| )$"
)
"""`basement flat, `, `2/1, `, `PF2 `: a floor, and what Scots number a flat by."""
AFTER_HOUSE = re.compile(
    rf"^,? (?:{POSITION}(?: floor)?(?: {SIDE})+|{POSITION} (?:floor|flat)|[0-3]/[0-9]|\d?[bgpt]?f[lr\d])\b"
)
ROOM = 30
LONGEST_NAME = 4
LONGEST_HEAD = 9
MOST = 6
"""Adjectives before a home, numbers before a house: bounded, so that no note takes long."""
AND = ("and", "or", "to", "n")
AT_NUMBER = frozenset("room rooms flat bedsit studio annexe bungalow caravan van maisonette".split())
REAR = ("rear", "back", "front", "side")
ORDINALS = ("st", "nd", "rd", "th")
BLOCKS = ("tower", "block", "building", "staircase", "stair", "house", "wing")
COMMAS = (", ", ",", " , ", " - ", "; ")


def find_around(read: Note, found: Sequence[Span]) -> Iterator[Span]:
    """Wider spans of the addresses of `found`, where there is more to them."""
    seen: set[tuple[int, int]] = set()
    for span in found:
        if span.kind == "DATE OF BIRTH" and (home := _after_birth(read, span)):
            yield home
        if span.kind != "ADDRESS":
            continue
        start, end = span.start, span.end
        if (start, end) in seen:
            continue
        seen.add((start, end))
        if read.folded[start:end].isdigit() and (more := DOOR_LIST.match(read.folded, end)):
            end = more.end()
        if before := BEFORE_HOUSE.search(read.folded[max(0, start - ROOM) : start]):
            start = max(0, start - ROOM) + before.start()
        if after := AFTER_HOUSE.match(read.folded[end : end + ROOM]):
            end += after.end()
        first, last = bisect_left(read.starts, start), bisect_right(read.starts, end - 1) - 1
        if not first <= last < len(read.words):
            continue
        begun, done = _back(read, first), onwards(read, last)
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
        if j > at and read.words[j] in STREETS_ALONE and read.shapes[at + (read.words[at] == "the")] != reading.LOWER:
            return Span(read.starts[at], read.ends[j], "ADDRESS", 0.6, "pattern.home-of-born")
    return None


def _back(read: Note, first: int) -> int:
    """The first word of the address that is known from `first` on."""
    at = first
    if at and read.words[at - 1] in UNITS and read.gaps[at] == " ":
        at -= 1  # `Flat 0/1`: the number alone was found
    at = _numbers(read, at)
    for _ in range(3):
        further = _beside_it(read, _named(read, at))
        if further == at:
            break
        at = further
    adjoined = at < first or read.words[at] in HOMES or read.words[at] in ADJECTIVES
    return with_adjectives(read, at) if adjoined else at


def with_adjectives(read: Note, at: int) -> int:
    """Where `the small corner flat` begins, given its `flat`."""
    words = read.words
    least = max(0, at - MOST)
    while at > least and read.gaps[at] in (" ", "-") and (words[at - 1] in ADJECTIVES or words[at - 1] in ORDINALS):
        at -= 1 + (words[at - 1] in ORDINALS and at > 1 and read.shapes[at - 2] == reading.DIGITS)
    if at and words[at - 1].endswith("'s") and read.gaps[at] == " ":
        at -= 1  # `my late mother's bungalow`
        at -= at > 0 and words[at - 1] in ("late", "old", "ex") and read.gaps[at] == " "
    return at - (at > 0 and words[at - 1] in DETERMINERS and read.gaps[at] == " ")


def _numbers(read: Note, at: int) -> int:
    """Where `31, 33 and 37 Mill Road` begins, given its `37`."""
    least = max(1, at - 4 * MOST)
    while at > least and read.shapes[at] == reading.DIGITS:
        gap, before = read.gaps[at].strip(), at - 1
        if read.words[before] in AND and gap == "" and read.gaps[before] == " ":
            before -= 1
        elif gap not in ("&", ",", "+", "/", "-"):
            break
        if before and len(read.words[before]) == 1 and read.shapes[before] != reading.DIGITS and not read.gaps[before]:
            before -= 1
        if read.shapes[before] != reading.DIGITS or len(read.words[before]) > 3 or _is_clock(read, before):
            break
        at = before
    return at


def _named(read: Note, first: int) -> int:
    """Where `Larch House, 4 Beacon Close` begins, given its `4`."""
    words = read.words
    unit = words[first] in UNITS and read.gaps[first] in (" ", ", ")
    if first < 1 or not (unit or read.gaps[first] in COMMAS):
        return first
    last = first - 1
    if (read.shapes[last] == reading.DIGITS or len(words[last]) == 1) and last and words[last - 1] in BLOCKS:
        return last - 1  # `Tower 3, Flat 61`
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
    told = (
        words[last] in NAMED
        or (words[last] in VIEWS and read.casing == reading.PROSE)
        or words[last] in SITE_TAILS
        or words[at] in CELTIC_HOUSES
        or words[at - 1 : at] == ["aboard"]
        or (words[at] == "the" and not read.bits[last] & lx.CUE)
    )
    known = (lx.KNOWN | lx.GIVEN) & ~(lx.PLACE | lx.MAYBE_WORD if words[at - 1] == "at" else lx.MAYBE_WORD)
    titled = read.casing == reading.PROSE and read.shapes[last] != reading.LOWER
    alone = titled and at == last and not bits & known
    if unit:
        common = lx.COMMON | lx.KEEP | lx.CUE | lx.FUNCTION | lx.DOES | lx.BODY
        alone = titled and at == last and read.gaps[first] == ", " and not bits & common
        told = told or (is_name(read, last) and words[last] in KINDS_OF_STREET)
    if read.shapes[last] == reading.LOWER and read.casing == reading.PROSE:
        told = told and at + (words[at] == "the") < last  # `the block, 14 Mill Road`
    return at if (told and at < last) or alone else first


def _goes_back(read: Note, at: int, last: int) -> bool:
    """Does a house's name go on before `at`?"""
    before = at - 1
    if before == last and read.words[last] in SITE_TAILS:
        return True  # `Beech Lodge refuge, room 2`
    if before < last and read.gaps[at] not in (" ", "-", "' "):
        return False
    if read.words[before] in CONNECTORS:
        return before < last
    small = read.casing == reading.LOWER_ONLY or read.shapes[last] == reading.LOWER
    return is_small(read, before) if small else is_name(read, before)


def _beside_it(read: Note, at: int) -> int:
    """Where `garages at rear of 52 Alfreton Rd` begins, given its `52`: what stands beside a house, and is slept in."""
    words, j, told = read.words, at - 1, False
    if j >= 0 and read.gaps[at] == ", " and words[j] in SURE_HOMES:
        return j  # `her father's flat, Flat 8, Tarn Court`
    while j >= 0 and at - j < 7 and read.gaps[j + 1] == " " and (words[j] in WHERE or words[j] in WHERE_GLUE):
        told = told or words[j] in WHERE
        j -= 1
    if j > 0 and told and read.shapes[j] == reading.DIGITS and words[j - 1] in UNITS:
        return j - 1  # `unit 5 rear of 33 Lockwood Street`
    plain = words[at - 1] in ("at", "in", "on") and words[j] in AT_NUMBER
    return (
        j if j >= 0 and (told or plain) and words[j] in HOMES and read.gaps[j + 1] in (" ", ", ") else _rear(read, at)
    )


def _rear(read: Note, at: int) -> int:
    """Where `rear of 61 Perth St`, `back 12 Kent St` begins, given its number."""
    words = read.words
    if at and read.gaps[at] == " " and words[at - 1] in ("back", "bk", "rear"):
        return at - 1
    if at > 1 and read.gaps[at] == read.gaps[at - 1] == " " and words[at - 1] == "of" and words[at - 2] in REAR:
        return at - 2
    return at
