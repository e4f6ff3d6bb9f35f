"""Releases: blind reviews, requests, recall, notices, tokens, packs; a published release cannot be changed."""

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = """
alter table release add column series text not null default '';
alter table release add column supersedes uuid references release;
alter table release add column expires date;
alter table release add column checkers integer not null default 2;

create table release_review (
  release_id uuid not null references release,
  partnership_id text not null,
  checker text not null,
  verdict text not null check (verdict in ('approve', 'refuse')),
  note text not null default '',
  at timestamptz not null,
  primary key (release_id, checker)
);
create table release_request (
  id uuid primary key,
  partnership_id text not null references partnership,
  agency_id text not null references agency,
  person_id uuid not null references person,
  purpose text not null,
  question text not null,
  agreement_id text not null default '',
  state text not null check (state in ('open', 'agreed', 'declined')),
  answer text not null default '',
  decided_by text,
  created_at timestamptz not null,
  decided_at timestamptz
);
create table release_notice (
  id bigint generated always as identity primary key,
  release_id uuid not null references release,
  partnership_id text not null,
  recipient text not null,
  what text not null,
  at timestamptz not null,
  chased_at timestamptz,
  acknowledged_by text,
  acknowledged_at timestamptz
);
create table release_pack (
  id uuid primary key,
  release_id uuid not null references release,
  partnership_id text not null,
  copy integer not null,
  person text not null,
  sha256 text not null,
  at timestamptz not null,
  expires date not null,
  unique (release_id, copy)
);
create table release_token (
  token_sha256 text primary key,
  person_id uuid not null references person,
  partnership_id text not null,
  release_id uuid not null references release,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
-- what a source erased, for releases that hold it: a row's number, nothing of its content
create table erased_row (
  id bigint generated always as identity primary key,
  row_id bigint not null,
  partnership_id text not null,
  at timestamptz not null default now(),
  swept_at timestamptz
);
create index on erased_row (partnership_id) where swept_at is null;
create function note_erased() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into erased_row (row_id, partnership_id) values (new.row_id, new.partnership_id);
  return null;
end
$$;
create trigger erased after update of fields on pool_row for each row
  when (new.fields = '{}'::jsonb and not new.current and (old.current or old.fields <> '{}'::jsonb))
  execute function note_erased();

create function keep_release() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'DELETE' then raise exception 'a release cannot be deleted'; end if;
  if old.statement is not null and
     (to_jsonb(new) - 'state' - 'published_at') is distinct from (to_jsonb(old) - 'state' - 'published_at') then
    raise exception 'a release cannot be changed once it is made';
  end if;
  return new;
end
$$;
create trigger frozen before update or delete on release for each row execute function keep_release();
"""
GUARDED = ("release_review", "release_request", "release_notice", "release_pack")
GRANTS = """
grant select, insert on release_review, release_pack to hub_release;
grant select, insert, update on release_request, release_notice, release_token to hub_release;
grant select, update (swept_at) on erased_row to hub_release;
"""


def run(statements: str) -> None:
    """Run SQL as it is written: the driver would take a percent sign for a placeholder."""
    op.get_bind().connection.driver_connection.execute(statements)


def upgrade() -> None:
    run(SQL)
    for table in GUARDED:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"create policy by_partnership on {table} using (partnership_id = any (seen_partnerships()))")
    run(GRANTS)


def downgrade() -> None:
    run("""
    drop trigger frozen on release;
    drop function keep_release();
    drop trigger erased on pool_row;
    drop function note_erased();
    drop table erased_row, release_token, release_pack, release_notice, release_request, release_review;
    alter table release drop column series, drop column supersedes, drop column expires, drop column checkers;
    """)
