"""Which houses have a name? `Top o' th' Fold Farm`, `the orangery of Hallam Priory`, `Fairhaven, Church Street`, `Bron y De`.

A name and a word for a house, behind a word for being there; a name and its street; the first words of Celtic names.
Town halls, courts and care homes are public, and stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.house_words import (
    CELTIC,
    CELTIC_HOUSES,
    CONNECTORS,
    HOUSE_NAMES,
    HOUSEY,
    KINDS_OF_STREET,
    NAMED,
    STREETS_ALONE,
    VIEWS,
    WELSH_KINDS,
)
from hub.depersonalise.houses import LIVES
from hub.depersonalise.place_names import is_name, is_small, welsh_street
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

BIG = frozenset(
    "priory abbey hall court castle grange manor towers house lodge villa rectory vicarage mount mansions heights buildings point".split()
)
KINDS = HOUSE_NAMES | BIG | VIEWS
PUBLIC = frozenset(
    "town village church city guild county music parish scout concert sports public school crown health magistrates high youth"
    " family supreme coroners coroner's custody care nursing opera safe treatment coffee ale halfway steak open full art social the"
    " parliament memorial moot assembly university student food tennis squash fire police dance bingo masonic drill market drop-in"
    " magistrates' children's children community cathedral combined tribunal appeal immigration bankruptcy white royal turning vantage access meeting focal entry starting contact service power match set decimal".split()
)
AT = frozenset("at of from to in outside near leaving left opposite visited lives visit behind nr".split())
HOSTELS = frozenset(
    "ymca ywca army foyer hostel refuge mission nightshelter shelter travelodge guesthouse emmaus".split()
)
SURE_CUES = LIVES | {"add", "addy", "based", "staying", "visit", "visited"}
KNOWN_THINGS = (lx.KNOWN | lx.GIVEN | lx.OFTEN | lx.COMMON) & ~(lx.MAYBE_WORD | lx.WORD)
CELTIC_SURE = frozenset("tyddyn bwthyn fferm hafod plas bryn taigh tigh".split())
WELSH_TAILS = frozenset(
    "bach fach mawr fawr wen gwyn uchaf isaf newydd hen coch du ddu las glas canol beag mor mhor bheag".split()
)
LODGES = frozenset("lodge villa grange manor priory towers rectory vicarage mansions heights".split())
COMMA_STREETS = KINDS_OF_STREET | WELSH_KINDS | {"nr"}
AT_NAME = frozenset("at of from to".split())
NOOKS = HOUSEY | VIEWS | NAMED
OLD = NOOKS | frozenset(
    "smithy bakery bakehouse schoolhouse chapel coach dairy granary post station mill brewery malthouse tollhouse".split()
)
SUFFIXES = ("dene", "haven", "croft", "holme", "lea", "leigh", "hurst", "wood", "mead", "side", "view", "brook", "dale", "field",
            "bank", "garth", "thwaite", "mount", "stead", "cot", "nook", "orchard", "thatch", "rest", "acre", "acres", "gables",
            "bryn", "cote", "crest")  # fmt: skip
"""How single words that name houses end."""


def find_named_houses(read: Note) -> Iterator[Span]:
    """Houses with a name, with their street where it follows."""
    words = read.words
    found: list[tuple[int, int]] = []
    if not CELTIC_HOUSES.isdisjoint(read.vocabulary):
        found += [(i, i + 1) for i, w in enumerate(words) if w in CELTIC_SURE and _small_celtic(read, i)]
        found += [(i, i + 2) for i, w in enumerate(words) if w in CELTIC_HOUSES and _celtic(read, i)]
    if not KINDS.isdisjoint(read.vocabulary):
        found += [(_house(read, i), i) for i, w in enumerate(words) if w in KINDS]
    the = "The " in read.text
    if the:
        found += [(i - 1, i) for i, w in enumerate(words) if w in HOUSEY and _the(read, i)]
    if the or " Old " in read.text:
        found += [(i - 1, _the_old(read, i)) for i, w in enumerate(words) if w in ("old", "former")]
    if not COMMA_STREETS.isdisjoint(read.vocabulary):
        found += _before_commas(read)
    for start, end in found:
        if end > start >= 0:
            yield Span(read.starts[start], read.ends[end], "ADDRESS", 0.6, "pattern.house-named")


def _before_commas(read: Note) -> Iterator[tuple[int, int]]:
    """Houses whose street, or village, follows behind a comma."""
    words = read.words
    for i in [i for i, gap in enumerate(read.gaps[:-1]) if gap == ", "]:
        if words[i] == "nr" and i:
            yield _near(read, i)
        elif i and not COMMA_STREETS.isdisjoint(words[i : i + 4]):
            titled = read.casing != reading.UPPER_ONLY and is_name(read, i)
            yield _with_street(read, i) if titled else _plain_with_street(read, i)


def _small_celtic(read: Note, i: int) -> bool:
    """`tyddyn bach`, `BRYN AWEL`: a house's first word, and one that English has not."""
    small = read.casing != reading.PROSE or read.shapes[i] in (reading.LOWER, reading.UPPER)
    if (
        not small
        or i + 1 >= len(read.words)
        or read.gaps[i + 1] not in (" ", "-")
        or read.shapes[i + 1] == reading.DIGITS
    ):
        return False
    return read.words[i + 1] in WELSH_TAILS or not read.bits[i + 1] & (lx.KNOWN | lx.GIVEN | lx.DOES)


