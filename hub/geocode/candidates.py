"""The answer for one place and what else it might be, ranked: for whoever writes a location down and can still choose.

Pure, like the cascade: nothing is stored, and whoever calls it opens the gazetteer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from hub.geocode.address import text_keys
from hub.geocode.cascade import all_steps, settle, text_of, tidy
from hub.geocode.gazetteer import Gazetteer
from hub.geocode.named import candidates as named_candidates
from hub.geocode.named import resolve
from hub.geocode.names import name_of
from hub.geocode.precision import CLASSES
from hub.geocode.steps import Step
from hub.geocode.wording import segments, spelled_out
from protocols.contract import LonLatOrigin

APART_M = 15.0
"""Candidates of one text nearer to each other than this are one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing a place may be: where, by which method, matched to what, how well (`score`, 0 to 1), from which source."""

    easting: int
    northing: int
    method: str
    precision_class: str
    precision_m: float
    score: float
    matched_text: str
    matched_id: str
    source: str
    vintage: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The cascade's answer (`hub.geocode.OUT`, by name) and the candidates, the best first; `margin` between the two best."""

    answer: dict[str, Any]
    candidates: tuple[Candidate, ...]
    margin: float


def locate(
    place: dict[str, str | None], gazetteer: Gazetteer, origin: LonLatOrigin = "gnss", most: int = 10
) -> Answered:
    """The answer for one place (fields of `hub.geocode.cascade.PLACES`) and at most `most` candidates."""
    return locate_all([place], gazetteer, origin, most)[0]


def locate_all(
    places: list[dict[str, str | None]], gazetteer: Gazetteer, origin: LonLatOrigin = "gnss", most: int = 10
) -> list[Answered]:
    """`locate` for many places at once."""
    frame = tidy(pl.DataFrame(places, infer_schema_length=None) if places else pl.DataFrame())
    if not frame.height:
        return []
    steps = all_steps(frame, gazetteer, origin)
    answers = settle(steps, gazetteer, text_of(frame).is_not_null()).rows(named=True)
    found = _of_steps(steps, frame.height, gazetteer)
    for row, candidate in _of_names(frame, gazetteer):
        found[row].append(candidate)
    result = []
    for answer, some in zip(answers, found, strict=True):
        ranked = _ranked(some, answer)[:most]
        margin = ranked[0].score - ranked[1].score if len(ranked) > 1 else (1.0 if ranked else 0.0)
        result.append(Answered(answer, tuple(ranked), round(max(margin, 0.0), 3)))
    return result


def _of_steps(steps: list[Step], height: int, gazetteer: Gazetteer) -> list[list[Candidate]]:
    """What each step of the cascade would answer by itself."""
    found: list[list[Candidate]] = [[] for _ in range(height)]
    held = gazetteer.calibration.confidence
    for step in steps:
        answered = step.points.with_row_index("row").filter(pl.col("easting").is_not_null())
        for one in answered.iter_rows(named=True):
            source = gazetteer.sources[one["layer"]] if one["layer"] is not None else None
            found[one["row"]].append(Candidate(
                one["easting"], one["northing"], step.method, CLASSES[step.method], round(one["precision"], 1),
                round(held.get(one["kind"] or step.method, 0.0), 3), one["text"] or "", one["id"] or "",
                source.product if source else "", source.vintage if source else "",
            ))  # fmt: skip
    return found


def _of_names(frame: pl.DataFrame, gazetteer: Gazetteer) -> list[tuple[int, Candidate]]:
    """Everything that bears a name like a part of the text, those that did not win included."""
    text = text_of(frame)
    parts = segments(spelled_out(text))
    if not parts.height:
        return []
    anchors = pl.DataFrame(
        schema={"row": pl.Int64, "easting": pl.Int32, "northing": pl.Int32, "radius": pl.Float64, "full": pl.Boolean}
    )
    found = named_candidates(parts, anchors, gazetteer)
    rows = []
    for one in found.iter_rows(named=True):
        method = {"street": "street", "settlement": "town"}.get(one["kind"], "place")
        source = gazetteer.sources[one["layer"]]
        score = one["score"] * (0.75 + 0.1 * min(one["support"], 2)) - (0.1 if method == "town" else 0.0)
        shown = f"{one['name']}, {one['town']}" if one["town"] else one["name"]
        rows.append((one["row"], Candidate(
            one["easting"], one["northing"], method, CLASSES[method], round(one["radius"], 1), round(score, 3), shown, "",
            source.product, source.vintage,
        )))  # fmt: skip
    return rows


def _ranked(found: list[Candidate], answer: dict[str, Any]) -> list[Candidate]:
    """The best first, what says the same twice once; the cascade's own answer leads."""

    def order(one: Candidate) -> tuple[Any, ...]:
        own = (one.easting, one.northing, one.method) == (answer["easting"], answer["northing"], answer["geo_method"])
        return (not own, -one.score, one.precision_m)

    kept: list[Candidate] = []
    for one in sorted(found, key=order):
        if all(np.hypot(one.easting - k.easting, one.northing - k.northing) > APART_M for k in kept):
            kept.append(one)
    return kept


def suggest(typed: str, gazetteer: Gazetteer, most: int = 10) -> list[Candidate]:
    """Named things whose name begins as what has been typed so far, for suggestions; none below three letters."""
    prefix = name_of(pl.Series([typed], dtype=pl.Utf8))[0]
    if prefix is None or len(prefix) < 3:
        return []
    names = gazetteer.starting(prefix, most * 3)
    records = gazetteer.names(text_keys(pl.Series(names, dtype=pl.Utf8)))
    if not records.height:
        records = resolve(pl.Series([typed]), gazetteer)
    found = []
    for one in records.iter_rows(named=True):
        method = {"street": "street", "settlement": "town"}.get(one["kind"], "place")
        source = gazetteer.sources[one["layer"]]
        shown = f"{one['name']}, {one['town']}" if one["town"] else one["name"]
        found.append(Candidate(one["easting"], one["northing"], method, CLASSES[method], round(one["radius"], 1),
                               round(len(prefix) / len(one["name"]), 3), shown, "", source.product, source.vintage))  # fmt: skip
    return _ranked(found, {"easting": None, "northing": None, "geo_method": None})[:most]
