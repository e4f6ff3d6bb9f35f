"""Which homes does a note describe instead of naming? `the flat over the Golden Carp on Breck Road`, boats, a last house.

A home, what it stands beside and the street, with the words that tell it from others: `the white cottage by the ford in
Mill Lane`. `the house on Mill Lane` alone stays: a street has many.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.around import with_adjectives
from hub.depersonalise.house_words import (
    ADJECTIVES,
    BUILDINGS,
    CONNECTORS,
    DETERMINERS,
    KINDS_OF_STREET,
    LANDMARKS,
    MOORINGS,
    NAMED,
    PLACED,
    SURE_HOMES,
    WHERE,
    WHERE_GLUE,
)
from hub.depersonalise.houses import LIVES
from hub.depersonalise.place_names import is_name, is_small
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

BOATS = frozenset("narrowboat houseboat boat barge nb widebeam yacht canalboat".split())
SURE_BOATS = BOATS - {"boat", "yacht", "nb"}
CONVERTED = frozenset("old converted former disused".split())
AT_ABOVE = LIVES | {"at", "from", "to", "addr"}
LIVING = 6
ALL = SURE_HOMES | BOATS | BUILDINGS | {"room", "rooms", "terrace", "floor", "flr", "above", "over"}
GLUE = WHERE_GLUE | DETERMINERS
STREET_LINKS = frozenset("on in at off along".split())
STOPS = lx.FUNCTION | lx.DOES | lx.TITLE | lx.RANK
LONG = 9


def find_dwellings(read: Note) -> Iterator[Span]:
    """Homes told by what they stand beside, or by their place in a street; boats by name or mooring."""
    if ALL.isdisjoint(read.vocabulary):
        return
    done = -1
    for i in [i for i, w in enumerate(read.words) if w in ALL]:
        if i <= done:
            continue
        word = read.words[i]
        if word in ("above", "over"):
            if not (i and read.words[i - 1] in AT_ABOVE and read.gaps[i] in (" ", ": ")):
                continue
            end, named = _landmark(read, i - 1)
            if named:
                yield Span(read.starts[i], read.ends[end], "ADDRESS", 0.6, "pattern.home-described")
                done = end
            continue
        if word in ("floor", "flr"):
            end = _floor(read, i)
        elif (word in BUILDINGS and not _converted(read, i)) or (
            read.words[i] == "terrace" and not (i and read.words[i - 1] in ADJECTIVES)
        ):
            continue
        else:
            end = _boat(read, i) if word in BOATS else max(_described(read, i), _at_name(read, i))
            if word in ("room", "rooms") and read.words[end] not in KINDS_OF_STREET:
                continue
        if end > i:
            start = with_adjectives(read, i)
            yield Span(read.starts[start], read.ends[end], "ADDRESS", 0.6, "pattern.home-described")
            done = end


def _converted(read: Note, i: int) -> bool:
    """Does somebody live in `the converted chapel`?"""
    begun = max(0, i - LIVING)
    return (
        i > 0
        and read.words[i - 1] in CONVERTED
        and (read.words[i - 1] == "converted" or not LIVES.isdisjoint(read.words[begun:i]))
    )


def _at_name(read: Note, i: int) -> int:
    """The last word of `annexe at Tall Trees` behind its `annexe`; i where no house or village is named."""
    words, n, end = read.words, len(read.words), i
    if read.casing != reading.PROSE or words[i] not in SMALL_HOMES or words[i + 1 : i + 2] != ["at"]:
        return i
    for j in range(i + 2, min(n, i + 5)):
        if read.gaps[j] != " " or not is_name(read, j):
            break
        end = j
    return i if end > i and read.bits[end] & (lx.BODY | lx.STREET) else end


SMALL_HOMES = frozenset(
    "annexe annex cottage bungalow caravan chalet barn lodge farmhouse stables cabin yurt studio static granny".split()
)


def _floor(read: Note, i: int) -> int:
    """The last word of `third floor of Beaumont Point` behind its `floor`; i where no building follows."""
    words, n = read.words, len(read.words)
    j = i + 1 + (words[i + 1 : i + 2] in (["flat"], ["flt"]))
    if j < n and words[j] in ("of", "in", "at") and read.gaps[j] == " ":
        j += 1
    elif not (j < n and read.gaps[j] == ", "):
        return i
    first = j
    while j < min(n, first + 4) and (j == first or read.gaps[j] in (" ", "-", "' ")):
        if j > first and words[j] in NAMED and (j > first + 1 or words[first] != "the" or is_name(read, j)):
            return j
        if not (is_name(read, j) or is_small(read, j)) and words[j] != "the":
            break
        j += 1
    return i


def _described(read: Note, i: int) -> int:
    """The last word of `cottage by the ford in Mill Lane` behind its `cottage`; i where nothing tells it from others."""
    told, end = False, i
    placed = read.words[i] in BUILDINGS or (i > 0 and read.words[i - 1] in PLACED and read.gaps[i] in (" ", "-"))
    for _ in range(3):
        further, sure = _landmark(read, end)
        street = street_behind(read, max(further, end), comma=further > end or placed)
        if street:
            told = told or further > end or placed
            end = street
        elif further > end and (sure or told):
            told, end = True, further
        else:
            break
    return end if told else i


def _landmark(read: Note, i: int) -> tuple[int, bool]:
    """(last word of `above the bookies` behind word i, is it told by its name or trade?); i where nothing is."""
    words, n = read.words, len(read.words)
    j, told = i + 1, False
    if j < n and read.gaps[j] == ", " and words[j] in WHERE:
        told, j = True, j + 1
    while j < min(n, i + LONG) and read.gaps[j] == " " and (words[j] in WHERE or words[j] in GLUE):
        told = told or words[j] in WHERE
        j += 1
    if j < n and words[j] == "with" and read.gaps[j] == " ":
        return _with_what(read, j, i)
    if not told or j >= n or read.gaps[j] not in (" ", ' "', " '"):
        return i, False
    return _thing(read, j, i)


def _with_what(read: Note, at: int, i: int) -> tuple[int, bool]:
    """The last word of `with the broken shutters`; a street has to follow."""
    for j in range(at + 2, min(len(read.words), at + 6)):
        over = j + 1 >= len(read.words) or read.words[j + 1] in STREET_LINKS or read.gaps[j + 1] == ", "
        if read.gaps[j] not in (" ", "-") or read.bits[j] & lx.DOES:
            break
        if over:
            return j, False
    return i, False


def _thing(read: Note, at: int, i: int) -> tuple[int, bool]:
    """The last word of what begins at `at`: a name of up to four words, a thing of up to three; i where it is neither."""
    words, j, named, traded = read.words, at, False, False
    while j < min(len(words), at + 4) and (j == at or read.gaps[j] in (" ", "-", " & ", "' ")):
        capital = read.casing != reading.UPPER_ONLY and is_name(read, j)
        if read.shapes[j] == reading.DIGITS or (not capital and read.bits[j] & STOPS):
            break
        if named and not capital and words[j] not in LANDMARKS:
            break
        named = named or capital
        traded = traded or words[j] in LANDMARKS
        j += 1
        if traded and not named and not (j < len(words) and words[j] in LANDMARKS):
            break
    if at < j < len(words) and read.gaps[j] == " " and words[j] in lx.STREETS and (traded or named):
        j += 1  # `the top of Cemetery Hill`
    return (j - 1, named or traded) if j > at else (i, False)


def street_behind(read: Note, i: int, *, comma: bool) -> int:
    """The last word of `on Breck Road`, `, 410 Ealing Road` behind word i; 0 where no street follows."""
    words, n = read.words, len(read.words)
    j = i + 1
    if j < n and words[j] in STREET_LINKS and read.gaps[j] == " ":
        j += 1
    elif not (comma and j < n and read.gaps[j] in (", ", " - ", " (")):
        return 0
    j += j < n and words[j] == "the"
    if j + 1 < n and read.shapes[j] == reading.DIGITS and len(words[j]) < 5:
        j += 1 + (len(words[j + 1]) == 1 and not read.gaps[j + 1])
    first = j
    while j < min(n, first + 4) and (j == first or read.gaps[j] in (" ", "-", ". ")):
        if words[j] in KINDS_OF_STREET and j > first:
            return j + (j + 1 < n and words[j + 1] in lx.STREETS and read.gaps[j + 1] == " ")
        plain = is_small(read, j)
        if not plain and not is_name(read, j) and (j == first or words[j] not in CONNECTORS):
            return 0
        j += 1
    return 0


def _boat(read: Note, i: int) -> int:
    """The last word of `houseboat, Lady Margot, Jubilee moorings` behind its `houseboat`; i where neither is told."""
    words, n = read.words, len(read.words)
    j = i + 1 + (i + 1 < n and words[i + 1] in ("called", "named", "name"))
    called = j > i + 1
    end = i
    if j < n and read.gaps[j] in (" ", ", ", ' "', ', "', " '", ": "):
        while j < min(n, i + 5) and (end == i or read.gaps[j] in (" ", "-")) and (
                is_name(read, j) or (read.bits[j] & lx.TITLE and read.shapes[j] == reading.TITLE)
                or (end == i and words[j] == "the")):  # fmt: skip
            end, j = j, j + 1
    name = end
    at = end + 1
    for word in range(3):
        if (
            at < n
            and words[at] in ("moored", "at", "on", "in", "near", "by", "the")
            and (word or read.gaps[at] in (" ", ", ", '", '))
        ):
            at += 1
    if at < n and read.gaps[at] in (" ", ", ", '", '):
        for j in range(at, min(n, at + 5)):
            if j > at and read.gaps[j] not in (" ", "-", "' "):
                break
            if (words[j] in MOORINGS and j > at) or (is_name(read, j) and at > name + 1 and words[i] in SURE_BOATS):
                end = j
            elif read.bits[j] & STOPS or (read.casing == reading.PROSE and not is_name(read, j)):
                break
    return end if end > name or (called and end > i) or words[i] in SURE_BOATS or words[i] == "nb" else i
