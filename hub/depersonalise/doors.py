"""Which bare numbers are doors? `the music from 42`, `her at 17`, `fence between 29 and 31`, `No 5 heard it`.

A time, an age or a count looks the same: what is heard, smelt or cut back at a number is a neighbour's.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from hub.depersonalise import lexicon as lx
from hub.depersonalise.house_words import NOT_DOORS
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

FROM_DOOR = frozenset(
    "noise noises music bass banging shouting screaming screams smell smells odour barking party parties arguing rowing fumes"
    " smoke crying hammering thumping drilling swearing singing footsteps racket coming leak leaking water dog dogs"
    " man woman lady bloke guy lad couple family people kids lads tenant tenants neighbour neighbours neighbor resident"
    " residents owner occupier occupant chap girl girls boys boy gentleman him her them she he they one ones"
    " mum mam mom dad nan nana gran granny grandad nain sister brother aunt auntie uncle mate son daughter hedge fence tree trees gate wall garden bins bin rubbish shed roof gutter window windows curtains drive driveway car van"
    " door panel boundary extension conifers ivy complaint complaints statement statements account evidence footage doorbell upstairs downstairs knocked knock door-knock parcel post delivery key keys answer reply access".split()
)
AFTER_DOOR = frozenset("always sometimes upstairs downstairs says hears towards complains".split())
SOMEBODY = frozenset(
    "man woman lady bloke guy lad couple family tenant tenants neighbour neighbours neighbor resident residents owner occupier occupant"
    " chap girl gentleman door mum mam mom dad nan nana gran granny grandad sister brother aunt auntie uncle mate son daughter".split()
)
BOUNDARY = frozenset("fence panel wall hedge boundary gate drive driveway passage alley gap tree trees row feud dispute neighbours"
                     " neighbour party houses garages".split())  # fmt: skip
ALL = FROM_DOOR | BOUNDARY
ALONGSIDE = BOUNDARY | {"both", "either"}
N = r"(?P<v>\d{1,3}[a-z]?)"
OVER = (
    r"(?![\d/:%£]|[.,]\d|-\d| ?(?:am|pm|hrs?|hours?|mins?|minutes?|years?|yrs?|yo|y/o|months?|weeks?|wks?|days?|o'clock|ish|x|st|nd|rd|th"
    r"|mg|ml|kg|cm|mm|m|km|miles?|metres|people|males?|females?|of|calls?|times|til|till|until|onwards|to|degrees|per|percent|out"
    r"|units?|jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*|on|every|each|this|last|tonight"
    r"|tomorrow|today|yesterday|mon\w*|tue\w*|wed\w*|thu\w*|fri\w*|sat\w*|sun\w*)\b)"
)
DOOR_LIST = re.compile(rf"(?:(?:, | and |, and | & | or |/)(?:no\.? ?|number )?\d{{1,3}}[a-z]?\b{OVER}){{1,6}}")
"""`31, 33 and 37`."""
FROM = re.compile(
    rf"(?: (?:coming |going )?(?:from|at|of|in|outside) | \(| ?@ ?)(?:no\.? ?|number |nos\.? )?{N}\b{OVER}"
)
HOURS = frozenset(map(str, range(1, 13)))
BETWEEN = re.compile(
    rf"\b(?:between|both|either side \(|neighbours \(|of|at|from) ?(?:nos?\.? ?)?{N} ?(?:and|&|/|\+) ?(?P<w>\d{{1,3}}[a-z]?)\b{OVER}"
)
NO_DOOR = re.compile(
    r"(?:[a-z]\b)?(?=$|[,;:)\n'?!]|\. |\.$| (?:is|was|has|had|says|said|and|or|who"
    r"|will|rang|told|heard|saw|about|again|for|re|due|since|with|over|to|on|as|also|side|cut|loud|up|opp|opposite|next|below|above|upstairs|downstairs|are|across|where|by|at|in|from|when|if|but|so|no)\b)"
)
LETTERED = re.compile(rf"[a-f]\b{OVER}")
"""`post for 45A`."""
OUTSIDE = frozenset("outside opposite opp behind into nr beside".split())
BEFORE_DOOR = OUTSIDE | {"of", "s", "o"}
NO_CLOCK = re.compile(rf"[a-z]?{OVER}")
TO_DOORS = frozenset("at from of to for outside opposite into".split())
BLOCKS = frozenset("block blk tower building stair staircase wing".split())
FLATS = frozenset("flat flt apt apartment room rm no unit".split())
ON_SITE = frozenset("unit plot pitch caravan berth chalet bay lodge static mooring halls".split())
PLURALS = frozenset("numbers nos flats houses apartments apts plots pitches doors".split())
NUMBERS = re.compile(
    rf"\b(?P<v>(?:numbers|nos|flats|houses|apartments|apts|plots|pitches|doors)\.? \d{{1,3}}[a-z]?(?:(?:, | and | & | to |-)\d{{1,3}}[a-z]?){{1,6}})\b{OVER}"
)
"""`the tenants of numbers 8 and 10`."""
SCOTS = re.compile(r"\b(?:flat|apt) (?:\d{1,2}|[gb])/\d{1,2}\b")
BLOCK = re.compile(
    r"\b(?:block|blk|tower|building|stair|staircase|wing) [a-z0-9]{1,2},? (?:no\.? ?|room |rm |flat |flt |apt )\d{1,4}[a-z]?\b|\b(?:room|rm|flat|flt|apt|unit) \d{1,4}[a-z]?,? (?:block|blk|tower|building|stair|staircase|wing) [a-z0-9]{1,2}\b"
)
"""`block D room 114`."""
INN = re.compile(
    r"\b(?:room|rm) \d{1,4}[a-z]?,? (?:[a-z']{2,20} ){0,3}(?:hotel|hostel|inn|lodge|travelodge|guesthouse|guest house|halls?|court|house|refuge|hmo)\b"
)
"""`ROOM 6, TRAVELODGE`."""
SITE = re.compile(
    r"\b(?:unit|plot|pitch|caravan|berth|chalet|bay|lodge|static|mooring) \d{1,3}[a-z]?,? (?:[a-z']{2,20} ){1,3}(?:site|works|park|yard|marina|farm|stables|moorings|wharf|estate|mill|mills)\b"
)
HALLS = re.compile(r"\b[a-z]\d{1,3} [a-z']{3,20} halls\b")
"""`unit 4 gladstone works`, `c14 maple halls`."""
SMALL = r"(?!(?:the|and|was|for|has|are|but|not|all|off|via|out|who|her|his|its|our|any|one|two|with|from|into|that|this|when|next|near|then|said|above|below|which|where|after|which|until|over|when) )[a-z']{3,20} "
IN_BLOCK = re.compile(
    rf"\b(?:flat|flt|apt|apartment|room|rm|no|unit)\.? \d{{1,4}}[a-z]?,? (?:{SMALL}){{1,2}}"
    r"(?:house|hse|court|tower|towers|point|lodge|mansions|heights|buildings|halls|villas?|cottages?)\b"
)
"""`flat 22b coburg house`, in any case."""
IN_BRACKETS = re.compile(
    r"\b\d{1,3}[a-z]? \((?:\d?[bgpt]?f[lr\d]|\d/\d)\) [a-z']{2,20}(?: [a-z']{2,20}){0,2} (?:road|rd|street|st|place|pl|terrace|avenue|drive|row|gardens|lane|walk|court)\b"
)
"""`15 (3F2) Dalkeith Road`."""


ABOVE = re.compile(
    r"\b(?:flat|flt|apt|room|rm) \d{1,3}[a-z]?,? (?:over|above|abv|behind|beneath|below) (?:the |a )?[a-z'&]{3,20}"
    r"(?: (?:shop|house|takeaway|bar|cafe|restaurant|store|office|club|garage|salon|bakery))?\b"
)
"""`rm 5 over kebab`."""
STAIR = frozenset("at in of from flat".split())


FORMS = (
    (FLATS, ABOVE, 0.7),
    (frozenset({"flat", "apt"}), SCOTS, 0.8),
    (BLOCKS | FLATS, BLOCK, 0.8),
    (FLATS, IN_BLOCK, 0.7),
    (ON_SITE, SITE, 0.7),
    (frozenset({"room", "rm"}), INN, 0.7),
    (PLURALS, NUMBERS, 0.5),
)
WENT = frozenset("went go goes going gone came walked ran run sent popped nipped called".split())
WRITTEN = {
    head: tuple((pattern, score) for heads, pattern, score in FORMS if head in heads)
    for head in BLOCKS | FLATS | ON_SITE | PLURALS
}
"""Word → the forms that may begin with it."""


def find_doors(read: Note) -> Iterator[Span]:
    """Doors that a number alone gives away, by what is said of them."""
    if not read.zones:
        return
    if not ALL.isdisjoint(read.vocabulary):
        yield from _heard(read)
        yield from _between(read)
    yield from _spelt(read)
    yield from _by_word(read)


def _between(read: Note) -> Iterator[Span]:
    """`fence between 18 and 20`, `both 11 and 13`."""
    if ALONGSIDE.isdisjoint(read.vocabulary):
        return
    for found in BETWEEN.finditer(read.folded):
        if found[0].startswith(("either", "neighbours", "both")) or not BOUNDARY.isdisjoint(read.vocabulary):
            yield Span(*found.span("v"), "ADDRESS", 0.5, "pattern.door-between")
            yield Span(*found.span("w"), "ADDRESS", 0.5, "pattern.door-between")


def _spelt(read: Note) -> Iterator[Span]:
    """Doors by how they are written: `flat 0/2`, `numbers 8 and 10`."""
    folded = read.folded
    if ") " in folded:
        yield from (Span(*m.span(), "ADDRESS", 0.8, "pattern.flat") for m in IN_BRACKETS.finditer(folded))
    if "halls" in folded:
        yield from (Span(*m.span(), "ADDRESS", 0.7, "pattern.home-site") for m in HALLS.finditer(folded))
    for i in (
        [i for i, word in enumerate(read.words) if word in WRITTEN]
        if not WRITTEN.keys().isdisjoint(read.vocabulary)
        else ()
    ):
        for pattern, score in WRITTEN[read.words[i]]:
            if found := pattern.match(folded, read.starts[i]):
                yield Span(*found.span(), "ADDRESS", score, "pattern.flat")


def _possessed(read: Note, i: int) -> bool:
    """`54's dog`; `his 20's` are years."""
    return (
        read.words[i][-1] != "0"
        and not (i and read.words[i - 1] in ("size", "age", "under", "over"))
        and i + 2 < len(read.words)
        and read.gaps[i + 1] == "'"
        and read.words[i + 1] == "s"
        and read.gaps[i + 2] == " "
    )


def _outside(read: Note, i: int) -> bool:
    """`outside 31`, `o/s 31`, `rear of 40`, `ran into 17`."""
    words, before = read.words, read.words[i - 1]
    if not i or read.gaps[i] not in (" ", ". "):
        return False
    if i > 1 and (before in ("s", "o") and read.gaps[i - 1] == "/" and words[i - 2] in ("o", "r")):
        return True
    return before in OUTSIDE or (before == "of" and i > 1 and words[i - 2] in ("rear", "front", "back", "side"))


def _went_to(words: Sequence[str], i: int) -> bool:
    """`went across to 16`, `went up to 28`, `DOOR TO 61 KICKED`: where somebody goes, not how many."""
    way = words[i - 2] if i > 1 else ""
    return (
        way in WENT
        or way in ("across", "door", "keys", "round")
        or (way in ("up", "over", "down", "back") and i > 2 and words[i - 3] in WENT)
    )


def _stair(read: Note, i: int) -> bool:
    """`at 3F1`: a floor and a door of a Scottish stair."""
    return (
        i + 2 < len(read.words)
        and read.gaps[i + 1] == read.gaps[i + 2] == ""
        and len(read.words[i]) == 1
        and len(read.words[i + 2]) == 1
    )


def _by_word(read: Note) -> Iterator[Span]:
    """`no 9`, `for 45A`: told by the word before the number."""
    words, folded = read.words, read.folded
    for i in read.numbers:
        number = words[i]
        if len(number) > 3:
            continue
        before = words[i - 1] if i else ""
        if read.gaps[i + 1] == "'" and _possessed(read, i):
            yield Span(read.starts[i], read.ends[i], "ADDRESS", 0.5, "pattern.door-possessed")
        elif (before in BEFORE_DOOR and _outside(read, i)) or (before == "to" and _went_to(words, i)):
            if (found := NO_DOOR.match(folded, read.ends[i])) and NO_CLOCK.match(folded, read.ends[i]):
                yield Span(read.starts[i], found.end(), "ADDRESS", 0.5, "pattern.door-outside")
        elif before in STAIR and words[i + 1 : i + 2] == ["f"] and _stair(read, i):
            yield Span(read.starts[i], read.ends[i + 2], "ADDRESS", 0.6, "pattern.flat")
        elif i > 1 and words[i - 2] in NOT_DOORS:
            continue
        elif before == "no" and read.gaps[i] in (" ", ".", ". "):
            if found := NO_DOOR.match(folded, read.ends[i]):
                yield Span(read.starts[i], found.end(), "ADDRESS", 0.5, "pattern.door-no")
        elif (
            len(number) > 1
            and (before in TO_DOORS or read.bits[i - 1] & lx.DOES)
            and i
            and (found := LETTERED.match(folded, read.ends[i]))
        ):
            yield Span(read.starts[i], found.end(), "ADDRESS", 0.5, "pattern.door-lettered")


def _heard(read: Note) -> Iterator[Span]:
    """`the music from 42`: at an hour (`party at 9`) it stays, and so does a count (`from 14 residents`)."""
    for i in [i for i, word in enumerate(read.words) if word in FROM_DOOR]:
        found = FROM.match(read.folded, read.ends[i])
        if found is None or _counts(read, bisect_left(read.starts, found.end("v"))):
            continue
        word, said = read.words[i], found[0]
        hour = found["v"] in HOURS and word not in SOMEBODY and any(w in said for w in (" at ", " in ", " of "))
        if not hour or DOOR_LIST.match(read.folded, found.end("v")) or "no" in said or word.startswith("knock"):
            yield Span(*found.span("v"), "ADDRESS", 0.5, "pattern.door-heard")


def _counts(read: Note, i: int) -> bool:
    """Is word i, behind a number, what it counts?"""
    if i >= len(read.words) or read.gaps[i] != " " or read.words[i] in AFTER_DOOR:
        return False
    return (
        read.words[i].endswith("s")
        and bool(read.bits[i] & (lx.WORD | lx.CUE))
        and not read.bits[i] & (lx.DOES | lx.FUNCTION)
    )
