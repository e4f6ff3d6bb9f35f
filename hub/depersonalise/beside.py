"""What belongs to what was found? The collar number beside a name, the door that a named person has, the floor of a house."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from hub.depersonalise.announced import ANNOUNCING
from hub.depersonalise.forms import AFTER_NAME_COLLAR
from hub.depersonalise.lexicon import KNOWN
from hub.depersonalise.reading import PROSE, Note
from hub.depersonalise.redaction import Span

NUMBER_BEFORE = re.compile(r"(?:\band|&|,|/) (?P<v>\d{3,6}) $")
"""`PCs Shaw and 6612 Patel`."""
DOOR = re.compile(
    r" (?:at|from|in|of) (?:no\.? ?|number )?(?P<v>\d{1,3}[a-z]?)(?=$|[.,;)\n]| (?:is|was|has|had|says|said|who|and|next|will|rang|told)\b)"
)
"""`snow at 3 says`: a door, or a time, which is masked rather than risked."""
POSITION = r"(?:\d(?:st|nd|rd|th)|top|ground|first|second|third|fourth|lower|upper|basement)"
SIDE = r"(?:left|right|rear|front|back|middle|flat)"
BEFORE_HOUSE = re.compile(rf"\b{POSITION}(?: floor)?(?: flat)?(?: {SIDE})?,? $")
AFTER_HOUSE = re.compile(rf"^,? (?:{POSITION}(?: floor)?(?: {SIDE})+|{POSITION} (?:floor|flat)|[0-3]/[0-9])\b")
STREET_BEHIND = re.compile(
    r"^, (?:[a-z'-]+ ){1,3}(?:road|rd|street|st|lane|ln|avenue|ave|drive|close|crescent|terrace)\b"
)
"""`2 Elm Bank, Station Road`: the street of a house that needs none."""
HAS_STREET = re.compile(r"(?:road|rd|street|st|lane|ln|avenue|ave|drive|close|crescent|terrace|way|grove|gardens)$")
LISTED = re.compile(r"(?:^|[.;\n] ?)(?P<v>\d{1,3}[a-z]?)(?:: | - )")
"""`20: Bob, alarms ok. 22: no reply.`"""
VISITED = re.compile(r"\b(?:houses?|doors?|addresses|flats|homes|properties|neighbours|h2h|hth|alarms?)\b")
ROOM = 30


def find_beside(read: Note, people: Sequence[Span], found: Sequence[Span]) -> Iterator[Span]:
    """Further spans beside `people`, and beside the addresses of `found`."""
    folded = read.folded
    digits = bool(read.zones)
    if read.dates:
        yield from _births(read, people)
    for span in people:
        if digits and span.end - span.start > 1:
            yield from _collar(folded, span)
            if door := DOOR.match(folded, span.end):
                yield Span(*door.span("v"), "ADDRESS", 0.5, "pattern.door-of-person")
    if digits and read.casing == PROSE:
        yield from _initials(read, found)
    for span in found:
        if span.kind == "ADDRESS":
            if before := BEFORE_HOUSE.search(folded[max(0, span.start - ROOM) : span.start]):
                yield span._replace(start=max(0, span.start - ROOM) + before.start())
            behind = folded[span.end : span.end + ROOM]
            if after := AFTER_HOUSE.match(behind) or (
                    not HAS_STREET.search(folded[span.start : span.end]) and STREET_BEHIND.match(behind)):  # fmt: skip
                yield span._replace(end=span.end + after.end())
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


def _initials(read: Note, found: Sequence[Span]) -> Iterator[Span]:
    """`Re: JM P0381190`: whose number it is, in two or three capitals before it that are no shortening."""
    for span in found:
        if span.kind in NUMBERS and (before := CAPITALS.search(read.text, max(0, span.start - 5), span.start)):
            i = bisect_left(read.starts, before.start("v"))
            if not read.bits[i] & KNOWN and read.words[i] not in ANNOUNCING:
                yield Span(*before.span("v"), "PERSON", 0.4, "pattern.initials-of-number")


NUMBERS = frozenset(["REFERENCE", "PRISON NUMBER", "PNC ID", "CRO NUMBER", "NHS NUMBER", "NINO", "UPN"])
CAPITALS = re.compile(r"(?<![\w/\-])(?P<v>[A-Z]{2,3}) $")


def _births(read: Note, people: Sequence[Span]) -> Iterator[Span]:
    """`Leo Hart, 3.4.18, seen`: a full date some years past, right behind somebody's name."""
    dates = {start: (end, meant) for start, end, meant in read.dates}
    for span in people:
        if span.kind != "OFFICER" and (gap := GAP.match(read.folded, span.end)) and gap.end() in dates:
            end, meant = dates[gap.end()]
            if not any(RECENT <= y < RECENT + 12 for y, _, _ in meant):
                yield Span(gap.end(), end, "DATE OF BIRTH", 0.5, "pattern.birth-of-person")


GAP = re.compile(r"(?:,| -|:)? ")
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
