"""How is a note read, so that no trick of spelling hides a name? One clean text, and one folded text to search.

Zero-width marks, direction marks, combining accents, full-width digits and look-alike letters of other alphabets are
how identity slips past a search, by accident (copy and paste) or on purpose. Every layer reads the same clean note,
and the redacted note is made from it.
"""

from __future__ import annotations

import re
import unicodedata

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


def clean(note: str) -> str:
    """The note in one spelling of its characters: compatibility forms composed, invisible and control characters gone,
    dashes, apostrophes, quotation marks and spaces plain. Words, letter case and accents stay. ASCII without control
    characters comes back as it is."""
    if note.isascii():
        return note if note.isprintable() else note.translate(_CLEANER)
    text = unicodedata.normalize("NFKC", note.translate(_PLAIN)).translate(_PLAIN)
    return text.translate(_CLEANER)


def fold(text: str) -> str:
    """Lower case, without accents, look-alike letters of other alphabets made Latin. As long as `text`, character for
    character, so that places found in it hold in the clean text."""
    return text.lower() if text.isascii() else text.translate(_FOLDER)


def words(folded: str) -> list[str]:
    """The words of a folded text in order."""
    return WORD.findall(folded)


def squeeze(text: str) -> str:
    """Folded letters and digits alone: `AB12 cde` and `ab-12-CDE` are `ab12cde`."""
    return "".join(WORD.findall(fold(text)))


def one_case(text: str) -> bool:
    """Is the note written in capitals alone, or without any? Then letter case says nothing about names."""
    return text.isupper() or text.islower()
