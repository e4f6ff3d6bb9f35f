"""Which codings are there, and what does each cost? The lattice of levels, and class keys as one whole number per row.

A node says for each quasi-identifier at which level it is written. Nodes are walked from least to most mean loss.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from hub.disclosure.hierarchy import Hierarchy

WHOLE_LATTICE = 20_000
"""Nodes up to which every one is walked; a larger lattice is walked along chains from bottom to top."""
CHAIN_NODES = 4_000
JOINT = 1 << 16
KEY_BITS = 62


def _draw(key: bytes, text: str) -> float:
    """A number in [0, 1) that only the holder of the key can foretell."""
    return int.from_bytes(blake2b(text.encode(), key=key[:64], digest_size=7).digest(), "big") / 2**56


def mean_losses(
    codes: Sequence[np.ndarray], hierarchies: Sequence[Hierarchy], weights: Sequence[float]
) -> list[np.ndarray]:
    """Per quasi-identifier the weighted mean loss of these rows at each level (float64, one per level)."""
    found = []
    for column, hierarchy, weight in zip(codes, hierarchies, weights, strict=True):
        share = np.bincount(column, minlength=len(hierarchy.leaves)) / max(len(column), 1)
        found.append(weight * np.array([share @ level.loss for level in hierarchy.levels]))
    return found


def order_nodes(losses: Sequence[np.ndarray], key: bytes) -> np.ndarray:
    """Nodes (int16, one row each) by mean loss; nodes of equal loss in an order that `key` decides."""
    heights = [len(level) for level in losses]
    if math.prod(heights) <= WHOLE_LATTICE:
        nodes = np.stack(np.meshgrid(*[np.arange(h) for h in heights], indexing="ij"), -1).reshape(-1, len(heights))
    else:
        nodes = _chains(losses, key)
    total = sum(loss[nodes[:, i]] for i, loss in enumerate(losses))
    ties = np.random.default_rng(list(key) or 0).permutation(len(nodes))
    return np.asarray(nodes[np.lexsort((ties, np.round(total, 12)))].astype(np.int16))


def _chains(losses: Sequence[np.ndarray], key: bytes) -> np.ndarray:
    """Nodes on chains from all leaves to all tops, each raising next what costs least after a keyed re-weighting."""
    found: set[tuple[int, ...]] = set()
    steps = sum(len(level) - 1 for level in losses)
    for chain in range(max(8, CHAIN_NODES // max(steps, 1))):
        scale = [math.exp(3 * _draw(key, f"{chain}/{i}") - 1.5) if chain else 1.0 for i in range(len(losses))]
        node = [0] * len(losses)
        found.add(tuple(node))
        waiting = [(level[1] * s, i) for i, (level, s) in enumerate(zip(losses, scale, strict=True)) if len(level) > 1]
        heapq.heapify(waiting)
        while waiting:
            _, i = heapq.heappop(waiting)
            node[i] += 1
            found.add(tuple(node))
            if node[i] + 1 < len(losses[i]):
                heapq.heappush(waiting, ((losses[i][node[i] + 1] - losses[i][node[i]]) * scale[i], i))
    return np.array(sorted(found))


class Keys:
    """Class keys of rows at any node. Columns are joined into groups of up to 65,536 combinations of leaves.

    A key is one number per row, equal for two rows exactly if they are written alike at the node. Where the leaves
    make more combinations than 62 bits hold, keys are ranked anew after each column.
    """

    def __init__(self, hierarchies: Sequence[Hierarchy]) -> None:
        self._levels = [[level.codes.astype(np.int64) for level in h.levels] for h in hierarchies]
        sizes = [len(h.leaves) for h in hierarchies]
        self._sizes = sizes
        self._groups: list[list[int]] = []
        joint = JOINT + 1
        for i, size in enumerate(sizes):
            if joint * size > JOINT:
                self._groups.append([])
                joint = 1
            self._groups[-1].append(i)
            joint *= size
        self.bits = sum(max(math.prod(sizes[i] for i in g) - 1, 1).bit_length() for g in self._groups)
        self._tables: dict[tuple[int, ...], np.ndarray] = {}

    def pack(self, codes: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The rows' leaf codes as one joint code per group: what `at` works on."""
        packed = []
        for group in self._groups:
            joint = np.zeros(len(codes[0]), np.int32)
            for i in group:
                joint = joint * np.int32(self._sizes[i]) + codes[i].astype(np.int32)
            packed.append(joint.astype(np.uint16) if math.prod(self._sizes[i] for i in group) <= JOINT else joint)
        return packed

    def _table(self, number: int, node: np.ndarray) -> np.ndarray:
        group = self._groups[number]
        name = (number, *(int(node[i]) for i in group))
        if name not in self._tables:
            table = np.zeros(1, np.int64)
            for i in group:
                table = (table[:, None] * self._sizes[i] + self._levels[i][node[i]][None, :]).ravel()
            if self.bits <= KEY_BITS:
                below = self._groups[number + 1 :]
                table = table << sum(max(math.prod(self._sizes[i] for i in g) - 1, 1).bit_length() for g in below)
            self._tables[name] = table
        return self._tables[name]

    def at(self, node: np.ndarray, packed: Sequence[np.ndarray]) -> np.ndarray:
        """Keys (int64) of the packed rows at the node. Comparable within one call only where `bits` exceeds 62."""
        key = self._table(0, node)[packed[0]]
        for number in range(1, len(packed)):
            part = self._table(number, node)[packed[number]]
            if self.bits <= KEY_BITS:
                key += part
                continue
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
            key = key * (int(part.max(initial=0)) + 1) + part
        return np.asarray(key)
