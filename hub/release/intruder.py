"""What does a motivated intruder find, who looks for somebody they know is in it? The gate is a number.

The Information Commissioner's test, tried: a sample of people is looked for by each profile, with the true values that
it knows. A released row fits where it says the same or withholds (`*`). `found`: exactly one row fits, and it is then
theirs, because a person's own row always fits. `chance`: the mean chance of picking the right row among those that fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from hub.release.guard import WITHHELD

SAMPLE, SEED = 1_500, 3
MOST_FOUND = 0.001
"""Share of people found above which a candidate is held."""
AREAS = ("lsoa", "ward", "district")


@dataclass(frozen=True, slots=True)
class Profile:
    """An intruder, and the columns whose true values they know."""

    name: str
    knows: tuple[str, ...]


def profiles(columns: Sequence[str], quasi: Sequence[str], others: Sequence[str]) -> list[Profile]:
    """The intruders that a release must stand up to, by what its columns let them know."""
    areas = tuple(c for c in AREAS if c in columns)
    when = tuple(c for c in ("occurred",) if c in columns)
    found = [
        Profile("neighbour: where and when", tuple(quasi)),
        Profile("colleague: when, and what happened", (*when, *others)),
        Profile("journalist: when, which area, and the gist", (*when, *areas, *others[:1])),
        Profile("ex-partner or partner agency: everything", (*quasi, *others)),
    ]
    return [Profile(p.name, tuple(dict.fromkeys(p.knows))) for p in found if p.knows]


def attack(
    truth: pl.DataFrame, released: pl.DataFrame, knows: Sequence[str], others: Sequence[str], sample: int = SAMPLE
) -> dict[str, float]:
    """`found` and `chance` for one intruder. `truth` and `released`: the same rows in the same order, before and after
    cells of `others` were withheld."""
    if not released.height:
        return {"found": 0.0, "chance": 0.0}
    draw = np.random.default_rng(SEED)
    looked = np.sort(draw.choice(truth.height, min(sample, truth.height), replace=False))
    exact, loose = [c for c in knows if c not in others], [c for c in knows if c in others]
    kinds = released.group_by(knows).len("_n")
    targets = truth[looked].select(*knows, pl.int_range(len(looked)).alias("_who"))
    if exact:
        met = targets.join(kinds, on=exact, how="left", nulls_equal=True, suffix="_said")
    else:
        met = targets.join(kinds.rename({c: f"{c}_said" for c in loose}), how="cross")
    for column in loose:
        said = pl.col(f"{column}_said")
        met = met.filter(said.eq_missing(pl.col(column)) | said.eq_missing(pl.lit(WITHHELD)))
    fits = met.group_by("_who").agg(pl.col("_n").sum())["_n"].to_numpy()
    return {"found": float((fits == 1).mean()), "chance": round(float((1 / fits).mean()), 6)}


def attacks(
    truth: pl.DataFrame, released: pl.DataFrame, quasi: Sequence[str], others: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Every profile's figures, by its name."""
    return {p.name: attack(truth, released, p.knows, others) for p in profiles(released.columns, quasi, others)}
