"""A protocol's whole life: consultation, a text frozen when it is agreed, signatures by passkeys, parties that join and
leave; and the ledger's inner nodes, so that a proof costs a logarithm of reads.

What was in force stays in force, under the approvals it had: nobody's signature is awaited. A draft that was thrown
away is told apart from a protocol that was revoked.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from typing import Any

from alembic import op

revision = "0005"
down_revision = "0004"

SQL = """
alter table membership drop constraint membership_role_check;
alter table membership add constraint membership_role_check
  check (role in ('liaison-officer', 'signatory', 'analyst', 'auditor', 'operator'));

alter table protocol drop constraint protocol_state_check;
update protocol p set state = 'discarded' where state = 'revoked' and not exists (
  select from protocol_act a where a.protocol_id = p.id and a.version = p.version and a.act = 'approve');
alter table protocol add constraint protocol_state_check check (state in (
  'draft', 'consultation', 'agreed', 'signing', 'signed', 'in-force', 'suspended', 'revoked', 'discarded'));
alter table protocol add column awaited_agencies text[] not null default '{}';
alter table protocol add column withdrawn_agencies text[] not null default '{}';
alter table protocol add column joined_agencies text[] not null default '{}';

create function keep_text() returns trigger language plpgsql set search_path = pg_catalog as $$
declare parts text[] := array['text', 'digest', 'title', 'tier', 'partnership_id', 'author', 'created_at'];
begin
  if tg_op = 'DELETE' then raise exception 'a protocol cannot be deleted'; end if;
  if old.state not in ('draft', 'consultation') then
    if new.state in ('draft', 'consultation') then raise exception 'an agreed text is never opened again'; end if;
    if (select jsonb_object_agg(k, to_jsonb(new) -> k) from unnest(parts) k) is distinct from
       (select jsonb_object_agg(k, to_jsonb(old) -> k) from unnest(parts) k) then
      raise exception 'an agreed text cannot be changed';
    end if;
  end if;
  return new;
end
$$;
create trigger frozen before update or delete on protocol for each row execute function keep_text();

create table passkey (
  id text primary key,
  person_id uuid not null references person,
  public_key bytea not null,
  fingerprint text not null,
  sign_count bigint not null,
  label text not null,
  registered_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz
);
create index on passkey (person_id);
create table protocol_signature (
  id bigint generated always as identity primary key,
  protocol_id text not null,
  version integer not null,
  agency_id text not null references agency,
  person_id uuid not null references person,
  digest text not null,
  at timestamptz not null,
  passkey_id text references passkey,
  public_key bytea,
  authenticator_data bytea,
  client_data bytea,
  signature bytea,
  message_sha256 text unique,
  withdrawn_at timestamptz,
  foreign key (protocol_id, version) references protocol,
  check ((passkey_id is null) = (signature is null) and (passkey_id is null) = (public_key is null)
    and (passkey_id is null) = (authenticator_data is null) and (passkey_id is null) = (client_data is null)
    and (passkey_id is null) = (message_sha256 is null))
);
create unique index on protocol_signature (protocol_id, version, agency_id) where withdrawn_at is null;

create function keep_signature() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'DELETE' or old.withdrawn_at is not null
     or (to_jsonb(new) - 'withdrawn_at') is distinct from (to_jsonb(old) - 'withdrawn_at') then
    raise exception 'a signature cannot be changed';
  end if;
  return new;
end
$$;
create trigger kept before update or delete on protocol_signature for each row execute function keep_signature();

-- roots of the perfect subtrees: level 0 are the leaves' hashes
create table ledger_node (
  level smallint not null,
  number bigint not null,
  hash bytea not null,
  primary key (level, number)
);

grant select, insert, update (sign_count, used_at, revoked_at) on passkey to hub_release;
grant select, insert, update (withdrawn_at) on protocol_signature to hub_release;
grant select, insert on ledger_node to hub_intake, hub_release;
"""


def nodes(leaves: Iterator[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """(level, number, hash) of every perfect subtree over these leaves (RFC 9162 §2.1.1)."""
    open_roots: list[bytes] = []
    for size, leaf in enumerate(leaves):
        level, number, joined = 0, size, sha256(b"\x00" + leaf).digest()
        yield level, number, joined
        while number & 1:
            level, number, joined = level + 1, number >> 1, sha256(b"\x01" + open_roots.pop() + joined).digest()
            yield level, number, joined
        open_roots.append(joined)


def leaves(driver: Any, slice_: int = 20_000) -> Iterator[str]:
    """The log's leaves in order, read in slices: a cursor cannot stay open beside a COPY."""
    at = 0
    while found := driver.execute(
        "select leaf from ledger_entry where sequence >= %s order by sequence limit %s", (at, slice_)
    ).fetchall():
        yield from (leaf for (leaf,) in found)
        at += len(found)


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    driver.execute(SQL)
    made = nodes(leaf.encode() for leaf in leaves(driver))
    while part := list(islice(made, 50_000)):
        with driver.cursor().copy("copy ledger_node (level, number, hash) from stdin") as write:
            for row in part:
                write.write_row(row)


def downgrade() -> None:
    op.get_bind().connection.driver_connection.execute("""
    drop table ledger_node, protocol_signature, passkey;
    drop function keep_signature();
    drop trigger frozen on protocol;
    drop function keep_text();
    alter table protocol drop constraint protocol_state_check;
    update protocol set state = 'draft' where state in ('consultation', 'agreed', 'signing', 'signed');
    update protocol set state = 'revoked' where state = 'discarded';
    alter table protocol add constraint protocol_state_check
      check (state in ('draft', 'in-force', 'suspended', 'revoked'));
    alter table protocol drop column awaited_agencies, drop column withdrawn_agencies, drop column joined_agencies;
    delete from membership where role = 'signatory';
    alter table membership drop constraint membership_role_check;
    alter table membership add constraint membership_role_check
      check (role in ('liaison-officer', 'analyst', 'auditor', 'operator'));
    """)
