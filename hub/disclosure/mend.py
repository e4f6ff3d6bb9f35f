"""Must these few rows be suppressed? Rows that no class took borrow companions from classes that can spare them.

Greedy recoding ends with a handful of rows that are too few or too alike for a class of their own. A companion is
written more coarsely than it was, its old class stays large and mixed enough, and nobody is suppressed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hub.disclosure.criteria import Model, accepted, sort_runs
from hub.disclosure.lattice import Keys

MOST_LEFT = 400
POOL = 8_000
MOST_COMPANIONS = 4
"""Companions a group may have, in multiples of k."""
TRIES = 2_000
"""Looks at a class in all, so that mending stays a small part of recoding."""


class _Pool:
    """Written rows that may be lent, coarsest first, with the class each belongs to now."""

    def __init__(self, written: np.ndarray, nodes: np.ndarray, keys: Keys, packed: Sequence[np.ndarray], key: bytes):
        self.rows = np.zeros(0, np.int64)
        self.classes = np.zeros(0, np.int64)
        used = np.flatnonzero(np.bincount(written[written >= 0], minlength=len(nodes)))[::-1]
        for number in used:
            if len(self.rows) >= POOL:
                break
            rows = np.flatnonzero(written == number)
            runs = sort_runs(keys.at(nodes[number], [p[rows] for p in packed]), 1, keys.bits)
            self.rows = np.concatenate((self.rows, rows[runs.rows]))
            above = int(self.classes.max(initial=-1)) + 1
            self.classes = np.concatenate((self.classes, above + np.repeat(np.arange(len(runs.sizes)), runs.sizes)))
        shuffled = np.random.default_rng(list(key) or 0).permutation(len(self.rows))
        self.rows, self.classes = self.rows[shuffled], self.classes[shuffled]
        self.sizes = np.bincount(self.classes, minlength=1)

    def without(self, place: int) -> np.ndarray:
        """The rows of the class of the row at `place`, that row left out."""
        mates = self.rows[self.classes == self.classes[place]]
        return np.asarray(mates[mates != self.rows[place]])

    def lend(self, place: int) -> None:
        self.sizes[self.classes[place]] -= 1
        self.classes[place] = -1


def mend(
    written: np.ndarray,
    nodes: np.ndarray,
    keys: Keys,
    packed: Sequence[np.ndarray],
    sensitive: np.ndarray | None,
    model: Model,
    shares: np.ndarray | None,
    barred: np.ndarray,
    key: bytes,
) -> None:
    """Give rows of -1 in `written` a node where companions make their class whole; changes `written` in place.

    `barred`: per node whether it is of no use (everything `*`: that would suppress the companions too).
    """
    left = np.flatnonzero(written < 0)
    if len(left) > MOST_LEFT or len(left) == len(written):
        return
    pool = _Pool(written, nodes, keys, packed, key)
    tries = TRIES

    def whole(rows: np.ndarray) -> bool:
        nonlocal tries
        tries -= 1
        values = None if sensitive is None else sensitive[rows]
        return len(accepted(np.zeros(len(rows), np.int64), values, model, shares, 1)) == len(rows)

    for number, node in enumerate(nodes):
        if not len(left) or tries < 0:
            return
        if barred[number]:
            continue
        both = keys.at(node, [np.concatenate((p[left], p[pool.rows])) for p in packed])
        own, lent = both[: len(left)], both[len(left) :]
        for found in np.unique(own):
            group = left[own == found]
            free = np.flatnonzero((lent == found) & (pool.classes >= 0))
            free = free[pool.sizes[pool.classes[free]] > model.k]
            if len(group) + len(free) < model.k:
                continue
            chosen = _companions(group, free, pool, model, sensitive, whole)
            if chosen is None:
                continue
            for place in chosen:
                pool.lend(place)
            written[np.concatenate((group, pool.rows[chosen]))] = number
        left = np.flatnonzero(written < 0)


def _companions(
    group: np.ndarray, free: np.ndarray, pool: _Pool, model: Model, sensitive: np.ndarray | None, whole: object
) -> list[int] | None:
    """Places in the pool of companions that make the group whole; None where the free ones cannot."""
    assert callable(whole)
    chosen: list[int] = []
    taken: dict[int, int] = {}
    met = set() if sensitive is None else set(sensitive[group].tolist())
    if sensitive is not None:  # new values first, for diversity
        new = ~np.isin(sensitive[pool.rows[free]], list(met))
        free = np.concatenate((free[new], free[~new]))
    for place in free[: MOST_COMPANIONS * 10 * model.k].tolist():
        home = int(pool.classes[place])
        if pool.sizes[home] - taken.get(home, 0) <= model.k or (home in taken and sensitive is not None):
            continue
        if sensitive is not None and not whole(pool.without(place)):
            continue
        chosen.append(place)
        taken[home] = taken.get(home, 0) + 1
        rows = np.concatenate((group, pool.rows[chosen]))
        if len(rows) >= model.k and whole(rows):
            return chosen
        if len(chosen) >= MOST_COMPANIONS * model.k:
            return None
    return None
