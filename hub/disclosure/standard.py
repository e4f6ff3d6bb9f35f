"""How are ages, times and places made coarser, where nobody brought a file? Paths for the values of a column.

Classifications (ethnicity 18+1, offence groups) are files with a vintage in `hub/adapters/hierarchies`; these three
follow from the value itself. A function gives a path (leaf, level 1, …, `*`), or None for a value it cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hub.disclosure.hierarchy import STAR

OLDEST = 90
"""Ages from here on are one: the oldest stand out by age alone."""
_TIME = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:?\d{2})?)?)?)?")
_FIGURES = re.compile(r"(\d{6})(\d{6})")


def age_path(value: str) -> tuple[str, ...] | None:
    """Whole years → 5 → 10 → 20 years → `*`; 90 and over together from the first step on."""
    if not value.isascii() or not value.isdigit() or int(value) > 130:
        return None
    age = int(value)
    if age >= OLDEST:
        return (value, *[f"{OLDEST}+"] * 2, "80+", STAR)
    bands = [f"{age // w * w}-{age // w * w + w - 1}" for w in (5, 10, 20)]
    return (value, *(bands if age < 80 else [*bands[:2], "80+"]), STAR)


def time_path(value: str) -> tuple[str, ...] | None:
    """Moment or date → hour → date → month → quarter → year → `*`; levels finer than the value repeat it."""
    found = _TIME.fullmatch(value)
    if found is None:
        return None
    year, month, day, hour = found.groups()
    if (month and not 1 <= int(month) <= 12) or (day and not 1 <= int(day) <= 31) or (hour and int(hour) > 23):
        return None
    by_date = f"{year}-{month}-{day}" if day else value
    by_month = f"{year}-{month}" if month else value
    quarter = f"{year}Q{(int(month) + 2) // 3}" if month else value
    return (value, f"{by_date}T{hour}" if hour else value, by_date, by_month, quarter, year, STAR)


def place_path(areas: Mapping[str, tuple[str, str, str]]) -> Callable[[str], tuple[str, ...] | None]:
    """12-figure reference → 100 m → 1 km → LSOA → ward → district → `*`. `areas`: 12 figures to its three codes.

    Without areas a reference goes from 1 km to 10 km to `*`. A square kilometre does not nest in an LSOA: labels are
    truthful all the same, for each says where the reference itself lies.
    """

    def path(value: str) -> tuple[str, ...] | None:
        found = _FIGURES.fullmatch(value)
        if found is None or (areas and value not in areas):
            return None
        east, north = int(found[1]), int(found[2])
        cells = [
            f"{east // side * side:06d}{north // side * side:06d}/{name}"
            for side, name in ((100, "100m"), (1000, "1km"))
        ]
        wide = areas[value] if areas else (f"{east // 10000 * 10000:06d}{north // 10000 * 10000:06d}/10km",)
        return (value, *cells, *wide, STAR)

    return path
