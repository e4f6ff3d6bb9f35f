"""How well are places written down? Figures of each batch, for the report that goes back to its source.

The inspectors' complaint was that nobody challenged bad locations where they were made. After every batch its source
finds by which method how many of its rows were placed, which of its fields say little or wrong things, and which words
it writes most often that nobody could place. Words are quoted only if they name public places (see
`hub.depersonalise.place_words`), if the recogniser finds nothing in them, and if five rows of one chunk write them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl

from hub.depersonalise.place_words import LEAST_ROWS, names_a_public_place, tells_of_somebody, without_roads
from hub.depersonalise.redaction import Recogniser
from hub.geocode.reviewed import WORDS, words_of
from protocols.contract import Contract, Role

UNPLACED = ("none", "ambiguous")
MOST_WORDS = 50
WORDS_OF = (Role.ADDRESS, Role.STREET, Role.TOWN, Role.PLACE_TEXT)
"""The roles of `hub.geocode.reviewed.WORDS`, in the same order."""
ABOUT: dict[str, tuple[Role, ...]] = {
    "place.uprn": (Role.UPRN,), "place.postcode": (Role.POSTCODE,), "place.unmatched": WORDS_OF,
    "place.ambiguous": WORDS_OF, "place.several": (Role.GRID_REFERENCE,), "place.unreadable": (Role.GRID_REFERENCE,),
}  # fmt: skip
"""The fields that a fault is about, by how its rule begins; all other faults are of coordinates."""
COORDINATES = (Role.EASTING, Role.NORTHING, Role.LONGITUDE, Role.LATITUDE)


def location_figures(placed: pl.DataFrame, contract: Contract, recogniser: Recogniser) -> dict[str, Any]:
    """Figures of one chunk: `classes` (rows by precision class), `fields` (rows that give a field, and those whose
    fault is about it), `unplaced` (rows by words, those that could not be placed and those that fit several)."""
    fields = [f for f in contract.event_places() if f.name in placed.columns]
    faults = dict(placed.filter(pl.col("geo_fault").is_not_null()).group_by("geo_fault").len().iter_rows())
    given = {f.name: int((placed[f.name].fill_null("").str.strip_chars() != "").sum()) for f in fields}
    faulty = Counter[str]()
    for fault, rows in faults.items():
        roles = next((r for start, r in ABOUT.items() if fault.startswith(start)), COORDINATES)
        faulty.update({f.name: rows for f in fields if f.role in roles and given[f.name]})
    classes = placed.group_by("geo_class").len().iter_rows() if "geo_class" in placed.columns else ()
    return {
        "rows": placed.height,
        "classes": dict(classes),
        "fields": {f.name: {"given": given[f.name], "faulty": faulty[f.name]} for f in fields},
        "unplaced": _unplaced(placed, {r: [f.name for f in fields if f.role is r] for r in WORDS_OF}, recogniser),
    }


def _unplaced(placed: pl.DataFrame, fields: dict[Role, list[str]], recogniser: Recogniser) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    columns = [
        pl.concat_str([pl.col(f) for f in names], separator=", ", ignore_nulls=True).alias(word)
        for word, names in zip(WORDS, fields.values(), strict=True)
        if names
    ]
    for method in UNPLACED if columns else ():
        words = words_of(placed.filter(pl.col("geo_method") == method).select(columns)).drop_nulls()
        often = words.value_counts(name="rows").filter(pl.col("rows") >= LEAST_ROWS)
        ordered = often.sort("rows", often.columns[0], descending=[True, False])
        plain = [(w, n) for w, n in ordered.iter_rows() if names_a_public_place(w)][:MOST_WORDS]
        bare = [without_roads(w) for w, _ in plain]
        spans = recogniser.find(bare) if plain else []
        telling = [tells_of_somebody(b, hits) for b, hits in zip(bare, spans, strict=True)]
        found[method] = {w: n for (w, n), tells in zip(plain, telling, strict=True) if not tells}
    return found
