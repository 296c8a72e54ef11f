-- Run once per database by a superuser (`maitre migrate bootstrap`), idempotent: what an ordinary role may not create.
-- Passwords of the login roles are set by whoever installs; this file knows none.

do $$
declare
    _role text;
begin
    foreach _role in array array['maitre_owner', 'maitre_migrator', 'maitre_tenant', 'maitre_platform', 'maitre_backup'] loop
        if not exists (select from pg_roles where rolname = _role) then
            begin
                execute format('create role %I', _role);
            exception when duplicate_object or unique_violation then
                null; -- another installation on the same cluster was faster
            end;
        end if;
    end loop;
end $$;

-- maitre_owner owns everything and cannot log in. Runtime roles own nothing, so FORCE ROW LEVEL SECURITY holds for all of them.
alter role maitre_owner nologin noinherit nosuperuser nocreatedb nocreaterole nobypassrls;
alter role maitre_migrator login noinherit nosuperuser nocreatedb nocreaterole nobypassrls;
alter role maitre_tenant login noinherit nosuperuser nocreatedb nocreaterole nobypassrls;
alter role maitre_platform login noinherit nosuperuser nocreatedb nocreaterole nobypassrls;
alter role maitre_backup login noinherit nosuperuser nocreatedb nocreaterole bypassrls; -- pg_dump only
grant maitre_owner to maitre_migrator;

-- A long transaction freezes the event cursor and holds back vacuum for every merchant (postgres.md 2.3, 5).
alter role maitre_tenant set statement_timeout = '10s';
alter role maitre_tenant set idle_in_transaction_session_timeout = '10s';
alter role maitre_tenant set lock_timeout = '5s';
alter role maitre_platform set statement_timeout = '30s';
alter role maitre_platform set idle_in_transaction_session_timeout = '10s';
alter role maitre_platform set lock_timeout = '5s';

-- Every statement of these roles is short and reaches its rows by an index, in tables that grow from nothing: no plan of theirs may be a sequential scan
-- because a table or a new day's partition was empty when it was made, and compiling one costs more than running it.
alter role maitre_tenant set enable_seqscan = off;
alter role maitre_tenant set jit = off;
alter role maitre_platform set enable_seqscan = off;
alter role maitre_platform set jit = off;

do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to maitre_migrator, maitre_tenant, maitre_platform, maitre_backup', current_database());
    execute format('grant create on database %I to maitre_owner', current_database());
end $$;
revoke all on schema public from public;

create schema if not exists app authorization maitre_owner;       -- tenant tables: row-level security on every one
create schema if not exists platform authorization maitre_owner;  -- directory of merchants, credentials, routing
create schema if not exists inbox authorization maitre_owner;     -- raw webhooks, not yet a tenant's
create schema if not exists queue authorization maitre_owner;     -- lanes and jobs

-- A table that a migration forgot to protect then fails closed: forced row-level security without a policy shows nothing.
create or replace function public.maitre_force_row_security() returns event_trigger language plpgsql as $$
declare
    _object record;
begin
    for _object in select * from pg_event_trigger_ddl_commands() where object_type = 'table' and schema_name = 'app' loop
        execute format('alter table %s enable row level security', _object.object_identity);
        execute format('alter table %s force row level security', _object.object_identity);
    end loop;
end $$;

do $$
begin
    if not exists (select from pg_event_trigger where evtname = 'maitre_force_row_security') then
        create event trigger maitre_force_row_security on ddl_command_end
            when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
            execute function public.maitre_force_row_security();
    end if;
end $$;
