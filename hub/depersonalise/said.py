"""Which numbers are said in words? Dates of birth, ages over 89, telephones, codes and what is spelt letter by letter.

Control rooms write down what callers say: `second of march two thousand`, `NINETY SIX`, `oh seven seven double oh`,
`golf foxtrot six six romeo`, `W-A-L-S-H`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from hub.depersonalise import reading
from hub.depersonalise.dates import MONTH
from hub.depersonalise.forms import BORN, NO_BIRTH
from hub.depersonalise.reading import DIGITS, Note
from hub.depersonalise.redaction import Span

ONES = "one two three four five six seven eight nine"
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth"
LARGE_ORDINALS = ("tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
                  " thirtieth")  # fmt: skip


def _any(words: str) -> str:
    return "(?:" + "|".join(words.split()) + ")"


COUNT = rf"(?:{_any(TENS)}(?:[ \-]{_any(ONES)})?|{_any(TEENS)}|{_any(ONES)})"
ORDINAL = rf"(?:(?:twenty|thirty)[ \-]{_any(SMALL_ORDINALS)}|{_any(LARGE_ORDINALS)}|{_any(SMALL_ORDINALS)})"
DAY = rf"(?:{ORDINAL}|\d{{1,2}}(?:st|nd|rd|th)?)"
YEAR = (
    rf"(?:(?:nineteen|eighteen|twenty)[ \-](?:hundred )?(?:and )?(?:(?:oh|o|nought|zero)[ \-])?{COUNT}"
    rf"|two[ \-]thousand(?: and)?(?: {COUNT})?|(?:19|20)\d\d|'?\d\d(?!\d)|{_any(TENS)}(?:[ \-]{_any(ONES)})?|(?:oh|nought) {_any(ONES)})"
)
DATE = re.compile(
    rf"\b(?:the )?(?:{DAY}(?: day)?(?: of)?(?: the month)?(?: of)? (?:{MONTH}|the (?:{ORDINAL}|\d{{1,2}}(?:st|nd|rd|th))\b)|{MONTH},? (?:the )?(?:{ORDINAL}|{COUNT})\b)"
    rf"(?:,? (?:in )?(?:the year )?(?P<y>{YEAR}))?\b"
)
ONCE = re.compile(
    r"(?:nineteen|eighteen|19\d\d|two[ \-]thousand|200\d|twenty[ \-](?:ten|eleven|twelve|thirteen|fourteen|fifteen)\b)"
)
"""Years in which somebody was born, rather than years of what a note reports."""
ORDINALS = frozenset(f"{SMALL_ORDINALS} {LARGE_ORDINALS} {TENS} nineteen thousand".split())
BIRTH_SAID = re.compile(
    rf"(?:[ :,.\-]+(?:and )?(?:{COUNT}|oh|o|nought|zero|hundred|thousand|double|\d{{1,4}})\b){{3,8}}"
)
"""`date of birth oh five oh three ninety one`."""
BIRTH = re.compile(
    r"\b(?:d\.?o\.?b|date of birth|birthdate|birthday|born)\b(?:'?s)?(?: (?:is|was|its|it's|on|the)){0,3}"
)
BIRTHS = frozenset("dob o birth birthdate birthday born".split())
ROOM = 40
NO_AGE = _any(
    "quid pounds? percent per minutes? mins? hours? hrs? days? degrees? miles? metres? mph k grand p pence odd people times thousand"
    " hundred seconds? secs? cm kilos? kgs? weeks? wks? euros? dollars? mg mls? units? calls? texts? pints? pills? tablets? fags? others?"
    " percentile yards? feet foot ft stone pages? messages? ago squared"
)
AGE = re.compile(
    rf"\b(?:ninetieth|ninety[ \-]{_any(SMALL_ORDINALS)}|hundredth)(?= (?:birthday|b'?day|year)\b)|(?<!teen )(?<!teen-)\bninety(?:[ \-]{_any(ONES)})?(?![ \-]{NO_AGE}\b)(?! years (?:ago|in)\b)\b"
    rf"|\b(?:a|one) hundred(?: and (?:{_any(ONES)}|{_any(TEENS)})\b(?![ \-]{NO_AGE}\b)|(?=[ \-](?:years? old|years? of age|y/?o\b|year[ \-]old)))"
)
AGES = frozenset("ninety hundred ninetieth hundredth".split())
SIGNS = frozenset(f"{ONES} zero oh nought double triple treble hundred ten eleven twelve {TENS}".split())
SINGLE = frozenset(f"{ONES} zero oh nought o double triple treble".split())
ALPHABET = frozenset(
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa quebec romeo"
    " sierra tango uniform victor whiskey whisky xray yankee zulu".split()
)
SIGNS |= ALPHABET
NUMERALS = SIGNS | ORDINALS | AGES
CODED = frozenset("pin code number no reg registration ref reference log crime badge collar ext extension plate index key safe"
                  " digits ending ends account sort card pc pcso sgt officer callsign unit staff starts begins starting vehicle car van".split())  # fmt: skip
GAPS = frozenset([" ", ", ", "-", " - ", "...", ". ", "  ", ",", " ... ", "\n"])
PHONE_LEAST, CODE_LEAST, SPELT_LEAST = 6, 3, 3
MOST = 24
"""Tokens of one number said."""


def find_said(read: Note) -> Iterator[Span]:
    """Spans of dates of birth, ages, numbers and spellings in words."""
    words = read.words
    born = not BIRTHS.isdisjoint(read.vocabulary)
    numerals = not NUMERALS.isdisjoint(read.vocabulary)
    if born or (
        numerals and not ORDINALS.isdisjoint(read.vocabulary) and not reading.MONTH_WORDS.isdisjoint(read.vocabulary)
    ):
        yield from _dates(read)
    if numerals:
        if not AGES.isdisjoint(read.vocabulary):
            yield from (Span(*m.span(), "AGE", 0.7, "pattern.age-said") for m in AGE.finditer(read.folded))
        if not SIGNS.isdisjoint(read.vocabulary):
            if born:
                yield from _births(read)
            yield from _runs(read)
    if "postcode" in words:
        yield from _postcodes(read)
    alone = list(map(len, words)).count(1)
    if alone > 1 and (alone > SPELT_LEAST or "-" in read.gaps or "for" in words):
        yield from _spelt(read)


def _dates(read: Note) -> Iterator[Span]:
    """A day in words: of birth behind a word that says so, or in a year long past."""
    for found in DATE.finditer(read.folded):
        before = read.folded[max(0, found.start() - ROOM) : found.start()]
        born = BORN.search(before) or BIRTH.search(before)
        if born or (found["y"] and ONCE.match(found["y"]) and not NO_BIRTH.search(before)):
            yield Span(*found.span(), "DATE OF BIRTH", 0.8, "pattern.birth-said")


def _births(read: Note) -> Iterator[Span]:
    for cue in BIRTH.finditer(read.folded):
        if found := BIRTH_SAID.match(read.folded, cue.end()):
            yield Span(cue.end() + 1, found.end(), "DATE OF BIRTH", 0.8, "pattern.birth-said")


def _runs(read: Note) -> Iterator[Span]:
    """Digits and letters of the radio alphabet, one after the other."""
    words, done = read.words, -1
    for i in [i for i, w in enumerate(words) if w in SIGNS]:
        if i <= done:
            continue
        last = i
        while last + 1 < len(words) and last - i < MOST and read.gaps[last + 1] in GAPS and _goes_on(read, last + 1):
            last += 1
        done = last
        if kind := _kind(read, i, last):
            yield Span(read.starts[i], read.ends[last], kind, 0.75, "pattern.number-said")


def _goes_on(read: Note, j: int) -> bool:
    word = read.words[j]
    return word in SIGNS or word == "o" or (read.shapes[j] == DIGITS and len(word) < 5)


def _kind(read: Note, first: int, last: int) -> str:
    said = read.words[first : last + 1]
    lettered = sum(w in ALPHABET for w in said)
    single = sum(w in SINGLE for w in said)
    cued = not CODED.isdisjoint(read.words[max(0, first - 4) : first])
    if lettered > 1:
        return "VEHICLE" if len(said) > SPELT_LEAST or (cued and len(said) == SPELT_LEAST) else ""
    if len(said) >= PHONE_LEAST and single > SPELT_LEAST:
        return "PHONE"
    return "REFERENCE" if cued and single >= CODE_LEAST else ""


def _postcodes(read: Note) -> Iterator[Span]:
    """`postcode? m nine nine, one zed zed`: letters and digits one by one, soon behind the word."""
    words, n = read.words, len(read.words)
    for cue in [i for i, w in enumerate(words) if w == "postcode"]:
        for first in range(cue + 1, min(n, cue + 6)):
            last = first - 1
            while (
                last + 1 < min(n, first + POSTCODE_MOST)
                and (last < first or read.gaps[last + 1] in GAPS)
                and _one_sign(words[last + 1])
            ):
                last += 1
            if last - first >= POSTCODE_LEAST:
                yield Span(read.starts[first], read.ends[last], "POSTCODE", 0.8, "pattern.postcode-said")
                break


def _one_sign(word: str) -> bool:
    return len(word) == 1 or word in SIGNS or word in ("zed", "zee")


POSTCODE_LEAST, POSTCODE_MOST = 4, 10


def _spelt(read: Note) -> Iterator[Span]:
    """`W-A-L-S-H`, `D FOR DOG, A FOR APPLE`: letters by themselves, capitals in prose."""
    words, gaps, done = read.words, read.gaps, -1
    singles = [i for i, size in enumerate(map(len, words)) if size == 1]
    if not any(words[i + 1 : i + 2] == ["for"] for i in singles) and all(b - a > 1 for a, b in pairwise(singles)):
        return
    for i in singles:
        if i <= done or read.shapes[i] == DIGITS:
            continue
        last, letters, dashed, spoken = i - 1, 0, 0, 0
        while (
            (j := last + 1) < len(words)
            and len(words[j]) == 1
            and read.shapes[j] != DIGITS
            and (j == i or gaps[j] in SPELLING)
        ):
            dashed += j > i and gaps[j] == "-"
            letters += 1
            last = j
            if (
                j + 2 < len(words)
                and words[j + 1] == "for"
                and gaps[j + 1] == gaps[j + 2] == " "
                and words[j + 2][0] == words[j]
            ):
                spoken += 1
                last = j + 2
        done = last
        if spoken > 1 or dashed > 1 or (letters > SPELT_LEAST and not dashed and read.casing == reading.PROSE
                                        and read.text[read.starts[i] : read.ends[last]].isupper()):  # fmt: skip
            yield Span(read.starts[i], read.ends[last], "PERSON", 0.7, "pattern.spelt")


SPELLING = frozenset(["-", " ", ", ", " - "])
