"""The steps that read words, and the shape of every step's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from hub.geocode.crossing import along, meet
from hub.geocode.gazetteer import Gazetteer
from hub.geocode.grid import POINTS
from hub.geocode.named import candidates, choose, elsewhere
from hub.geocode.premises import by_name, in_town, misspelt, on_street
from hub.geocode.wording import away, beside_door, junctions, motorways, segments, spelled_out

ANSWER: dict[str, Any] = {**POINTS, "kind": pl.Utf8, "id": pl.Utf8, "text": pl.Utf8, "layer": pl.Int32,
                          "alternatives": pl.Int32, "margin": pl.Float32, "note": pl.Utf8, "tie": pl.Boolean}  # fmt: skip
"""Columns of a step's answer: its point (`POINTS`); `kind` of answer for its confidence (null: the method); what was
matched; what else fits; what relation widened it; `tie` where several fit and none was taken."""
FUZZY = 0.995
"""Scores below this are not as written."""
FULL = ("addressbase-core", "addressbase-plus", "addressbase-premium", "open-names", "open-roads", "addresses")
"""Products that hold every street where they hold any."""
CROSSING = r"/|@|&|\b(?:JUNCTION|CORNER|AND)\b"
"""What stands in every text that names a junction."""
NAME_PRECISION_M, FUZZY_PRECISION_M = 25.0, 15.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step's answer for every place: `points` as `ANSWER`; `bare` where it holds coordinates alone."""

    method: str
    points: pl.DataFrame

    @property
    def bare(self) -> bool:
        """Is there nothing but a point in it?"""
        return self.points["text"].null_count() == self.points.height and not self.points["id"].count()


def nulls(height: int, kind: Any) -> pl.Series:
    """A column of nothing."""
    return pl.repeat(None, height, dtype=kind, eager=True)


def blank(height: int, points: pl.DataFrame | None = None) -> pl.DataFrame:
    """An answer of nothing, or of points alone."""
    rest = {c: t for c, t in ANSWER.items() if points is None or c not in POINTS}
    columns = [
        nulls(height, t).alias(c) if c != "tie" else pl.repeat(False, height, eager=True).alias(c)
        for c, t in rest.items()
    ]
    given = [] if points is None else [points[c].cast(ANSWER[c]) for c in POINTS]
    return pl.DataFrame([*given, *columns])


def step_of(found: pl.DataFrame) -> pl.DataFrame:
    """`ANSWER` from some of its columns; what has no point has no match either."""
    missing = [pl.lit(False if c == "tie" else None, t).alias(c) for c, t in ANSWER.items() if c not in found.columns]
    known = pl.col("easting").is_not_null() | pl.col("tie")
    whole = found.with_columns(missing)
    keep = ("fault", "tie")
    return whole.select(
        (pl.col(c) if c in keep else pl.when(known).then(pl.col(c))).cast(t).alias(c) for c, t in ANSWER.items()
    )


def scattered(height: int, found: pl.DataFrame) -> pl.DataFrame:
    """`ANSWER` for all rows from answers of some (`row` and columns of `ANSWER`)."""
    if not found.height:
        return blank(height)
    rows = pl.DataFrame({"row": pl.int_range(height, dtype=pl.Int64, eager=True)})
    joined = rows.join(found.unique("row", keep="first"), on="row", how="left", maintain_order="left").drop("row")
    return step_of(joined.with_columns(pl.col("tie").fill_null(value=False)) if "tie" in joined.columns else joined)


def in_words(
    text: pl.Series,
    postcode: pl.Series,
    readings: pl.DataFrame,
    anchors: pl.DataFrame,
    open_rows: np.ndarray,
    gazetteer: Gazetteer,
) -> list[Step]:
    """What the words of the open rows name: steps in the order in which they answer.

    `anchors`: `row easting northing radius full`, what else places the row.
    """
    height = len(text)
    which = np.flatnonzero(open_rows & text.is_not_null().to_numpy())
    if not len(which):
        return []
    asked = pl.Series("row", which, dtype=pl.Int64)
    words = spelled_out(text.gather(asked))
    parts = segments(words)
    found = _doors(parts, words, postcode.gather(asked), readings[asked], gazetteer)
    steps = [
        Step(method, scattered(height, frame.with_columns(row=asked.gather(frame["row"])))) for method, frame in found
    ]
    # what its postcode and number have found needs no further reading
    left = np.ones(len(asked), dtype=bool)
    for step in steps:
        settled = step.points["easting"].is_not_null() | (step.points["tie"] & (step.method == "street-number"))
        left &= ~settled.gather(asked).to_numpy()
    rest = asked.filter(pl.Series(left))
    if not len(rest):
        return steps
    words = words.filter(pl.Series(left))
    index = pl.DataFrame({"orig": rest, "n": pl.int_range(len(rest), dtype=pl.Int64, eager=True)})
    old = pl.DataFrame({"old": np.flatnonzero(left), "n": index["n"]})
    parts = parts.join(old, left_on="row", right_on="old").drop("row").rename({"n": "row"}).sort("row", "pos")
    near = anchors.join(index, left_on="row", right_on="orig").drop("row").rename({"n": "row"})
    found = [*_crossings(words, near, gazetteer), *_named(words, parts, near, readings[rest], gazetteer)]
    return steps + [
        Step(method, scattered(height, frame.with_columns(row=rest.gather(frame["row"])))) for method, frame in found
    ]


