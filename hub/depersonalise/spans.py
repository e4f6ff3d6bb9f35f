"""What was found in a note, where, and by which rule: the one word all layers of redaction share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Span(NamedTuple):
    """A stretch of a clean note (`reading.clean`) that identifies, half open.

    `kind` is the word of its placeholder (`PERSON`, `NHS NUMBER`, …); `score` 0 to 1, where 1 is certain; `rule` names
    the recogniser in dotted kebab words and never holds the value. `who` tells persons apart inside one record, so that
    one person keeps one placeholder: the record's word for the subject (`victim`), or empty where only the text tells.
    """

    start: int
    end: int
    kind: str
    score: float
    rule: str
    who: str = ""


class Recogniser(Protocol):
    """Finds what identifies in notes, by the text alone."""

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        """Spans of each clean note, in any order, overlaps allowed; one list per note, in the notes' order."""
        ...


PERSON, ADDRESS, STREET, POSTCODE, UPRN = "PERSON", "ADDRESS", "STREET", "POSTCODE", "UPRN"
PHONE, EMAIL, BORN, ONLINE = "PHONE", "EMAIL", "DATE OF BIRTH", "ONLINE NAME"
NHS, NINO, PNC, CRO, UPN = "NHS NUMBER", "NI NUMBER", "PNC ID", "CRO NUMBER", "UPN"
VEHICLE, REFERENCE, OFFICER, GRID = "VEHICLE", "REFERENCE", "OFFICER", "GRID REFERENCE"
PASSPORT, LICENCE, CARD, IBAN, ACCOUNT, NETWORK = (
    "PASSPORT",
    "DRIVING LICENCE",
    "CARD NUMBER",
    "IBAN",
    "BANK ACCOUNT",
    "NETWORK ADDRESS",
)
UNKNOWN, OTHER = "WORD", "IDENTIFIER"
