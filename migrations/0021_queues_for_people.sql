-- Limits of queues, and what people ask of queues: how full they are, what became of a job, dead letters that are replayed or discarded, a pause.

-- What all nodes together may take of a queue: so many starts in any window of this length, so many jobs at once; null for no such limit. A start is a claim,
-- by the database's clock, the second one of a job that is tried again as well.
create table queue.limits (
    queue text constraint limits_pkey primary key references queue.queues (queue),
    max_starts integer check (max_starts between 1 and 1000),
    start_window interval check (start_window between '100 milliseconds' and '24 hours'),
    max_running integer check (max_running between 1 and 100000),
    starts timestamptz[] not null default '{}', -- those that are still in the window, and so at most max_starts
    constraint limits_window check ((max_starts is null) = (start_window is null)),
    constraint limits_some check (max_starts is not null or max_running is not null)
) with (fillfactor = 50);
insert into queue.limits (queue, max_running) select q.queue, least(q.max_running, 100000) from queue.queues q where q.max_running is not null;
alter table queue.queues drop column max_running;
alter table queue.queues add column paused_at timestamptz;
update queue.queues set paused_at = now() where paused;

-- Delayed jobs have ids of the same series as those that they become, so that an id names one job for ever.
alter table queue.jobs_delayed alter column id drop identity;
alter table queue.jobs_delayed alter column id set default nextval('queue.jobs_id_seq');
update queue.jobs_delayed set id = nextval('queue.jobs_id_seq');

-- What became of a job that went on under another id: a delayed one that was due, a dead letter that was replayed.
alter table queue.jobs_done add column successor bigint;
alter table queue.jobs_done drop constraint jobs_done_outcome_check;
-- Not valid: what is there has one of the first three.
alter table queue.jobs_done add constraint jobs_done_outcome check (outcome in ('done', 'cancelled', 'dead', 'replaced', 'discarded')) not valid;
create index jobs_id on queue.jobs (id);

-- Dead letters, newest first, by each thing that people look for.
drop index queue.jobs_dead_died;
create index jobs_dead_died on queue.jobs_dead (died_at, id);
create index jobs_dead_queue on queue.jobs_dead (queue, died_at, id);
create index jobs_dead_kind on queue.jobs_dead (kind, died_at, id);
create index jobs_dead_merchant on queue.jobs_dead (merchant_id, died_at, id);
create index jobs_dead_merchant_queue on queue.jobs_dead (merchant_id, queue, died_at, id);
create index jobs_dead_id on queue.jobs_dead (id);

-- How full the queues were when somebody last counted. Counting reads every lane, so one node at a time does it, and never more than a hundredth of the
-- time; whoever asks reads what was counted. Unlogged, as throughput is: after a crash of the server it is counted anew.
create unlogged table queue.measures (
    queue text constraint measures_pkey primary key,
    ready bigint not null,              -- may run, or wait in their lane for those before them
    running bigint not null,
    delayed bigint not null,            -- wait for a moment
    retrying bigint not null,           -- failed, and wait for their next attempt
    dead bigint not null,
    oldest_ready_at timestamptz         -- since when the lane that waits longest has been ready
);
create unlogged table queue.measured (
    only_row boolean constraint measured_pkey primary key default true check (only_row),
    at timestamptz not null,
    cost interval not null
);

-- Attempts that ended, in pieces of ten seconds, for an hour. Workers count in memory and write once a second.
create unlogged table queue.throughput (
    queue text not null,
    at timestamptz not null,
    done bigint not null,
    retried bigint not null,
    dead bigint not null,
    constraint throughput_pkey primary key (queue, at)
) with (fillfactor = 50);
grant select, insert, update, delete on queue.limits, queue.measures, queue.measured, queue.throughput to maitre_platform;

-- Until the end of the transaction nobody claims of this queue: what it changes holds for every claim that comes after it.
create function queue.close_claims(_queue text) returns void language sql
    begin atomic
        select pg_advisory_xact_lock(hashtext('maitre queue'), hashtext(_queue));
    end;

