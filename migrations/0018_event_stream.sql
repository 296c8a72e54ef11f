-- The outbox gets its readers: an index for each of the two ways of reading, days instead of months, and a row that says how far back positions reach.

-- Replays of one merchant; `events_cursor` (xid, id) serves the readers of everybody's.
create index events_replay on app.events (merchant_id, xid, id);

-- What a position is worth. One row.
create table platform.event_stream (
    only_row boolean constraint event_stream_pkey primary key default true check (only_row),
    -- Drawn anew whenever transaction ids may have started again: a position of another epoch means nothing here.
    epoch bigint not null,
    -- Of which database this is the epoch (platform.event_identity).
    identity text not null,
    -- The last position among what was dropped; older ones have lost something.
    dropped_xid xid8 not null default '0',
    dropped_id uuid not null default '00000000-0000-0000-0000-000000000000'
);
insert into platform.event_stream (epoch, identity) values (0, 'not known yet');
grant select on platform.event_stream to maitre_platform;

-- Differs after a restore from a dump (cluster, database or table are others), and after recovery to a point in time or a failover (timeline is another).
create function platform.event_identity() returns text language sql stable
    return (select s.system_identifier::text from pg_control_system() s) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/'
        || (select d.oid::text from pg_database d where d.datname = current_database()) || '/' || 'platform.event_stream'::regclass::oid::text;
revoke all on function platform.event_identity from public;
grant execute on function platform.event_identity to maitre_platform;

-- What positions are compared with, in the snapshot of the calling statement.
create function app.event_bounds(out epoch bigint, out is_current boolean, out dropped_xid xid8, out dropped_id uuid, out settled_below xid8, out next_xid xid8)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    begin atomic
        select s.epoch, s.identity = platform.event_identity(), s.dropped_xid, s.dropped_id, pg_snapshot_xmin(pg_current_snapshot()),
            pg_snapshot_xmax(pg_current_snapshot())
        from platform.event_stream s;
    end;
revoke all on function app.event_bounds from public;
grant execute on function app.event_bounds to maitre_tenant, maitre_platform;

-- Begins another epoch where this is no longer the database of the last one. Events that were written under transaction ids which are still to come would turn
-- up among new ones one day: they are put at the beginning, in their order.
create function platform.renew_event_epoch() returns boolean language plpgsql security definer
    set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as $$
begin
    perform from platform.event_stream s where s.identity = platform.event_identity();
    if found then
        return false;
    end if;
    perform from platform.event_stream s where s.identity <> platform.event_identity() for update;
    if not found then
        return false;  -- somebody else did it meanwhile
    end if;
    -- Forced row-level security hides every row from the owner too; nobody reads the table while this holds its lock.
    lock table app.events in access exclusive mode;
    alter table app.events no force row level security;
    update app.events e set xid = '3' where e.xid >= pg_current_xact_id();
    alter table app.events force row level security;
    update platform.event_stream s set epoch = (random() * 9007199254740991)::bigint, identity = platform.event_identity(),
        dropped_xid = '0', dropped_id = '00000000-0000-0000-0000-000000000000';
    return true;
end $$;
revoke all on function platform.renew_event_epoch from public;
grant execute on function platform.renew_event_epoch to maitre_platform;

-- The bounds of one partition by UUID.
create function platform.partition_bounds(_partition oid, out lower uuid, out upper uuid) language sql stable
    begin atomic
        select b.found[1]::uuid, b.found[2]::uuid
        from (select regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']*)''\) TO \(''([^'']*)''\)') found from pg_class c where c.oid = _partition) b;
    end;
revoke all on function platform.partition_bounds from public;

-- Daily partitions of events, from yesterday to in three days; those that ended more than _days ago are dropped. What was made by the month before stays
-- until it is past keeping.
create function platform.rotate_events(_days integer) returns text[] language plpgsql security definer
    set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
    _today date := (now() at time zone 'UTC')::date;
    _day date;
    _name text;
    _old record;
    _last record;
    _covered uuid;
    _done text[] := '{}';
