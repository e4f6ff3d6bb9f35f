"""Which words of a note are the record's own? Its people's names, numbers, dates and addresses, however spelt.

The surest layer: what the row itself says about its people is looked for in its own note, in any case, spacing,
order and punctuation, by short forms and initials, with one misspelling. Streets without a house number stay: the
analyst needs them.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.dates import find_dates
from hub.depersonalise.lexicon import SMALL, Lexicon
from hub.depersonalise.ordinary import is_ordinary
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span
from protocols.contract import Contract, FieldType, Role, Sensitivity

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
NOT_SQUEEZED = bytes(c for c in range(256) if not re.match(r"[a-z0-9]", chr(c)))
SQUEEZED = bytes(c not in NOT_SQUEEZED for c in range(256))
NAMES = frozenset({Role.FORENAME, Role.SURNAME, Role.FULL_NAME})
NUMBERS = {
    Role.PHONE: "PHONE", Role.NHS: "NHS NUMBER", Role.NINO: "NINO", Role.PNC: "PNC ID", Role.CRO: "CRO NUMBER",
    Role.VRM: "VEHICLE", Role.UPRN: "UPRN", Role.REFERENCE: "REFERENCE", Role.OFFICER: "OFFICER", Role.EMAIL: "EMAIL",
    Role.POSTCODE: "POSTCODE",
}  # fmt: skip
NO_NAME_PARTS = lx.TITLES | lx.RANKS | lx.CUES | frozenset(
    "and the of unknown known not none nil na nk anon anonymous withheld refused stated recorded applicable tbc other self"
    " person persons male female man woman boy girl public staff member team n k a i jr snr junior senior nee formerly".split()
)  # fmt: skip
PLACES = (Role.ADDRESS, Role.STREET, Role.PLACE_TEXT)
"""A house number may stand in one field and its street in the next."""
SHORTEST = {Role.OFFICER: 3, Role.EMAIL: 4}
FUZZY_FROM = 5
"""Letters from which a name is looked for with one letter wrong."""
LONG_NAME, LONGEST_NAME = 5, 24
NO_MISSPELLING = lx.WORD | lx.KEEP | lx.FUNCTION | lx.TITLE | lx.RANK | lx.CUE | lx.STREET | lx.BODY
MONONYMS = frozenset("mc mac o de da di du la le van von der den al el bin ben ibn abdul abu fitz st san".split())


def fold(word: str) -> str:
    """Lower case, accents and apostrophes gone, so that spellings of one name meet."""
    return "".join([c for c in reading.fold(reading.clean(word)) if c.isalpha()])


@dataclass(slots=True)
class Own:
    """What one record says about its people, ready to be searched for."""

    names: dict[str, str] = field(default_factory=dict)
    """Folded name part → the person it belongs to."""
    initials: dict[str, str] = field(default_factory=dict)
    """Initials of a person with two names or more, lower case → the person."""
    needles: dict[str, str] = field(default_factory=dict)
    """Squeezed number, reference or address → kind."""
    births: set[tuple[int, int, int]] = field(default_factory=set)
    houses: set[tuple[str, str]] = field(default_factory=set)
    """(house number, first word of its street)."""
    streets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """First word of a street → all its words as the record has them."""
    dwellings: set[tuple[str, ...]] = field(default_factory=set)
    """Words of a house's name: (`rose`, `cottage`)."""
    lexicon: Lexicon = SMALL
    lengths: dict[int, list[str]] = field(default_factory=dict)
    """Letters → the names of so many, to be compared with what may be a misspelling."""
    bones: dict[str, str] = field(default_factory=dict)
    """Long names → their consonants (`_bones`)."""

    def __bool__(self) -> bool:
        return bool(self.names or self.needles or self.births or self.houses or self.dwellings)

    def add_name(self, value: str, subject: str, *, sure: bool = False) -> list[str]:
        """Take in a name of one or more parts; the parts found, in order. `sure`: the field holds nothing but a name."""
        parts: list[str] = []
        for word in WORD.findall(reading.clean(value)):
            folded = fold(word)
            named = folded not in NO_NAME_PARTS or (folded in lx.CUES and (sure or bool(parts)))
            if (len(folded) > 1 and named) or (len(folded) == 1 and parts):
                parts.append(folded)
            if "'" in word:  # O'Neill is also sought as Neill
                for piece in re.split(r"['’]", word):
                    if len(piece) > 2:
                        self.names.setdefault(fold(piece), subject)
        for one, two in itertools.pairwise(parts):
            if len(one) > 1 and len(two) > 1:
                self.names.setdefault(one + two, subject)
        for part in parts:
            if len(part) > 1:
                self.names[part] = subject
        return [p for p in parts if p]

    def finish(self, people: Mapping[str, tuple[list[str], list[str]]]) -> None:
        """Derive short forms and initials from each person's forenames and surnames."""
        for subject, (forenames, surnames) in people.items():
            for name in forenames:
                for other in self.lexicon.nicknames.get(name, ()):
                    self.names.setdefault(other, subject)
            if forenames and surnames:
                one = "".join(n[0] for n in [*forenames, *surnames])
                for made in {one, forenames[0][0] + surnames[-1][0]}:
                    self.initials.setdefault(made, subject)
        for name in self.names:
            if len(name) >= FUZZY_FROM:
                self.lengths.setdefault(len(name), []).append(name)
            if len(name) >= LONG_NAME:
                self.bones[name] = _bones(name)


