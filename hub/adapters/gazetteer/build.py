"""From canonical rows to the tables of a layer, sorted for searching where they lie.

Canonical frames, by kind: `postcodes` postcode easting northing quality · `uprns` uprn easting northing · `addresses`
uprn number street place town postcode easting northing · `names` name kind town easting northing radius · `nodes`
easting northing · `posts` road carriageway km easting northing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hub.adapters.gazetteer.store import texts_table, write_table
from hub.geocode.address import address_keys, door, postcode_keys, text_keys
from hub.geocode.names import RADIUS_M, deletes, is_street, name_of, reach_of, tokens

NEIGHBOUR = 6
"""Spacing: metres to the sixth nearest other postcode point. Of the neighbours tried (1 to 12) it tells best how far
a postcode reaches."""
CELL_M = 1000
NEAR_CELLS = 2
"""How many cells round a known point count as near it: some two kilometres."""
PART_M = 300
"""Points of one street name are one street where they lie in cells of this size that touch."""
THIN_M = 15
KEEP_POINTS = 400


def write_parts(folder: Path, parts: dict[str, list[pl.DataFrame]]) -> dict[str, int]:
    """Write every kind's tables; returns rows by kind."""
    rows: dict[str, int] = {}
    frames = {kind: pl.concat(found, how="vertical_relaxed") for kind, found in parts.items() if found}
    names = [frames["names"]] if "names" in frames else []
    points: list[np.ndarray] = []
    for kind, write in (("postcodes", _postcodes), ("uprns", _uprns), ("posts", _posts), ("nodes", _nodes)):
        if kind in frames and frames[kind].height:
            rows[kind] = write(folder, frames[kind])
            points.append(frames[kind].select("easting", "northing").to_numpy())
    if "addresses" in frames and frames["addresses"].height:
        rows["addresses"], streets = _addresses(folder, frames["addresses"])
        names.append(streets)
        points.append(frames["addresses"].select("easting", "northing").to_numpy())
    together = pl.concat(names, how="diagonal_relaxed") if names else pl.DataFrame()
    if together.height:
        rows["names"] = _names(folder, together)
        points.append(together.select("easting", "northing").to_numpy())
    if points:
        write_table(folder, "cells", {"keys": cells(np.concatenate(points))})
    return rows


