"""What does a motivated intruder find, who looks for somebody they know is in it? The gate is two numbers.

The Information Commissioner's test, tried: a sample of people is looked for by each of five profiles, by what it believes
of them: the true values of the columns that it knows, one of them a step off as often as the profile errs. A released
row fits where it says the same or withholds (`*`). By profile, as shares of the people looked for:

`found`: exactly one row fits, and it is theirs; `near`: so do two at most; `chance`: the mean chance of picking their row
among those that fit. Who knows no value beside where and when may learn one: `inferred`: the column that is guessed best
from the rows that fit, how often rightly; `base`: how often without the release, by the commonest value; `learnt`: the
rows that fit tell one same value, which most people do not have, so that it is known for sure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from hub.release import guard
from hub.release.guard import WITHHELD

SAMPLE, SEED = 1_500, 3
MOST_FOUND = 0.001
"""Share of people found, or of whom a value is learnt for sure, above which a candidate is held."""
GATED = ("found", "learnt")
AREAS = ("lsoa", "ward", "district")
PARTNER = "partner agency: where and when, its own rows set aside"


@dataclass(frozen=True, slots=True)
class Profile:
    """An intruder, the columns whose values they know, and how often one of them is a step off."""

    name: str
    knows: tuple[str, ...]
    noise: float = 0.0


def profiles(columns: Sequence[str], quasi: Sequence[str], others: Sequence[str]) -> list[Profile]:
    """The intruders that a release must stand up to, by what its columns let them know."""
    areas = tuple(c for c in AREAS if c in columns)
    when = tuple(c for c in ("occurred",) if c in columns)
    found = [
        Profile("neighbour: where and when", tuple(quasi), 0.05),
        Profile("colleague: when, and what happened", (*when, *others), 0.02),
        Profile("journalist: when, which area, and the gist", (*when, *areas, *others[:1]), 0.1),
        Profile("ex-partner: everything", (*quasi, *others)),
        Profile(PARTNER, tuple(quasi)),
    ]
    return [Profile(p.name, tuple(dict.fromkeys(p.knows)), p.noise) for p in found if p.knows]


def attack(
    truth: pl.DataFrame, released: pl.DataFrame, profile: Profile, others: Sequence[str], sample: int = SAMPLE
) -> dict[str, float]:
    """One intruder's figures. `truth` and `released`: the same rows in the same order, before and after cells of `others`
    were withheld."""
    if not released.height:
        return dict.fromkeys(("found", "near", "chance"), 0.0)
    draw = np.random.default_rng(SEED)
    looked = np.sort(draw.choice(truth.height, min(sample, truth.height), replace=False))
    own = tuple(c for c in others if c in released.columns)
    kinds = released.group_by(list(dict.fromkeys([*profile.knows, *own]))).len("_n")
    people = truth[looked]
    believed = _misremembered(people.select(profile.knows), kinds, profile.noise, draw)
    figures = _found(believed, released[looked], kinds, own)
    if own and not set(own) & set(profile.knows):
        figures |= _learnt(believed, people, kinds, own)
    return figures


def attacks(
    truth: pl.DataFrame,
    released: pl.DataFrame,
    quasi: Sequence[str],
    others: Sequence[str],
    sources: pl.Series | None = None,
) -> dict[str, dict[str, float]]:
    """Every profile's figures, by its name. `sources`: per row the agency it came from, where groups mix them: each
    then knows its own rows and sets them aside."""
    found = {}
    for profile in profiles(released.columns, quasi, others):
        if profile.name == PARTNER and sources is not None and released.height:
            apart = [(truth.filter(sources != own), released.filter(sources != own)) for own in sources.unique().sort()]
            found[profile.name] = _worst([attack(t, r, profile, others) for t, r in apart])
        else:
            found[profile.name] = attack(truth, released, profile, others)
    return found


def over_limit(risk: Mapping[str, Mapping[str, float]]) -> bool:
    """Does any intruder find, or learn of, more people than a release may show?"""
    return any(figures.get(name, 0.0) > MOST_FOUND for figures in risk.values() for name in GATED)


def _worst(found: Sequence[dict[str, float]]) -> dict[str, float]:
    return {n: max(one.get(n, 0.0) for one in found) for n in dict.fromkeys(n for one in found for n in one)}


def _misremembered(people: pl.DataFrame, kinds: pl.DataFrame, noise: float, draw: np.random.Generator) -> pl.DataFrame:
    """What is believed of people: of a share of them one value is that of its neighbour in the column's order."""
    wrong, which = draw.random(people.height) < noise, draw.integers(0, people.width, people.height)
    for number, column in enumerate(people.columns):
        at = np.flatnonzero(wrong & (which == number))
        values = [v for v in kinds[column].unique().drop_nulls().sort().to_list() if v != WITHHELD]
        if not len(at) or len(values) < 2:
            continue
        told = people[column].to_list()
        for row in at:
            place = bisect_left(values, told[row]) if told[row] is not None else 0
            told[row] = values[place + 1] if place + 1 < len(values) else values[place - 1]
        people = people.with_columns(pl.Series(column, told, dtype=people.schema[column]))
    return people


