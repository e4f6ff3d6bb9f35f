"""How are rows made coarser so that nobody stands out? Greedy local and full-domain recoding. Pure, on columns.

Local recoding (the default) walks the lattice from least to most loss and fixes every row whose class is large and
mixed enough at that node; the rest goes on. Full-domain recoding writes every row at one node, the one of least loss.
Suppression comes last: rows left over first borrow companions from classes that can spare them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from hub.decision import Refuse
from hub.disclosure.criteria import Model, accepted, sort_runs
from hub.disclosure.hierarchy import STAR, Hierarchy, flat_hierarchy
from hub.disclosure.lattice import Keys, mean_losses, order_nodes
from hub.disclosure.mend import absorb, borrow

MOST_COLUMNS = 60
Mode = Literal["local", "global"]


@dataclass(frozen=True, slots=True)
class Population:
    """For k-map: people by combination of leaves, one array of leaf codes per quasi-identifier, and their counts."""

    codes: tuple[np.ndarray, ...]
    counts: np.ndarray


@dataclass(frozen=True, slots=True)
class Assignment:
    """At which node each row is written: `node` (int32, -1 suppressed) into `nodes` (a level per quasi-identifier)."""

    hierarchies: tuple[Hierarchy, ...]
    nodes: np.ndarray
    node: np.ndarray

    @property
    def starred(self) -> np.ndarray:
        """Per node whether it writes `*` in every quasi-identifier, which is suppression by another name."""
        return _starred(self.hierarchies, self.nodes)

    @property
    def suppressed(self) -> int:
        """Rows written as `*` in every quasi-identifier."""
        written = self.node[self.node >= 0]
        return len(self.node) - len(written) + int(self.starred[written].sum())

    def _places(self, i: int, codes: np.ndarray, node: np.ndarray) -> np.ndarray:
        """Per row the place of its label among levels times leaves; the place after the last for a suppressed row."""
        hierarchy = self.hierarchies[i]
        place = self.nodes[:, i].astype(np.int32)[node] * np.int32(len(hierarchy.leaves)) + codes
        place[node < 0] = hierarchy.height * len(hierarchy.leaves)
        return np.asarray(place)

    def labels(self, i: int, codes: np.ndarray, node: np.ndarray | None = None) -> pl.Series:
        """The released text of quasi-identifier `i`; rows may be given part by part, with their part of `node`."""
        hierarchy = self.hierarchies[i]
        names = {label: n for n, label in enumerate(dict.fromkeys(x for v in hierarchy.levels for x in v.labels))}
        star = names.setdefault(STAR, len(names))
        lookup = [np.array([names[x] for x in level.labels], np.uint32)[level.codes] for level in hierarchy.levels]
        table = np.concatenate([*lookup, np.array([star], np.uint32)])
        places = self._places(i, codes, self.node if node is None else node)
        return pl.Series(hierarchy.column, list(names), pl.Utf8).gather(pl.Series(table[places]))

    def stars(self, i: int) -> np.ndarray:
        """Per row whether it writes `*` for quasi-identifier `i` where its own value is more."""
        tops = np.array([level.labels == (STAR,) for level in self.hierarchies[i].levels])
        return np.asarray((self.node < 0) | tops[self.nodes[:, i]][self.node])

    def losses(self, i: int, codes: np.ndarray) -> np.ndarray:
        """Per row the loss (0…1) of quasi-identifier `i`; 1 where suppressed."""
        table = np.concatenate([*(level.loss for level in self.hierarchies[i].levels), np.ones(1)])
        return np.asarray(table[self._places(i, codes, self.node)])


def _starred(hierarchies: Sequence[Hierarchy], nodes: np.ndarray) -> np.ndarray:
    tops = [np.array([level.labels == (STAR,) for level in h.levels]) for h in hierarchies]
    return np.asarray(np.all([top[nodes[:, i]] for i, top in enumerate(tops)], axis=0))


@dataclass(frozen=True, slots=True)
class Recoded:
    """A recoded table: the same rows in the same order, quasi-identifiers as labels, `*` in all of a suppressed row.

    `loss`: mean normalised certainty penalty over rows and quasi-identifiers, 1 for a suppressed row.
    """

    frame: pl.DataFrame
    assignment: Assignment
    loss: float

    @property
    def suppressed(self) -> int:
        return self.assignment.suppressed


def recode(
    frame: pl.DataFrame,
    hierarchies: Sequence[Hierarchy],
    model: Model,
    sensitive: str | None = None,
    weights: Mapping[str, float] | None = None,
    mode: Mode = "local",
    max_suppressed: float = 1.0,
    key: bytes = b"",
) -> Recoded | Refuse:
    """Recode a table's quasi-identifiers (text columns, one hierarchy each) so that every class fulfils the model.

    Other columns stay as they are. `weights`: by column, how much its detail matters to the recipient's questions
    (1 where not named). `key`: decides choices of equal loss, per recipient and series. Refused, naming the rule:
    values that are no leaf, fewer rows than k, more suppressed than `max_suppressed` (a share). Deterministic for
    the same rows, model and key.
    """
    codes = [h.encode(frame[h.column]) for h in hierarchies]
    for hierarchy, column in zip(hierarchies, codes, strict=True):
        if len(column) and column.min() < 0:
            return missing_leaves(hierarchy.column, np.flatnonzero(column < 0) + 1)
    mixed = None
    if sensitive is not None:
        mixed = frame[sensitive].cast(pl.Utf8).fill_null("").rank("dense").cast(pl.Int32).to_numpy() - 1
    given = [float((weights or {}).get(h.column, 1.0)) for h in hierarchies]
    done = assign(codes, hierarchies, model, mixed, given, mode, max_suppressed, key)
    if isinstance(done, Refuse):
        return done
    released = frame.with_columns([done.labels(i, c) for i, c in enumerate(codes)])
    loss = float(np.mean([done.losses(i, c).mean() for i, c in enumerate(codes)]))
    return Recoded(released, done, loss)


def missing_leaves(column: str, rows: np.ndarray) -> Refuse:
    """The refusal for values that a hierarchy does not know; rows counted from 1, values never named."""
    some = ", ".join(str(int(r)) for r in rows[:5]) + (", …" if len(rows) > 5 else "")
    return Refuse("disclosure.missing-leaf", f"{len(rows)} rows hold a value of {column} that its hierarchy has no leaf for (data rows {some}); an empty cell needs an empty leaf")  # fmt: skip


def hierarchies_for(frame: pl.DataFrame, columns: Sequence[str], known: Mapping[str, Hierarchy]) -> list[Hierarchy]:
    """One hierarchy per column: the known one, or value → `*`."""
    return [
        known.get(c) or flat_hierarchy(c, frame[c].cast(pl.Utf8).fill_null("").unique().sort().to_list())
        for c in columns
    ]


def assign(
    codes: Sequence[np.ndarray],
    hierarchies: Sequence[Hierarchy],
    model: Model,
    sensitive: np.ndarray | None = None,
    weights: Sequence[float] | None = None,
    mode: Mode = "local",
    max_suppressed: float = 1.0,
    key: bytes = b"",
    population: Population | None = None,
) -> Assignment | Refuse:
    """The node of every row. `codes`: leaf codes (int32) per quasi-identifier; `sensitive`: codes from 0, or None.

    With `population` (k-map) a class needs k people in the population, not k rows. See `recode` for the rest.
    """
    refusal = _check(codes, model, sensitive, max_suppressed, population)
    if refusal is not None:
        return refusal
    losses = mean_losses(codes, hierarchies, weights or [1.0] * len(codes))
    nodes = order_nodes(losses, key)
    walk = _Walk(codes, hierarchies, model, sensitive, population)
    costs = np.mean(
        [loss[nodes[:, i]] for i, loss in enumerate(mean_losses(codes, hierarchies, [1.0] * len(codes)))], axis=0
    )
    node = (
        walk.local(nodes, costs, key)
        if mode == "local"
        else walk.full(nodes, costs, codes, hierarchies, max_suppressed)
    )
    if node is None:
        return Refuse("disclosure.max-suppressed", f"no one coding of all rows gives the asked protection and suppresses at most {max_suppressed:.1%}")  # fmt: skip
    done = Assignment(tuple(hierarchies), nodes, node)
    if done.suppressed > max_suppressed * len(node):
        return Refuse("disclosure.max-suppressed", f"the asked protection would suppress {done.suppressed} of {len(node)} rows, more than the {max_suppressed:.1%} allowed")  # fmt: skip
    return done


def _check(
    codes: Sequence[np.ndarray],
    model: Model,
    sensitive: np.ndarray | None,
    max_suppressed: float,
    population: Population | None,
) -> Refuse | None:
    wrong = model.check()
    if wrong is not None:
        return wrong
    if not codes or len(codes) > MOST_COLUMNS:
        return Refuse("disclosure.columns", f"there are {len(codes)} quasi-identifiers; name 1 to {MOST_COLUMNS}: those an intruder could know")  # fmt: skip
    if not 0 <= max_suppressed <= 1:
        return Refuse("disclosure.max-suppressed", "the share that may be suppressed is a number from 0 to 1")
    if model.asks_sensitive and sensitive is None:
        return Refuse("disclosure.sensitive", "l-diversity, t-closeness and a known value need a sensitive column")
    if population is not None and model.asks_sensitive:
        return Refuse("disclosure.k-map", "k-map counts people, who have no sensitive value: ask for k alone")
    if population is None and len(codes[0]) < model.k:
        return Refuse("disclosure.too-few", f"there are {len(codes[0])} rows, fewer than k = {model.k}: nothing can be released")  # fmt: skip
    return None


class _Walk:
    """Rows on their way through the lattice."""

    def __init__(
        self,
        codes: Sequence[np.ndarray],
        hierarchies: Sequence[Hierarchy],
        model: Model,
        sensitive: np.ndarray | None,
        population: Population | None,
    ) -> None:
        self.hierarchies = hierarchies
        self.keys = Keys(hierarchies)
        self.packed = self.keys.pack(codes)
        self.size = len(codes[0])
        self.model = model
        self.sensitive = sensitive if model.asks_sensitive else None
        self.shares = None if self.sensitive is None else np.bincount(self.sensitive) / max(self.size, 1)
        self.population = population
        self.people = [] if population is None else self.keys.pack(population.codes)

    def _found(self, node: np.ndarray, packed: Sequence[np.ndarray], sensitive: np.ndarray | None) -> np.ndarray:
        """Positions of the rows that may be written at this node."""
        if self.population is not None:
            return self._covered(node, packed)
        return accepted(self.keys.at(node, packed), sensitive, self.model, self.shares, self.keys.bits)

    def _covered(self, node: np.ndarray, packed: Sequence[np.ndarray]) -> np.ndarray:
        """Positions of rows whose written values fit k people or more."""
        assert self.population is not None
        both = self.keys.at(node, [np.concatenate(pair) for pair in zip(packed, self.people, strict=True)])
        own = len(packed[0])
        runs = sort_runs(both, 1, self.keys.bits)
        people = np.concatenate((np.zeros(own, np.int64), self.population.counts.astype(np.int64)))[runs.rows]
        fits = np.add.reduceat(people, runs.starts) >= self.model.k
        rows = runs.rows[np.repeat(fits, runs.sizes)]
        return rows[rows < own]

    def local(self, nodes: np.ndarray, losses: np.ndarray, key: bytes) -> np.ndarray:
        """Node number per row by greedy local recoding; -1 for what is left. `losses`: mean loss of each node."""
        written = np.full(self.size, -1, np.int32)
        self._walk(written, np.arange(self.size, dtype=np.int32), nodes, 0)
        if self.population is not None or written.min(initial=0) >= 0:
            return written
        barred = _starred(self.hierarchies, nodes)
        if self.sensitive is None:
            borrow(written, nodes, self.keys, self.packed, self.model.k, barred, key)
        else:
            absorb(written, nodes, losses, self.keys, self.packed, self.sensitive, self.model, self.shares, barred)
        return written

    def _walk(self, written: np.ndarray, rest: np.ndarray, nodes: np.ndarray, first: int) -> None:
        """Write the rows `rest` at nodes from number `first` on, each at the first where its class is good enough."""
        packed = self.packed if len(rest) == self.size else [p[rest] for p in self.packed]
        sensitive = None if self.sensitive is None else self.sensitive[rest]
        for number in range(first, len(nodes)):
            if len(rest) < (self.model.k if self.population is None else 1):
                break
            found = self._found(nodes[number], packed, sensitive)
            if not len(found):
                continue
            written[rest[found]] = number
            stays = np.ones(len(rest), bool)
            stays[found] = False
            rest, packed = rest[stays], [p[stays] for p in packed]
            sensitive = None if sensitive is None else sensitive[stays]

    def full(
        self,
        nodes: np.ndarray,
        bounds: np.ndarray,
        codes: Sequence[np.ndarray],
        hierarchies: Sequence[Hierarchy],
        max_suppressed: float,
    ) -> np.ndarray | None:
        """All rows at the node of least total loss that suppresses no more than allowed; None where there is none.

        `bounds`: mean loss of each node, less than which no suppression can make it.
        """
        best, written = np.inf, None
        for number, node in enumerate(nodes):
            if bounds[number] >= best:
                continue
            found = self._found(node, self.packed, self.sensitive)
            held = self.size - len(found)
            if held > max_suppressed * self.size:
                continue
            kept = [h.levels[node[i]].loss[codes[i][found]].sum() for i, h in enumerate(hierarchies)]
            total = (sum(kept) / len(codes) + held) / self.size
            if total < best:
                best, written = total, np.full(self.size, -1, np.int32)
                written[found] = number
        return written
