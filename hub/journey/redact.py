"""Redaction on request: what would the hub make of this note? For a flow in force alone, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hub import protocol
from hub.db import protocol as protocols
from hub.db import together
from hub.decision import Allow, Refuse
from hub.journey.receive import Caller, Receiving
from hub.ledger import Event

STRICTEST = ("drop", "strict", "balanced")


class Redactor(Protocol):
    """Redacts notes in a process of its own."""

    def redact(self, question: dict[str, Any]) -> list[dict[str, Any]]:
        """The answer's notes, in order. Raises `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What an agency's machine asks: notes of one dataset for one purpose."""

    dataset: str
    purpose: str
    notes: Sequence[dict[str, Any]]


def redact_for(hub: Receiving, caller: Caller, redactor: Redactor, asked: Question) -> list[str] | Refuse:
    """The notes as the strictest flow in force for this agency, dataset and purpose would keep them.

    The ledger holds that it was asked and how many notes; nothing holds a note. Raises `Unavailable`.
    """
    with hub.db.transaction() as tx:
        known = protocols.standings(tx)
        granted = protocol.check_flow(known, caller.agency, asked.dataset, asked.purpose, hub.now().date())
        decision = granted if isinstance(granted, Refuse) else Allow(granted.rule)
        references = () if isinstance(granted, Refuse) else granted.references
    together.append(hub.db, Event(hub.now(), f"agency:{caller.agency}", "note.redact", asked.dataset,
                                  "allow" if decision else "refuse", decision.rule, references,
                                  {"notes": len(asked.notes)}))  # fmt: skip
    if isinstance(granted, Refuse):
        return granted
    modes = {g.flow.notes for g in granted.grants}
    mode = next(m for m in STRICTEST if m in modes)
    answer = redactor.redact({"dataset": asked.dataset, "mode": mode, "notes": list(asked.notes)})
    return [note["text"] for note in answer]
