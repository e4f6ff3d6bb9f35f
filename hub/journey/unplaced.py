"""Reviewing: words that no gazetteer could place, until a person says where they are.

What is said becomes an entry of the local gazetteer, for every later batch; what names no place is put aside. The queue
shows only words that may be quoted (see `hub.journey.capture`), to people of the partnerships that the batches came to.
"""

from __future__ import annotations

import csv
import io
import tempfile
import threading
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl

from hub import access
from hub.adapters import gazetteer
from hub.adapters.durable import write_durably
from hub.adapters.reference import REVIEWED_FILE, Reference
from hub.db import locate as stored
from hub.db import overview
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.decision import Conflict, Decision, NotFound, Refuse
from hub.geocode.names import name_of
from hub.journey import locate
from hub.journey.desk import Desk, note, person

SPAN = timedelta(days=30)
MOST_BATCHES = 500
MOST_SHOWN = 100
COARSEST_M = 1000.0
_writing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Words that wait for a person: in how many rows of which agencies' last thirty days, and why (`none`: nothing
    matched, `ambiguous`: several places did)."""

    partnership: str
    words: str
    why: str
    rows: int
    agencies: tuple[str, ...]


def key_of(words: str) -> str:
    """Words in the one writing by which they are the same: `St. Mary's Rd` is `ST MARYS ROAD`."""
    return name_of(pl.Series([words], dtype=pl.Utf8))[0] or ""


def queue(desk: Desk, caller: access.Caller) -> list[Waiting]:
    """What waits in the caller's partnerships, the commonest first."""
    with desk.db.transaction() as tx:
        return _queue(tx, desk, caller.holds("place.review"))


def _queue(tx: Tx, desk: Desk, partnerships: frozenset[str]) -> list[Waiting]:
    known = {s.standing.reference: s.document.protocol.partnership for s in protocols.all_protocols(tx)
             if s.document.protocol.partnership in partnerships}  # fmt: skip
    said = {(p.partnership, p.key) for p in stored.places(tx, partnerships)}
    since, rows = desk.now() - SPAN, Counter[tuple[str, str, str]]()
    agencies: dict[tuple[str, str, str], set[str]] = {}
    for batch in overview.batches_under(tx, known, MOST_BATCHES, None, ["pooled"]):
        if batch.created_at < since:
            continue
        for partnership in {known[r] for r in batch.protocols if r in known}:
            for why, found in (batch.quality or {}).get("unplaced", {}).items():
                for words, n in found.items():
                    rows[partnership, words, why] += n
                    agencies.setdefault((partnership, words, why), set()).add(batch.agency_id)
    waiting = [Waiting(p, w, why, n, tuple(sorted(agencies[p, w, why]))) for (p, w, why), n in rows.items()]
    waiting = [w for w in waiting if (w.partnership, key_of(w.words)) not in said]
    return sorted(waiting, key=lambda w: (-w.rows, w.words, w.partnership))[:MOST_SHOWN]


def reviewed(desk: Desk, caller: access.Caller) -> list[stored.LocalPlace]:
    """What was said in the caller's partnerships, the newest first."""
    with desk.db.transaction() as tx:
        return stored.places(tx, caller.holds("place.review"))


def place(
    desk: Desk, reference: Reference, caller: access.Caller, partnership: str, words: str, where: str
) -> Decision:
    """Say where waiting words are: `where` is a grid reference, postcode, UPRN or address; "" says that they name no
    place. Raises `NotFound` where the words do not wait, `Conflict` where `where` is no one place."""
    found = _found(reference, where) if where else None
    with desk.db.transaction() as tx:
        waiting = {(w.partnership, w.words) for w in _queue(tx, desk, caller.holds("place.review"))}
        decision = access.may(caller, "place.review", access.Thing(partnership))
        if not isinstance(decision, Refuse):
            if (partnership, words) not in waiting:
                raise NotFound("these words do not wait for anybody")
            stored.put_place(tx, str(uuid.uuid4()), stored.LocalPlace(
                partnership, words, key_of(words), "placed" if found else "dismissed",
                found[0] if found else None, found[1] if found else None, found[2] if found else None,
                person(caller), desk.now(),
            ))  # fmt: skip
        note(tx, desk, person(caller), "place.review", partnership, decision, placed=bool(found))
    if found and decision:
        publish(desk, reference)
    return decision


def _found(reference: Reference, where: str) -> tuple[int, int, float]:
    located = locate.answer(reference, [locate.written(where)], 1)[0].answer
    if located["easting"] is None:
        several = located["geo_method"] == "ambiguous"
        raise Conflict("this fits several places" if several else "this place was not found; give a grid reference")
    if located["geo_precision_m"] > COARSEST_M or located["geo_class"] in ("sector", "district", "area"):
        raise Conflict("this is too coarse to place anything by; give a grid reference, postcode or address")
    return located["easting"], located["northing"], located["geo_precision_m"]


def publish(desk: Desk, reference: Reference) -> None:
    """Write everything that was placed into the local gazetteer, as one list in the place of the one before."""
    with _writing:
        with desk.db.transaction() as tx:
            placed = [p for p in stored.places(tx) if p.state == "placed"]
        content = _as_list(placed)
        reference.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / REVIEWED_FILE
            source.write_text(content, encoding="utf-8")
            gazetteer.load_gazetteer(source, reference.folder, desk.now().date().isoformat(),
                                     columns={"name": "place_text", "key": "-", "precision": "-"}, kind="reviewed")  # fmt: skip
        write_durably(reference.folder / REVIEWED_FILE, content.encode())


def _as_list(placed: Sequence[stored.LocalPlace]) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["key", "name", "easting", "northing", "precision"])
    for one in sorted(placed, key=lambda p: (p.key, p.partnership)):
        # without the comma, behind which a list's loader would look for a town
        rows.writerow([one.key, one.words.replace(",", " "), one.easting, one.northing, one.precision_m])
    return out.getvalue()
