"""Which door is it? Addresses by postcode, number and street as written, misspelt, by the building's name, and by number
and street where there is no postcode."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from hub.geocode.address import address_keys, doors_in, first_door, text_keys
from hub.geocode.gazetteer import Gazetteer
from hub.geocode.named import misspelt_names
from hub.geocode.names import name_of

STREET_ALIKE = 0.72
"""How alike a street must be to be the one of the same number in the same postcode: few are there to be taken for it."""
NAME_ALIKE = 0.84
MARGIN = 0.05
"""By how much the best door must beat the next, else the answer is ambiguous."""
DOOR: dict[str, Any] = {"row": pl.Int64, "easting": pl.Int32, "northing": pl.Int32, "uprn": pl.Int64, "layer": pl.Int32,
                        "text": pl.Utf8, "score": pl.Float64, "margin": pl.Float64, "rivals": pl.Int32}  # fmt: skip
SAME_DOOR_M = 30.0


def as_written(plain: pl.Series, postcodes: pl.Series, gazetteer: Gazetteer) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`easting northing layer uprn` of addresses (`plain`, in the one writing of `normal`) that the gazetteer holds under
    the same number, street and postcode, and the `doors_in` of those it does not hold so by their first reading."""
    first = first_door(plain)
    answer = gazetteer.addresses(address_keys(first, postcodes))
    readings = doors_in(plain.set(answer["easting"].is_not_null(), None))
    for reading in readings.columns[1:]:
        open_rows = (answer["easting"].is_null() & readings[reading].is_not_null() & postcodes.is_not_null()).arg_true()
        if not len(open_rows):
            continue
        keys = address_keys(readings[reading].gather(open_rows), postcodes.gather(open_rows))
        found = gazetteer.addresses(keys)
        hit = found["easting"].is_not_null()
        if hit.any():
            at = open_rows.filter(hit)
            answer = pl.DataFrame({c: answer[c].scatter(at, found[c].filter(hit)) for c in answer.columns})
    return answer.with_columns(text=first.str.replace("|", " ", literal=True)), readings


def misspelt(readings: pl.DataFrame, postcodes: pl.Series, gazetteer: Gazetteer) -> pl.DataFrame:
    """Doors (`DOOR`) of the same postcode and number whose street is spelt much like the one written."""
    rows = pl.int_range(len(postcodes), dtype=pl.Int64, eager=True)
    asked = pl.concat([
        pl.DataFrame({"row": rows, "pc": postcodes, "door": readings[c]}) for c in readings.columns
    ]).drop_nulls().unique(maintain_order=True)  # fmt: skip
    if not asked.height:
        return pl.DataFrame(schema=DOOR)
    asked = asked.with_columns(
        number=pl.col("door").str.extract(r"^(.*?)\|", 1), wanted=pl.col("door").str.extract(r"\|(.*)$", 1)
    )
    keys = text_keys(asked.select(pl.col("pc") + "|" + pl.col("number")).to_series())
    pairs = gazetteer.blocks(keys)
    if not pairs.height:
        return pl.DataFrame(schema=DOOR)
    own = asked.with_row_index("asked").with_columns(pl.col("asked").cast(pl.Int64))
    both = pairs.join(own.select("asked", "row", "wanted"), on="asked")
    score = process.cpdist(both["wanted"].to_list(), both["street"].to_list(), scorer=fuzz.ratio) / 100.0
    both = both.with_columns(score=pl.Series(np.asarray(score, dtype=float)))
    return _best(both.filter(pl.col("score") >= STREET_ALIKE))


def by_name(parts: pl.DataFrame, postcodes: pl.Series, gazetteer: Gazetteer) -> pl.DataFrame:
    """Doors (`DOOR`) of the row's postcode that bear a name like one of the row's segments (`row pos text`)."""
    rows = pl.int_range(len(postcodes), dtype=pl.Int64, eager=True)
    pairs = gazetteer.houses(text_keys(postcodes))
    if not pairs.height:
        return pl.DataFrame(schema=DOOR)
    named = parts.with_columns(wanted=name_of(parts["text"])).drop_nulls("wanted").select("row", "wanted").unique()
    both = pairs.with_columns(row=rows.gather(pairs["asked"])).join(named, on="row")
    score = process.cpdist(both["wanted"].to_list(), both["place"].to_list(), scorer=fuzz.token_sort_ratio) / 100.0
    both = both.with_columns(score=pl.Series(np.asarray(score, dtype=float)))
    return _best(both.filter(pl.col("score") >= NAME_ALIKE))


