"""The intruder's number is the number a slow search over the released rows finds; a seeded leak makes the gate fail."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hub.decision import Refuse
from hub.disclosure import Assignment, Hierarchy, Model, assign, make_hierarchy
from hub.disclosure.intruder import PROFILES, Profile, attack, gate

PATHS = {
    "age": [[str(a), f"{a // 5 * 5}+", "*"] for a in range(30)],
    "sex": [["F", "*"], ["M", "*"]],
    "place": [[f"L{n}", f"W{n // 4}", "*"] for n in range(16)],
}
KINDS = {"age": "age", "sex": "sex", "place": "place"}
EVERYTHING = Profile("knows all", ("age", "sex", "place"))
AND_VALUE = Profile("knows all and the value", ("age", "sex", "place"), sensitive=True)


def recoded(model: Model, rows: int = 900) -> tuple[Assignment, list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(8)
    hierarchies = [h for c, r in PATHS.items() if isinstance(h := make_hierarchy(c, r), Hierarchy)]
    codes = [rng.integers(0, len(h.leaves), rows).astype(np.int32) for h in hierarchies]
    values = rng.choice(6, rows, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.05]).astype(np.int32)
    done = assign(codes, hierarchies, model, values)
    assert isinstance(done, Assignment)
    return done, codes, values


def slow(
    done: Assignment, codes: list[np.ndarray], values: np.ndarray, known: list[str], value_too: bool
) -> tuple[float, float]:
    """Unique share and chance of a right pick, row by row over the labels."""
    labels = pl.DataFrame([done.labels(i, c) for i, c in enumerate(codes)]).rows()
    columns = list(PATHS)
    fits = []
    for target in range(len(values)):
        number = 0
        for row, value in zip(labels, values, strict=True):
            inside = all(row[columns.index(c)] in PATHS[c][int(codes[columns.index(c)][target])] for c in known)
            number += inside and (not value_too or value == values[target])
        fits.append(number)
    return float(np.mean([f == 1 for f in fits])), float(np.mean([1 / f for f in fits]))


@pytest.mark.parametrize("value_too", [False, True])
@pytest.mark.parametrize("known", [["age", "sex", "place"], ["age", "place"]])
def test_the_number_is_what_a_slow_search_finds(known: list[str], value_too: bool) -> None:
    done, codes, values = recoded(Model(4), rows=250)
    profile = Profile("p", tuple(known), sensitive=value_too)
    found = attack(done, codes, values, KINDS, [profile])[0]
    unique, expected = slow(done, codes, values, known, value_too)
    assert found.people == 250
    assert found.unique == pytest.approx(unique)
    assert found.right == pytest.approx(unique)
    assert found.expected == pytest.approx(expected)


def test_k_alone_is_not_enough_for_one_who_knows_the_value() -> None:
    done, codes, values = recoded(Model(4))
    blind, knowing = attack(done, codes, values, KINDS, [EVERYTHING, AND_VALUE])
    assert blind.right == 0
    assert knowing.right > 0.01
    refusal = gate([blind, knowing])
    assert isinstance(refusal, Refuse)
    assert "knows all and the value" in refusal.reason


def test_taking_the_value_as_known_passes_the_gate() -> None:
    done, codes, values = recoded(Model(4, known=2))
    assert gate(attack(done, codes, values, KINDS, PROFILES)) is None


def test_a_seeded_leak_of_one_row_in_its_own_coding_fails_the_gate() -> None:
    done, codes, values = recoded(Model(4, known=2))
    node = done.node.copy()
    node[5] = 0  # one row written as it is
    leaked = Assignment(done.hierarchies, done.nodes, node)
    found = attack(leaked, codes, values, KINDS, [Profile("hunts rare ones", ("age", "sex", "place"), sensitive=True)])
    exposed = attack(done, codes, values, KINDS, [AND_VALUE])
    assert found[0].expected > exposed[0].expected


def test_a_release_of_bare_rows_fails_the_gate() -> None:
    done, codes, values = recoded(Model(2))
    bare = Assignment(done.hierarchies, np.zeros((1, 3), np.int16), np.zeros(len(values), np.int32))
    found = attack(bare, codes, values, KINDS, [EVERYTHING])
    assert found[0].right > 0.2
    assert gate(found) is not None


def test_inference_is_told_beside_the_base_rate() -> None:
    done, codes, _ = recoded(Model(4))
    telling = (codes[2] % 4).astype(np.int32)  # the value follows from the place: whoever finds the ward nearly knows
    found = attack(done, codes, telling, KINDS, [EVERYTHING])[0]
    assert found.inferred is not None
    assert found.base is not None
    assert found.inferred > found.base + 0.1


def test_noise_makes_wrong_hits_and_they_do_not_count_as_right() -> None:
    done, codes, values = recoded(Model(2))
    sure = attack(done, codes, values, KINDS, [AND_VALUE])[0]
    unsure = attack(done, codes, values, KINDS, [Profile("hearsay", ("age", "sex", "place"), 0.5, sensitive=True)])[0]
    assert unsure.right < sure.right
    assert unsure.right <= unsure.unique


def test_an_empty_table_has_nobody_to_find() -> None:
    done, codes, values = recoded(Model(2))
    empty = Assignment(done.hierarchies, done.nodes, done.node[:0])
    assert attack(empty, [c[:0] for c in codes], values[:0], KINDS) == []
    assert gate([]) is None
