"""How many people do a partnership's agencies have in common? Counts by keyed match keys; nobody is named or shown."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hub.db import pseudonym as stored
from hub.db.session import Database
from hub.depersonalise.link import people


@dataclass(frozen=True, slots=True)
class Counted:
    """Records that can be linked, the people they are of, and how many of those two or more agencies know."""

    records: int
    people: int
    shared: int


def count_people(db: Database, partnership: str) -> Counted:
    """Recognise the same person across the agencies of one partnership's pool. `db` acts as hub_intake."""
    with db.transaction([partnership]) as tx:
        found = people(row for part in stored.match_keys(tx, partnership) for row in part)
    agencies = found.group_by("person").agg(pl.col("agency").n_unique())
    return Counted(found.height, agencies.height, int((agencies["agency"] > 1).sum()))
