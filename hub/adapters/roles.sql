-- Roles of the hub, made once by a database administrator before the first migration.
-- hub_owner owns the tables and runs migrations. hub_app is what web and worker sign in as: it has no rights
-- of its own and takes on hub_intake (identifiable rows, in and out of quarantine) or hub_release (depersonalised
-- rows, people, pages, downloads). Neither can do the other's work; none bypasses row-level security.
do $$
begin
  if not exists (select from pg_roles where rolname = 'hub_owner') then
    create role hub_owner nologin nosuperuser nocreatedb nocreaterole nobypassrls;
  end if;
  if not exists (select from pg_roles where rolname = 'hub_intake') then
    create role hub_intake nologin nosuperuser nocreatedb nocreaterole nobypassrls;
  end if;
  if not exists (select from pg_roles where rolname = 'hub_release') then
    create role hub_release nologin nosuperuser nocreatedb nocreaterole nobypassrls;
  end if;
  if not exists (select from pg_roles where rolname = 'hub_app') then
    create role hub_app nologin noinherit nosuperuser nocreatedb nocreaterole nobypassrls;
  end if;
  grant hub_intake to hub_app with inherit false, set true;
  grant hub_release to hub_app with inherit false, set true;
end
$$;
