"""What in a note identifies? The layers in one pass: the record's own words, forms, people, and what a user plugs in.

Pure: the stock of words, a trained tagger and a language model come in as arguments. `Engine.find` alone is a
`Recogniser`: it looks at text without a record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from hub.depersonalise.announced import find_announced
from hub.depersonalise.around import find_around
from hub.depersonalise.beside import find_beside, find_initials
from hub.depersonalise.cued_homes import find_cued_homes
from hub.depersonalise.doors import find_doors
from hub.depersonalise.dwellings import find_dwellings
from hub.depersonalise.homes import find_homes
from hub.depersonalise.houses import find_houses
from hub.depersonalise.leftover import find_leftover
from hub.depersonalise.lexicon import SMALL, Lexicon, Lists
from hub.depersonalise.named_houses import find_named_houses
from hub.depersonalise.own_search import find_own
from hub.depersonalise.own_words import Own
from hub.depersonalise.patterns import find_patterns
from hub.depersonalise.people import find_people
from hub.depersonalise.reading import Note, clean
from hub.depersonalise.records import own_of_record
from hub.depersonalise.redaction import Recogniser, Redacted, Span, merge, redact_spans
from hub.depersonalise.said import find_said
from hub.depersonalise.said_doors import find_said_doors

Mode = Literal["balanced", "strict", "drop"]
NOBODY = Lists()
DROPPED = "[NOTE DROPPED]"


class Tagger(Protocol):
    """The statistical layer: finds people in a read note that the rules left, given what the rules found."""

    def find(self, read: Note, found: Sequence[Span]) -> list[Span]:
        """Further spans."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """A recogniser of notes. `forms` are a site's own reference patterns (on lower case), `more` are further
    recognisers (a language model, Presidio's): their spans are added to ours."""

    lexicon: Lexicon = SMALL
    tagger: Tagger | None = None
    forms: tuple[re.Pattern[str], ...] = ()
    more: tuple[Recogniser, ...] = field(default=())

    def find(self, notes: Sequence[str]) -> list[list[Span]]:
        """Spans of each clean note by its text alone."""
        found: list[list[Span]] = []
        for at in batches(notes):
            reads = [Note(n, self.lexicon) for n in notes[at]]
            found += self.spans(reads, [None] * len(reads), "balanced", NOBODY)
        return [f + e for f, e in zip(found, self._more(notes), strict=True)]

    def _more(self, notes: Sequence[str]) -> list[list[Span]]:
        found: list[list[Span]] = [[] for _ in notes]
        for recogniser in self.more:
            for spans, extra in zip(found, recogniser.find(notes), strict=True):
                spans += extra
        return found

    def spans(self, reads: Sequence[Note], owns: Sequence[Own | None], mode: Mode, lists: Lists) -> list[list[Span]]:
        """Every layer's spans of each read note, overlaps and all. One layer after the other over all of a batch
        (`batches`), since a layer's code and words are at hand for the next note then."""
        found = [find_own(read, own) if own else [] for read, own in zip(reads, owns, strict=True)]
        for layer in (self._patterns, *LAYERS):
            for read, spans in zip(reads, found, strict=True):
                spans += layer(read)
        # without a stock of words every capital would pass for a name
        known, strict = self.lexicon is not SMALL, mode == "strict"
        people = [find_people(read, self.lexicon, lists, strict=strict) if known else [] for read in reads]
        for read, of_people, spans in zip(reads, people, found, strict=True):
            spans += of_people
            spans += find_beside(read, of_people)
            spans += list(find_around(read, spans))
            if self.tagger is not None:
                spans += self.tagger.find(read, spans)
            spans += list(find_leftover(read, self.lexicon, spans))
            spans += list(find_initials(read, spans))
        return found

    def _patterns(self, read: Note) -> list[Span]:
        return find_patterns(read, self.lexicon, self.forms)


LAYERS = (
    find_announced,
    find_houses,
    find_homes,
    find_dwellings,
    find_said_doors,
    find_said,
    find_cued_homes,
    find_named_houses,
    find_doors,
)
"""What a note's words and numbers say by themselves, before names are looked for."""
MOST_NOTES, MOST_LETTERS = 64, 100_000
"""Of a batch: enough notes for the processor's caches (a fifth faster than note by note), few enough for memory."""


def batches(notes: Sequence[str]) -> Iterator[slice]:
    """Where to cut notes into batches, in order."""
    first = letters = 0
    for at, note in enumerate(notes):
        if at > first and (at - first == MOST_NOTES or letters + len(note) > MOST_LETTERS):
            yield slice(first, at)
            first, letters = at, 0
        letters += len(note)
    yield slice(first, len(notes))


def redact_notes(
    engine: Engine,
    notes: Sequence[str],
    records: Sequence[Mapping[str, object] | Own | None],
    mode: Mode = "balanced",
    lists: Lists = NOBODY,
) -> list[Redacted]:
    """Each note without what identifies. A record is a mapping of any shape, or what it says (`Own`) already read;
    `drop` lets nothing of a note through. Pure; notes need not be clean."""
    if mode == "drop":
        return [Redacted(DROPPED, "", ()) if n else Redacted("", "", ()) for n in notes]
    texts = [clean(n) for n in notes]
    extra = engine._more(texts)
    done = []
    for at in batches(texts):
        owns = [r if isinstance(r, Own) or r is None else own_of_record(r, engine.lexicon) for r in records[at]]
        reads = [Note(text, engine.lexicon) for text in texts[at]]
        found = engine.spans(reads, owns, mode, lists)
        merged = [merge([*spans, *more]) for spans, more in zip(found, extra[at], strict=True)]
        done += [Redacted(redact_spans(t, m), t, tuple(m)) for t, m in zip(texts[at], merged, strict=True)]
    return done
