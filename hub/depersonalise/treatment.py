"""What becomes of each field? A flow's treatments on columns. A field the flow does not name does not come through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from hub.depersonalise.doubt import Doubt, add_doubts
from hub.depersonalise.engine import NOBODY, Engine, Mode, redact_notes
from hub.depersonalise.fields import treated
from hub.depersonalise.gate import note_faults
from hub.depersonalise.lexicon import SMALL, Lexicon, Lists
from hub.depersonalise.link import match_keys
from hub.depersonalise.misplaced import PLACED, misplaced
from hub.depersonalise.own_words import Own, own_words, searched_fields
from hub.depersonalise.pseudonym import Keyring
from hub.depersonalise.recall import Recall, rehearse
from hub.depersonalise.redaction import Recogniser
from protocols.contract import LINE, Contract, FieldType, Role
from protocols.schema import Flow
from protocols.wire import RowFault


@dataclass(frozen=True, slots=True)
class Depersonalised:
    """A chunk's rows after treatment: `frame` has `_line`, the flow's kept fields and `link.<subject>` (Utf8); `faults` names the rows
    that the residual gate holds; `redacted` counts the notes that were redacted; `recall` says how many synthetic people
    were masked in a shadow copy of some; `doubts` are the words that were masked by guess, folded."""

    frame: pl.DataFrame
    faults: list[RowFault]
    redacted: int
    recall: Recall = field(default_factory=dict)
    doubts: dict[str, Doubt] = field(default_factory=dict)


def depersonalise(
    frame: pl.DataFrame,
    flow: Flow,
    contract: Contract,
    keyring: Keyring,
    recogniser: Recogniser,
    lists: Lists = NOBODY,
) -> Depersonalised:
    """Treat a checked and timed frame under its flow, redact its notes, and search what is left.

    Rows that the gate holds are still in the result's frame: the caller leaves them out by their fault's line.
    """
    kept: dict[str, pl.Series] = {}
    notes: list[str] = []
    for name, words in flow.fields.items():
        if name not in frame.columns or name not in contract.fields:
            continue
        field = contract.fields[name]
        series = treated(frame, field, words, keyring)
        if series is None:
            continue
        kept[name] = series
        if field.type is FieldType.NARRATIVE:
            notes.append(name)
    if flow.notes == "drop":
        kept = {n: s for n, s in kept.items() if n not in notes}
        notes = []
    engine = recogniser if isinstance(recogniser, Engine) else Engine(more=(recogniser,))
    noted = [any(row) for row in frame.select(notes).iter_rows()] if notes else []
    own = _own_of(frame, contract, notes, engine.lexicon, noted)
    faults: list[RowFault] = []
    mode: Mode = "strict" if flow.notes == "strict" else "balanced"
    redacted, recall, doubts = 0, dict[str, dict[str, int]](), dict[str, Doubt]()
    for name in notes:
        kept[name], doubts_of_note = _redact_column(frame, name, own, engine, mode, lists)
        redacted += kept[name].count()
        doubts |= doubts_of_note
        seed = int.from_bytes(keyring.inner("recall").material[:8]) ^ _last(frame[LINE])
        shadow = rehearse(frame, contract, name, engine, mode, lists,
                          lambda rows: _own_of(rows, contract, notes, engine.lexicon), seed)  # fmt: skip
        recall |= {kind: {k: n + recall.get(kind, {}).get(k, 0) for k, n in c.items()} for kind, c in shadow.items()}
    done = pl.DataFrame({LINE: frame[LINE], **kept})
    faults += note_faults(done, frame, contract, notes)
    placed = [f.name for f in contract.field if f.name in flow.fields and f.name in frame.columns and f.role in PLACED]
    plain = [n for n in kept if n not in notes]
    faults += misplaced(done, frame, contract, plain, placed, lambda texts: _name_people(texts, engine))
    links = {f"link.{s}": _match_keys(frame, contract, s, keyring) for s in flow.link}
    return Depersonalised(done.with_columns(**links), faults, redacted, recall, doubts)


def _last(lines: pl.Series) -> int:
    return int(lines[-1]) if len(lines) else 0


def _match_keys(frame: pl.DataFrame, contract: Contract, subject: str, keyring: Keyring) -> pl.Series:
    """Keyed match keys of one subject's people; null throughout where the extract lacks a field for them."""
    fields = {f.role: f.name for f in contract.field if f.subject == subject and f.name in frame.columns}
    roles = {"forename": Role.FORENAME, "surname": Role.SURNAME, "dob": Role.DOB}
    if not fields.keys() >= set(roles.values()):
        return pl.Series([None] * frame.height, dtype=pl.Utf8)
    return match_keys(frame.select(pl.col(fields[role]).alias(name) for name, role in roles.items()), keyring)


def _own_of(
    frame: pl.DataFrame, contract: Contract, notes: Sequence[str], lexicon: Lexicon = SMALL, noted: Sequence[bool] = ()
) -> list[Own]:
    """What each record says about its people; nothing is read where no note is kept, or (`noted`) the row has none."""
    if not notes:
        return []
    fields = [f for f in searched_fields(contract) if f[0] in frame.columns]
    if not fields:
        return [Own()] * frame.height
    names = [f[0] for f in fields]
    rows, nothing = frame.select(names).iter_rows(named=True), Own()
    wanted = noted or [True] * frame.height
    return [own_words(row, fields, lexicon) if w else nothing for row, w in zip(rows, wanted, strict=True)]


def _redact_column(
    frame: pl.DataFrame, name: str, own: list[Own], engine: Engine, mode: Mode, lists: Lists
) -> tuple[pl.Series, dict[str, Doubt]]:
    """The column redacted, and the words that only a guess took for a name."""
    at = [i for i, note in enumerate(frame[name]) if note]
    done = redact_notes(engine, [frame[name][i] for i in at], [own[i] for i in at], mode, lists)
    result: list[str | None] = [None] * frame.height
    doubts: dict[str, Doubt] = {}
    for i, redacted in zip(at, done, strict=True):
        result[i] = redacted.text
        add_doubts(doubts, redacted)
    return pl.Series(name, result, dtype=pl.Utf8), doubts


def _name_people(texts: Sequence[str], recogniser: Recogniser) -> list[bool]:
    """Of each text, whether a person's name takes up at least half of it."""
    found = recogniser.find(texts)
    return [sum(s.end - s.start for s in spans if s.kind == "PERSON") * 2 >= len(text)
            for text, spans in zip(texts, found, strict=True)]  # fmt: skip
