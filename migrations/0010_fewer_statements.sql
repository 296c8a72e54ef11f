-- The queue and the sending decision in fewer statements, and messages that are updated in place.

-- Every claim looked at its merchants one after the other, with four statements each. The same for all of them at once: merchants in turn, then priority,
-- then the longest wait.
create or replace function queue.claim(_queue text, _limit integer, _lease interval)
returns table (
    merchant_id uuid, key text, id bigint, lease bigint, attempt smallint, kind text, args jsonb, max_attempts smallint, enqueued_at timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
    _now timestamptz := clock_timestamp();
    _settings queue.queues;
    _room integer := _limit;
    _merchants uuid[];
    _shares integer[];
    _taken bigint[];
    _owners uuid[];
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

-- The tenant role's doors in PL/pgSQL: PostgreSQL plans the body of an SQL function anew at each call (measured: more than the work itself).
create or replace function queue.tenant_enqueue(
    _queue text, _keys text[], _kinds text[], _args jsonb[], _priority smallint default 1, _max_attempts smallint default 10)
returns bigint[] language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    return queue.enqueue(
        _queue, array_fill(app.required_merchant(), array[cardinality(_keys)]), _keys, _kinds, _args, _priority, _max_attempts);
end $$;
create or replace function queue.tenant_enqueue_unique(
    _queue text, _key text, _kind text, _args jsonb, _dedupe_key text, _priority smallint default 1)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    return queue.enqueue_unique(_queue, app.required_merchant(), _key, _kind, _args, _dedupe_key, _priority);
end $$;
create or replace function queue.tenant_delay(_queue text, _key text, _kind text, _args jsonb, _for interval, _priority smallint default 1)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    _id bigint;
begin
    insert into queue.jobs_delayed (due_at, queue, merchant_id, key, kind, args, priority)
    values (clock_timestamp() + _for, _queue, app.required_merchant(), _key, _kind, _args, _priority) returning id into _id;
    return _id;
end $$;
create or replace function queue.tenant_complete(_queue text, _key text, _id bigint, _lease bigint, _outcome text default 'done')
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform queue.complete(_queue, app.required_merchant(), _key, _id, _lease, _outcome);
end $$;

-- A message changes its status four or five times. An index on the status kept every one of these updates from staying on its page; who waits for an
-- unconfirmed message finds it among the last of its conversation as well.
drop index app.messages_unconfirmed;

grant execute on function app.uuid_v7_floor to maitre_platform; -- bounds of retention

-- Decides what to do with a queued message and marks it. `decision` is one of
--   send         marked `sending`; call the provider with what the row says, then record the answer
--   wait         not yet: wait_for says how long (pace of the number or the pair, a stopped channel, an unconfirmed predecessor)
--   unconfirmed  a worker died between the call and its answer: marked so, never sent again by us
--   failed       refused by a rule: marked failed with error_code
--   cancelled    a person took over before the bot's reply went out
--   skip         nothing to do: sent, settled or not there
-- Pace is GCRA: paced_until and pair_until are theoretical arrival times. The pair limit of WhatsApp is a message each 6 s with a burst of 45.
create or replace function app.begin_sending(_message uuid, _pair_interval interval default '6 seconds', _pair_burst integer default 45)
returns table (
    decision text, wait_for interval, error_code text, conversation_id uuid, channel_id uuid, sender text, type text, content jsonb,
    quoted_provider_message_id text, provider text, provider_number_id text, access_token_sealed bytea, wa_id text, user_id text, group_id text)
language plpgsql as $$
#variable_conflict use_column
declare
    _merchant uuid := app.required_merchant();
    _now timestamptz := clock_timestamp();
    _m app.messages;
    _c app.conversations;
    _ch app.channels;
    _contact app.contacts;
    _blocked timestamptz;
begin
    select * into _m from app.messages m where m.merchant_id = _merchant and m.id = _message for update;
    if not found or _m.status not in ('queued', 'sending', 'unconfirmed', 'failed', 'cancelled') then
        decision := 'skip';
        return next;
        return;
    end if;
    conversation_id := _m.conversation_id;
    channel_id := _m.channel_id;
    sender := _m.sender;
    if _m.status in ('unconfirmed', 'failed', 'cancelled') then
        -- Decided by an earlier attempt of this job that ended before it could tell: the same decision again, so that its consequences follow.
        decision := _m.status;
        error_code := _m.error_code;
        return next;
        return;
    end if;
    if _m.status = 'sending' then
        update app.messages m set status = 'unconfirmed' where m.merchant_id = _merchant and m.id = _message;
        decision := 'unconfirmed';
        return next;
        return;
    end if;
    select * into _c from app.conversations c where c.merchant_id = _merchant and c.id = _m.conversation_id for update;
    if _m.sender = 'bot' and _c.mode <> 'bot' then
        update app.messages m set status = 'cancelled' where m.merchant_id = _merchant and m.id = _message;
        decision := 'cancelled';
        return next;
        return;
    end if;
    -- C7: outside 24 hours after the customer's last message only templates may go out; Meta would answer 131047.
    if _m.type <> 'template' and (_c.last_inbound_at is null or _c.last_inbound_at < _now - interval '24 hours') then
        update app.messages m set status = 'failed', failed_at = _now, error_code = 'service_window_closed',
            error_detail = 'The 24-hour service window of this conversation is closed; only a template may open it again.'
        where m.merchant_id = _merchant and m.id = _message;
        decision := 'failed';
        error_code := 'service_window_closed';
        return next;
        return;
    end if;
    -- The messages just before it are enough: whatever is older was settled, or 30 seconds ago.
    select max(m.sending_at) into _blocked from app.messages m
    where m.merchant_id = _merchant and m.conversation_id = _m.conversation_id and m.sequence < _m.sequence and m.sequence >= _m.sequence - 50
        and m.status = 'unconfirmed' and m.sending_at > _now - interval '30 seconds';
    if _blocked is not null then
        decision := 'wait';
        wait_for := least(_blocked + interval '30 seconds' - _now, interval '1 second');
        return next;
        return;
    end if;
    if _c.pair_until - _pair_interval * (_pair_burst - 1) > _now then
        decision := 'wait';
        wait_for := _c.pair_until - _pair_interval * (_pair_burst - 1) - _now;
        return next;
        return;
    end if;
    select * into _ch from app.channels ch where ch.merchant_id = _merchant and ch.id = _m.channel_id for no key update;
    if _ch.status = 'stopped' then
        decision := 'wait';
        wait_for := interval '15 seconds';
        return next;
        return;
    end if;
    -- A tenth of a second of the number's rate may go at once.
    if _ch.paced_until > _now + interval '100 milliseconds' then
        decision := 'wait';
        wait_for := _ch.paced_until - _now - interval '50 milliseconds';
        return next;
        return;
    end if;
    update app.messages m set status = 'sending', sending_at = _now where m.merchant_id = _merchant and m.id = _message;
    update app.conversations c set pair_until = greatest(c.pair_until, _now) + _pair_interval where c.merchant_id = _merchant and c.id = _c.id;
    update app.channels ch set paced_until = greatest(ch.paced_until, _now) + interval '1 second' / ch.messages_per_second
    where ch.merchant_id = _merchant and ch.id = _ch.id;
    select * into _contact from app.contacts k where k.merchant_id = _merchant and k.id = _c.contact_id;
    decision := 'send';
    type := _m.type;
    content := _m.content;
    quoted_provider_message_id := _m.quoted_provider_message_id;
    provider := _ch.provider;
    provider_number_id := _ch.provider_number_id;
    access_token_sealed := _ch.access_token_sealed;
    wa_id := _contact.wa_id;
    user_id := _contact.user_id;
    group_id := _c.group_id;
    return next;
end $$;

-- Room on the page for those updates.
do $$
declare
    _partition regclass;
begin
    for _partition in select i.inhrelid::regclass from pg_inherits i where i.inhparent = 'app.messages'::regclass loop
        execute format('alter table %s set (fillfactor = 80)', _partition);
    end loop;
end $$;

-- As in migration 0001, with the fill factor of messages.
create or replace function app.ensure_month_partitions(_table regclass) returns integer language plpgsql as $$
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
                'create table %I.%I partition of %s for values from (%L) to (%L)%s', _schema, _name, _table,
                app.uuid_v7_floor(_month), app.uuid_v7_floor(((_month at time zone 'UTC') + interval '1 month') at time zone 'UTC'),
                case when _table = 'app.messages'::regclass then ' with (fillfactor = 80)' else '' end);
            if _schema = 'app' then
                execute format('alter table %I.%I enable row level security', _schema, _name);
                execute format('alter table %I.%I force row level security', _schema, _name);
            end if;
            _made := _made + 1;
        end if;
    end loop;
    return _made;