def _near(read: Note, i: int) -> tuple[int, int]:
    """`Longacre, nr Ottery`, given its `nr`."""
    known = lx.GIVEN | lx.BODY | lx.KEEP | lx.CUE | lx.DOES | lx.FUNCTION
    if i + 1 >= len(read.words) or not is_name(read, i + 1) or not is_name(read, i - 1) or read.bits[i - 1] & known:
        return 0, 0
    at = i - 1
    while at > max(0, i - 3) and read.gaps[at] == " " and is_name(read, at - 1) and not read.bits[at - 1] & known:
        at -= 1
    return at, i + 1


def _the(read: Note, i: int) -> bool:
    """`Mrs Petrie of The Gables`; a care home or a school of that name is public."""
    body = i + 1 < len(read.words) and read.gaps[i + 1] == " " and read.bits[i + 1] & (lx.BODY | lx.CUE)
    small = read.casing == reading.PROSE and i > 1 and read.gaps[i - 1] in (" ", ", ") and read.words[i] != "old"
    titled = small and read.shapes[i - 1] == read.shapes[i] == reading.TITLE and read.words[i - 1] == "the"
    return bool(titled and not body)


def _the_old(read: Note, i: int) -> int:
    """The last word of `The Old Forge`, given its `Old`; 0 where it is none, or begins a sentence."""
    small = (
        i > 1 and read.casing == reading.PROSE and read.gaps[i - 1] in (" ", ", ", " - ") and read.words[i - 1] == "the"
    )
    if not small or read.shapes[i] != reading.TITLE or i + 1 >= len(read.words):
        return 0
    if read.shapes[i - 1] != reading.TITLE and (read.words[i - 2] not in AT or read.words[i + 1] not in OLD):
        return 0  # `the neighbour at the Old Smithy`; `at the Old Swan` is a pub
    if read.gaps[i + 1] != " " or not is_name(read, i + 1) or read.words[i + 1] == "bailey":
        return 0
    return i + 2 if i + 2 < len(read.words) and read.gaps[i + 2] == " " and is_name(read, i + 2) else i + 1


def _celtic(read: Note, i: int) -> bool:
    """`Bron y De`, `Blaen-y-Cwm`: a house's first word, a join and a name."""
    return (
        i + 2 < len(read.words)
        and is_name(read, i)
        and read.words[i + 1] in CELTIC
        and is_name(read, i + 2)
        and read.gaps[i + 1] == read.gaps[i + 2]
        and read.gaps[i + 1] in (" ", "-")
    )


def _house(read: Note, i: int) -> int:
    """Where the name of a house begins, given the word for its kind at i; i where it is none."""
    words = read.words
    if read.casing != reading.PROSE or read.shapes[i] == reading.LOWER:
        return _plain_house(read, i) if words[i] not in VIEWS else i
    if not is_name(read, i):
        return i
    at, joined = i, False
    while at and i - at < 6 and read.gaps[at] in (" ", "-", "' ") and (
            (is_name(read, at - 1) and not read.bits[at - 1] & lx.FUNCTION) or words[at - 1] in CONNECTORS):  # fmt: skip
        joined = joined or read.gaps[at] == "' "
        at -= 1
    while at < i and (not is_name(read, at) or read.bits[at] & (lx.DOES | lx.FUNCTION)):
        at += 1
    if words[i] in VIEWS - HOUSE_NAMES:
        return (
            at
            if at and words[i] not in ("bank", "end") and words[at - 1] in AT_NAME and words[i - 1] not in PUBLIC
            else i
        )
    if at == i or joined or words[i] not in BIG:
        return at
    body = i + 1 < len(words) and read.gaps[i + 1] == " " and read.bits[i + 1] & lx.BODY
    if words[i - 1] in PUBLIC or body:
        return i
    near = i + 2 < len(words) and read.gaps[i + 1] in (", ", " (") and words[i + 1] in ("near", "nr", "outside")
    before = words[at - 1] if at and read.gaps[at] == " " else ""
    theirs = at > 1 and before == "the" and words[at - 2] in AT
    return at if near or before in AT or theirs else i


