"""What in a note identifies? The layers in one pass: the record's own words, forms, people, and what a user plugs in.

Pure: the stock of words, a trained tagger and a language model come in as arguments. `Engine.find` alone is a
`Recogniser`: it looks at text without a record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from hub.depersonalise.announced import find_announced
from hub.depersonalise.beside import find_beside
from hub.depersonalise.homes import find_homes
from hub.depersonalise.houses import find_houses
from hub.depersonalise.leftover import find_leftover
from hub.depersonalise.lexicon import SMALL, Lexicon, Lists
from hub.depersonalise.own_search import find_own
from hub.depersonalise.own_words import Own
from hub.depersonalise.patterns import find_patterns
from hub.depersonalise.people import find_people
from hub.depersonalise.reading import Note, clean
from hub.depersonalise.records import own_of_record
from hub.depersonalise.redaction import Recogniser, Redacted, Span, merge, redact_spans
from hub.depersonalise.said import find_said

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
        return [self.spans(Note(n, self.lexicon), None, "balanced", NOBODY) + e
                for n, e in zip(notes, self._more(notes), strict=True)]  # fmt: skip

    def _more(self, notes: Sequence[str]) -> list[list[Span]]:
        found: list[list[Span]] = [[] for _ in notes]
        for recogniser in self.more:
            for spans, extra in zip(found, recogniser.find(notes), strict=True):
                spans += extra
        return found

    def spans(self, read: Note, own: Own | None, mode: Mode, lists: Lists) -> list[Span]:
        """Every layer's spans of one read note, overlaps and all."""
        found = find_own(read, own) if own else []
        found += find_patterns(read, self.lexicon, self.forms)
        found += find_announced(read)
        found += find_said(read)
        found += find_houses(read)
        found += find_homes(read)
        # without a stock of words every capital would pass for a name
        people = find_people(read, self.lexicon, lists, strict=mode == "strict") if self.lexicon is not SMALL else []
        found += people
        found += list(find_beside(read, people, found))
        if self.tagger is not None:
            found += self.tagger.find(read, found)
        found += list(find_leftover(read, self.lexicon, found))
        return found


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
    done = []
    for text, record, extra in zip(texts, records, engine._more(texts), strict=True):
        own = record if isinstance(record, Own) or record is None else own_of_record(record, engine.lexicon)
        read = Note(text, engine.lexicon)
        merged = merge([*engine.spans(read, own, mode, lists), *extra])
        done.append(Redacted(redact_spans(text, merged), text, tuple(merged)))
    return done
