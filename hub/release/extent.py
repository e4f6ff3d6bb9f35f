"""What does a release cover, which fields of it may leave, and what may stand beside it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from hub.decision import Allow, Decision, Refuse
from protocols.contract import Contract, FieldType, Role, Sensitivity, Treatment
from protocols.schema import POOL_FIELDS, Access, Flow, treatment_of


@dataclass(frozen=True, slots=True)
class Extent:
    """What a release covers: for whom, which datasets, days and districts. Open ends are None."""

    recipient: str
    datasets: frozenset[str]
    districts: frozenset[str]
    first_day: date | None = None
    last_day: date | None = None

    def meets(self, other: Extent) -> bool:
        """Could the two hold a row in common?"""
        days = (
            None in (self.first_day, self.last_day, other.first_day, other.last_day)
            or (self.first_day <= other.last_day and other.first_day <= self.last_day)  # type: ignore[operator]
        )
        places = not self.districts or not other.districts or bool(self.districts & other.districts)
        return days and places and bool(self.datasets & other.datasets)


def check_overlap(candidate: Extent, live: Iterable[Extent]) -> Decision:
    """May it stand beside the live ones? Two audiences that hold overlapping releases could subtract them: held."""
    for other in live:
        if other.recipient != candidate.recipient and candidate.meets(other):
            return Refuse(
                "release.overlaps",
                f"it overlaps a live release to {other.recipient}; two copies could be compared to single people out",
            )
    return Allow("release.no-overlap")


def released_fields(
    access: Access, contracts: Mapping[str, Contract], flows: Mapping[tuple[str, str], Flow]
) -> list[str]:
    """The agreement's fields that may leave, in its order. Default deny: a field leaves only where its contract says it
    identifies nobody by itself and every contributing flow that carries it keeps, bands or generalises it."""
    return [f for f in access.fields if f in POOL_FIELDS or _may_leave(f, contracts, flows)]


LEAVING = frozenset({Treatment.KEEP, Treatment.BAND, Treatment.GENERALISE})


def _may_leave(name: str, contracts: Mapping[str, Contract], flows: Mapping[tuple[str, str], Flow]) -> bool:
    carried = [(contracts[d].fields[name], f.fields[name]) for (_, d), f in flows.items()
               if name in f.fields and name in contracts[d].fields]  # fmt: skip
    if not carried:
        return False
    for field, words in carried:
        treatment, _ = treatment_of(words)
        direct = field.sensitivity is Sensitivity.DIRECT and treatment is not Treatment.BAND
        if treatment not in LEAVING or direct or field.type is FieldType.NARRATIVE or field.role is Role.REFERENCE:
            return False
    return True
