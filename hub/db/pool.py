"""The pool: versions resolved in one transaction, and the rows that releases read.

`settle` turns a batch's staging into pool rows. Every statement works on the whole batch; nothing of it can be
seen before the transaction that also flips the batch's state commits. Rules of precedence: `hub.pool`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

import polars as pl

from hub.db.session import Tx


@dataclass(frozen=True, slots=True)
class Arrival:
    """A batch about to be settled, as the statements below name its parts."""

    batch: str
    agency: str
    dataset: str
    made_at: datetime
    keyed: bool
    first_day: date | None = None
    last_day: date | None = None
    series: str = ""

    def parameters(self) -> dict[str, object]:
        """Parameters of every statement here."""
        return {
            "batch": self.batch,
            "agency": self.agency,
            "dataset": self.dataset,
            "made_at": self.made_at,
            "series": self.series,
            "first": self.first_day,
            "last": self.last_day,
        }


@dataclass(frozen=True, slots=True)
class Settled:
    """How many staged rows became what."""

    pooled: int = 0
    superseded: int = 0
    duplicate: int = 0
    out_of_area: int = 0


# A keyed row loses to a later version of its key, and to a later snapshot whose window covers its day. What the
# snapshot ended is still the newest version known: it ends older ones too, of whatever day.
KEYED_VERDICT = """
create temporary table verdict on commit drop as
with ranked as (
  select row_id, source_key, content, standing, event_day, event_month, partnership_id,
         row_number() over (partition by source_key order by line desc) as nth,
         first_value(content) over (partition by source_key order by line desc) as last_content
  from staging_row where batch_id = :batch and standing <> 'held'
), judged as (
  select r.*,
    (k.made_at, coalesce(k.content, '\\xff')) > (cast(:made_at as timestamptz), r.content) and
      (k.made_at > :made_at or k.content is distinct from r.content) as outdated,
    exists (select from snapshot s where s.agency_id = :agency and s.dataset = :dataset and s.series = :series
            and s.made_at > :made_at and r.event_day between s.first_day and s.last_day) as ended,
    k.row_id is not null and k.content = r.content as same,
    k.source_key is not null as known,
    k.made_at as stood_at,
    k.event_month as stood_month
  from ranked r
  left join pool_key k on k.agency_id = :agency and k.dataset = :dataset and k.source_key = r.source_key
)
select row_id, source_key, content, event_month, partnership_id, nth, known, stood_at, stood_month,
  case
    when standing = 'out-of-area' then 'out_of_area'
    when nth > 1 and content = last_content then 'duplicate'
    when nth > 1 or outdated or ended then 'superseded'
    when same then 'duplicate'
    else 'pooled'
  end as verdict,
  nth = 1 and standing <> 'out-of-area' and outdated is not true and ended as ended
from judged
"""

# A row without a key belongs to its snapshot: it loses to a later one of the same window or of its own day.
KEYLESS_VERDICT = """
create temporary table verdict on commit drop as
select r.row_id, r.source_key, r.content, r.event_month, r.partnership_id, 1 as nth,
  case
    when r.standing = 'out-of-area' then 'out_of_area'
    when exists (select from snapshot s where s.agency_id = :agency and s.dataset = :dataset
                 and s.series = :series and s.made_at > :made_at and s.first_day <= :last and s.last_day >= :first
                 and ((s.first_day <= :first and s.last_day >= :last)
                      or r.event_day between s.first_day and s.last_day)) then 'superseded'
    else 'pooled'
  end as verdict,
  false as known,
  cast(null as timestamptz) as stood_at,
  cast(null as date) as stood_month,
  false as ended
from staging_row r where r.batch_id = :batch and r.standing <> 'held'
"""

INDEX_VERDICT = (
    "create unique index on verdict (row_id)",
    "create index on verdict (source_key)",
    "analyze verdict",
)

RETIRE_OLDER_VERSIONS = """
update pool_row p set current = false
from verdict v
where v.nth = 1 and v.known and (v.verdict = 'pooled' or v.ended or (v.verdict = 'out_of_area' and v.stood_at <= :made_at))
  and p.source_key = v.source_key and p.event_month is not distinct from v.stood_month and p.current
"""

# An out-of-area row leaves a mark only where an earlier version of it was ours: it must not stay where it is not.
WRITE_KEYS = """
insert into pool_key (agency_id, dataset, source_key, made_at, content, row_id, event_month, partnership_id, series, batch_id)
select :agency, :dataset, source_key, :made_at,
       case when verdict = 'pooled' then content end, case when verdict = 'pooled' then row_id end,
       case when verdict = 'pooled' then event_month end, case when verdict = 'pooled' then partnership_id end, :series, :batch
