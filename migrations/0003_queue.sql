-- Lanes: durable queues with one leased row per (queue, merchant, key). Findings and measurements: postgres.md 2.4.
-- Jobs are inserted and deleted, never updated; what is scheduled, leased, ordered and backed off is the lane.
-- SQLSTATE MT001 = the lease was lost; MT002 = no merchant is set.

create sequence queue.lease_numbers; -- fencing tokens: strictly increasing, never reused

create table queue.queues (
    queue text primary key,
    merchant_cap integer not null default 32 check (merchant_cap > 0), -- lanes of one merchant that may run at once
    max_running integer check (max_running > 0),                      -- lanes of the whole queue; null: no limit
    paused boolean not null default false
);
insert into queue.queues (queue) values ('inbound'), ('message_sending'), ('maintenance');

-- One row per queue and merchant: the unit of round-robin, so that the 100,000 lanes of one capped merchant are not scanned at every claim.
create table queue.schedule (
    queue text not null,
    merchant_id uuid not null,
    ready_at timestamptz not null,  -- when its lanes are worth a look; 'infinity' when there is nothing
    misses smallint not null default 0, -- looks in a row that found nothing
    capped boolean not null default false, -- it waits for one of its own jobs to end
    primary key (queue, merchant_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
create index schedule_ready on queue.schedule (queue, ready_at);

create table queue.lanes (
    lane_id bigint generated always as identity primary key,
    queue text not null,
    merchant_id uuid not null,
    key text not null check (length(key) between 1 and 200),
    priority smallint not null default 1 check (priority between 0 and 3), -- 0 first; a lane's jobs never overtake each other
    ready_at timestamptz not null,  -- idle: when the head may run. leased: when the lease ends. empty: 'infinity'
    pending integer not null check (pending >= 0), -- here and not counted from jobs: a re-checked UPDATE must see the newest value
    attempt smallint not null default 0, -- of the head; bumped at claim, so that a worker that dies is counted
    lease bigint,                   -- null: idle
    last_error text,
    constraint lanes_key unique (queue, merchant_id, key)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
create index lanes_ready on queue.lanes (queue, merchant_id, priority, ready_at);
create index lanes_leased on queue.lanes (queue, merchant_id, ready_at) where lease is not null;
create index lanes_empty on queue.lanes (lane_id) where pending = 0;

create table queue.jobs (
    queue text not null,
    merchant_id uuid not null,
    key text not null,
    id bigint generated always as identity,
    kind text not null,
    args jsonb not null default '{}',
    max_attempts smallint not null default 10,
    dedupe_key text,
    enqueued_at timestamptz not null default clock_timestamp(),
    constraint jobs_pkey primary key (queue, merchant_id, key, id)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
create unique index jobs_dedupe on queue.jobs (queue, merchant_id, dedupe_key) where dedupe_key is not null;

create table queue.jobs_delayed (
    id bigint generated always as identity primary key,
    due_at timestamptz not null,
    queue text not null,
    merchant_id uuid not null,
    key text not null,
    kind text not null,
    args jsonb not null default '{}',
    priority smallint not null default 1
);
create index jobs_delayed_due on queue.jobs_delayed (due_at);

create table queue.jobs_dead (
    queue text not null,
    merchant_id uuid not null,
    key text not null,
    id bigint not null,
    kind text not null,
    args jsonb not null,
    max_attempts smallint not null,
    enqueued_at timestamptz not null,
    attempt smallint not null,
    error text not null,
    died_at timestamptz not null default now(),
    primary key (queue, id)
);
create index jobs_dead_died on queue.jobs_dead (died_at);

-- What became of finished jobs, a partition a day: for status queries, dropped after a week.
create table queue.jobs_done (
    day date not null default (now() at time zone 'UTC')::date,
    queue text not null,
    id bigint not null,
    merchant_id uuid not null,
    outcome text not null check (outcome in ('done', 'cancelled', 'dead')),
    finished_at timestamptz not null default clock_timestamp(),
    primary key (day, queue, id)
) partition by range (day);

grant select, insert, update, delete on all tables in schema queue to maitre_platform;
grant usage on all sequences in schema queue to maitre_platform;

-- Wakes the scheduling rows of merchants (sorted by the caller). A row that is ready already is not touched, and so not locked: one busy merchant's
-- enqueuers do not queue behind each other's commits. What such a skipped wake-up could miss, the next look after a miss finds; before the last look
-- (misses = 11) there is no next one, so then the row is taken even when it is ready.
create function queue.wake(_queue text, _merchants uuid[]) returns void language plpgsql as $$
begin
    update queue.schedule s set ready_at = clock_timestamp(), misses = 0
    where s.queue = _queue and s.merchant_id = any(_merchants) and (s.ready_at > clock_timestamp() or s.misses >= 11) and not s.capped;
    insert into queue.schedule (queue, merchant_id, ready_at)
    select _queue, m, clock_timestamp() from unnest(_merchants) m
    where not exists (select from queue.schedule s where s.queue = _queue and s.merchant_id = m)
    on conflict do nothing;
end $$;

-- Adds jobs, in the order of the arrays, and returns their ids in that order. The lane upsert comes first: it is the mutex of its key, so that ids of
-- one key commit in order. Call it last in a transaction; it sorts lanes, so two batches do not deadlock.
create function queue.enqueue(
    _queue text, _merchants uuid[], _keys text[], _kinds text[], _args jsonb[], _priority smallint default 1, _max_attempts smallint default 10)
returns bigint[] language plpgsql as $$
declare
    _ids bigint[];
begin
    insert into queue.lanes (queue, merchant_id, key, ready_at, pending, priority)
    select _queue, u.merchant_id, u.key, clock_timestamp(), count(*), _priority
    from unnest(_merchants, _keys) u(merchant_id, key) group by u.merchant_id, u.key order by u.merchant_id, u.key
    on conflict on constraint lanes_key do update set
        pending = lanes.pending + excluded.pending,
        ready_at = case when lanes.pending = 0 then excluded.ready_at else lanes.ready_at end,
        priority = case when lanes.pending = 0 then excluded.priority else least(lanes.priority, excluded.priority) end;
    with added as (
        insert into queue.jobs (queue, merchant_id, key, kind, args, max_attempts)
        select _queue, u.merchant_id, u.key, u.kind, u.args, _max_attempts
        from unnest(_merchants, _keys, _kinds, _args) with ordinality u(merchant_id, key, kind, args, position) order by u.position
        returning id)
    select array_agg(id order by id) into _ids from added;
    perform queue.wake(_queue, array(select distinct m from unnest(_merchants) m order by m));
    return _ids;
end $$;

-- Adds one job unless one with the same dedupe key waits or runs; the id, or null when it was there.
create function queue.enqueue_unique(_queue text, _merchant uuid, _key text, _kind text, _args jsonb, _dedupe_key text, _priority smallint default 1)
returns bigint language plpgsql as $$
declare
    _id bigint;
begin
    insert into queue.lanes (queue, merchant_id, key, ready_at, pending, priority) values (_queue, _merchant, _key, 'infinity', 0, _priority)
    on conflict on constraint lanes_key do update set pending = lanes.pending; -- takes the mutex
    insert into queue.jobs (queue, merchant_id, key, kind, args, dedupe_key) values (_queue, _merchant, _key, _kind, _args, _dedupe_key)
    on conflict (queue, merchant_id, dedupe_key) where dedupe_key is not null do nothing returning id into _id;
    if _id is null then
        return null;
    end if;
    update queue.lanes l set pending = l.pending + 1, ready_at = case when l.pending = 0 then clock_timestamp() else l.ready_at end
    where l.queue = _queue and l.merchant_id = _merchant and l.key = _key;
    perform queue.wake(_queue, array[_merchant]);
    return _id;
end $$;

-- Leases the heads of up to _limit lanes: merchants in turn, then priority, then the longest wait.
-- "= any(array(...))" on purpose: a join on a LIMIT gets a generic plan with a full scan (measured 11 times slower).
create function queue.claim(_queue text, _limit integer, _lease interval)
returns table (
    merchant_id uuid, key text, id bigint, lease bigint, attempt smallint, kind text, args jsonb, max_attempts smallint, enqueued_at timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
    _now timestamptz := clock_timestamp();
    _settings queue.queues;
    _merchants uuid[];
    _merchant uuid;
    _room integer := _limit;
    _share integer;
    _taken bigint[];
    _count integer;
begin
    select * into _settings from queue.queues q where q.queue = _queue;
    if not found or _settings.paused then
        return;
    end if;
    if _settings.max_running is not null then
        -- Exact only while claimers take turns: lock the row, then count in a statement of its own, which has a newer snapshot.
        perform from queue.queues q where q.queue = _queue for update;
        _room := least(_room, _settings.max_running - (
            select count(*) from queue.lanes l where l.queue = _queue and l.lease is not null and l.ready_at > _now)::integer);
    end if;
    if _room <= 0 then
        return;
    end if;
    _merchants := array(
        select s.merchant_id from queue.schedule s where s.queue = _queue and s.ready_at <= _now
        order by s.ready_at limit _room for update skip locked);
    foreach _merchant in array _merchants loop
        exit when _room <= 0;
        _share := least(
            greatest(1, _limit / cardinality(_merchants)), _room,
            _settings.merchant_cap - (
                select count(*) from (
                    select from queue.lanes l where l.queue = _queue and l.merchant_id = _merchant and l.lease is not null and l.ready_at > _now
                    limit _settings.merchant_cap) running)::integer);
        if _share <= 0 then
            update queue.schedule s set capped = true, ready_at = _now + interval '1 second' where s.queue = _queue and s.merchant_id = _merchant;
            continue;
        end if;
        _taken := array(
            select ready.lane_id from generate_series(0, 3) level cross join lateral (
                select l.lane_id from queue.lanes l
                where l.queue = _queue and l.merchant_id = _merchant and l.priority = level::smallint and l.ready_at <= _now
                order by l.ready_at limit _share for update skip locked) ready
            limit _share);
        return query
            with leased as (
                update queue.lanes l set lease = nextval('queue.lease_numbers'), ready_at = _now + _lease, attempt = l.attempt + 1
                where l.lane_id = any(_taken)
                returning l.lease, l.key, l.attempt)
            select _merchant, leased.key, head.id, leased.lease, leased.attempt, head.kind, head.args, head.max_attempts, head.enqueued_at
            from leased cross join lateral (
                select * from queue.jobs j where j.queue = _queue and j.merchant_id = _merchant and j.key = leased.key order by j.id limit 1) head;
        _count := cardinality(_taken);
        _room := _room - _count;
        if _count = _share then
            update queue.schedule s set ready_at = clock_timestamp(), misses = 0, capped = false
            where s.queue = _queue and s.merchant_id = _merchant;
        else
            -- Nothing more now. Look again soon, then less often: an enqueuer that saw this row ready did not touch it. After some looks nobody can be
            -- that late (statement timeouts), and only the lanes themselves say when.
            update queue.schedule s set
                misses = case when _count > 0 then 0 else least(s.misses + 1, 12) end,
                capped = false,
                ready_at = least(
                    case when _count = 0 and s.misses >= 11 then 'infinity' else _now + interval '20 milliseconds' * (2 ^ least(s.misses, 9)) end,
                    (select min(first.ready_at) from generate_series(0, 3) level cross join lateral (
                        select l.ready_at from queue.lanes l
                        where l.queue = _queue and l.merchant_id = _merchant and l.priority = level::smallint
                        order by l.ready_at limit 1) first))
            where s.queue = _queue and s.merchant_id = _merchant;
        end if;
    end loop;
end $$;

-- Ends a job inside the transaction that carries its effects; raises when the lease was lost, which rolls the effects back: the fence that makes an
-- effect happen once. It raises instead of returning false because a pipeline cannot react before its Sync.
create function queue.complete(_queue text, _merchant uuid, _key text, _id bigint, _lease bigint, _outcome text default 'done')
returns void language plpgsql as $$
declare
    _left integer;
begin
    update queue.lanes l set lease = null, attempt = 0, last_error = null, pending = l.pending - 1,
        ready_at = case when l.pending > 1 then clock_timestamp() else 'infinity' end
    where l.queue = _queue and l.merchant_id = _merchant and l.key = _key and l.lease = _lease
    returning l.pending into _left;
    if not found then
        raise exception 'the lease of this job was lost' using errcode = 'MT001';
    end if;
    delete from queue.jobs j where j.queue = _queue and j.merchant_id = _merchant and j.key = _key and j.id = _id;
    if not found then
        raise exception 'this job is not there' using errcode = 'MT001';
    end if;
    insert into queue.jobs_done (queue, id, merchant_id, outcome) values (_queue, _id, _merchant, _outcome);
    update queue.schedule s set ready_at = clock_timestamp(), misses = 0, capped = false
    where s.queue = _queue and s.merchant_id = _merchant and (s.capped or (_left > 0 and s.ready_at > clock_timestamp()));
end $$;

-- Ends many jobs without effects of their own at once; raises when one lease was lost.
create function queue.complete_many(_queue text, _merchants uuid[], _keys text[], _ids bigint[], _leases bigint[])
returns void language plpgsql as $$
declare
    _ended integer;
begin
    with given as materialized (
        select * from unnest(_merchants, _keys, _ids, _leases) u(merchant_id, key, id, lease)),
    lane as (
        update queue.lanes l set lease = null, attempt = 0, last_error = null, pending = l.pending - 1,
            ready_at = case when l.pending > 1 then clock_timestamp() else 'infinity' end
        from given where l.queue = _queue and l.merchant_id = given.merchant_id and l.key = given.key and l.lease = given.lease
        returning given.merchant_id, given.key, given.id),
    gone as (
        delete from queue.jobs j using lane where j.queue = _queue and j.merchant_id = lane.merchant_id and j.key = lane.key and j.id = lane.id
        returning j.id, j.merchant_id),
    noted as (insert into queue.jobs_done (queue, id, merchant_id, outcome) select _queue, gone.id, gone.merchant_id, 'done' from gone)
    select count(*) into _ended from gone;
    if _ended <> cardinality(_ids) then
        raise exception 'the lease of a job was lost' using errcode = 'MT001';
    end if;
    update queue.schedule s set ready_at = clock_timestamp(), misses = 0, capped = false
    where s.queue = _queue and s.merchant_id = any(_merchants) and (s.capped or s.ready_at > clock_timestamp());
end $$;

-- Gives a job back after a failure: its lane waits 2^attempt seconds (at most an hour, half of it jitter) or _after; the last attempt makes it a dead
-- letter and the lane goes on. _counts false: the infrastructure failed and not the job, so the attempt is not used up. 'retry', 'dead' or 'lost'.
create function queue.fail(
    _queue text, _merchant uuid, _key text, _id bigint, _lease bigint, _error text, _after interval default null, _counts boolean default true)
returns text language plpgsql as $$
declare
    _lane queue.lanes;
    _job queue.jobs;
begin
    select * into _lane from queue.lanes l
    where l.queue = _queue and l.merchant_id = _merchant and l.key = _key and l.lease = _lease for update;
    if not found then
        return 'lost';
    end if;
    select * into _job from queue.jobs j where j.queue = _queue and j.merchant_id = _merchant and j.key = _key and j.id = _id;
    if _counts and _lane.attempt >= _job.max_attempts then
        insert into queue.jobs_dead (queue, merchant_id, key, id, kind, args, max_attempts, enqueued_at, attempt, error)
        values (_queue, _merchant, _key, _id, _job.kind, _job.args, _job.max_attempts, _job.enqueued_at, _lane.attempt, left(_error, 2000));
        perform queue.complete(_queue, _merchant, _key, _id, _lease, 'dead');
        return 'dead';
    end if;
    update queue.lanes l set lease = null, last_error = left(_error, 2000),
        attempt = l.attempt - (not _counts)::integer,
        ready_at = clock_timestamp() + coalesce(
            _after, least(3600, 2 ^ least(l.attempt, 12)) * (0.5 + random() * 0.5) * interval '1 second')
    where l.lane_id = _lane.lane_id;
    update queue.schedule s set ready_at = least(s.ready_at, clock_timestamp() + coalesce(_after, interval '1 second')), capped = false, misses = 0
    where s.queue = _queue and s.merchant_id = _merchant and (s.capped or s.ready_at > clock_timestamp());
    return 'retry';
end $$;

-- Puts the head of a lane off without counting the attempt. False when the lease was lost.
create function queue.snooze(_queue text, _merchant uuid, _key text, _lease bigint, _for interval) returns boolean language plpgsql as $$
begin
    update queue.lanes l set lease = null, attempt = greatest(l.attempt - 1, 0), ready_at = clock_timestamp() + _for
    where l.queue = _queue and l.merchant_id = _merchant and l.key = _key and l.lease = _lease;
    if not found then
        return false;
    end if;
    update queue.schedule s set ready_at = least(s.ready_at, clock_timestamp() + _for), capped = false, misses = 0
    where s.queue = _queue and s.merchant_id = _merchant and (s.capped or s.ready_at > clock_timestamp());
    return true;
end $$;

-- Prolongs leases; returns those that are still held. A worker stops working on the others.
create function queue.heartbeat(_leases bigint[], _queue text, _merchants uuid[], _keys text[], _for interval) returns setof bigint language sql as $$
    update queue.lanes l set ready_at = clock_timestamp() + _for
    from unnest(_leases, _merchants, _keys) u(lease, merchant_id, key)
    where l.queue = _queue and l.merchant_id = u.merchant_id and l.key = u.key and l.lease = u.lease
    returning l.lease
$$;

-- Moves delayed jobs that are due into their lanes; the queues that got some.
create function queue.stage_due(_limit integer) returns text[] language plpgsql as $$
declare
    _group record;
    _queues text[] := '{}';
begin
    for _group in
        with due as (
            delete from queue.jobs_delayed d where d.id = any(array(
                select id from queue.jobs_delayed where due_at <= now() order by due_at, id limit _limit for update skip locked))
            returning *)
        select queue, priority, array_agg(merchant_id order by due_at, id) merchants, array_agg(key order by due_at, id) keys,
            array_agg(kind order by due_at, id) kinds, array_agg(args order by due_at, id) args
        from due group by queue, priority order by queue, priority
    loop
        perform queue.enqueue(_group.queue, _group.merchants, _group.keys, _group.kinds, _group.args, _group.priority);
        _queues := _queues || _group.queue;
    end loop;
    return _queues;
end $$;

-- Puts a dead letter back into its lane, with a new id and all its attempts; that id, or null when it is not there.
create function queue.replay(_queue text, _id bigint) returns bigint language plpgsql as $$
declare
    _dead queue.jobs_dead;
begin
    delete from queue.jobs_dead d where d.queue = _queue and d.id = _id returning * into _dead;
    if not found then
        return null;
    end if;
    return (queue.enqueue(_queue, array[_dead.merchant_id], array[_dead.key], array[_dead.kind], array[_dead.args], 1::smallint, _dead.max_attempts))[1];
end $$;

-- Drops lanes that are empty; how many.
create function queue.collect_lanes(_limit integer) returns integer language sql as $$
    with gone as (
        delete from queue.lanes where lane_id = any(array(
            select lane_id from queue.lanes where pending = 0 and ready_at = 'infinity' limit _limit for update skip locked)) and pending = 0
        returning 1)
    select count(*)::integer from gone
$$;

grant execute on all functions in schema queue to maitre_platform;

-- What the tenant role may do with the queue: only for the merchant of its transaction, only through these.
create function queue.tenant_enqueue(_queue text, _keys text[], _kinds text[], _args jsonb[], _priority smallint default 1, _max_attempts smallint default 10)
returns bigint[] language sql security definer set search_path = pg_catalog, pg_temp as $$
    select queue.enqueue(
        _queue, array_fill(app.required_merchant(), array[cardinality(_keys)]), _keys, _kinds, _args, _priority, _max_attempts)
$$;
create function queue.tenant_enqueue_unique(_queue text, _key text, _kind text, _args jsonb, _dedupe_key text, _priority smallint default 1)
returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
    select queue.enqueue_unique(_queue, app.required_merchant(), _key, _kind, _args, _dedupe_key, _priority)
$$;
create function queue.tenant_delay(_queue text, _key text, _kind text, _args jsonb, _for interval, _priority smallint default 1)
returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into queue.jobs_delayed (due_at, queue, merchant_id, key, kind, args, priority)
    values (clock_timestamp() + _for, _queue, app.required_merchant(), _key, _kind, _args, _priority) returning id
$$;
create function queue.tenant_complete(_queue text, _key text, _id bigint, _lease bigint, _outcome text default 'done')
returns void language sql security definer set search_path = pg_catalog, pg_temp as $$
    select queue.complete(_queue, app.required_merchant(), _key, _id, _lease, _outcome)
$$;
revoke all on function queue.tenant_enqueue, queue.tenant_enqueue_unique, queue.tenant_delay, queue.tenant_complete from public;
grant execute on function queue.tenant_enqueue, queue.tenant_enqueue_unique, queue.tenant_delay, queue.tenant_complete to maitre_tenant;
