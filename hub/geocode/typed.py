"""What may it become? Candidates for a place while it is being typed, in a few look-ups by key.

The cascade answers columns; asked for one row at every keystroke it would spend its time on setting out. Here only
what half a text can name is looked up: a reference or UPRN as soon as it is whole, a postcode or the sector or district
that it begins, doors at a postcode or in a street, and names that begin so. What is sent at last is still answered by
the cascade.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import polars as pl

from hub.geocode.address import text_keys
from hub.geocode.candidates import APART_M, Candidate
from hub.geocode.gazetteer import Gazetteer, Source
from hub.geocode.names import name_of
from hub.geocode.precision import CLASSES

SHORTEST = 3
LONGEST = 200
POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)(?:\s*(\d)([A-Z]{0,2}))?\s*$", re.IGNORECASE)
"""A postcode at the end of what is typed, whole or begun: district, sector, unit."""
DOOR = re.compile(r"^(?:.*[, ])?(\d{1,4}[A-Z]?)\s*,?\s+([A-Z].*)$", re.IGNORECASE)
LETTERED = re.compile(r"([HNST])([A-HJ-Z])((?:\d\d){2,5})", re.IGNORECASE)
FIGURES = re.compile(r"(\d{6})[, ]*(\d{6,7})")
LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
UPRN = re.compile(r"^\s*\d{5,12}\s*$")
PREMISES_M, UPRN_M = 25.0, 10.0


def candidates(typed: str, gazetteer: Gazetteer, most: int = 10) -> list[Candidate]:
    """At most `most` candidates for what has been typed so far, the likeliest first; none below three characters."""
    text = " ".join(typed.split())[:LONGEST]
    if len(text) < SHORTEST:
        return []
    found = _uprn(int(text), gazetteer) if UPRN.match(text) else []
    found = found or _reference(text)
    if found or not any(c.isalpha() for c in text):
        return found
    unit, written = "", POSTCODE.search(text)
    if written and (found := _postcode(written, gazetteer)):
        unit = written[1].upper() + written[2] + written[3].upper() if len(written[3] or "") == 2 else ""
        text = text[: written.start()].strip(" ,")
    door = DOOR.match(text)
    number, rest = (door[1].upper(), door[2]) if door else ("", text)
    head, _, town = rest.partition(",")
    street, begun = name_of(pl.Series([head, town], dtype=pl.Utf8)).to_list()
    if number and (street or unit):
        found += _doors(number, street or "", unit, gazetteer)
    if street and len(street) >= SHORTEST:
        found += _names(street, begun or "", gazetteer, most)
    return _apart(found)[:most]


def _candidate(
    easting: int,
    northing: int,
    method: str,
    radius: float,
    score: float,
    text: str,
    source: Source | None,
    key: str = "",
) -> Candidate:
    product, vintage = source or ("", "")
    return Candidate(
        int(easting), int(northing), method, CLASSES[method], round(float(radius), 1), round(score, 3), text, key, product,
        vintage,
    )  # fmt: skip


def _reference(text: str) -> list[Candidate]:
    """A whole National Grid reference: the middle of its square."""
    if figures := FIGURES.fullmatch(text):
        return [_candidate(int(figures[1]), int(figures[2]), "grid-reference", 1.0, 0.95, text, None)]
    letters = LETTERED.fullmatch(text.replace(" ", ""))
    if letters is None:
        return []
    first, second, digits = LETTERS.index(letters[1].upper()), LETTERS.index(letters[2].upper()), letters[3]
    side, half = 10 ** (5 - len(digits) // 2), len(digits) // 2
    # letters run from the north-west: five squares of 500 km a row from V at two rows and columns off, then of 100 km
    east = (first % 5 - 2) * 500_000 + second % 5 * 100_000 + int(digits[:half]) * side + side // 2
    north = (3 - first // 5) * 500_000 + (4 - second // 5) * 100_000 + int(digits[half:]) * side + side // 2
    return [_candidate(east, north, "grid-reference", round(side * 0.7071, 1), 0.95, text.upper(), None)]


def _uprn(number: int, gazetteer: Gazetteer) -> list[Candidate]:
    found = gazetteer.uprns(pl.Series([number], dtype=pl.Int64)).row(0, named=True)
    if found["easting"] is None:
        return []
    source = gazetteer.sources[found["layer"]]
    return [
        _candidate(found["easting"], found["northing"], "uprn", UPRN_M, 0.99, f"UPRN {number}", source, str(number))
    ]


def _postcode(written: re.Match[str], gazetteer: Gazetteer) -> list[Candidate]:
    """The postcode as far as it is written: unit, else sector, else district."""
    district, sector, rest = written[1].upper(), written[2], (written[3] or "").upper()
    if len(rest) == 2:
        one = gazetteer.postcodes(_keys(f"{district}{sector}{rest}")).row(0, named=True)
        if one["easting"] is None:
            return []
        spacing = np.nan if one["spacing"] is None else float(one["spacing"])
        radius = gazetteer.calibration.postcode_radius(
            np.array([spacing]), np.array([one["quality"] or 0]), np.array([False])
        )
        shown = f"{district} {sector}{rest}"
        held = gazetteer.calibration.confidence["postcode"]
        return [_placed(one, "postcode", float(radius[0]), held, shown, gazetteer)]
    key, method = (f"S {district} {sector}", "sector") if sector else (f"D {district}", "district")
    one = gazetteer.sectors(_keys(key)).row(0, named=True)
    if one["easting"] is None:
        return []
    return [_placed(one, method, one["radius"], 0.6, key[2:], gazetteer)]


def _placed(
    one: dict[str, Any], method: str, radius: float, score: float, text: str, gazetteer: Gazetteer
) -> Candidate:
    return _candidate(
        one["easting"], one["northing"], method, radius, score, text, gazetteer.sources[one["layer"]], text
    )


def _keys(text: str) -> pl.Series:
    return text_keys(pl.Series([text], dtype=pl.Utf8))


def _doors(number: str, street: str, unit: str, gazetteer: Gazetteer) -> list[Candidate]:
    """Doors of that number at the postcode whose street begins so; without a postcode, in the streets of that name."""
    found = gazetteer.blocks(_keys(f"{unit}|{number}")) if unit else gazetteer.numbered(_keys(f"{number}|{street}"))
    made = []
    for one in found.head(50).iter_rows(named=True):
        if unit and not str(one["street"] or one["place"] or "").startswith(street):
            continue
        shown = ", ".join(t for t in (f"{number} {one.get('street') or one.get('place') or street}", unit) if t)
        method = "address" if unit else "street-number"
        source = gazetteer.sources[one["layer"]]
        score = gazetteer.calibration.confidence[method]
        key = str(one["uprn"] or "")
        made.append(_candidate(one["easting"], one["northing"], method, PREMISES_M, score, shown, source, key))
    return made


def _names(prefix: str, begun: str, gazetteer: Gazetteer, most: int) -> list[Candidate]:
    """Named things that begin with what is typed; where a town's name has begun behind a comma, only those in it."""
    names = gazetteer.starting(prefix, most)
    if not names:
        return []
    made = []
    for one in gazetteer.names(text_keys(pl.Series(names, dtype=pl.Utf8))).head(200).iter_rows(named=True):
        if begun and not (one["town"] or begun).startswith(begun):
            continue
        method = {"street": "street", "settlement": "town"}.get(one["kind"], "place")
        shown = f"{one['name']}, {one['town']}" if one["town"] else one["name"]
        # the more of a name is typed, the likelier it is meant
        score = 0.9 * len(prefix) / max(len(prefix), len(one["name"]))
        source = gazetteer.sources[one["layer"]]
        made.append(_candidate(one["easting"], one["northing"], method, one["radius"], score, shown, source))
    return made


def _apart(found: list[Candidate]) -> list[Candidate]:
    """The likeliest first; what says nearly the same place a second time goes."""
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda c: (-c.score, c.precision_m, c.matched_text)):
        if all(np.hypot(one.easting - k.easting, one.northing - k.northing) > APART_M for k in kept):
            kept.append(one)
    return kept
