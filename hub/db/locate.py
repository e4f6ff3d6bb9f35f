"""Locations asked for, counted by agency and minute; and the places that people gave to words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.db.session import Tx

KEPT = timedelta(hours=1)


def count_use(tx: Tx, agency: str, locations: int, limit: int, now: datetime) -> bool:
    """Count locations against an agency's limit for this minute; False, and nothing counted, where it is reached."""
    minute = now.replace(second=0, microsecond=0)
    counted = tx.sql(
        """
        insert into geocode_use as used (agency_id, minute, locations)
        select :agency, :minute, :locations where :locations <= :limit
        on conflict (agency_id, minute) do update set locations = used.locations + excluded.locations
        where used.locations + excluded.locations <= :limit
        returning locations
        """,
        agency=agency,
        minute=minute,
        locations=locations,
        limit=limit,
    ).scalar()
    if counted == locations:  # the first of a minute tidies up
        tx.sql("delete from geocode_use where agency_id = :agency and minute < :old", agency=agency, old=minute - KEPT)
    return counted is not None


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """What a person said of some words: where it is, or that it names no place (`easting` None)."""

    partnership: str
    words: str
    key: str
    state: str
    easting: int | None
    northing: int | None
    precision_m: float | None
    decided_by: str
    decided_at: datetime


def put_place(tx: Tx, place_id: str, place: LocalPlace) -> None:
    """Keep what was said; a later word on the same words stands."""
    tx.sql(
        """
        insert into local_place (id, partnership_id, words, words_key, state, easting, northing, precision_m,
          decided_by, decided_at)
        values (:id, :partnership, :words, :key, :state, :easting, :northing, :precision, :by, :at)
        on conflict (partnership_id, words_key) do update set words = excluded.words, state = excluded.state,
          easting = excluded.easting, northing = excluded.northing, precision_m = excluded.precision_m,
          decided_by = excluded.decided_by, decided_at = excluded.decided_at
        """,
        id=place_id,
        partnership=place.partnership,
        words=place.words,
        key=place.key,
        state=place.state,
        easting=place.easting,
        northing=place.northing,
        precision=place.precision_m,
        by=place.decided_by,
        at=place.decided_at,
    )


def places(tx: Tx, partnerships: Iterable[str] | None = None) -> list[LocalPlace]:
    """What was said, newest first; of these partnerships or of all."""
    rows = tx.sql(
        "select * from local_place where cast(:mine as text[]) is null or partnership_id = any(:mine)"
        " order by decided_at desc, words",
        mine=None if partnerships is None else list(partnerships),
    )
    return [LocalPlace(r.partnership_id, r.words, r.words_key, r.state, r.easting, r.northing, r.precision_m,
                       r.decided_by, r.decided_at) for r in rows]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality figures of one pooled batch."""

    batch: str
    dataset: str
    series: str
    finished_at: datetime
    quality: dict[str, Any]


def qualities(tx: Tx, agency: str, since: datetime) -> list[Quality]:
    """Figures of an agency's batches that were pooled since, the newest first."""
    rows = tx.sql(
        "select id, dataset, coalesce(manifest->>'series', '') as series, finished_at, quality from batch"
        " where agency_id = :agency and state = 'pooled' and mode <> 'withdrawals' and finished_at >= :since"
        " and quality is not null order by finished_at desc, id",
        agency=agency,
        since=since,
    )
    return [Quality(str(r.id), r.dataset, r.series, r.finished_at, r.quality) for r in rows]
