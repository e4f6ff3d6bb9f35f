"""A language model that knows names, if the site has one: `HUB_NER_MODEL` names it, nothing is fetched.

The setting holds the name or folder of a spaCy pipeline (`en_core_web_lg`), or of a token classification model of
transformers (`dslim/bert-base-NER`, a folder), which must be installed already. Its people are added to what the
engine finds by itself.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hub.decision import Fault
from hub.depersonalise.redaction import Recogniser, Span

SETTING = "HUB_NER_MODEL"
PEOPLE = frozenset({"PERSON", "PER", "B-PER", "I-PER", "NAME", "PATIENT", "STAFF", "DOCTOR"})
SCORE = 0.8
BATCH = 64
WINDOW, OVERLAP = 1_000, 100
"""Characters that a transformer reads at once, and how many of them with the piece before: it takes 512 tokens and drops the rest."""
LONGEST = 100_000
"""spaCy's pipelines refuse very long texts, and they are not names all through: longer notes are read in pieces."""


def load_model(name: str | None = None) -> Recogniser | None:
    """The model that the setting names, None where it names none. Raises `Fault` when it cannot be loaded."""
    name = name or os.environ.get(SETTING) or None
    if name is None:
        return None
    if _is_spacy(name):
        return SpacyNames(name)
    if importlib.util.find_spec("transformers") is None:
        raise Fault(f"{SETTING} names neither an installed spaCy pipeline nor can transformers be imported")
    return TransformersNames(name)


def _is_spacy(name: str) -> bool:
    folder = Path(name)
    if folder.is_dir():
        return (folder / "config.cfg").is_file()
    return "/" not in name and importlib.util.find_spec(name.replace("-", "_")) is not None


class SpacyNames:
    """People by a spaCy pipeline's entity recogniser."""

    def __init__(self, name: str) -> None:
        spacy = importlib.import_module("spacy")
        try:
            self.pipeline: Any = spacy.load(name, exclude=["lemmatizer", "attribute_ruler"])
        except (OSError, ValueError) as wrong:
            raise Fault(f"{SETTING}: the spaCy pipeline cannot be loaded ({type(wrong).__name__})") from None

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        """Spans of the people it sees in each note."""
        pieces = [
            (i, at, note[at : at + LONGEST]) for i, note in enumerate(notes) for at in range(0, len(note), LONGEST)
        ]
        found: list[list[Span]] = [[] for _ in notes]
        documents = self.pipeline.pipe((p for _, _, p in pieces), batch_size=BATCH)
        for (i, at, _), document in zip(pieces, documents, strict=True):
            found[i] += [Span(at + e.start_char, at + e.end_char, "PERSON", SCORE, "model.person")
                         for e in document.ents if e.label_.upper() in PEOPLE]  # fmt: skip
        return found


class TransformersNames:
    """People by a token classification model of transformers, read from the local disk only."""

    def __init__(self, name: str) -> None:
        transformers = importlib.import_module("transformers")
        try:  # both parts are loaded here, since the pipeline by itself asks the model's hub for news of it
            model = transformers.AutoModelForTokenClassification.from_pretrained(name, local_files_only=True)
            tokenizer = transformers.AutoTokenizer.from_pretrained(name, local_files_only=True)
            self.classify: Any = transformers.pipeline(
                "token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="simple"
            )
        except (OSError, ValueError, ImportError) as wrong:
            raise Fault(f"{SETTING}: the model cannot be loaded ({type(wrong).__name__})") from None

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        """Spans of the people it sees in each note; a name at a cut is whole in one of two pieces, since they overlap."""
        pieces = [(i, at, note[at : at + WINDOW]) for i, note in enumerate(notes)
                  for at in range(0, max(1, len(note) - OVERLAP), WINDOW - OVERLAP)]  # fmt: skip
        found: list[list[Span]] = [[] for _ in notes]
        for (i, at, _), entities in zip(
            pieces, self.classify([p for _, _, p in pieces], batch_size=BATCH), strict=True
        ):
            found[i] += [Span(at + int(e["start"]), at + int(e["end"]), "PERSON", float(e["score"]), "model.person")
                         for e in entities if str(e["entity_group"]).upper() in PEOPLE]  # fmt: skip
        return found
