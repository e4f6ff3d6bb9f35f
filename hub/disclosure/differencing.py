"""Can a release be subtracted from those before it? Every region that grows or shrinks by 1 … k-1 tells of a person.

Two releases of k = 5 that are a thousand people apart single out most of them by subtraction (composition attack,
Ganta 2008; correspondence attack, Fung 2008). A *region* is what a class of either release stands for. Two releases
are compared on every region: rows of the one that lie inside it against rows of the other. So equal classes are
compared with one another, parts with totals, and areas with the areas they nest in or overlap with, where the labels'
leaves say so. Late rows are growth, withdrawals shrinkage, a corrected row is both.

What offends is held back: grown by too few, the new rows wait; shrunk by too few, more of the region's rows wait until
k are missing or none is left. Holding is repeated until nothing offends any live release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import polars as pl

from hub.disclosure.hierarchy import STAR

PART = 200_000
ROUNDS = 50
"""Each round holds back at least one row more; what is not settled by then is refused by the caller."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the release ledger keeps of a release: which classes it showed, and under a key which rows stood in them.

    `classes`: `class` (UInt32), one text column per quasi-identifier, `count` (UInt32). `rows`: `record` (UInt64, a
    keyed digest of the record's reference and of every other value it was released with), `class`. Without the key a
    digest says nothing; with it only somebody who has the record can ask whether it was in the release.
    """

    release: str
    classes: pl.DataFrame
    rows: pl.DataFrame

    @property
    def quasi_identifiers(self) -> list[str]:
        return [c for c in self.classes.columns if c not in ("class", "count")]


@dataclass(frozen=True, slots=True)
class Finding:
    """A live release from which the candidate can be subtracted: regions and people concerned. Counts only."""

    release: str
    grown: int
    added: int
    shrunk: int
    removed: int


@dataclass(frozen=True, slots=True)
class Checked:
    """The check's result. `held`: positions of candidate rows that must wait (UInt32, ascending).

    `findings`: what would have been exposed without holding, per live release. `settled`: nothing offends any more.
    """

    held: pl.Series
    findings: tuple[Finding, ...]
    settled: bool


def take_footprint(
    release: str, frame: pl.DataFrame, quasi_identifiers: Sequence[str], records: pl.Series, key: bytes
) -> Footprint:
    """The footprint of released rows. `records`: each row's source reference, in the frame's order, never released.

    `key`: the series' secret (up to 64 bytes), the same for all releases that are to be compared. Rows with `*` in
    every quasi-identifier are no class and stay out; their `class` is null.
    """
    names = list(quasi_identifiers)
    kinds = frame.group_by(names).agg(_rows=pl.len())  # labels are read of the different ones only
    labels = kinds.select(*(pl.col(q).cast(pl.Utf8).fill_null("") for q in names), "_rows")
    classes = labels.filter(~_starred(names)).group_by(names).agg(count=pl.col("_rows").sum()).sort(names)
    classes = classes.with_row_index("class").select("class", *names, pl.col("count").cast(pl.UInt32))
    numbers = labels.join(classes.drop("count"), on=names, how="left", maintain_order="left")["class"]
    numbered = frame.select(names).join(
        kinds.select(names).with_columns(numbers), on=names, how="left", nulls_equal=True, maintain_order="left"
    )["class"]
    return Footprint(release, classes, pl.DataFrame({"record": digests(frame, names, records, key), "class": numbered}))


def without(footprint: Footprint, stays: pl.Series) -> Footprint:
    """The footprint of a release of which only some rows stay (a mask in the order of its rows)."""
    rows = footprint.rows.filter(stays)
    left = rows.drop_nulls("class").group_by("class").agg(_left=pl.len().cast(pl.UInt32))
    classes = footprint.classes.join(left, on="class", maintain_order="left")
    counted = classes.with_columns(count=pl.col("_left")).drop("_left")
    return Footprint(footprint.release, counted, rows)


def digests(frame: pl.DataFrame, quasi_identifiers: Sequence[str], records: pl.Series, key: bytes) -> pl.Series:
    """Keyed digests (UInt64) of each row's reference and of all its values but the quasi-identifiers."""
    others = [c for c in frame.columns if c not in quasi_identifiers]
    told = pl.concat_str([pl.col("_record"), *others], separator="\x1f", ignore_nulls=True)
    whole = frame.select(pl.lit(records).alias("_record"), *others)
    found = [
        blake2b(t.encode(), key=key, digest_size=8).digest()
        for part in whole.iter_slices(PART)  # texts of all rows at once would fill the memory
        for t in part.select(pl.all().cast(pl.Utf8)).select(told).to_series().to_list()
    ]
    return pl.Series("record", np.frombuffer(b"".join(found), dtype="<u8"), dtype=pl.UInt64)


def _starred(names: Sequence[str]) -> pl.Expr:
    return pl.all_horizontal([pl.col(q).eq(STAR) for q in names])


def check_against(
    candidate: Footprint,
    live: Sequence[Footprint],
    k: int,
    leaves: Mapping[str, Mapping[str, frozenset[str]]] | None = None,
) -> Checked:
    """Compare a candidate with every live release to the same or possibly colluding recipients; say what must wait.

    `leaves`: per quasi-identifier what each label stands for (its set of leaves), from `leaves_of`; without it only
    equal labels are compared, and `*` with everything. Releases are compared on the quasi-identifiers they share; a
    column that only one has is summed over.
    """
    everyone = candidate.rows.with_row_index("row").filter(pl.col("class").is_not_null())
    regions = [_Regions(candidate, everyone, other, leaves or {}) for other in live]
    waiting = pl.Series(dtype=pl.UInt32)
    found: list[Finding] = []
    for other, region in zip(live, regions, strict=True):
        added, removed = region.differences(waiting)
        grown, shrunk = _few(added, k), _few(removed, k)
        if grown.height or shrunk.height:
            found.append(Finding(other.release, grown.height, _people(added, grown), shrunk.height, _people(removed, shrunk)))  # fmt: skip
    settled = not found
    for _ in range(ROUNDS if found else 0):
        more = _small(everyone, waiting, k).union(*(region.offending(waiting, k) for region in regions))
        if not more:
            settled = True
            break
        waiting = pl.Series(sorted({*waiting, *more}), dtype=pl.UInt32)
    return Checked(waiting, tuple(found), settled)


def _few(differences: pl.DataFrame, k: int) -> pl.DataFrame:
    """Regions with 1 … k-1 rows in a table of `region`, `record`."""
    return differences.group_by("region").agg(n=pl.len()).filter(pl.col("n") < k)


def _people(differences: pl.DataFrame, few: pl.DataFrame) -> int:
    return differences.join(few, on="region", how="semi")["record"].n_unique()


def _small(everyone: pl.DataFrame, waiting: pl.Series, k: int) -> set[int]:
    """Rows of classes that holding back has made smaller than k."""
    touched = everyone.filter(pl.col("row").is_in(waiting.implode()))["class"].unique()
    rest = everyone.filter(pl.col("class").is_in(touched.implode()) & ~pl.col("row").is_in(waiting.implode()))
    return set(rest.filter(pl.len().over("class") < k)["row"].to_list())


class _Regions:
    """The regions of two releases, and which classes of either lie inside each.

    Only rows that do not stand in equal classes of both releases can make a difference: `mine` and `theirs` hold
    those, `twins` the others, of which one counts again once the candidate holds it back.
    """

    def __init__(
        self,
        candidate: Footprint,
        everyone: pl.DataFrame,
        other: Footprint,
        leaves: Mapping[str, Mapping[str, frozenset[str]]],
    ) -> None:
        self.names = [q for q in candidate.quasi_identifiers if q in other.quasi_identifiers]
        mine, theirs = (f.classes.select("class", *self.names) for f in (candidate, other))
        self.regions = pl.concat([mine, theirs]).select(self.names).unique(maintain_order=True).with_row_index("region")
        self.inside, self.inside_theirs = self._inside(mine, leaves), self._inside(theirs, leaves)
        self.everyone = everyone
        same = mine.join(theirs, on=self.names).select("class", theirs="class_right") if self._alike(other) else None
        placed = other.rows.filter(pl.col("class").is_not_null()).rename({"class": "theirs"})
        met = everyone.join(placed, on="record", maintain_order="left")
        self.twins = met.join(same, on=["class", "theirs"], how="semi") if same is not None else met.clear()
        self.mine = everyone.filter(~pl.col("row").is_in(self.twins["row"].implode()))
        self.theirs = placed.join(self.twins, on="record", how="anti")

    def _alike(self, other: Footprint) -> bool:
        """Whether the other has no column of its own: equal labels are then equal classes, one with one."""
        return bool(self.names) and len(self.names) == len(other.quasi_identifiers)

    def _inside(self, classes: pl.DataFrame, leaves: Mapping[str, Mapping[str, frozenset[str]]]) -> pl.DataFrame:
        """`class`, `region` for every class that lies inside a region (itself among them)."""
        if not self.names:  # nothing in common: all rows of either are one region
            return classes.select("class").with_columns(region=pl.lit(0, pl.UInt32))
        found = classes
        for n, name in enumerate(self.names):
            wide = self.regions.select(self.names[: n + 1]).unique()
            above = _containment(found[name].unique().to_list(), wide[name].unique().to_list(), leaves.get(name, {}))
            found = found.join(above.rename({"label": name}), on=name).drop(name).rename({"above": f"in:{name}"})
            prefix = [f"in:{q}" for q in self.names[: n + 1]]
            found = found.join(wide, left_on=prefix, right_on=self.names[: n + 1], how="semi")
        return found.join(self.regions, left_on=[f"in:{q}" for q in self.names], right_on=self.names).select("class", "region")  # fmt: skip

    def differences(self, waiting: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows inside a region in one release only: added (`region`, `record`, `row`), removed (`region`, `record`)."""
        held = pl.col("row").is_in(waiting.implode())
        mine = self.mine.filter(~held).join(self.inside, on="class").select("region", "record", "row")
        gone = pl.concat([self.theirs.select("record", "theirs"), self.twins.filter(held).select("record", "theirs")])
        theirs = gone.join(self.inside_theirs, left_on="theirs", right_on="class").select("region", "record")
        both = ["region", "record"]
        return mine.join(theirs, on=both, how="anti"), theirs.join(mine, on=both, how="anti")

    def offending(self, waiting: pl.Series, k: int) -> set[int]:
        """Candidate rows that must wait so that no region differs by 1 … k-1 rows."""
        added, removed = self.differences(waiting)
        held = set(added.join(_few(added, k), on="region", how="semi")["row"].to_list())
        shrunk = _few(removed, k).with_columns(short=k - pl.col("n").cast(pl.Int64))
        if shrunk.height:
            left = self.everyone.filter(~pl.col("row").is_in(waiting.implode()))
            inside = left.join(self.inside.join(shrunk, on="region"), on="class")
            order = inside.with_columns(rank=pl.col("record").rank("ordinal").over("region"), n=pl.len().over("region"))
            enough = pl.col("n") - pl.col("short") >= k
            held |= set(order.filter((pl.col("rank") <= pl.col("short")) | ~enough)["row"].to_list())
        return held


def _containment(inner: Sequence[str], outer: Sequence[str], leaves: Mapping[str, frozenset[str]]) -> pl.DataFrame:
    """`label`, `above`: which outer labels hold everything that an inner label stands for."""
    pairs = [(x, x) for x in set(inner) & set(outer)]
    if STAR in outer:
        pairs += [(x, STAR) for x in inner if x != STAR]
    holders: dict[str, list[str]] = {}
    for label in outer:
        for leaf in leaves.get(label, ()):
            holders.setdefault(leaf, []).append(label)
    for label in inner:
        mine = leaves.get(label)
        if mine:
            some = next(iter(mine))
            pairs += [(label, o) for o in holders.get(some, ()) if o not in (label, STAR) and mine <= leaves[o]]
    return pl.DataFrame(pairs, schema={"label": pl.Utf8, "above": pl.Utf8}, orient="row")
