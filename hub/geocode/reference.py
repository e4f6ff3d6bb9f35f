"""Grid references as people write them: `SJ 80230 85291`, `SJ8085`, `380230,385291`, `E 380230 N 385291`.

A cell that is meant to hold a reference is read liberally, and what had to be assumed is said; in prose only the
unmistakable forms count, since telephone numbers, UPRNs and `High St 1234` look much the same.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.geocode.grid import HALF_DIAGONAL, POINTS, SQUARES, centre, in_great_britain, place_pairs, points_of

_SQUARE = "|".join(SQUARES)
EAST = {letters: e for letters, (e, _) in SQUARES.items()}
NORTH = {letters: n for letters, (_, n) in SQUARES.items()}
SEVERAL = rf"[\s,;&/]*(?:\bAND\b)?\s*\b({_SQUARE})[\s.:/-]*(\d)"
"""A lettered reference's beginning, with whatever parts it from the one before."""
APART = rf"^({_SQUARE})[\s.:/,-]*(\d{{1,5}})(?:\.\d*)?[\s,/;:-]+(\d{{1,5}})(?:\.\d*)?$"
TOGETHER = rf"^({_SQUARE})[\s.:/,-]*((?:\d\s*){{2,10}})$"
WORDS = r"(?:NATIONAL|GRID|REFERENCE|REF|NGR|OSGR|OSGB36|OSGB|BNG|EASTINGS?|NORTHINGS?|GR|OS|[ENXY])[.:=\s]*"
PAIR = r"^(\d{1,7})(\.\d*)?[\s,;/|-]+(\d{1,7})(\.\d*)?$"
RUN = r"^(\d{11,13})$"
_FIGURES = r" ?(\d{5} ?\d{5}|\d{4} ?\d{4}|\d{3} ?\d{3})(?:[^\d\s]|[\s,]+[^\d\s,]|[\s,]*$)"
PROSE_LETTERED = rf"\b({_SQUARE.replace('ST|', '')}){_FIGURES}"
PROSE_ST = rf"(?:^|[^A-Z\s]\s*|\b(?:AT|BY|NEAR|IN|REF|REFERENCE|NGR|OSGR|GR)\s+)(ST){_FIGURES}"
"""The square ST is also a street: `High St 123 456` is none."""
PROSE_NUMERIC = r"(?:^|[^\d.,\s])\s*(\d{6})(?:\.\d+)?(?:,\s*|\s+)(\d{6})(?:\.\d+)?(?:[^\d]|$)"


def parse_references(cells: pl.Series) -> pl.DataFrame:
    """Points (`POINTS`) of cells that are meant to hold a grid reference.

    Answered with a fault: `place.several` (several in one cell: the first, its precision wide enough for all),
    `place.zero-padded` (a lost leading zero put back), `place.units-assumed`. Without a point: `place.unreadable`,
    `place.ambiguous`, and the faults of `hub.geocode.grid.parse_coordinates`.
    """
    clean = cells.str.to_uppercase().str.replace_all(r"[()\[\]°'\"]", " ").str.strip_chars().replace("", None)
    marked = clean.str.replace_all(SEVERAL, "|$1$2")
    lettered = marked.str.contains(rf"\|(?:{_SQUARE})\d").fill_null(value=False)
    frame = pl.DataFrame({"row": pl.int_range(len(cells), eager=True), "cell": marked, "lettered": lettered})
    found = pl.concat([_lettered(frame.filter("lettered")), _numeric(frame.filter(~pl.col("lettered")))])
    return frame.select("row").join(found, on="row", how="left", maintain_order="left").select(*POINTS)


def _lettered(frame: pl.DataFrame) -> pl.DataFrame:
    """`row` and its point, for cells with letters: the first reference, wide enough for all that the cell holds."""
    parts = frame.select("row", cell=pl.col("cell").str.split("|")).explode("cell")
    # what stands before the first mark is a label ("NGR: ") or nothing
    parts = parts.filter(pl.col("cell").str.contains(rf"^(?:{_SQUARE})\d"))
    points = pl.concat([parts.select("row"), _squares_of(parts["cell"].str.strip_chars(" .,;:"))], how="horizontal")
    away = (
        (pl.col("easting") - pl.col("easting").first()) ** 2 + (pl.col("northing") - pl.col("northing").first()) ** 2
    ).sqrt()
    several = pl.len() > 1
    return points.group_by("row", maintain_order=True).agg(
        pl.col("easting", "northing").first(),
        (pl.col("precision").first() + pl.when(several).then(away.max()).otherwise(0.0)).cast(pl.Float32),
        fault=pl.when(several & pl.col("fault").first().is_null())
        .then(pl.lit("place.several"))
        .otherwise(pl.col("fault").first()),
    )