from verdict
where nth = 1 and source_key is not null
  and (verdict = 'pooled' or ended or (verdict = 'out_of_area' and known and stood_at <= :made_at))
on conflict (agency_id, dataset, source_key) do update set
  made_at = excluded.made_at, content = excluded.content, row_id = excluded.row_id,
  event_month = excluded.event_month, partnership_id = excluded.partnership_id, series = excluded.series,
  batch_id = excluded.batch_id
"""

CONFIRM_DUPLICATES = """
update pool_key k set made_at = greatest(k.made_at, :made_at)
from verdict v
where v.verdict = 'duplicate' and v.nth = 1
  and k.agency_id = :agency and k.dataset = :dataset and k.source_key = v.source_key
"""

INSERT_ROWS = """
insert into pool_row (row_id, partnership_id, dataset, agency_id, batch_id, current, event_month, event_day,
  occurred_from, occurred_to, occurred_utc, time_precision, ambiguous_hour, easting, northing, grid_reference,
  geo_method, geo_precision_m, geo_confidence, lsoa, ward, district, area_vintage, edge_distance_m, place_floor,
  time_floor, fields, note, source_key, content)
select s.row_id, s.partnership_id, s.dataset, s.agency_id, s.batch_id, true, s.event_month, s.event_day,
  s.occurred_from, s.occurred_to, s.occurred_utc, s.time_precision, s.ambiguous_hour, s.easting, s.northing,
  s.grid_reference, s.geo_method, s.geo_precision_m, s.geo_confidence, s.lsoa, s.ward, s.district, s.area_vintage,
  s.edge_distance_m, s.place_floor, s.time_floor, s.fields, s.note,
  s.source_key, s.content
from staging_row s join verdict v on v.row_id = s.row_id
where s.batch_id = :batch and v.verdict = 'pooled'
"""

# What a keyed snapshot does not name, inside its window, is withdrawn. Held rows count as named. The mark keeps the
# moment of the version that ended: a later version, of a day outside the window, may still arrive.
WITHDRAW_ABSENT = (
    "create temporary table named on commit drop as"
    " select distinct source_key from staging_row where batch_id = :batch and source_key is not null",
    "create unique index on named (source_key)",
    "analyze named",
    """
    create temporary table gone on commit drop as
    select p.source_key, p.row_id, p.event_month from pool_row p
    where p.agency_id = :agency and p.dataset = :dataset and p.current and p.source_key is not null
      and p.event_day between :first and :last
    """,
    "create index on gone (source_key)",
    "delete from gone g using named n where n.source_key = g.source_key",
    """
    delete from gone g where not exists (
      select from pool_key k where k.agency_id = :agency and k.dataset = :dataset and k.source_key = g.source_key
      and k.series = :series and k.made_at < :made_at)
    """,
    "analyze gone",
    """
    update pool_key k set row_id = null, content = null, batch_id = :batch
    from gone g where k.agency_id = :agency and k.dataset = :dataset and k.source_key = g.source_key
    """,
    """
    update pool_row p set current = false
    from gone g
    where p.source_key = g.source_key and p.row_id = g.row_id and p.event_month is not distinct from g.event_month
    """,
)

REPLACE_WINDOW = """
update pool_row p set current = false
from snapshot s
where p.agency_id = :agency and p.dataset = :dataset and p.current and p.batch_id <> :batch
  and s.batch_id = p.batch_id and s.series = :series and s.made_at < :made_at and s.first_day <= :last and s.last_day >= :first
  and ((:first <= s.first_day and :last >= s.last_day) or p.event_day between :first and :last)
