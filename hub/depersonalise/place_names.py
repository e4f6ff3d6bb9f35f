"""May a word be part of the name of a house or street? What the rules for homes ask of every word they meet."""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.house_words import DAYS, KINDS_OF_STREET, NAMED, WELSH_KINDS
from hub.depersonalise.reading import Note

NEVER = lx.FUNCTION | lx.DOES | lx.TITLE | lx.RANK
LONGEST_ACRONYM = 3


def is_name(read: Note, i: int) -> bool:
    """May a word be part of a house's or street's name: a capital where a note has them, else any that is no glue?"""
    if read.shapes[i] == reading.DIGITS or read.words[i] in DAYS:
        return False
    if read.casing == reading.UPPER_ONLY:
        return not read.bits[i] & NEVER
    if read.shapes[i] == reading.UPPER:  # `5 HEOL Y FELIN` in prose, and no `MARAC`
        word = read.words[i]
        if word in KINDS_OF_STREET or word in NAMED:
            return True
        return len(word) > LONGEST_ACRONYM and not read.bits[i] & (NEVER | lx.KEEP & ~lx.STREET)
    return read.shapes[i] in (reading.TITLE, reading.MIXED, reading.SHOUTED) and not read.bits[i] & (lx.TITLE | lx.RANK)


def is_plain(read: Note, i: int) -> bool:
    """May a word be part of a name in a note of one case: no small word, nothing that people do?"""
    doing = read.words[i].endswith(("ing", "ed")) and read.bits[i] & lx.WORD
    return read.shapes[i] != reading.DIGITS and not read.bits[i] & (NEVER | lx.CUE) and not doing


def is_small(read: Note, i: int) -> bool:
    """`rose cottage`: the same in any note, of words in small letters where others bear capitals."""
    return is_plain(read, i) and (read.casing != reading.PROSE or read.shapes[i] == reading.LOWER)


def over(read: Note, i: int) -> bool:
    """Is word i the last of its phrase?"""
    return i + 1 >= len(read.words) or bool(read.gaps[i + 1].strip()) or "\n" in read.gaps[i + 1]


def welsh_street(read: Note, at: int) -> int:
    """The last word of `Ffordd y Mor` that begins at `at`; 0 where none does."""
    end = at + 1 + (read.words[at + 1 : at + 2] in (["y"], ["yr"]))
    told = (
        read.words[at] in WELSH_KINDS
        and end < len(read.words)
        and all(g in (" ", "-") for g in read.gaps[at + 1 : end + 1])
    )
    if not told or not (is_name(read, end) or is_small(read, end)):
        return 0
    return end