Searched = list[tuple[str, Role, str]]
"""(field, role, subject) of a contract's fields that hold a person's own words."""


def searched_fields(contract: Contract) -> Searched:
    """The fields whose values are looked for in the row's own notes."""
    roles = NAMES | set(NUMBERS) | {Role.DOB, *PLACES}
    return [
        (f.name, f.role, f.subject or f.name)
        for f in contract.field
        if f.role in roles and f.type is not FieldType.NARRATIVE
        and (f.sensitivity is Sensitivity.DIRECT or f.role in (Role.POSTCODE, Role.STREET))
    ]  # fmt: skip


def own_words(row: Mapping[str, str | None], fields: Searched, lexicon: Lexicon = SMALL) -> Own:
    """What a record's fields say about its people."""
    own = Own(lexicon=lexicon)
    people: dict[str, tuple[list[str], list[str]]] = {}
    places: dict[str, list[str]] = {}
    for name, role, subject in fields:
        value = row.get(name)
        if not value:
            continue
        if role in NAMES:
            parts = own.add_name(value, subject, sure=role is not Role.FULL_NAME)
            forenames, surnames = people.setdefault(subject, ([], []))
            if role is Role.FULL_NAME and parts:
                last_first = "," in value
                forenames += parts[1:] if last_first else parts[:-1]
                surnames += parts[:1] if last_first else parts[-1:]
            else:
                (forenames if role is Role.FORENAME else surnames).extend(parts)
        elif role is Role.DOB:
            for _, _, meant in find_dates(reading.fold(value)):
                own.births |= meant
        elif role in PLACES:
            places.setdefault(subject, []).append(value)
        else:
            for needle in _numbers(value, role):
                own.needles[needle] = NUMBERS[role]
    for parts in places.values():
        _add_address(own, parts)
    own.finish(people)
    return own


HOUSE = re.compile(r"\b(\d{1,4}[a-z]?)(?:\s?[-/]\s?\d{1,4}[a-z]?)?[\s,]+([a-z][a-z']+(?: [a-z']+){0,3})")
BARE_NUMBER = re.compile(r"\d{1,4}[A-Za-z]?")
FLAT = re.compile(
    r"\b(flat|apartment|apt|room|unit|plot|block|caravan|berth|pitch|studio)\s*(\d{1,4}[a-z]?|[a-z]\d{0,3})\b"
)


def _add_address(own: Own, values: list[str]) -> None:
    """Houses of an address, from its fields in order: numbers with their streets, flats, and houses that have names."""
    values = sorted(values, key=lambda v: not BARE_NUMBER.fullmatch(v.strip()))  # a number of its own goes first
    joined = reading.fold(reading.clean(" , ".join(values)))
    joined = re.sub(r"(\b\d{1,4}[a-z]?) , (?=[a-z])", r"\1 ", joined)
    for number, street in HOUSE.findall(joined):
        words = tuple(re.findall(r"[a-z']+", street))
        own.houses.add((number, words[0]))
        own.streets.setdefault(words[0], words)
    for word, number in FLAT.findall(joined):
        own.houses.add((number, word))
        own.streets.setdefault(word, (word,))
    first = list(re.findall(r"[a-z']+|\d+", joined.split(",")[0]))
    if 2 <= len(first) <= 4 and not any(w.isdigit() for w in first) and first[-1] in lx.ABODES:
        own.dwellings.add(tuple(first))


