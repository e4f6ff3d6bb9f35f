"""Releases that stay personal data: their tier, the salts that their series' pseudonyms are keyed with, and the proof,
for a few minutes, that it is still the account's owner who downloads one."""

from alembic import op

revision = "0010"
down_revision = "0009"

SQL = """
alter table release add column tier text not null default 'L2' check (tier in ('L1', 'L2'));

-- without its salt nobody can make a series' key again: to null it is to shred the key
create table series_salt (
  id bigint generated always as identity primary key,
  partnership_id text not null references partnership,
  recipient text not null,
  series text not null,
  salt bytea,
  made_at timestamptz not null,
  shredded_at timestamptz,
  check ((salt is null) = (shredded_at is not null))
);
create unique index on series_salt (partnership_id, recipient, series) where salt is not null;
create function keep_shredded() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if old.salt is null or new.salt is not null then raise exception 'a salt is only ever shredded'; end if;
  return new;
end
$$;
create trigger shredded before update on series_salt for each row execute function keep_shredded();

create table step_up (
  session_sha256 text not null,
  release_id uuid not null references release,
  person_id uuid not null references person,
  proved_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (session_sha256, release_id)
);

-- recipients are told by e-mail too of copies that must no longer be used
alter table reminder drop constraint reminder_kind_check;
alter table reminder add constraint reminder_kind_check check (kind in ('review', 'digest', 'notice'));

alter table series_salt enable row level security;
alter table series_salt force row level security;
create policy by_partnership on series_salt using (partnership_id = any (seen_partnerships()));
grant select, insert, update (salt, shredded_at) on series_salt to hub_release;
grant select, insert, update, delete on step_up to hub_release;
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(SQL)


def downgrade() -> None:
    op.get_bind().connection.driver_connection.execute("""
    delete from reminder where kind = 'notice';
    alter table reminder drop constraint reminder_kind_check;
    alter table reminder add constraint reminder_kind_check check (kind in ('review', 'digest'));
    drop table step_up;
    drop table series_salt;
    drop function keep_shredded();
    alter table release drop column tier;
    """)
