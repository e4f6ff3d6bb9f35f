"""People and machines: codes from an app as a second factor, accounts that another service vouches for, the roles of
deputy, output checker and administrator, and client certificates bound to agencies' keys."""

from alembic import op

revision = "0008"
down_revision = "0007"

SQL = """
alter table membership drop constraint membership_role_check;
alter table membership add constraint membership_role_check
  check (role in ('liaison-officer', 'deputy', 'signatory', 'analyst', 'output-checker', 'auditor', 'administrator',
    'operator'));

-- the secret is sealed by a key that is not in the database; last_step is the newest step whose code was used
create table totp (
  person_id uuid primary key references person,
  sealed bytea not null,
  begun_at timestamptz not null,
  confirmed_at timestamptz,
  last_step bigint not null default 0
);

-- who signs in by another service: by its name for the person, or once by an invited address
create table outside_account (
  provider text not null,
  subject text not null,
  person_id uuid not null unique references person,
  linked_at timestamptz not null,
  primary key (provider, subject)
);
create table outside_invitation (
  person_id uuid primary key references person,
  provider text not null,
  address text not null,
  expires_at timestamptz not null,
  unique (provider, address)
);
create table spent_state (
  digest text primary key,
  expires_at timestamptz not null
);
create index on spent_state (expires_at);
-- when the other service last saw the person prove themselves; used once
alter table web_session add column proved_at timestamptz;

-- an invitation is asked for by an administrator (no asker: the operator), and never confirmed by the same person
alter table account_recovery add column asked_by uuid references person;
alter table account_recovery add constraint two_people
  check (confirmed_by is null or asked_by is null or confirmed_by <> asked_by);

alter table partnership add column needs_second_factor boolean not null default false;
alter table agency_key add column certificate_sha256 text;

grant select, insert, update, delete on totp to hub_release;
grant select, insert on outside_account to hub_release;
grant select, insert, delete on outside_invitation, spent_state to hub_release;
"""


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(SQL)


def downgrade() -> None:
    op.get_bind().connection.driver_connection.execute("""
    alter table agency_key drop column certificate_sha256;
    alter table partnership drop column needs_second_factor;
    alter table account_recovery drop column asked_by;
    alter table web_session drop column proved_at;
    drop table spent_state, outside_invitation, outside_account, totp;
    delete from membership where role in ('deputy', 'output-checker', 'administrator');
    alter table membership drop constraint membership_role_check;
    alter table membership add constraint membership_role_check
      check (role in ('liaison-officer', 'signatory', 'analyst', 'auditor', 'operator'));
    """)
