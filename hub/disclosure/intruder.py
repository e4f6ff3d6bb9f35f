"""Could somebody who knows a little find a person, or learn what they did? The motivated intruder as a number.

The Information Commissioner's test asks for a person with motive and ordinary means. Here each such person is a
profile: which columns they know of somebody who is in the release, how surely, and whether they know the sensitive
value too. A sample of people is attacked by every profile; what counts is how often exactly one released row fits and
it is the right one, the chance of a right pick, and how much better than the base rate the sensitive value is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hub.decision import Refuse
from hub.disclosure.hierarchy import Hierarchy, flat_hierarchy
from hub.disclosure.lattice import Keys
from hub.disclosure.microdata import Assignment

SAMPLE = 1_500
GUESSES = 64
"""Sensitive values, most frequent first, that an intruder weighs against each other."""
KINDS = ("age", "sex", "ethnicity", "place", "time")


@dataclass(frozen=True, slots=True)
class Profile:
    """An intruder: the kinds of column known, how often one of them is wrong by a step, the sensitive value known?

    A column of a kind that is not listed in `KINDS` is taken to be known to everybody.
    """

    name: str
    knows: tuple[str, ...]
    noise: float = 0.0
    sensitive: bool = False


PROFILES = (
    Profile("neighbour", ("age", "sex", "ethnicity", "place", "time"), noise=0.05),
    Profile("colleague", ("age", "sex", "ethnicity", "time"), noise=0.02, sensitive=True),
    Profile("ex-partner", ("age", "sex", "ethnicity", "place", "time"), sensitive=True),
    Profile("journalist", ("age", "sex", "place", "time"), noise=0.1, sensitive=True),
    Profile("partner agency with its own rows", KINDS),
    Profile("partner agency that knows the sensitive value", KINDS, sensitive=True),
)


@dataclass(frozen=True, slots=True)
class Attack:
    """What a profile achieves, as shares of the people attacked.

    `unique`: exactly one row fits; `right`: it is theirs; `expected`: mean chance of picking their row; `inferred`:
    sensitive value guessed rightly; `base`: guessed rightly without the release. `median`: rows that fit.
    """

    profile: str
    people: int
    unique: float
    right: float
    expected: float
    median: float
    inferred: float | None
    base: float | None


def attack(
    assignment: Assignment,
    codes: Sequence[np.ndarray],
    sensitive: np.ndarray | None,
    kinds: Mapping[str, str],
    profiles: Sequence[Profile] = PROFILES,
    seed: int = 3,
    sample: int = SAMPLE,
) -> list[Attack]:
    """Attack a sample of the rows (all where fewer). `kinds`: column to kind; `codes` as given to `assign`.

    A profile that knows the sensitive value is passed over where there is none. Suppressed rows fit nobody.
    """
    size = len(codes[0])
    if not size:
        return []
    rng = np.random.default_rng(seed)
    people = np.sort(rng.choice(size, min(sample, size), replace=False))
    done = []
    for profile in profiles:
        if profile.sensitive and sensitive is None:
            continue
        known = [i for i, h in enumerate(assignment.hierarchies)
                 if kinds.get(h.column, "") in profile.knows or kinds.get(h.column, "") not in KINDS]  # fmt: skip
        if known:
            done.append(_attack(assignment, codes, sensitive, profile, known, people, rng))
    return done


def _attack(
    assignment: Assignment,
    codes: Sequence[np.ndarray],
    sensitive: np.ndarray | None,
    profile: Profile,
    known: Sequence[int],
    people: np.ndarray,
    rng: np.random.Generator,
) -> Attack:
    seen = _Seen(assignment, codes, known, sensitive)
    believed = [
        _misremember(codes[i][people], len(assignment.hierarchies[i].leaves), profile.noise, rng) for i in known
    ]
    inferred = base = None
    if profile.sensitive:
        fits, own = seen.fitting_value(believed, people)
    else:
        fits, own = seen.fitting_any(believed, people)
        if sensitive is not None:
            by_value = seen.fitting(believed, people)
            guess = seen.values[np.argmax(by_value, axis=1)]
            inferred = float(np.mean((guess == sensitive[people]) & (by_value.max(axis=1) > 0)))
            base = float(np.mean(sensitive[people] == seen.values[0]))
    unique = fits == 1
    expected = float(np.mean(np.where(own & (fits > 0), 1 / np.maximum(fits, 1), 0)))
    return Attack(profile.name, len(people), float(unique.mean()), float((unique & own).mean()), expected,
                  float(np.median(fits)), inferred, base)  # fmt: skip


def _misremember(true: np.ndarray, leaves: int, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Leaf codes with a share of them a step off: leaves of ages and months lie beside one another."""
    wrong = rng.random(len(true)) < noise
    step = np.where(rng.random(len(true)) < 0.5, -1, 1)
    return np.asarray(np.clip(np.where(wrong, true.astype(np.int64) + step, true), 0, leaves - 1))


