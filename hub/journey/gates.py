"""The automatic checks of a candidate: what an intruder finds who knows it all, and what subtraction of releases shows.

Footprints of releases (class keys, keyed digests of their rows' numbers; no value beside the quasi-identifiers) lie with
each release's files. A candidate is compared with every release whose copies may be out, to whatever recipient of the
partnership: they could be put together. Recalled and withdrawn copies count, or the release that replaces one would
single out what was erased.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from hub import disclosure
from hub.db import release as releases
from hub.decision import Refuse
from hub.journey.publishing import Publishing
from hub.release import guard
from hub.release.coded import class_numbers
from protocols.schema import PLACE_FLOORS, TIME_FLOORS

CLASSES, RECORDS = ".classes.parquet", ".records.parquet"
CELLS = ".withheld.parquet"
STAY = frozenset({CLASSES, RECORDS, CELLS})
"""What stays of a release when its files are destroyed: later ones are compared with it."""
CELL_M = 100


@dataclass(frozen=True, slots=True)
class Differenced:
    """Rows that may stay (a mask), the candidate's footprint, and the figures: releases compared, rows held back for
    it, people that subtraction would have exposed; whether nothing offends any more."""

    stays: pl.Series
    footprint: disclosure.Footprint
    figures: dict[str, int]
    settled: bool


def withhold(
    frame: pl.DataFrame, quasi: Sequence[str], others: Sequence[str], key: bytes, wanted: Collection[str] = ()
) -> pl.DataFrame:
    """Withhold as few cells of `others` as keep every row from standing alone in all its released values; of the columns
    that the recipient's questions name (`wanted`) last."""
    others = [c for c in others if frame[c].n_unique() > 1]  # what all rows share tells nothing of one
    if not others or not frame.height:
        return frame
    groups = class_numbers(frame, quasi)
    never_coarser = disclosure.make_hierarchy("group", [(str(n),) for n in range(int(groups.max()) + 1)])
    assert not isinstance(never_coarser, Refuse)
    hierarchies = [never_coarser, *disclosure.hierarchies_for(frame, others, {})]
    codes = [groups, *(h.encode(frame[h.column]) for h in hierarchies[1:])]
    weights = guard.weights(frame, others, wanted)
    done = disclosure.assign(
        codes, hierarchies, disclosure.Model(k=2), None, [1.0, *(weights[c] for c in others)], key=key
    )
    starred = {
        c: pl.repeat(True, frame.height, eager=True) if isinstance(done, Refuse) else pl.Series(done.stars(n))
        for n, c in enumerate(others, 1)
    }
    return guard.withhold(frame, quasi, others, starred)


def still_withheld(frame: pl.DataFrame, earlier: Sequence[Path]) -> pl.DataFrame:
    """The frame (`row_id` and all) with every cell withheld that an earlier release of its series withheld (`earlier`:
    their folders).

    Event numbers join a series' releases: what one withholds of a row and the next shows would be put together.
    """
    paths = [p for folder in earlier if (p := folder / CELLS).is_file()]
    if not paths:
        return frame
    masks = pl.concat([pl.read_parquet(p) for p in paths], how="diagonal").group_by("row_id").agg(pl.all().any())
    columns = [c for c in masks.columns if c != "row_id" and c in frame.columns]
    joined = frame.join(
        masks.select("row_id", pl.col(columns).name.prefix("_")), on="row_id", how="left", maintain_order="left"
    )
    hidden = [
        pl.when(pl.col(f"_{c}").fill_null(value=False)).then(pl.lit(guard.WITHHELD)).otherwise(pl.col(c)).alias(c)
        for c in columns
    ]
    return joined.with_columns(hidden).select(frame.columns)


