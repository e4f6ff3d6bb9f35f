"""First tables: who takes part, batches, the pool, releases, people, the ledger, and who may touch what.

Two walls are drawn here as grants: `hub_release` (pages, releases, downloads) cannot read identifiable rows or
the keys to them; `hub_intake` (intake, worker) cannot read people's sign-ins. Row-level security by partnership
is forced on everything that comes from pooled rows, for the owner of the tables too.
"""

from importlib import resources

from alembic import op

revision = "0001"
down_revision = None

SQL = """
-- who takes part -------------------------------------------------------------------------------------------
create table partnership (
  id text primary key,
  title text not null
);
create table agency (
  id text primary key,
  title text not null,
  kind text not null
);
create table agency_key (
  kid text primary key,
  agency_id text not null references agency,
  public_jwk jsonb not null,
  registered_at timestamptz not null,
  revoked_at timestamptz
);
create table spent_token (
  agency_id text not null references agency,
  jti text not null,
  expires_at timestamptz not null,
  primary key (agency_id, jti)
);
create index on spent_token (expires_at);

-- protocols: the text is the policy -------------------------------------------------------------------------
create table protocol (
  id text not null,
  version integer not null,
  partnership_id text not null references partnership,
  tier text not null,
  title text not null,
  text text not null,
  digest text not null,
  state text not null check (state in ('draft', 'in-force', 'suspended', 'revoked')),
  suspended_agencies text[] not null default '{}',
  author text not null,
  created_at timestamptz not null,
  primary key (id, version)
);
create table protocol_act (
  id bigint generated always as identity primary key,
  protocol_id text not null,
  version integer not null,
  act text not null,
  actor text not null,
  at timestamptz not null,
  note text not null default '',
  foreign key (protocol_id, version) references protocol
);

-- intake: batches, and what only intake may see -------------------------------------------------------------
create table batch (
  id uuid primary key,
  agency_id text not null references agency,
  manifest_id text not null,
  manifest_sha256 text not null,
  manifest_jws text not null,
  manifest jsonb not null,
  dataset text not null,
  purpose text not null,
  mode text not null,
  made_at timestamptz not null,
  protocols text[] not null,
  state text not null check (state in ('receiving', 'stored', 'processing', 'pooled', 'held', 'refused')),
  claim uuid,
  overruled_by text,
  receipt text,
  result text,
  rule text not null default '',
  reason text not null default '',
  counts jsonb,
  quality jsonb,
  created_at timestamptz not null,
  stored_at timestamptz,
  finished_at timestamptz,
  unique (agency_id, manifest_id)
);
create index on batch (created_at desc);
create table row_fault (
  batch_id uuid not null references batch,
  line bigint not null,
  column_name text not null,
  rule text not null,
  reason text not null
);
create index on row_fault (batch_id, line);
create table batch_key (
  batch_id uuid primary key references batch,
  kek_id text not null,
  wrapped bytea,
  destroyed_at timestamptz
);
create table piece (
  batch_id uuid not null references batch,
  number integer not null,
  bytes integer not null,
  sha256 text not null,
  primary key (batch_id, number)
);
create table chunk_done (
  batch_id uuid not null references batch,
  number integer not null,
  counts jsonb not null,
  quality jsonb not null,
  primary key (batch_id, number)
);
create table quarantine (
  batch_id uuid not null references batch,
  line bigint not null,
  sealed bytea not null,
  expires_at timestamptz not null
);
create index on quarantine (batch_id, line);
create index on quarantine (expires_at);

create sequence pool_row_id;
create table staging_row (
  batch_id uuid not null,
  chunk integer not null,
  row_id bigint not null default nextval('pool_row_id'),
  line bigint not null,
  standing text not null check (standing in ('row', 'out-of-area', 'held')),
  partnership_id text,
  dataset text not null,
  agency_id text not null,
  event_month date,
  event_day date,
  occurred_from timestamp,
  occurred_to timestamp,
  occurred_utc timestamptz,
  time_precision text,
  ambiguous_hour boolean,
  easting integer,
  northing integer,
  grid_reference text,
  geo_method text,
  geo_precision_m real,
  geo_confidence real,
  lsoa text,
  ward text,
  district text,
  area_vintage text,
  edge_distance_m real,
  place_floor text,
  time_floor text,
  fields jsonb,
  note jsonb,
  source_key bytea,
  content bytea
);
create index on staging_row (batch_id, source_key);

-- the pool ---------------------------------------------------------------------------------------------------
create table pool_row (
  row_id bigint not null,
  partnership_id text not null,
  dataset text not null,
  agency_id text not null,
  batch_id uuid not null,
  current boolean not null,
  event_month date,
  event_day date,
  occurred_from timestamp,
  occurred_to timestamp,
  occurred_utc timestamptz,
  time_precision text not null,
  ambiguous_hour boolean not null,
  easting integer,
  northing integer,
  grid_reference text,
  geo_method text not null,
  geo_precision_m real,
  geo_confidence real not null,
  lsoa text,
  ward text,
  district text,
  area_vintage text,
  edge_distance_m real,
  place_floor text not null,
  time_floor text not null,
  fields jsonb not null,
  note jsonb,
  source_key bytea,
  content bytea not null
) partition by range (event_month);
create table pool_row_undated partition of pool_row default;
create index on pool_row (partnership_id, dataset) where current;
create index on pool_row (batch_id);
create index on pool_row (source_key);
-- unique source keys stand beside the partitions: PostgreSQL cannot hold them unique across partitions
create table pool_key (
  agency_id text not null,
  dataset text not null,
  source_key bytea not null,
  made_at timestamptz not null,
  content bytea,
  row_id bigint,
  event_month date,
  partnership_id text,
  series text not null default '',
  batch_id uuid not null,
  primary key (agency_id, dataset, source_key)
);
create table snapshot (
  batch_id uuid primary key references batch,
  agency_id text not null,
  dataset text not null,
  series text not null default '',
  first_day date not null,
  last_day date not null,
  made_at timestamptz not null
);
create index on snapshot (agency_id, dataset, made_at);

-- a month's partition is made by this function alone; the application has no right to create tables
create function ensure_pool_month(month date) returns void language plpgsql security definer
set search_path = public, pg_temp as $$
declare name text := 'pool_row_' || to_char(month, 'YYYYMM');
begin
  if month is null or month <> date_trunc('month', month)
     or month < date '1990-01-01' or month >= date '2100-01-01' then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtext('ensure_pool_month'));
  if to_regclass('public.' || name) is null then
    execute format('create table %I partition of pool_row for values from (%L) to (%L)',
                   name, month, (month + interval '1 month')::date);
  end if;
end
$$;

-- releases ---------------------------------------------------------------------------------------------------
create sequence release_number;
create table release (
  id uuid primary key,
  number bigint not null unique default nextval('release_number'),
  partnership_id text not null references partnership,
  agreement_id text not null,
  agreement_version integer not null,
  recipient text not null references agency,
  title text not null,
  state text not null,
  author text not null,
  first_day date,
  last_day date,
  districts text[] not null default '{}',
  datasets text[] not null,
  counts jsonb not null,
  files jsonb not null default '[]',
  statement text,
  hold_rule text not null default '',
  hold_reason text not null default '',
  created_at timestamptz not null,
  published_at timestamptz
);
create table release_act (
  id bigint generated always as identity primary key,
  release_id uuid not null references release,
  act text not null,
  actor text not null,
  at timestamptz not null,
  note text not null default ''
);
create table download (
  id uuid primary key,
  release_id uuid not null references release,
  partnership_id text not null,
  person_id uuid not null,
  file text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  bytes bigint not null default 0,
  outcome text not null default 'open'
);

-- people -----------------------------------------------------------------------------------------------------
create table person (
  id uuid primary key,
  sign_in text not null unique,
  name text not null,
  agency_id text not null references agency,
  password_hash text not null,
  disabled_at timestamptz,
  created_at timestamptz not null
);
create table membership (
  person_id uuid not null references person,
  partnership_id text not null references partnership,
  role text not null check (role in ('liaison-officer', 'analyst', 'auditor', 'operator')),
  primary key (person_id, partnership_id, role)
);
create table web_session (
  token_sha256 text primary key,
  person_id uuid not null references person,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null
);
create table sign_in_attempt (
  id bigint generated always as identity primary key,
  subject text not null,
  at timestamptz not null,
  succeeded boolean not null
);
create index on sign_in_attempt (subject, at);

-- the ledger -------------------------------------------------------------------------------------------------
create table ledger_entry (
  sequence bigint primary key,
  at timestamptz not null,
  leaf text not null
);
create table ledger_state (
  singleton boolean primary key default true check (singleton),
  size bigint not null,
  frontier bytea[] not null
);
insert into ledger_state (size, frontier) values (0, '{}');

-- row-level security, forced -----------------------------------------------------------------------------------
create function seen_partnerships() returns text[] language sql stable
set search_path = pg_catalog as $$
  select string_to_array(coalesce(current_setting('hub.partnerships', true), ''), ',')
$$;
"""

