"""Which names does somebody go by online? What follows a site's name, and what is written with dots as no sentence is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hub.depersonalise.forms import HANDLE, Cued, cued_matches
from hub.depersonalise.lexicon import (
    DOES,
    FUNCTION,
    FUNCTION_WORDS,
    GIVEN,
    KEEP,
    KNOWN,
    MAYBE_WORD,
    SURNAME,
    WORD,
    Lexicon,
)
from hub.depersonalise.reading import DIGITS, LOWER, MONTH_WORDS, PROSE, TITLE, Note
from hub.depersonalise.redaction import Span

NO_HANDLE = frozenset(
    "com co uk org net gov nhs ac sch police info biz eu ie io me tv example test invalid www http https mod pnn"
    " pdf doc docx jpg jpeg png gif txt csv xls xlsx mp mov avi wav html htm php eml msg zip exe e.g i.e eg ie am pm st mr mrs ms dr no ext"
    " tel ref approx etc".split()
)
"""Parts of addresses, files and shortenings that stand at dots too."""
SENDERS = frozenset(
    "from by sender senders account user username handle profile name named called as tagged tag via snap snapchat insta instagram ig tiktok fb"
    " facebook twitter x discord telegram whatsapp xbox psn roblox added add adds follow follows followed messaged dm dms dmd blocked"
    " account's alias page under is was id login logon gamertag to".split()
)
"""Words right before a name with dots, be its parts words."""


def find_handles(read: Note, places: Sequence[int], lexicon: Lexicon) -> Iterator[Span]:
    """Spans of names online; `places` is where the word of a site or of a name online stands."""
    yield from _cued(HANDLE, read, places, lexicon)
    yield from _shown(read, places)
    if "." in read.gaps:
        yield from _dotted(read)
    if any(z.touching for z in read.zones):
        yield from _numbered(read)


def _cued(handle: Cued, read: Note, places: Sequence[int], lexicon: Lexicon) -> Iterator[Span]:
    """What follows the site's name, where it is no ordinary word."""
    for found in cued_matches(handle.pattern, read.folded, places, 0, len(read.folded)):
        value = found["v"].rstrip(".-")
        start = found.start("v")
        plain = value.lstrip("@")
        marked = any(c in plain for c in "_.#") or any(c.isdigit() for c in plain)
        bits = lexicon.of(plain)
        if (
            marked
            or value.startswith("@")
            or (not bits & (WORD | MAYBE_WORD | KEEP | SURNAME) and plain not in FUNCTION_WORDS)
        ):
            yield Span(start, start + len(value), "ONLINE NAME", 0.85, "pattern.handle")


def _shown(read: Note, places: Sequence[int]) -> Iterator[Span]:
    """`gamertag Void Reaper99`, `account "Kev's Motors"`: what stands in quotation marks, or in capitals behind firm words."""
    for place in places:
        found = QUOTED.match(read.text, place) or (read.casing == PROSE and CAPITALISED.match(read.text, place))
        if found:
            yield Span(*found.span("v"), "ONLINE NAME", 0.6, "pattern.handle-shown")


NAMED = r"(?i:gamer ?tag|username|user name|screen ?name|handle|display name|profile|account|alias|psn|xbox(?: live)?|snap(?:chat)?|insta(?:gram)?|tiktok|facebook|fb|roblox|discord|telegram)"
LED = r"(?:'s)?(?: (?i:name|account|user|username|handle|profile|page|id|tag|called|under|as|is|was|named|with|in the name)){0,3}[ :=\-(]{1,3}"
QUOTED = re.compile(rf"{NAMED}{LED}(?P<q>[\"'])(?P<v>[^\"'\n]{{2,30}}(?:'s?[^\"'\n]{{1,20}})?)(?P=q)")
CAPITALISED = re.compile(
    r"(?i:gamer ?tag|username|user name|screen ?name|handle|display name|alias|psn|xbox live)"
    + LED
    + r"(?P<v>[A-Z][\w.]{1,20}(?: [A-Z][\w.]{0,20}){0,2})"
)


def _dotted(read: Note) -> Iterator[Span]:
    """`jam.cello` behind `from`; `lexxi.bee` anywhere, since one part is no word; never `home.Then`."""
    words, gaps, done = read.words, read.gaps, 0
    for j in [j for j, gap in enumerate(gaps) if gap == "." and 0 < j < len(words)]:
        if j < done or words[j - 1] in NO_HANDLE or words[j] in NO_HANDLE or read.shapes[j - 1] == DIGITS:
            continue
        last = j
        while last + 1 < len(words) and gaps[last + 1] in (".", "_", ""):
            last += 1
        done = last + 1
        if j > 1 and gaps[j - 1] in (".", "@", "/", "-", "://"):
            continue
        if any(words[k] in NO_HANDLE for k in range(j, last + 1)) or gaps[last + 1][:1] in ("@", "/"):
            continue
        if _is_handle(read, j - 1, last):
            yield Span(read.starts[j - 1], read.ends[last], "ONLINE NAME", 0.6, "pattern.handle-dotted")


def _is_handle(read: Note, first: int, last: int) -> bool:
    parts = range(first, last + 1)
    if any(len(read.words[k]) > 20 for k in parts) or read.shapes[first + 1] == TITLE != read.shapes[first]:
        return False  # a sentence begins
    bits = [read.bits[k] for k in parts]
    if (bits[1] & (FUNCTION | DOES) and len(read.words[first + 1]) > 1) or (
        len(read.words[first]) < 2 and len(parts) < 3
    ):
        return False
    if first and read.words[first - 1] in SENDERS and read.gaps[first] in (" ", ": ", " '", ' "', " @"):
        return True
    odd = [k for k in parts if not read.bits[k] & KNOWN and read.shapes[k] != DIGITS]
    return (
        bool(odd)
        and read.shapes[first] == LOWER
        and read.shapes[first + 1] == LOWER
        and not bits[0] & (FUNCTION | WORD | KEEP)
    )


def _numbered(read: Note) -> Iterator[Span]:
    """`kaz88`: a name, or what is no word, with two digits or more at its end."""
    words, gaps = read.words, read.gaps
    for i in read.numbers:
        if (
            i
            and not gaps[i]
            and 1 < len(words[i]) < 5
            and _stands_alone(read, i)
            and _is_nickname(words[i - 1], read.bits[i - 1])
        ):
            yield Span(read.starts[i - 1], read.ends[i], "ONLINE NAME", 0.5, "pattern.handle-numbered")


def _stands_alone(read: Note, i: int) -> bool:
    """Is nothing joined to the letters before the digits at i, nor to the digits?"""
    before, behind = read.gaps[i - 1], read.gaps[i + 1]
    return (i == 1 or (before != "" and before[-1] not in "/-@.")) and (
        i == len(read.words) - 1 or (behind != "" and (behind[0] not in "/-:." or len(behind) > 1))
    )


def _is_nickname(name: str, bits: int) -> bool:
    if not 2 < len(name) < 21 or name in MONTH_WORDS or bits & (KEEP | FUNCTION):
        return False
    return (not bits & KNOWN and len(name) > 3) or bool(bits & GIVEN)
