"""Which numbers, codes and addresses identify by their form? UK identifiers, each with the check that its kind has.

One pattern per family on the folded note, linear by construction (bounded repeats, nothing nested), the cheap test
first: a note without a digit or an @ is looked at for what has none. What no family knows but looks like a reference
(a long number, letters mixed with digits, anything after `ref`) is masked as a reference: forces and trusts each have
their own numbering. Sources: domain reference §4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from hub.depersonalise.dates import find_dates
from hub.depersonalise.forms import (
    BORN,
    CODE,
    DOSE_OR_ROAD,
    FIXED,
    HANDLE,
    MEASURE,
    NEEDS,
    NO_BIRTH,
    OF_DAY,
    OLD,
    WITH_DIGITS,
    WITHOUT_DIGITS,
    Family,
    cued_matches,
)
from hub.depersonalise.lexicon import FUNCTION, KEEP, WORD, Lexicon
from hub.depersonalise.online import find_handles
from hub.depersonalise.plates import find_plates
from hub.depersonalise.reading import Note, Zone
from hub.depersonalise.redaction import Span

WORDED = re.compile(r"([a-z]{2,5}) \d{1,4}[a-z]?$")


def _worded(value: str, lexicon: Lexicon) -> bool:
    """`number ends 118`, `visit at 11a`: an ordinary word and a few digits are no reference."""
    found = WORDED.match(value)
    return found is not None and bool(lexicon.of(found[1]) & (WORD | FUNCTION))


def find_patterns(read: Note, lexicon: Lexicon, forms: tuple[re.Pattern[str], ...] = ()) -> list[Span]:
    """Everything in a note that identifies by its form. `forms`: a site's own patterns for references."""
    folded = read.folded
    spans: list[Span] = []
    cues = _cues(read)
    if read.zones:
        _numbers(read, cues, lexicon, spans)
        _dates(read, spans)
        for form in forms:
            spans += [Span(*m.span(), "REFERENCE", 0.95, "pattern.site-form") for m in form.finditer(folded)]
        spans += find_plates(read, lexicon)
        spans += _codes(read, lexicon)
    at = "@" in folded or "at)" in folded or "at]" in folded
    if at:
        _emails(folded, spans)
    for hint, family in WITHOUT_DIGITS:
        if hint(folded):
            _run(family, folded, spans, 0, len(folded))
    spans += find_handles(read, cues.get(HANDLE.rule, ()), lexicon)
    return spans


def _run(family: Family, folded: str, spans: list[Span], at: int, to: int) -> None:
    kind, rule, pattern, check, score = family
    if pattern.search(folded, at, to) is None:
        return  # most often: cheaper than a list of nothing
    spans += [
        Span(*found.span(), kind, score, rule)
        for found in pattern.finditer(folded, at, to)
        if check is None or check(found[0])
    ]


def _emails(folded: str, spans: list[Span]) -> None:
    """Addresses around each `@` or `(at)`, so that the rest of the note is not read for them."""
    done = 0
    for sign in SIGN.finditer(folded):
        if sign.start() >= done and (
            found := _EMAIL[2].match(folded, _local_part(folded, sign.start(), done), sign.end() + DOMAIN)
        ):
            spans.append(Span(*found.span(), "EMAIL", 1.0, _EMAIL[1]))
            done = found.end()


def _local_part(folded: str, sign: int, least: int) -> int:
    """Where the words before an `@` begin: letters, digits and `.+-_`, a bracket and a space between allowed."""
    at = sign
    while at > max(least, sign - 3) and folded[at - 1] in " \t\n([{":
        at -= 1
    last = at
    while at > max(least, last - LONGEST_LOCAL) and (folded[at - 1].isalnum() or folded[at - 1] in "._+-"):
        at -= 1
    return at


def _cues(read: Note) -> dict[str, list[int]]:
    """Rule of a cued form → the places, in order, where one of its heads stands."""
    found: dict[str, list[int]] = {}
    heads = HEADS.get
    for word, start in [(w, s) for w, s in zip(read.words, read.starts, strict=True) if w in HEADS]:
        for rule in HEADS[word]:
            found.setdefault(rule, []).append(start)
    if "'" in read.folded:
        for word, start in zip(read.words, read.starts, strict=True):
            if "'" in word:  # `victim's ref'd`: what stands behind an apostrophe begins a word too
                for part in PART.finditer(word):
                    for rule in heads(part[0], ()):
                        found.setdefault(rule, []).append(start + part.start())
                        found[rule].sort()
    return found


HEADS = {head: tuple(c.rule for c in (*FIXED, HANDLE) if head in c.heads) for c in (*FIXED, HANDLE) for head in c.heads}
PART = re.compile(r"[^']+")
SIGN = re.compile(r"@|at[)\]}]")
LONGEST_LOCAL, DOMAIN = 64, 500
"""Characters before and after an `@` that an address may take up."""


def _numbers(read: Note, cues: Mapping[str, list[int]], lexicon: Lexicon, spans: list[Span]) -> None:
    """Families by their form in the zones of digits, then what a cue before a number says it is."""
    folded = read.folded
    for zone in read.zones:
        for family, sign, times in _families(min(zone.digits, 16), min(zone.longest, 11), touching=zone.touching):
            if not sign or folded.count(sign, zone.start, zone.end) >= times:
                _run(family, folded, spans, zone.start, zone.end)
    asked = [cued for cued in FIXED if not cued.heads or cued.rule in cues]
    for window in _windows(read.zones):
        for cued in asked:
            if cued.heads:
                matches = cued_matches(cued.pattern, folded, cues[cued.rule], window.start, window.end)
            elif _may_hold(cued.pattern, window, folded):
                matches = cued.pattern.finditer(folded, window.start, window.end)
            else:
                continue
            for found in matches:
                name = found.lastgroup or "v"
                start, end = found.span(name)
                value = found[name]
                if cued.rule == "pattern.number-spaced" and sum(map(str.isdigit, value)) < SPACED_LEAST:
                    continue
                if cued.kind == "REFERENCE" and (
                    MEASURE.match(value) or _worded(value, lexicon) or _is_time(found, value, folded, end)
                ):
                    continue
                spans.append(Span(start, end, cued.kind, cued.score, cued.rule))