GUARDED = ("pool_row", "pool_row_undated", "release", "download")

GRANTS = """
grant usage on schema public to hub_intake, hub_release;
grant select on partnership, agency, protocol, protocol_act, membership to hub_intake, hub_release;
grant insert, update on partnership, agency, protocol to hub_release;
grant insert on protocol_act to hub_release;
grant select, insert, update on agency_key to hub_release;
grant select on agency_key to hub_intake;
grant select, insert, delete on spent_token to hub_intake;
grant select, insert, update on batch to hub_intake;
grant select, update (overruled_by, state, rule, reason) on batch to hub_release;
grant select, insert, delete on row_fault to hub_intake;
grant select on row_fault to hub_release;
grant select, insert, update, delete on batch_key, piece, chunk_done, quarantine, staging_row to hub_intake;
grant usage on sequence pool_row_id to hub_intake;
grant select, insert, update, delete on pool_row, pool_key, snapshot to hub_intake;
grant select (row_id, partnership_id, dataset, agency_id, batch_id, current, event_month, event_day, occurred_from,
  occurred_to, time_precision, easting, northing, grid_reference, geo_method, geo_precision_m, geo_confidence, lsoa,
  ward, district, area_vintage, edge_distance_m, place_floor, time_floor, fields) on pool_row to hub_release;
grant execute on function ensure_pool_month(date) to hub_intake;
grant select, insert, update on release, download to hub_release;
grant select, insert on release_act to hub_release;
grant usage on sequence release_number to hub_release;
grant select, insert, update on person, membership, web_session to hub_release;
grant delete on web_session, membership to hub_release;
grant select, insert, delete on sign_in_attempt to hub_release;
grant select, insert on ledger_entry to hub_intake, hub_release;
grant select, update on ledger_state to hub_intake, hub_release;
revoke execute on function ensure_pool_month(date) from public;
"""

