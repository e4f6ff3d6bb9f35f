"""Must these few rows be suppressed? Rows that no class took are helped by classes that can afford it.

Greedy recoding ends with rows that are too few, or too alike, for a class of their own. Where only k counts, a class
larger than k lends companions, who are written more coarsely than they were (`borrow`). Where a sensitive value counts
too, a class as a whole is written more coarsely and takes the rows in (`absorb`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub.disclosure.criteria import Model, accepted, sort_runs
from hub.disclosure.lattice import Keys

MOST_LEFT = 200
"""Rows left over up to which companions are looked for one group at a time."""
POOL = 8_000
"""Rows that may be lent, from the coarsest classes: those lose least."""
HOSTS = 50
"""Classes that may take rows in, per row left over (2,000 to 20,000 in all), the coarsest first."""


@dataclass(slots=True)
class _Classes:
    """Rows of written classes, coarsest nodes first: `rows` by class, where each class starts, its size and node."""

    rows: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    nodes: np.ndarray


def _classes(
    written: np.ndarray, nodes: np.ndarray, keys: Keys, packed: Sequence[np.ndarray], rows: int, classes: int
) -> _Classes:
    """Whole classes from the coarsest node used downwards, until there are so many rows or classes."""
    parts: list[np.ndarray] = []
    sizes: list[np.ndarray] = []
    of: list[np.ndarray] = []
    for number in np.unique(written[written >= 0])[::-1]:
        if sum(map(len, parts)) >= rows or sum(map(len, sizes)) >= classes:
            break
        there = np.flatnonzero(written == number)
        runs = sort_runs(keys.at(nodes[number], [p[there] for p in packed]), 1, keys.bits)
        parts.append(there[runs.rows])
        sizes.append(runs.sizes)
        of.append(np.full(len(runs.sizes), number))
    size = np.concatenate([np.zeros(0, np.int64), *sizes])
    return _Classes(np.concatenate([np.zeros(0, np.int64), *parts]), np.cumsum(size) - size, size,
                    np.concatenate([np.zeros(0, np.int64), *of]).astype(np.int64))  # fmt: skip


def borrow(
    written: np.ndarray,
    nodes: np.ndarray,
    keys: Keys,
    packed: Sequence[np.ndarray],
    k: int,
    barred: np.ndarray,
    key: bytes,
) -> None:
    """Give the few rows of -1 in `written` a node where lent rows make them a class; changes it in place.

    `barred`: per node whether it is of no use (everything `*`: that would suppress the companions too).
    """
    left = np.flatnonzero(written < 0)
    if not len(left) or len(left) > MOST_LEFT:
        return
    found = _classes(written, nodes, keys, packed, POOL, len(written))
    shuffled = np.random.default_rng(list(key) or 0).permutation(len(found.rows))
    rows, home = found.rows[shuffled], np.repeat(np.arange(len(found.sizes)), found.sizes)[shuffled]
    order = np.lexsort((shuffled, home))
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows)) - np.repeat(found.starts, found.sizes)
    spare = rank < (found.sizes - k)[home]  # the first of each class, as many as it can spare
    rows = rows[spare]
    taken = np.zeros(len(rows), bool)
    for number in np.flatnonzero(~barred):
        both = keys.at(nodes[number], [np.concatenate((p[left], p[rows])) for p in packed])
        for met in np.intersect1d(both[: len(left)], both[len(left) :]):
            group, lent = left[both[: len(left)] == met], np.flatnonzero(both[len(left) :] == met)
            lent = lent[~taken[lent]]
            if len(group) + len(lent) >= k:
                lent = lent[: k - len(group)]
                written[group] = written[rows[lent]] = number
                taken[lent] = True
        left = np.flatnonzero(written < 0)
        if not len(left):
            return


def absorb(
    written: np.ndarray,
    nodes: np.ndarray,
    losses: np.ndarray,
    keys: Keys,
    packed: Sequence[np.ndarray],
    sensitive: np.ndarray,
    model: Model,
    shares: np.ndarray | None,
    barred: np.ndarray,
) -> None:
    """Give rows of -1 in `written` a place in a class that stays good when they join it; changes it in place.

    A class is written at the coarser node that covers the newcomers too, where that loses no more than suppressing
    them would (`losses`: mean loss of each node). A class takes newcomers in once.
    """
    left = np.flatnonzero(written < 0)
    if not len(left):
        return
    hosts = _classes(written, nodes, keys, packed, len(written), min(max(HOSTS * len(left), 2_000), 20_000))
    free = np.ones(len(hosts.sizes), bool)
    doors, door_of = _doors(hosts, sensitive, each_value=model.known > 1)
    for number in np.flatnonzero(~barred):
        dearer = hosts.sizes * (losses[number] - losses[hosts.nodes])
        finer = (nodes[hosts.nodes] <= nodes[number]).all(axis=1)
        for guests in (3, 1):
            able = np.flatnonzero((free & finer & (dearer <= guests))[door_of])
            if not len(left) or not len(able):
                break
            people = np.concatenate((left, doors[able]))
            both = keys.at(nodes[number], [p[people] for p in packed])
            if model.known > 1:
                both = np.unique(both, return_inverse=True)[1] * (int(sensitive.max()) + 1) + sensitive[people]
            guest, host = _seats(both[: len(left)], both[len(left) :], dearer[door_of[able]], guests)
            joined = _join(left[guest], door_of[able[host]], hosts, sensitive, model, shares)
            for rows, of in joined:
                written[rows] = number
                free[of] = False
            left = left[written[left] < 0]


def _doors(hosts: _Classes, sensitive: np.ndarray, *, each_value: bool) -> tuple[np.ndarray, np.ndarray]:
    """A row of each class to be found by, and its class; with `each_value`, a row for every sensitive value in it."""
    if not each_value:
        return hosts.rows[hosts.starts], np.arange(len(hosts.sizes))
    of = np.repeat(np.arange(len(hosts.sizes)), hosts.sizes)
    _, met = np.unique(of * (int(sensitive.max()) + 1) + sensitive[hosts.rows], return_index=True)
    return hosts.rows[met], of[met]


def _seats(guests: np.ndarray, hosts: np.ndarray, dearer: np.ndarray, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Which guest goes to which host of the same key, `each` to a host, the hosts that lose least first."""
    by_cost = np.lexsort((dearer, hosts))
    host_keys = hosts[by_cost]
    order = np.argsort(guests, kind="stable")
    wanted = guests[order]
    place = (np.arange(len(wanted)) - np.searchsorted(wanted, wanted)) // each
    seat = np.searchsorted(host_keys, wanted) + place
    seated = seat < np.searchsorted(host_keys, wanted, "right")
    return order[seated], by_cost[seat[seated]]


def _join(
    guests: np.ndarray,
    host_of: np.ndarray,
    hosts: _Classes,
    sensitive: np.ndarray,
    model: Model,
    shares: np.ndarray | None,
) -> list[tuple[np.ndarray, int]]:
    """The rows of each host with its guests, where all of them together fulfil the model, and the host's number."""
    used, guest_class = np.unique(host_of, return_inverse=True)
    sizes = hosts.sizes[used]
    mates = np.repeat(hosts.starts[used] - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))
    rows = np.concatenate((hosts.rows[mates], guests))
    classes = np.concatenate((np.repeat(np.arange(len(used)), sizes), guest_class)).astype(np.int64)
    good = accepted(classes, sensitive[rows], model, shares, max(len(used), 1).bit_length())
    whole = np.bincount(classes[good], minlength=len(used)) == np.bincount(classes, minlength=len(used))
    order = np.argsort(classes, kind="stable")
    parts = np.split(rows[order], np.cumsum(np.bincount(classes, minlength=len(used)))[:-1]) if len(used) else []
    return [(part, int(of)) for part, of, fits in zip(parts, used, whole, strict=True) if fits]