-- As in migration 0010, with limits.
create or replace function queue.claim(_queue text, _limit integer, _lease interval)
returns table (
    merchant_id uuid, key text, id bigint, lease bigint, attempt smallint, kind text, args jsonb, max_attempts smallint, enqueued_at timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
    _now timestamptz := clock_timestamp();
    _settings record;
    _limits queue.limits;
    _room integer := _limit;
    _merchants uuid[];
    _shares integer[];
    _taken bigint[];
    _owners uuid[];
begin
    -- Whoever pauses or limits the queue waits for the claims that are under way, and those that follow see it (queue.close_claims).
    perform pg_advisory_xact_lock_shared(hashtext('maitre queue'), hashtext(_queue));
    select q.paused, q.merchant_cap, exists (select from queue.limits b where b.queue = q.queue) is_limited into _settings
    from queue.queues q where q.queue = _queue;
    if not found or _settings.paused then
        return;
    end if;
    if _settings.is_limited then
        -- Exact only while claimers take turns: lock the row, then look at the clock and count in statements of their own, which have newer snapshots.
        select * into _limits from queue.limits b where b.queue = _queue for update;
        _now := clock_timestamp();
        if _limits.max_starts is not null then
            _limits.starts := array(select s from unnest(_limits.starts) s where s > _now - _limits.start_window order by s);
            _room := least(_room, _limits.max_starts - cardinality(_limits.starts));
        end if;
        if _limits.max_running is not null then
            _room := least(_room, _limits.max_running - (
                select count(*) from queue.lanes l where l.queue = _queue and l.lease is not null and l.ready_at > _now)::integer);
        end if;
    end if;
    if _room <= 0 then
        return;
    end if;
    _merchants := array(
        select s.merchant_id from queue.schedule s where s.queue = _queue and s.ready_at <= _now
        order by s.ready_at limit _room for update skip locked);
    if cardinality(_merchants) = 0 then
        return;
    end if;
    -- What each may have: an equal part, and no more lanes at once than its cap.
    _shares := array(
        select least(greatest(1, _room / cardinality(_merchants)), _settings.merchant_cap - running.number)::integer
        from unnest(_merchants) with ordinality m(id, position) cross join lateral (
            select count(*) number from (
                select from queue.lanes l where l.queue = _queue and l.merchant_id = m.id and l.lease is not null and l.ready_at > _now
                limit _settings.merchant_cap) leased) running
        order by m.position);
    select coalesce(array_agg(ready.lane_id), '{}'), coalesce(array_agg(m.id), '{}') into _taken, _owners
    from unnest(_merchants, _shares) m(id, share) cross join lateral (
        select head.lane_id from generate_series(0, 3) level cross join lateral (
            select l.lane_id from queue.lanes l
            where l.queue = _queue and l.merchant_id = m.id and l.priority = level::smallint and l.ready_at <= _now
            order by l.ready_at limit greatest(m.share, 0) for update skip locked) head
        limit greatest(m.share, 0)) ready;
    return query
        with leased as (
            update queue.lanes l set lease = nextval('queue.lease_numbers'), ready_at = _now + _lease, attempt = l.attempt + 1
            where l.lane_id = any(_taken)
            returning l.merchant_id, l.key, l.lease, l.attempt)
        select leased.merchant_id, leased.key, head.id, leased.lease, leased.attempt, head.kind, head.args, head.max_attempts, head.enqueued_at
        from leased cross join lateral (
            select * from queue.jobs j
            where j.queue = _queue and j.merchant_id = leased.merchant_id and j.key = leased.key order by j.id limit 1) head;
    if _limits.max_starts is not null and cardinality(_taken) > 0 then
        -- With the time after the claim: the next one compares it with the time before its own.
        update queue.limits b set starts = _limits.starts || array_fill(clock_timestamp(), array[cardinality(_taken)]) where b.queue = _queue;
    end if;
    -- A full share: at once again. Capped: when one of its jobs ends. Nothing more now: look again soon, then less often, since an enqueuer that saw this
    -- row ready did not touch it; after some looks nobody can be that late (statement timeouts), and only the lanes themselves say when.
    update queue.schedule s set
        capped = looked.share <= 0,
        misses = case when looked.share <= 0 then s.misses when looked.taken > 0 then 0 else least(s.misses + 1, 12) end,
        ready_at = case
            when looked.share <= 0 then _now + interval '1 second'
            when looked.taken = looked.share then clock_timestamp()
            else least(
                case when looked.taken = 0 and s.misses >= 11 then 'infinity' else _now + interval '20 milliseconds' * (2 ^ least(s.misses, 9)) end,
                (select min(first.ready_at) from generate_series(0, 3) level cross join lateral (
                    select l.ready_at from queue.lanes l
                    where l.queue = _queue and l.merchant_id = s.merchant_id and l.priority = level::smallint
                    order by l.ready_at limit 1) first))
            end
    from (
        select m.id, m.share, coalesce(t.number, 0) taken
        from unnest(_merchants, _shares) m(id, share)
        left join (select o.id, count(*) number from unnest(_owners) o(id) group by o.id) t on t.id = m.id) looked
    where s.queue = _queue and s.merchant_id = looked.id;
end $$;
alter function queue.claim(text, integer, interval) set plan_cache_mode = force_generic_plan;

-- How long until the window of a queue has room for a start again; null where its starts are not what it waits for.
create function queue.until_next_start(_queue text) returns interval language plpgsql stable as $$
begin
    return (
        select s.at + b.start_window - clock_timestamp() from queue.limits b cross join lateral (
            select u.at from unnest(b.starts) u(at) order by u.at desc offset b.max_starts - 1 limit 1) s
        where b.queue = _queue and b.max_starts is not null and s.at > clock_timestamp() - b.start_window);
end $$;

-- As in migration 0003. A lease that ended in a queue that counts what runs has made room for another job: it does not come back, and no claimer counts
-- meanwhile.
create or replace function queue.heartbeat(_leases bigint[], _queue text, _merchants uuid[], _keys text[], _for interval)
returns setof bigint language plpgsql as $$
declare
    _is_counted boolean;
begin
    perform from queue.limits b where b.queue = _queue and b.max_running is not null for share;
    _is_counted := found;
    return query
        update queue.lanes l set ready_at = clock_timestamp() + _for
        from unnest(_leases, _merchants, _keys) u(lease, merchant_id, key)
        where l.queue = _queue and l.merchant_id = u.merchant_id and l.key = u.key and l.lease = u.lease
            and (not _is_counted or l.ready_at > clock_timestamp())
        returning l.lease;
end $$;

-- As in migration 0003, and what each became is noted.
create or replace function queue.stage_due(_limit integer) returns text[] language plpgsql as $$
declare
    _group record;
    _queues text[] := '{}';
    _ids bigint[];
begin
    for _group in
        with due as (
            delete from queue.jobs_delayed d where d.id = any(array(
                select id from queue.jobs_delayed where due_at <= now() order by due_at, id limit _limit for update skip locked))
            returning *)
        select queue, priority, array_agg(id order by due_at, id) ids, array_agg(merchant_id order by due_at, id) merchants,
            array_agg(key order by due_at, id) keys, array_agg(kind order by due_at, id) kinds, array_agg(args order by due_at, id) args
        from due group by queue, priority order by queue, priority
    loop
        _ids := queue.enqueue(_group.queue, _group.merchants, _group.keys, _group.kinds, _group.args, _group.priority);
        insert into queue.jobs_done (queue, id, merchant_id, outcome, successor)
        select _group.queue, u.id, u.merchant_id, 'replaced', u.successor
        from unnest(_group.ids, _group.merchants, _ids) u(id, merchant_id, successor);
        _queues := _queues || _group.queue;
    end loop;
    return _queues;
end $$;

-- Puts dead letters back into their lanes, in their old order, with new ids and all their attempts; those that were there.
create function queue.replay_dead(_queue text, _ids bigint[]) returns table (id bigint, successor bigint) language plpgsql as $$
#variable_conflict use_column
declare
    _group record;
    _new bigint[];
begin
    for _group in
        with gone as (delete from queue.jobs_dead d where d.queue = _queue and d.id = any(_ids) returning *)
        select g.max_attempts, array_agg(g.id order by g.id) ids, array_agg((g.died_at at time zone 'UTC')::date order by g.id) days,
            array_agg(g.merchant_id order by g.id) merchants, array_agg(g.key order by g.id) keys, array_agg(g.kind order by g.id) kinds,
            array_agg(g.args order by g.id) args
        from gone g group by g.max_attempts order by g.max_attempts
    loop
        _new := queue.enqueue(_queue, _group.merchants, _group.keys, _group.kinds, _group.args, 1::smallint, _group.max_attempts);
        update queue.jobs_done d set outcome = 'replaced', successor = u.successor
        from unnest(_group.days, _group.ids, _new) u(day, id, successor)
        where d.day = u.day and d.queue = _queue and d.id = u.id;
        return query select u.id, u.successor from unnest(_group.ids, _new) u(id, successor);
    end loop;
end $$;
drop function queue.replay(text, bigint);

-- Deletes dead letters; those that were there.
create function queue.discard_dead(_queue text, _ids bigint[]) returns setof bigint language plpgsql as $$
begin
    return query
        with gone as (
            delete from queue.jobs_dead d where d.queue = _queue and d.id = any(_ids) returning d.id, (d.died_at at time zone 'UTC')::date as day),
        noted as (
            update queue.jobs_done d set outcome = 'discarded' from gone where d.day = gone.day and d.queue = _queue and d.id = gone.id)
        select gone.id from gone;
end $$;

-- Counts how full the queues are, unless that was done less than _every ago, or so lately that it would take more than a hundredth of the time, or somebody
-- else is at it; whether it counted.
create function queue.measure(_every interval) returns boolean language plpgsql as $$
declare
    _now timestamptz := clock_timestamp();
    _last queue.measured;
    _found queue.measures[];
begin
    select * into _last from queue.measured;
    if _last.at > _now - greatest(_every, _last.cost * 100) then
        return false;
    end if;
    -- Until the end nothing is locked or written: a transaction that has an id holds up whoever reads events in order, for as long as it counts.
    if not pg_try_advisory_xact_lock(hashtext('maitre queue.measure'), 0) then
        return false;
    end if;
    select * into _last from queue.measured;
    if _last.at > _now - greatest(_every, _last.cost * 100) then
        return false;
    end if;
    with lane as (
        select l.queue, sum(l.pending) jobs, count(*) filter (where l.lease is not null and l.ready_at > _now) running,
            count(*) filter (where l.lease is null and l.ready_at > _now and l.last_error is null) delayed,
            count(*) filter (where l.lease is null and l.ready_at > _now and l.last_error is not null) retrying,
            min(l.ready_at) filter (where l.ready_at <= _now) oldest
        from queue.lanes l where l.pending > 0 group by l.queue),
    waiting as (select d.queue, count(*) jobs from queue.jobs_delayed d group by d.queue),
    letter as (select d.queue, count(*) jobs from queue.jobs_dead d group by d.queue)
    select array_agg(row(f.*)::queue.measures) into _found from (
        select q.queue, greatest(coalesce(lane.jobs - lane.running - lane.delayed - lane.retrying, 0), 0)::bigint ready, coalesce(lane.running, 0)::bigint running,
            (coalesce(lane.delayed, 0) + coalesce(waiting.jobs, 0))::bigint delayed, coalesce(lane.retrying, 0)::bigint retrying,
            coalesce(letter.jobs, 0)::bigint dead, lane.oldest oldest_ready_at
        from queue.queues q left join lane using (queue) left join waiting using (queue) left join letter using (queue)) f;
    insert into queue.measures as m select f.* from unnest(_found) f
    on conflict (queue) do update set ready = excluded.ready, running = excluded.running, delayed = excluded.delayed,
        retrying = excluded.retrying, dead = excluded.dead, oldest_ready_at = excluded.oldest_ready_at;
    insert into queue.measured as m (at, cost) values (clock_timestamp(), clock_timestamp() - _now)
    on conflict on constraint measured_pkey do update set at = excluded.at, cost = excluded.cost;
    delete from queue.throughput t where t.at < _now - interval '61 minutes';
    return true;
end $$;

-- Adds what one node counted since it last did. Rows are locked in one order.
create function queue.count_ended(_queues text[], _done bigint[], _retried bigint[], _dead bigint[]) returns void language plpgsql as $$
begin
    insert into queue.throughput as t (queue, at, done, retried, dead)
    select u.queue, date_bin('10 seconds', clock_timestamp(), '2000-01-01Z'), u.done, u.retried, u.dead
    from unnest(_queues, _done, _retried, _dead) u(queue, done, retried, dead) order by u.queue
    on conflict (queue, at) do update set done = t.done + excluded.done, retried = t.retried + excluded.retried, dead = t.dead + excluded.dead;
end $$;

grant execute on function queue.close_claims, queue.until_next_start, queue.replay_dead, queue.discard_dead, queue.measure, queue.count_ended to maitre_platform;