JOBS = """
grant select, insert, update, delete on procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
  procrastinate_workers to hub_intake;
grant usage on all sequences in schema public to hub_intake;
revoke usage on sequence release_number from hub_intake;
"""


def run(statements: str) -> None:
    """Run SQL as it is written: the driver would take a percent sign for a placeholder."""
    op.get_bind().connection.driver_connection.execute(statements)


TEMPORARY = """
do $$ begin execute format('grant temporary on database %I to hub_intake', current_database()); end $$;
"""


def upgrade() -> None:
    run(SQL)
    for table in GUARDED:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"create policy by_partnership on {table} using (partnership_id = any (seen_partnerships()))")
    run(GRANTS)
    run(resources.files("procrastinate.sql").joinpath("schema.sql").read_text(encoding="utf-8"))
    run(JOBS)
    run(TEMPORARY)


def downgrade() -> None:
    run("""
    do $$
    declare thing record;
    begin
      for thing in select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version' loop
        execute format('drop table if exists %I cascade', thing.tablename);
      end loop;
      for thing in select sequencename from pg_sequences where schemaname = 'public' loop
        execute format('drop sequence if exists %I cascade', thing.sequencename);
      end loop;
      for thing in select p.oid::regprocedure as name from pg_proc p where p.pronamespace = 'public'::regnamespace loop
        execute format('drop routine if exists %s cascade', thing.name);
      end loop;
      for thing in select t.oid::regtype as name from pg_type t
                   where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'c') and t.typname !~ '^_'
                   and t.typname <> 'alembic_version' loop
        execute format('drop type if exists %s cascade', thing.name);
      end loop;
    end
    $$;
    """)
