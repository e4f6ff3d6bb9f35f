"""Which words of a note are the record's own? Its people's names, numbers, dates and addresses, however spelt.

The surest layer: what the row itself says about its people is looked for in its own note, in any case, spacing,
order and punctuation, with one misspelling. Streets without a house number stay: the analyst needs them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.depersonalise.redaction import Span
from protocols.contract import Contract, FieldType, Role, Sensitivity

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SQUEEZABLE = re.compile(r"[A-Za-z0-9]")
MONTHS = dict(
    zip(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], range(1, 13), strict=True)
)
DATES = re.compile(
    r"\b(?:(?P<y>\d{4})[-/. ]?(?P<m>\d{2})[-/. ]?(?P<d>\d{2})"
    r"|(?P<d2>\d{1,2})(?:st|nd|rd|th)?[-/. ]{1,2}(?:of )?(?P<m2>\d{1,2}|[A-Za-z]{3,9})[-/., ]{1,2}(?P<y2>\d{4}|\d{2})"
    r"|(?P<m3>[A-Za-z]{3,9})[ .]{1,2}(?P<d3>\d{1,2})(?:st|nd|rd|th)?,? {1,2}(?P<y3>\d{4}|\d{2})"
    r"|(?P<d4>\d{2})(?P<m4>\d{2})(?P<y4>\d{4}|\d{2}))\b"
)
NAMES = frozenset({Role.FORENAME, Role.SURNAME, Role.FULL_NAME})
NUMBERS = {
    Role.PHONE: "PHONE", Role.NHS: "NHS NUMBER", Role.NINO: "NINO", Role.PNC: "PNC ID", Role.CRO: "CRO NUMBER",
    Role.VRM: "VEHICLE", Role.UPRN: "UPRN", Role.REFERENCE: "REFERENCE", Role.OFFICER: "OFFICER", Role.EMAIL: "EMAIL",
    Role.POSTCODE: "POSTCODE",
}  # fmt: skip
TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "sir", "pc", "dc", "ds", "ps", "the", "and"})
PLACES = (Role.ADDRESS, Role.STREET, Role.PLACE_TEXT)
"""A house number may stand in one field and its street in the next."""
SHORTEST = {Role.OFFICER: 3, Role.EMAIL: 4}
STREET_SHORT = {"street": "st", "road": "rd", "avenue": "ave", "lane": "ln", "drive": "dr", "close": "cl",
                "court": "ct", "crescent": "cres", "place": "pl", "square": "sq", "terrace": "terr", "gardens": "gdns"}  # fmt: skip
HOUSE = re.compile(r"\b(\d{1,4}[A-Za-z]?)\s+([A-Za-z][A-Za-z' ]{2,40}?)(?=,|$|\n)")


def fold(word: str) -> str:
    """Lower case, accents and apostrophes gone, so that spellings of one name meet."""
    plain = unicodedata.normalize("NFKD", word).replace("’", "'")
    return "".join(c for c in plain if c.isalpha() and not unicodedata.combining(c)).casefold()


def squeeze(text: str) -> tuple[str, list[int]]:
    """Letters and digits of a text in lower case, and where each stands in it."""
    places = [m.start() for m in SQUEEZABLE.finditer(text)]
    return "".join([text[p] for p in places]).lower(), places


@dataclass(slots=True)
class Own:
    """What one record says about its people, ready to be searched for."""

    names: dict[str, str] = field(default_factory=dict)
    """Folded name part → the person it belongs to."""
    needles: dict[str, str] = field(default_factory=dict)
    """Squeezed number, reference or address → kind."""
    births: set[tuple[int, int, int]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.names or self.needles or self.births)


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


def own_words(row: Mapping[str, str | None], fields: Searched) -> Own:
    """What a record's fields say about its people."""
    own = Own()
    parts = [row.get(name) for name, role, _ in fields if role in PLACES]
    own.needles |= dict.fromkeys(_houses(" ".join(p for p in parts if p)), "ADDRESS")
    for name, role, subject in fields:
        value = row.get(name)
        if not value or role in (Role.STREET, Role.PLACE_TEXT):
            continue
        if role in NAMES:
            for part in WORD.findall(value.replace("-", " ")):
                folded = fold(part)
                if len(folded) > 1 and folded not in TITLES:
                    own.names[folded] = subject
        elif role is Role.DOB:
            year, month, day = (int(p) for p in value.split("-"))
            own.births.add((year, month, day))
        elif role is Role.ADDRESS:
            own.needles |= dict.fromkeys(_houses(value), "ADDRESS")
        else:
            for needle in _numbers(value, role):
                own.needles[needle] = NUMBERS[role]
    return own