"""

INSERT_SNAPSHOT = """
insert into snapshot (batch_id, agency_id, dataset, series, first_day, last_day, made_at)
values (:batch, :agency, :dataset, :series, :first, :last, :made_at)
"""

WITHDRAW = """
with asked as (
  select distinct source_key from staging_row where batch_id = :batch and source_key is not null
), gone as (
  select k.source_key, k.row_id from pool_key k join asked using (source_key)
  where k.agency_id = :agency and k.dataset = :dataset and k.made_at <= :made_at and k.row_id is not null
), ended as (
  update pool_row p set current = false, fields = '{}', note = null, easting = null, northing = null,
    grid_reference = null, edge_distance_m = null, lsoa = null, ward = null
  from gone g where p.agency_id = :agency and p.dataset = :dataset and p.source_key = g.source_key
), marked as (
  insert into pool_key (agency_id, dataset, source_key, made_at, batch_id)
  select :agency, :dataset, source_key, :made_at, :batch from asked
  on conflict (agency_id, dataset, source_key) do update set
    made_at = excluded.made_at, content = null, row_id = null, batch_id = excluded.batch_id
  where pool_key.made_at <= excluded.made_at
)
select count(*) from gone
"""


def window_rows(tx: Tx, arrival: Arrival) -> tuple[int, int]:
    """Rows of the snapshot's window: those current in the pool before, and those that would stand after."""
    found = tx.sql(
        """
        select
          (select count(*) from pool_row p join batch b on b.id = p.batch_id
             where p.agency_id = :agency and p.dataset = :dataset and p.current
             and coalesce(b.manifest ->> 'series', '') = :series and p.event_day between :first and :last) as before,
          (select count(*) from staging_row where batch_id = :batch and standing <> 'out-of-area'
             and (standing = 'held' or event_day between :first and :last)) as after
        """,
        **arrival.parameters(),
    ).one()
    return found.before, found.after


def _alone(tx: Tx, **values: object) -> None:
    """Until the transaction ends nobody else resolves this agency's dataset."""
    tx.sql("select pg_advisory_xact_lock(hashtext(:agency || '/' || :dataset))", **values)


def settle(tx: Tx, arrival: Arrival, complete: bool) -> Settled:
    """Resolve a staged batch of rows into the pool; the caller flips the batch's state in the same transaction.

    `complete`: every key of a snapshot could be read, so that what it does not name may be withdrawn.
    """
    values = arrival.parameters()
    snapshot = arrival.first_day is not None
    _alone(tx, **values)
    tx.sql(KEYED_VERDICT if arrival.keyed else KEYLESS_VERDICT, **values)
    # the planner takes a table that has just grown for a small one and reads it whole, once: what it looks up for each
    # of its rows must have an index, or rows times rows are read
    for statement in INDEX_VERDICT:
        tx.sql(statement)
    if arrival.keyed:
        tx.sql(RETIRE_OLDER_VERSIONS, **values)
        tx.sql(WRITE_KEYS, **values)
        tx.sql(CONFIRM_DUPLICATES, **values)
    tx.sql(INSERT_ROWS, **values)
    if snapshot:
        if arrival.keyed and complete:
            for statement in WITHDRAW_ABSENT:
                tx.sql(statement, **values)
        if not arrival.keyed:
            tx.sql(REPLACE_WINDOW, **values)
        if (
            complete or not arrival.keyed
        ):  # one with a key that nobody could read is not the whole, also not for late rows
            tx.sql(INSERT_SNAPSHOT, **values)
    rows = tx.sql("select verdict, count(*) as n from verdict group by verdict")
    counts = {r.verdict: r.n for r in rows}
    return Settled(**counts)


def withdraw(tx: Tx, arrival: Arrival) -> int:
    """Withdraw the staged keys: every version of their rows leaves the pool and loses its content. How many keys."""
    values = arrival.parameters()
    _alone(tx, **values)
    return int(tx.sql(WITHDRAW, **values).scalar())


def ensure_months(tx: Tx, months: Iterable[date]) -> None:
    """Make the partitions of these months, where they are missing."""
    for month in months:
        tx.sql("select ensure_pool_month(:month)", month=month)


RELEASED_COLUMNS = (
    "row_id", "partnership_id", "dataset", "agency_id", "occurred_from", "time_precision", "easting", "northing", "geo_method",
    "geo_precision_m", "geo_confidence", "lsoa", "ward", "district", "place_floor", "time_floor",
)  # fmt: skip


def read_rows(
    tx: Tx, partnership: str, datasets: Sequence[str], agencies: Sequence[str], fields: Sequence[str], size: int
) -> Iterator[pl.DataFrame]:
    """Current rows of a partnership for a release, `size` at a time: the columns of a pool frame that a release may
    read and the named fields as Utf8 columns. Notes and keys are not selected at all; `row_id` never leaves: event
    numbers are made of it, and it says which releases hold a row that its source erases.

    A flow's month and day bounds are the caller's to apply.
    """
    chosen = ", ".join(f"p.{c}" for c in RELEASED_COLUMNS)
    taken = ", ".join(f"p.fields ->> '{f}'" for f in fields)
    statement = (
        f"select {chosen}{', ' if taken else ''}{taken} from pool_row p"  # noqa: S608 (names from contracts only)
        " where p.partnership_id = %s and p.current and p.dataset = any(%s) and p.agency_id = any(%s)"
    )
    schema = SCHEMA | {f"field:{f}": pl.Utf8 for f in fields}
    values = (partnership, list(datasets), list(agencies))
    with (
        tx.driver.cursor() as cursor,
        cursor.copy(f"copy ({statement}) to stdout (format csv)".encode(), values) as rows,
    ):
        while lines := b"".join(bytes(row) for row in islice(rows, size)):
            yield pl.read_csv(lines, has_header=False, schema=schema)


SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row_id": pl.Int64,
    "partnership": pl.Utf8,
    "dataset": pl.Utf8,
    "agency": pl.Utf8,
    "occurred_from": pl.Datetime("us"),
    "time_precision": pl.Utf8,
    "easting": pl.Int32,
    "northing": pl.Int32,
    "geo_method": pl.Utf8,
    "geo_precision_m": pl.Float32,
    "geo_confidence": pl.Float32,
    "lsoa": pl.Utf8,
    "ward": pl.Utf8,
    "district": pl.Utf8,
    "place_floor": pl.Utf8,
    "time_floor": pl.Utf8,
}


def pool_counts(tx: Tx) -> dict[tuple[str, str], int]:
    """Current rows by (partnership, dataset), of the partnerships in this transaction's scope."""
    rows = tx.sql("select partnership_id, dataset, count(*) as n from pool_row where current group by 1, 2")
    return {(r.partnership_id, r.dataset): r.n for r in rows}


# A key whose row has gone would call the same row a duplicate of nothing when it is sent again.
DELETE_BEFORE = """
with gone as (
  delete from pool_row p using batch b
  where b.id = p.batch_id and p.partnership_id = :partnership and p.agency_id = :agency and p.dataset = :dataset
    and coalesce(p.event_day, b.stored_at::date, b.created_at::date) < :before
  returning p.row_id, p.source_key
), forgotten as (
  delete from pool_key k using gone g
  where k.agency_id = :agency and k.dataset = :dataset and k.source_key = g.source_key and k.row_id = g.row_id
)
select count(*) from gone
"""


def delete_before(tx: Tx, partnership: str, agency: str, dataset: str, before: date) -> int:
    """Delete every version of a partnership's rows whose event (or, undated, whose batch) lies before a day; how many.

    Marks of withdrawn records stay: they hold a keyed reference alone, and keep the record from coming back.
    """
    _alone(tx, agency=agency, dataset=dataset)
    gone = tx.sql(DELETE_BEFORE, partnership=partnership, agency=agency, dataset=dataset, before=before)
    return int(gone.scalar())


# As WITHDRAW, for records that a restored backup may know in an older version, not yet, or as still unprocessed.
ERASE = """
with asked as (
  select agency_id, dataset, source_key, max(made_at) as made_at
  from unnest(cast(:agencies as text[]), cast(:datasets as text[]), cast(:keys as bytea[]),
              cast(:moments as timestamptz[])) as a (agency_id, dataset, source_key, made_at)
  group by 1, 2, 3
), due as (
  select a.* from asked a left join pool_key k using (agency_id, dataset, source_key)
  where k.made_at is null or k.made_at <= a.made_at
), marked as (
  insert into pool_key (agency_id, dataset, source_key, made_at, batch_id)
  select agency_id, dataset, source_key, made_at, cast(:act as uuid) from due
  on conflict (agency_id, dataset, source_key) do update set
    made_at = excluded.made_at, content = null, row_id = null, event_month = null, partnership_id = null,
    batch_id = excluded.batch_id
  where pool_key.made_at <= excluded.made_at
), ended as (
  update pool_row p set current = false, fields = '{}', note = null, easting = null, northing = null,
    grid_reference = null, edge_distance_m = null, lsoa = null, ward = null
  from due d
  where p.agency_id = d.agency_id and p.dataset = d.dataset and p.source_key = d.source_key
    and (p.current or p.fields <> '{}' or p.note is not null or p.easting is not null)
  returning 1
)
select count(*) from ended
"""


def erase(tx: Tx, erasures: Sequence[tuple[str, str, bytes, datetime]], act: str) -> int:
    """Withdraw records (agency, dataset, keyed reference, moment) unless a later version of one stands.

    Every version of theirs loses its content, and each is marked, so that an older extract that is processed
    afterwards does not bring it back. `act`: an id to remember it by. How many rows lost their content.
    """
    agencies, datasets, keys, moments = zip(*erasures, strict=True)
    found = tx.sql(ERASE, agencies=list(agencies), datasets=list(datasets), keys=list(keys), moments=list(moments),
                   act=act)  # fmt: skip
    return int(found.scalar())
