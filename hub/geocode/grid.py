"""The National Grid: its squares, the part of it that Great Britain fills, pairs of numbers on it, the 12-figure form.

Metres throughout, EPSG:27700. A number names the south-west corner of a square as large as its last figure. A square
of one metre is answered by that corner; a coarser one by its centre, which halves the median error, with half its
diagonal as precision. Nothing is ever rounded up into another square (Ordnance Survey, "A guide to coordinate
systems in Great Britain").
"""

from __future__ import annotations

import numpy as np
import polars as pl
import shapely

HALF_DIAGONAL = 0.70710678
"""Radius of the circle round a square of side one: what a point of that square may be away from its centre."""

LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_HULL_KM = (
    (62, 0), (184, 0), (293, 18), (372, 56), (457, 61), (563, 80), (615, 104), (644, 137), (650, 173), (669, 274),
    (667, 324), (628, 361), (566, 398), (552, 425), (537, 480), (510, 530), (458, 579), (438, 651), (406, 679),
    (375, 723), (406, 801), (424, 846), (412, 885), (341, 896), (347, 946), (389, 1013), (389, 1068), (434, 1063),
    (451, 1102), (477, 1164), (476, 1231), (443, 1230), (383, 1146), (309, 1045), (262, 1040), (180, 1045), (165, 1030), (156, 981), (68, 965),
    (0, 916), (0, 888), (39, 766), (85, 724), (102, 661), (122, 632), (152, 599), (189, 567), (190, 522), (203, 460),
    (210, 387), (197, 316), (160, 239), (144, 201), (171, 183), (197, 137), (167, 83), (114, 35), (64, 27),
)  # fmt: skip
GREAT_BRITAIN = shapely.Polygon([(e * 1000, n * 1000) for e, n in _HULL_KM])
"""Great Britain and Man with some 10 km of sea all round, without the coasts of Ireland and France: coordinates
outside it are wrong, whatever number a transform gives for them. It also tells most exchanged pairs, because the
country is taller than broad."""
shapely.prepare(GREAT_BRITAIN)

POINTS = {"easting": pl.Int32, "northing": pl.Int32, "precision": pl.Float32, "fault": pl.Utf8}
"""Columns of every step's answer: a point with the radius it is good for, null where none, and what is wrong."""


def _squares() -> dict[str, tuple[int, int]]:
    """South-west corners, in metres, of the 100 km squares that hold some of Great Britain, by their two letters."""
    found = {}
    for first in "HNOST":
        for second in LETTERS:
            one, two = LETTERS.index(first), LETTERS.index(second)
            east = (one - 2) % 5 * 5 + two % 5
            north = 19 - one // 5 * 5 - two // 5
            corner = (east * 100_000, north * 100_000)
            if GREAT_BRITAIN.intersects(shapely.box(*corner, corner[0] + 100_000, corner[1] + 100_000)):
                found[first + second] = corner
    return found


SQUARES = _squares()


def in_great_britain(east: np.ndarray, north: np.ndarray) -> np.ndarray:
    """Which points (metres) lie in Great Britain or its near waters. NaN lies nowhere."""
    return np.asarray(shapely.contains_xy(GREAT_BRITAIN, east, north))


def format_reference(easting: pl.Expr, northing: pl.Expr) -> pl.Expr:
    """The 12-figure form: six figures each, zero-padded; null where there is no point. Shetland's northings have
    seven figures, and then it has thirteen."""
    six = [value.cast(pl.Utf8).str.zfill(6) for value in (easting, northing)]
    return pl.when(easting.is_not_null() & northing.is_not_null()).then(pl.concat_str(six))


CORNERS = {corner: letters for letters, corner in SQUARES.items()}


