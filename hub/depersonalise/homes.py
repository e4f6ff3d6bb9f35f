"""Which words say where somebody lives without a house number? `flat over the Ladbrokes`, `Lives Wisteria, Church Walk`.

A street alone stays: the analyst needs it. What is masked names one dwelling: by what is under it, by its name behind a
word for living there, by its door, by its room.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.houses import BESIDE, DWELLINGS, FLOORS, HOUSE_NAMES, LIVES
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

SHOPS = frozenset(
    "shop shops pub store stores takeaway chippy bank bookies bookmakers garage cafe salon barbers bakery butchers chemist post office"
    " launderette restaurant club bar church surgery library kebab".split()
)
DOORS = frozenset("door gate gates house bungalow cottage caravan flat".split())
LOOKS = frozenset("red green blue yellow black white brown grey pink purple orange end last first corner big".split())
ROOMS = frozenset("room rm".split())
INNS = frozenset("hotel hostel inn lodge travelodge motel guesthouse halls hall court house".split())
SITES = frozenset("halls hall works arches studios park site yard marina estate farm court house lodge point".split())
UNITS_ON_SITE = frozenset("unit plot pitch caravan berth chalet bay lodge".split())
SHORT_FLAT = "fl"
WELSH_HOMES = frozenset("fferm tyddyn bwthyn hafod hendre".split())
ON_WHEELS = frozenset(
    "caravan caravans static trailer boat narrowboat houseboat barge camper campervan motorhome".split()
)
BARE_NUMBERS = frozenset("no number".split())
ALL = (
    BESIDE
    | DOORS
    | ROOMS
    | UNITS_ON_SITE
    | LIVES
    | FLOORS
    | {SHORT_FLAT, "home"}
    | WELSH_HOMES
    | ON_WHEELS
    | BARE_NUMBERS
)
AT_HOUSE = frozenset("at outside from lives living of opposite near visit visited address".split())
ONWARDS = 4
Found = tuple[int, int, str]


def find_homes(read: Note) -> Iterator[Span]:
    """Homes that no house number gives away."""
    for i, word in [(i, w) for i, w in enumerate(read.words) if w in ALL]:
        for start, end, rule in _found(read, i, word):
            yield Span(read.starts[start], read.ends[end], "ADDRESS", 0.6, f"pattern.{rule}")
    if read.zones and read.casing == reading.LOWER_ONLY:
        yield from _small_streets(read)
    if not any(zone.touching for zone in read.zones):
        return
    for i in [i for i in read.numbers if not read.gaps[i]]:
        if i and len(read.words[i - 1]) == 1 and len(read.words[i]) < 5 and (end := _site(read, i + 1)):
            yield Span(read.starts[i - 1], read.ends[end], "ADDRESS", 0.6, "pattern.home-site")  # `C14 Maple Halls`


def _small_streets(read: Note) -> Iterator[Span]:
    """`outside 17 thirlmere`: in a note of small letters, a number and one word that English has not."""
    for i, word in enumerate(read.words):
        if word in AT_HOUSE and _number(read, i + 1) and read.gaps[i + 1] == " " and i + 2 < len(read.words):
            bits, name = read.bits[i + 2], read.words[i + 2]
            over = i + 3 >= len(read.words) or read.gaps[i + 3].strip() or read.bits[i + 3] & lx.FUNCTION
            if (
                read.gaps[i + 2] == " "
                and over
                and len(name) > 4
                and not bits & (lx.KNOWN & ~lx.PLACE | lx.GIVEN | lx.DOES)
            ):
                yield Span(read.starts[i + 1], read.ends[i + 2], "ADDRESS", 0.5, "pattern.home-small")


def _found(read: Note, i: int, word: str) -> Iterator[Found]:
    """Homes told by a word for them at i, then those told by a number behind it."""
    if word in BESIDE and i and read.words[i - 1] in DWELLINGS and (end := _above(read, i)):
        yield i - 1, end, "home-above"
    if word in LIVES and (found := _after_living(read, i)):
        yield *found, "home-named"
    if word in DOORS and i and read.words[i - 1] in LOOKS and (end := _on_street(read, i)):
        yield _door(read, i), end, "home-door"
    if word in WELSH_HOMES and (end := _names(read, i)) > i:
        yield i, end, "home-named"
    if (word in ON_WHEELS or (word == "home" and i and read.words[i - 1] == "mobile")) and (end := _kept_at(read, i)):
        yield i - (word == "home"), end, "home-on-wheels"
    if word in FLOORS and (end := _floor(read, i)):
        yield i, end, "home-floor"
    at = i + 1 + (read.words[i + 1 : i + 2] in (["no"], ["number"]))
    if at < len(read.words) and read.shapes[at] == reading.DIGITS:
        yield from _numbered(read, i, word, at)


def _numbered(read: Note, i: int, word: str, at: int) -> Iterator[Found]:
    """`Room 12, Park Hotel`, `Unit 4 Gladstone Works`, `fl 6`, `(no. 4)`, `Flat 2, 14 Wide Bargate`."""
    if (
        word in BARE_NUMBERS
        and read.gaps[i].endswith("(")
        and read.gaps[at] in (" ", ". ")
        and read.gaps[at + 1].startswith(")")
    ):
        yield at, at, "home-bracketed"
    if not _number(read, at):
        return
    if word in UNITS_ON_SITE and (end := _site(read, at + 1)):
        yield i, end, "home-site"
    if at > i + 1:
        return
    if word in ROOMS and (start := _inn_before(read, i)) < i:
        yield start, at, "home-room"
    if word in ROOMS and (end := _inn_behind(read, at + 1)):
        yield i, end, "home-room"
    if word == SHORT_FLAT:
        yield i, at, "home-flat"
    if word in DWELLINGS and (end := _second_number(read, at + 1)):
        yield i, end, "home-flat"


def _door(read: Note, i: int) -> int:
    """Where `the house with the blue door` begins, given its `door`."""
    start = i - 1 - (read.words[i - 2] == "the")
    with_it = start > 1 and read.words[start - 1] == "with" and read.words[start - 2] in DOORS
    return start - (2 + (read.words[start - 3] == "the") if with_it else 0)


def _number(read: Note, i: int) -> bool:
    return (
        i < len(read.words)
        and read.shapes[i] == reading.DIGITS
        and len(read.words[i]) < 5
        and read.gaps[i] in (" ", "")
    )


def _titled(read: Note, i: int) -> bool:
    return (
        i < len(read.words)
        and read.casing == reading.PROSE
        and (
            read.shapes[i] in (reading.TITLE, reading.MIXED)
            or (read.shapes[i] == reading.UPPER and len(read.words[i]) > 3)
        )
    )


def _names(read: Note, at: int) -> int:
    """The last of the words with capitals that begin at `at`, `of` and `y` between; `at - 1` where none does."""
    end, j = at - 1, at
    while j < min(len(read.words), at + ONWARDS) and (j == at or read.gaps[j] in (" ", "-")):
        if _titled(read, j) and not read.bits[j] & (lx.TITLE | lx.RANK):
            end = j
        elif read.words[j] not in ("of", "y", "yr", "the") or j == at:
            break
        j += 1
    return end


def _above(read: Note, i: int) -> int:
    """The last word of what is below `flat over` at i: a shop, a name; and its street if that follows."""
    words, j = read.words, i + 1
    while j < len(words) and words[j] in ("the", "a", "an", "to", "his", "her", "their", "old"):
        j += 1
    if j >= len(words) or read.gaps[j] != " ":
        return 0
    end = _names(read, j)
    if end < j:
        if read.bits[j] & lx.FUNCTION or read.shapes[j] == reading.DIGITS:
            return 0
        end = j + 1 if j + 1 < len(words) and words[j + 1] in SHOPS and read.gaps[j + 1] == " " else j
    return max(end, _on_street(read, end))


def _on_street(read: Note, i: int) -> int:
    """The end of `on Raglan Rd` behind word i; 0 where no street follows."""
    words = read.words
    if i + 2 >= len(words) or words[i + 1] not in ("on", "in", "at", "of") or read.gaps[i + 1] != " ":
        return 0
    for j in range(i + 2, min(i + 2 + ONWARDS, len(words))):
        if read.gaps[j] not in (" ", "-", ". "):
            return 0
        if words[j] in lx.STREETS and j > i + 2:
            return j
    return 0


def _inn_before(read: Note, i: int) -> int:
    """Where `Metropole Hotel rm 406` begins, given its `rm`; i itself where no inn stands before."""
    if not i or read.words[i - 1] not in INNS or read.gaps[i] not in (" ", ", ", " - "):
        return i
    at = i - 1
    while at and i - at < ONWARDS and read.gaps[at] == " " and (
            _titled(read, at - 1) or (read.casing != reading.PROSE and not read.bits[at - 1] & lx.FUNCTION)):  # fmt: skip
        at -= 1
    return at


def _inn_behind(read: Note, at: int) -> int:
    """The last word of `Park Hotel` behind `Room 12,`; 0 where no inn follows."""
    end = _names(read, at) if at < len(read.words) and read.gaps[at] in (", ", " ", " - ") else 0
    return end if end >= at and read.words[end] in INNS else 0


def _site(read: Note, at: int) -> int:
    """The last word of `Gladstone Works` behind `Unit 4`; 0 where no site follows."""
    for j in range(at, min(at + ONWARDS, len(read.words))):
        if read.gaps[j] not in ((" ", ", ", " - ") if j == at else (" ", "-")) or read.bits[j] & lx.FUNCTION:
            return 0
        if read.words[j] in SITES and j > at and (read.casing != reading.PROSE or _titled(read, j)):
            return j
    return 0


def _after_living(read: Note, i: int) -> tuple[int, int] | None:
    """`Lives Wisteria, Church Walk`, `Address: Above Lakshmi Stores`: (first, last word) of a home by name."""
    words, j = read.words, i + 1
    while j < len(words) and words[j] in ("at", "is", "was", "now", "given", "as", "the") and len(read.gaps[j]) < 4:
        j += 1
    if j >= len(words) or read.gaps[j] not in (" ", ": ", " - ", ":") or "\n" in read.gaps[j]:
        return None
    if words[j] in BESIDE and words[i] not in ("neighbour", "neighbours") and (end := _above(read, j)):
        return (j, end) if _titled(read, end) or end > j + 2 else None
    end = _names(read, j)
    if (
        end < j
        or read.bits[j] & (lx.CUE | lx.FUNCTION)
        or words[i] in ("neighbour", "neighbours", "tenant", "tenants", "resident", "occupier")
    ):
        return None
    follows = end + 1 < len(words) and read.gaps[end + 1] == ", " and words[end] not in lx.STREETS
    street = _names(read, end + 1) if follows else 0
    if follows and words[street] in lx.STREETS and street > end + 1:
        return j, street
    named = end > j and words[end] in HOUSE_NAMES | lx.ABODES
    return (j, end) if named and not all(b & lx.PLACE for b in read.bits[j:end]) else None


def _kept_at(read: Note, i: int) -> int:
    """`caravan at Carr's Yard`: the last word of where it stands; 0 where that has no name."""
    if i + 2 >= len(read.words) or read.words[i + 1] not in ("at", "on", "in", "behind") or read.gaps[i + 1] != " ":
        return 0
    end = _names(read, i + 2)
    return end if end >= i + 2 else 0


def _second_number(read: Note, at: int) -> int:
    """`14 Wide Bargate` behind `Flat 2`: the last word; 0 where no number and name follow."""
    if not (
        at < len(read.words)
        and read.shapes[at] == reading.DIGITS
        and read.gaps[at] in (", ", ",")
        and len(read.words[at]) < 4
    ):
        return 0
    end = _names(read, at + 1)
    return end if end > at and read.gaps[at + 1] == " " else 0


def _floor(read: Note, i: int) -> int:
    """`top flat, the old bank`, `First floor, Mill Bank House`: the last word of the building's name."""
    words = read.words
    if (
        i + 2 >= len(words)
        or words[i + 1] not in ("flat", "floor", "flt")
        or read.gaps[i + 2] not in (", ", " of ", " - ")
    ):
        return 0
    j = i + 2 + (words[i + 2] == "the")
    end = _names(read, j)
    if end < j and j > i + 2:
        end = j
        while end + 1 < min(len(words), j + 3) and read.gaps[end + 1] == " " and not read.bits[end + 1] & lx.FUNCTION:
            end += 1
    return end if end >= j else 0
