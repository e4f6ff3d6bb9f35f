"""Look before download: the catalogue of what was released, and a release's own rows for its page. Never the pool."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from hub import access, protocol
from hub.adapters import areas, export
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.decision import Allow, Decision, NotFound, Refuse
from hub.journey.publishing import Publishing, log, seen
from hub.release import look

OUT = ("published", "superseded", "withdrawn", "recalled")


@dataclass(frozen=True, slots=True)
class Entry:
    """One series in the catalogue: its newest release that can be downloaded (None: none just now), all its versions."""

    series: str
    title: str
    current: releases.Release | None
    versions: list[releases.Release]


def catalogue(hub: Publishing, caller: access.Caller) -> list[Entry]:
    """Every series of which the caller may see a release that was published, by title."""
    with hub.db.transaction(caller.holds("release.read")) as tx:
        found = [r for r in releases.latest(tx) if r.state in OUT and r.published_at is not None]
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
    """A release and its rows as they left (`event_id` and all), their kinds to count from, and the columns that can be
    filtered by."""

    release: releases.Release
    rows: pl.DataFrame
    kinds: pl.DataFrame
    categories: dict[str, list[str]]


def look_into(hub: Publishing, caller: access.Caller, release: str) -> Looked | Refuse:
    """A release's rows for its page: to checkers in every state, to the recipient's people once it is out.

    Logged. Raises `NotFound`.
    """
    with hub.db.transaction(caller.partnerships) as tx:
        found = seen(tx, caller, release)
        decision: Decision = access.may(caller, "release.look", access.Thing(found.partnership_id, found.recipient))
        if decision and found.partnership_id not in caller.holds("release.approve"):
            decision = _is_out(hub, found, protocol.check_access(
                protocols.standings(tx), found.agreement_id, hub.now().date(), found.recipient))  # fmt: skip
        log(tx, hub, caller.person, "release.look", release, decision)
    if isinstance(decision, Refuse):
        return decision
    path = hub.folder / release / export.KEPT
    if not path.is_file():
        raise NotFound("the rows of this release are not kept any more")
    return Looked(found, *_rows(path))


def _is_out(hub: Publishing, found: releases.Release, granted: protocol.AccessGranted | Refuse) -> Decision:
    if found.state not in ("published", "superseded"):
        return Refuse("release.not-published", f"this release is {found.state}")
    if found.expires is not None and hub.now().date() > found.expires:
        return Refuse("release.expired", "its term has ended")
    return granted if isinstance(granted, Refuse) else Allow("release.look")


@lru_cache(maxsize=3)
def _rows(path: Path) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, list[str]]]:
    """A release's rows never change, so that they may be kept at hand."""
    rows = pl.read_parquet(path).drop("row_id")
    kinds = look.kinds(rows)
    return rows, kinds, look.categories(kinds)


def area_outlines(hub: Publishing, kind: str, codes: frozenset[str]) -> dict[str, list[areas.Ring]]:
    """Outlines of areas for a map, from the boundaries the hub has loaded; empty where it has none."""
    return areas.outlines(hub.reference, kind, codes) if hub.reference is not None and codes else {}
