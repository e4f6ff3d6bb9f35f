"""Which thing bears this name, here? Streets, places and towns by name, misspelt or not, told apart by what stands near.

A name is looked up as written, then with one letter wrong (symmetric delete), then by its telling words; what is found
is measured with the same yardstick (rapidfuzz). Names that occur in several places are told apart by the other parts of
the same text (a town, a second street, a postcode): a tie that stays is said to be one, never the first hit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from hub.geocode.address import text_keys
from hub.geocode.gazetteer import NAMED, Gazetteer
from hub.geocode.names import deletes, name_of, tokens

ALIKE = 0.86
"""How alike a misspelt name must be (share of equal letters in order)."""
WORDS_ALIKE = 0.80
MOST_DELETES, MOST_TOKENS = 60, 400
MOST_OF_A_NAME = 60
"""A name that occurs more often than this tells nothing by itself."""
NEAR_M = 300.0
SAME_M = 1000.0
"""Tied answers no further apart than this are answered by their middle, wide enough for all."""
JOIN_M = 400.0
"""Stretches of one name no further apart than this, beyond their own reach, are one street."""
FAR_M = 20_000.0
"""A street of that name further away than this says nothing of a postcode: a gazetteer may hold another county."""
FOUND: dict[str, Any] = NAMED | {"text": pl.Utf8, "score": pl.Float64}


def resolve(texts: pl.Series, gazetteer: Gazetteer, spelt_well: pl.Series | None = None) -> pl.DataFrame:
    """Named things each text may mean (`NAMED` with `asked`, the place in `texts`; `score`, 1 as written).

    Texts marked `spelt_well` are only looked up as written."""
    unique = texts.unique(maintain_order=True).drop_nulls()
    names = name_of(unique)
    exact = gazetteer.names(text_keys(names)).with_columns(score=pl.lit(1.0))
    numbers = pl.int_range(len(unique), dtype=pl.Int64, eager=True)
    missing = pl.DataFrame({"n": numbers, "name": names}).join(exact.select(n="asked"), on="n", how="anti").drop_nulls()
    if spelt_well is not None:
        doubted = texts.filter(~spelt_well).unique()
        missing = missing.filter(pl.Series(unique).gather(missing["n"]).is_in(doubted.implode()))
    spelt = misspelt_names(missing, gazetteer)
    found = pl.concat([exact, _of_spellings(spelt, gazetteer)], how="diagonal_relaxed")
    back = (
        pl.DataFrame({"text": texts})
        .with_row_index("place")
        .join(pl.DataFrame({"text": unique, "asked": numbers}), on="text")
    )
    joined = back.join(found, on="asked").drop("asked").rename({"place": "asked"})
    return joined.with_columns(pl.col("asked").cast(pl.Int64)).select(*FOUND)


def misspelt_names(missing: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """`n`, `name` (as the gazetteer spells it), `score`, for names that are not known as written."""
    empty: dict[str, Any] = {"n": pl.Int64, "name": pl.Utf8, "score": pl.Float64}
    if not missing.height:
        return pl.DataFrame(schema=empty)
    pairs = []
    keys, rows = deletes(missing["name"], missing["n"])
    near = gazetteer.spellings("deletes", keys, MOST_DELETES)
    if near.height:
        pairs.append(
            _scored(near.with_columns(n=rows[near["asked"]]).select("n", "name").unique(), missing, words=False)
        )
    done = pairs[0].select("n") if pairs else pl.DataFrame(schema={"n": pl.Int64})
    rest = missing.join(done, on="n", how="anti")
    if rest.height:
        keys, rows = tokens(rest["name"], rest["n"])
        near = gazetteer.spellings("tokens", keys, MOST_TOKENS)
        if near.height:
            together = near.with_columns(n=rows[near["asked"]]).select("n", "name").unique()
            pairs.append(_scored(together, rest, words=True))
    return pl.concat(pairs) if pairs else pl.DataFrame(schema=empty)


def _scored(pairs: pl.DataFrame, asked: pl.DataFrame, *, words: bool) -> pl.DataFrame:
    """The best spellings of each name, those close behind it included."""
    both = pairs.join(asked.rename({"name": "wanted"}), on="n")
    wanted, known = both["wanted"].to_list(), both["name"].to_list()
    if words:
        score = process.cpdist(wanted, known, scorer=fuzz.token_sort_ratio) / 100.0
    else:
        score = process.cpdist(wanted, known, scorer=fuzz.ratio) / 100.0
        score = np.where(process.cpdist(wanted, known, scorer=JaroWinkler.similarity) >= ALIKE, score, 0.0)
    both = both.with_columns(score=pl.Series(np.asarray(score, dtype=float)).clip(0.0, 0.99))
    kept = both.filter(pl.col("score") >= (WORDS_ALIKE if words else ALIKE))
    return kept.filter(pl.col("score") >= pl.col("score").max().over("n") - 0.03).select("n", "name", "score")


def _of_spellings(spelt: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    if not spelt.height:
        return pl.DataFrame(schema=NAMED | {"score": pl.Float64})
    records = gazetteer.names(text_keys(spelt["name"]))
    own = spelt.with_row_index("asked").with_columns(pl.col("asked").cast(pl.Int64)).select("asked", "n", "score")
    return records.join(own, on="asked").with_columns(asked=pl.col("n")).drop("n")


def candidates(parts: pl.DataFrame, anchors: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Everything the segments (`row pos text`) of each row may mean, with how well the rest of the row supports it.

    `anchors`: `row easting northing radius` of what else places the row (a postcode, a sector). Adds to `FOUND`:
    `row`, `pos`, `support` (parts of the row that agree), `townless` (an anchor is known and this is not near it).
    """
    placed = parts["row"].is_in(anchors.filter("full")["row"].implode())
    # beside a postcode a name is worth no more than its exact spelling: it can only be finer, or contradict
    found = resolve(parts["text"], gazetteer, placed)
    owner = parts.with_row_index("asked").with_columns(pl.col("asked").cast(pl.Int64)).select("asked", "row", "pos")
    found = found.join(owner, on="asked").filter(pl.len().over("row", "pos") <= MOST_OF_A_NAME)
    found = one_street(found).with_row_index("c")
    light = found.select("c", "row", "pos", "easting", "northing", "radius", "name", "town", "kind")
    other = pl.concat([
        light.select("row", opos="pos", oe=pl.col("easting").cast(pl.Float64), on_=pl.col("northing").cast(pl.Float64),
                     reach="radius", oname="name"),
        anchors.select("row", opos=pl.lit(-1, pl.Int64), oe=pl.col("easting").cast(pl.Float64), on_=pl.col("northing").cast(pl.Float64),
                       reach="radius", oname=pl.lit(None, pl.Utf8)),
    ], how="vertical_relaxed")  # fmt: skip
    pairs = light.join(other, on="row").filter(pl.col("pos") // 4 != pl.col("opos") // 4)
    away = ((pl.col("easting") - pl.col("oe")) ** 2 + (pl.col("northing") - pl.col("on_")) ** 2).sqrt()
    near = (away <= pl.col("radius") + pl.col("reach") + NEAR_M) | (pl.col("town") == pl.col("oname")).fill_null(
        value=False
    )
    agree = pairs.with_columns(near=near, anchor=pl.col("opos") == -1).group_by("c").agg(
        support=pl.col("opos").filter("near").n_unique(), anchored=(pl.col("near") & pl.col("anchor")).any(),
        has_anchor=pl.col("anchor").any(), away=away.filter(pl.col("anchor")).min(),
    )  # fmt: skip
    said = parts.group_by("row").agg(said=(pl.col("pos") // 4).n_unique())
    return (
        found.join(agree, on="c", how="left")
        .join(said, on="row")
        .with_columns(
            pl.col("support").fill_null(0).cast(pl.Int32),
            off=(pl.col("has_anchor") & ~pl.col("anchored")).fill_null(value=False),
        )
    )


def one_street(found: pl.DataFrame) -> pl.DataFrame:
    """Records of one name that lie together, from several sources or stretches, as one street: the middle of them,
    wide enough for all."""
    street = (pl.col("kind") == "street") & (pl.len().over("row", "pos", "name") > 1)
    several = found.filter(street)
    if not several.height:
        return found
    e, n, r = (several[c].cast(pl.Float64).to_numpy() for c in ("easting", "northing", "radius"))
    groups = several.select(g=pl.struct("row", "pos", "name").rank("dense")).to_series().to_numpy()
    one, other = _pairs(groups)
    near = np.hypot(e[one] - e[other], n[one] - n[other]) <= r[one] + r[other] + JOIN_M
    one, other = one[near], other[near]
    label = np.arange(several.height)
    while True:
        wider = label.copy()
        np.minimum.at(wider, one, label[other])
        if (wider == label).all():
            break
        label = wider
    order = ["radius", "score", "layer", "record"]
    together = several.with_columns(g=pl.Series(label)).sort(order, descending=[True, True, False, False])
    weight = pl.col("radius")
    middle = together.with_columns(
        e=(pl.col("easting") * weight).sum().over("g") / weight.sum().over("g"),
        n=(pl.col("northing") * weight).sum().over("g") / weight.sum().over("g"),
    )
    alone = pl.len().over("g") == 1
    far = ((pl.col("easting") - pl.col("e")) ** 2 + (pl.col("northing") - pl.col("n")) ** 2).sqrt() + pl.col("radius")
    merged = middle.with_columns(
        radius=pl.when(alone).then("radius").otherwise(pl.max_horizontal(far.max().over("g") * 0.85, pl.col("radius").max().over("g"))),
        easting=pl.when(alone).then("easting").otherwise("e").cast(pl.Int32),
        northing=pl.when(alone).then("northing").otherwise("n").cast(pl.Int32),
        town=pl.col("town").replace("", None).drop_nulls().first().over("g"),
    ).unique("g", keep="first", maintain_order=True).select(found.columns)  # fmt: skip
    return pl.concat([found.filter(~street), merged])


def _pairs(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every pair of places in `groups` that hold the same number, each with itself included."""
    order = np.argsort(groups, kind="stable")
    _, start, count = np.unique(groups[order], return_index=True, return_counts=True)
    own, first = np.repeat(count, count), np.repeat(start, count)
    one = np.repeat(np.arange(len(groups)), own)
    other = np.arange(len(one)) - np.repeat(np.cumsum(own) - own, own) + first[one]
    return order[one], order[other]


def choose(found: pl.DataFrame) -> pl.DataFrame:
    """One answer for each row: the best supported name, of those the one that reaches least far.

    Columns: `row layer record name kind town easting northing radius score support rivals spread margin tie`. `tie`:
    equally good answers lie too far apart to be answered together. What lies off the row's own anchor never answers.
    """
    # a misspelling that nothing else in the text bears out is a guess
    guess = (pl.col("score") < 0.9) & (pl.col("support") == 0) & (pl.col("said") > 1)
    fit = found.filter(~pl.col("off") & ~guess).with_columns(
        tier=pl.when(pl.col("score") >= 0.995).then(0).when(pl.col("score") >= 0.9).then(1).otherwise(2),
        town_only=(pl.col("kind") == "settlement").cast(pl.Int8),
    )
    # to the last column, that equal answers be taken in the same order every time
    order = ["row", "town_only", "tier", "support", "radius", "pos", "score", "layer", "record"]
    ranked = fit.sort(order, descending=[False, False, False, True, False, False, True, False, False])
    best = ranked.unique("row", keep="first", maintain_order=True)
    rivals = fit.join(best.select("row", bpos="pos", btier="tier", bsup="support", be="easting", bn="northing",
                                  br="radius", bname="name", bscore="score", bc="c", bkind="kind"), on="row")  # fmt: skip
    same_words = (pl.col("pos") // 4 == pl.col("bpos") // 4) & (
        pl.col("kind").eq("settlement") == pl.col("bkind").eq("settlement")
    )
    equal = same_words & (pl.col("tier") == pl.col("btier")) & (pl.col("support") >= pl.col("bsup"))
    away = (
        (pl.col("easting") - pl.col("be")).cast(pl.Float64) ** 2
        + (pl.col("northing") - pl.col("bn")).cast(pl.Float64) ** 2
    ).sqrt()
    rivals = rivals.with_columns(equal=equal, away=away, beyond=away > NEAR_M + pl.col("br"))
    apart = rivals.group_by("row").agg(
        rivals=(pl.col("equal") & pl.col("beyond") & (pl.col("c") != pl.col("bc"))).sum().cast(pl.Int32),
        spread=pl.col("away").filter(pl.col("equal")).max(),
        e=pl.col("easting").filter(pl.col("equal")).mean(), n=pl.col("northing").filter(pl.col("equal")).mean(),
        next=pl.col("score").filter(pl.col("c") != pl.col("bc"), same_words, pl.col("name") != pl.col("bname")).max(),
    )  # fmt: skip
    tied = pl.col("rivals") > 0
    wide = tied & (pl.col("spread") <= SAME_M)
    return best.join(apart, on="row").with_columns(
        tie=tied & ~wide,
        easting=pl.when(wide).then("e").otherwise("easting").cast(pl.Int32),
        northing=pl.when(wide).then("n").otherwise("northing").cast(pl.Int32),
        radius=pl.when(wide).then(pl.col("spread") * 0.6 + pl.col("radius")).otherwise("radius"),
        margin=pl.when(tied).then(0.0).otherwise(pl.col("score") - pl.col("next").fill_null(0.0)).clip(0.0, 1.0),
    ).select("row", "layer", "record", "name", "kind", "town", "easting", "northing", "radius", "score", "support",
             "rivals", "spread", "margin", "tie", "has_anchor", "said")  # fmt: skip


def elsewhere(found: pl.DataFrame, full_layers: list[int]) -> pl.DataFrame:
    """Rows whose street, as written, is nowhere near their own anchor though the gazetteer knows all streets there, or
    though the town they name has one: `row`, `away` (metres)."""
    exact = found.filter((pl.col("score") >= 0.995) & (pl.col("kind") == "street"))
    sure = pl.col("layer").is_in(full_layers) | ((pl.col("support") > 0) & pl.col("town").is_not_null())
    sure &= pl.col("away") <= FAR_M
    nowhere = exact.group_by("row").agg(
        off=pl.col("off").all(), sure=sure.any(), away=(pl.col("away") - pl.col("radius")).min()
    )
    return nowhere.filter(pl.col("off") & pl.col("sure")).select("row", "away")
