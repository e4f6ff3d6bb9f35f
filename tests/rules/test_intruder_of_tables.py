"""The intruders of `hub anonymise`: a leak to each profile makes the gate refuse, and suppressing it ends that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from hub.disclosure import Assignment
from hub.disclosure.hierarchy import flat_hierarchy
from hub.disclosure.intruder import KINDS, PROFILES, attack, gate

VALUES = {"age": 30, "sex": 2, "ethnicity": 3, "place": 2, "time": 4}
OFFENCES = 6
CROWD = [(a, s, e, p, t, o) for a in (1, 2, 3) for s in (0, 1) for e in (0, 1) for p in (0, 1) for t in (0, 1) for o in (0, 1)
         for _ in range(3)]  # fmt: skip
ALONE = [(20 + n, 0, 0, 0, 0, 0) for n in range(6)]
"""Nobody else is of their age."""
KNOWN = [(a, s, 0, 0, 0, 5) for a in (1, 2, 3) for s in (0, 1)]
"""As others are in everything, but for what they did."""
KNOWS_IT = {p.name for p in PROFILES if p.sensitive}


def found(rows: Sequence[tuple[int, ...]], suppressed: int = 0) -> dict[str, float]:
    """By profile, who is found uniquely and rightly; the last rows may be suppressed."""
    hierarchies = tuple(flat_hierarchy(k, [str(v) for v in range(VALUES[k])]) for k in KINDS)
    node = np.zeros(len(rows), np.int32)
    node[len(rows) - suppressed :] = -1
    assignment = Assignment(hierarchies, np.zeros((1, len(KINDS)), np.int16), node)
    columns = np.array(rows, dtype=np.int32).T
    attacks = attack(assignment, list(columns[:5]), columns[5], dict(zip(KINDS, KINDS, strict=True)))
    assert len(attacks) == len(PROFILES) == 6
    refused = gate(attacks)
    assert (refused is None) == all(a.right <= 0.001 for a in attacks)
    return {a.profile: a.right for a in attacks}


def test_in_a_crowd_nobody_is_found() -> None:
    assert set(found(CROWD).values()) == {0.0}


@pytest.mark.parametrize(
    ("leak", "finders"),
    [(ALONE, {p.name for p in PROFILES}), (KNOWN, KNOWS_IT)],
)
def test_a_leak_is_found_by_each_who_knows_enough_and_by_nobody_else(
    leak: list[tuple[int, int, int, int, int, int]], finders: set[str]
) -> None:
    """Several leaks, because some profiles err in one of ten."""
    told = found([*CROWD, *leak])
    assert {name for name, share in told.items() if share > 0.001} == finders
    assert set(found([*CROWD, *leak], suppressed=len(leak)).values()) == {0.0}


def test_the_refusal_names_the_worst_profile_and_its_share() -> None:
    hierarchies = (flat_hierarchy("age", [str(v) for v in range(10)]),)
    alone = Assignment(hierarchies, np.zeros((1, 1), np.int16), np.zeros(10, np.int32))
    attacks = attack(alone, [np.arange(10, dtype=np.int32)], None, {"age": "age"})
    refused = gate(attacks)
    assert refused is not None
    assert refused.rule == "disclosure.intruder"
    assert "100.00% of people uniquely and rightly" in refused.reason
    assert all(not a.profile.endswith("knows the sensitive value") for a in attacks)