def _houses(address: str) -> Iterator[str]:
    """House number and street of an address, the street's type in full and short."""
    for number, street in HOUSE.findall(address):
        squeezed = squeeze(street)[0]
        yield number.lower() + squeezed
        for full, short in STREET_SHORT.items():
            if squeezed.endswith(full):
                yield number.lower() + squeezed.removesuffix(full) + short


def _numbers(value: str, role: Role) -> Iterator[str]:
    squeezed = squeeze(value)[0]
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
        local = squeeze(value.split("@")[0])[0]
        if len(local) >= shortest:
            yield local
    if role is Role.PNC and len(squeezed) > 10:
        yield squeezed[2:4] + squeezed[4:-1].lstrip("0") + squeezed[-1]
    if len(squeezed) >= shortest:
        yield squeezed


def find_own(note: str, own: Own) -> list[Span]:
    """Every place where a note says what its own record says."""
    spans: list[Span] = []
    if own.names:
        spans += _find_names(note, own.names)
    if own.needles:
        squeezed, places = squeeze(note)
        for needle, kind in own.needles.items():
            at = squeezed.find(needle)
            while at >= 0:
                start, end = places[at], places[at + len(needle) - 1] + 1
                if kind == "PHONE":
                    start = _with_prefix(note, start)
                if kind == "EMAIL" and (tail := EMAIL_TAIL.match(note, end)):
                    end = tail.end()
                spans.append(Span(start, end, kind, 1.0, f"own.{kind.lower().replace(' ', '-')}", needle))
                at = squeezed.find(needle, at + 1)
    if own.births:
        spans += _find_births(note, own.births)
    return spans


EMAIL_TAIL = re.compile(r"[\w.+-]*@[\w.-]+")
PHONE_HEAD = re.compile(r"(?:\+?\s*44\s*)?(?:\(0\)\s*|\(?0?)$")


def _with_prefix(note: str, start: int) -> int:
    """Where a phone number begins, its leading 0 or +44 included."""
    found = PHONE_HEAD.search(note[max(0, start - 10) : start])
    return start - (found.end() - found.start()) if found else start


def _find_names(note: str, names: dict[str, str]) -> Iterator[Span]:
    for found in WORD.finditer(note):
        word = found[0]
        folded = fold(word)
        subject = names.get(folded)
        if subject is None and folded.endswith("s") and ("'" in word or "’" in word or word.isupper()):
            subject = names.get(folded[:-1])
        if subject is None and len(folded) >= 5:
            subject = next((s for n, s in names.items() if len(n) >= 5 and _one_edit(folded, n)), None)
        if subject is not None:
            yield Span(found.start(), found.end(), "PERSON", 1.0, "own.name", subject)


def _one_edit(one: str, other: str) -> bool:
    """Do two words differ by one letter more, fewer, other, or by two neighbours exchanged?"""
    if abs(len(one) - len(other)) > 1 or (one[:1] != other[:1] and one[1:2] != other[1:2]):
        return False
    if len(one) > len(other):
        one, other = other, one
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) == len(other):
        swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
        return one[at + 1 :] == other[at + 1 :] or swapped
    return one[at:] == other[at + 1 :]


def _find_births(note: str, births: set[tuple[int, int, int]]) -> Iterator[Span]:
    for found in DATES.finditer(note):
        if _as_date(found.groupdict()) & births:
            yield Span(found.start(), found.end(), "DATE OF BIRTH", 1.0, "own.birth", "birth")


def _as_date(parts: Mapping[str, str | None]) -> set[tuple[int, int, int]]:
    """The dates that a written date may mean: two-digit years in either century."""
    for suffix in ("", "2", "3", "4"):
        year, month, day = (parts.get(f"{p}{suffix}") for p in "ymd")
        if year and month and day:
            number = int(month) if month.isdigit() else MONTHS.get(month[:3].lower(), 0)
            years = [int(year)] if len(year) == 4 else [1900 + int(year), 2000 + int(year)]
            return {(y, number, int(day)) for y in years if _is_date(y, number, int(day))}
    return set()


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
