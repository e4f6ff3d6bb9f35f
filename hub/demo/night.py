"""One night of native extracts of the synthetic borough: five files of three agencies, with known dirt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

import numpy as np
import polars as pl

from hub.demo import crime, emergency, housing, incidents
from hub.demo.borough import Borough
from hub.demo.canaries import base as canary_base
from hub.demo.dirt import BAD, CORRECTION, DUPLICATE, REPEATED, ROW, Plan, autumn_within, copied, draw_plan, spoil
from hub.demo.scene import Setting

CHUNK = 10_000
NOTE_SHARE = 1 / 3
"""Share of all rows of the night that carry a note; attendances carry none, the other files so many more."""
FEWEST = 20
SHARES = {"northmoor-police-incidents": (0.25, None), "northmoor-nhs-istv": (0.05, 25_000),
          "northmoor-nhs-ed-csv": (0.05, 25_000), "northmoor-homes-asb": (0.15, 20_000)}  # fmt: skip
"""Share of the night and most rows of each extract; recorded crime takes the rest."""
CRIME = "northmoor-police-crime"
Write = Callable[[BinaryIO, Iterator[pl.DataFrame]], None]


@dataclass(frozen=True, slots=True)
class Extract:
    """A native file and all that is known of it.

    `source` names the connector mapping. `planted` counts rows by kind of dirt: `impossible-date`, `missing-hour`,
    `unknown-code` and `missing-required`, whose sum is `bad`; `swapped-coordinates`, `zero-coordinates`, `formula`;
    `duplicate`, `correction`, `equal` (in files without a key), `canary`; and, of the rows that are not bad, `noted`,
    `outside` (in Southmoor), `placeless`, `repeated-hour`, `sexual` and `domestic`. `canaries` are the numbers of the
    people planted.
    """

    path: Path
    source: str
    agency: str
    dataset: str
    rows: int
    planted: dict[str, int]
    canaries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Feed:
    module: ModuleType
    agency: str
    dataset: str
    path: Callable[[Path, Setting], Path]
    write: Callable[..., None]
    note: str = ""
    dated: bool = False
    keyed: bool = True
    persons: int = 1


POLICE, TRUST, HOMES = "northmoor-police", "northmoor-nhs-trust", "northmoor-homes"
_FEEDS: dict[str, _Feed] = {
    CRIME: _Feed(crime, POLICE, "police-crime/1", crime.path, crime.write, "MO_SUMMARY", persons=2),
    "northmoor-police-incidents":
        _Feed(incidents, POLICE, "police-incidents/1", incidents.path, incidents.write, "Result Text"),
    "northmoor-nhs-istv":
        _Feed(emergency, TRUST, "ed-assaults/1", emergency.xml_path, emergency.write_xml, dated=True, keyed=False),
    "northmoor-nhs-ed-csv":
        _Feed(emergency, TRUST, "ed-assaults/1", emergency.csv_path, emergency.write_csv, keyed=False),
    "northmoor-homes-asb":
        _Feed(housing, HOMES, "housing-asb/1", housing.path, housing.write, "Diary", dated=True, persons=2),
}  # fmt: skip


@dataclass(slots=True)
class _Tally:
    """Marks summed while the chunks go by."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, frame: pl.DataFrame, bad: list[int], note: str) -> None:
        good = frame.filter(~pl.col(ROW).is_in(bad))
        names = {"outside": "_outside", "placeless": "_placeless", REPEATED: "_repeated", "sexual": "_sexual",
                 "domestic": "_domestic"}  # fmt: skip
        self.counts.update({name: int(good[column].sum()) for name, column in names.items()})
        self.counts["noted"] += good[note].count() if note else 0


def split(rows: int) -> dict[str, int]:
    """How many rows each extract of a night of `rows` has, by source. Raises `ValueError` below 20 rows."""
    if rows < FEWEST:
        raise ValueError(f"a night has at least {FEWEST} rows, not {rows}")
    sizes = {s: min(max(1, int(rows * share)), most or rows) for s, (share, most) in SHARES.items()}
    return {CRIME: rows - sum(sizes.values()), **sizes}


def make_night(borough: Borough, folder: Path, rows: int, day: date, seed: int = 1, canaries: int = 0) -> list[Extract]:
    """Write one night's native files, `rows` rows in all, into `folder`; memory does not grow with `rows`.

    Equal arguments give equal bytes. `canaries` rows of each extract carry unmistakable people (`hub.demo.canaries`),
    some of them in rows that are bad, copied or corrected. Raises `ValueError` when the numbers do not fit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes = split(rows)
    noted = min(1.0, NOTE_SHARE * rows / sum(size for source, size in sizes.items() if _FEEDS[source].note))
    return [
        _extract(source, Setting(borough, seed, day, stream, size, noted), folder, canaries)
        for stream, (source, size) in enumerate(sizes.items())
    ]


def make_extract(borough: Borough, source: str, folder: Path, rows: int, day: date, seed: int = 1) -> Extract:
    """Write one source's native file of `rows` rows: for measuring, where a night's shares do not matter."""
    folder.mkdir(parents=True, exist_ok=True)
    return _extract(source, Setting(borough, seed, day, list(_FEEDS).index(source), rows, 1.0), folder, 0)


def _extract(source: str, setting: Setting, folder: Path, canaries: int) -> Extract:
    feed, tally = _FEEDS[source], _Tally()
    late = (
        autumn_within(feed.module.first_day(setting), setting.day) if REPEATED in feed.module.spoils(setting) else None
    )
    kinds = (*feed.module.KINDS, *([REPEATED] if late else []))
    rng = np.random.default_rng([setting.seed, setting.day.toordinal(), setting.stream, 1 << 30])
    plan = draw_plan(rng, setting.rows, kinds, feed.module.COPIES, canaries)
    target = feed.path(folder, setting)
    write: Write = partial(feed.write, day=setting.day) if feed.dated else feed.write
    with target.open("wb") as out:
        write(out, _frames(feed, setting, plan, tally))
    planted = plan.counts()
    counts = planted | dict(tally.counts) | {"bad": sum(planted.get(kind, 0) for kind in BAD)}
    if not feed.keyed:
        counts |= {DUPLICATE: 0, CORRECTION: 0, "equal": planted[DUPLICATE]}
    numbers = sorted(plan.canaries.values())
    base = canary_base(setting.stream)
    people = tuple(base + 2 * seat + side for seat in numbers for side in range(feed.persons))
    return Extract(target, source, feed.agency, feed.dataset, setting.rows, counts, people)


def _frames(feed: _Feed, setting: Setting, plan: Plan, tally: _Tally) -> Iterator[pl.DataFrame]:
    spoils = feed.module.spoils(setting)
    bad = [row for kind in BAD for row in plan.rows.get(kind, ())]
    for number, low in enumerate(range(0, setting.rows, CHUNK)):
        frame = feed.module.chunk(setting, plan, number, low, min(low + CHUNK, setting.rows))
        frame = copied(spoil(frame, plan, spoils), plan, feed.module.BEFORE, feed.module.AFTER)
        tally.add(frame, bad, feed.note)
        yield frame
