"""How far may an answer be off, and how often is it the right thing? Measured tables, and how new ones are measured.

`precision_m` is the radius that holds 95 % of true places; `confidence` the share of such answers that name the right
thing, which is told apart from it: a street's middle may be surely the right street and yet half a kilometre off. The
tables here were measured on one half of the open data described in the README; `hub gazetteer calibrate` measures
them anew on any file whose true positions are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

SHARE = 0.95
CLASSES = {
    "uprn": "premises", "address": "premises", "address-fuzzy": "premises", "address-name": "building-complex",
    "street-number": "premises", "easting-northing": "point", "grid-reference": "point", "lonlat-ostn15": "point",
    "lonlat-helmert": "point", "place": "place", "junction": "junction", "motorway": "junction", "marker-post": "street",
    "street-town": "street", "street": "street", "postcode": "postcode", "sector": "sector", "district": "district",
    "town": "area", "ambiguous": "none", "none": "none",
}  # fmt: skip
"""Precision class of every method; `point` is a coordinate as written, as fine as its figures."""
KNOTS = (0.0, 86.0, 90.0, 108.0, 112.0, 125.0, 150.0, 180.0, 240.0, 400.0, 1000.0)
"""Metres from a postcode's point to its sixth nearest neighbour; the radii below belong to these."""
DOOR = (60.0, 60.0, 60.0, 60.0, 125.0, 210.0, 210.0, 215.0, 250.0, 350.0, 900.0)
OTHER = (60.0, 60.0, 220.0, 260.0, 260.0, 265.0, 300.0, 360.0, 420.0, 600.0, 1800.0)
"""95 % radii of postcode points round premises whose address begins with a door in a street, and round all others
(units, parks, centres, names)."""
QUALITY = {20: 1.0, 30: 1.4, 40: 2.0, 50: 4.0}
"""Code-Point's positional quality: how much wider than that of quality 10. Judged: open data with truth has only 10."""
SECTOR_MEAN = 60
SECTOR_MEAN_M = 1500.0
CONFIDENCE = {
    "uprn": 0.99, "easting-northing": 0.95, "grid-reference": 0.95, "lonlat-ostn15": 0.95, "lonlat-helmert": 0.95,
    "address": 0.97, "address-fuzzy": 0.93, "address-name": 0.9, "street-number": 0.9, "postcode": 0.94,
    "place": 0.87, "place-fuzzy": 0.7, "place-alone": 0.8, "place-alone-fuzzy": 0.55,
    "junction": 0.92, "junction-fuzzy": 0.75, "motorway": 0.9, "marker-post": 0.9,
    "place-doubted": 0.6, "place-doubted-fuzzy": 0.4, "street-doubted": 0.7,
    "street-doubted-fuzzy": 0.3, "town-doubted": 0.6, "street-town": 0.82, "street-town-fuzzy": 0.75, "street": 0.85, "street-fuzzy": 0.6,
    "sector": 0.81, "district": 0.9, "town": 0.75, "ambiguous": 0.0, "none": 0.0,
}  # fmt: skip
"""Share of answers that name the right thing, by method and how it was found. Places, streets and sectors by
`measured_confidence` of 225 answers in Trafford and Bristol; what fewer than 20 bear out is judged."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Measured tables: postcode radii by spacing, confidence by kind of answer, a factor on the radius by method."""

    knots: tuple[float, ...] = KNOTS
    door: tuple[float, ...] = DOOR
    other: tuple[float, ...] = OTHER
    confidence: Mapping[str, float] = field(default_factory=lambda: CONFIDENCE)
    factor: Mapping[str, float] = field(default_factory=dict)

    def postcode_radius(self, spacing: np.ndarray, quality: np.ndarray, door: np.ndarray) -> np.ndarray:
        """95 % radius of postcodes: NaN spacing reads as far apart."""
        far = np.nan_to_num(spacing, nan=self.knots[-1])
        radius = np.where(door, np.interp(far, self.knots, self.door), np.interp(far, self.knots, self.other))
        wider = np.ones(len(radius))
        for code, factor in QUALITY.items():
            wider[quality == code] = factor
        found: np.ndarray = np.where(quality >= SECTOR_MEAN, np.maximum(radius, SECTOR_MEAN_M), radius * wider)
        return found

    def to_json(self) -> dict[str, Any]:
        """As written to disk."""
        return {"knots": self.knots, "door": self.door, "other": self.other, "confidence": dict(self.confidence),
                "factor": dict(self.factor)}  # fmt: skip

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> Calibration:
        """As read from disk; what is not in it stays as shipped."""
        return cls(
            tuple(held.get("knots", KNOTS)), tuple(held.get("door", DOOR)), tuple(held.get("other", OTHER)),
            CONFIDENCE | dict(held.get("confidence", {})), dict(held.get("factor", {})),
        )  # fmt: skip


def radii_by_spacing(spacing: np.ndarray, off: np.ndarray, knots: tuple[float, ...] = KNOTS) -> tuple[float, ...]:
    """95 % radii at the knots, measured from spacings and distances: each from the 60 or more rows nearest to it in
    spacing, never falling as the spacing grows."""
    order = np.argsort(spacing)
    spacing, off = spacing[order], off[order]
    width = max(60, len(off) // 8)
    found = []
    for knot in knots:
        at = int(np.searchsorted(spacing, knot))
        low = int(np.clip(at - width // 2, 0, max(len(off) - width, 0)))
        found.append(float(np.quantile(off[low : low + width], SHARE)))
    return tuple(np.maximum.accumulate(found).round(1).tolist())


def measured_confidence(answers: pl.DataFrame, least: int = 20) -> dict[str, float]:
    """Share right by `kind` from `kind right`, drawn towards what was held before by `least` rows; smoothed so that
    nothing is ever certain."""
    found = answers.group_by("kind").agg(n=pl.len(), right=pl.col("right").sum())
    return {
        kind: round(min(0.99, (right + least * CONFIDENCE.get(kind, 0.5)) / (n + least)), 3)
        for kind, n, right in found.iter_rows()
    }


def reliability(confidence: np.ndarray, right: np.ndarray) -> pl.DataFrame:
    """Reliability table: by band of claimed confidence, how many answers, what was claimed, what was right."""
    bands = np.array([0.0, 0.5, 0.7, 0.8, 0.9, 1.01])
    band = np.clip(np.digitize(confidence, bands) - 1, 0, len(bands) - 2)
    rows = [
        (f"{bands[b]:.1f} to {min(bands[b + 1], 1.0):.1f}", int((band == b).sum()),
         float(confidence[band == b].mean()), float(right[band == b].mean()))
        for b in range(len(bands) - 1) if (band == b).any()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=["band", "answers", "claimed", "right"], orient="row")
