"""What the clock asks for: where each agency's liaison officers read e-mail, what was sent to them already, and a quick
way to the log's entries of a stretch of time."""

from alembic import op

revision = "0007"
down_revision = "0006"

SQL = """
create table mailbox (
  agency_id text primary key references agency,
  address text not null,
  set_at timestamptz not null
);
create table reminder (
  kind text not null check (kind in ('review', 'digest')),
  subject text not null,
  mark text not null,
  agency_id text not null references agency,
  sent_at timestamptz not null,
  primary key (kind, subject, mark, agency_id)
);
grant select, insert, update, delete on mailbox to hub_release;
grant select, insert on reminder to hub_release;
create index on ledger_entry using brin (at);
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(SQL)


def downgrade() -> None:
    op.execute("drop table reminder; drop table mailbox; drop index ledger_entry_at_idx")