def _numbers(value: str, role: Role) -> Iterator[str]:
    squeezed = reading.squeeze(value)
    shortest = SHORTEST.get(role, 5)
    if role is Role.PHONE:
        digits = re.sub(r"\D", "", value)
        national = (
            digits.removeprefix("0044").removeprefix("44").lstrip("0") if digits[:1] != "0" else digits.lstrip("0")
        )
        if len(national) >= 6:
            yield national
        return
    if role is Role.EMAIL:
        local = reading.squeeze(value.split("@")[0])
        if len(local) >= shortest:
            yield local
    if role is Role.PNC and len(squeezed) > 10:
        yield squeezed[2:4] + squeezed[4:-1].lstrip("0") + squeezed[-1]
    if len(squeezed) >= shortest:
        yield squeezed


def find_own(note: str | Note, own: Own) -> list[Span]:
    """Every place where a note (clean, or read already) says what its own record says."""
    read = note if isinstance(note, Note) else Note(note, own.lexicon)
    spans: list[Span] = []
    if own.names:
        spans += _find_names(read, own)
    if own.needles:
        spans += _find_needles(read, own.needles)
    if own.houses or own.dwellings:
        spans += _find_houses(read, own)
    if own.births:
        for start, end, meant in read.dates:
            if meant & own.births:
                spans.append(Span(start, end, "DATE OF BIRTH", 1.0, "own.birth", "birth"))
    return spans


EMAIL_TAIL = re.compile(r"[\w.+-]*@[\w.-]*\w")
PHONE_HEAD = re.compile(r"(?:\+?\s*44[\s-]*)?(?:\(0\)\s*|\(?0?)$")


def _find_needles(read: Note, needles: Mapping[str, str]) -> Iterator[Span]:
    text, folded = read.text, read.folded
    plain = folded.encode("ascii", "replace")
    squeezed = plain.translate(None, NOT_SQUEEZED).decode("ascii")
    if not any(n in squeezed for n in needles):
        return
    places = list(compress(range(len(plain)), plain.translate(SQUEEZED)))
    for needle, kind in needles.items():
        at = squeezed.find(needle)
        while at >= 0:
            start, end = places[at], places[at + len(needle) - 1] + 1
            whole = needle.isalpha() and (folded[start - 1 : start].isalpha() or folded[end : end + 1].isalpha())
            if not whole:
                if kind == "PHONE":
                    start = _with_prefix(text, start)
                elif kind == "EMAIL":
                    tail = EMAIL_TAIL.match(text, end)
                    end = tail.end() if tail else end
                while start and folded[start - 1].isalnum() and folded[start].isalnum():
                    start -= 1
                while end < len(folded) and folded[end].isalnum() and folded[end - 1].isalnum():
                    end += 1
                yield Span(start, end, kind, 1.0, f"own.{kind.lower().replace(' ', '-')}", needle)
                at = bisect_left(places, end) - 1
            at = squeezed.find(needle, at + 1)


def _with_prefix(note: str, start: int) -> int:
    """Where a phone number begins, its leading 0 or +44 included."""
    found = PHONE_HEAD.search(note[max(0, start - 10) : start])
    return start - (found.end() - found.start()) if found else start


def _find_names(read: Note, own: Own) -> Iterator[Span]:
    """Own names; a name that is also a word counts where its case or its company says that it is a name."""
    words, bits, shapes = read.words, read.bits, read.shapes
    letters = {n[0] for n in own.names}
    names, prose, last = own.names, read.casing == reading.PROSE, len(words) - 1
    todo = [
        i
        for i, (word, kind, shape) in enumerate(zip(words, bits, shapes, strict=True))
        if word in names
        or (shape != reading.DIGITS and (not kind & NO_MISSPELLING if len(word) > 3 else (
            len(word) == 1 or shape == reading.UPPER or word in MONONYMS)))
        or "'" in word
    ]  # fmt: skip
    for i in todo:
        word, subject = words[i], names.get(words[i])
        if shapes[i] == reading.DIGITS:
            continue
        end = i
        if subject is None:
            if "'" in word:
                subject = names.get(lx.bare(word)) or names.get(word.replace("'", "")) or _piece(word, names)
            elif word in MONONYMS and i < last and read.starts[i + 1] - read.ends[i] <= 1:
                subject = names.get(word + lx.bare(words[i + 1]))
                end = i + 1 if subject is not None else i
            elif len(word) == 1:
                subject, end = _dotted(read, i, own.initials)
            elif len(word) <= 3 and shapes[i] == reading.UPPER and prose and not bits[i] & (lx.KNOWN | lx.FUNCTION):
                subject = own.initials.get(word)
            if subject is None and len(word) >= FUZZY_FROM - 1 and not bits[i] & NO_MISSPELLING:
                subject = _nearly(word, bits[i], own, shapes[i])
        elif not _meant_as_name(read, i, names):
            subject = None
        if subject is not None:
            to = _with_initial_after(read, end, letters)
            if to == read.ends[end] and words[end].endswith("'s"):
                to -= 2
            yield Span(_with_initial(read, i, letters), to, "PERSON", 1.0, "own.name", subject)


