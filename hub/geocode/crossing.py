"""Where do two roads meet, and where on a motorway is it? Junctions from the points known of streets; linear reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from hub.geocode.address import text_keys
from hub.geocode.gazetteer import Gazetteer
from hub.geocode.named import resolve

GAP_M = 250.0
"""Two streets whose known points come no nearer than this do not meet, as far as the gazetteer tells."""
SEVERAL_M = 150.0
"""Meeting points further apart than this are different junctions of the same two roads."""
LEAST_M = 25.0
AROUND_M = 110.0
"""What points along two streets leave open of where they meet, and what stands "at" a junction of where it stands.
Measured on Trafford's cameras at junctions: 95 % within 128 m."""
NETWORK = ("open-roads",)
"""Products whose streets share the very point where they meet."""
POST_M = 100.0
"""Marker posts stand every hundred metres."""
STRETCH_FAR_KM = 3.0
"""A post further than this beyond the known ones is not guessed."""
MET: dict[str, Any] = {"row": pl.Int64, "easting": pl.Float64, "northing": pl.Float64, "radius": pl.Float64, "name": pl.Utf8,
                       "layer": pl.Int32, "score": pl.Float64, "rivals": pl.Int32, "tie": pl.Boolean}  # fmt: skip


def meet(roads: pl.DataFrame, anchors: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Junctions (`MET`) of `roads` (`row a b`), those near the row's anchor (`row easting northing radius`) first."""
    asked = roads.drop_nulls(["a", "b"])
    if not asked.height:
        return pl.DataFrame(schema=MET)
    known = _sides(pl.concat([asked["a"], asked["b"]]).unique(maintain_order=True), gazetteer)
    anchor = {r: (e, n, reach) for r, e, n, reach in anchors.select("row", "easting", "northing", "radius").iter_rows()}
    rows, seen = [], dict[tuple[Any, ...], list[tuple[float, ...]]]()
    for row, a, b in asked.select("row", "a", "b").iter_rows():
        if a not in known or b not in known:
            continue
        if (a, b) not in seen:
            seen[a, b] = _meetings(known[a], known[b], gazetteer)
        answer = _pick(seen[a, b], anchor.get(row))
        if answer:
            rows.append((row, *answer[:3], f"{known[a][0]['name']} / {known[b][0]['name']}", *answer[3:]))
    return pl.DataFrame(rows, schema=MET, orient="row")


def _sides(names: pl.Series, gazetteer: Gazetteer) -> dict[str, list[dict[str, Any]]]:
    """The streets (or places) that each of some different names may mean."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in resolve(names, gazetteer).filter(pl.col("kind") != "settlement").iter_rows(named=True):
        found.setdefault(one["text"], []).append(one)
    return found


def _meetings(
    first: list[dict[str, Any]], second: list[dict[str, Any]], gazetteer: Gazetteer
) -> list[tuple[float, ...]]:
    """Where any of the first meets any of the second: east, north, radius, layer, score, and the gap between them."""
    met = []
    for a in first:
        for b in second:
            if (a["layer"], a["record"]) == (b["layer"], b["record"]):
                continue
            apart = np.hypot(a["easting"] - b["easting"], a["northing"] - b["northing"])
            if apart > 2.5 * (a["radius"] + b["radius"]) + 2 * GAP_M:
                continue
            met += _touching(a, b, gazetteer)
    return met


def _touching(a: dict[str, Any], b: dict[str, Any], gazetteer: Gazetteer) -> list[tuple[float, ...]]:
    p, q = (gazetteer.cloud(s["layer"], s["record"]).astype(float) for s in (a, b))
    gaps = np.hypot(p[:, None, 0] - q[None, :, 0], p[:, None, 1] - q[None, :, 1])
    least = float(gaps.min())
    if least > GAP_M:
        return []
    i, j = np.nonzero(gaps <= least + LEAST_M)
    middles = (p[i] + q[j]) / 2
    groups: list[tuple[float, float]] = []
    for east, north in middles[np.argsort(gaps[i, j])]:
        if all(np.hypot(east - e, north - n) > SEVERAL_M for e, n in groups):
            groups.append((float(east), float(north)))
    score = min(a["score"], b["score"])
    network = all(gazetteer.sources[s["layer"]].product in NETWORK for s in (a, b)) and least <= 1
    if network:
        return [(*g, LEAST_M, float(a["layer"]), score, least) for g in groups]
    return [(*_at_node(g, p, q, least, gazetteer), float(a["layer"]), score, least) for g in groups]


def _at_node(
    middle: tuple[float, float], p: np.ndarray, q: np.ndarray, gap: float, gazetteer: Gazetteer
) -> tuple[float, float, float]:
    """The road node that lies best between the two streets' nearest points, or the middle between those."""
    nodes = gazetteer.nodes_near(*middle)
    # points merely near two roads leave the junction somewhere about
    radius = AROUND_M + 0.5 * gap
    if len(nodes):
        cost = sum(
            np.hypot(nodes[:, None, 0] - s[None, :, 0], nodes[:, None, 1] - s[None, :, 1]).min(axis=1) for s in (p, q)
        )
        best = int(np.argmin(cost))
        if cost[best] <= gap + 60:
            return float(nodes[best, 0]), float(nodes[best, 1]), radius
    return middle[0], middle[1], radius


def _pick(met: list[tuple[float, ...]], anchor: tuple[float, float, float] | None) -> tuple[Any, ...] | None:
    """east, north, radius, layer, score, rivals, tie: of the meetings near the anchor, the closest."""
    if anchor is not None:
        met = [m for m in met if np.hypot(m[0] - anchor[0], m[1] - anchor[1]) <= anchor[2] + m[2] + SEVERAL_M]
    if not met:
        return None
    best = min(met, key=lambda m: (-round(m[4], 2), m[5], m[2]))
    rivals = [m for m in met if m[4] >= best[4] - 0.02 and m[5] <= best[5] + 2 * LEAST_M
              and np.hypot(m[0] - best[0], m[1] - best[1]) > SEVERAL_M]  # fmt: skip
    spread = max((float(np.hypot(m[0] - best[0], m[1] - best[1])) for m in rivals), default=0.0)
    if rivals and spread <= 600:
        every = np.array([(m[0], m[1]) for m in [best, *rivals]]).mean(axis=0)
        return float(every[0]), float(every[1]), best[2] + spread * 0.6, int(best[3]), best[4], len(rivals), False
    return best[0], best[1], best[2], int(best[3]), best[4], len(rivals), bool(rivals)


def along(references: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Points (`MET`) of marker posts and motorway junctions (`row` and `hub.geocode.wording.motorways`)."""
    rows = []
    for one in references.filter(pl.any_horizontal(pl.col("km", "one").is_not_null())).iter_rows(named=True):
        answer = None
        if one["km"] is not None and one["post_road"]:
            answer = _post(one["post_road"], one["km"], one["carriageway"], gazetteer)
        if answer is None and one["one"]:
            answer = _between(one["road"], one["one"], one["two"], gazetteer)
        if answer:
            rows.append((one["row"], *answer))
    return pl.DataFrame(rows, schema=MET, orient="row")


def _post(road: str, km: float, carriageway: str | None, gazetteer: Gazetteer) -> tuple[Any, ...] | None:
    """A post between known ones by its kilometre; both carriageways where none is said."""
    sides = [carriageway] if carriageway else ["A", "B", ""]
    found = []
    for side in sides:
        key = int(text_keys(pl.Series([f"{road}|{side}"]))[0])
        kms, points, layer = gazetteer.posts(key)
        if not len(kms) or km < kms[0] - 0.1 or km > kms[-1] + 0.1:
            continue
        east, north = (float(np.interp(km, kms, points[:, c])) for c in (0, 1))
        at = int(np.clip(np.searchsorted(kms, km), 1, max(len(kms) - 1, 1)))
        gap = (kms[min(at, len(kms) - 1)] - kms[at - 1]) * 1000 if len(kms) > 1 else POST_M
        if gap > STRETCH_FAR_KM * 1000:
            continue
        found.append((east, north, max(POST_M / 2, gap * 0.3), layer))
    if not found:
        return None
    east, north = (float(np.mean([f[i] for f in found])) for i in (0, 1))
    return (
        east,
        north,
        max(f[2] for f in found),
        f"{road} {km:.1f} {carriageway or ''}".strip(),
        found[0][3],
        1.0,
        0,
        False,
    )


def _between(road: str, one: str, two: str | None, gazetteer: Gazetteer) -> tuple[Any, ...] | None:
    """A motorway junction, or the middle of the stretch between two, along the road where its points are known."""
    wanted = pl.Series([f"{road} J{n}" for n in (one, two) if n])
    found = gazetteer.names(
        text_keys(pl.Series([w.replace("(", " ").replace(")", "").replace("  ", " ") for w in wanted]))
    )
    ends = [
        found.filter(pl.col("asked") == i).select("easting", "northing").to_numpy().astype(float)
        for i in range(len(wanted))
    ]
    if not all(len(e) for e in ends):
        return None
    layer = int(found["layer"][0])
    middles = [e.mean(axis=0) for e in ends]
    spread = max(float(np.hypot(*(e - m).T).max()) for e, m in zip(ends, middles, strict=True))
    if len(middles) == 1:
        return middles[0][0], middles[0][1], max(300.0, spread + 200), wanted[0], layer, 1.0, 0, False
    length = float(np.hypot(*(middles[0] - middles[1])))
    middle = (middles[0] + middles[1]) / 2
    line = [
        gazetteer.cloud(r["layer"], r["record"])
        for r in gazetteer.names(text_keys(pl.Series([road]))).iter_rows(named=True)
    ]
    if line:
        points = np.concatenate(line).astype(float)
        to = [np.hypot(*(points - m).T) for m in middles]
        cost = np.abs(to[0] - to[1]) + to[0] + to[1]
        if cost.min() <= 1.6 * length + 200:
            middle = points[int(np.argmin(cost))]
    return middle[0], middle[1], length / 2 + 300, f"{road} J{one} to J{two}", layer, 1.0, 0, False
