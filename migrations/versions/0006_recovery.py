"""Getting back into an account takes two people: the operator makes a code, a liaison officer confirms it."""

from alembic import op

revision = "0006"
down_revision = "0005"

SQL = """
create table account_recovery (
  id uuid primary key,
  person_id uuid not null references person,
  code_sha256 text not null,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  confirmed_by uuid references person,
  confirmed_at timestamptz,
  used_at timestamptz,
  check (confirmed_by is distinct from person_id)
);
create index on account_recovery (person_id) where used_at is null;
grant select, insert, update (confirmed_by, confirmed_at, used_at) on account_recovery to hub_release;
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(SQL)


def downgrade() -> None:
    op.execute("drop table account_recovery")