def difference(
    hub: Publishing,
    release: str,
    frame: pl.DataFrame,
    row_ids: pl.Series,
    quasi: Sequence[str],
    k: int,
    live: Sequence[releases.Release],
    leaves: Mapping[str, Mapping[str, frozenset[str]]],
) -> Differenced:
    """Compare a candidate's rows with the releases that are or may be out; which rows must wait."""
    key = hmac.new(hub.root, b"release-footprints", hashlib.sha256).digest()
    mine = disclosure.take_footprint(release, frame.select(quasi), quasi, row_ids, key)
    others = [f for one in live if (f := _read(hub.folder / one.id, one.id)) is not None]
    k = max([k, *(int(one.counts.get("k", k)) for one in live)])
    found = disclosure.check_against(mine, others, k, leaves)
    stands = np.ones(frame.height, dtype=bool)
    stands[found.held.to_numpy()] = False
    stays = pl.Series("stays", stands)
    kept = disclosure.without(mine, stays) if found.held.len() else mine
    figures = {
        "releases_compared": len(others),
        "people_exposed_without_it": sum(f.added + f.removed for f in found.findings),
        "rows_held_back": found.held.len(),
    }
    return Differenced(stays, kept, figures, found.settled)


def write(footprint: disclosure.Footprint, frame: pl.DataFrame, row_ids: pl.Series, folder: Path) -> None:
    """Keep with a release its footprint, and which cells of which rows it withholds (no value of any)."""
    texts = [c for c, kind in frame.schema.items() if isinstance(kind, pl.Utf8 | pl.Enum)]
    cells = frame.select(row_ids.alias("row_id"), *(pl.col(c).eq_missing(guard.WITHHELD).alias(c) for c in texts))
    some = [c for c in texts if cells[c].any()]
    if some:
        cells.select("row_id", *some).filter(pl.any_horizontal(some)).write_parquet(folder / CELLS, compression="zstd")
    footprint.classes.write_parquet(folder / CLASSES, compression="zstd")
    footprint.rows.write_parquet(folder / RECORDS, compression="zstd")


def _read(folder: Path, release: str) -> disclosure.Footprint | None:
    if not (folder / CLASSES).is_file():
        return None
    return disclosure.Footprint(release, pl.read_parquet(folder / CLASSES), pl.read_parquet(folder / RECORDS))


def compared(live: Sequence[releases.Release]) -> list[releases.Release]:
    """The releases whose copies are out or may come to be. Those that stay personal data hold every row anyway: to
    subtract one from another tells its recipient nothing new."""
    return [r for r in live if r.tier != "L1" and (r.published_at is not None or r.state in ("candidate", "held"))]


def spots(rows: pl.DataFrame) -> pl.DataFrame:
    """Where and when rows lie, as fine as releases are compared: their different 100 m cells with areas, and days."""
    cut = [pl.col(c) // CELL_M * CELL_M for c in ("easting", "northing")]
    when = pl.col("occurred_from").dt.truncate("1d")
    where = rows.select(*cut, "lsoa", "ward", "district").unique()
    return pl.concat([where, rows.select(when).unique()], how="diagonal")


def leaves(rows: pl.DataFrame) -> dict[str, dict[str, frozenset[str]]]:
    """What places and days stand for: by column and label of any floor, the 100 m cells, or the days, of the rows in it
    (`spots` of them will do).

    So a ward is compared with the cells inside it, a quarter with its months, by where the rows at hand lie.
    """
    cell = pl.concat_str(pl.col("easting") // CELL_M, pl.lit("/"), pl.col("northing") // CELL_M)
    day = pl.col("occurred_from").dt.date().cast(pl.Utf8)
    finest = rows.with_columns(
        _cell=cell, _day=day, place_floor=pl.lit(PLACE_FLOORS[0]), time_floor=pl.lit(TIME_FLOORS[0]),
        time_precision=pl.lit(TIME_FLOORS[0]),
    )  # fmt: skip
    places: dict[str, frozenset[str]] = {}
    for floor in PLACE_FLOORS[PLACE_FLOORS.index("grid-100m") :]:
        places |= _members(disclosure.coarsen_place(finest, floor), "place", "_cell")
    times: dict[str, frozenset[str]] = {}
    for floor in TIME_FLOORS[TIME_FLOORS.index("date") :]:
        times |= _members(disclosure.coarsen_time(finest, floor), "occurred", "_day")
    areas = {c: _members(finest, c, "_cell") for c in ("lsoa", "ward", "district")}
    return {"place": places, "occurred": times, **areas}


def _members(frame: pl.DataFrame, label: str, leaf: str) -> dict[str, frozenset[str]]:
    found = frame.select(label, leaf).drop_nulls().group_by(label).agg(pl.col(leaf).unique())
    return {name: frozenset(members) for name, members in found.iter_rows()}
