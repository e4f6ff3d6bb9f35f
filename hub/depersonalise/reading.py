"""How is a note read, so that no trick of spelling hides a name? One clean text, and one folded text to search.

Zero-width marks, direction marks, combining accents, full-width digits and look-alike letters of other alphabets are
how identity slips past a search, by accident (copy and paste) or on purpose. Every layer reads the same clean note,
and the redacted note is made from it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from copy import copy
from itertools import accumulate
from typing import NamedTuple

from hub.depersonalise import lexicon as lx
from hub.depersonalise.dates import Days, find_dates
from hub.depersonalise.lexicon import Lexicon

WORD = re.compile(r"[^\W_]+")
"""A run of letters and digits."""

_PLAIN = {
    **dict.fromkeys(map(ord, "‘’‛ʼʹ´`′＇"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-"),
    **dict.fromkeys(map(ord, "“”„‟″"), '"'),
    **dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u2028\u2029\x85\x0b\x0c"), "\n"),
}  # fmt: skip
_LOOKALIKES = dict(zip("авекмнорстухіјѕԁһ" "αβεικνορτυχ" "øłđðıŧħ",
                       "abekmhopctyxijsdh" "abeikvoptux" "olddith", strict=True))  # fmt: skip


class _Cleaner(dict[int, str]):
    """Character by character what `clean` makes of it, worked out at first sight."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        gone = unicodedata.category(character) in ("Cf", "Cc", "Cs", "Co") and character not in "\n\t\r"
        digit = unicodedata.decimal(character, None)
        self[code] = found = "" if gone or 0x300 <= code <= 0x36F else character if digit is None else str(digit)
        return found


