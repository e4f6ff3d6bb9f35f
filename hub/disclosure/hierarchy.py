"""How may a value be made coarser? Hierarchies: per leaf the labels it may be written as, finest first.

The CSV form is ARX's (`leaf;level 1;…;*`, no header). A vintage says which edition of a classification or of
boundaries the labels follow: two releases of different vintages cannot be compared class by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from hub.decision import Refuse

STAR = "*"


@dataclass(frozen=True, slots=True)
class Level:
    """One level: per leaf the code of its label (int32), the labels by code, per leaf the loss of that label (0…1)."""

    codes: np.ndarray
    labels: tuple[str, ...]
    loss: np.ndarray


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A column's leaves and levels; level 0 is the leaves themselves.

    Loss is the normalised certainty penalty (NCP): (leaves under the label - 1) / (leaves - 1).
    """

    column: str
    leaves: tuple[str, ...]
    levels: tuple[Level, ...]
    vintage: str = "unstated"
    enum: pl.Enum = field(repr=False, default_factory=lambda: pl.Enum([]))

    @property
    def height(self) -> int:
        return len(self.levels)

    def encode(self, values: pl.Series) -> np.ndarray:
        """Leaf codes (int32) of text values, -1 where the value is no leaf; null reads as the empty text."""
        text = values.cast(pl.Utf8).fill_null("")
        return text.cast(self.enum, strict=False).to_physical().cast(pl.Int32).fill_null(-1).to_numpy()


def _level(labels: Sequence[str]) -> Level:
    number: dict[str, int] = {}
    codes = np.array([number.setdefault(label, len(number)) for label in labels], dtype=np.int32)
    loss = (np.bincount(codes) - 1) / max(len(labels) - 1, 1)
    return Level(codes, tuple(number), loss[codes])


def make_hierarchy(column: str, rows: Sequence[Sequence[str]], vintage: str = "unstated") -> Hierarchy | Refuse:
    """A hierarchy of rows (leaf, level 1, …); blank rows are passed over, a row repeated word for word counts once.

    Refused: no rows, rows of different lengths, a leaf with two different paths. Levels that change nothing are kept
    out. Faults name the line, never the value.
    """
    kept: dict[str, tuple[str, ...]] = {}
    width = 0
    for number, row in enumerate(rows, 1):
        if not row or not any(row):
            continue
        width = width or len(row)
        if len(row) != width:
            return Refuse("hierarchy.ragged", f"the hierarchy of {column} has {len(row)} levels in line {number} and {width} before it")  # fmt: skip
        if kept.setdefault(row[0], tuple(row)) != tuple(row):
            return Refuse("hierarchy.two-paths", f"the hierarchy of {column} gives the leaf of line {number} two different paths")  # fmt: skip
    if not kept:
        return Refuse("hierarchy.empty", f"the hierarchy of {column} holds no leaf")
    leaves = tuple(kept)
    levels = [_level(leaves)]
    levels[0] = Level(np.arange(len(leaves), dtype=np.int32), leaves, np.zeros(len(leaves)))
    before: tuple[str, ...] = leaves
    for labels in list(zip(*kept.values(), strict=True))[1:]:
        if labels != before:
            levels.append(_level(labels))
        before = labels
    return Hierarchy(column, leaves, tuple(levels), vintage, pl.Enum(leaves))


def flat_hierarchy(column: str, values: Sequence[str]) -> Hierarchy:
    """The hierarchy of a column that has none: a value, or `*`."""
    made = make_hierarchy(column, [(v, STAR) for v in values] or [("", STAR)])
    assert isinstance(made, Hierarchy)
    return made


def leaves_of(hierarchies: Sequence[Hierarchy]) -> dict[str, dict[str, frozenset[str]]]:
    """By column, what each label stands for: the set of leaves under it, over all hierarchies of that column.

    Two hierarchies of one column over the same leaves (wards and police beats over the same cells) tell which labels
    of the one lie inside labels of the other.
    """
    found: dict[str, dict[str, set[str]]] = {}
    for hierarchy in hierarchies:
        labels = found.setdefault(hierarchy.column, {})
        for level in hierarchy.levels:
            for leaf, code in zip(hierarchy.leaves, level.codes.tolist(), strict=True):
                labels.setdefault(level.labels[code], set()).add(leaf)
    return {c: {label: frozenset(members) for label, members in labels.items()} for c, labels in found.items()}
