"""What are things called? Names of streets, places and towns in one writing, and the keys they are found by when they
are misspelt: every spelling with one letter left out (symmetric delete), and single words.

All on columns; the same functions write the gazetteer and ask it.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.geocode.address import KINDS, byte_keys, normal, text_bytes, text_keys

RADIUS_M = {
    "bus stop": 150.0, "school": 250.0, "car park": 90.0, "park": 200.0, "station": 120.0, "retail": 200.0,
    "shop": 40.0, "defibrillator": 60.0, "camera": 60.0, "junction": 60.0, "motorway junction": 300.0,
    "settlement": 1500.0, "hospital": 200.0, "place": 100.0, "road node": 20.0,
}  # fmt: skip
"""What a place of a kind reaches round its point, where its source does not say: 95 % radius, metres."""
WIDE = (
    (r"\b(?:UNIVERSITY|AIRPORT|WATER PARK|COUNTRY PARK|RESERVOIR|GOLF|DOCKS?|INDUSTRIAL ESTATE|TRADING ESTATE)\b", 600.0),
    (r"\bRETAIL PARK\b|\bHOSPITAL\b|\b(?:SHOPPING|TRAFFORD) CENTRE\b|\bBUSINESS PARK\b|\bSTADIUM\b|\bPARK$|\bCEMETERY\b", 300.0),
    (r"\bTOWN CENTRE\b|\bVILLAGE\b", 500.0), (r"\bSTATION\b|\bCOLLEGE\b|\bSCHOOL\b|\bINTERCHANGE\b", 150.0),
)  # fmt: skip
"""What a place reaches by the words of its name, where its source gives a point alone; `CAR PARK` is none of them."""


def reach_of(name: pl.Expr) -> pl.Expr:
    """Least radius of a place by the words of its name; 0 where they say nothing."""
    plain = name.str.replace_all(r"\bCAR PARK\b", "")
    told = [pl.when(plain.str.contains(pattern)).then(metres).otherwise(0.0) for pattern, metres in WIDE]
    return pl.max_horizontal(told)


STREET_WORD = rf"(?:{KINDS}|HIGHWAY|BYPASS|CAUSEWAY|ROUNDABOUT|ISLAND|BROADWAY|STRAND|EMBANKMENT|ESPLANADE|PROMENADE)"
_NOT_STREETS = (
    "PARK|COURT|CENTRE|COTTAGES|BUILDINGS|GREEN|END|GARDENS|CROSS|ISLAND|ROUNDABOUT|BANK|GATE|ARCADE|WHARF|QUAY"
)
SHORTEST = 5
LONGEST = 48
PAGE = 50_000
COMMON = frozenset("THE OF AND AT IN ON A NEAR BY TO ROAD STREET AVENUE LANE DRIVE CLOSE WAY".split())
"""Words that tell no name from another."""


def name_of(texts: pl.Series) -> pl.Series:
    """Names in one writing: `St. Mary's Rd` is `ST MARYS ROAD`; null where nothing is left."""
    text = normal(texts.cast(pl.Utf8))
    column = pl.col("t").str.replace_all(",", " ").str.replace_all(r"\bSAINT\b", "ST").str.replace_all(r"\s+", " ")
    column = column.str.replace_all(r"\bCARPARK\b|\bCAR PK\b|\bCP\b", "CAR PARK").str.replace(r"^THE ", "")
    return pl.DataFrame({"t": text}).select(column.str.strip_chars().replace("", None)).to_series()


def is_street(name: pl.Expr) -> pl.Expr:
    """Does a name end as only streets do?"""
    ends = name.str.contains(rf" {STREET_WORD}(?: (?:NORTH|SOUTH|EAST|WEST))?$")
    return (ends & ~name.str.contains(rf" (?:{_NOT_STREETS})$")).fill_null(value=False)


def deletes(names: pl.Series, rows: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Keys of every name and of it with one letter left out, each with its row."""
    fit = pl.DataFrame({"name": names, "row": rows.cast(pl.Int64)}).filter(
        pl.col("name").str.len_chars().is_between(SHORTEST, LONGEST)
    )
    keys, owners = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for page in fit.iter_slices(PAGE):
        raw, owner = text_bytes(page["name"]), page["row"].to_numpy()
        keys.append(byte_keys(raw))
        owners.append(owner)
        # names are plain letters, a byte each; of two equal neighbours either left out leaves the same
        for at in range(LONGEST):
            some = np.flatnonzero((raw[:, at] > 0) & (raw[:, at] != raw[:, at + 1]))
            shorter = raw[some]
            shorter[:, at:-1] = raw[some, at + 1 :]
            keys.append(byte_keys(shorter))
            owners.append(owner[some])
    return pl.Series(np.concatenate(keys)), pl.Series(np.concatenate(owners))


def tokens(names: pl.Series, rows: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Keys of the words of every name that tell it from others, each with its row."""
    words = (
        pl.DataFrame({"w": names.str.split(" "), "row": rows})
        .explode("w")
        .filter((pl.col("w").str.len_chars() > 1) & ~pl.col("w").is_in(list(COMMON)))
        .unique()
    )
    return text_keys(words["w"]), words["row"]