def _doors(
    parts: pl.DataFrame, words: pl.Series, postcode: pl.Series, readings: pl.DataFrame, gazetteer: Gazetteer
) -> list[tuple[str, pl.DataFrame]]:
    """Doors of the row's postcode: the street misspelt, or the building by its name."""
    found = []
    for method, precision, doors in (
        ("address-fuzzy", FUZZY_PRECISION_M, misspelt(readings, postcode, gazetteer)),
        ("address-name", NAME_PRECISION_M, by_name(parts, postcode, gazetteer)),
        ("street-number", FUZZY_PRECISION_M, in_town(readings, parts, postcode.is_null(), gazetteer)),
    ):
        if doors.height:
            found.append((method, _door_answers(doors, words, precision)))
    return found


def _door_answers(doors: pl.DataFrame, words: pl.Series, precision: float) -> pl.DataFrame:
    metres = beside_door(words.gather(doors["row"]))
    tied = pl.col("rivals") > 0
    point = [pl.when(~tied).then(pl.col(c)).alias(c) for c in ("easting", "northing")]
    return doors.select(
        "row", *point, "layer", "text", "margin", precision=precision + metres, id=pl.col("uprn").cast(pl.Utf8), note=widening(metres),
        alternatives="rivals", tie=tied, fault=pl.when(tied).then(pl.lit("place.ambiguous")),
    )  # fmt: skip


def _crossings(words: pl.Series, anchors: pl.DataFrame, gazetteer: Gazetteer) -> list[tuple[str, pl.DataFrame]]:
    steps = list[tuple[str, pl.DataFrame]]()
    rows = words.str.contains(CROSSING).arg_true().cast(pl.Int64)
    said = words.gather(rows)
    if len(rows):
        widened = pl.DataFrame({"row": rows, "away": away(said)})
        met = meet(junctions(said).with_columns(row=rows).select("row", "a", "b"), anchors, gazetteer)
        if met.height:
            steps.append(("junction", _met_answers(met, widened, "junction")))
    rows = words.str.contains(r"\b[AM]\d").arg_true().cast(pl.Int64)
    if not len(rows):
        return steps
    said = words.gather(rows)
    widened = pl.DataFrame({"row": rows, "away": away(said)})
    lines = along(motorways(said).with_columns(row=rows), gazetteer)
    if lines.height:
        post = pl.col("name").str.contains(r"\d\.\d")
        for method, some in (("marker-post", lines.filter(post)), ("motorway", lines.filter(~post))):
            if some.height:
                steps.append((method, _met_answers(some, widened, method)))
    return steps


def _met_answers(met: pl.DataFrame, widened: pl.DataFrame, method: str) -> pl.DataFrame:
    point = [pl.when(~pl.col("tie")).then(pl.col(c).floor().cast(pl.Int32)).alias(c) for c in ("easting", "northing")]
    return met.join(widened, on="row").select(
        "row", *point, "layer", precision=pl.col("radius") + pl.col("away"), text="name", alternatives="rivals", tie="tie",
        kind=pl.when(pl.col("score") < FUZZY).then(pl.lit(f"{method}-fuzzy")).otherwise(pl.lit(method)),
        fault=pl.when("tie").then(pl.lit("place.ambiguous")), note=widening(pl.col("away")), margin=pl.when(pl.col("rivals") == 0).then(1.0).otherwise(0.0),
    )  # fmt: skip


def widening(metres: pl.Expr | pl.Series) -> pl.Expr:
    """What to say of metres that a relation has added; null where it has added none."""
    away = pl.lit(metres) if isinstance(metres, pl.Series) else metres
    shown = away.round(0).cast(pl.Int64).cast(pl.Utf8)
    return pl.when(away > 0).then(
        pl.concat_str([pl.lit("precision widened by "), shown, pl.lit(" m for the relation in the words")])
    )


