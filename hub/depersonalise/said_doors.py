"""Which addresses does a caller say in words? `fifty five Evington Rise`, `number nine, station cottages`, `TWELVE DOCK VIEW`."""

from __future__ import annotations

from collections.abc import Iterator

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.doors import FROM_DOOR
from hub.depersonalise.house_words import CONNECTORS, HOMES, KINDS_OF_STREET, NAMED
from hub.depersonalise.houses import COUNTED, GOES_ON, LIVES
from hub.depersonalise.place_names import is_name, over
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

TEENS = frozenset(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy"
    " eighty ninety".split()
)
ONES = frozenset("one two three four five six seven eight nine".split())
SAID = TEENS | ONES | {"hundred"}
INSIDE = SAID | {"hundred", "and", "oh", "o"}
BEFORE_ADDRESS = LIVES | frozenset(
    "at its it's is address caller number no from to outside flat in near keys yes yeah ok of um er love".split()
)
NOT_NAMES = lx.FUNCTION | lx.DOES
LETTERS = frozenset("a b c d e f".split())
AMBIGUOUS = frozenset(
    "way park place end view bank gate path hill walk drive court green close field fields rise row".split()
)
"""Kinds of street that are counted or done as well: only behind a name, or behind a cue."""


def find_said_doors(read: Note) -> Iterator[Span]:
    """House numbers in words, with the street that follows."""
    if SAID.isdisjoint(read.vocabulary):
        return
    done = -1
    for i in [i for i, w in enumerate(read.words) if w in SAID]:
        if i <= done:
            continue
        last = _number(read, i)
        if end := _street(read, i, last):
            at = i - (i > 0 and read.words[i] == "hundred" and read.words[i - 1] == "a")
            yield Span(read.starts[at], read.ends[end], "ADDRESS", 0.7, "pattern.house-said")
        elif _door(read, i, last):
            end = last
            yield Span(read.starts[i], read.ends[last], "ADDRESS", 0.6, "pattern.door-said")
        done = max(last, end)


def _number(read: Note, i: int) -> int:
    """The last word of a number in words, a letter behind it included."""
    words, n, last = read.words, len(read.words), i
    while last + 1 < min(n, i + 6) and read.gaps[last + 1] in (" ", "-") and words[last + 1] in INSIDE:
        last += 1
    while words[last] == "and":
        last -= 1
    lettered = (
        last + 2 < n
        and words[last + 1] in LETTERS
        and read.gaps[last + 1] == " "
        and read.gaps[last + 2] in (" ", ", ")
    )
    return (
        last + 1
        if lettered and (words[last + 1] != "a" or last > i or read.shapes[last + 1] == reading.TITLE)
        else last
    )


def _street(read: Note, i: int, last: int) -> int:
    """The last word of the street behind a number in words; 0 where none follows."""
    words, n = read.words, len(read.words)
    cued = _cued(read, i)
    if (last == i and words[i] in ONES and not cued) or words[last + 1 : last + 2] == ["way"]:
        return 0  # `Seven Sisters Road`, `one way street`
    if last + 2 >= n or read.gaps[last + 1] not in ((" ", ", ") if cued or words[last] in LETTERS else (" ",)):
        return 0
    names = False
    for j in range(last + 1, min(n, last + 5)):
        if j > last + 1 and read.gaps[j] not in (" ", "-", ". ", "' "):
            return 0
        kind = words[j] in KINDS_OF_STREET or words[j] in NAMED
        titled = read.casing != reading.UPPER_ONLY and is_name(read, j)
        if kind and j > last + 1 and (titled or cued or read.casing != reading.PROSE):
            if not (cued or titled or names or over(read, j)) or (
                words[j] in AMBIGUOUS and not (cued or titled or names)
            ):
                return 0
            more = j + 1 < n and words[j + 1] in lx.STREETS and read.gaps[j + 1] == " "
            return j + more
        if read.shapes[j] == reading.DIGITS or words[j] in COUNTED or (
                read.bits[j] & NOT_NAMES and words[j] not in CONNECTORS):  # fmt: skip
            return 0
        if read.casing == reading.PROSE and not titled and not cued and words[j] not in CONNECTORS:
            return 0
        names = names or titled or not read.bits[j] & (lx.WORD | lx.FUNCTION | lx.KEEP)
    return 0


def _cued(read: Note, i: int) -> bool:
    """Does what stands before say that an address comes: `lives at`, `its`, the beginning of what a caller says?"""
    if not i:
        return read.casing != reading.PROSE
    if read.words[i] == "hundred" and read.words[i - 1] == "a":
        return _cued(read, i - 1)
    gap = read.gaps[i]
    return ":" in gap or "\n" in gap or ">" in gap or (len(gap) < 3 and read.words[i - 1] in BEFORE_ADDRESS)


def _door(read: Note, i: int, last: int) -> bool:
    """Is a number in words a door's: `lives at number nine`, `flat twelve`?"""
    words = read.words
    if not i or read.gaps[i] != " ":
        return False
    before = words[i - 1]
    over = (
        last + 1 >= len(words)
        or read.gaps[last + 1].strip()
        or words[last + 1] not in COUNTED
        or words[last + 1] in GOES_ON
    )
    if before == "number":
        cue = words[i - 2] if i > 1 else "at"
        return bool(over) and (
            last > i
            or ":" in read.gaps[i - 1]
            or cue in BEFORE_ADDRESS
            or cue in ("outside", "opposite", "into", "next", "door's", "doors", "door", "over", "across")
            or "," in read.gaps[i - 1]
            or cue in HOMES
        )
    if before == "from" and i > 1 and words[i - 2] in FROM_DOOR:
        return bool(over) and (last > i or words[i] in TEENS)  # `him from twenty eight`
    return before in ("flat", "apartment") and bool(over)
