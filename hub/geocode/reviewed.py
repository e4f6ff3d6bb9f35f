"""What did a person say of these words? Reviewed words settle what the cascade could not: nothing, a tie, a mere area."""

from __future__ import annotations

from typing import Any

import polars as pl

from hub.geocode.grid import format_letters, format_reference
from hub.geocode.names import name_of

REVIEWED: dict[str, Any] = {
    "key": pl.Utf8, "name": pl.Utf8, "easting": pl.Int32, "northing": pl.Int32, "precision": pl.Float64
}  # fmt: skip
"""Columns of reviewed words; `key` is `name_of` them."""
WORDS = ("address", "street", "town", "place_text")
UNSETTLED = ("none", "sector", "district", "area")
"""Precision classes of answers that a person's word is better than; a tie has the class `none`."""
CONFIDENCE = 0.95
SOURCE = "reviewed"


def words_of(places: pl.DataFrame) -> pl.Series:
    """What each place says in words (Utf8, null where nothing): the fields `WORDS`, in that order."""
    fields = [pl.col(c).str.strip_chars().replace("", None) for c in WORDS if c in places.columns]
    if not fields:
        return pl.Series([None] * places.height, dtype=pl.Utf8)
    joined = pl.concat_str(fields, separator=", ", ignore_nulls=True).str.replace_all(r"\s+", " ").replace("", None)
    return places.select(w=joined).to_series()


def settle(points: pl.DataFrame, words: pl.Series, reviewed: pl.DataFrame) -> pl.DataFrame:
    """Answers of the cascade (`hub.geocode.OUT`), with those that it left open as a person said of the same words.

    Words that two people placed differently settle nothing.
    """
    if not reviewed.height or not points["geo_class"].is_in(UNSETTLED).any():
        return points
    said = reviewed.filter(pl.col("key").is_unique()).select(
        "key", "name", e="easting", n="northing", p=pl.col("precision").cast(pl.Float32)
    )
    open_ = pl.col("geo_class").is_in(UNSETTLED) & pl.col("e").is_not_null()
    frame = points.with_columns(key=name_of(words)).join(said, on="key", how="left", maintain_order="left")
    answer: dict[str, pl.Expr | pl.Series] = {
        "easting": pl.col("e"), "northing": pl.col("n"), "geo_precision_m": pl.col("p"), "geo_method": pl.lit("place"),
        "geo_class": pl.lit("place"), "geo_confidence": pl.lit(CONFIDENCE, pl.Float32), "geo_fault": pl.lit(None, pl.Utf8),
        "geo_matched_text": pl.col("name"), "geo_source": pl.lit(SOURCE), "grid_reference": format_reference(pl.col("e"), pl.col("n")),
        "grid_letters": format_letters(frame["e"], frame["n"], frame["p"]),
    }  # fmt: skip
    settled = frame.with_columns(
        **{c: pl.when(open_).then(v).otherwise(pl.col(c)) for c, v in answer.items() if c in points.columns}
    )
    return settled.select(pl.col(c).cast(t) for c, t in points.schema.items())
