"""A release's rows to programs: by a token that one person makes for one release, the whole question asked each time."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hub import access
from hub.adapters import export, formats
from hub.db import people
from hub.db import release as releases
from hub.decision import Allow, NotFound, Refuse
from hub.journey.download import ONE_BY_ONE, may_download
from hub.journey.publishing import Publishing, jot, log, seen
from hub.release import coded

TOKEN_LIFE = timedelta(days=30)
PREFIX = "hubr_"


@dataclass(frozen=True, slots=True)
class Rows:
    """A release as programs read it: rows in the order of their event numbers (text columns coded), their longitudes and latitudes (NaN
    where a row has no cell)."""

    release: releases.Release
    frame: pl.DataFrame
    lon: np.ndarray
    lat: np.ndarray


def make_token(hub: Publishing, caller: access.Caller, release: str) -> str | Refuse:
    """A token by which the caller's programs may read this release for 30 days; shown once, kept as a digest. It takes
    the place of the caller's earlier ones for it. Raises `NotFound`."""
    token = PREFIX + secrets.token_urlsafe(32)
    with hub.db.transaction(caller.partnerships) as tx:
        found = seen(tx, caller, release)
        granted = may_download(hub, tx, caller, release) if found.tier != "L1" else ONE_BY_ONE
        if isinstance(granted, Refuse):
            log(tx, hub, caller.person, "release.token", release, granted)
            return granted
        releases.revoke_tokens(tx, release, caller.person, hub.now())
        releases.insert_token(tx, _digest(token), found, caller.person, hub.now(), hub.now() + TOKEN_LIFE)
        log(tx, hub, caller.person, "release.token", release, Allow("release.token"), granted)
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def holder(hub: Publishing, token: str) -> tuple[access.Caller, str] | Refuse:
    """Whose token is it, with the roles they hold now, and for which release? Refused where it is worth nothing."""
    wrong = Refuse(
        "identity.token", "this token is unknown, revoked or out of date; make another on the release's page"
    )
    if not 20 <= len(token) <= 100:
        return wrong
    with hub.db.transaction() as tx:
        found = releases.token(tx, _digest(token))
        if found is None or found.revoked_at or found.disabled_at or found.expires_at <= hub.now():
            return wrong
        roles = people.roles_of(tx, str(found.person_id))
    return access.Caller(str(found.person_id), found.agency_id, roles), str(found.release_id)


def open_rows(hub: Publishing, caller: access.Caller, release: str, begins: bool) -> Rows | Refuse:
    """The rows, if the caller may have them now. A reading is logged when it begins, a refusal always.

    Raises `NotFound`.
    """
    with hub.db.transaction(caller.partnerships) as tx:
        found = seen(tx, caller, release)
        granted = may_download(hub, tx, caller, release) if found.tier != "L1" else ONE_BY_ONE
    if isinstance(granted, Refuse):
        jot(hub, caller.person, "release.read", release, granted)
        return granted
    if begins:
        jot(hub, caller.person, "release.read", release, Allow("release.read"), granted)
    path = hub.folder / release / export.KEPT
    if not path.is_file():
        raise NotFound("the rows of this release are not kept any more")
    return Rows(found, *_held(path))


@lru_cache(maxsize=3)
def _held(path: Path) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """A release's rows, text columns coded but for event numbers: several large releases fit into the web's memory."""
    file = formats.File(path, ("row_id",))
    parts = [pl.DataFrame(schema=file.schema), *file.iter_slices(formats.SLICE)]
    frame = coded.code([coded.narrow(p.drop("event_id")) for p in parts])
    frame.insert_column(0, pl.concat([p["event_id"] for p in parts], rechunk=True))
    return frame, *formats.lonlat(frame)


def records(rows: Rows, at: np.ndarray) -> list[dict[str, Any]]:
    """The rows of these positions, a dictionary each."""
    return coded.plain(rows.frame[at]).to_dicts()


def features(rows: Rows, at: np.ndarray) -> list[str]:
    """GeoJSON features of these positions, with event numbers for ids."""
    part = coded.plain(rows.frame[at])
    return formats.features(part, part["event_id"].to_list()).to_list() if part.height else []
