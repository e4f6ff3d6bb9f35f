"""Which words of a note are a home's address? A house, flat or room number with what follows it. Streets alone stay."""

from __future__ import annotations

from collections.abc import Iterator

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.house_words import NOT_DOORS
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

UNITS = frozenset(
    "flat fflat apartment apt room rm unit plot block caravan blk berth pitch studio bedsit floor maisonette flt cell bay chalet lodge bungalow mooring static cabin pod hut".split()
)
ROOMS_ONLY = frozenset("room rm unit block blk floor cell bay lodge bungalow".split())
"""These are also parts of a hospital or a shop: alone with a number they stay unless a building or street follows."""
NUMBER = frozenset("no number num nos house door address".split())
DWELLINGS = frozenset("flat fflat flats apartment bedsit maisonette house bungalow room studio".split())
DWELLING = UNITS | DWELLINGS
BESIDE = frozenset("above over below behind beside opposite next".split())
SHORT = frozenset("st mt rd ave gt".split())
"""Parts of a street's name that may bear a full stop."""
TAILS = lx.STREETS | {"north", "south", "east", "west"}
FIRST_GAPS = ("", " ", ", ", ",", "  ", " , ", "-", " - ", "/")
LIVES = frozenset("lives living live resides residing resident residents tenant tenants occupier occupiers occupant neighbour"
                  " neighbours address addr property home stays staying".split())  # fmt: skip
NEAR = frozenset("above below over behind beside opposite opp nr near by next off the a at on in to of and old".split())
LINKS = frozenset("above below over behind beside opposite opp next to the a at on in of off under".split())
COUNTED = frozenset(
    "males male females female men man women people persons youths youth children kids boys girls officers x hours hrs hr mins"
    " minutes days day weeks week months month years year yrs times dogs dog cars vehicles units appliances pumps crews crew"
    " occasions calls reports st nd rd th am pm mg ml mcg per cent percent pounds miles metres meters yards feet stone kg cm"
    " tablets cans bottles adults casualties patients tenants residents bags wraps phones section act points counts of or and"
    " to in on at for with from was were is has had but not after before until by off out up down over".split()
)


def find_houses(read: Note) -> Iterator[Span]:
    """Addresses by their shape: `14 Mill Rd`, `Flat 3, Marlowe House`, `flat 3 above the chippy on Soho Rd`, `no 14`."""
    words, shapes = read.words, read.shapes
    n, done = len(words), 0
    named = not NAMED.isdisjoint(read.vocabulary) or not WELSH.isdisjoint(read.vocabulary) or "The " in read.text
    for i in _worth_a_look(read, named=named):
        if i < done:
            continue
        if shapes[i] == reading.DIGITS and len(words[i]) <= 4 and words[i][0] != "0" and not _is_clock(read, i):
            start, end, score = _from_number(read, i)
            if end:
                yield Span(read.starts[start], read.ends[end], "ADDRESS", score, "pattern.house")
                while (more := _next_number(read, end)) is not None and not _street_after(
                    read, more + 1
                ):  # `12 and 14`
                    yield Span(read.starts[more], read.ends[more], "ADDRESS", 0.6, "pattern.house-next")
                    end = more
                done = end + 1
        elif words[i] in UNITS and i + 1 < n and shapes[i + 1] != reading.DIGITS and len(words[i + 1]) == 1:
            end = _after_unit(read, i + 1)
            lettered = words[i] in ("flat", "apartment", "apt", "flt") and words[i + 1] not in ("a", "i")
            if end > i + 1 or (lettered and read.starts[i + 1] - read.ends[i] == 1):
                yield Span(read.starts[i], read.ends[end], "ADDRESS", 0.8, "pattern.flat")
                done = end + 1
        elif words[i] in DWELLINGS and i + 1 < n and words[i + 1] in BESIDE:
            end = _after_unit(read, i)
            if end > i + 1:
                yield Span(read.starts[i], read.ends[end], "ADDRESS", 0.7, "pattern.flat-above")
                done = end + 1
        elif named and (shapes[i] == reading.TITLE or read.casing != reading.PROSE):
            end = _named_house(read, i)
            if end:
                yield Span(read.starts[i], read.ends[end], "ADDRESS", 0.6, "pattern.house-name")
                done = end + 1


def _worth_a_look(read: Note, *, named: bool) -> list[int]:
    """Tokens where an address may begin: numbers, words for a dwelling, and all that may be a house's name where one is."""
    if named:
        return [i for i, (word, shape) in enumerate(zip(read.words, read.shapes, strict=True))
                if shape == reading.DIGITS or word in DWELLING or shape == reading.TITLE or read.casing != reading.PROSE]  # fmt: skip
    if DWELLING.isdisjoint(read.vocabulary):
        return read.numbers
    return [i for i, (word, shape) in enumerate(zip(read.words, read.shapes, strict=True))
            if shape == reading.DIGITS or word in DWELLING]  # fmt: skip


