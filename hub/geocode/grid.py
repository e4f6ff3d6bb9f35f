"""National Grid references in any spelling, and easting and northing columns, to whole metres.

A reference names the south-west corner of a square. A one-metre reference is kept as it is; a coarser one answers
with the centre of its square, which halves the median error, and its precision is half the square's diagonal.
Nothing is ever rounded up into another square (Ordnance Survey, "A guide to coordinate systems").
"""

from __future__ import annotations

import polars as pl

LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
MAX_EASTING, MAX_NORTHING = 700_000, 1_300_000
HALF_DIAGONAL = 0.70710678


def _squares() -> dict[str, tuple[int, int]]:
    """South-west corners of the 100 km squares of Great Britain by their letters, in metres."""
    found = {}
    for first in "HNOSTJ":
        for second in LETTERS:
            one, two = LETTERS.index(first), LETTERS.index(second)
            east = ((one - 2) % 5) * 5 + two % 5
            north = 19 - (one // 5) * 5 - two // 5
            if 0 <= east <= 6 and 0 <= north <= 12:
                found[first + second] = (east * 100_000, north * 100_000)
    return found


SQUARES = _squares()
EAST = {k: e for k, (e, _) in SQUARES.items()}
NORTH = {k: n for k, (_, n) in SQUARES.items()}
LETTERED = r"\b([HJNOST][A-HJ-Z])\s*(\d(?:[\s,]*\d){1,9})\b"
POSTCODE = r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[ABD-HJLNP-UW-Z]{2}\b"
FEWEST_DIGITS = 4
"""Two figures name a square of ten kilometres: no place, and too easily another number."""
NUMERIC = r"\b(\d{6})(?:\.\d+)?[\s,;/]*(\d{6,7})(?:\.\d+)?\b"

POINT = {"easting": pl.Int32, "northing": pl.Int32, "precision": pl.Float32}


def format_reference(easting: pl.Expr, northing: pl.Expr) -> pl.Expr:
    """The 12-figure form: six figures each, zero-padded; null where there is no point."""
    six = [value.cast(pl.Utf8).str.zfill(6) for value in (easting, northing)]
    return pl.when(easting.is_not_null() & northing.is_not_null()).then(pl.concat_str(six))


def parse_references(texts: pl.Series) -> pl.DataFrame:
    """Points of grid references found in texts: `easting`, `northing` (Int32), `precision` (metres), null where none.

    Takes `SJ 80230 85291`, `SJ8085`, `380230 385291`, `380230,385291`; the first of several in one text. Postcodes
    are passed over: `SK1 2AB` is no reference.
    """
    upper = texts.str.to_uppercase().str.replace_all(POSTCODE, " ").str.strip_chars()
    frame = pl.DataFrame({"text": upper}).with_columns(
        letters=pl.col("text").str.extract(LETTERED, 1),
        digits=pl.col("text").str.extract(LETTERED, 2).str.replace_all(r"[\s,]", ""),
        east=pl.col("text").str.extract(NUMERIC, 1).cast(pl.Int32),
        north=pl.col("text").str.extract(NUMERIC, 2).cast(pl.Int32),
    )
    length = pl.col("digits").str.len_chars()
    half = length // 2
    even = pl.col("letters").is_in(list(SQUARES)) & (length % 2 == 0) & (length >= FEWEST_DIGITS)
    size = pl.lit(10).pow(5 - half.cast(pl.Int32)).cast(pl.Int32)
    offset_e = pl.col("digits").str.slice(0, half).cast(pl.Int32, strict=False) * size
    offset_n = pl.col("digits").str.slice(half, half).cast(pl.Int32, strict=False) * size
    lettered = frame.with_columns(
        e=pl.when(even).then(pl.col("letters").replace_strict(EAST, default=None) + offset_e + size // 2),
        n=pl.when(even).then(pl.col("letters").replace_strict(NORTH, default=None) + offset_n + size // 2),
        p=pl.when(even).then(size * HALF_DIAGONAL),
    )
    return lettered.select(
        easting=pl.coalesce("e", "east").cast(pl.Int32),
        northing=pl.coalesce("n", "north").cast(pl.Int32),
        precision=pl.coalesce("p", pl.when(pl.col("east").is_not_null()).then(HALF_DIAGONAL)).cast(pl.Float32),
    )


def parse_coordinates(easting: pl.Series, northing: pl.Series) -> pl.DataFrame:
    """Points of easting and northing columns (text, metres, decimals cut off), and what is wrong with them.

    Columns `easting`, `northing`, `precision`, `fault`: `place.zero` for (0, 0), `place.swapped` where only the
    exchanged pair lies in Great Britain, `place.outside-gb`, `place.half` where one of the two is missing.
    """
    frame = pl.DataFrame({"e": easting.str.strip_chars().cast(pl.Float64, strict=False).floor(),
                          "n": northing.str.strip_chars().cast(pl.Float64, strict=False).floor()})  # fmt: skip
    e, n = pl.col("e"), pl.col("n")

    def inside(east: pl.Expr, north: pl.Expr) -> pl.Expr:
        return (east >= 0) & (east < MAX_EASTING) & (north >= 0) & (north < MAX_NORTHING)

    fault = (
        pl.when(e.is_null() & n.is_null())
        .then(None)
        .when(e.is_null() | n.is_null())
        .then(pl.lit("place.half"))
        .when((e == 0) & (n == 0))
        .then(pl.lit("place.zero"))
        .when(inside(e, n))
        .then(None)
        .when(inside(n, e))
        .then(pl.lit("place.swapped"))
        .otherwise(pl.lit("place.outside-gb"))
    )
    frame = frame.with_columns(fault=fault)
    sound = pl.col("fault").is_null() & e.is_not_null()
    return frame.select(
        easting=pl.when(sound).then(e).cast(pl.Int32),
        northing=pl.when(sound).then(n).cast(pl.Int32),
        precision=pl.when(sound).then(HALF_DIAGONAL).cast(pl.Float32),
        fault="fault",
    )
