"""Which words are the record's own? Its people's names, numbers, dates and addresses, ready for `own_search`.

The surest layer: what the row itself says about its people is looked for in its own note, in any case, spacing,
order and punctuation, by short forms and initials, with one misspelling. Streets without a house number stay: the
analyst needs them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.dates import Days, find_dates
from hub.depersonalise.lexicon import SMALL, Lexicon
from hub.depersonalise.own_numbers import numbers_said
from protocols.contract import Contract, FieldType, Role, Sensitivity

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
NAMES = frozenset({Role.FORENAME, Role.SURNAME, Role.FULL_NAME})
NUMBERS = {
    Role.PHONE: "PHONE", Role.NHS: "NHS NUMBER", Role.NINO: "NINO", Role.PNC: "PNC ID", Role.CRO: "CRO NUMBER",
    Role.VRM: "VEHICLE", Role.UPRN: "UPRN", Role.UPN: "UPN", Role.REFERENCE: "REFERENCE", Role.OFFICER: "OFFICER", Role.EMAIL: "EMAIL",
    Role.POSTCODE: "POSTCODE",
}  # fmt: skip
NO_NAME_PARTS = lx.TITLES | lx.RANKS | lx.CUES | frozenset(
    "and the of unknown known not none nil na nk anon anonymous withheld refused stated recorded applicable tbc other self"
    " person persons male female man woman boy girl public staff member team n k a i jr snr junior senior nee formerly".split()
)  # fmt: skip
CUES_AS_NAMES = lx.CUES - frozenset("aka alias called named name names".split())
"""`Guy Driver` is a name; what parts two names of one person is none."""
PLACES = (Role.ADDRESS, Role.STREET, Role.PLACE_TEXT)
"""A house number may stand in one field and its street in the next."""
FUZZY_FROM = 5
"""Letters from which a name is looked for with one letter wrong."""
LONG_NAME, LONGEST_NAME = 5, 24
SHORT_FORENAME, SHORT_SURNAME = 3, 4
"""Letters that a name is cut to at least."""
NO_PLURAL = lx.WORD | lx.FUNCTION | lx.KEEP | lx.CUE
MOST_FIELDS = 3
"""Forenames and surnames of one person that are written together (`johnmercer`)."""


def fold(word: str) -> str:
    """Lower case, accents and apostrophes gone, so that spellings of one name meet."""
    if word.isascii() and word.isalpha():
        return word.lower()
    return "".join([c for c in reading.fold(reading.clean(word)) if c.isalpha()])


People = dict[str, tuple[list[list[str]], list[list[str]]]]
"""Person → the names of each field of forenames, and of each of surnames."""


@dataclass(slots=True)
class Own:
    """What one record says about its people, ready to be searched for."""

    names: dict[str, str] = field(default_factory=dict)
    """Folded name part → the person it belongs to."""
    cuts: list[tuple[str, int, str]] = field(default_factory=list)
    """The names that may be cut, how many letters are left at least, and whose they are: `tiwa` of Tiwalade."""
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
    long: list[str] = field(default_factory=list)
    """The names to be compared with what may be a misspelling."""
    people: People = field(default_factory=dict)
    _initials: tuple[dict[str, str], set[str]] | None = None
    """Worked out when first asked for: few notes have a letter that could be somebody's."""

    def __bool__(self) -> bool:
        return bool(self.names or self.needles or self.births or self.houses or self.dwellings)

    def add_name(self, value: str, subject: str, *, sure: bool = False) -> list[str]:
        """Take in a name of one or more parts; the parts found, in order. `sure`: the field holds nothing but a name."""
        parts: list[str] = []
        found = WORD.findall(reading.clean(value))
        for at, word in enumerate(found):
            folded = fold(word)
            named = folded not in NO_NAME_PARTS or (folded in CUES_AS_NAMES and (sure or bool(parts)))
            if folded == "man" and " " in value and (sure or value.istitle()):
                named = True  # `Man Fai`
            if folded in lx.MONONYMS and (sure or at) and at < len(found) - 1:
                named = True  # `Di Marco`: no inspector, since a name follows
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
            if len(part) > 1 and not (part in lx.RANKS and part in lx.MONONYMS):  # `DI Hart` is an officer
                self.names[part] = subject
        return [p for p in parts if p]

    def finish(self, people: People) -> None:
        """Derive short forms, initials, plurals and names run together from each person's forenames and surnames, field by field."""
        self.people = people
        names, nicknames, bits = self.names, self.lexicon.nicknames, self.lexicon.bits
        for subject, (forenames, surnames) in people.items():
            for parts in forenames:
                for name in parts:
                    if name in nicknames:
                        for other in nicknames[name]:
                            names.setdefault(other, subject)
                    if len(name) > SHORT_FORENAME + 1:
                        self.cuts.append((name, SHORT_FORENAME, subject))
            for parts in surnames:
                self.cuts += [(name, SHORT_SURNAME, subject) for name in parts if len(name) > SHORT_SURNAME + 1]
        self.long = [name for name in names if len(name) >= FUZZY_FROM]
        for name, subject in list(names.items()):
            if not bits.get(name + "s", 0) & NO_PLURAL:
                names.setdefault(name + "s", subject)  # `the Mercers`
        for subject, (forenames, surnames) in people.items():
            self._add_joined(forenames[:MOST_FIELDS], surnames[:MOST_FIELDS], subject)

    def _add_joined(self, forenames: list[list[str]], surnames: list[list[str]], subject: str) -> None:
        for given, family in itertools.product(forenames, surnames):
            if given and family:
                self.names.setdefault(given[0] + family[-1], subject)
                self.names.setdefault(family[-1] + given[0], subject)

    def short_of(self, word: str) -> str | None:
        """Whose name a word is cut from: `tiwa` from Tiwalade, `ella` from Emmanuella."""
        size = len(word)
        for name, least, subject in self.cuts:
            if least <= size < len(name) - 1 and name.startswith(word):
                return subject
        for name, _, subject in self.cuts:
            if 3 < size < len(name) - 1 and name.endswith(word):
                return subject
        return None

    @property
    def initials(self) -> dict[str, str]:
        """Initials of a person with two names or more, lower case → the person."""
        return self._by_initials()[0]

    @property
    def fronts(self) -> set[str]:
        """Initials of forenames, one or more: `j` and `jp` of John Paul."""
        return self._by_initials()[1]

    def _by_initials(self) -> tuple[dict[str, str], set[str]]:
        if self._initials is None:
            self._initials = {}, set()
            for subject, (forenames, surnames) in self.people.items():
                self._add_initials(*self._initials, forenames, surnames, subject)
        return self._initials

    def _add_initials(
        self,
        initials: dict[str, str],
        of_forenames: set[str],
        forenames: list[list[str]],
        surnames: list[list[str]],
        subject: str,
    ) -> None:
        leads = ["".join([n[0] for n in parts]) for parts in forenames if parts]
        fronts = {f for lead in leads for f in (lead, lead[0], lead[:2])}
        if len(leads) > 1:
            fronts |= {
                "".join(leads),
                "".join(leads[:2]),
                "".join([lead[0] for lead in leads]),
                leads[0][0] + leads[1][0],
            }
        of_forenames |= fronts
        for family in surnames:
            whole = "".join([n[0] for n in family])
            for made in [front + end for front in fronts for end in {whole, whole[-1:], whole[:1]}]:
                if len(made) > 1:
                    initials.setdefault(made, subject)


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
    return own_of([(value, role, subject) for name, role, subject in fields if (value := row.get(name))], lexicon)