class _Folder(dict[int, str]):
    """Character by character what `fold` makes of it: always one character."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        bare = unicodedata.normalize("NFKD", character)[:1].lower()[:1] or character
        self[code] = found = _LOOKALIKES.get(bare, bare)
        return found


_CLEANER, _FOLDER = _Cleaner(), _Folder()


PLAIN_LATIN = re.compile(r"[\n\t\r -_a-~£°À-ıĴ-ľŁ-ňŊ-ž]*")
"""Notes in nothing but these are clean: what a British keyboard types, and composed letters of European names."""
OFTEN = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("—", "-"), ("\u00a0", " "))
NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


TAG = re.compile(
    r"<(?:br|/?p|/?div|/?li|/?tr|/?td|/?h\d)(?=[\s/>])[^<>]{0,300}>"
    r"|(</?[a-zA-Z][^\s<>/@]{0,40}(?:[\s/][^<>]{0,300})?>|<!--[^<>]{0,300}-->)",
    re.IGNORECASE,
)
"""A block tag parts words; an inline tag stands inside one. `<kath@example.com>` is an address, no tag."""


def clean(note: str) -> str:
    """The note in one spelling of its characters: compatibility forms composed, invisible and control characters gone,
    dashes, apostrophes, quotation marks and spaces plain, HTML tags and entities resolved. Words, letter case and
    accents stay. ASCII without any of these comes back as it is."""
    if "&" in note or "<" in note:
        note = TAG.sub(lambda m: "" if m[1] else "\n", html.unescape(note))
    if note.isascii():
        return note if note.isprintable() else note.translate(_CLEANER)
    if PLAIN_LATIN.fullmatch(note):
        return note
    for typed, plain in OFTEN:  # what word processors put in: far cheaper than a look at every character
        note = note.replace(typed, plain)
    if PLAIN_LATIN.fullmatch(note):
        return note
    text = unicodedata.normalize("NFKC", note.translate(_PLAIN)).translate(_PLAIN)
    return text.translate(_CLEANER)


def fold(text: str) -> str:
    """Lower case, without accents, look-alike letters of other alphabets made Latin. As long as `text`, character for
    character, so that places found in it hold in the clean text."""
    if text.isascii():
        return text.lower()
    return NOT_ASCII.sub(_folded, text).lower()


def _folded(found: re.Match[str]) -> str:
    return found[0].translate(_FOLDER)


def squeeze(text: str) -> str:
    """Folded letters and digits alone: `AB12 cde` and `ab-12-CDE` are `ab12cde`."""
    return "".join(WORD.findall(fold(text)))


LOWER, TITLE, UPPER, MIXED, DIGITS = 0, 1, 2, 3, 4
"""Shapes of a token: `kath`, `Kath` (or one capital letter), `KATH`, `McKath`, `42`."""
PROSE, LOWER_ONLY, UPPER_ONLY = 0, 1, 2
"""Casing of a note: where it is one case throughout, case says nothing about names."""
TOKEN = re.compile(r"([^\W\d_]+(?:'[^\W\d_]+)*|\d+)")
PLAIN_TOKEN = re.compile(r"([A-Za-z]+(?:'[A-Za-z]+)*|[0-9]+)")
"""One group, so that `split` gives gaps and tokens by turns; the same in ASCII, and faster."""
STRANGE = re.compile(r"[^\x00-\x7f£°]")
SMALL_STARTS, CAPITAL_STARTS = (re.compile(rf"(?:\. |! |\? |\n)[\"'(]?{letter}") for letter in ("[a-z]", "[A-Z]"))
"""Where a sentence begins inside a note; each way begins with a character of its own, which is what makes the search fast."""
SMALL_FIRST, CAPITAL_FIRST = (re.compile(rf"[\"'(]?{letter}") for letter in ("[a-z]", "[A-Z]"))
CAPS_RUN = 4
ZONE = 24
OLD_AGES = frozenset(map(str, [*range(90, 130)]))
MONTH_WORDS = frozenset(
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september october"
    " november december".split()
)


class Zone(NamedTuple):
    """A stretch of a note around digits, and what is in it, so that no form is looked for that cannot be there."""

    start: int
    end: int
    digits: int
    longest: int
    """Digits of the longest run."""
    runs: int
    touching: bool
    """Does a digit touch a letter?"""
    aged: bool
    """Is there a number of `OLD_AGES`?"""


class Note:
    """A clean note read once: its folded text and its tokens (words and runs of digits) as columns of one length."""

    __slots__ = (
        "_dates",
        "_numbers",
        "_zones",
        "bits",
        "casing",
        "ends",
        "folded",
        "gaps",
        "loud",
        "plain",
        "rare",
        "shapes",
        "starts",
        "text",
        "vocabulary",
        "words",
    )

    words: list[str]
    """Folded."""
    vocabulary: frozenset[str]
    """The words, each once: what a rule asks first, whether a word that it needs is there at all."""
    bits: list[int]
    shapes: list[int]
    loud: list[bool]
    """May the token be a name in prose, by itself? A capital says so, or no list of ordinary words."""
    rare: list[bool]
    """May it be a name of the record written otherwise: a misspelling, an initial, half of a name?"""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        """`text` is clean (`clean`)."""
        self.text = text
        self.folded = folded = fold(text)
        plain = text.isascii()
        parts = (PLAIN_TOKEN if plain or not STRANGE.search(folded) else TOKEN).split(text if plain else folded)
        places = list(accumulate(map(len, parts)))
        self.starts = starts = places[:-1:2]
        self.ends = ends = places[1::2]
        if plain:
            self.gaps, whole, self.plain = parts[::2], parts[1::2], True
        else:
            whole = [text[s:e] for s, e in zip(starts, ends, strict=True)]
            self.gaps = [text[e:s] for e, s in zip([0, *ends], [*starts, len(text)], strict=True)]
            self.plain = "".join(whole).isascii()
        met = lexicon.met
        read = [met.get(w) or _meet(w, lexicon) for w in whole]
        self.words, self.bits, self.shapes, self.loud, self.rare = map(list, zip(*read, strict=True)) if read else (
            [], [], [], [], [])  # fmt: skip
        self.vocabulary = frozenset(self.words)
        self._zones: list[Zone] | None = None
        self._numbers: list[int] | None = None
        self._dates: list[tuple[int, int, Days]] | None = None
        self.casing = _casing(self.shapes)
        if self.casing == PROSE:
            self._hush_shouting()

    @property
    def numbers(self) -> list[int]:
        """The places of runs of digits among the tokens."""
        if self._numbers is None:
            self._numbers = [i for i, shape in enumerate(self.shapes) if shape == DIGITS]
        return self._numbers

    @property
    def zones(self) -> list[Zone]:
        """Stretches around digits, where numbers, codes and dates may stand: each with two words on either side."""
        if self._zones is None:
            self._zones = list(self._find_zones())
        return self._zones

    def _find_zones(self) -> Iterator[Zone]:
        starts, ends, words = self.starts, self.ends, self.words
        last = len(words) - 1
        begun = over = -1
        digits = longest = runs = 0
        touching = aged = False
        for i in self.numbers:
            at, to = starts[i], ends[i]
            start, end = (
                max(0, starts[i - 2] - 3 if i > 1 else starts[0] - 3, at - ZONE),
                min(ends[min(last, i + 2)] + 3, to + ZONE),
            )
            if begun < 0 or start > over:
                if begun >= 0:
                    yield Zone(begun, over, digits, longest, runs, touching, aged)
                begun, digits, longest, runs, touching, aged = start, 0, 0, 0, False, False
            over = end
            digits += to - at
            longest = max(longest, to - at)
            runs += 1
            touching = touching or (i > 0 and ends[i - 1] == at) or (i < last and starts[i + 1] == to)
            aged = aged or words[i] in OLD_AGES
        if begun >= 0:
            yield Zone(begun, over, digits, longest, runs, touching, aged)

    @property
    def dates(self) -> list[tuple[int, int, Days]]:
        """The note's dates, found once."""
        if self._dates is None:
            named = not MONTH_WORDS.isdisjoint(self.vocabulary)
            self._dates = [
                found
                for zone in self.zones
                if (zone.digits > 3 and (named or zone.runs > 2 or zone.longest > 5)) or (named and zone.digits > 2)
                for found in find_dates(self.folded, zone.start, zone.end)
            ]
        return self._dates

    def starts_small(self) -> bool:
        """Does whoever wrote this prose begin sentences without a capital, so that names may have none either?"""
        text = self.text
        small = len(SMALL_STARTS.findall(text)) + (SMALL_FIRST.match(text) is not None)
        return small > 1 and small > len(CAPITAL_STARTS.findall(text)) + (CAPITAL_FIRST.match(text) is not None)

    def in_small(self) -> Note:
        """The same note, read as one that says nothing by case."""
        other = copy(self)
        other.casing = LOWER_ONLY
        return other

    def _hush_shouting(self) -> None:
        """In a run of capitals inside prose, capitals say as little as in a note of capitals only."""
        shapes = self.shapes
        at = 0 if shapes.count(UPPER) >= CAPS_RUN else len(shapes)
        while at < len(shapes):
            if shapes[at] != UPPER:
                at += 1
                continue
            end = at
            while end < len(shapes) and shapes[end] in (UPPER, DIGITS):
                end += 1
            loud = [i for i in range(at, end) if shapes[i] == UPPER]
            if len(loud) >= CAPS_RUN and sum(len(self.words[i]) > 3 for i in loud) * 2 >= len(loud):
                for i in loud:
                    shapes[i] = SHOUTED
            at = end