def _piece(word: str, names: Mapping[str, str]) -> str | None:
    return next((names[p] for p in word.split("'") if len(p) > 2 and p in names), None)


def _dotted(read: Note, i: int, initials: Mapping[str, str]) -> tuple[str | None, int]:
    """`K.B.` and `K B` of a person K… B…; letters run together only where they are capitals."""
    run = [read.words[i]]
    at = i
    while at + 1 < len(read.words) and len(read.words[at + 1]) == 1 and len(run) < 4 and (
            read.text[read.ends[at] : read.starts[at + 1]] in (".", " ", ". ", "/")):  # fmt: skip
        at += 1
        run.append(read.words[at])
    if len(run) < 2 or not all(read.text[read.starts[j]].isupper() for j in range(i, at + 1)):
        return None, i
    subject = initials.get("".join(run))
    return (subject, at) if subject else (None, i)


def _meant_as_name(read: Note, i: int, names: Mapping[str, str]) -> bool:
    bits, shape = read.bits[i], read.shapes[i]
    if bits & lx.WORD and i + 1 < len(read.words) and read.bits[i + 1] & lx.STREET and read.gaps[i + 1] == " " and (
            read.shapes[i + 1] == shape == reading.TITLE and read.words[i + 1] not in names):  # fmt: skip
        return False  # `Long Lane`
    if not bits & (lx.FUNCTION | lx.WORD | lx.KEEP) or (
        len(read.words[i]) > 4 and not bits & (lx.FUNCTION | lx.COMMON)
    ):
        return True  # the record says that it is a name: only words met everywhere need company
    beside = any(
        0 <= j < len(read.words) and (read.words[j] in names or read.bits[j] & lx.TITLE) for j in (i - 1, i + 1)
    )
    if beside:
        return True
    if bits & lx.FUNCTION:
        start = i == 0 or read.text[read.ends[i - 1] : read.starts[i]].strip() != ""
        after = read.bits[i + 1] if i + 1 < len(read.words) else 0
        acts = bool(after & lx.DOES) and not after & lx.FUNCTION
        return read.casing == reading.PROSE and shape == reading.TITLE and (not start or acts)
    if read.casing != reading.PROSE or shape != reading.LOWER:
        return True
    if i and read.bits[i - 1] & (lx.CUE | lx.RANK):
        return True
    # in prose a sentence begins with a capital, unless somebody's name is written small
    starts = i == 0 or read.text[read.ends[i - 1] : read.starts[i]].strip()[-1:] in (".", "!", "?", ":")
    return starts and i + 1 < len(read.words) and bool(read.bits[i + 1] & lx.DOES)


def _with_initial(read: Note, i: int, letters: set[str]) -> int:
    """Where a name begins, an initial before it included."""
    while (
        i
        and len(read.words[i - 1]) == 1
        and (
            read.shapes[i - 1] == reading.TITLE or (read.casing == reading.LOWER_ONLY and read.words[i - 1] in letters)
        )
        and read.text[read.ends[i - 1] : read.starts[i]] in (" ", ".", ". ")
        and not (i > 1 and read.shapes[i - 2] == reading.DIGITS and not read.gaps[i - 1])
    ):
        i -= 1
    return read.starts[i]


def _with_initial_after(read: Note, i: int, letters: set[str]) -> int:
    nxt = i + 1
    if read.casing == reading.LOWER_ONLY and nxt < len(read.words) and read.words[nxt] in letters - {"a", "i"} and read.text[
            read.ends[i] : read.starts[nxt]] == " ":  # fmt: skip
        return read.ends[nxt]
    if nxt < len(read.words) and len(read.words[nxt]) == 1 and read.shapes[nxt] == reading.TITLE and not (
            nxt + 1 < len(read.words) and read.shapes[nxt + 1] == reading.DIGITS and not read.gaps[nxt + 1]) and read.text[
            read.ends[i] : read.starts[nxt]] in (" ", ", ") and (
            read.words[nxt] not in ("a", "i") or read.text[read.ends[nxt] : read.ends[nxt] + 1] in (".", ")")):  # fmt: skip
        return read.ends[nxt]
    return read.ends[i]


