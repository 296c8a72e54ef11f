-- What every later migration stands on: schema grants, the row-level security helper, bounds for UUIDv7 partitions.

-- The migration runner keeps its table here; `serve` and `work` look into it before they start.
grant select on platform.maitre_migrations to maitre_platform;

grant usage on schema app to maitre_tenant, maitre_platform;
grant usage on schema platform to maitre_tenant, maitre_platform;
grant usage on schema inbox to maitre_platform;
grant usage on schema queue to maitre_tenant, maitre_platform;
grant usage on schema app, platform, inbox, queue to maitre_backup;
alter default privileges in schema app, platform, inbox, queue grant select on tables to maitre_backup;
alter default privileges revoke execute on functions from public;

-- The merchant of the current transaction, or null. A parameter that was set once comes back as '' and not as null, hence nullif.
create function app.current_merchant() returns uuid language sql stable parallel safe
    return nullif(current_setting('app.merchant_id', true), '')::uuid;
grant execute on function app.current_merchant() to maitre_tenant, maitre_platform;

-- As above, but refuses to go on without one: for SECURITY DEFINER functions, which row-level security does not watch.
create function app.required_merchant() returns uuid language plpgsql stable parallel safe as $$
declare
    _merchant uuid := nullif(current_setting('app.merchant_id', true), '')::uuid;
begin
    if _merchant is null then
        raise exception 'no merchant is set in this transaction' using errcode = 'MT002';
    end if;
    return _merchant;
end $$;

-- Makes a table a tenant's: row-level security on and forced, one policy for the tenant role, grants. The policy is the bare comparison and not a
-- sub-select: same cost on an index, better pruning, and Citus accepts it (postgres.md 1.2).
create function app.protect(_table regclass, _operations text default 'select, insert, update, delete', _platform_reads boolean default false)
returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', _table);
    execute format('alter table %s force row level security', _table);
    execute format(
        'create policy tenant on %s to maitre_tenant '
        'using (merchant_id = nullif(current_setting(''app.merchant_id'', true), '''')::uuid) '
        'with check (merchant_id = nullif(current_setting(''app.merchant_id'', true), '''')::uuid)', _table);
    execute format('grant %s on %s to maitre_tenant', _operations, _table);
    if _platform_reads then
        execute format('create policy platform_reads on %s for select to maitre_platform using (true)', _table);
        execute format('grant select on %s to maitre_platform', _table);
    end if;
end $$;

-- The smallest UUIDv7 of a moment: the bound of a partition by id.
create function app.uuid_v7_floor(_at timestamptz) returns uuid language sql immutable parallel safe
    return (lpad(to_hex((extract(epoch from _at) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid;

-- Monthly partitions of a table partitioned by UUIDv7 id: last month, this one and the next two. No DEFAULT partition: a new one could not be
-- attached without scanning it. Rows are reached through the parent only, so partitions get no grants; row-level security is forced on them too.
create function app.ensure_month_partitions(_table regclass) returns integer language plpgsql as $$
declare
    _month timestamptz;
    _name text;
    _made integer := 0;
    _schema text;
    _relation text;
begin
    select n.nspname, c.relname into _schema, _relation from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = _table;
    for _offset in -1 .. 2 loop
        _month := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => _offset)) at time zone 'UTC';
        _name := format('%s_%s', _relation, to_char(_month at time zone 'UTC', 'YYYYMM'));
        if to_regclass(format('%I.%I', _schema, _name)) is null then
            execute format(
                'create table %I.%I partition of %s for values from (%L) to (%L)', _schema, _name, _table,
                app.uuid_v7_floor(_month), app.uuid_v7_floor(((_month at time zone 'UTC') + interval '1 month') at time zone 'UTC'));
            if _schema = 'app' then
                execute format('alter table %I.%I enable row level security', _schema, _name);
                execute format('alter table %I.%I force row level security', _schema, _name);
            end if;
            _made := _made + 1;
        end if;
    end loop;
    return _made;
end $$;