def _may_hold(pattern: re.Pattern[str], zone: Zone, folded: str) -> bool:
    """Has a zone the digits that a form without a cue needs?"""
    if pattern is OLD:
        return zone.aged
    stroke = folded.find("/", zone.start, zone.end) >= 0
    if pattern is OF_DAY:
        return zone.digits > 1 and (
            (zone.digits > 4 and (stroke or zone.touching)) or folded.find(" of ", zone.start, zone.end) >= 0
        )
    if (zone.longest > 3 and stroke) or (zone.longest > 2 and zone.touching):
        return True
    return zone.longest > 5 and folded.find("-", zone.start, zone.end) >= 0


def _windows(zones: list[Zone]) -> list[Zone]:
    """Zones with room before them for a cue, joined where they meet."""
    joined: list[Zone] = []
    for zone in zones:
        start = max(0, zone.start - CUE_ROOM)
        if joined and start <= joined[-1].end:
            last = joined[-1]
            joined[-1] = Zone(last.start, zone.end, last.digits + zone.digits, max(last.longest, zone.longest),
                              last.runs + zone.runs, last.touching or zone.touching, last.aged or zone.aged)  # fmt: skip
        else:
            joined.append(zone._replace(start=start))
    return joined


CUE_ROOM = 40
SPACED_LEAST = 12
"""Digits of a number that is written in groups; fewer may be a quantity and something else."""
_EMAIL = next(f for f in WITH_DIGITS if f[1] == "pattern.email")


@lru_cache(maxsize=1024)
def _families(digits: int, longest: int, *, touching: bool) -> tuple[tuple[Family, str, int], ...]:
    """The families that may be found in a zone, with the sign that each needs."""
    found = []
    for family in WITH_DIGITS:
        least, run, touch, sign, times = NEEDS.get(family[1].removeprefix("pattern."), (99, 0, False, "", 0))
        if digits >= least and longest >= run and (touching or not touch):
            found.append((family, sign, times))
    return tuple(found)


CLOCK = re.compile(
    r"(?:[01]\d|2[0-3])[0-5]\d(?:hrs?|h)?$|(?:19|20)\d\d$|\d{1,3}$|\d{1,2}/\d{1,2}(?:/\d{2,4})?$|\d{1,2}-\d{1,2}-\d{2,4}$|\d{1,4}-\d{1,4}$"
)


def _is_time(found: re.Match[str], value: str, folded: str, end: int) -> bool:
    if (LOGGED.match(found[0]) or folded.startswith(" of to", end)) and re.fullmatch(r"\d{3,6}", value):
        return False
    return CLOCK.match(value) is not None or folded[end : end + 1] == ":"


LOGGED = re.compile(r"(?:badge|log|inc|incident|ref|reference|cad|job|case|crime|[a-z ]{0,12}code|key ?safe|pin)\b")


def _dates(read: Note, spans: list[Span]) -> None:
    """Dates of birth: by a cue before, or standing right after a name with a year long past. Other dates stay."""
    folded = read.folded
    for start, end, meant in read.dates:
        before = folded[max(0, start - 40) : start]
        if BORN.search(before):
            spans.append(Span(start, end, "DATE OF BIRTH", 0.95, "pattern.birth-cued"))
        elif any(y < 2016 for y, _, _ in meant) and not any(2019 < y < 2029 for y, _, _ in meant):
            if not NO_BIRTH.search(before):
                spans.append(Span(start, end, "DATE OF BIRTH", 0.55, "pattern.date-long-past"))
        elif before.endswith(("(", "( ")) and all(y < 2020 or y > 2030 for y, _, _ in meant):
            spans.append(Span(start, end, "DATE OF BIRTH", 0.55, "pattern.date-bracketed"))


def _codes(read: Note, lexicon: Lexicon) -> Iterator[Span]:
    """References by their look alone."""
    folded = read.folded
    zones = [z for z in read.zones if z.digits > 2 and (
        z.touching or folded.find("-", z.start, z.end) >= 0 or folded.find("/", z.start, z.end) >= 0)]  # fmt: skip
    for found in (m for z in zones for m in CODE.finditer(folded, z.start, z.end)):
        text = found[0]
        digits = sum(c.isdigit() for c in text)
        letters = sum(c.isalpha() for c in text)
        parts = re.split(r"[/\-]", text)
        if digits < 3 or MEASURE.match(text) or DOSE_OR_ROAD.fullmatch(text) or CLOCK.match(text) or any(
                p.isalpha() and len(p) > 3 and lexicon.of(p) & (WORD | KEEP) for p in parts):  # fmt: skip
            continue
        if all(p.isdigit() for p in parts):
            if digits < 7 or find_dates(text):
                continue
        elif letters and digits < 4 and len(text) < 7:
            continue
        if folded[found.end() : found.end() + 1] == ":" and digits < 6:
            continue
        yield Span(found.start(), found.end(), "REFERENCE", 0.65, "pattern.code")
