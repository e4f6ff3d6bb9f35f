"""Which numbers begin an address whose street has no kind that we know? `lives 58 Melton Turn`, `3 Maes yr Haf`.

A cue (`lives`, `keys to`, `at`) or a Celtic join (`y`, `an`, `na`) says that words behind a number are its street.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.house_words import (
    CELTIC,
    CELTIC_STREETS,
    CONNECTORS,
    DAYS,
    KINDS_OF_STREET,
    NAMED,
    NUMBER_WORDS,
    SITE_TAILS,
)
from hub.depersonalise.houses import COUNTED, GOES_ON, LIVES, _is_clock
from hub.depersonalise.place_names import NEVER, is_name, is_plain, is_small, over, welsh_street
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

SURE_CUES = (LIVES - {"property", "home"}) | frozenset(
    "visited attended attend att attd loc stopping sleeping staying live based addy add visit delivered visiting".split()
)
CUES = SURE_CUES | frozenset("at to of from outside opposite near home property opp nr into in".split())
AFTER_KEYS = frozenset("keys key to for".split())
BLOCKS = frozenset("dwellings buildings mansions flats tower heights apartments maltings almshouses residences".split())
RARE_KINDS = frozenset("ridings garth snicket ginnel twitten vennel wynds dell spinney copse glade coombe combe dene leys lea mead meads"
                       " furlong yd gr rw mws vw cotts cott cresc tce trc terr bldgs crt gdn acre crofts hythe holt knoll nook loan loaning chase ghyll gill lanes".split())  # fmt: skip


def find_cued_homes(read: Note) -> Iterator[Span]:
    """Streets behind a number, and blocks before one."""
    if not read.zones:
        return
    for i in read.numbers:
        if len(read.words[i]) > 4 or read.words[i][0] == "0":
            continue
        if end := _numbered(read, i):
            yield Span(read.starts[i], read.ends[end], "ADDRESS", 0.6, "pattern.house-cued")
        elif (start := _block(read, i)) < i:
            last = i + (i + 1 < len(read.words) and len(read.words[i + 1]) == 1 and not read.gaps[i + 1])
            yield Span(read.starts[start], read.ends[last], "ADDRESS", 0.6, "pattern.house-of-block")


def _numbered(read: Note, i: int) -> int:
    """The last word of a street behind number i; 0 where nothing says that it is one."""
    words, n = read.words, len(read.words)
    at = i + 1
    if at < n and len(words[at]) == 1 and not read.gaps[at] and words[at] not in ("x", "m", "k"):
        at += 1
    if at >= n or read.gaps[at] not in (" ", ", ") or _is_clock(read, i):
        return 0
    if words[at] in COUNTED and not (words[at] == "st" and at + 1 < n and is_plain(read, at + 1)):
        return 0
    if read.casing != reading.UPPER_ONLY and is_name(read, at) and words[at] not in DAYS:
        return _titled(read, i, at)
    if (read.casing == reading.PROSE and read.shapes[at] != reading.LOWER) or read.gaps[at] != " ":
        return 0
    if welsh := welsh_street(read, at):
        return welsh
    if words[at] in CELTIC_STREETS and at + 2 < n and words[at + 1] in CELTIC and is_plain(read, at + 2):
        return at + 2  # `7 PARK AN GWARRY`
    sure = _sure(read, i)
    near = sure or _cue(read, i, CUES) or not LIVES.isdisjoint(read.words[max(0, i - 5) : i])
    found = _plain(read, at, sure=sure) if near else 0
    return found or _rare_kind(read, at)


def _sure(read: Note, i: int) -> bool:
    """`lives 12`, `neighbour at 12`: does somebody live at number i?"""
    return _cue(read, i, SURE_CUES) or (
        read.words[i - 1] in ("at", "of", "from") and not LIVES.isdisjoint(read.words[max(0, i - 4) : i - 1])
    )


def _rare_kind(read: Note, at: int) -> int:
    """`8 LONG ACRE` without a cue: a kind of street that is nothing else; 0 where there is none."""
    if read.words[at] == "the" and at + 1 < len(read.words) and is_plain(read, at + 1):
        return at + 1 if over(read, at + 1) and not read.bits[at + 1] & lx.COMMON else 0
    for j in range(at, min(at + 4, len(read.words))):
        if (
            (j > at and read.gaps[j] not in (" ", "-", "' "))
            or read.words[j] in COUNTED
            or read.bits[j] & (lx.FUNCTION | lx.DOES)
        ):
            return 0
        if j > at and (read.words[j] in RARE_KINDS or (
                read.casing != reading.PROSE and read.words[j] in KINDS_OF_STREET and over(read, j))):  # fmt: skip
            return j
    return 0


def _cue(read: Note, i: int, cues: frozenset[str]) -> bool:
    if not i or len(read.gaps[i]) > 3 or "\n" in read.gaps[i] or read.gaps[i].strip() not in ("", ":", "-", "=", ","):
        return False
    if "," in read.gaps[i]:
        return read.words[i - 1] in (
            "home",
            "address",
            "addr",
            "house",
            "property",
            "flat",
            "mum's",
            "mother's",
            "dad's",
        )
    if read.words[i - 1] == "o" and i > 1 and read.words[i - 2] == "c":
        return True
    return read.words[i - 1] in cues or (i > 1 and read.words[i - 1] in AFTER_KEYS and read.words[i - 2] in AFTER_KEYS)


def _titled(read: Note, i: int, at: int) -> int:
    """The end of a street with capitals, joins included."""
    words, n = read.words, len(read.words)
    end, j, joined, kind = at, at + 1, False, words[at] in CELTIC_STREETS
    while j < min(n, at + 5) and read.gaps[j] in (" ", "-", "' "):
        if is_name(read, j):
            end = j
            kind = kind or words[j] in KINDS_OF_STREET
        elif words[j] in CONNECTORS or (words[j] in KINDS_OF_STREET and end == j - 1):
            joined = joined or words[j] in CELTIC
        else:
            break
        j += 1
    if joined and any(w in CELTIC for w in words[at:end]):
        return end
    sure = _cue(read, i, SURE_CUES)
    if kind or sure:
        return end if sure or _cue(read, i, CUES) or read.gaps[at] == " " or over(read, end) else 0
    return end if _cue(read, i, CUES) and end > at and (read.gaps[at] == " " or over(read, end)) else 0


def _plain(read: Note, at: int, *, sure: bool) -> int:
    """The end of a street in a note of one case: words up to a sign or a small word, one of them no common word."""
    words, n, j = read.words, len(read.words), at
    rare = words[at] == "st"
    if words[at] == "the" and at + 1 < n and not read.bits[at + 1] & (NEVER if sure else NEVER | lx.COMMON):
        return at + 1
    while j < min(n, at + 4) and (j == at or read.gaps[j] in (" ", "-", "' ")):
        if (
            (words[j] in COUNTED and not (words[j] == "st" and j == at))
            or words[j] in DAYS
            or read.shapes[j] == reading.DIGITS
        ):
            if j == at or words[j] not in GOES_ON:
                return 0
            break
        if not is_small(read, j) and words[j] not in CONNECTORS and not (j == at and rare):
            break
        rare = rare or not read.bits[j] & (lx.WORD | lx.KEEP | lx.FUNCTION | lx.CUE) or bool(read.bits[j] & lx.PLACE)
        j += 1
    end = j - 1
    while end > at and words[end] in CONNECTORS:
        end -= 1
    if end < at or j == at:
        return 0
    last = over(read, j - 1)
    kind = end > at and (words[end] in KINDS_OF_STREET or words[end] in SITE_TAILS)
    common = all(read.bits[k] & lx.COMMON for k in range(at, end + 1))
    if end == at and words[at].endswith("s") and len(words[at]) < 7:
        return 0
    if sure:
        ends = last or not is_plain(read, j)
        return (
            end
            if kind
            or rare
            or (read.casing != reading.PROSE and ends and not common and (end > at or not read.bits[at] & lx.OFTEN))
            else 0
        )
    return end if rare and (last or not is_plain(read, j)) and (end > at or len(words[at]) > 4) else 0


def _block(read: Note, i: int) -> int:
    """Where `Sutton Dwellings no 40`, `Mill Road, number 9` begins, given its number; i where no such name stands before."""
    words = read.words
    kind = i - 1 - (i > 1 and words[i - 1] in NUMBER_WORDS)
    lettered = i + 1 < len(words) and len(words[i + 1]) == 1 and not read.gaps[i + 1]
    behind = (
        words[kind] in lx.STREETS
        and is_name(read, kind)
        and len(words[i]) < 4
        and (lettered or over(read, i))
        and not _is_clock(read, i)
    )
    told = behind or (kind < i - 1 and (words[kind] in NAMED or words[kind] in KINDS_OF_STREET))
    if (
        kind < 1
        or not (told or words[kind] in BLOCKS)
        or not all(g in (" ", ", ", ". ") for g in read.gaps[kind + 1 : i + 1])
    ):
        return i
    if words[i + 1 : i + 2] and words[i + 1] in COUNTED and read.gaps[i + 1] == " " and not told:
        return i
    at = kind
    while at and kind - at < 4 and read.gaps[at] in (" ", "-", "' ", ". ") and not read.bits[at - 1] & (lx.FUNCTION | lx.DOES | lx.CUE) and (
            is_name(read, at - 1) or (told and read.casing != reading.UPPER_ONLY and is_small(read, at - 1)) or words[at - 1] in SITE_TAILS) and words[at - 1] not in ("court", "case"):  # fmt: skip
        at -= 1
    if at < kind or (told and words[kind] in BLOCKS):
        return at - (at > 0 and words[at - 1] == "the" and read.gaps[at] == " ")
    return i