def _next_number(read: Note, i: int) -> int | None:
    """Another house number right after an address: `and 14`, `to 16`, `& 18`."""
    words, j = read.words, i + 1
    if j < len(words) and words[j] in ("and", "or", "to", "n"):
        j += 1
    elif j < len(words) and read.text[read.ends[i] : read.starts[j]].strip() not in ("&", "/", "+"):
        return None
    plain = j < len(words) and read.shapes[j] == reading.DIGITS and len(words[j]) <= 3 and not _is_clock(read, j)
    return j if plain and _ends_phrase(read, j) and "\n" not in read.text[read.ends[i] : read.starts[j]] else None


def _is_clock(read: Note, i: int) -> bool:
    around = read.folded[read.ends[i] : read.ends[i] + 1], read.folded[max(0, read.starts[i] - 1) : read.starts[i]]
    return (
        around[0] in (":", "%")
        or around[1] in (":", "£", "$", "+")
        or (around[1] == "." and not (i and read.words[i - 1] in NUMBER))
        or (around[0] == "." and read.folded[read.ends[i] + 1 : read.ends[i] + 2].isdigit())
    )


def _from_number(read: Note, i: int) -> tuple[int, int, float]:
    """(first token, last token, score) of an address whose number is token `i`; last 0 where there is none."""
    words, shapes = read.words, read.shapes
    n = len(words)
    at = i
    if at + 1 < n and len(words[at + 1]) == 1 and read.starts[at + 1] - read.ends[at] <= 1 and words[at + 1] != "x":
        at += 1  # 14a
    while (
        at + 1 < min(n, i + 4)
        and shapes[at + 1] == reading.DIGITS
        and read.text[read.ends[at] : read.starts[at + 1]] in ("-", "/", " - ", "&")
        and len(words[at + 1]) <= 4
    ):
        at += 1  # 12-14
    before = words[i - 1] if i else ""
    gap = read.folded[read.ends[i - 1] : read.starts[i]] if i else ""
    close = i > 0 and len(gap) <= 3 and "\n" not in gap
    if i and read.bits[i - 1] & lx.RANK and gap == " ":
        return 0, 0, 0.0  # `PC 553 Rudge`
    if i and shapes[i - 1] == reading.DIGITS and len(before) > 2 and gap == " ":
        return 0, 0, 0.0  # the end of a longer number
    if i and gap == "" and read.words[i - 1] not in UNITS:
        return 0, 0, 0.0  # `P3`
    if (gap == "/" or (at > i and read.gaps[at] == "/")) and read.gaps[at + 1].strip() in ("-", ":"):
        return 0, 0, 0.0  # a day of a month: `15/10 - Rita rang`
    street = _street_after(read, at + 1)
    if street:
        street = _which_flat(read, street)
    if before in UNITS and close:
        end = _after_unit(read, at)
        if end > at or before not in ROOMS_ONLY or any(w in LIVES or w in HOMES for w in words[max(0, i - 4) : i - 1]):
            return _floor_before(read, i - 1), max(end, street), 0.95
        return 0, 0, 0.0
    if street:
        start = i - 1 if before in NUMBER and close and before not in ("house", "door", "address") else i
        return start, street, 0.9
    if close and len(words[i]) <= 3 and _ends_phrase(read, at) and _somebodys(read, i, gap):
        return i - (before == "no" and gap == "."), at, 0.7
    return 0, 0, 0.0


HOMES = frozenset("hostel lodge refuge halls hmo hotel house court supported".split())


def _floor_before(read: Note, start: int) -> int:
    """Where `1st floor flat, 76 Derby Lane` begins, given its `flat`."""
    at = start
    if read.words[at] in ("flat", "flt", "apartment", "floor"):
        while at and read.gaps[at] in (" ", "") and read.words[at - 1] in FLOORS | {"floor", "st", "nd", "rd"}:
            at -= 1
        if at < start and at and read.shapes[at - 1] == reading.DIGITS and not read.gaps[at]:
            at -= 1
    return at


FLOORS = frozenset("top ground first second third upper lower basement rear front attic garden middle".split())


