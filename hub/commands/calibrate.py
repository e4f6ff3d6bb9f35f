"""New tables of precision and confidence, measured on places whose true position is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from hub.adapters.gazetteer import ArrowGazetteer
from hub.geocode.address import normal, postcode_keys, postcode_of
from hub.geocode.cascade import all_steps, settle, text_of, tidy
from hub.geocode.columns import places_of, roles_of
from hub.geocode.postcode import begins_with_door
from hub.geocode.precision import Calibration, measured_confidence, radii_by_spacing, reliability

LEAST = 200
"""Fewer places than this tell nothing."""
WRONG_M = 5000.0
"""Further off than this the postcode or the truth is wrong, which says nothing of how far a postcode reaches."""


def measure(frame: pl.DataFrame, east: str, north: str, known: ArrowGazetteer) -> tuple[Calibration, pl.DataFrame]:
    """The tables as measured on `frame`, and their reliability on it. Raises `ValueError` where too little is known."""
    for column in (east, north):
        if column not in frame.columns:
            raise ValueError(f"there is no column {column!r}; there are {', '.join(frame.columns)}")
    truth = [frame[c].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy() for c in (east, north)]
    rest = frame.drop(east, north)
    roles = {
        c: r for c, r in roles_of(rest).items() if r not in ("easting", "northing", "longitude", "latitude", "kind")
    }
    places = tidy(places_of(rest, roles))
    held = known.calibration
    answers, kinds, away = _answered(places, known, truth)
    if (~np.isnan(away)).sum() < LEAST:
        raise ValueError(f"only {(~np.isnan(away)).sum()} places were answered; at least {LEAST} are needed")
    door, other = _postcode_radii(places, known, held, answers, away)
    radii = Calibration(held.knots, door, other, held.confidence, held.factor)
    answers, kinds, away = _answered(places, ArrowGazetteer(known.layers, radii), truth)
    right = away <= answers["geo_precision_m"].fill_null(0).to_numpy()
    some = pl.DataFrame({"kind": kinds, "right": right}).filter(
        pl.Series(~np.isnan(away)) & answers["geo_fault"].is_null()
    )
    confidence = dict(held.confidence) | measured_confidence(some)
    final = Calibration(held.knots, door, other, confidence, held.factor)
    answers, _, away = _answered(places, ArrowGazetteer(known.layers, final), truth)
    placed = ~np.isnan(away)
    return final, reliability(answers["geo_confidence"].to_numpy()[placed], right[placed])


def _answered(
    places: pl.DataFrame, known: ArrowGazetteer, truth: list[Any]
) -> tuple[pl.DataFrame, pl.Series, np.ndarray]:
    """Answers, the kind of each for its confidence, metres from the truth (NaN without an answer)."""
    steps = all_steps(places, known, "gnss")
    answers = settle(steps, known, text_of(places).is_not_null())
    kinds = answers["geo_method"]
    for step in steps:
        same = (
            (answers["geo_method"] == step.method)
            & (answers["easting"] == step.points["easting"])
            & step.points["kind"].is_not_null()
        )
        kinds = step.points["kind"].zip_with(same.fill_null(value=False), kinds)
    at = [answers[c].cast(pl.Float64).fill_null(np.nan).to_numpy() for c in ("easting", "northing")]
    return answers, kinds, np.hypot(at[0] - truth[0], at[1] - truth[1])


def _postcode_radii(
    places: pl.DataFrame, known: ArrowGazetteer, held: Calibration, answers: pl.DataFrame, away: np.ndarray
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Postcode radii of addresses with a door and of others; as they were where too few of a kind are known."""
    text = text_of(places)
    own = postcode_of(places["postcode"])
    code = own.zip_with(own.is_not_null(), postcode_of(text))
    spacing = known.postcodes(postcode_keys(code))["spacing"].fill_null(np.nan).to_numpy()
    door = begins_with_door(normal(text)).fill_null(value=False).to_numpy()
    use = (answers["geo_method"] == "postcode").to_numpy() & (away < WRONG_M) & ~np.isnan(spacing)
    return tuple(  # type: ignore[return-value]
        radii_by_spacing(spacing[use & kind], away[use & kind], held.knots) if (use & kind).sum() >= LEAST else before
        for kind, before in ((door, held.door), (~door, held.other))
    )