def _fitting(believed: pl.DataFrame, kinds: pl.DataFrame, own: Sequence[str], more: Sequence[str] = ()) -> pl.DataFrame:
    """`_who` of the people and `_n` rows that fit what is believed of them, by kind; with the columns `more`."""
    exact = [c for c in believed.columns if c not in own]
    loose = [c for c in believed.columns if c in own]
    some = kinds.group_by([*exact, *loose, *more]).agg(pl.col("_n").sum()).rename({c: f"{c}_said" for c in loose})
    who = believed.with_columns(_who=pl.int_range(pl.len()))
    met = who.join(some, on=exact, how="inner", nulls_equal=True) if exact else who.join(some, how="cross")
    for column in loose:
        said = pl.col(f"{column}_said")
        met = met.filter(said.eq_missing(pl.col(column)) | said.eq_missing(pl.lit(WITHHELD)))
    return met.select("_who", "_n", *more)


def _found(believed: pl.DataFrame, rows: pl.DataFrame, kinds: pl.DataFrame, own: Sequence[str]) -> dict[str, float]:
    fits = np.zeros(believed.height, dtype=np.int64)
    counted = _fitting(believed, kinds, own).group_by("_who").agg(pl.col("_n").sum())
    fits[counted["_who"].to_numpy()] = counted["_n"].to_numpy()
    both = pl.concat([believed, rows.select(pl.col(believed.columns).name.suffix("_said"))], how="horizontal")
    same = [
        pl.col(f"{c}_said").eq_missing(pl.col(c))
        | (pl.col(f"{c}_said").eq_missing(pl.lit(WITHHELD)) if c in own else pl.lit(value=False))
        for c in believed.columns
    ]
    theirs = both.select(pl.all_horizontal(same).alias("theirs"))["theirs"].to_numpy()
    return {
        "found": float(((fits == 1) & theirs).mean()),
        "near": float(((fits <= 2) & theirs).mean()),
        "chance": round(float((theirs / np.maximum(fits, 1)).mean()), 6),
    }


def _learnt(believed: pl.DataFrame, people: pl.DataFrame, kinds: pl.DataFrame, own: Sequence[str]) -> dict[str, float]:
    """What is learnt of people by who knows nothing but where and when."""
    sure = np.zeros(people.height, dtype=bool)
    best = (0.0, 0.0)
    for column in own:
        told = kinds.filter(pl.col(column).ne_missing(pl.lit(WITHHELD))).group_by(column).agg(pl.col("_n").sum())
        common = told.sort("_n", column, descending=True)[column].head(1)
        said = _fitting(believed, kinds, own, [column]).filter(pl.col(column).ne_missing(pl.lit(WITHHELD)))
        by_person = said.sort("_n", column, descending=True).group_by("_who", maintain_order=True)
        guess = by_person.agg(pl.col(column).first().alias("_guess"), pl.len().alias("_values"))
        guess = people.select(column).with_columns(_who=pl.int_range(pl.len())).join(guess, on="_who", how="left")
        rare = guard.minority(kinds, column).select(pl.col(column).alias("_guess"), _rare=pl.lit(value=True))
        guess = guess.join(rare, on="_guess", how="left", nulls_equal=True, maintain_order="left")
        right = pl.col("_values").is_not_null() & pl.col("_guess").eq_missing(pl.col(column))
        guess = guess.sort("_who").select(
            right.alias("right"),
            (right & (pl.col("_values") == 1) & pl.col("_rare").fill_null(value=False)).alias("sure"),
            base=pl.col(column).eq_missing(pl.lit(common)) if len(common) else pl.lit(value=False),
        )
        sure |= guess["sure"].to_numpy()
        rates = (float(guess["right"].mean() or 0.0), float(guess["base"].mean() or 0.0))  # type: ignore[arg-type]
        best = max(best, rates, key=lambda r: r[0] - r[1])
    return {"learnt": float(sure.mean()), "inferred": round(best[0], 6), "base": round(best[1], 6)}