def cells(points: np.ndarray) -> np.ndarray:
    """The kilometre cells (Int64, sorted) that lie near a point."""
    known = np.unique(points.astype(np.int64) // CELL_M, axis=0)
    steps = range(-NEAR_CELLS, NEAR_CELLS + 1)
    round_about = [(known[:, 0] + e) * CELL_M * 10 + known[:, 1] + n for e in steps for n in steps]
    return np.unique(np.concatenate(round_about))


def _postcodes(folder: Path, frame: pl.DataFrame) -> int:
    text = frame["postcode"].str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    keys = postcode_keys(frame["postcode"])
    frame = frame.with_columns(k=keys, t=text).filter(pl.col("k").is_not_null()).unique("k", keep="first").sort("k")
    points = frame.select("easting", "northing").to_numpy().astype(np.int32)
    write_table(folder, "postcodes", {
        "keys": frame["k"].to_numpy(), "points": points, "quality": frame["quality"].to_numpy().astype(np.int16),
        "spacing": spacing(points), "text": np.array(frame["t"].to_list(), dtype="S8"),
    })  # fmt: skip
    _sectors(folder, frame.filter(~pl.col("quality").is_in([60, 90])))
    return frame.height


def spacing(points: np.ndarray) -> np.ndarray:
    """Metres from each point to its sixth nearest other point; large where there are not so many."""
    from scipy.spatial import cKDTree  # here: only loading needs it, and it takes a second to import

    unique, back = np.unique(points, axis=0, return_inverse=True)
    if len(unique) <= NEIGHBOUR:
        return np.full(len(points), 5000.0, dtype=np.float32)
    away, _ = cKDTree(unique.astype(float)).query(unique.astype(float), k=[NEIGHBOUR + 1])
    return np.asarray(away[:, 0][back.ravel()], dtype=np.float32)


def _sectors(folder: Path, frame: pl.DataFrame) -> None:
    """Sectors (`BS11`) and districts (`BS1`): the centre of their postcodes and the radius that holds 95 % of them."""
    if not frame.height:
        return
    outward = pl.col("t").str.slice(0, pl.col("t").str.len_chars() - 3)
    both = pl.concat([
        frame.select(area="D " + outward, e="easting", n="northing"),
        frame.select(area="S " + outward + " " + pl.col("t").str.slice(-3, 1), e="easting", n="northing"),
    ])  # fmt: skip
    middle = both.with_columns(ce=pl.col("e").mean().over("area"), cn=pl.col("n").mean().over("area"))
    away = ((pl.col("e") - pl.col("ce")) ** 2 + (pl.col("n") - pl.col("cn")) ** 2).sqrt()
    found = middle.group_by("area").agg(
        pl.col("ce").first(), pl.col("cn").first(), radius=(away.quantile(0.95) * 1.6).clip(510.0)
    )  # fmt: skip
    found = found.with_columns(k=text_keys(found["area"])).sort("k")
    write_table(folder, "sectors", {
        "keys": found["k"].to_numpy(), "points": found.select("ce", "cn").to_numpy().astype(np.int32),
        "radius": found["radius"].to_numpy().astype(np.float32),
    })  # fmt: skip


def _uprns(folder: Path, frame: pl.DataFrame) -> int:
    frame = frame.filter(pl.col("uprn").is_not_null()).unique("uprn", keep="first").sort("uprn")
    write_table(folder, "uprns", {
        "keys": frame["uprn"].to_numpy().astype(np.int64),
        "points": frame.select("easting", "northing").to_numpy().astype(np.int32),
    })  # fmt: skip
    return frame.height


def _posts(folder: Path, frame: pl.DataFrame) -> int:
    """Distance posts: sorted by road and carriageway, then by kilometre."""
    road = frame["road"].str.to_uppercase().str.replace_all(r"\s", "")
    both = frame.with_columns(k=text_keys(pl.DataFrame({"r": road, "c": frame["carriageway"]}).select(
        pl.col("r") + "|" + pl.col("c").str.to_uppercase()).to_series()))  # fmt: skip
    frame = both.filter(pl.col("k").is_not_null()).sort("k", "km")
    write_table(folder, "posts", {
        "keys": frame["k"].to_numpy(), "km": frame["km"].to_numpy().astype(np.float64),
        "points": frame.select("easting", "northing").to_numpy().astype(np.int32),
    })  # fmt: skip
    return frame.height


def _nodes(folder: Path, frame: pl.DataFrame) -> int:
    """Road junctions, by the hundred-metre cell they lie in."""
    cell = (pl.col("easting") // 100).cast(pl.Int64) * 100_000 + pl.col("northing") // 100
    frame = frame.with_columns(k=cell).unique(["easting", "northing"]).sort("k")
    write_table(folder, "nodes", {
        "keys": frame["k"].to_numpy(), "points": frame.select("easting", "northing").to_numpy().astype(np.int32),
    })  # fmt: skip
    return frame.height


def _addresses(folder: Path, frame: pl.DataFrame) -> tuple[int, pl.DataFrame]:
    """Doors by their exact key, by postcode and number, names by postcode; the streets they tell of."""
    street, place = name_of(frame["street"]), name_of(frame["place"])
    squeezed = frame["postcode"].str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "").replace("", None)
    number = frame["number"].str.to_uppercase().str.extract(r"^\s*(\d{1,4}\s*[A-Z]?)\b", 1).str.replace_all(r"\s", "")
    rows = frame.select("easting", "northing", "uprn", "town").with_columns(
        street=street, place=place, number=number, pc=squeezed, place_town=name_of(frame["town"].cast(pl.Utf8)), exact=address_keys(door(number, frame["street"]), squeezed)
    ).with_row_index("row")  # fmt: skip
    texts = pl.concat([street, place, number, rows["place_town"]]).drop_nulls().unique().sort()
    ids = pl.DataFrame({"t": texts, "i": pl.int_range(1, len(texts) + 1, eager=True)})
    numbered = rows
    for column in ("street", "place", "number", "place_town"):
        numbered = numbered.join(
            ids.rename({"t": column, "i": f"{column}_id"}), on=column, how="left", maintain_order="left"
        )
    write_table(folder, "doortexts", texts_table(["", *texts.to_list()]))
    write_table(folder, "doors", {
        "points": rows.select("easting", "northing").to_numpy().astype(np.int32),
        "uprn": rows["uprn"].cast(pl.Int64).fill_null(0).to_numpy(),
        **{c: numbered[f"{c}_id"].fill_null(0).to_numpy().astype(np.int32) for c in ("street", "place", "number")},
        "town": numbered["place_town_id"].fill_null(0).to_numpy().astype(np.int32),
    })  # fmt: skip
    block = pl.col("pc") + "|" + pl.col("number")
    bare = pl.col("number") + "|" + pl.col("street")
    for name, keys in (("exact", rows["exact"]), ("numbered", text_keys(rows.select(bare).to_series())), ("blocks", text_keys(rows.select(block).to_series())),
                       ("houses", text_keys(rows.select(pl.when(pl.col("place").is_not_null()).then("pc")).to_series()))):  # fmt: skip
        found = pl.DataFrame({"k": keys, "row": rows["row"]}).drop_nulls().sort("k")
        write_table(folder, name, {"keys": found["k"].to_numpy(), "row": found["row"].to_numpy().astype(np.int32)})
    streets = rows.filter(pl.col("street").is_not_null()).select(
        name="street", kind=pl.lit("street"), town="town", easting="easting", northing="northing",
        radius=pl.lit(None, pl.Float64),
    )  # fmt: skip
    return rows.height, streets


def _names(folder: Path, frame: pl.DataFrame) -> int:
    """Named things: streets gathered from their points, places as they are, towns from what names them."""
    frame = frame.with_columns(
        shown=pl.col("name"), name=name_of(frame["name"]), town=name_of(frame["town"].cast(pl.Utf8)),
        radius=pl.col("radius").cast(pl.Float64),
    ).filter(pl.col("name").is_not_null())  # fmt: skip
    street = (pl.col("kind") == "street") | (is_street(pl.col("name")) & pl.col("kind").is_in(["place", "bus stop"]))
    # a car park called by its street alone is not the street
    other = is_street(pl.col("name")) & ~street & ~pl.col("kind").is_in(["settlement", "motorway junction"])
    frame = frame.with_columns(
        name=pl.when(other).then(pl.col("name") + " " + pl.col("kind").str.to_uppercase()).otherwise("name")
    )
    frame = frame.with_columns(kind=pl.when(street).then(pl.lit("street")).otherwise("kind"))
    records, clouds = _streets(frame.filter(pl.col("kind") == "street"))
    places = frame.filter(pl.col("kind") != "street").with_columns(
        radius=pl.coalesce(
            "radius",
            pl.max_horizontal(
                pl.col("kind").replace_strict(RADIUS_M, default=100.0, return_dtype=pl.Float64),
                reach_of(pl.col("name")),
            ),
        )
    )
    towns = _towns(frame)
    columns = ["name", "kind", "town", "easting", "northing", "radius"]
    table = pl.concat([f.select(columns) for f in (records, places, towns) if f.height], how="vertical_relaxed")
    _write_names(folder, table, clouds)
    return table.height


def _towns(frame: pl.DataFrame) -> pl.DataFrame:
    """Towns that are named beside other names: the middle of what names them."""
    named = frame.filter(pl.col("town").is_not_null() & (pl.col("kind") != "settlement"))
    if not named.height:
        return pl.DataFrame()
    middle = named.with_columns(
        e=pl.col("easting").median().over("town"), n=pl.col("northing").median().over("town")
    ).with_columns(away=((pl.col("easting") - pl.col("e")) ** 2 + (pl.col("northing") - pl.col("n")) ** 2).sqrt())
    found = middle.group_by("town").agg(
        pl.col("e").first(), pl.col("n").first(), radius=pl.col("away").quantile(0.9).clip(510.0), count=pl.len()
    )
    return found.select(
        name="town", kind=pl.lit("settlement"), town=pl.lit(None, pl.Utf8), easting=pl.col("e"), northing=pl.col("n"),
        radius="radius",
    )  # fmt: skip


def _streets(points: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One record for each stretch of points that bear a name, and its points thinned out (`g easting northing`), in the
    records' order."""
    if not points.height:
        empty: dict[str, Any] = {"g": pl.Int64, "easting": pl.Float64, "northing": pl.Float64}
        return pl.DataFrame(), pl.DataFrame(schema=empty)
    thin = points.select(
        "name", "town", pl.col("easting", "northing").cast(pl.Float64),
        te=pl.col("easting") // THIN_M, tn=pl.col("northing") // THIN_M,
    ).unique(["name", "te", "tn"], keep="first", maintain_order=True)  # fmt: skip
    thin = thin.with_columns(n=pl.col("name").rank("dense").cast(pl.Int64) - 1)
    grouped = thin.with_columns(g=pl.Series(_stretches(thin)))
    middle = grouped.with_columns(
        away=((pl.col("easting") - pl.col("easting").mean().over("g")) ** 2
              + (pl.col("northing") - pl.col("northing").mean().over("g")) ** 2).sqrt()
    ).with_columns(
        e=pl.col("easting").sort_by("away").first().over("g"), m=pl.col("northing").sort_by("away").first().over("g")
    )  # fmt: skip
    spread = ((pl.col("easting") - pl.col("e")) ** 2 + (pl.col("northing") - pl.col("m")) ** 2).sqrt()
    records = middle.group_by("g").agg(
        pl.col("name", "e", "m").first(), town=pl.col("town").drop_nulls().mode().sort().first(),
        spread=spread.quantile(0.95), count=pl.len(),
    ).sort("g")  # fmt: skip
    records = records.with_columns(radius=_reach(pl.col("spread"), pl.col("count")))
    every = (pl.len().over("g") // KEEP_POINTS).clip(1)
    cloud = grouped.with_columns(i=pl.int_range(pl.len()).over("g")).filter(pl.col("i") % every == 0).sort("g")
    table = records.select("name", "town", "radius", kind=pl.lit("street"), easting="e", northing="m", g="g")
    return table, cloud.select("g", "easting", "northing")


def _reach(spread: pl.Expr, points: pl.Expr) -> pl.Expr:
    """95 % radius of a street from how far its known points spread: few points do not tell how long it is.

    Judged on Trafford's cameras, of which one in twenty lies further off than this from the street it is said to be in.
    """
    return (
        pl.when(points < 3).then(pl.max_horizontal(spread * 1.5, 350.0))
        .when(points < 12).then(pl.max_horizontal(spread * 1.5, 250.0))
        .otherwise(pl.max_horizontal(spread * 1.3, 120.0))
    )  # fmt: skip


def _stretches(thin: pl.DataFrame) -> np.ndarray:
    """A number for each point: the same where points of one name (`n`) hang together cell by cell."""
    cells_of = thin.select(
        "n", ce=(pl.col("easting") // PART_M).cast(pl.Int64), cn=(pl.col("northing") // PART_M).cast(pl.Int64)
    )
    unique = cells_of.unique(maintain_order=True).with_row_index("i")
    pairs = [
        unique.join(unique.select("n", pl.col("ce") + e, pl.col("cn") + n, j="i"), on=["n", "ce", "cn"]).select(
            "i", "j"
        )
        for e, n in ((0, 1), (1, 0), (1, 1), (1, -1))
    ]
    edges = pl.concat(pairs)
    size = unique.height
    from scipy.sparse import coo_array  # here: only loading needs them, and they take a second to import
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(edges.height), (edges["i"].to_numpy(), edges["j"].to_numpy())), shape=(size, size))
    label = connected_components(graph, directed=False)[1]
    own = cells_of.join(
        unique.with_columns(g=pl.Series(label)), on=["n", "ce", "cn"], how="left", maintain_order="left"
    )
    found: np.ndarray = own["g"].to_numpy().astype(np.int64)
    return found


def _write_names(folder: Path, table: pl.DataFrame, clouds: pl.DataFrame) -> None:
    texts = pl.concat([table["name"], table["town"]]).drop_nulls().unique().sort()
    ids = pl.DataFrame({"t": texts, "i": pl.int_range(1, len(texts) + 1, eager=True)})
    for column in ("name", "town"):
        table = table.join(ids.rename({"t": column, "i": f"{column}_id"}), on=column, how="left", maintain_order="left")
    kinds = table["kind"].unique().sort().to_list()
    sizes = clouds.group_by("g").len().sort("g")["len"].to_list() if clouds.height else []
    sizes += [0] * (table.height - len(sizes))
    write_table(folder, "nametexts", texts_table(["", *texts.to_list()]))
    write_table(folder, "kindtexts", texts_table(kinds))
    write_table(folder, "cloud", {"points": clouds.select("easting", "northing").to_numpy().astype(np.int32)})
    write_table(folder, "records", {
        "name": table["name_id"].to_numpy().astype(np.int32), "town": table["town_id"].fill_null(0).to_numpy().astype(np.int32),
        "kind": np.array([kinds.index(k) for k in table["kind"].to_list()], dtype=np.int16),
        "points": table.select("easting", "northing").to_numpy().astype(np.int32),
        "radius": table["radius"].to_numpy().astype(np.float32),
        "first": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
    })  # fmt: skip
    row = pl.int_range(table.height, eager=True)
    _postings(folder, "names", text_keys(table["name"]), row)
    unique = table.select("name").with_row_index("row")
    _postings(folder, "deletes", *deletes(unique["name"], unique["row"].cast(pl.Int64)))
    _postings(folder, "tokens", *tokens(unique["name"], unique["row"].cast(pl.Int64)))


def _postings(folder: Path, name: str, keys: pl.Series, rows: pl.Series) -> None:
    found = pl.DataFrame({"k": keys, "row": rows}).drop_nulls().sort("k", "row")
    write_table(folder, name, {"keys": found["k"].to_numpy(), "row": found["row"].to_numpy().astype(np.int32)})
