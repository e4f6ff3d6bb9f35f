"""Words in doubt: what the engine masked by guess, sealed, for an officer to decide; decided ones are the lists."""

from alembic import op

revision = "0003"
down_revision = "0002"

SQL = """
create table review_word (
  partnership_id text not null references partnership,
  agency_id text not null references agency,
  word_key bytea not null,
  rule text not null,
  score real not null,
  sealed bytea not null,
  seen bigint not null,
  state text not null default 'waiting' check (state in ('waiting', 'mask', 'keep')),
  decided_by uuid,
  decided_at timestamptz,
  first_seen timestamptz not null,
  expires_at timestamptz not null,
  primary key (partnership_id, agency_id, word_key)
);
create index on review_word (expires_at);
alter table review_word enable row level security;
alter table review_word force row level security;
create policy by_partnership on review_word using (partnership_id = any (seen_partnerships()));
grant select, insert, update, delete on review_word to hub_intake;
grant select, update (state, decided_by, decided_at, expires_at) on review_word to hub_release;
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(SQL)


def downgrade() -> None:
    op.execute("drop table review_word")