def _plain_house(read: Note, i: int) -> int:
    """The same in a note of one case: only behind `at`, and with a word in it that English has not."""
    at = i
    while at and i - at < 5 and read.gaps[at] in (" ", "-", "' ") and (
            is_small(read, at - 1) or (read.words[at - 1] in CELTIC and at < i)):  # fmt: skip
        at -= 1
    common = any(read.bits[j] & lx.COMMON for j in range(at, i))
    rare = (
        read.words[i] in HOUSE_NAMES - BIG
        or (read.words[i] in LODGES and not common)
        or any(not read.bits[j] & (lx.WORD | lx.KEEP) for j in range(at, i))
    )
    return at if at < i and at and rare and read.words[at - 1] in AT and read.words[i - 1] not in PUBLIC else i


def _street_at(read: Note, i: int, *, plain: bool) -> int:
    """The last word of a street of up to four words that begins at i; 0 where none does."""
    if welsh := welsh_street(read, i):
        return welsh
    for j in range(i, min(len(read.words), i + 4)):
        if j > i and read.gaps[j] not in (" ", "-", ". "):
            return 0
        if j > i and read.words[j] in KINDS_OF_STREET:
            return j
        if not (is_small(read, j) if plain else is_name(read, j) or (j > i and read.words[j] in CONNECTORS)):
            return 0
    return 0


def _plain_with_street(read: Note, i: int) -> tuple[int, int]:
    """`at the old school house, chapel street` in a note of one case, the comma before i: (first, last word)."""
    words = read.words
    end = _street_at(read, i, plain=True)
    if not end:
        return 0, 0
    at = i
    while at and i - at < 5 and (at == i or read.gaps[at] in (" ", "-")) and is_small(read, at - 1) and (
            words[at - 1] not in SURE_CUES):  # fmt: skip
        at -= 1
    at -= at > 0 and words[at - 1] == "the" and read.gaps[at] == " "
    cue = words[at - 2] if at > 1 and words[at - 1] in ("at", "is", "as", "alone") else words[at - 1] if at else ""
    unknown = at == i - 1 and at and (words[at - 1] in AT or cue in AT) and not read.bits[at] & KNOWN_THINGS
    if words[i - 1].endswith(SUFFIXES) and not read.bits[i - 1] & lx.OFTEN:
        return i - 1 - (i > 1 and words[i - 2] == "the" and read.gaps[i - 1] == " "), end
    told = (
        unknown
        or (words[i - 1] in NAMED and at < i - 1)
        or words[at] in CELTIC_HOUSES
        or cue in SURE_CUES
        or words[i - 1] in HOSTELS
        or words[at : at + 2] == ["the", "old"]
        or (words[at] == "the" and at == i - 2 and words[i - 1] in NOOKS)
    )
    return (at, end) if told and at < i and words[i - 1] not in STREETS_ALONE else (0, 0)


def _with_street(read: Note, i: int) -> tuple[int, int]:
    """`Fairhaven, Church Street`, the comma before i: (first, last word) of a house that has a name, and its street."""
    words = read.words
    end = _street_at(read, i, plain=False)
    if not end:
        return 0, 0
    if words[i - 1] in HOSTELS:
        at = i - 1 - (i > 1 and is_name(read, i - 2))
        return at - (at > 0 and words[at - 1] == "the"), end
    at = i
    while at and i - at < 4 and (at == i or read.gaps[at] in (" ", "-", "' ")) and is_name(read, at - 1) and (
            not read.bits[at - 1] & (lx.FUNCTION | lx.CUE | lx.DOES)):  # fmt: skip
        at -= 1
    if (
        at > 1
        and at == i - 1
        and words[at - 1] in ("an", "na", "y", "le", "la")
        and read.shapes[at - 1] == reading.TITLE
    ):
        at -= 1  # `An Cala, Main Street`
    if at == i or words[i - 1] in STREETS_ALONE:
        return 0, 0
    if read.bits[i - 1] & (lx.BODY | lx.KEEP | lx.PLACE) and words[i - 1] not in lx.STREETS | NAMED:
        return 0, 0
    alone = (
        (at == i - 1 or read.bits[at] & lx.FUNCTION) and at and words[at - 1] in AT and not read.bits[at] & KNOWN_THINGS
    )
    lives = alone or any(w in LIVES for w in words[max(0, at - 5) : at])
    told = (
        words[at] in CELTIC_HOUSES
        or words[i - 1] in HOUSEY
        or _between_commas(read, at, i)
        or words[i - 1].endswith(SUFFIXES)
        or words[i - 1] in NAMED
    )
    if at == i - 1 and at and words[at - 1] == "the" and words[at] in NOOKS:
        return at - 1, end
    return (at, end) if told or lives else (0, 0)


def _between_commas(read: Note, at: int, i: int) -> bool:
    """`visit, Wisteria, Church Walk`: one word between commas, and no place's."""
    known = lx.GIVEN | lx.COMMON | lx.CUE | lx.DOES
    return at == i - 1 and at > 0 and read.gaps[at] == ", " and not read.bits[at] & known