SHOUTED = 5
"""A word of capitals inside a run of capitals."""


MOST_MET = 65_536


def _meet(word: str, lexicon: Lexicon) -> lx.Met:
    """What is to be known of a token by itself, kept: notes repeat their words."""
    folded = fold(word)
    shape = (DIGITS if word.isdigit() else LOWER) if folded == word else _shape(word)
    bits = lexicon.of(folded)
    loud = shape != DIGITS and (shape != LOWER or folded == "will" or not (bits & lx.DULL or lx.is_plain(bits)))
    rare = shape != DIGITS and (
        not bits & lx.NO_MISSPELLING if len(folded) > 3 else len(folded) == 1 or shape == UPPER or folded in lx.MONONYMS
    )
    if len(lexicon.met) >= MOST_MET:
        lexicon.met.clear()
    lexicon.met[word] = made = folded, bits, shape, loud, rare or "'" in folded
    return made


def _shape(word: str) -> int:
    if word.islower():
        return LOWER
    if word.isdigit():
        return DIGITS
    if word.isupper():
        return UPPER if len(word) > 1 else TITLE
    first = word[0]
    if first.isupper() and (word[1:].islower() or word[1] == "'"):
        return TITLE
    return MIXED if first.isupper() else LOWER


def _casing(shapes: list[int]) -> int:
    count = bytes(shapes).count
    lower, title, upper = count(LOWER), count(TITLE) + count(MIXED), count(UPPER)
    if upper > 2 and lower * 8 < upper and title * 6 <= upper + 2:
        return UPPER_ONLY
    return LOWER_ONLY if lower > 2 and title * 25 <= lower else PROSE
