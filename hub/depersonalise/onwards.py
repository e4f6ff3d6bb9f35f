"""How far does an address go on? To its block, its street, its site: `plot 7, Willow Garth caravan site`."""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.house_words import (
    CONNECTORS,
    KINDS_OF_STREET,
    MOORINGS,
    NAMED,
    NUMBER_WORDS,
    SITE_TAILS,
    STREETS_ALONE,
)
from hub.depersonalise.houses import COUNTED, SHORT
from hub.depersonalise.place_names import NEVER, is_name, is_small, over, welsh_street
from hub.depersonalise.reading import Note

BUILT = frozenset("works plaza exchange studios lofts yard arcade".split())
PARKS = ("park", "site", "estate", "village", "club")
NAMED_OR_STREET = KINDS_OF_STREET | NAMED
PARTS = ("block", "tower", "building", "staircase", "stair", "wing", "flat", "room", "rm", "apt")
SIDES = frozenset("north south east west nth sth upper lower".split())
JOINS = CONNECTORS - {"of", "the", "in", "on", "by"}
SURE_STREETS = STREETS_ALONE - {"close", "drive", "way"}
LONGEST_NAME = 4


def onwards(read: Note, last: int) -> int:
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
    if gap in (", ", " ", " - ") and at + 1 < n and read.gaps[at + 1] == " ":
        if (
            words[at] in PARTS
            and (read.shapes[at + 1] == reading.DIGITS or len(words[at + 1]) == 1)
            and words[at + 1] != "a"
        ):
            return at + 1  # `Room 14, Block C`
        if words[at] in ("nr", "near", "outside") and is_name(read, at + 1) and not read.bits[at + 1] & lx.GIVEN:
            return at + 1  # `Hafod Farm, nr Llangadog`
    if _further_word(read, last):
        return at
    if gap in (" ", ". ") and words[at] in NUMBER_WORDS and at + 1 < n and read.shapes[at + 1] == reading.DIGITS and (
            words[last] in NAMED):  # fmt: skip
        return at + 1
    if gap in (" ", "-") and words[at] in JOINS and at + 1 < n:
        return at + 1 if is_name(read, at + 1) and read.gaps[at + 1] in (" ", "-") else last
    if gap in (", ", ",") and read.shapes[at] == reading.DIGITS and (street := _after_flat(read, last, at)):
        return street
    if gap == ", " and _is_village(read, last, at):
        return at
    if gap in (", ", ",") or (
        gap == " " and words[at] in ("at", "on", "in", "off") and words[last] not in STREETS_ALONE
    ):
        door = (
            words[last] in NAMED or read.shapes[last] == reading.DIGITS or len(words[last]) == 1
        )  # `number 30 on Granby Street`
        return _street_or_site(read, at + (gap == " "), last, comma=door or gap != " ")
    return last


def _after_flat(read: Note, last: int, at: int) -> int:
    """`14 wide bargate` behind `flat 2,`: the last word; 0 where no street follows."""
    flat = read.shapes[last] == reading.DIGITS or len(read.words[last]) == 1
    if not flat or len(read.words[at]) > 3 or at + 1 >= len(read.words) or read.words[at + 1] in COUNTED:
        return 0
    end = at
    while end + 1 < min(len(read.words), at + 4) and read.gaps[end + 1] in (" ", "-") and (
            read.shapes[end + 1] == read.shapes[at + 1] and (is_name(read, end + 1) or is_small(read, end + 1))):  # fmt: skip
        end += 1
    ends = over(read, end) or read.shapes[end + 1] != read.shapes[at + 1] or not is_small(read, end + 1)
    return end if end > at and ends else 0


def _further_word(read: Note, last: int) -> bool:
    """Is the next word of the same name: `Corn Mill` House, `Park View` Road, `Fen Rd` site, `Chy` -an-Mor?"""
    at, gap, words = last + 1, read.gaps[last + 1], read.words
    if gap == "-":
        return is_name(read, at)
    if gap != " ":
        return False
    if words[last] in SITE_TAILS and words[at] in PARKS:
        return True
    if words[at] in NAMED and words[last] in NAMED_OR_STREET and read.shapes[at] == read.shapes[last] == reading.TITLE:
        return True
    if words[at] in lx.STREETS and words[last] in KINDS_OF_STREET and (
            words[at] in SURE_STREETS or (read.casing != reading.UPPER_ONLY and is_name(read, at))):  # fmt: skip
        return True
    if words[at] in SIDES and words[last] in KINDS_OF_STREET and read.shapes[at] == read.shapes[last]:
        return True
    return words[at] in SITE_TAILS and (words[at] not in lx.STREETS or words[last] in lx.STREETS)


def _street_or_site(read: Note, at: int, last: int, *, comma: bool) -> int:
    """The end of `The Marina`, `Tolcarne Hill`, `Willow Garth caravan site` from `at` on; `last` where none begins."""
    words = read.words
    if comma and at < len(words) and (welsh := welsh_street(read, at)):
        return welsh
    streeted = words[last] in STREETS_ALONE
    end, j = last, at
    while j < min(len(words), at + LONGEST_NAME + 1) and (
        j == at or read.gaps[j] in (" ", "-", "' ") or (read.gaps[j] == ". " and words[j - 1] in SHORT)
    ):
        lower = words[j] in CONNECTORS or words[j] in SITE_TAILS
        plain = (
            read.casing == reading.LOWER_ONLY and not read.bits[j] & NEVER and read.shapes[j] != reading.DIGITS
        ) or (read.casing == reading.PROSE and comma and read.shapes[last] == reading.LOWER and is_small(read, j))
        if not (is_name(read, j) or plain or (lower and (j > at or words[j] == "the"))):
            break
        long = j > at + (words[at] == "the" and read.shapes[j] == reading.LOWER and read.casing == reading.PROSE)
        if (
            words[j] in SITE_TAILS
            or words[j] in MOORINGS
            or (words[j] in KINDS_OF_STREET and not streeted and comma)
            or (words[j] in BUILT and read.shapes[j] != reading.LOWER)
            or (words[j] in PARKS and words[j - 1] in SITE_TAILS)
        ):
            end = j if long else end
        elif words[j] in NAMED and long and not streeted:
            end = j
        elif j == at + 1 and words[at] == "the" and comma and not streeted and read.casing == reading.PROSE:
            end = j  # `The Marina`
        j += 1
    return end


def _is_village(read: Note, last: int, at: int) -> bool:
    """`Ty Isaf, Pentrefelin`: behind the name of a house the next says where it is."""
    if read.casing != reading.PROSE or not (read.words[last] in NAMED or read.shapes[last] != reading.DIGITS):
        return False
    ends = at + 1 >= len(read.words) or bool(read.gaps[at + 1].strip())
    known = lx.GIVEN | lx.COMMON | lx.KEEP | lx.CUE | lx.FUNCTION | lx.DOES | lx.BODY
    return ends and read.words[last] not in STREETS_ALONE and is_name(read, at) and not read.bits[at] & known