def format_letters(easting: pl.Series, northing: pl.Series, precision: pl.Series) -> pl.Series:
    """The two-letter form, as fine as the precision: `SJ 80230 85291` to `SJ 80 85`; never rounded up."""
    figures = (
        pl.when(pl.col("p") <= 1.0)
        .then(5)
        .when(pl.col("p") <= 10.0)
        .then(4)
        .when(pl.col("p") <= 150.0)
        .then(3)
        .otherwise(2)
    )
    square = (pl.col("e") // 100_000 * 100 + pl.col("n") // 100_000).cast(pl.Int64)
    letters = square.replace_strict(
        {e // 1000 + n // 100_000: name for (e, n), name in CORNERS.items()}, default=None, return_dtype=pl.Utf8
    )

    def cut(name: str) -> pl.Expr:
        return (pl.col(name) % 100_000).cast(pl.Utf8).str.zfill(5).str.slice(0, pl.col("f"))

    frame = pl.DataFrame({"e": easting.cast(pl.Int64), "n": northing.cast(pl.Int64), "p": precision})
    return frame.with_columns(f=figures, l=letters).select(
        pl.concat_str([pl.col("l"), cut("e"), cut("n")], separator=" ")
    ).to_series()  # fmt: skip


def points_of(
    east: np.ndarray, north: np.ndarray, precision: np.ndarray | float, keep: np.ndarray, fault: np.ndarray
) -> pl.DataFrame:
    """A step's answer (`POINTS`) from arrays: points where `keep`, faults where not ""."""
    precisions = np.broadcast_to(np.asarray(precision, dtype=float), east.shape)
    columns = {"easting": east, "northing": north, "precision": precisions}
    return pl.DataFrame(
        [pl.Series(n, np.where(keep, v, np.nan)).fill_nan(None).cast(POINTS[n]) for n, v in columns.items()]
        + [pl.Series("fault", fault.astype(object), dtype=pl.Utf8).replace("", None)]
    )


def no_points(height: int) -> pl.DataFrame:
    """A step that answers nothing."""
    return pl.DataFrame({name: pl.Series([None] * height, dtype=kind) for name, kind in POINTS.items()})


NUMBER = r"^[+]?(\d{1,3}(?:,\d{3})+|\d{1,8})(\.\d*)?$"
SIGNED = r"^-?\d+(\.\d*)?$"
UNITS = (10.0, 100.0, 1000.0)


def numbers(texts: pl.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(values, figures after the point, written but unreadable) of texts: `380230`, `0173432`, `380,230`, `380230.25`.

    `3.8E+05` has lost its figures in a spreadsheet and is unreadable. A negative number reads, to be found outside.
    """
    clean = texts.str.strip_chars().str.strip_suffix("m").str.strip_chars_end()
    plain = pl.DataFrame({"t": clean}).select(
        pl.when(pl.col("t").str.contains(NUMBER) | pl.col("t").str.contains(SIGNED))
        .then(pl.col("t").str.replace_all(",", ""))
        .alias("t")
    )["t"]
    values = plain.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    decimals = plain.str.extract(r"\.(\d+)$", 1).str.len_chars().fill_null(0).cast(pl.Int64).to_numpy()
    written = (clean.str.len_chars().fill_null(0) > 0).to_numpy()
    return values, decimals, written & np.isnan(values)


def parse_coordinates(easting: pl.Series, northing: pl.Series) -> pl.DataFrame:
    """Points (`POINTS`) of easting and northing columns, in metres; figures after the point are cut off.

    Faults without a point: `place.zero` (0, 0) · `place.half` one of the two missing or unreadable · `place.swapped`
    only the exchanged pair lies in Great Britain · `place.outside-gb` · `place.unreadable`. With one:
    `place.units-assumed`, where the pair lies in Great Britain in one other unit only (10 m, 100 m, or kilometres
    with figures after the point).
    """
    east, east_figures, east_odd = numbers(easting)
    north, north_figures, north_odd = numbers(northing)
    odd = east_odd | north_odd
    return place_pairs(east, north, np.maximum(east_figures, north_figures), odd)


def place_pairs(east: np.ndarray, north: np.ndarray, figures: np.ndarray, odd: np.ndarray) -> pl.DataFrame:
    """`parse_coordinates` on numbers: `figures` after the point, `odd` where something was written but unreadable."""
    neither, half = np.isnan(east) & np.isnan(north), np.isnan(east) ^ np.isnan(north)
    as_written = in_great_britain(east, north)
    exchanged = in_great_britain(north, east)
    fits = np.stack([in_great_britain(east * u, north * u) & ((u < 1000) | (figures > 0)) for u in UNITS])
    assumed = ~as_written & ~exchanged & (fits.sum(axis=0) == 1)
    unit = np.where(assumed, np.array(UNITS)[fits.argmax(axis=0)], 1.0)
    size = np.where(assumed, np.maximum(unit / 10.0 ** np.minimum(figures, 3), 1.0), 1.0)
    fault = np.select(
        [neither & odd, neither, half, (east == 0) & (north == 0), as_written, exchanged, assumed],
        ["place.unreadable", "", "place.half", "place.zero", "", "place.swapped", "place.units-assumed"],
        default="place.outside-gb",
    )
    keep = as_written | assumed
    with np.errstate(invalid="ignore"):
        e, n = (centre(np.where(keep, v * unit, 0.0), size) for v in (east, north))
    return points_of(e, n, size * HALF_DIAGONAL, keep, fault)


def centre(value: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The centre of the square of `size` metres that `value` lies in, cut down to a whole metre."""
    # a millionth is far below any figure given and above what a product of decimals loses: 380.23 * 1000 is 380229.99…
    return np.asarray(np.floor((value + 1e-6) / size) * size + size // 2)
