"""How is a note read, so that no trick of spelling hides a name? One clean text, and one folded text to search.

Zero-width marks, direction marks, combining accents, full-width digits and look-alike letters of other alphabets are
how identity slips past a search, by accident (copy and paste) or on purpose. Every layer reads the same clean note,
and the redacted note is made from it.
"""

from __future__ import annotations

import html
import re
import unicodedata

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
        self[code] = found = "" if gone or 0x300 <= code <= 0x36F else character
        return found


class _Folder(dict[int, str]):
    """Character by character what `fold` makes of it: always one character."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        bare = unicodedata.normalize("NFKD", character)[:1].lower()[:1] or character
        self[code] = found = _LOOKALIKES.get(bare, bare)
        return found


_CLEANER, _FOLDER = _Cleaner(), _Folder()


TAG = re.compile(
    r"<(?:br|/?p|/?div|/?li|/?tr|/?td|/?h\d)\b[^<>]{0,300}>|(</?[a-zA-Z][^<>]{0,300}>|<!--[^<>]{0,300}-->)",
    re.IGNORECASE,
)
"""A block tag parts words; an inline tag stands inside one."""


def clean(note: str) -> str:
    """The note in one spelling of its characters: compatibility forms composed, invisible and control characters gone,
    dashes, apostrophes, quotation marks and spaces plain, HTML tags and entities resolved. Words, letter case and
    accents stay. ASCII without any of these comes back as it is."""
    if "&" in note or "<" in note:
        note = TAG.sub(lambda m: "" if m[1] else "\n", html.unescape(note))
    if note.isascii():
        return note if note.isprintable() else note.translate(_CLEANER)
    text = unicodedata.normalize("NFKC", note.translate(_PLAIN)).translate(_PLAIN)
    return text.translate(_CLEANER)


def fold(text: str) -> str:
    """Lower case, without accents, look-alike letters of other alphabets made Latin. As long as `text`, character for
    character, so that places found in it hold in the clean text."""
    return text.lower() if text.isascii() else text.translate(_FOLDER)


def squeeze(text: str) -> str:
    """Folded letters and digits alone: `AB12 cde` and `ab-12-CDE` are `ab12cde`."""
    return "".join(WORD.findall(fold(text)))


LOWER, TITLE, UPPER, MIXED, DIGITS = 0, 1, 2, 3, 4
"""Shapes of a token: `kath`, `Kath` (or one capital letter), `KATH`, `McKath`, `42`."""
PROSE, LOWER_ONLY, UPPER_ONLY = 0, 1, 2
"""Casing of a note: where it is one case throughout, case says nothing about names."""
TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+")
CAPS_RUN = 4
ZONE = 24


class Note:
    """A clean note read once: its folded text and its tokens (words and runs of digits) as columns of one length."""

    __slots__ = ("_dates", "_zones", "bits", "casing", "ends", "folded", "shapes", "starts", "text", "words")

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        """`text` is clean (`clean`)."""
        self.text = text
        self.folded = folded = fold(text)
        spans = [m.span() for m in TOKEN.finditer(folded)]
        self.starts = [s for s, _ in spans]
        self.ends = [e for _, e in spans]
        self.words = words = [folded[s:e] for s, e in spans]
        find = lexicon.bits.get
        of = lexicon.of
        self.bits = [of(w) if "'" in w else find(w, 0) for w in words]
        whole = [text[s:e] for s, e in spans]
        self.shapes = [
            (DIGITS if w.isdigit() else LOWER) if w == folded_word else _shape(w)
            for w, folded_word in zip(whole, words, strict=True)
        ]
        self._zones: list[tuple[int, int]] | None = None
        self._dates: list[tuple[int, int, Days]] | None = None
        self.casing = _casing(self.shapes)
        if self.casing == PROSE:
            self._hush_shouting()

    @property
    def zones(self) -> list[tuple[int, int]]:
        """Stretches around digits, where numbers, codes and dates may stand: each with two words on either side."""
        if self._zones is None:
            zones: list[tuple[int, int]] = []
            last = len(self.words) - 1
            for i, shape in enumerate(self.shapes):
                if shape != DIGITS:
                    continue
                start, end = max(0, self.starts[max(0, i - 2)] - 3), self.ends[min(last, i + 2)] + 3
                if self.starts[i] - start > ZONE:
                    start = self.starts[i] - ZONE
                end = min(end, self.ends[i] + ZONE)
                if zones and start <= zones[-1][1]:
                    zones[-1] = (zones[-1][0], end)
                else:
                    zones.append((start, end))
            self._zones = zones
        return self._zones

    @property
    def dates(self) -> list[tuple[int, int, Days]]:
        """The note's dates, found once."""
        if self._dates is None:
            self._dates = [found for start, end in self.zones for found in find_dates(self.folded, start, end)]
        return self._dates

    def _hush_shouting(self) -> None:
        """In a run of capitals inside prose, capitals say as little as in a note of capitals only."""
        shapes = self.shapes
        at = 0
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
    lower, title, upper = shapes.count(LOWER), shapes.count(TITLE) + shapes.count(MIXED), shapes.count(UPPER)
    if upper > 2 and lower * 8 < upper and title * 6 <= upper + 2:
        return UPPER_ONLY
    return LOWER_ONLY if lower > 2 and title * 25 <= lower else PROSE