def _squares_of(cells: pl.Series) -> pl.DataFrame:
    """Points of single lettered references."""
    frame = pl.DataFrame({"t": cells}).select(
        letters=pl.coalesce(pl.col("t").str.extract(APART, 1), pl.col("t").str.extract(TOGETHER, 1)),
        e=pl.col("t").str.extract(APART, 2),
        n=pl.col("t").str.extract(APART, 3),
        run=pl.col("t").str.extract(TOGETHER, 2).str.replace_all(r"\s", ""),
    )
    length = pl.col("run").str.len_chars()
    even = length % 2 == 0
    # "SJ 80 230 85 291" falls apart in many ways; two groups of one length, or one run, are what references are
    apart = pl.col("e").is_not_null()
    frame = frame.with_columns(
        e=pl.when(apart).then("e").when(even).then(pl.col("run").str.slice(0, length // 2)),
        n=pl.when(apart).then("n").when(even).then(pl.col("run").str.slice(length // 2)),
    ).with_columns(width=pl.max_horizontal(pl.col("e", "n").str.len_chars()))
    padded = pl.col("e").str.len_chars() != pl.col("n").str.len_chars()
    frame = frame.with_columns(
        size=10.0 ** (5.0 - pl.col("width").cast(pl.Float64)),
        east=pl.col("letters").replace_strict(EAST, default=None, return_dtype=pl.Float64),
        north=pl.col("letters").replace_strict(NORTH, default=None, return_dtype=pl.Float64),
        padded=padded.fill_null(value=False),
    )
    size, e, n = (frame[c].fill_null(np.nan).to_numpy() for c in ("size", "east", "north"))
    side = np.where(np.isnan(size), 1.0, size)
    e, n = (
        corner + frame[c].cast(pl.Float64).fill_null(np.nan).to_numpy() * side for corner, c in ((e, "e"), (n, "n"))
    )
    read = ~np.isnan(e) & ~np.isnan(n)
    e, n = (centre(np.where(read, v, 0.0), side) for v in (e, n))
    inside = _touches(e, n, side)
    fault = np.select(
        [~read, ~inside, frame["padded"].to_numpy()], ["place.unreadable", "place.outside-gb", "place.zero-padded"], ""
    )
    return points_of(e, n, side * HALF_DIAGONAL, read & inside, fault)


def _touches(e: np.ndarray, n: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Does the square round this centre hold some of Great Britain? Its corners or its centre are asked."""
    inside = in_great_britain(e, n)
    for right in (-0.5, 0.5):
        for up in (-0.5, 0.5):
            inside |= in_great_britain(e + right * side, n + up * side)
    return inside


def _numeric(frame: pl.DataFrame) -> pl.DataFrame:
    """`row` and its point, for cells of figures alone."""
    bare = frame["cell"].str.replace_all(WORDS, " ").str.strip_chars(" .,;:M")
    parts = pl.DataFrame({"t": bare}).select(
        e=pl.col("t").str.extract(PAIR, 1),
        n=pl.col("t").str.extract(PAIR, 3),
        figures=pl.max_horizontal(pl.col("t").str.extract(PAIR, g).str.len_chars().fill_null(1) - 1 for g in (2, 4)),
        tail=pl.col("t").str.extract(PAIR, 2).fill_null("."),
        other=pl.col("t").str.extract(PAIR, 4).fill_null("."),
        run=pl.col("t").str.extract(RUN, 1),
        written=pl.col("t").is_not_null(),
    )
    run, length = pl.col("run"), pl.col("run").str.len_chars()
    parts = parts.with_columns(
        e=pl.when(length >= 12).then(run.str.slice(0, 6)).otherwise(pl.col("e") + pl.col("tail")),
        n=pl.when(length >= 12).then(run.str.slice(6)).otherwise(pl.col("n") + pl.col("other")),
    )
    east, north = (parts[c].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy() for c in ("e", "n"))
    east, north, torn = _rejoin(parts["run"], east, north)
    odd = parts["written"].fill_null(value=False).to_numpy()
    points = place_pairs(east, north, parts["figures"].fill_null(0).to_numpy(), odd)
    fault = pl.Series(torn, dtype=pl.Utf8).replace("", None)
    answer = points.with_columns(fault=pl.coalesce(fault, "fault"))
    return pl.concat([frame.select("row"), answer], how="horizontal")


def _rejoin(run: pl.Series, east: np.ndarray, north: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twelve figures that lost a leading zero: of easting, or of northing before they were joined.

    Only where one of the two lies in Great Britain is it taken, and said; else it is ambiguous.
    """
    eleven = (run.str.len_chars() == 11).fill_null(value=False).to_numpy()
    fault = np.full(len(east), "", dtype=object)
    if not eleven.any():
        return east, north, fault
    cuts = [[run.str.slice(0, cut), run.str.slice(cut)] for cut in (5, 6)]
    pairs = [[s.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy() for s in pair] for pair in cuts]
    fits = [in_great_britain(*pair) & eleven for pair in pairs]
    one = fits[0] ^ fits[1]
    first = fits[0] & one
    joined = [np.where(one, np.where(first, a, b), was) for a, b, was in zip(*pairs, (east, north), strict=True)]
    fault[one] = "place.zero-padded"
    fault[fits[0] & fits[1]] = "place.ambiguous"
    return joined[0], joined[1], fault


def find_references(texts: pl.Series) -> pl.DataFrame:
    """Points (`POINTS`) of the first grid reference that stands in each prose text, three figures or finer."""
    frame = pl.DataFrame({"t": texts.str.to_uppercase()})
    lettered, street = (
        pl.concat_str(pl.col("t").str.extract(form, g) for g in (1, 2)) for form in (PROSE_LETTERED, PROSE_ST)
    )
    numeric = pl.concat_str([pl.col("t").str.extract(PROSE_NUMERIC, g) for g in (1, 2)], separator=" ")
    cells = frame.select(pl.coalesce(lettered, street, numeric)).to_series()
    found = parse_references(cells)
    # in prose a pair that lies nowhere is some other number, no fault of the place
    placed = pl.col("easting").is_not_null() & (pl.col("fault").is_null() | (pl.col("fault") != "place.units-assumed"))
    return found.select(pl.when(placed).then(pl.col(c)).alias(c) for c in POINTS)
