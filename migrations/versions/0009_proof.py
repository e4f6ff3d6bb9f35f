"""Whom each event of the log concerns, so that a page of it is found without reading the whole; time stamps, witnesses
and alerts."""

from alembic import op

revision = "0009"
down_revision = "0008"

SQL = """
create table ledger_reach (
  key text not null,
  sequence bigint not null,
  primary key (key, sequence)
);
grant select, insert on ledger_reach to hub_intake, hub_release;
create index batch_protocols on batch using gin (protocols);

-- heads as an authority stamped them (RFC 3161), whom partnerships have heads sent to, and what is wrong just now
create table ledger_stamp (
  id bigint generated always as identity primary key,
  size bigint not null,
  note text not null,
  token bytea not null,
  authority text not null,
  at timestamptz not null
);
create index on ledger_stamp (at desc);
create table witness (
  partnership_id text not null references partnership,
  address text not null,
  set_at timestamptz not null,
  size bigint not null default 0,
  told_at timestamptz,
  failed_at timestamptz,
  primary key (partnership_id, address)
);
create table alert (
  kind text primary key,
  what text not null,
  since timestamptz not null
);
grant select, insert on ledger_stamp to hub_release;
grant select, insert, update, delete on witness, alert to hub_release;
"""
# as hub.ledger.concerns
REACH = """
with event as (
  select sequence, cast(leaf as jsonb) as e from ledger_entry
), leaned as (
  select sequence, e, jsonb_array_length(e -> 'protocols') > 0 as on_protocols,
    e ->> 'action' as action, e ->> 'subject' as subject, split_part(e ->> 'actor', ':', 1) as kind,
    substring(e ->> 'actor' from position(':' in e ->> 'actor') + 1) as name
  from event
)
insert into ledger_reach (key, sequence)
select distinct 'protocol:' || split_part(p, '/', 1), sequence
from leaned, jsonb_array_elements_text(e -> 'protocols') p
union
select case
    when action like 'agency.%' then 'agency:' || regexp_replace(subject, '^agency:', '')
    when action like 'protocol.%' then 'protocol:' || split_part(subject, '/', 1)
    when kind in ('agency', 'person') then kind || ':' || name
    when kind = 'operator' then 'person:' || regexp_replace(subject, '^person:', '')
    else '*' end, sequence
from leaned where not on_protocols
union
select 'use:' || subject, sequence from leaned
where action in ('release.download', 'release.read', 'release.look') and e ->> 'verdict' = 'allow';
"""


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    driver.execute(SQL)
    driver.execute(REACH)


def downgrade() -> None:
    op.execute("drop index batch_protocols; drop table alert, witness, ledger_stamp, ledger_reach")
