"""Which digits are left that nothing explains? What is no time, date, sum, dose, measure or count is a number of somebody.

Runs after the forms: they know how a number looks, this knows how a harmless one looks. `0229 4471 - FEMALE` keeps the
time and loses the collar number; `mrn 30 881 227`, `crime no 24*88213` and `Clin 208` lose theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.harmless import (
    CLOCK,
    ENDS,
    HARMLESS,
    OVER,
    READING,
    SIGN,
    YEAR,
    Code,
    is_age,
    is_alone,
    is_harmless,
    is_quantity,
    is_reading,
    is_shown,
    is_sum,
    is_unexplained,
)
from hub.depersonalise.leftover_words import (
    FILLERS,
    HANDLED,
    MEASURED,
    NOUNS,
    NUMBERED,
    POSTS,
    SENT,
)
from hub.depersonalise.reading import DIGITS, Note
from hub.depersonalise.redaction import Span

JOINTS = frozenset(["", "-", "/", "*", "#", "_", "\\", "~", ".", "+"])
MOST_JOINED, MOST_CHAINED = 8, 16
"""Tokens of one code, codes of one chain: so that no run of digits is read twice as often as it is long."""
GROUPED_LEAST, CODE_LEAST, SAID_LEAST = 7, 3, 4


def find_leftover(read: Note, lexicon: lx.Lexicon, found: Sequence[Span]) -> Iterator[Span]:
    """Spans of the numbers that `found` leaves and nothing explains."""
    if not read.numbers:
        return
    hidden = bytearray(len(read.text))
    for span in found:
        hidden[span.start : span.end] = (b"\2" if span.kind == "OFFICER" else b"\1") * (span.end - span.start)
    left = [i for i in read.numbers if not hidden[read.starts[i]]]
    if not left:
        return
    _hide_dates(read, hidden)
    yield from _tails(read, left, hidden)
    for chain in _chains(read, list(_codes(read, left, hidden))):
        if _goes_on(read, chain, hidden):
            yield Span(chain[0].start, chain[-1].end, "REFERENCE", 0.5, "pattern.leftover-grouped")
        else:
            yield from _of_chain(read, lexicon, chain, _follows_officer(read, chain[0], hidden))


def _hide_dates(read: Note, hidden: bytearray) -> None:
    """Days are no numbers; but digits joined to others may only look like one: `1187-161025`."""
    for start, end, _ in read.dates:
        if not (read.folded[start:end].isdigit() and read.folded[start - 1 : start] in ("-", "/", "_", "*")):
            hidden[start:end] = b"\1" * (end - start)


def _tails(read: Note, left: Sequence[int], hidden: bytearray) -> Iterator[Span]:
    """`klee04`: digits joined to letters that were masked as a name."""
    for i in left:
        size = len(read.words[i])
        if i and not read.gaps[i] and hidden[read.ends[i - 1] - 1] and size > 1 and len(read.words[i - 1]) > 2:
            hidden[read.starts[i] : read.ends[i]] = b"\1" * size
            yield Span(read.starts[i], read.ends[i], "ONLINE NAME", 0.5, "pattern.leftover-joined")


def _of_chain(read: Note, lexicon: lx.Lexicon, chain: Sequence[Code], known: bool) -> Iterator[Span]:
    """Spans of codes beside one another; `known`: a collar number stands before them."""
    before, at = known, 0
    while at < len(chain):
        code, run = chain[at], _spaced(read, chain, at)
        if len(run) > 1 and (grouped := _grouped(read, run)):
            yield grouped
            before, at = True, at + len(run)
            continue
        kind = _kind(read, lexicon, code, follows=at > 0 or before, known=before)
        if not kind and at + 1 < len(chain) and _is_paired(read, code, chain[at + 1]):
            kind = "OFFICER"
        if kind:
            yield Span(
                _start(read, code.first) if code.digits > 3 else code.start, code.end, kind, 0.55, "pattern.leftover"
            )
        before, at = bool(kind), at + 1


def _is_paired(read: Note, one: Code, other: Code) -> bool:
    """`2207 AND 3315 ASSIGNED`: four digits that might be an hour, joined to four that are none."""
    joined = other.first == one.last + 2 or "&" in read.gaps[other.first] or "/" in read.gaps[other.first]
    return joined and len(one.text) == len(other.text) == 4 and one.text.isdigit() and _is_number(read, other)


def _is_number(read: Note, code: Code) -> bool:
    text = code.text
    explained = CLOCK.fullmatch(text) or YEAR.fullmatch(text) or text.endswith("00") or is_quantity(read, code)
    return text.isdigit() and not explained


def _spaced(read: Note, chain: Sequence[Code], at: int) -> Sequence[Code]:
    """The codes from a place on with nothing but spaces between them."""
    end = at + 1
    while (
        end < len(chain) and chain[end].first == chain[end - 1].last + 1 and not read.gaps[chain[end].first].strip(" ")
    ):
        end += 1
    return chain[at:end]


def _follows_officer(read: Note, code: Code, hidden: bytearray) -> bool:
    """Is a collar number, masked already, joined to a code? `officers 4402, 3917 and 2250`."""
    i = code.first - 1
    if i > 0 and read.words[i] in ("and", "n"):
        i -= 1
    elif i < 0 or read.gaps[code.first] not in (" & ", ", ", "/", " / ", " + ", ","):
        return False
    return i >= 0 and hidden[read.ends[i] - 1] == OFFICERS and read.shapes[i] == DIGITS


OFFICERS = 2
"""What a hidden character is worth that is an officer's; others are worth 1."""