Said = tuple[str, Role, str]
"""A value of a record, its role, whose it is."""


@lru_cache(maxsize=256)
def dates_of(value: str) -> Sequence[tuple[int, int, Days]]:
    """The dates in a value, kept for as long as its record is read: they are asked for twice."""
    return find_dates(reading.fold(value))


def own_of(said: Sequence[Said], lexicon: Lexicon) -> Own:
    """What values with known roles say about a record's people."""
    own = Own(lexicon=lexicon)
    people: People = {}
    places: dict[str, list[str]] = {}
    lines: set[str] = set()
    for value, role, subject in said:
        if role is Role.EMAIL:
            _add_mailbox(own, value, subject)
        if role in NUMBERS:
            for needle in numbers_said(value, role):
                own.needles[needle] = NUMBERS[role]
        elif role in NAMES:
            _add_person(own, people.setdefault(subject, ([], [])), value, role, subject)
        elif role is Role.DOB:
            for _, _, meant in dates_of(value):
                own.births |= meant
        elif role in PLACES:
            places.setdefault(subject, []).append(value)
            if role is Role.ADDRESS and subject not in lines:
                lines.add(subject)
                _add_dwelling(own, value)
            if role is Role.ADDRESS and "," in value and len(whole := reading.squeeze(value)) >= SHORTEST_ADDRESS:
                own.needles[whole] = "ADDRESS"  # with its town, where the note has it in full
    for parts in places.values():
        _add_address(own, parts)
    own.finish(people)
    return own


def _add_person(
    own: Own, person: tuple[list[list[str]], list[list[str]]], value: str, role: Role, subject: str
) -> None:
    forenames, surnames = person
    parts = own.add_name(value, subject, sure=role is not Role.FULL_NAME)
    if role is Role.FULL_NAME:
        for one in OTHER_NAME.split(value):
            given, family = _in_order(one)
            forenames.append(given)
            surnames.append(family)
    elif parts:
        (forenames if role is Role.FORENAME else surnames).append(parts)