def _named(
    words: pl.Series, parts: pl.DataFrame, anchors: pl.DataFrame, readings: pl.DataFrame, gazetteer: Gazetteer
) -> list[tuple[str, pl.DataFrame]]:
    """Streets, places and towns; doors of the streets."""
    found = candidates(parts, anchors, gazetteer)
    if not found.height:
        return []
    best = choose(found)
    rows = pl.int_range(len(words), dtype=pl.Int64, eager=True)
    widened = pl.DataFrame({"row": rows, "away": away(words)})
    fine = _clipped(best, found, anchors, gazetteer)
    answers = fine.join(widened, on="row")
    street, town = pl.col("kind_of") == "street", pl.col("kind_of") == "settlement"
    steps = []
    doors = on_street(fine.filter((pl.col("kind_of") == "street") & ~pl.col("tie")), readings, gazetteer)
    if doors.height:
        steps.append(("street-number", _door_answers(doors, words, FUZZY_PRECISION_M)))
    for method, some in (
        ("place", ~street & ~town), ("street-town", street & (pl.col("support") > 0)), ("street", street & (pl.col("support") == 0)),
        ("town", town),
    ):  # fmt: skip
        chosen = answers.filter(some)
        if chosen.height:
            steps.append((method, _name_answers(chosen, method)))
    full = [i for i, s in enumerate(gazetteer.sources) if s.product in FULL]
    certain = anchors.filter("full")
    off = elsewhere(found.filter(pl.col("row").is_in(certain["row"].implode())), full)
    if off.height:
        steps.append(("street", off.select("row", easting=pl.lit(None, pl.Int32), northing=pl.lit(None, pl.Int32),
                                           fault=pl.lit("place.conflict"))))  # fmt: skip
    return steps


def _name_answers(chosen: pl.DataFrame, method: str) -> pl.DataFrame:
    point = [pl.when(~pl.col("tie")).then(pl.col(c)).alias(c) for c in ("easting", "northing")]
    alone = "place-alone" if method == "place" else method
    name = (
        pl.when(pl.col("support") > 0).then(pl.lit(method))
        .when(pl.col("said") > 1).then(pl.lit(f"{method}-doubted"))
        .otherwise(pl.lit(alone))
    )  # fmt: skip
    return chosen.select(
        "row", *point, "layer", "margin", text="name", alternatives="rivals", tie="tie", note=widening(pl.col("away")),
        precision=pl.col("radius") + pl.col("away"),
        kind=pl.when((pl.col("score") < FUZZY) & (method != "town")).then(name + "-fuzzy").otherwise(name),
        fault=pl.when("tie").then(pl.lit("place.ambiguous")),
    )  # fmt: skip


def _clipped(best: pl.DataFrame, found: pl.DataFrame, anchors: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Long streets cut to the town or district that the row names: the middle of their points there."""
    towns = found.filter(pl.col("kind") == "settlement").sort("row", "score", "radius", descending=[False, True, False])
    around = pl.concat([
        towns.unique("row", keep="first").select("row", te=pl.col("easting").cast(pl.Float64), tn=pl.col("northing").cast(pl.Float64), tr="radius"),
        anchors.select("row", te=pl.col("easting").cast(pl.Float64), tn=pl.col("northing").cast(pl.Float64), tr=pl.col("radius") - 1000.0),
    ]).unique("row", keep="first", maintain_order=True)  # fmt: skip
    frame = best.rename({"kind": "kind_of"})
    long = frame.filter((pl.col("kind_of") == "street") & (pl.col("radius") > 200) & ~pl.col("tie")).join(
        around, on="row"
    )
    cut, seen = [], dict[tuple[Any, ...], tuple[float, float, float] | None]()
    for row, layer, record, te, tn, tr in long.select("row", "layer", "record", "te", "tn", "tr").iter_rows():
        key = (layer, record, te, tn, tr)
        if key not in seen:
            seen[key] = _middle_within(gazetteer.cloud(layer, record).astype(float), te, tn, tr)
        if seen[key]:
            cut.append((row, *seen[key]))  # type: ignore[misc]
    if not cut:
        return frame
    shape: dict[str, Any] = {"row": pl.Int64, "ce": pl.Float64, "cn": pl.Float64, "cr": pl.Float64}
    return frame.join(pl.DataFrame(cut, schema=shape, orient="row"), on="row", how="left", maintain_order="left").with_columns(
        easting=pl.coalesce(pl.col("ce").cast(pl.Int32), "easting"), northing=pl.coalesce(pl.col("cn").cast(pl.Int32), "northing"),
        radius=pl.coalesce("cr", "radius"),
    ).drop("ce", "cn", "cr")  # fmt: skip


def _middle_within(points: np.ndarray, east: float, north: float, reach: float) -> tuple[float, float, float] | None:
    inside = points[np.hypot(points[:, 0] - east, points[:, 1] - north) <= reach]
    if len(inside) < 3 or len(inside) == len(points):
        return None
    middle = inside[np.hypot(*(inside - inside.mean(axis=0)).T).argmin()]
    radius = float(np.quantile(np.hypot(*(inside - middle).T), 0.95))
    return float(middle[0]), float(middle[1]), max(radius * 1.1, 30.0)


__all__ = ["ANSWER", "Step", "blank", "in_words", "nulls", "scattered", "step_of", "widening"]
