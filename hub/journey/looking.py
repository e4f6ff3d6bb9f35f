"""Look before download: the catalogue of what was released, and a release's own rows for its page. Never the pool."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl

from hub import access, protocol
from hub.adapters import areas, export
from hub.adapters.reference import stamp_of, to_degrees
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.decision import Allow, Decision, NotFound, Refuse
from hub.journey.download import ONE_BY_ONE
from hub.journey.publishing import Publishing, jot, seen
from hub.release import charts, look, maps

OUT = ("published", "superseded", "withdrawn", "recalled")


@dataclass(frozen=True, slots=True)
class Entry:
    """One series in the catalogue: its newest release that can be downloaded (None: none just now), all its versions."""

    series: str
    title: str
    current: releases.Release | None
    versions: list[releases.Release]

    @property
    def personal(self) -> bool:
        """Is it personal data, or was any version of it?"""
        return any(v.tier == "L1" for v in self.versions)


def catalogue(hub: Publishing, caller: access.Caller) -> list[Entry]:
    """Every series of which the caller may see a release that was published, by title."""
    with hub.db.transaction(caller.holds("release.read")) as tx:
        found = [r for r in releases.live(tx, OUT) if r.published_at is not None]
    found.sort(key=lambda r: r.number, reverse=True)
    whole = caller.holds("release.answer") | frozenset(p for p, role in caller.roles if role == access.AUDITOR)
    mine = [r for r in found if r.partnership_id in whole or r.recipient == caller.agency]
    entries = []
    for series in dict.fromkeys(r.series for r in mine):
        versions = [r for r in mine if r.series == series]
        current = next((r for r in versions if r.state == "published"), None)
        entries.append(Entry(series, (current or versions[0]).title, current, versions))
    return sorted(entries, key=lambda e: e.title)


def entry(hub: Publishing, caller: access.Caller, series: str) -> Entry:
    """One series of the catalogue. Raises `NotFound`."""
    found = next((e for e in catalogue(hub, caller) if e.series == series), None)
    if found is None:
        raise NotFound("there is no such series in the catalogue")
    return found


@dataclass(frozen=True, slots=True)
class Looked:
    """A release, the kinds of its rows to count from (`look.kinds`), and the columns that can be filtered by."""

    release: releases.Release
    kinds: pl.DataFrame
    categories: dict[str, list[str]]


def look_into(hub: Publishing, caller: access.Caller, release: str) -> Looked | Refuse:
    """A release's rows for its page: to checkers in every state, to the recipient's people once it is out.

    Logged. Raises `NotFound`.
    """
    with hub.db.transaction(caller.partnerships) as tx:
        found = seen(tx, caller, release)
        decision: Decision = access.may(caller, "release.look", access.Thing(found.partnership_id, found.recipient))
        if decision and found.tier == "L1" and found.partnership_id not in caller.holds("release.approve"):
            decision = ONE_BY_ONE
        if decision and found.partnership_id not in caller.holds("release.approve"):
            decision = _is_out(hub, found, protocol.check_access(
                protocols.standings(tx), found.agreement_id, hub.now().date(), found.recipient))  # fmt: skip
        folder = hub.folder / release
        if decision and not (folder / export.KEPT).is_file():
            decision = Refuse("release.purged", "its files were destroyed, for its term had ended or it was taken back")
    jot(hub, caller.person, "release.look", release, decision)
    if isinstance(decision, Refuse):
        return decision
    return Looked(found, *_kinds(folder))


def _is_out(hub: Publishing, found: releases.Release, granted: protocol.AccessGranted | Refuse) -> Decision:
    if found.state not in ("published", "superseded"):
        return Refuse("release.not-published", f"this release is {found.state}")
    if found.expires is not None and hub.now().date() > found.expires:
        return Refuse("release.expired", "its term has ended")
    return granted if isinstance(granted, Refuse) else Allow("release.look")


@lru_cache(maxsize=8)
def _kinds(folder: Path) -> tuple[pl.DataFrame, dict[str, list[str]]]:
    """The small summary made with a release (of older ones: made from their rows), which never changes."""
    summary = folder / export.SUMMARY
    kinds = (
        pl.read_parquet(summary)
        if summary.is_file()
        else look.kinds(pl.read_parquet(folder / export.KEPT).drop("row_id"))
    )
    return kinds, look.categories(kinds)


def meanings(hub: Publishing, release: releases.Release, kinds: pl.DataFrame) -> list[list[str]]:
    """The data dictionary of a release: column, meaning, codes."""
    contracts = [hub.contracts[d] for d in release.datasets if d in hub.contracts]
    columns = ["event_id", *(c for c in kinds.columns if c != look.COUNT)]
    return [list(r) for r in export.dictionary(columns, contracts).select("column", "meaning", "codes").iter_rows()]


def area_outlines(hub: Publishing, kind: str, codes: frozenset[str]) -> dict[str, list[areas.Ring]]:
    """Outlines of areas for a map, from the boundaries the hub has loaded; empty where it has none."""
    return areas.outlines(hub.reference, kind, codes) if hub.reference is not None and codes else {}


def area_names(hub: Publishing) -> dict[str, str]:
    """Names of areas by code; empty where no boundaries are loaded."""
    return _names(hub.reference, stamp_of(hub.reference)) if hub.reference is not None else {}


@lru_cache(maxsize=2)
def _names(reference: Path, _stamp: tuple[int, ...]) -> dict[str, str]:
    return areas.loaded_names(reference)


def geojson(map_: maps.PlaceMap) -> bytes:
    """A map's shapes with `rows`, `words`, `colour` and `hot`, and its outlines without, as GeoJSON in degrees."""
    most = map_.most
    drawn = [
        (s.ring, {"rows": s.rows, "words": f"{maps.said(s, map_.measure)}. {map_.uncertainty}", "colour": charts.shade(s.rows, most), "hot": s.hot})
        for s in map_.shapes
    ]  # fmt: skip
    drawn += [(ring, {}) for rings in map_.outlines.values() for ring in rings]
    corners = np.array([corner for ring, _ in drawn for corner in ring], dtype=float).reshape(-1, 2)
    degrees = np.column_stack(to_degrees(corners[:, 0], corners[:, 1])).round(6).tolist()
    features, start = [], 0
    for ring, properties in drawn:
        turn = degrees[start : start + len(ring)]
        start += len(ring)
        closed = turn if turn[0] == turn[-1] else [*turn, turn[0]]
        shape = {"type": "Polygon", "coordinates": [closed]}
        features.append({"type": "Feature", "properties": properties, "geometry": shape})
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")).encode()
