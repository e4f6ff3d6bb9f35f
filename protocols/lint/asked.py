"""What a rule of the linter looks at, and how it says what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from protocols.contract import Contract, Sensitivity
from protocols.law import Law
from protocols.library import Clause
from protocols.schema import Document, Fault, Flow, Heading, Party, Regime, Severity
from protocols.wording import Path


@dataclass(frozen=True)
class Asked:
    """A well-formed document, the dataset contracts, the law, the standing clauses, and the other documents known."""

    document: Document
    contracts: Mapping[str, Contract]
    law: Law
    clauses: Mapping[str, Clause]
    known: Mapping[str, Document] = field(default_factory=dict)

    @property
    def heading(self) -> Heading:
        """`[protocol]`."""
        return self.document.protocol

    @cached_property
    def parties(self) -> dict[str, Party]:
        """Parties by agency; of one named twice, the last."""
        return {p.agency: p for p in self.document.party}

    @property
    def flows(self) -> list[tuple[Path, Flow]]:
        """Flows, each with its place."""
        return [(("flow", n), flow) for n, flow in enumerate(self.document.flow)]

    def direct(self, flow: Flow) -> list[str]:
        """The flow's fields that identify a person by themselves. What is dropped at the hub has left its agency."""
        contract = self.contracts.get(flow.dataset)
        return [] if contract is None else [
            f for f in flow.fields if f in contract.fields and contract.fields[f].sensitivity is Sensitivity.DIRECT
        ]  # fmt: skip

    def agency_type(self, agency: str) -> str:
        """The type of a party, "" for who is none."""
        return self.parties[agency].agency_type if agency in self.parties else ""


Rule = Callable[[Asked], Iterator[Fault]]
HEALTH = ("health", "social-care")
PERSONAL = (Regime.GENERAL, Regime.LAW_ENFORCEMENT)


def error(path: Path, what: str, source: str) -> Fault:
    """A fault that stops a document."""
    return Fault("", what, source, path=path)


def warning(path: Path, what: str, source: str) -> Fault:
    """A fault that a person should weigh."""
    return Fault("", what, source, Severity.WARNING, path=path)


def listed(words: list[str], most: int = 5) -> str:
    """`a, b and c`, the first few only."""
    shown = words[:most] + ([f"{len(words) - most} more"] if len(words) > most else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
