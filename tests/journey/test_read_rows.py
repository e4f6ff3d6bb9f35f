"""What a release reads of the pool: text as it stands, null as null, and the current rows of its partnership alone."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime

import polars as pl

from hub.db import pool
from tests.conftest import Databases

ROW = """
insert into pool_row (row_id, partnership_id, dataset, agency_id, batch_id, current, event_month, event_day, occurred_from,
  time_precision, ambiguous_hour, easting, northing, geo_method, geo_precision_m, geo_confidence, place_floor, time_floor,
  fields, content)
values (nextval('pool_row_id'), :p, 'd/1', 'a', cast(:batch as uuid), :current, null, :day, :at, 'minute', false, :east, 403000,
  'postcode', 125.5, 0.9, 'grid-100m', 'hour', cast(:fields as jsonb), '\\x00')
"""
HARD = ["", 'say "x"', "two\nlines\r\n", "a,b", "\\N", "Ŵ", " ", "NaN", None]


def test_text_comes_as_it_stands(databases: Databases) -> None:
    at = datetime(2026, 11, 5, 10, 0, 0, 250_000)  # noqa: DTZ001 (local wall time, as the pool keeps it)
    with databases.intake.transaction(["north", "south"]) as tx:
        for n, text in enumerate(HARD):
            tx.sql(ROW, p="north", batch=str(uuid.uuid4()), current=True, day=date(2026, 11, 5), at=at if n else None,
                   east=412000 + n if n else None, fields=json.dumps({"f": text} if text is not None else {}))  # fmt: skip
        tx.sql(ROW, p="south", batch=str(uuid.uuid4()), current=True, day=None, at=at, east=1, fields="{}")
        tx.sql(ROW, p="north", batch=str(uuid.uuid4()), current=False, day=None, at=at, east=1, fields="{}")
    with databases.release.transaction(["north"]) as tx:
        rows = pl.concat(pool.read_rows(tx, "north", ["d/1"], ["a"], ["f"], 2)).sort("row_id")
        assert list(pool.read_rows(tx, "south", ["d/1"], ["a"], ["f"], 2)) == []
    assert rows["field:f"].to_list() == HARD
    assert rows["occurred_from"].to_list() == [None] + [at] * (len(HARD) - 1)
    assert rows["easting"].to_list() == [None, *range(412001, 412000 + len(HARD))]
    assert rows["geo_precision_m"].to_list() == [125.5] * len(HARD)
    assert rows.schema == pool.SCHEMA | {"field:f": pl.Utf8}
