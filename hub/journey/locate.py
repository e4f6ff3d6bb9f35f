"""Locating: where may this be? For an agency's form at the moment of recording, and for people who try a location.

Nothing that is asked is stored or logged: an agency's locations are counted by the minute, and that is all. The answer
is the cascade's; while something is being typed, candidates come from a few look-ups (`hub.geocode.typed`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from hub import protocol
from hub.adapters.reference import Known, Reference, to_degrees
from hub.db import locate as uses
from hub.db import protocol as protocols
from hub.db import together
from hub.db.session import Database
from hub.decision import Allow, Decision, NotFound, Refuse
from hub.geocode import OUT
from hub.geocode.areas import COARSE_M, KINDS, Layer, area_codes, assign_areas
from hub.geocode.candidates import Candidate, locate_all
from hub.geocode.cells import NOTHING
from hub.geocode.reviewed import WORDS, settle, words_of
from hub.geocode.typed import candidates as typed_candidates
from hub.ledger import Event

MOST_LOCATIONS = 1000
MOST_CANDIDATES = 20
SHOWN_KINDS = ("lsoa", "ward", "district")
Place = dict[str, str | None]
LOOKS = {
    "postcode": re.compile(r"[A-Z]{1,2}\d[A-Z\d]?(?:\s*\d(?:[A-Z]{2})?)?", re.IGNORECASE),
    "grid_reference": re.compile(r"[HNST][A-HJ-Z](?:\s*\d){4,10}|\d{6}[, ]+\d{6,7}", re.IGNORECASE),
    "uprn": re.compile(r"\d{5,12}"),
}


@dataclass(frozen=True, slots=True)
class Locating:
    """What locating works with. `db` acts as hub_intake; `per_minute`: locations an agency may ask for in a minute."""

    db: Database
    reference: Reference
    per_minute: int
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Located:
    """One location's answer by column (null where none), and candidates with their areas, the likeliest first."""

    answer: dict[str, Any]
    candidates: list[dict[str, Any]]
    margin: float


def permit(hub: Locating, agency: str, locations: int) -> Decision:
    """May this agency ask for so many locations now? It needs a flow in force, and to be within its limit."""
    now = hub.now()
    with hub.db.transaction() as tx:
        known = protocols.standings(tx)
        named, verdicts = protocol.flows_named(known, agency), protocol.compiled(known, now.date())
        granted = any(
            isinstance(verdicts.check_flow(agency, dataset, purpose), protocol.Granted)
            for dataset, purposes in named.items()
            for purpose in purposes
        )
        if granted and not uses.count_use(tx, agency, locations, hub.per_minute, now):
            words = f"an agency may ask for {hub.per_minute} locations a minute; try again in the next"
            return Refuse("geocode.too-many", words)
    if not granted:
        refusal = Refuse("geocode.no-flow", "no flow of this agency is in force today")
        together.append(hub.db, Event(now, f"agency:{agency}", "geocode.ask", agency, "refuse", refusal.rule))
        return refusal
    return Allow("geocode.ask")


def written(text: str) -> Place:
    """One text as the field that it is by its look: postcode (or a part of one), UPRN, grid reference, else words."""
    field = next((name for name, look in LOOKS.items() if look.fullmatch(text.strip())), "place_text")
    return {field: text}


def answer(reference: Reference, places: Sequence[Place], most: int = 5) -> list[Located]:
    """Where each place is by the cascade, with candidates and areas."""
    known = reference.known()
    found = locate_all(list(places), known.gazetteer, "gnss", most)
    words = words_of(pl.DataFrame(list(places), dict.fromkeys(WORDS, pl.Utf8)))
    answers = settle(pl.DataFrame([f.answer for f in found], OUT), words, known.reviewed)
    coded = pl.concat([answers, assign_areas(answers, known.layers, KINDS)], how="horizontal")
    return [
        Located(answer, _with_areas(f.candidates, known), f.margin)
        for f, answer in zip(found, coded.iter_rows(named=True), strict=True)
    ]


def typed(reference: Reference, text: str, most: int = 10) -> list[dict[str, Any]]:
    """Candidates for what has been typed so far, with their areas."""
    known = reference.known()
    return _with_areas(typed_candidates(text, known.gazetteer, most), known)


def _with_areas(found: Sequence[Candidate], known: Known) -> list[dict[str, Any]]:
    """Candidates by field, with the areas that their precision bears and the 12-figure reference."""
    if not found:
        return []
    x, y = (np.array([getattr(c, axis) + 0.5 for c in found]) for axis in ("easting", "northing"))
    coded = {kind: _codes(known, kind, x, y) for kind in SHOWN_KINDS}
    fine = [c.precision_m <= COARSE_M and c.method not in ("sector", "district", "town") for c in found]
    return [
        asdict(c)
        | {"grid_reference": f"{c.easting:06d}{c.northing:06d}"}
        | {kind: codes[n] if kind == "district" or fine[n] else None for kind, codes in coded.items()}
        for n, c in enumerate(found)
    ]


def _codes(known: Known, kind: str, x: np.ndarray, y: np.ndarray) -> list[str | None]:
    """The area of a kind that holds each of a few points; without a frame, which would take longer than the answer."""
    layer = known.layers.get(kind)
    if not isinstance(layer, Layer):
        return area_codes(x, y, known.layers, (kind,))[kind].to_list()
    return [None if n == NOTHING else layer.codes[int(n)] for n in layer.cells.areas_of(x, y)]


# for a map ----------------------------------------------------------------------------------------------------------

SIMPLIFIED_M = {"district": 20.0, "ward": 8.0}


def outlines(reference: Reference, kind: str) -> bytes:
    """The current boundaries of a kind as GeoJSON in degrees, simplified for a screen. Raises `NotFound`."""
    if kind not in SIMPLIFIED_M:
        raise NotFound("there are no such areas")
    return reference.shown(kind, SIMPLIFIED_M[kind])


def circles(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Candidates as points in degrees with the ring of their precision, for a map: `lon`, `lat`, `ring`."""
    if not found:
        return []
    east, north = (np.array([c[axis] + 0.5 for c in found]) for axis in ("easting", "northing"))
    radius = np.array([c["precision_m"] for c in found])
    angle = np.linspace(0, 2 * np.pi, 33)
    x = np.concatenate([east[:, None], east[:, None] + radius[:, None] * np.cos(angle)], axis=1)
    y = np.concatenate([north[:, None], north[:, None] + radius[:, None] * np.sin(angle)], axis=1)
    lon, lat = to_degrees(x, y)
    return [
        {"lon": round(float(lon[n, 0]), 6), "lat": round(float(lat[n, 0]), 6),
         "ring": np.column_stack([lon[n, 1:], lat[n, 1:]]).round(6).tolist()}
        for n in range(len(found))
    ]  # fmt: skip