def _codes(read: Note, left: Sequence[int], hidden: bytearray) -> Iterator[Code]:
    """What is written in one, around digits that are left."""
    done = -1
    gaps, starts, ends = read.gaps, read.starts, read.ends
    last_token = len(starts) - 1
    for i in left:
        if i <= done or hidden[starts[i]]:
            continue
        first = last = i
        while (
            first - 1 > done and i - first < MOST_JOINED and gaps[first] in JOINTS and not hidden[ends[first - 1] - 1]
        ):
            first -= 1
        while (
            last < last_token and last - i < MOST_JOINED and gaps[last + 1] in JOINTS and not hidden[starts[last + 1]]
        ):
            last += 1
        done = last
        text = read.folded[starts[first] : ends[last]]
        digits = sum(map(str.isdigit, text))
        yield Code(first, last, starts[first], ends[last], text, digits, sum(map(str.isalpha, text)))


def _chains(read: Note, codes: Sequence[Code]) -> Iterator[list[Code]]:
    """Codes with nothing but a space, or `and`, `&`, between them."""
    chain: list[Code] = []
    for code in codes:
        if chain and (len(chain) >= MOST_CHAINED or not _joined(read, chain[-1], code)):
            yield chain
            chain = []
        chain.append(code)
    if chain:
        yield chain


def _joined(read: Note, one: Code, other: Code) -> bool:
    if other.first == one.last + 1:
        return read.gaps[other.first] in (" ", " & ", "  ", ", ", " / ", " + ", " - ")
    return other.first == one.last + 2 and read.words[one.last + 1] == "and"


PHONED = re.compile(r"0(?:[ /.\-_]?\d){9,10}")
"""`07/700 900 943`: a telephone number, however it is parted."""


def _goes_on(read: Note, chain: Sequence[Code], hidden: bytearray) -> bool:
    """Are these the last groups of a number whose first were masked? `ref 87444 120 216`."""
    i = chain[0].first - 1
    if i < 0 or read.shapes[i] != DIGITS or not hidden[read.starts[i]] or read.gaps[i + 1] != " ":
        return False
    digits = len(read.words[i]) + sum(c.digits for c in chain)
    plain = all(c.first == c.last and not CLOCK.fullmatch(c.text) for c in chain) and len(chain[0].text) > 2
    return plain and digits >= GROUPED_LEAST - 1 and not is_quantity(read, chain[-1])


def _grouped(read: Note, chain: Sequence[Code]) -> Span | None:
    """`0614 7720 9931`, `30 881 227`, `4 4 7 1`: one number, written in groups of digits alone."""
    while len(chain) > 2 and is_harmless(chain[0]) and sum(c.digits for c in chain[1:]) >= GROUPED_LEAST:
        chain = chain[1:]
    texts = [c.text for c in chain]
    if any(c.letters for c in chain[1:-1]):
        return None
    digits = sum(c.digits for c in chain)
    if (
        any(c.letters > 3 for c in chain)
        or (any(map(is_harmless, chain)) and not (PHONED.fullmatch(" ".join(texts)) or _cue(read, chain[0])))
        or digits < SAID_LEAST
        or is_quantity(read, chain[-1])
        or not SIGN.isdisjoint(read.gaps[chain[0].first])
    ):
        return None
    singly = len(chain) >= SAID_LEAST and all(len(t) == 1 for t in texts)
    timed = CLOCK.fullmatch(texts[0]) is not None
    if (len(chain) == 2 and timed and not _cue(read, chain[0])) or all(CLOCK.fullmatch(t) for t in texts):
        return None
    if singly or (digits >= GROUPED_LEAST and sum(len(t) == 1 for t in texts) <= 1 + (digits > 8)):
        first = chain[0].first
        start = _start(read, first)
        return Span(start, chain[-1].end, "REFERENCE", 0.6, "pattern.leftover-grouped")
    return None


def _start(read: Note, first: int) -> int:
    """Where a number begins: with one or two tokens of letters before its digits."""
    least = first - 2
    while first > least and _is_prefix(read, first - 1):
        first -= 1
    return read.starts[first]


def _is_prefix(read: Note, i: int) -> bool:
    """Letters that begin a number: `WMA 118 440 02`, `J 88214`."""
    if i < 0 or read.gaps[i + 1] != " ":
        return False
    word = read.words[i]
    if len(word) == 1:
        return read.shapes[i] != reading.LOWER and read.shapes[i] != DIGITS and word not in "ai"
    return (
        (read.shapes[i] in (reading.UPPER, reading.SHOUTED) or read.casing == reading.LOWER_ONLY)
        and len(word) < 5
        and not read.bits[i] & (lx.KNOWN & ~lx.MAYBE_WORD & ~lx.RANK)
    )


