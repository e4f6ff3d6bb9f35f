"""Which marks of vehicles does a note hold, beyond those of the years since 2001? Older, spaced, Irish, foreign, diplomatic.

By shape where the letters are no word; of any shape behind or before a word for a vehicle, a make or a colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hub.depersonalise import reading
from hub.depersonalise.checks import AREAS, is_vrm
from hub.depersonalise.forms import MORE_VRM
from hub.depersonalise.leftover_words import MEASURED
from hub.depersonalise.lexicon import CUE, DOES, FUNCTION, KEEP, KNOWN, MAYBE_WORD, RANK, TITLE, WORD, Lexicon
from hub.depersonalise.reading import DIGITS, LOWER, Note
from hub.depersonalise.redaction import Span
from hub.depersonalise.vehicle_words import BEHIND, LAWS, MAKES, SURE, VEHICLES

SPACED = re.compile(
    r"\b(?:(?P<a>[A-HJ-PR-Y]{2}) \d\d (?P<l>[A-HJ-PR-Z]{3})"
    r"|(?P<p>[A-Z]{1,2}) \d{1,2}[A-Z]? ?\d[A-Z]{2}"
    r"|(?P<f>[A-Z]{1,3}) \d{2,4} (?P<g>[A-Z]{2,3})"
    r"|(?P<d>\d{3}[ \-]?[DX][ \-]?\d{3})"
    r"|(?P<n>[A-Z]{0,2}[IZ][A-Z]?) ?\d{3,4}"
    r"|\d{2,3} (?P<e>[A-Z]{1,2}) \d{3,6})\b"
)
"""`PO 14 KXY`, `M 14 5RT` (a postcode), `B 204 VLC`, `123 D 456`, `ABZ 1234`, `12 KK 1234`."""
SMALL_SPACED = re.compile(r"\b(?P<a>[a-hj-pr-y]{2}) \d\d (?P<l>[a-hj-pr-z]{3})\b")
NO_LETTERS = WORD | KEEP | FUNCTION | TITLE | RANK | CUE
REACH, MOST = 5, 4
"""Tokens between a word for a vehicle and its plate, tokens of a plate."""
SHORTEST, LONGEST = 4, 9


def find_plates(read: Note, lexicon: Lexicon) -> Iterator[Span]:
    """Spans of the marks of vehicles, and of postcodes written in three parts."""
    yield from _older(read, lexicon)
    yield from _of_no_year(read, lexicon)
    yield from _spaced(read, lexicon)
    words, shapes = read.words, read.shapes
    if VEHICLES.isdisjoint(read.vocabulary):
        return
    for i in [i for i, w in enumerate(words) if w in VEHICLES]:
        if DIGITS in shapes[max(0, i - MOST) : i + REACH + 2]:
            yield from _near(read, i)


def _older(read: Note, lexicon: Lexicon) -> Iterator[Span]:
    """Older plates: their letters must not be a word, unless the note writes them in capitals."""
    zones = [z for z in read.zones if z.touching]
    for found in (m for z in zones for m in MORE_VRM.finditer(read.folded, z.start, z.end)):
        letters = found["l"] or found["l2"]
        start, end = found.span()
        capitals = read.casing == reading.PROSE and read.text[start:end].isupper()
        spaced = found["s"] or found["s2"]
        wordy = lexicon.of(letters) & (WORD | KEEP | MAYBE_WORD)
        shown = capitals and not lexicon.of(letters) & FUNCTION and (not (wordy and spaced) or len(found[0]) > 7)
        if letters in LAWS and (not spaced or found[0][0] == "s"):
            continue
        if shown or (not wordy and (not spaced or read.casing != reading.PROSE)):
            yield Span(start, end, "VEHICLE", 0.75, "pattern.vrm-older")


ANY_YEAR = re.compile(r"\b(?P<a>[a-z]{2})\d\d[ \-./]?(?P<l>[a-z]{3})\b")


def _of_no_year(read: Note, lexicon: Lexicon) -> Iterator[Span]:
    """`BK90 HZT`: a year that was never issued, on a false plate or by a slip of the pen."""
    for zone in [z for z in read.zones if z.touching]:
        for found in ANY_YEAR.finditer(read.folded, zone.start, zone.end):
            capitals = read.casing == reading.PROSE and read.text[found.start() : found.end()].isupper()
            before = found["a"] in MEASURED or lexicon.of(found["a"]) & FUNCTION
            if capitals or not (before or lexicon.of(found["l"]) & (WORD | KEEP | FUNCTION | DOES)):
                yield Span(*found.span(), "VEHICLE", 0.7, "pattern.vrm-of-no-year")


def _spaced(read: Note, lexicon: Lexicon) -> Iterator[Span]:
    """Letters and digits apart, none of the letters a word; capitals, where a note has them."""
    small = read.casing == reading.LOWER_ONLY
    pattern = SMALL_SPACED if small else SPACED
    for zone in [z for z in read.zones if z.digits > 1]:
        for found in pattern.finditer(read.text, zone.start, zone.end):
            if found["a"]:
                if _is_current(found, lexicon, prose=read.casing == reading.PROSE):
                    yield Span(*found.span(), "VEHICLE", 0.8, "pattern.vrm-spaced")
            elif found["p"]:
                area = found["p"].lower()
                prose = read.casing == reading.PROSE
                if (
                    area in AREAS
                    and found[0][-2:].lower() not in UNITS
                    and (prose or not lexicon.of(area) & NO_LETTERS)
                ):
                    yield Span(*found.span(), "POSTCODE", 0.7, "pattern.postcode-spaced")
            elif found["d"] or read.casing == reading.PROSE:
                letters = [g.lower() for g in (found["f"], found["g"], found["n"], found["e"]) if g]
                if not any(lexicon.of(part) & NO_LETTERS or part in LAWS for part in letters):
                    yield Span(*found.span(), "VEHICLE", 0.6, "pattern.vrm-foreign")


def _is_current(found: re.Match[str], lexicon: Lexicon, *, prose: bool) -> bool:
    one, three = found["a"].lower(), found["l"].lower()
    wordy = (
        (not prose and lexicon.of(one) & FUNCTION)
        or lexicon.of(three) & (WORD | FUNCTION)
        or three in reading.MONTH_WORDS
    )
    return not wordy and is_vrm(found[0].replace(" ", "").lower())


def _near(read: Note, i: int) -> Iterator[Span]:
    """Plates of any shape behind the word at i, past colours, makes and small words, or right before it."""
    words, gaps = read.words, read.gaps
    sure = words[i] in SURE
    j, most, met = i + 1, min(len(words), i + 1 + REACH), False
    while j < most and _goes_on(gaps[j]):
        if plate := _plate(read, j, sure=sure):
            yield _span(read, *plate)
            # `YK07 or YK57`: another may follow
            met, j = True, plate[1] + 1
            most = min(len(words), j + 2)
            continue
        if read.shapes[j] == DIGITS or not (
            words[j] in VEHICLES or words[j] in BEHIND or (len(words[j]) > 3 and not met)
        ):
            break
        sure = sure or words[j] in SURE
        j += 1
    if not met and i > 1 and gaps[i] in (" ", " (", ", ") and (words[i] in SURE or words[i] in MAKES):
        yield from _before(read, i)


def _before(read: Note, i: int) -> Iterator[Span]:
    """`AB 123 CD Renault`, `J 88214 plate`."""
    for first in range(max(0, i - MOST), i - 1):
        plate = _plate(read, first, sure=read.words[i] in SURE)
        if plate and plate[1] == i - 1 and (first == 0 or read.gaps[first] not in JOINED):
            yield _span(read, *plate)
            return


JOINED = ("", "-")


def _goes_on(gap: str) -> bool:
    return 0 < len(gap) < 4 and all(c in " ,:-(#=./'\"" for c in gap) and gap not in (". ", "/")


def _span(read: Note, first: int, last: int) -> Span:
    return Span(read.starts[first], read.ends[last], "VEHICLE", 0.6, "pattern.vrm-near")


def _plate(read: Note, first: int, *, sure: bool) -> tuple[int, int] | None:
    """First and last token of the plate that begins at a token: letters and digits by turns, three letters at most."""
    words, shapes = read.words, read.shapes
    last, letters, digits, blocks = -1, 0, 0, ""
    for j in range(first, min(len(words), first + MOST)):
        if j > first and read.gaps[j] not in ("", " ", "-"):
            break
        size = len(words[j])
        if shapes[j] == DIGITS:
            if size > 6 or blocks[-1:] == "1":
                break
            digits += size
        elif size > 3 or letters + size > 5 or not _is_lettering(read, j, sure=sure):
            break
        else:
            letters += size
        blocks += "1" if shapes[j] == DIGITS else "a"
        last = j
    if last <= first or not letters or not SHORTEST <= letters + digits <= LONGEST:
        return None
    if digits < 2 and not sure and blocks != "a1a":
        return None
    end = read.ends[last]
    if len(blocks) > 3 and MODEL.fullmatch(read.folded, read.starts[first], read.ends[first + 1]):
        return None
    if not sure and ROAD.fullmatch(read.folded, read.starts[first], end):
        return None
    if digits < 2 and read.folded[read.starts[first] : end] == read.text[read.starts[first] : end] and not sure:
        return None
    if read.folded[end : end + 1] in (":", "/", "%") or (
        blocks == "1a" and not sure and digits < 3 and (letters < 3 or read.bits[last] & KNOWN)
    ):
        return None
    return first, last


def _is_lettering(read: Note, j: int, *, sure: bool) -> bool:
    """May letters belong to a plate? In prose, capitals that measure nothing; else what is no word."""
    bits, word = read.bits[j], read.words[j]
    if "'" in word or word in LAWS or word in MEASURED or word in NO_PLATE:
        return False
    beside = j + 1 < len(read.words) and read.shapes[j + 1] == DIGITS
    joined = (beside and read.gaps[j + 1] in JOINED) or (
        read.gaps[j] in JOINED and j > 0 and read.shapes[j - 1] == DIGITS
    )
    if word in VEHICLES and not joined:
        return False
    if read.casing == reading.PROSE and read.shapes[j] != LOWER:
        return len(word) == 1 or (read.text[read.ends[j] - 1].isupper() and not bits & (FUNCTION | RANK))
    if bits & (FUNCTION | TITLE | RANK | DOES) or word in UNITS:
        short = len(word) == 1 or (len(word) == 2 and word not in UNITS and "" in (read.gaps[j + 1], read.gaps[j]))
        return joined and short
    if read.casing == reading.PROSE:
        return joined and not bits & WORD
    return joined or len(word) == 1 or not bits & (WORD | KEEP) or (beside and sure)


MODEL = re.compile(r"[a-z]\d{1,2}")
"""`Audi A3 FX14 LRU`: the model stands before the plate."""
ROAD = re.compile(r"[abm]\d{1,4}m?")
NO_PLATE = frozenset("ic ip vp oic cad log ref inc asb id dob nhs uk eu tv gps cctv no pc".split())
UNITS = frozenset("am pm hr hrs min mph km mi cc yr yrs yo th st nd rd ft mm kg lb k v m x hp bhp".split())