end $$;

-- As in migration 0003, with one look at the scheduling rows instead of an update and an insert that nearly always find nothing to do. A row that is ready
-- and whose last look found something is not touched, and so not locked: one busy merchant's enqueuers do not queue behind each other's commits. What such
-- a skipped wake-up could miss, the next look finds 20 ms later. A row whose last look found nothing is taken, since its next one may be seconds away.
create or replace function queue.wake(_queue text, _merchants uuid[]) returns void language plpgsql as $$
declare
    _known integer;
    _sleeping uuid[];
begin
    select count(*), array_agg(s.merchant_id order by s.merchant_id) filter (where (s.ready_at > clock_timestamp() or s.misses > 0) and not s.capped)
    into _known, _sleeping
    from queue.schedule s where s.queue = _queue and s.merchant_id = any(_merchants);
    if _sleeping is not null then
        update queue.schedule s set ready_at = clock_timestamp(), misses = 0
        where s.queue = _queue and s.merchant_id = any(_sleeping) and (s.ready_at > clock_timestamp() or s.misses > 0) and not s.capped;
    end if;
    if _known < cardinality(_merchants) then
        insert into queue.schedule (queue, merchant_id, ready_at)
        select _queue, m, clock_timestamp() from unnest(_merchants) m
        where not exists (select from queue.schedule s where s.queue = _queue and s.merchant_id = m)
        on conflict do nothing;
    end if;
end $$;

-- One plan for all parameters in the functions that run for every message: with partitions, or arrays for parameters, PostgreSQL would otherwise plan their
-- statements anew at each call (measured: more time than executing them).
alter function queue.claim(text, integer, interval) set plan_cache_mode = force_generic_plan;
alter function queue.complete(text, uuid, text, bigint, bigint, text) set plan_cache_mode = force_generic_plan;
alter function queue.enqueue(text, uuid[], text[], text[], jsonb[], smallint, smallint) set plan_cache_mode = force_generic_plan;
alter function inbox.store(date[], uuid[], text[], uuid[], uuid[], text[], bytea[], text[]) set plan_cache_mode = force_generic_plan;
alter function app.begin_sending(uuid, interval, integer) set plan_cache_mode = force_generic_plan;