def _kind(read: Note, lexicon: lx.Lexicon, code: Code, *, follows: bool, known: bool) -> str:
    """What a code is, empty where it is harmless. `follows`: another stands before it; `known`: one that was masked."""
    cue = _cue(read, code)
    if code.first != code.last:
        return _kind_of_mix(read, lexicon, code, cue)
    number = code.text
    size = len(number)
    if size == 2 and code.first and read.words[code.first - 1] in POSTS and code.last + 1 >= len(read.words):
        return "OFFICER"  # `… by radio. EMD 52`
    if size < CODE_LEAST:
        return "AGE" if size == 2 and number >= str(OVER) and is_age(read, code) else ""
    if is_sum(read, code) or is_quantity(read, code):
        return ""
    if cue:
        return cue
    if follows and size == 4 and (known or CLOCK.fullmatch(read.words[code.first - 1]) is not None):
        return "OFFICER"
    if is_alone(read, code):
        return "OFFICER" if size < 6 else "REFERENCE"
    if size == 3:
        return "OFFICER" if is_shown(read, code) or is_unexplained(read, code) else ""
    if CLOCK.fullmatch(number) or YEAR.fullmatch(number) or number.endswith("00"):
        return ""
    return "" if is_reading(read, code) else "REFERENCE"


def _kind_of_mix(read: Note, lexicon: lx.Lexicon, code: Code, cue: str) -> str:
    """Letters, digits and strokes written in one."""
    text = code.text
    if re.fullmatch(r"[fm]9\d", text):
        return "AGE"
    if code.digits > 1 and code.letters and _is_sent(read, code):
        return "OFFICER"
    if code.digits >= CODE_LEAST and code.letters == 1 and code.first and read.words[code.first - 1] == "by":
        return "OFFICER"  # `seized by K327`
    if code.digits < CODE_LEAST or HARMLESS.fullmatch(text) or is_sum(read, code):
        return ""
    if not code.letters:
        parts = re.split(r"\D", text)
        if (cue and code.digits > CODE_LEAST) or (
            code.digits > 4 and "-" in text and _is_abbreviated(read, code.first - 1)
        ):
            return cue or "REFERENCE"
        if READING.fullmatch(text) or is_sum(read, code) or all(CLOCK.fullmatch(p) or YEAR.fullmatch(p) for p in parts):
            return ""
        return "REFERENCE" if code.digits > 4 and not is_quantity(read, code) else ""
    words = [t for t in re.findall(r"[a-z]{4,}", text) if lexicon.of(t) & (lx.WORD | lx.KEEP)]
    if words and code.digits < 5 and not cue and "#" not in text and "_" not in text:
        return ""
    if code.letters > 2 * code.digits + 4:
        return "ONLINE NAME" if not words else ""
    return cue or "REFERENCE"


def _is_sent(read: Note, code: Code) -> bool:
    """`BX21 DEPLOYED`, `W14 to attend`: who is sent, by the name that the radio gives them."""
    j = code.last + 1
    if j >= len(read.words) or read.gaps[j] != " " or code.letters > 3 or read.shapes[code.first] == reading.LOWER:
        return False
    return read.words[j] in SENT and (
        read.words[j] not in ("on", "at", "to", "en") or read.words[j + 1 : j + 2] in ONWARDS
    )


ONWARDS = (["scene"], ["attend"], ["route"])


def _is_abbreviated(read: Note, i: int) -> bool:
    """Is a shortening in capitals before a number, which measures nothing? `ASB 24-713`."""
    return (
        i >= 0
        and read.casing == reading.PROSE
        and read.shapes[i] == reading.UPPER
        and read.gaps[i + 1] == " "
        and read.words[i] not in MEASURED
        and not read.bits[i] & (lx.FUNCTION | lx.WORD)
    )


def _cue(read: Note, code: Code) -> str:
    """The kind that the word before a code says it is: a post (`HCP 0417`) or a noun that is numbered (`oyster 0614`)."""
    i = code.first - 1
    least = max(0, i - 3)
    while i >= least and read.words[i] in FILLERS and ENDS.isdisjoint(read.gaps[i + 1].replace(".", "")):
        i -= 1
    if i < 0 or not ENDS.isdisjoint(read.gaps[i + 1].removeprefix(".").removeprefix("\n")):
        return ""
    word = read.words[i].removesuffix("'s")
    if ". " in read.gaps[i + 1] and CLOCK.fullmatch(code.text) and word not in NUMBERED and word not in NOUNS:
        return ""  # `0010 HCP. 0055 arrived`
    if word in POSTS or (word == "by" and i and read.words[i - 1] in HANDLED):
        return "OFFICER"
    if word in NOUNS:
        return "REFERENCE"
    if i + 1 == code.first:
        return ""
    named = read.words[code.first - 1]
    sure = named in ("number", "num") or (named in ("no", "nr", "ref") and read.gaps[code.first][0] in ".:#")
    return "REFERENCE" if sure or word in NUMBERED else ""
