-- Outgoing webhooks (H3): where a restaurant wants to be told what happens, what was to be told, and every attempt at it.

create table app.webhook_endpoints (
    merchant_id uuid not null,
    id uuid not null,
    url text not null check (length(url) between 1 and 2048),
    description text check (length(description) between 1 and 200),
    event_types text[] check (cardinality(event_types) between 1 and 100), -- null: all, also those that are to come
    status text not null default 'active' check (status in ('active', 'paused', 'disabled')),
    status_reason text check (status_reason in ('gone', 'failing')),       -- why Maitre disabled it
    status_at timestamptz not null default now(),
    failing_since timestamptz,          -- the first failure after the last success
    failures integer not null default 0, -- since then
    is_slow boolean not null default false, -- its last answer took long: it is served by workers of its own
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint webhook_endpoints_pkey primary key (merchant_id, id)
);
select app.protect('app.webhook_endpoints', 'select, insert, update, delete', true);

-- One or more of an endpoint: those that were replaced sign along until they expire. Sealed with the restaurant's data key.
create table app.webhook_secrets (
    merchant_id uuid not null,
    id uuid not null,
    endpoint_id uuid not null,
    secret_sealed bytea not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    constraint webhook_secrets_pkey primary key (merchant_id, id),
    constraint webhook_secrets_endpoint_fkey foreign key (merchant_id, endpoint_id)
        references app.webhook_endpoints (merchant_id, id) on delete cascade
);
create index webhook_secrets_endpoint on app.webhook_secrets (merchant_id, endpoint_id);
select app.protect('app.webhook_secrets');

-- One event for one endpoint. Its id is made of both, so that there can be only one. No foreign key: the log outlives the endpoint.
create table app.webhook_deliveries (
    merchant_id uuid not null,
    id uuid not null,
    endpoint_id uuid not null,
    event_id uuid not null,
    event_type text not null check (length(event_type) between 1 and 60),
    body text not null,                 -- what is sent, at every attempt the same bytes
    is_test boolean not null default false,
    -- held: its endpoint is paused
    state text not null default 'pending' check (state in ('pending', 'held', 'delivered', 'failed')),
    round integer not null default 1,   -- a replay begins a new one
    tries integer not null default 0,   -- of this round
    attempts integer not null default 0, -- of all
    next_attempt_at timestamptz,
    last_status smallint,
    last_outcome text,
    created_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    constraint webhook_deliveries_pkey primary key (merchant_id, id)
) partition by range (id);
create index webhook_deliveries_endpoint on app.webhook_deliveries (merchant_id, endpoint_id, id);
create index webhook_deliveries_held on app.webhook_deliveries (merchant_id, endpoint_id, id) where state = 'held';
create index webhook_deliveries_failed on app.webhook_deliveries (merchant_id, endpoint_id, id) where state = 'failed';
select app.protect('app.webhook_deliveries', 'select, insert, update');

create table app.webhook_attempts (
    merchant_id uuid not null,
    id uuid not null,
    delivery_id uuid not null,
    started_at timestamptz not null,
    duration_ms integer not null check (duration_ms >= 0),
    outcome text not null check (outcome in ('succeeded', 'refused', 'timed_out', 'unreachable')),
    status smallint,                    -- of the answer, if there was one
    answer text check (length(answer) <= 2048),
    constraint webhook_attempts_pkey primary key (merchant_id, id)
) partition by range (id);
create index webhook_attempts_delivery on app.webhook_attempts (merchant_id, delivery_id, id);
select app.protect('app.webhook_attempts', 'select, insert');

-- A partition a week, since a log of 30 days in months would be kept for 61. By a function of their own, as those of the audit log.
create function platform.rotate_webhook_partitions() returns text[] language plpgsql security definer
    set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
    _week date;
    _parent text;
    _name text;
    _old record;
    _done text[] := '{}';
begin
    -- One at a time; whoever comes second has nothing to do.
    if not pg_try_advisory_xact_lock(hashtextextended('maitre rotate_webhook_partitions', 0)) then
        return _done;
    end if;
    foreach _parent in array array['webhook_deliveries', 'webhook_attempts'] loop
        for _offset in -1 .. 2 loop
            _week := date_trunc('week', now() at time zone 'UTC')::date + 7 * _offset;
            _name := _parent || '_' || to_char(_week, 'YYYYMMDD');
            if to_regclass('app.' || _name) is null then
                execute format(
                    'create table app.%I partition of app.%I for values from (%L) to (%L)', _name, _parent,
                    app.uuid_v7_floor(_week::timestamp at time zone 'UTC'), app.uuid_v7_floor((_week + 7)::timestamp at time zone 'UTC'));
                execute format('alter table app.%I enable row level security', _name);
                execute format('alter table app.%I force row level security', _name);
                _done := _done || _name;
            end if;
        end loop;
        -- 30 days after the last of its rows.
        for _old in
            select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = ('app.' || _parent)::regclass and c.relname ~ '_[0-9]{8}$'
                and to_date(right(c.relname, 8), 'YYYYMMDD') + 7 + 30 <= (now() at time zone 'UTC')::date
        loop
            execute format('alter table app.%I detach partition app.%I', _parent, _old.relname);
            execute format('drop table app.%I', _old.relname);
            _done := _done || ('dropped ' || _old.relname);
        end loop;
    end loop;
    return _done;
