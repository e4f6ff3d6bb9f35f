"""What in a note looks like an identifier? Presidio's recognisers, set up for the United Kingdom.

The six UK recognisers are switched on and the American ones off; phones are looked for in region GB at the most
lenient level, so that short and drama numbers match; a blank English pipeline with lower-cased words as lemmas keeps
Presidio's context boost alive without a language model. Nothing calls out: the e-mail check gets the public-suffix
list that its library ships.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Any

import spacy
import tldextract
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    NhsRecognizer,
    PhoneRecognizer,
    UkNinoRecognizer,
    UkPassportRecognizer,
    UkPostcodeRecognizer,
    UkVehicleRegistrationRecognizer,
)
from spacy.language import Language
from spacy.tokens import Doc

from hub.depersonalise.gate import is_nhs_number
from hub.depersonalise.redaction import Span
from hub.geocode.address import KINDS as STREET_KINDS
from hub.geocode.address import STREET_TYPES

KINDS = {
    "UK_NHS": "NHS NUMBER", "UK_NINO": "NINO", "UK_POSTCODE": "POSTCODE", "UK_PASSPORT": "PASSPORT",
    "UK_DRIVING_LICENCE": "DRIVING LICENCE", "UK_VEHICLE_REGISTRATION": "VEHICLE", "PHONE_NUMBER": "PHONE",
    "EMAIL_ADDRESS": "EMAIL", "CREDIT_CARD": "CARD", "IBAN_CODE": "IBAN", "IP_ADDRESS": "IP ADDRESS",
    "UK_PNC": "PNC ID", "UK_CRO": "CRO NUMBER", "UK_CRIME_REFERENCE": "REFERENCE", "UK_OFFICER": "OFFICER",
    "UK_ADDRESS": "ADDRESS", "PERSON": "PERSON", "UK_SORT_ACCOUNT": "ACCOUNT", "UK_DOB": "DATE OF BIRTH",
}  # fmt: skip
LEAST = {"UK_POSTCODE": 0.05, "UK_PASSPORT": 0.05, "UK_VEHICLE_REGISTRATION": 0.2, "UK_DRIVING_LICENCE": 0.2}
"""Scores from which a match counts. Postcodes and passports score low without context and are telling all the same."""
LEAST_ELSE = 0.35
CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
WORTH_A_LOOK = re.compile(r"[0-9@]")
"""Without one of these a note holds none of the numbers and addresses that the first recognisers look for."""
SHORTEST_PHONE = 7
NAME = r"[A-Z][a-z]+(?:['’-][A-Z][a-z]+)?"


@Language.component("lower_case_lemmas")
def lower_case_lemmas(doc: Doc) -> Doc:
    """Without lemmas Presidio's context words never match, silently."""
    for token in doc:
        token.lemma_ = token.lower_
    return doc


class BlankEngine(SpacyNlpEngine):
    """A tokeniser and lower-cased lemmas: all that the context boost needs, and no model to fetch."""

    def __init__(self) -> None:
        super().__init__()
        pipeline = spacy.blank("en")
        pipeline.add_pipe("lower_case_lemmas")
        self.pipeline = pipeline
        self.nlp = {"en": pipeline}  # type: ignore[assignment]  # Presidio declares it None until it loads a model


class OfflineEmail(EmailRecognizer):
    """E-mail addresses by the public-suffix list inside the library: the original fetches a newer one."""

    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    def validate_result(self, pattern_text: str) -> bool:
        """Does the domain end in a public suffix?"""
        return bool(self.extract(pattern_text).fqdn)


def _check_letter(year: str, serial: str) -> str:
    return CHECK_LETTERS[int(year + serial.zfill(7)) % 23]


class Pnc(PatternRecognizer):
    """PNC IDs by their check letter (domain reference §4)."""

    def __init__(self) -> None:
        slashed = Pattern("pnc", r"\b(?:19|20)?\d{2}/\d{1,7}[A-HJ-NP-RT-Z]\b", 0.4)
        joined = Pattern("pnc joined", r"\b(?:19|20)\d{9}[A-HJ-NP-RT-Z]\b", 0.3)
        super().__init__("UK_PNC", patterns=[slashed, joined], name="PncRecognizer")

    def validate_result(self, pattern_text: str) -> bool | None:
        """Is the letter the serial's?"""
        year, slash, serial = pattern_text[:-1].partition("/")
        if not slash:
            year, serial = year[:4], year[4:]
        return _check_letter(year[-2:], serial) == pattern_text[-1].upper() or None


TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Rev)\.?"
RANK = r"(?:PC|DC|PS|DS|DI|DCI|PCSO|SC|WPC|Insp|Sgt|Inspector|Sergeant|Constable)"
KIN = (
    r"(?:named|called|known as|name of|aka|partner|boyfriend|girlfriend|husband|wife|brother|sister|son|daughter|"
    r"mother|father|mum|dad|uncle|aunt|cousin|friend|neighbour|mate)"
)
STREET = rf"(?:[A-Z][A-Za-z']+\s+){{1,3}}(?i:{'|'.join([*STREET_KINDS.split('|'), *STREET_TYPES, 'ST'])})\b"
FLAT = r"(?:flat|apartment|unit|room)\s+\d{1,3}[A-Z]?\b"
DAY = r"(?:\d{1,2}(?:st|nd|rd|th)?[-/. ]{1,2}(?:\d{1,2}|[A-Za-z]{3,9})[-/., ]{1,2}\d{2,4}|\d{4}-\d{2}-\d{2}|\d{8})"
BORN = rf"\b(?:dob|d\.o\.b\.?|born(?: on)?|date of birth|birthday)\W{{0,3}}(?:is\s+|of\s+)?{DAY}\b"
OWN: list[tuple[str, bool, list[tuple[str, float]]]] = [
    ("UK_CRO", False, [(r"\b\d{1,6}/\d{2}[A-HJ-NP-RT-Z]\b", 0.5), (r"\bSF\d{2}/\d{1,6}[A-HJ-NP-RT-Z]\b", 0.6)]),
    ("UK_CRIME_REFERENCE", False, [(r"\b\d{2}/\d{4,7}/\d{2}\b", 0.5),
                                   (r"\b[A-Z]{2,4}[-/]?\d{6,8}[-/]\d{3,6}\b", 0.5)]),
    ("UK_OFFICER", True, [(rf"\b{RANK}\s+\d{{2,5}}(?:\s+{NAME})?\b", 0.7),
                          (rf"\b{RANK}\s+{NAME}(?:\s+\d{{2,5}})?\b", 0.6)]),
    ("UK_ADDRESS", True, [(rf"\b(?i:{FLAT})(?:,?\s+\d{{1,4}}[A-Z]?,?\s+{STREET})?", 0.6), (rf"\b\d{{1,4}}[A-Z]?,?\s+{STREET}", 0.6)]),
    ("PERSON", True, [(rf"\b{TITLE}\s+{NAME}(?:\s+{NAME})?\b", 0.8), (rf"(?<=\b{KIN}\s+){NAME}(?:\s+{NAME})?\b", 0.5)]),
    ("UK_SORT_ACCOUNT", False, [(r"\b\d{2}-\d{2}-\d{2}\s+\d{8}\b", 0.7)]),
    ("UK_DRIVING_LICENCE", False, [(r"\b[A-Z9]{5}\d[0156]\d[0-3]\d{2}[A-Z9]{2}\d?[A-Z0-9]{2}\b", 0.6)]),
    ("UK_DOB", False, [(BORN, 0.9)]),
]  # fmt: skip
"""Entity, whether case counts, and patterns with scores: UK identifiers that Presidio has no recogniser for, and cue
words (a rank, a title, a kinship) that show people who are not in the record."""


def _own_patterns() -> list[EntityRecognizer]:
    found: list[EntityRecognizer] = [Pnc()]
    for entity, cased, patterns in OWN:
        flags = re.MULTILINE if cased else re.MULTILINE | re.IGNORECASE
        made = [Pattern(entity, pattern, score) for pattern, score in patterns]
        found.append(PatternRecognizer(entity, name=entity, patterns=made, global_regex_flags=flags))
    return found


class UkRecogniser:
    """Finds identifying spans with Presidio's recognisers. `extra` are a user's own `EntityRecognizer`s."""

    def __init__(self, extra: Sequence[EntityRecognizer] = ()) -> None:
        logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL)  # its messages may quote what it found
        self.engine = BlankEngine()
        self.recognisers: list[EntityRecognizer] = [
            NhsRecognizer(),
            UkNinoRecognizer(),
            UkPostcodeRecognizer(),
            UkPassportRecognizer(),
            UkVehicleRegistrationRecognizer(),
            CreditCardRecognizer(),
            IbanRecognizer(),
            IpRecognizer(),
            OfflineEmail(),
            PhoneRecognizer(supported_regions=("GB",), leniency=0),
            *_own_patterns(),
            *extra,
        ]
        self.digits_only = [r for r in self.recognisers[:10] if not isinstance(r, IbanRecognizer)]
        self.needs_tokens = bool(extra)
        self.enhancer = LemmaContextAwareEnhancer()

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        """Spans of each note that look like an identifier, by kind."""
        return [self._spans(note) for note in notes]

    def _spans(self, note: str) -> list[Span]:
        # tokens cost more than all patterns together: they are made only where something depends on them
        artifacts = self.engine.process_text(note, "en") if self.needs_tokens else None
        digits = WORTH_A_LOOK.search(note) is not None
        results: list[RecognizerResult] = []
        for recogniser in self.recognisers:
            if digits or recogniser not in self.digits_only:
                results += recogniser.analyze(note, recogniser.supported_entities, artifacts) or []  # type: ignore[arg-type]
        sound = [r for r in results if _is_sound(note, r)]
        if any(r.score < _least(r) for r in sound):  # the words around it may make up what it lacks
            tokens: NlpArtifacts = artifacts or self.engine.process_text(note, "en")
            sound = self.enhancer.enhance_using_context(note, sound, tokens, self.recognisers, [])
        return [_span(r) for r in sound if r.score >= _least(r)]


def _is_sound(note: str, result: RecognizerResult) -> bool:
    """Does what was found pass the check that its kind has?"""
    found = note[result.start : result.end]
    if result.entity_type == "UK_NHS":
        return is_nhs_number(re.sub(r"\D", "", found))
    return result.entity_type != "PHONE_NUMBER" or sum(c.isdigit() for c in found) >= SHORTEST_PHONE


def _least(result: RecognizerResult) -> float:
    return LEAST.get(result.entity_type, LEAST_ELSE)


def _span(result: Any) -> Span:
    kind = KINDS.get(result.entity_type, result.entity_type.replace("_", " "))
    return Span(result.start, result.end, kind, result.score, f"presidio.{result.entity_type.lower()}")