def _add_mailbox(own: Own, value: str, subject: str) -> None:
    """The names in an address of two parts or more: `gethin.prosser@example.com`."""
    parts = [p for p in re.split(r"[._\d-]+", value.split("@")[0].lower()) if len(p) > 2 and p.isalpha()]
    for part in parts if len(parts) > 1 else ():
        if not own.lexicon.of(part) & (lx.WORD | lx.KEEP | lx.FUNCTION | lx.CUE | lx.BODY):
            own.names.setdefault(part, subject)


OTHER_NAME = re.compile(r"\b(?:n[eé]e|formerly|aka|a\.k\.a\.?|alias|(?:also )?known as|maiden name)\b", re.IGNORECASE)


def _in_order(value: str) -> tuple[list[str], list[str]]:
    """Forenames and surnames of a name in one field: `John Mercer-Hall`, `Mercer, John`, `MERCER John`."""
    words = [w for w in reading.clean(value).replace(",", " , ").split() if w == "," or fold(w) not in NO_NAME_PARTS]
    comma = words.index(",") if "," in words else 0
    words = [w for w in words if w != ","]
    loud = [len(w) > 1 and w.isupper() for w in words]
    at = len(words) - 1  # where the surname begins
    if 0 < comma < len(words):
        words, at = words[comma:] + words[:comma], len(words) - comma
    elif loud and loud[0] and not loud[-1]:
        first = loud.index(False)
        words, at = words[first:] + words[:first], len(words) - first
    given, family = ([fold(p) for w in some for p in WORD.findall(w)] for some in (words[:at], words[at:]))
    return [g for g in given if g], [f for f in family if f]


HOUSE = re.compile(r"\b(\d{1,4}[a-z]?)(?:\s?[-/]\s?\d{1,4}[a-z]?)?[\s,]+([a-z][a-z']+(?: [a-z']+){0,3})")
NUMBER_APART = re.compile(r"(\b\d{1,4}[a-z]?) , (?=[a-z])")
LETTERS, LETTERS_OR_DIGITS = re.compile(r"[a-z']+"), re.compile(r"[a-z']+|\d+")
BARE_NUMBER = re.compile(r"\d{1,4}[A-Za-z]?")
FLAT = re.compile(
    r"\b(flat|apartment|apt|room|unit|plot|block|caravan|berth|pitch|studio)\s*(\d{1,4}[a-z]?|[a-z]\d{0,3})\b"
)


NO_HOUSE = lx.PLACE | lx.FUNCTION | lx.COMMON | lx.KEEP
"""A single word that is one of these names no house."""


def _add_address(own: Own, values: list[str]) -> None:
    """Houses of an address, from its fields in order: numbers with their streets, flats, and houses that have names."""
    if len(values) > 1:
        values = sorted(values, key=lambda v: not BARE_NUMBER.fullmatch(v.strip()))  # a number of its own goes first
    joined = reading.fold(reading.clean(" , ".join(values)))
    if " , " in joined:
        joined = NUMBER_APART.sub(r"\1 ", joined)
    for number, street in HOUSE.findall(joined):
        words = tuple(LETTERS.findall(street))
        own.houses.add((number, words[0]))
        own.streets.setdefault(words[0], words)
    for word, number in FLAT.findall(joined):
        own.houses.add((number, word))
        own.streets.setdefault(word, (word,))
    house, _, behind = joined.partition(",")
    first = LETTERS_OR_DIGITS.findall(house)
    numbered = behind.lstrip()[:1].isdigit()  # `Wherry View, 2 Staithe Road`: a house's name before its number
    if not any(w.isdigit() for w in first) and (
        (2 <= len(first) <= 4 and (first[-1] in lx.ABODES or numbered))
        or (len(first) == 1 and numbered and not own.lexicon.of(first[0]) & NO_HOUSE)
    ):
        own.dwellings.add(tuple(first))


SHORTEST_ADDRESS = 12
STREET_ENDS = tuple(f" {s}" for s in lx.STREETS)


def _add_dwelling(own: Own, value: str) -> None:
    """The first line of an address that has no number and is no street: `The Old Forge`."""
    if value[:1].isdigit():
        return
    line, _, behind = value.partition(",")
    if not line.replace(" ", "").isalpha() and any(map(str.isdigit, line)):
        return
    first = LETTERS_OR_DIGITS.findall(reading.fold(reading.clean(line)))
    bits = [own.lexicon.of(w) for w in first]
    street = bool(bits) and bool(bits[-1] & lx.STREET) and first[-1] not in lx.ABODES
    if (
        2 <= len(first) <= 4
        and not any(w.isdigit() for w in first)
        and not street
        and not all(b & (lx.PLACE | lx.FUNCTION) for b in bits)
    ) or (
        len(first) == 1
        and len(first[0]) >= LONG_NAME
        and not bits[0]
        and (value.count(",") != 1 or behind.lower().endswith(STREET_ENDS))
    ):  # `Fellside`
        own.dwellings.add(tuple(first))
        if first[0] == "the" and len(first) > 2:
            own.dwellings.add(tuple(first[1:]))