end $$;
revoke all on function platform.rotate_webhook_partitions from public;
grant execute on function platform.rotate_webhook_partitions to maitre_platform;
select platform.rotate_webhook_partitions();

-- The id of an event's delivery to an endpoint: the event's time and random part of the first half, then what both say together. An event whose id is not
-- of these days (a node's clock was wrong) has the present instead, for there is no partition for it.
create function app.webhook_delivery_id(_event uuid, _endpoint uuid) returns uuid language plpgsql stable as $$
declare
    _start text := left(replace(_event::text, '-', ''), 16);
begin
    if _event not between app.uuid_v7_floor(now() - interval '6 days') and app.uuid_v7_floor(now() + interval '6 days') then
        _start := left(replace(app.uuid_v7_floor(clock_timestamp())::text, '-', ''), 16);
    end if;
    return (_start || '8' || left(encode(sha256(uuid_send(_event) || uuid_send(_endpoint)), 'hex'), 15))::uuid;
end $$;
grant execute on function app.webhook_delivery_id to maitre_tenant;

-- Which worker lane a delivery goes through. Four lanes for each endpoint, two for a slow one: so many deliveries to it run at once, on all nodes together.
create function app.webhook_lane(_endpoint uuid, _delivery uuid, _is_slow boolean) returns text language sql immutable parallel safe
    return _endpoint::text || '/' || get_byte(uuid_send(_delivery), 15) % case when _is_slow then 2 else 4 end;
grant execute on function app.webhook_lane to maitre_tenant;

-- Enqueues deliveries of one endpoint or several: on the queue of the slow ones, or on the common one.
create function app.enqueue_webhook_deliveries(_deliveries uuid[], _endpoints uuid[], _rounds integer[], _tries integer[], _are_slow boolean[])
returns void language plpgsql as $$
declare
    _queue text;
begin
    foreach _queue in array array['webhook_delivery', 'webhook_slow'] loop
        perform queue.tenant_enqueue(
            _queue, array_agg(app.webhook_lane(d.endpoint, d.id, d.is_slow) order by d.id), array_agg('deliver'::text),
            array_agg(jsonb_build_object('delivery', d.id, 'round', d.round, 'tries', d.tries) order by d.id))
        from unnest(_deliveries, _endpoints, _rounds, _tries, _are_slow) d(id, endpoint, round, tries, is_slow)
        where d.is_slow = (_queue = 'webhook_slow')
        having count(*) > 0;
    end loop;
end $$;
grant execute on function app.enqueue_webhook_deliveries to maitre_tenant;

-- Where the dispatcher is in the order of events. One row.
create table platform.webhook_cursor (
    only_row boolean constraint webhook_cursor_pkey primary key default true check (only_row),
    epoch bigint not null,              -- platform.event_stream's: of another one, the rest means nothing
    xid xid8 not null,
    event_id uuid not null,
    -- What happened before is not told any more, wherever it stands in the order.
    since timestamptz not null default '-infinity',
    read_at timestamptz not null default now()
);
insert into platform.webhook_cursor (epoch, xid, event_id)
select s.epoch, pg_current_xact_id(), '00000000-0000-0000-0000-000000000000' from platform.event_stream s;
grant select, update on platform.webhook_cursor to maitre_platform;

insert into queue.queues (queue, merchant_cap) values ('webhook_delivery', 16), ('webhook_slow', 8);

-- Reads the next events after the cursor and gives each restaurant that has an endpoint for some of them one job with these, in the same transaction: no event
-- is skipped and none is given out twice, whoever dies when. Only below the oldest running transaction (postgres.md 5). One node at a time; the others have
-- nothing to do. `events` that were read (-1: another node is at it), `merchants` that got a job, `behind`: the age of the last one.
create function platform.dispatch_webhooks(_limit integer, out events integer, out merchants integer, out behind interval) language plpgsql as $$
declare
    _cursor platform.webhook_cursor;
    _bounds record;
    _none uuid := '00000000-0000-0000-0000-000000000000';
    _last record;
begin
    events := 0;
    merchants := 0;
    -- A look that finds nothing locks and writes nothing.
    select * into _cursor from platform.webhook_cursor;
    select * into _bounds from app.event_bounds();
    if _bounds.is_current and _cursor.epoch = _bounds.epoch and (case
        when exists (select from app.webhook_endpoints w where w.status <> 'disabled') then not exists (
            select from app.events e where (e.xid, e.id) > (_cursor.xid, _cursor.event_id) and e.xid < _bounds.settled_below)
        else _cursor.read_at >= clock_timestamp() - interval '1 minute' end)
    then
        return;
    end if;
    select * into _cursor from platform.webhook_cursor for update skip locked;
    if not found then
        events := -1;
        return;
    end if;
    select * into _bounds from app.event_bounds();
    if not _bounds.is_current then
        perform platform.renew_event_epoch();
        select * into _bounds from app.event_bounds();
    end if;
    if not exists (select from app.webhook_endpoints w where w.status <> 'disabled') then
        -- Nobody to tell. The cursor follows from time to time, so that the first endpoint does not begin with a long search.
        if _cursor.read_at < clock_timestamp() - interval '1 minute' or _cursor.epoch <> _bounds.epoch then
            update platform.webhook_cursor c
            set epoch = _bounds.epoch, xid = _bounds.settled_below, event_id = _none, read_at = clock_timestamp();
        end if;
        return;
    end if;
    if _cursor.epoch <> _bounds.epoch then
        -- Another server goes on, or the database was restored. Where the last event that was read stands where it stood, and none was moved to the beginning
        -- (platform.renew_event_epoch), so does everything after it. Otherwise from the beginning of what is kept, without what was surely told: an hour is far
        -- more than the dispatcher is behind, and of what it told then a delivery has one id for each event and endpoint.
        if not exists (select from app.events e where e.xid = _cursor.xid and e.id = _cursor.event_id)
            or exists (select from app.events e where e.xid = '3')
        then
            _cursor.xid := '0';
            _cursor.event_id := _none;
            _cursor.since := greatest(_cursor.since, _cursor.read_at - interval '1 hour');
        end if;
        update platform.webhook_cursor c set epoch = _bounds.epoch, xid = _cursor.xid, event_id = _cursor.event_id, since = _cursor.since;
    end if;
    with batch as materialized (
        select e.merchant_id, e.id, e.xid, e.type, e.created_at from app.events e
        where (e.xid, e.id) > (_cursor.xid, _cursor.event_id) and e.xid < _bounds.settled_below order by e.xid, e.id limit _limit),
    numbered as (
        select b.merchant_id, b.id, b.xid, (row_number() over (partition by b.merchant_id order by b.xid, b.id) - 1) / 50 piece from batch b
        where b.created_at >= _cursor.since and exists (
            select from app.webhook_endpoints w where w.merchant_id = b.merchant_id and w.status <> 'disabled' and w.created_at <= b.created_at
                and (w.event_types is null or b.type = any(w.event_types)))),
    wanted as (
        -- Fifty at most in a job: it writes all of them for every endpoint in one statement, within the time that a statement has.
        select n.merchant_id, n.piece, jsonb_build_object('events', jsonb_agg(n.id order by n.xid, n.id)) args from numbered n
        group by n.merchant_id, n.piece)
    select count(*) number, max(b.created_at) created_at, (array_agg(b.xid order by b.xid desc, b.id desc))[1] xid,
        (array_agg(b.id order by b.xid desc, b.id desc))[1] id,
        (select count(distinct w.merchant_id) from wanted w) merchants,
        (select array_agg(w.merchant_id order by w.merchant_id, w.piece) from wanted w) owners,
        (select array_agg(w.args order by w.merchant_id, w.piece) from wanted w) args
    into _last from batch b;
    events := _last.number;
    if events = 0 then
        return;
    end if;
    behind := clock_timestamp() - _last.created_at;
    merchants := _last.merchants;
    update platform.webhook_cursor c set xid = _last.xid, event_id = _last.id, read_at = clock_timestamp();
    if merchants > 0 then
        perform queue.enqueue(
            'webhook_delivery', _last.owners, array_fill('events'::text, array[cardinality(_last.owners)]),
            array_fill('fan_out'::text, array[cardinality(_last.owners)]), _last.args,
            0::smallint);
    end if;
end $$;
grant execute on function platform.dispatch_webhooks to maitre_platform;
alter function platform.dispatch_webhooks(integer) set plan_cache_mode = force_generic_plan;
