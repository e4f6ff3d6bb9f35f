"""What belongs to a person that was found? The collar number beside a name, the door that a named person has."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from hub.depersonalise.announced import ANNOUNCING, OF_DAY
from hub.depersonalise.dates import MONTH
from hub.depersonalise.forms import AFTER_NAME_COLLAR
from hub.depersonalise.lexicon import FUNCTION, KNOWN, RANK, TITLE, WORD
from hub.depersonalise.reading import PROSE, Note
from hub.depersonalise.redaction import Span

NUMBER_BEFORE = re.compile(r"(?:\band|&|,|/) (?P<v>\d{3,6}) $")
"""`PCs Shaw and 6612 Patel`."""
DOOR = re.compile(
    r" (?:at|from|in|of) (?:no\.? ?|number )?(?P<v>\d{1,3}[a-z]?)(?=$|[.,;)\n]| (?:is|was|has|had|says|said|who|and|next|will|rang|told)\b)"
)
"""`snow at 3 says`: a door, or a time, which is masked rather than risked."""
LISTED = re.compile(r"(?:^|[.;\n] ?)(?P<v>\d{1,3}[a-z]?)(?:: | - )")
"""`20: Bob, alarms ok. 22: no reply.`"""
VISITED = re.compile(r"\b(?:houses?|doors?|addresses|flats|homes|properties|neighbours|h2h|hth|alarms?)\b")


def find_beside(read: Note, people: Sequence[Span]) -> Iterator[Span]:
    """Further spans beside `people`."""
    folded = read.folded
    digits = bool(read.zones)
    if read.dates:
        yield from _births(read, people)
    for span in people:
        if digits and span.end - span.start > 1:
            yield from _collar(folded, span)
            if door := DOOR.match(folded, span.end):
                yield Span(*door.span("v"), "ADDRESS", 0.5, "pattern.door-of-person")
    if (
        digits
        and folded.count(": ") + folded.count(" - ") > 1
        and len(listed := list(LISTED.finditer(folded))) > 1
        and VISITED.search(folded)
    ):
        yield from (Span(*one.span("v"), "ADDRESS", 0.5, "pattern.door-listed") for one in listed)
        yield from (Span(s.end + 2, s.end + 2 + m.end("v") - m.start("v"), "ADDRESS", 0.5, "pattern.door-listed")
                    for s in people if (m := BRACKETED.match(folded, s.end)))  # fmt: skip


BRACKETED = re.compile(r" \((?P<v>\d{1,3}[a-z]?)\)")


def find_initials(read: Note, found: Sequence[Span]) -> Iterator[Span]:
    """What belongs to a number: `Re: JM P0381190` (whose it is), `ASB 24-713` (its letters), `SX-1182 of 9 June` (its day)."""
    if not read.zones:
        return
    for span in [s for s in found if s.kind in NUMBERS]:
        dated = None
        if (
            span.kind in ("REFERENCE", "OFFICER")
            and read.folded[span.end - 1].isdigit()
            and read.folded.startswith(DAY_BEGINS, span.end)
        ):
            dated = OF_DAY.match(read.folded, span.end)
        if dated:
            yield span._replace(end=dated.end("d"))
        if (
            span.kind != "OFFICER"
            and read.casing == PROSE
            and (before := CAPITALS.search(read.text, max(0, span.start - 6), span.start))
        ):
            yield from _letters(
                read,
                span,
                before,
                dated=dated is not None or DAYED.search(read.folded, span.start, span.end) is not None,
            )


def _letters(read: Note, span: Span, before: re.Match[str], *, dated: bool) -> Iterator[Span]:
    start, end = before.span("v")
    i = bisect_left(read.starts, start)
    bits, word = read.bits[i], read.words[i]
    if word in ANNOUNCING or bits & NO_LETTERS:
        if dated and len(word) < 4 and word in ANNOUNCING:
            yield span._replace(start=start)
    elif not bits & KNOWN and end - start < 4:
        yield Span(start, end, "PERSON", 0.4, "pattern.initials-of-number")
    elif span.kind == "REFERENCE":
        yield span._replace(start=start)


NUMBERS = frozenset(["REFERENCE", "OFFICER", "PRISON NUMBER", "PNC ID", "CRO NUMBER", "NHS NUMBER", "NINO", "UPN"])
NO_LETTERS = FUNCTION | WORD | RANK | TITLE
CAPITALS = re.compile(r"(?<![\w/\-])(?P<v>[A-Z]{2,4}|Inc|Log|Cad|Occ|Ref) $")
DAYED = re.compile(rf"/\d{{1,2}}{MONTH}")
DAY_BEGINS = (" of ", " dated ", "/", " (")


def _births(read: Note, people: Sequence[Span]) -> Iterator[Span]:
    """`Leo Hart, 3.4.18, seen`: a full date some years past, right behind somebody's name."""
    dates = {start: (end, meant) for start, end, meant in read.dates}
    for span in people:
        if span.kind != "OFFICER" and (gap := GAP.match(read.folded, span.end)) and gap.end() in dates:
            end, meant = dates[gap.end()]
            bracketed = gap[0] == " (" and read.folded[end : end + 1] == ")"
            if bracketed or not any(RECENT <= y < RECENT + 12 for y, _, _ in meant):
                yield Span(gap.end(), end, "DATE OF BIRTH", 0.5, "pattern.birth-of-person")


GAP = re.compile(r"(?:,| -|:)? \(?")
RECENT = 2022
"""Since this year a date behind a name tells as often when something was as when somebody was born."""


def _collar(folded: str, span: Span) -> Iterator[Span]:
    """`PC Harwick 4411`: a number right after an officer's name, or before one that is joined to another."""
    if span.kind == "OFFICER" and (found := AFTER_NAME_COLLAR.match(folded[span.end : span.end + 12])):
        start, end = found.span("v")
        yield Span(span.end + start, span.end + end, "OFFICER", 0.9, "pattern.collar")
    elif found := NUMBER_BEFORE.search(folded[max(0, span.start - 14) : span.start]):
        start, end = (max(0, span.start - 14) + p for p in found.span("v"))
        yield Span(start, end, "OFFICER", 0.6, "pattern.collar")