begin
    if _days not between 1 and 366 then
        raise exception 'events are kept for 1 to 366 days' using errcode = '22023';
    end if;
    if not pg_try_advisory_xact_lock(hashtextextended('maitre rotate_events', 0)) then
        return _done;
    end if;
    for _offset in -1 .. 3 loop
        _day := _today + _offset;
        _name := 'events_' || to_char(_day, 'YYYYMMDD');
        _covered := app.uuid_v7_floor(_day::timestamp at time zone 'UTC');
        continue when exists (
            select from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'app.events'::regclass and _covered >= (platform.partition_bounds(c.oid)).lower
                and _covered < (platform.partition_bounds(c.oid)).upper);
        execute format(
            'create table app.%I partition of app.events for values from (%L) to (%L)', _name, _covered,
            app.uuid_v7_floor((_day + 1)::timestamp at time zone 'UTC'));
        execute format('alter table app.%I enable row level security', _name);
        execute format('alter table app.%I force row level security', _name);
        _done := _done || ('events ' || _day);
    end loop;
    for _old in
        select c.oid, c.oid::regclass partition from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'app.events'::regclass
            and (platform.partition_bounds(c.oid)).upper <= app.uuid_v7_floor((_today - _days)::timestamp at time zone 'UTC')
        order by (platform.partition_bounds(c.oid)).upper
    loop
        execute format('alter table app.events detach partition %s', _old.partition);
        -- The owner sees the rows of a table of its own that is nobody's partition and forces nothing.
        execute format('alter table %s no force row level security', _old.partition);
        execute format('select xid, id from %s order by xid desc, id desc limit 1', _old.partition) into _last;
        if _last.xid is not null then
            update platform.event_stream s set dropped_xid = _last.xid, dropped_id = _last.id
            where (s.dropped_xid, s.dropped_id) < (_last.xid, _last.id);
        end if;
        _name := _old.partition::text;
        execute format('drop table %s', _name);
        _done := _done || ('dropped ' || _name);
    end loop;
    return _done;
end $$;
revoke all on function platform.rotate_events from public;
grant execute on function platform.rotate_events to maitre_platform;

-- As in migration 0007, without events.
create or replace function platform.rotate_partitions() returns text[] language plpgsql security definer
    set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
    _today date := (now() at time zone 'UTC')::date;
    _day date;
    _old record;
    _done text[] := '{}';
begin
    -- One at a time; whoever comes second has nothing to do.
    if not pg_try_advisory_xact_lock(hashtextextended('maitre rotate_partitions', 0)) then
        return _done;
    end if;
    if app.ensure_month_partitions('app.messages') + app.ensure_month_partitions('app.usage_events') > 0 then
        _done := _done || 'months'::text;
    end if;
    for _offset in -9 .. 3 loop
        _day := _today + _offset;
        if to_regclass('inbox.updates_' || to_char(_day, 'YYYYMMDD')) is null then
            execute format(
                'create table inbox.%I partition of inbox.updates for values from (%L) to (%L)', 'updates_' || to_char(_day, 'YYYYMMDD'), _day, _day + 1);
            _done := _done || ('updates ' || _day);
        end if;
        if _offset >= -1 and to_regclass('queue.jobs_done_' || to_char(_day, 'YYYYMMDD')) is null then
            execute format(
                'create table queue.%I partition of queue.jobs_done for values from (%L) to (%L)',
                'jobs_done_' || to_char(_day, 'YYYYMMDD'), _day, _day + 1);
            _done := _done || ('jobs_done ' || _day);
        end if;
    end loop;
    -- Nine days of raw payloads: seven of redeliveries, one for the clock, one of grace. Eight of job outcomes.
    for _old in
        select c.oid::regclass partition, p.oid::regclass parent
        from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
        where p.oid in ('inbox.updates'::regclass, 'queue.jobs_done'::regclass) and c.relname ~ '_[0-9]{8}$'
            and to_date(right(c.relname, 8), 'YYYYMMDD') < _today - case p.relname when 'updates' then 9 else 8 end
    loop
        execute format('alter table %s detach partition %s', _old.parent, _old.partition);
        execute format('drop table %s', _old.partition);
        _done := _done || ('dropped ' || _old.partition::text);
    end loop;
    return _done;
end $$;

-- Months that hold nothing yet make room for days; one that holds something goes when it is past keeping.
do $$
declare
    _empty regclass;
begin
    for _empty in
        select i.inhrelid::regclass from pg_inherits i where i.inhparent = 'app.events'::regclass and pg_relation_size(i.inhrelid) = 0
    loop
        execute format('drop table %s', _empty);
    end loop;
end $$;
select platform.rotate_events(7);