def _nearly(word: str, bits: int, own: Own, shape: int) -> str | None:
    """The person whose name this unknown word is but for one letter, or for its vowels, or holds inside."""
    word = lx.bare(word)
    if bits & NO_MISSPELLING or (own.lexicon is SMALL and is_ordinary(word)):
        return None
    if bits & lx.MAYBE_WORD and shape == reading.LOWER:
        return None
    size = len(word)
    if size <= LONGEST_NAME:
        for length in (size, size + 1, size - 1):
            for name in own.lengths.get(length, ()):
                if _one_edit(word, name):
                    return own.names[name]
    if size > LONG_NAME:
        bones = _bones(word) if size <= LONGEST_NAME else ""
        for name, of_name in own.bones.items():
            if name in word or (len(bones) > 2 and of_name == bones):
                return own.names[name]
    return None


_SOUNDS = (
    (("ph"), "f"),
    ("ck", "k"),
    ("c", "k"),
    ("q", "k"),
    ("z", "s"),
    ("y", "i"),
    ("w", "v"),
    ("gh", "g"),
    ("th", "t"),
)


@lru_cache(maxsize=20_000)
def _bones(word: str) -> str:
    """A name's consonants as they sound: what transliterations and spellings by ear have in common."""
    first = word[0]
    for spelt, sound in _SOUNDS:
        word = word.replace(spelt, sound)
    kept: list[str] = []
    for letter in word[1:]:
        if letter not in "aeiouh" and letter != (kept[-1] if kept else ""):
            kept.append(letter)
    return first + "".join(kept)


def _one_edit(one: str, other: str) -> bool:
    """Do two words differ by one letter more, fewer, other, or by two neighbours exchanged?"""
    if abs(len(one) - len(other)) > 1 or (one[:1] != other[:1] and one[1:2] != other[1:2] and one[:2] != other[1::-1]):
        return False
    if len(one) > len(other):
        one, other = other, one
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) == len(other):
        swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
        return one[at + 1 :] == other[at + 1 :] or swapped
    return one[at:] == other[at + 1 :]


NUMBER_BEFORE = frozenset(
    "no number at between house flat nos num apt apartment room unit door address addr of from".split()
)


def _find_houses(read: Note, own: Own) -> Iterator[Span]:
    """The record's own house: its number before its street, after it, or alone after `number` or `at`."""
    words, last = read.words, len(read.words) - 1
    numbers = {n for n, _ in own.houses}
    streets = own.streets
    i = -1
    while i < last:
        i += 1
        word = words[i]
        if read.shapes[i] == reading.DIGITS:
            end = i
            number = word
            if i < last and len(words[i + 1]) == 1 and read.starts[i + 1] == read.ends[i]:
                number, end = word + words[i + 1], i + 1
            if number not in numbers and word not in numbers:
                continue
            street = _own_street(words, end + 1, streets)
            if street:
                yield Span(read.starts[i], read.ends[street], "ADDRESS", 1.0, "own.address", "home")
            elif i and words[i - 1] in NUMBER_BEFORE:
                if read.folded[read.ends[end] : read.ends[end] + 1] not in (":", "/", ".") or words[i - 1] in streets:
                    yield Span(
                        read.starts[i - 1 if words[i - 1] in streets else i],
                        read.ends[end],
                        "ADDRESS",
                        0.9,
                        "own.house-number",
                        "home",
                    )
            elif i > 1 and any(words[j] in streets for j in range(max(0, i - 4), i)):
                yield Span(read.starts[i], read.ends[end], "ADDRESS", 0.9, "own.house-number", "home")
        else:
            for dwelling in own.dwellings:
                if word == dwelling[0] and tuple(words[i : i + len(dwelling)]) == dwelling:
                    yield Span(read.starts[i], read.ends[i + len(dwelling) - 1], "ADDRESS", 1.0, "own.address", "home")


def _own_street(words: list[str], at: int, streets: Mapping[str, tuple[str, ...]]) -> int:
    """The last token of the own street that begins at `at` or right after; 0 where none does."""
    for first in (at, at + 1):
        if first >= len(words):
            return 0
        known = next((s for s in streets if words[first] == s or (len(s) > 4 and _one_edit(words[first], s))), None)
        if known is not None:
            end = first
            for one, other in zip(words[first + 1 :], streets[known][1:], strict=False):
                if one != other:
                    break
                end += 1
            if end > first:
                return end
            while end + 1 < len(words) and end - first < 3 and words[end] not in lx.STREETS:
                if words[end + 1] in lx.STREETS:
                    return end + 1
                if words[end + 1] in lx.FUNCTION_WORDS:
                    break
                end += 1
            return first
    return 0
