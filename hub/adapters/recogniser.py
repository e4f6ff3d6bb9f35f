"""The hub's engine as Presidio sees it, and Presidio's recognisers as the engine sees them.

Out: `recognizers()` are Presidio `EntityRecognizer`s, one a kind, and `make_analyzer()` a whole `AnalyzerEngine`; plug
either into Presidio elsewhere. `OwnWordsRecognizer` searches for what one record says, as an ad-hoc recogniser.
In: `PresidioRecognisers` runs a user's own `EntityRecognizer`s beside the engine, context boost included; a blank
English pipeline with lower-cased words as lemmas keeps that boost alive without a language model.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import spacy
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from spacy.language import Language
from spacy.tokens import Doc

from hub.adapters.wordstock import load_engine
from hub.depersonalise.engine import Engine
from hub.depersonalise.own_search import find_own
from hub.depersonalise.reading import Note
from hub.depersonalise.records import own_of_record
from hub.depersonalise.redaction import Span

ENTITIES = {
    "PERSON": "PERSON", "OFFICER": "UK_OFFICER", "ADDRESS": "UK_ADDRESS", "POSTCODE": "UK_POSTCODE",
    "DATE OF BIRTH": "UK_DATE_OF_BIRTH", "AGE": "AGE", "PHONE": "PHONE_NUMBER", "EMAIL": "EMAIL_ADDRESS",
    "ONLINE NAME": "ONLINE_NAME", "NHS NUMBER": "UK_NHS", "NINO": "UK_NINO", "PNC ID": "UK_PNC", "CRO NUMBER": "UK_CRO",
    "ASN": "UK_ASN", "UPN": "UK_UPN", "UPRN": "UK_UPRN", "NDTMS": "UK_NDTMS", "PRISON NUMBER": "UK_PRISON_NUMBER",
    "VEHICLE": "UK_VEHICLE_REGISTRATION", "DRIVING LICENCE": "UK_DRIVING_LICENCE", "PASSPORT": "UK_PASSPORT",
    "CARD": "CREDIT_CARD", "IBAN": "IBAN_CODE", "ACCOUNT": "UK_BANK_ACCOUNT", "IP ADDRESS": "IP_ADDRESS",
    "GRID REFERENCE": "GRID_REFERENCE", "LOCATION CODE": "LOCATION_CODE", "REFERENCE": "UK_REFERENCE",
}  # fmt: skip
"""Kinds of our spans → entities of Presidio."""
KINDS = {entity: kind for kind, entity in ENTITIES.items()}
LEAST = 0.35
"""Presidio's scores from which a user's recogniser counts, after context."""


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


class PresidioRecognisers:
    """A user's Presidio recognisers as one of ours: their scores boosted by context, low ones left."""

    def __init__(self, recognisers: Sequence[EntityRecognizer]) -> None:
        logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL)  # its messages may quote what it found
        self.engine = BlankEngine()
        self.recognisers = list(recognisers)
        self.enhancer = LemmaContextAwareEnhancer()

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        """Spans of each note that the recognisers see, by kind."""
        return [self._spans(note) for note in notes]

    def _spans(self, note: str) -> list[Span]:
        artifacts: NlpArtifacts = self.engine.process_text(note, "en")
        results: list[RecognizerResult] = []
        for recogniser in self.recognisers:
            results += recogniser.analyze(note, recogniser.supported_entities, artifacts) or []
        boosted = self.enhancer.enhance_using_context(note, results, artifacts, self.recognisers, [])
        return [_span(r) for r in boosted if r.score >= LEAST]


def _span(result: Any) -> Span:
    kind = KINDS.get(result.entity_type, result.entity_type.replace("_", " "))
    return Span(result.start, result.end, kind, result.score, f"presidio.{result.entity_type.lower()}")


class UkRecogniser:
    """The engine and a user's own Presidio recognisers (`extra`) as one recogniser of notes."""

    def __init__(self, extra: Sequence[EntityRecognizer] = ()) -> None:
        base = load_engine()
        more = (*base.more, PresidioRecognisers(extra)) if extra else base.more
        self.engine = Engine(base.lexicon, base.tagger, base.forms, more)

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        """Spans of each clean note by its text alone."""
        return self.engine.find(notes)


class HubRecognizer(EntityRecognizer):
    """One kind of ours as a Presidio recogniser. All of one list read a text once between them."""

    def __init__(self, kind: str, reader: _Reader) -> None:
        self.kind, self.reader = kind, reader
        super().__init__(
            [ENTITIES[kind]], name=f"Hub{ENTITIES[kind].title().replace('_', '')}Recognizer", supported_language="en"
        )

    def load(self) -> None:
        """Nothing to load: the engine came with the reader."""

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """Presidio's question: what of this kind is in the text?"""
        if entities and self.supported_entities[0] not in entities:
            return []
        return [_result(s) for s in self.reader.spans(text) if s.kind == self.kind]


class _Reader:
    """Reads each text once for all recognisers; the last one is kept."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.last: tuple[str, list[Span]] = ("", [])

    def spans(self, text: str) -> list[Span]:
        if self.last[0] != text:
            self.last = (text, self.engine.find([text])[0])
        return self.last[1]


def _result(span: Span) -> RecognizerResult:
    return RecognizerResult(ENTITIES[span.kind], span.start, span.end, span.score)


class OwnWordsRecognizer(EntityRecognizer):
    """What one record (a mapping of any shape) says about its people, to be passed as an ad-hoc recogniser."""

    def __init__(self, record: Mapping[str, object]) -> None:
        self.own = own_of_record(record, load_engine().lexicon)
        super().__init__(sorted(ENTITIES.values()), name="HubOwnWordsRecognizer", supported_language="en")

    def load(self) -> None:
        """Nothing to load."""

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """Where the text says what the record says."""
        found = [_result(s) for s in find_own(Note(text, self.own.lexicon), self.own)]
        return [r for r in found if not entities or r.entity_type in entities]


def recognizers(engine: Engine | None = None) -> list[EntityRecognizer]:
    """The engine as Presidio recognisers, one for each kind."""
    reader = _Reader(engine or load_engine())
    return [HubRecognizer(kind, reader) for kind in ENTITIES]


def make_analyzer(extra: Sequence[EntityRecognizer] = ()) -> AnalyzerEngine:
    """A Presidio analyzer that holds our recognisers and a user's own, and none of Presidio's defaults."""
    registry = RecognizerRegistry(recognizers=[*recognizers(), *extra], supported_languages=["en"])
    return AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"])