def _which_flat(read: Note, street: int) -> int:
    """The last token of `48 Clarence Road, top flat`; that of the street where no flat follows."""
    words, end = read.words, street
    for j in range(street + 1, min(street + 4, len(words))):
        if read.gaps[j] not in (" ", ", ", ","):
            break
        if words[j] in ("flat", "flt") and j > street + 1:
            return j
        if words[j] not in FLOORS and words[j] != "floor":
            break
    return end


def _somebodys(read: Note, i: int, gap: str) -> bool:
    """Is a bare number a house's? `number 14`, `lives at 14`, `neighbour in 3`, `Kath at 14`."""
    words = read.words
    before = words[i - 1]
    if before in ("no", "number") and i > 1 and words[i - 2] in NOT_DOORS:
        return False
    if before == "number" or (before in ("house", "address") and gap.strip() in ("", ":")):
        return True
    if before == "no" and gap in (" ", ". ") and i + 1 < len(words) and (
            read.bits[i + 1] & lx.DOES or (words[i + 1].endswith("s") and words[i + 1] not in COUNTED)):  # fmt: skip
        return True
    if before in NUMBER:
        return gap.strip(" ") in ("", ".") and any(
            w in LIVES or w in ("at", "from", "of", "outside", "opposite", "near", "behind", "into")
            for w in words[max(0, i - 4) : i - 1]
        )
    if before not in ("at", "from", "of", "to", "outside", "in") or i < 2:
        return False
    if any(w in LIVES for w in words[max(0, i - 4) : i - 1]):
        return True
    whose = read.bits[i - 2]
    return (
        before in ("at", "from", "of", "in") and bool(whose & lx.NAME) and not whose & (lx.WORD | lx.FUNCTION | lx.KEEP)
    )


GOES_ON = frozenset("and or to is was has had but on in with for at after by over not until before".split())
"""Counted words that as well begin what comes after an address."""


def _ends_phrase(read: Note, at: int) -> bool:
    nxt = read.words[at + 1] if at + 1 < len(read.words) else ""
    return nxt not in COUNTED or nxt in GOES_ON


def _street_after(read: Note, at: int) -> int:  # noqa: C901  # a table of cases, read from the top
    """The last token of a street that begins right at `at`: up to four words and a street's kind; 0 where none is."""
    words, shapes, bits = read.words, read.shapes, read.bits
    n = len(words)
    if at >= n or "\n" in read.text[read.ends[at - 1] : read.starts[at]] or read.text[
            read.ends[at - 1] : read.starts[at]] not in FIRST_GAPS:  # fmt: skip
        return 0
    titled, unbroken = 0, True
    for j in range(at, min(at + 5, n)):
        word = words[j]
        gap = read.text[read.ends[j - 1] : read.starts[j]]
        if j > at and (
            len(gap) > 2 or gap.strip() not in ("", ".", "-", "'") or ("." in gap and words[j - 1] not in SHORT)
        ):
            break
        if word in lx.STREETS and j > at:
            end = j
            if end + 1 < n and read.gaps[end + 1] == " " and (
                    words[end + 1] in TAILS or (words[end + 1] in HOUSE_NAMES and shapes[end + 1] == shapes[at])):  # fmt: skip
                end += 1
            return end
        if (
            word in lx.ABODES
            and j > at
            and (read.casing != reading.PROSE or shapes[j] in (reading.TITLE, reading.UPPER, reading.SHOUTED))
        ):
            if j + 1 < n and words[j + 1] in lx.STREETS and read.text[read.ends[j] : read.starts[j + 1]] == " ":
                return j + 1
            follow = _street_after(read, j + 1) if j + 1 < n else 0
            return max(follow, j)
        if (
            shapes[j] == reading.DIGITS
            or (word in COUNTED and not (word == "st" and j == at) and not (word == "of" and j > at))
            or (bits[j] & lx.FUNCTION and word not in ("the", "of", "st"))
        ):
            break
        unbroken = unbroken and shapes[j] in (reading.TITLE, reading.MIXED) and (j == at or "." not in gap)
        if unbroken:
            titled = j
    given = bits[at] & lx.GIVEN and not bits[at] & (lx.WORD | lx.PLACE)  # `14 Kath rang`: nobody's street
    joined = read.gaps[at - 1] if at > 1 else ""
    if read.casing == reading.PROSE and titled >= at and shapes[at] in (reading.TITLE, reading.MIXED) and not given and (
            read.gaps[at] == " " and joined != "/" and len(words[at]) > 2):  # fmt: skip
        if words[at] == "the" and titled > at:
            return titled
        if (
            not bits[at] & (lx.KEEP | lx.COMMON | lx.CUE | lx.BODY | lx.RANK | lx.TITLE)
            and words[at] not in lx.MONTHS
            and not _count_before(read, at - 1)
        ):
            last = at
            while last < titled and last < at + 2:
                last += 1
            return last
    return 0


