"""When is a class large and mixed enough? k-anonymity, l-diversity, t-closeness, k-map, and the sensitive value known.

Sources: k-anonymity (Sweeney 2002), distinct and recursive (c, l)-diversity (Machanavajjhala 2006), t-closeness with
equal distances (Li 2007), k-map (Sweeney 2001). All on whole columns: rows are sorted by class key once, runs counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.decision import Refuse

FEW = 4096
"""Rows up to which sorting outright is quicker than sifting first."""
SIFT = np.int64(-7046029254386353131)
"""The golden ratio as a 64-bit odd multiplier: spreads keys over buckets."""


@dataclass(frozen=True, slots=True)
class Model:
    """What every class of a release must fulfil.

    `k` rows; `l` different sensitive values; with `c`, recursive diversity r1 < c (rl + … + rm); `t`, the largest
    distance (half the sum of differences) from the whole file's distribution; `known`, rows that each sensitive value
    present must have, for an intruder who knows that value too (1: not asked).
    """

    k: int = 5
    l: int = 1  # noqa: E741  (the literature's name)
    c: float | None = None
    t: float | None = None
    known: int = 1

    @property
    def asks_sensitive(self) -> bool:
        return self.l > 1 or self.c is not None or self.t is not None or self.known > 1

    def check(self) -> Refuse | None:
        """The first number that no release may be made with."""
        if self.k < 2:
            return Refuse("disclosure.k", "k must be 2 or more: a class of one is a person")
        if self.l < 1 or self.known < 1:
            return Refuse("disclosure.l", "l and known must be 1 or more")
        if self.c is not None and self.c <= 0:
            return Refuse("disclosure.c", "c must be more than 0")
        if self.t is not None and not 0 < self.t <= 1:
            return Refuse("disclosure.t", "t must be more than 0 and at most 1")
        return None


@dataclass(frozen=True, slots=True)
class Runs:
    """Rows sorted by class key: positions (int64) in that order, first position and size of each class, its key."""

    rows: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    keys: np.ndarray


def sort_runs(keys: np.ndarray, at_least: int = 1, bits: int = 62) -> Runs:
    """Classes of equal key; with `at_least`, rows whose class is surely smaller may be left out.

    `bits`: how many bits the keys use; keys and positions are sorted as one number where both fit into 63.
    """
    rows = None
    if at_least > 1 and len(keys) > FEW:  # a bucket holds whole classes: one that is too small holds none worth sorting
        width = len(keys).bit_length()
        bucket = (keys * SIFT >> np.int64(64 - width)) & np.int64((1 << width) - 1)
        rows = np.flatnonzero(np.bincount(bucket, minlength=1 << width)[bucket] >= at_least)
        keys = keys[rows]
    width = max(len(keys).bit_length(), 1)
    if bits + width > 63:
        distinct, keys = np.unique(keys, return_inverse=True)
    else:
        distinct = None
    joined = (keys.astype(np.int64) << width) | np.arange(len(keys), dtype=np.int64)
    joined.sort()
    order = joined & np.int64((1 << width) - 1)
    joined >>= width
    starts = np.flatnonzero(np.concatenate((np.ones(min(len(joined), 1), bool), joined[1:] != joined[:-1])))
    found = joined[starts] if distinct is None else distinct[joined[starts]]
    return Runs(order if rows is None else rows[order], starts, np.diff(starts, append=len(joined)), found)


def accepted(
    keys: np.ndarray, sensitive: np.ndarray | None, model: Model, shares: np.ndarray | None = None, bits: int = 62
) -> np.ndarray:
    """Positions of rows that form classes fulfilling the model, in order of class.

    `sensitive`: codes (int32 from 0), needed where the model asks for them; `shares`: share of each code in the whole
    file, for t. Where `known` is asked, rows of a class whose sensitive value is too rare in it are left out of it.
    """
    if len(keys) < model.k:
        return np.zeros(0, np.int64)
    runs = sort_runs(keys, model.k, bits)
    large = runs.sizes >= model.k
    rows = runs.rows[np.repeat(large, runs.sizes)]
    if not model.asks_sensitive or not len(rows):
        return rows
    assert sensitive is not None
    classes = np.repeat(np.arange(int(large.sum())), runs.sizes[large])
    return np.asarray(rows[_mixed(classes, sensitive[rows], model, shares)])


def _mixed(classes: np.ndarray, values: np.ndarray, model: Model, shares: np.ndarray | None) -> np.ndarray:
    """Which of these rows stay, given their class numbers (ascending from 0) and sensitive codes: a mask."""
    span = int(values.max()) + 1
    order, starts, counts = _value_runs(classes, values, span)
    of_class, value = classes[order[starts]], values[order[starts]]
    if model.known > 1:
        kept = counts >= model.known
        stays = np.repeat(kept, counts)
        order, of_class, value, counts = order[stays], of_class[kept], value[kept], counts[kept]
    number = int(classes[-1]) + 1
    totals = np.bincount(of_class, weights=counts, minlength=number)
    good = (totals >= model.k) & (np.bincount(of_class, minlength=number) >= model.l)
    if model.c is not None:
        good &= _recursive(of_class, counts, number, model.l, model.c)
    if model.t is not None:
        assert shares is not None
        good &= _distance(of_class, value, counts, totals, shares) <= model.t + 1e-12
    mask = np.zeros(len(classes), bool)
    mask[order[np.repeat(good[of_class], counts)]] = True
    return mask


def _value_runs(classes: np.ndarray, values: np.ndarray, span: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows ordered by class and value, with start and length of each run of one value in one class."""
    joint = classes * np.int64(span) + values
    runs = sort_runs(joint, 1, max(int(joint.max()), 1).bit_length())
    return runs.rows, runs.starts, runs.sizes


def _recursive(of_class: np.ndarray, counts: np.ndarray, number: int, l: int, c: float) -> np.ndarray:  # noqa: E741
    order = np.lexsort((-counts, of_class))
    sorted_class, sorted_counts = of_class[order], counts[order]
    first = np.flatnonzero(np.concatenate((np.ones(min(len(order), 1), bool), sorted_class[1:] != sorted_class[:-1])))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order)))
    tail = np.bincount(sorted_class, weights=np.where(rank >= max(l, 1) - 1, sorted_counts, 0), minlength=number)
    most = np.zeros(number)
    most[sorted_class[first]] = sorted_counts[first]
    return np.asarray(most < c * tail)


def _distance(
    of_class: np.ndarray, value: np.ndarray, counts: np.ndarray, totals: np.ndarray, shares: np.ndarray
) -> np.ndarray:
    """Half the sum of |p - q| per class; values that a class lacks count with their whole share q."""
    inside = counts / totals[of_class]
    met = np.bincount(of_class, weights=np.abs(inside - shares[value]) - shares[value], minlength=len(totals))
    return np.asarray((met + shares.sum()) / 2)