def _best(both: pl.DataFrame) -> pl.DataFrame:
    """The best door of each row, with its margin over the next that lies elsewhere, and how many are as good."""
    if not both.height:
        return pl.DataFrame(schema=DOOR)
    ranked = both.sort("row", "score", "layer", "uprn", descending=[False, True, False, False], maintain_order=True)
    first = ranked.unique("row", keep="first", maintain_order=True)
    other = ranked.join(first.select("row", be="easting", bn="northing", best="score"), on="row")
    apart = (
        (pl.col("easting") - pl.col("be")).cast(pl.Float64) ** 2
        + (pl.col("northing") - pl.col("bn")).cast(pl.Float64) ** 2
    ).sqrt()
    elsewhere = (
        other.filter(apart > SAME_DOOR_M)
        .group_by("row")
        .agg(next=pl.col("score").max(), rivals=(pl.col("score") >= pl.col("best") - MARGIN).sum().cast(pl.Int32))
    )
    return first.join(elsewhere, on="row", how="left").with_columns(
        margin=pl.col("score") - pl.col("next").fill_null(0.0), rivals=pl.col("rivals").fill_null(0),
        text=pl.concat_str([pl.col(c).replace("", None) for c in ("number", "place", "street")], separator=" ", ignore_nulls=True),
    ).select(*DOOR)  # fmt: skip


def in_town(readings: pl.DataFrame, parts: pl.DataFrame, without: pl.Series, gazetteer: Gazetteer) -> pl.DataFrame:
    """Doors (`DOOR`) by number and street, misspelt or not, in a town that the row names (`parts`: `row pos text`);
    only of rows `without` a postcode. Several of a number, street and town are a tie."""
    asked = _asked(readings).filter(pl.col("row").is_in(without.arg_true().cast(pl.Int64).implode()))
    if not asked.height:
        return pl.DataFrame(schema=DOOR)
    names = name_of(parts["text"])
    towns = pl.DataFrame({"row": parts["row"], "town": names}).drop_nulls().unique()
    found = _numbered(asked.with_columns(name="wanted", score=pl.lit(1.0)), gazetteer).join(towns, on=["row", "town"])
    missing = asked.join(found, on="row", how="anti")
    streets = (
        missing.select("wanted")
        .unique(maintain_order=True)
        .with_row_index("n")
        .with_columns(pl.col("n").cast(pl.Int64))
    )
    spelt = misspelt_names(streets.select("n", name="wanted"), gazetteer)
    guesses = missing.join(streets, on="wanted").join(spelt, on="n")
    if guesses.height:
        more = _numbered(guesses.select("row", "number", "wanted", "name", "score"), gazetteer)
        found = pl.concat([found, more.join(towns, on=["row", "town"])], how="diagonal")
    return _best(found)


def _asked(readings: pl.DataFrame) -> pl.DataFrame:
    """`row number wanted`: every number and street that the readings hold."""
    rows = pl.int_range(readings.height, dtype=pl.Int64, eager=True)
    every = pl.concat([pl.DataFrame({"row": rows, "door": readings[c]}) for c in readings.columns])
    every = every.drop_nulls().unique(maintain_order=True)
    return every.select(
        "row", number=pl.col("door").str.extract(r"^(.*?)\|", 1), wanted=name_of(every["door"].str.extract(r"\|(.*)$", 1))
    ).drop_nulls().unique(maintain_order=True)  # fmt: skip


def _numbered(asked: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Doors of `asked` (`row number name score`) wherever they lie."""
    pairs = gazetteer.numbered(text_keys(asked.select(pl.col("number") + "|" + pl.col("name")).to_series()))
    own = asked.with_row_index("asked").select(pl.col("asked").cast(pl.Int64), "row", "score")
    return pairs.join(own, on="asked")


def on_street(streets: pl.DataFrame, readings: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Doors (`DOOR`) by number on the street that was found (`row name easting northing radius score`), without a
    postcode. Several doors of one number on one street are a tie."""
    asked = streets.join(_asked(readings), on="row")
    if not asked.height:
        return pl.DataFrame(schema=DOOR)
    # "a point 5 metres north of Mill Lane" is no number on it
    alike = process.cpdist(asked["wanted"].to_list(), asked["name"].to_list(), scorer=fuzz.ratio) / 100.0
    asked = asked.filter(pl.Series(np.asarray(alike)) >= NAME_ALIKE).unique(["row", "number"], maintain_order=True)
    asked = asked.with_row_index("asked").with_columns(pl.col("asked").cast(pl.Int64))
    if not asked.height:
        return pl.DataFrame(schema=DOOR)
    pairs = gazetteer.numbered(text_keys(asked.select(pl.col("number") + "|" + pl.col("name")).to_series()))
    own = asked.select("asked", "row", "score", se="easting", sn="northing", reach="radius")
    both = pairs.join(own, on="asked")
    away = (
        (pl.col("easting") - pl.col("se")).cast(pl.Float64) ** 2
        + (pl.col("northing") - pl.col("sn")).cast(pl.Float64) ** 2
    ).sqrt()
    return _best(both.filter(away <= pl.col("reach") * 2 + 200))
