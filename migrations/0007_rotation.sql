-- Partitions come and go by one function that the leader of the workers calls every hour; an owner's, since the runtime roles own nothing.
-- Plain DETACH under a short lock_timeout: a definer function cannot run DETACH CONCURRENTLY. Whatever waits too long is tried again next hour.

create function platform.rotate_partitions() returns text[] language plpgsql security definer
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
    if app.ensure_month_partitions('app.messages') + app.ensure_month_partitions('app.events') + app.ensure_month_partitions('app.usage_events') > 0 then
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
revoke all on function platform.rotate_partitions from public;
grant execute on function platform.rotate_partitions to maitre_platform;

select platform.rotate_partitions();
