"""If this were signed, what would flow, how far, and what would be dropped? Of every field, and of rows counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

import polars as pl

from protocols.contract import LINE, Contract, ContractField, Role, Sensitivity, Treatment
from protocols.schema import CoarserPlace, Document, Flow, treatment_of

Reach = Literal["pool", "hub", "source"]
"""How far a field gets: kept in the pool · taken by the hub and not kept · it never leaves its source."""
LINKED = (Role.FORENAME, Role.SURNAME, Role.DOB)


class Fate(NamedTuple):
    """What becomes of one field of a source under a flow. `treatment` is the flow's word, "" where it names none."""

    field: str
    reach: Reach
    treatment: str
    why: str


def fates(contract: Contract, flow: Flow, given: Collection[str]) -> list[Fate]:
    """Every field that the source gives or the flow names, in the contract's order, and what becomes of it."""
    found = []
    for name, known in contract.fields.items():
        words = flow.fields.get(name, "")
        if words and name not in given:
            found.append(Fate(name, "source", words, "the protocol takes it, and this source does not give it"))
        elif words:
            found.append(_fate(contract, flow, known, words))
        elif name in given:
            found.append(Fate(name, "source", "", "the protocol does not name it, so it is never sent"))
    return found


def _fate(contract: Contract, flow: Flow, known: ContractField, words: str) -> Fate:
    try:
        treatment, _ = treatment_of(words)
    except ValueError:
        return Fate(known.name, "source", words, "its treatment is none that the hub knows: a batch would be refused")
    if treatment not in known.treatments:
        return Fate(
            known.name, "source", words, "its contract does not permit this treatment: a batch would be refused"
        )
    if treatment is Treatment.GEOCODE:
        return Fate(
            known.name, "hub", words, f"places the row, to {flow.place_floor} at the finest; then it is not kept"
        )
    if treatment is Treatment.DROP:
        return Fate(known.name, "hub", words, _use_of(contract, flow, known))
    if treatment is Treatment.REDACT and flow.notes == "drop":
        return Fate(known.name, "hub", words, "this flow keeps no notes")
    why = {
        Treatment.REDACT: f"kept within the hub with people, numbers and addresses taken out ({flow.notes}); never released",
        Treatment.PSEUDONYMISE: "kept within the hub as a keyed pseudonym; never released",
        Treatment.BAND: "kept as a band of years",
        Treatment.GENERALISE: "kept more coarsely",
    }
    return Fate(known.name, "pool", words, why.get(treatment, "kept as it is"))


def _use_of(contract: Contract, flow: Flow, known: ContractField) -> str:
    """What a field is good for that is sent and not kept; minimisation asks for a reason."""
    redacts = flow.notes != "drop" and any(words == Treatment.REDACT for words in flow.fields.values())
    if known.name in contract.key:
        return "tells a correction from a new row; then it is not kept"
    if known.subject in flow.link and known.role in LINKED:
        return "recognises the person across agencies by a keyed value; then it is not kept"
    if redacts and known.sensitivity is Sensitivity.DIRECT:
        return "helps to find the person in the notes; then it is not kept"
    if known.role in (Role.EVENT_FROM, Role.EVENT_TO, Role.EVENT_MONTH):
        return "tells when it happened; then it is not kept as a field"
    if known.required:
        return "every row must have it; then it is not kept"
    return "is not kept, and nothing needs it: the protocol could leave it out"


def standing_in_the_way(document: Document, flow: Flow, purpose: str, on: date) -> list[str]:
    """Why nothing would flow on this day although the document names the flow; empty where it would once it is signed."""
    heading, found = document.protocol, []
    purposes = flow.purposes or heading.purposes
    if purpose and purpose not in purposes:
        found.append(f"rows are sent for {purpose}, and the protocol covers {', '.join(purposes)}")
    if on < heading.effective:
        found.append(f"it begins on {heading.effective}")
    if heading.review <= on:
        found.append(f"its review was due on {heading.review}, so it has lapsed")
    if heading.ends is not None and heading.ends <= on:
        found.append(f"it ended on {heading.ends}")
    return found


def coarser_words(clause: CoarserPlace) -> str:
    """Which rows are placed more coarsely, and how: `ward: offence_group is sexual`."""
    return f"{clause.place_floor}: {clause.field} is {' or '.join(clause.values)}"


@dataclass
class Tally:
    """Rows counted under a flow: how many, in how many each field is filled, how many are placed more coarsely."""

    flow: Flow
    rows: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    coarser: Counter[str] = field(default_factory=Counter)
    """By place floor and what names the rows: `ward: offence_group is sexual`. A row may be named by several."""

    def add(self, frame: pl.DataFrame) -> None:
        """Count a frame of sound rows in canonical text."""
        self.rows += frame.height
        for name in frame.columns:
            if name != LINE:
                self.filled[name] += frame[name].count()
        for clause in self.flow.coarser_place:
            if clause.field in frame.columns:
                named = int(frame[clause.field].is_in(list(clause.values)).sum())
                self.coarser[coarser_words(clause)] += named
