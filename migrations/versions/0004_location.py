"""Locations: how many an agency asked for in a minute, and what people said of words that could not be placed."""

from alembic import op

revision = "0004"
down_revision = "0003"

SQL = """
-- counts only: what was asked is not kept
create table geocode_use (
  agency_id text not null references agency,
  minute timestamptz not null,
  locations integer not null,
  primary key (agency_id, minute)
);
create table local_place (
  id uuid primary key,
  partnership_id text not null references partnership,
  words text not null,
  words_key text not null,
  state text not null check (state in ('placed', 'dismissed')),
  easting integer,
  northing integer,
  precision_m real,
  decided_by text not null,
  decided_at timestamptz not null,
  check ((state = 'placed') = (easting is not null and northing is not null and precision_m is not null)),
  unique (partnership_id, words_key)
);
grant select, insert, update, delete on geocode_use to hub_intake;
grant select, insert, update on local_place to hub_release;
grant select on local_place to hub_intake;
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(SQL)


def downgrade() -> None:
    op.execute("drop table geocode_use, local_place")