class _Seen:
    """The released rows as an intruder sees them: per node the rows' keys over the columns known, sorted."""

    def __init__(
        self, assignment: Assignment, codes: Sequence[np.ndarray], known: Sequence[int], sensitive: np.ndarray | None
    ) -> None:
        hierarchies: list[Hierarchy] = [assignment.hierarchies[i] for i in known]
        columns = [codes[i] for i in known]
        self.values = np.zeros(1, np.int64)
        self.sensitive = sensitive
        if sensitive is not None:
            shares = np.bincount(sensitive)
            self.values = np.argsort(-shares, kind="stable")[:GUESSES]
            hierarchies.append(flat_hierarchy("", [str(v) for v in range(len(shares))]))
            columns.append(sensitive)
        self.keys = Keys(hierarchies)
        if self.keys.bits > 62:
            raise ValueError("these columns have too many combinations to be attacked at once")
        self.node = assignment.node
        self.nodes = assignment.nodes[:, list(known)]
        order = np.argsort(assignment.node, kind="stable")
        bounds = np.searchsorted(assignment.node[order], np.arange(len(assignment.nodes) + 1))
        self.written = [(n, order[a:b]) for n, (a, b) in enumerate(pairwise(bounds)) if b > a]
        self.columns = columns

    def _levels(self, number: int, value_level: int) -> np.ndarray:
        levels = list(self.nodes[number])
        return np.array([*levels, value_level] if self.sensitive is not None else levels)

    def _count(self, believed: Sequence[np.ndarray], values: Sequence[np.ndarray], level: int) -> list[np.ndarray]:
        """Rows that fit, per person, once per array of sensitive values believed (`level` 1: any value fits)."""
        totals = [np.zeros(len(believed[0]), np.int64) for _ in values]
        asked = [self.keys.pack([*believed, v] if self.sensitive is not None else list(believed)) for v in values]
        for number, rows in self.written:
            node = self._levels(number, level)
            keys = np.sort(self.keys.at(node, self.keys.pack([c[rows] for c in self.columns])))
            for total, ask in zip(totals, asked, strict=True):
                wanted = self.keys.at(node, ask)
                total += np.searchsorted(keys, wanted, "right") - np.searchsorted(keys, wanted, "left")
        return totals

    def _own(self, believed: Sequence[np.ndarray], people: np.ndarray) -> np.ndarray:
        """Whether the person's own row is among those that fit what is believed."""
        fits = np.zeros(len(people), bool)
        for number in np.unique(self.node[people]):
            if number < 0:
                continue
            some = self.node[people] == number
            node = self._levels(int(number), 1)
            extra = [np.zeros(int(some.sum()), np.int64)] if self.sensitive is not None else []
            mine = self.keys.at(node, self.keys.pack([*(b[some] for b in believed), *extra]))
            true = self.keys.at(node, self.keys.pack([c[people[some]] for c in self.columns]))
            fits[some] = mine == true
        return fits

    def fitting_any(self, believed: Sequence[np.ndarray], people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows that fit whatever their sensitive value, and whether the person's own is among them."""
        none = np.zeros(len(people), np.int64)
        return self._count(believed, [none], 1)[0], self._own(believed, people)

    def fitting_value(self, believed: Sequence[np.ndarray], people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows that fit and have the person's own sensitive value."""
        assert self.sensitive is not None
        return self._count(believed, [self.sensitive[people].astype(np.int64)], 0)[0], self._own(believed, people)

    def fitting(self, believed: Sequence[np.ndarray], people: np.ndarray) -> np.ndarray:
        """Rows that fit by sensitive value: one row per person, one column per value of `values`."""
        values = [np.full(len(people), v, np.int64) for v in self.values]
        return np.stack(self._count(believed, values, 0), axis=1)


def gate(attacks: Sequence[Attack], limit: float = 0.001) -> Refuse | None:
    """The refusal where any profile finds more than `limit` of people uniquely and rightly."""
    worst = max(attacks, key=lambda a: a.right, default=None)
    if worst is None or worst.right <= limit:
        return None
    return Refuse("disclosure.intruder", f"the profile {worst.profile} finds {worst.right:.2%} of people uniquely and rightly; {limit:.2%} is allowed")  # fmt: skip