def _count_before(read: Note, i: int) -> bool:
    before = read.words[i - 1] if i else ""
    return before in (
        "section",
        "sec",
        "s",
        "bus",
        "route",
        "year",
        "yr",
        "ward",
        "x",
        "aged",
        "age",
        "day",
        "level",
        "tier",
        "grade",
        "junction",
        "m",
        "a",
        "op",
        "stage",
        "step",
    )


def _after_unit(read: Note, at: int) -> int:
    """How far an address goes on after `flat 3`: a building, a number and street, or `above the chippy on Soho Rd`."""
    words, shapes = read.words, read.shapes
    n = len(words)
    end = at
    j = at + 1
    if j < n and len(words[j]) == 1 and read.starts[j] - read.ends[at] <= 1:
        end, j = j, j + 1
    if j < n and shapes[j] == reading.DIGITS and len(words[j]) <= 4:
        street = _street_after(read, j + 1 + (j + 1 < n and len(words[j + 1]) == 1))
        if street:
            return street
    street = _street_after(read, j)
    if street:
        after = street + 1
        if after < n and shapes[after] == reading.DIGITS:
            street = _street_after(read, after + 1) or street
        return street
    if (
        j + 1 < n
        and words[j] == "the"
        and words[j + 1] not in COUNTED
        and not read.bits[j + 1] & (lx.CUE | lx.COMMON | lx.FUNCTION)
    ):
        end = j + 1
    if j < n and words[j] in LINKS:
        for k in range(j, min(j + 9, n)):
            if "\n" in read.text[read.ends[k - 1] : read.starts[k]] or read.text[
                read.ends[k - 1] : read.starts[k]
            ].strip() in (".", ";"):
                break
            if words[k] in lx.STREETS and k > j + 1:
                return k
    return end


HOUSE_NAMES = frozenset(
    "cottage cottages farm farmhouse bungalow rectory vicarage barn grange villa manor gatehouse stables".split()
)


WELSH_STREETS = frozenset("ffordd lon heol stryd rhodfa cilgant clos".split())
"""These come first: `Ffordd y Mor`."""
WELSH = WELSH_STREETS | frozenset("y yr ty bryn glan tan pen llys cae plas hafod bod maes".split())
NAMED = HOUSE_NAMES | lx.ABODES


def _welsh_street(read: Note, at: int) -> int:
    """The last token of a street that begins with its kind, up to three words; 0 where none does."""
    if read.words[at] not in WELSH_STREETS:
        return 0
    end = at
    while end + 1 < min(len(read.words), at + 4) and read.gaps[end + 1] == " " and (
            read.shapes[end + 1] == reading.TITLE or read.words[end + 1] in ("y", "yr")):  # fmt: skip
        end += 1
    return end


def _small_house(words: list[str], i: int) -> int:
    """A house's name where letters are all of one case: only after `lives`, `at` or `of`."""
    if i and (words[i - 1] in LIVES or words[i - 1] in ("at", "of", "from")):
        for j in range(i + 1, min(i + 4, len(words))):
            if words[j] in HOUSE_NAMES:
                return j
            if words[j] in lx.FUNCTION_WORDS and words[j] != "y":
                return 0
    return 0


def _named_house(read: Note, i: int) -> int:
    """`Rose Cottage`, `The Old Chapel, Mill Brow`: a house with a name of its own, or one whose street follows."""
    words, shapes = read.words, read.shapes
    if read.casing != reading.PROSE:
        return _small_house(words, i)
    if shapes[i] != reading.TITLE:
        return 0
    for j in range(i + 1, min(i + 5, len(words))):
        gap = read.text[read.ends[j - 1] : read.starts[j]]
        if gap == ", " and j > i + 1:
            if not WELSH.isdisjoint(words[i:j]):
                return _welsh_street(read, j) or _street_after(read, j)
            return _street_after(read, j) if words[j - 1] in lx.ABODES or words[i] == "the" else 0
        if gap not in (" ", "-") or (shapes[j] != reading.TITLE and gap != "-" and words[j] not in ("y", "yr")):
            return 0
        if (
            words[j] in lx.ABODES
            and words[i - 1] in ("at", "of", "in")
            and any(w in LIVES or w in DWELLINGS for w in words[max(0, i - 4) : i - 1])
        ):
            return j  # `lost her flat at Dock House`
        if words[j] in HOUSE_NAMES and (shapes[i] == reading.TITLE and words[i] not in ("a", "this", "home")):
            return _street_after(read, j + 1) or j
    return 0
