-- What a merchant may use, what it has used, and how both are counted without a row that everybody waits for.

-- Allowances (api.md 2). In the row that every decision reads anyway, so that they cost nothing to look up and every merchant has them.
alter table platform.merchants
    add column daily_limit integer not null default 1000
        constraint merchants_daily_limit_check check (daily_limit between 0 and 100000000),     -- messages of bot and API a day
    add column monthly_limit integer not null default 30000
        constraint merchants_monthly_limit_check check (monthly_limit between 0 and 100000000), -- conversations a month
    add column per_minute integer not null default 300
        constraint merchants_per_minute_check check (per_minute between 1 and 60000);           -- messages a minute of one bot, of bot and API

-- What a program says through the API with a key is neither the bot's nor a person's. Wider than the constraints before, so no row needs a second look.
alter table app.messages drop constraint messages_sender_check,
    add constraint messages_sender_check check (sender in ('contact', 'bot', 'agent', 'api', 'system', 'phone')) not valid;
alter table app.usage_events drop constraint usage_events_sender_check,
    add constraint usage_events_sender_check check (sender in ('contact', 'bot', 'agent', 'api', 'system', 'phone')) not valid;

-- The counted conversation that is open now was opened beyond the month's allowance: everything is stored, the bot is silent in it.
alter table app.conversations add column over_allowance boolean not null default false;

-- Counting. usage_events is appended in the transaction of the cause and is the record; a job adds it up into usage_days. What is not yet added up (the
-- tail) has an index of its own, so that a sum is usage_days plus the tail: exact in every snapshot, since a row leaves the tail in the transaction that
-- adds it. A mark on the row rather than a cursor over transaction ids: ids start again in a restored database, marks do not.
alter table app.usage_events add column rolled_up boolean not null default false;
grant update (rolled_up) on app.usage_events to maitre_tenant; -- the record itself stays append-only
create index usage_events_tail on app.usage_events (merchant_id) where not rolled_up;

create table app.usage_days (
    merchant_id uuid not null,
    metric text not null check (metric in ('message_inbound', 'message_outbound', 'conversation_opened')),
    day date not null,              -- the merchant's own, as the events say
    sender text not null,
    number bigint not null check (number > 0),
    first_at timestamptz not null,
    last_at timestamptz not null,
    constraint usage_days_pkey primary key (merchant_id, metric, day, sender)
) with (fillfactor = 70);
select app.protect('app.usage_days', 'select, insert, update', true);

-- First and last of everything added up: found without a look at all days, whose order is not that of time when a merchant changes its zone.
create table app.usage_activity (
    merchant_id uuid not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    last_conversation_at timestamptz,
    constraint usage_activity_pkey primary key (merchant_id)
) with (fillfactor = 70);
select app.protect('app.usage_activity', 'select, insert, update', true);

-- Adds at most _limit causes of the merchant's tail up; how many rows that were. One node at a time for a merchant: another has nothing to do meanwhile. A
-- crash leaves both the marks and the sums as they were.
create function app.roll_up_usage(_limit integer) returns integer language plpgsql as $$
declare
    _merchant uuid := app.required_merchant();
    _ids uuid[];
    _first uuid;
    _last uuid;
    _rolled integer;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('maitre roll_up_usage ' || _merchant, 0)) then
        return 0;
    end if;
    select array_agg(t.id), min(t.id::text)::uuid, max(t.id::text)::uuid into _ids, _first, _last
    from (select e.id from app.usage_events e where e.merchant_id = _merchant and not e.rolled_up limit _limit) t;
    if _ids is null then
        return 0;
    end if;
    with taken as (
        update app.usage_events e set rolled_up = true
        -- The bounds leave out the months that have none of them; an array of values that are not constants does not.
        where e.merchant_id = _merchant and not e.rolled_up and e.id = any(_ids) and e.id between _first and _last
        returning e.metric, e.day, e.sender, e.created_at),
    days as (
        insert into app.usage_days as d (merchant_id, metric, day, sender, number, first_at, last_at)
        select _merchant, t.metric, t.day, t.sender, count(*), min(t.created_at), max(t.created_at) from taken t group by 2, 3, 4
        on conflict on constraint usage_days_pkey do update set
            number = d.number + excluded.number, first_at = least(d.first_at, excluded.first_at), last_at = greatest(d.last_at, excluded.last_at)),
    activity as (
        insert into app.usage_activity as a (merchant_id, first_at, last_at, last_conversation_at)
        select _merchant, min(t.created_at), max(t.created_at), max(t.created_at) filter (where t.metric = 'conversation_opened')
        from taken t having count(*) > 0
        on conflict on constraint usage_activity_pkey do update set
            first_at = least(a.first_at, excluded.first_at), last_at = greatest(a.last_at, excluded.last_at),
            last_conversation_at = greatest(a.last_conversation_at, excluded.last_conversation_at))
    select count(*) into _rolled from taken;
    return _rolled;
end $$;
grant execute on function app.roll_up_usage to maitre_tenant;

-- When a day begins in a zone. A midnight that the clocks skip is the moment after it, one that comes twice is the first.
create function app.day_start(_day date, _zone text) returns timestamptz language plpgsql stable parallel safe as $$
declare
    _at timestamptz := _day::timestamp at time zone _zone;
begin
    if ((_at - interval '1 hour') at time zone _zone)::date = _day then
        return _at - interval '1 hour';
    end if;
    return _at;
end $$;
grant execute on function app.day_start to maitre_tenant, maitre_platform;

-- What is used of the allowances of the current day ('messages') and month ('conversations').
--
-- One row to count on would make every answer of a merchant's bot wait for the commit of the one before. So what is left is dealt out to eight slots, and
-- who uses some takes it from a slot that nobody else holds. The sum of all ceilings never passes the next mark (80 % or 100 % of the limit), so no use
-- from a slot can cross one, whatever the others do; only when no slot has enough, all are locked, added up and dealt out anew. Far from a mark that is
-- rare; at the last messages of a day it is each time, which makes the limit exact: the lock there is the count.
--
-- A period ends at an instant that was computed once, in the zone of that moment: a merchant that changes its zone gets its next day at the end of this
-- one, and not a new day for each change.
create table app.allowance_slots (
    merchant_id uuid not null,
    allowance text not null check (allowance in ('messages', 'conversations')),
    slot smallint not null check (slot between 0 and 7),
    used integer not null,
    ceiling integer not null,       -- what `used` may become without a look at the other slots
    of_limit integer not null,      -- the limit that was dealt out: another one by now asks for a new deal
    warned smallint not null,       -- the highest mark that was told in this period
    ends_at timestamptz not null,   -- of the period
    constraint allowance_slots_pkey primary key (merchant_id, allowance, slot)
) with (fillfactor = 25, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
select app.protect('app.allowance_slots', 'select, insert, update', true);

-- A UUIDv7 of now, for rows that functions make. With the microseconds in it (RFC 9562, 6.2, method 3): what one transaction tells stays in order.
create function app.uuid_v7() returns uuid language sql volatile parallel safe
    return (
        select encode(overlay(uuid_send(gen_random_uuid())
            placing int8send((clock.us / 1000 << 16) | 28672 | (clock.us % 1000 * 4096 / 1000)) from 1 for 8), 'hex')::uuid
        from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint us) clock);
grant execute on function app.uuid_v7 to maitre_tenant;

-- Uses _number of an allowance in the transaction of what it is used for; whether it fits. What does not fit fails with MT011 and is not used, unless it is
-- _forced: a conversation is counted however many there were. _number 0 only deals out anew. Call it late: what it locks is held until the commit.
create function app.use_allowance(_allowance text, _number integer, _forced boolean default false) returns boolean language plpgsql as $$
declare
    _merchant uuid := app.required_merchant();
    _now timestamptz := clock_timestamp();
    _limit integer;
    _zone text;
    _used integer;
    _warned integer;
    _level integer;
    _ends_at timestamptz;
    _today date;
    _fits boolean;
    _room integer;
    _mark integer;
begin
    select case _allowance when 'messages' then m.daily_limit else m.monthly_limit end, m.time_zone into strict _limit, _zone
    from platform.merchants m where m.id = _merchant;
    if _number > 0 then
        -- A block of its own, so that it can let go: a slot that had enough and was emptied at this moment is locked, although it is not taken.
        begin
            update app.allowance_slots s set used = s.used + _number
            where s.merchant_id = _merchant and s.allowance = _allowance and s.slot = (
                select f.slot from app.allowance_slots f
                where f.merchant_id = _merchant and f.allowance = _allowance and f.used + _number <= f.ceiling and f.of_limit = _limit
                    and f.ends_at > _now
                order by f.slot limit 1 for update skip locked);
            if found then
                return true;
            end if;
            -- All that have enough are held: to wait for one of them, each its own, is shorter than to wait for all.
            update app.allowance_slots s set used = s.used + _number
            where s.merchant_id = _merchant and s.allowance = _allowance and s.used + _number <= s.ceiling and s.of_limit = _limit and s.ends_at > _now
                and s.slot = (
                    select f.slot from app.allowance_slots f
                    where f.merchant_id = _merchant and f.allowance = _allowance and f.used + _number <= f.ceiling and f.of_limit = _limit
                        and f.ends_at > _now
                    order by (f.slot + pg_backend_pid()) % 8 limit 1);
            if found then
                return true;
            end if;
            raise exception 'no slot has enough' using errcode = 'MT010';
        exception when sqlstate 'MT010' then
            null;
        end;
    end if;
    -- Always in the same order, and nobody who waits here holds one of them.
    perform from app.allowance_slots s where s.merchant_id = _merchant and s.allowance = _allowance order by s.slot for update;
    if not found then
        insert into app.allowance_slots (merchant_id, allowance, slot, used, ceiling, of_limit, warned, ends_at)
        select _merchant, _allowance, n, 0, 0, 0, 0, '-infinity' from generate_series(0, 7) n on conflict do nothing;
        perform from app.allowance_slots s where s.merchant_id = _merchant and s.allowance = _allowance order by s.slot for update;
    end if;
    select sum(s.used), max(s.warned), max(s.ends_at) into _used, _warned, _ends_at
    from app.allowance_slots s where s.merchant_id = _merchant and s.allowance = _allowance;
    -- It may have waited, and whoever it waited for may have set another limit.
    _now := clock_timestamp();
    select case _allowance when 'messages' then m.daily_limit else m.monthly_limit end, m.time_zone into strict _limit, _zone
    from platform.merchants m where m.id = _merchant;
    if _ends_at <= _now then
        _today := (_now at time zone _zone)::date;
        _used := 0;
        _warned := 0;
        if _allowance = 'messages' then
            _ends_at := app.day_start(_today + 1, _zone);
        else
            _ends_at := app.day_start((date_trunc('month', _today::timestamp) + interval '1 month')::date, _zone);
            -- Those of this month that were counted before there were slots, or under another zone; what this transaction counts is not among them.
            select coalesce((select sum(d.number) from app.usage_days d
                    where d.merchant_id = _merchant and d.metric = 'conversation_opened' and d.day >= date_trunc('month', _today::timestamp)::date), 0)
                + (select count(*) from app.usage_events e
                    where e.merchant_id = _merchant and not e.rolled_up and e.metric = 'conversation_opened'
                        and e.day >= date_trunc('month', _today::timestamp)::date and e.created_at < now())
            into _used;
        end if;
    end if;
    _fits := _used + _number <= _limit;
    if not _fits and not _forced and _number > 0 then
        raise exception 'the allowance of messages is used up' using errcode = 'MT011';
    end if;
    _used := _used + _number;
    _level := case when _used >= _limit then 100 when _used::bigint * 100 >= _limit::bigint * 80 then 80 else 0 end;
    -- A limit that was raised takes the mark back, so that it is told again when it is reached again.
    foreach _mark in array array[80, 100] loop
        if _warned < _mark and _mark <= _level then
            insert into app.events (merchant_id, id, type, data)
            values (_merchant, app.uuid_v7(), case _mark when 100 then 'allowance_exhausted' else 'allowance_warning' end,
                jsonb_build_object('allowance', case _allowance when 'messages' then 'dailyLimit' else 'monthlyLimit' end, 'threshold', _mark,
                    'limit', _limit, 'used', _used,
                    'resetsAt', to_char(_ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
        end if;
    end loop;
    -- To one below the next mark, so that whoever reaches it comes by here.
    _room := greatest(0, case _level when 0 then ((_limit::bigint * 80 + 99) / 100)::integer else _limit end - 1 - _used);
    update app.allowance_slots s set
        used = case s.slot when 0 then _used else 0 end,
        ceiling = case s.slot when 0 then _used + _room - _room / 8 * 7 else _room / 8 end,
        of_limit = _limit, warned = _level, ends_at = _ends_at
    where s.merchant_id = _merchant and s.allowance = _allowance;
    return _fits;
end $$;
grant execute on function app.use_allowance to maitre_tenant;

-- Counts a conversation that opens. Whether it is beyond the month's allowance was decided before, for the bot's answer depends on it; MT012 when that is
-- not so (any more), for the caller to decide again.
create function app.open_conversation(_over boolean) returns boolean language plpgsql as $$
begin
    if app.use_allowance('conversations', 1, true) = _over then
        raise exception 'the allowance of conversations is not what it was' using errcode = 'MT012';
    end if;
    return true;
end $$;
grant execute on function app.open_conversation to maitre_tenant;

-- What a bot said in its current minute, which begins with its first message after the one before.
create table app.bot_minutes (
    merchant_id uuid not null,
    bot_id uuid not null,
    used integer not null,
    ends_at timestamptz not null,
    constraint bot_minutes_pkey primary key (merchant_id, bot_id),
    constraint bot_minutes_bot_fkey foreign key (merchant_id, bot_id) references app.bots (merchant_id, id) on delete cascade
) with (fillfactor = 25);
select app.protect('app.bot_minutes', 'select, insert, update');

-- Takes one message of the bot's minute; how long to wait when there is none left, null when it was taken.
create function app.take_minute(_bot uuid) returns interval language plpgsql as $$
declare
    _merchant uuid := app.required_merchant();
    _now timestamptz := clock_timestamp();
    _limit integer;
    _ends_at timestamptz;
begin
    select m.per_minute into strict _limit from platform.merchants m where m.id = _merchant;
    insert into app.bot_minutes as b (merchant_id, bot_id, used, ends_at) values (_merchant, _bot, 1, _now + interval '1 minute')
    on conflict on constraint bot_minutes_pkey do update set
        used = case when b.ends_at <= _now then 1 else b.used + 1 end,
        ends_at = case when b.ends_at <= _now then _now + interval '1 minute' else b.ends_at end
    where b.ends_at <= _now or b.used < _limit;
    if found then
        return null;
    end if;
    select b.ends_at into _ends_at from app.bot_minutes b where b.merchant_id = _merchant and b.bot_id = _bot;
    return greatest(_ends_at - clock_timestamp(), interval '20 milliseconds');
end $$;
grant execute on function app.take_minute to maitre_tenant;

-- Charges a message that a key sends: MT011 when the day's messages are used up, MT012 in a conversation beyond the month's, MT013 when the minute is full.
create function app.charge_api_message(_conversation uuid) returns void language plpgsql as $$
declare
    _merchant uuid := app.required_merchant();
    _over boolean;
    _bot uuid;
begin
    select c.over_allowance, ch.bot_id into _over, _bot
    from app.conversations c join app.channels ch on ch.merchant_id = c.merchant_id and ch.id = c.channel_id
    where c.merchant_id = _merchant and c.id = _conversation;
    if not found then
        return; -- nothing was stored
    end if;
    if _over and (
        select coalesce(sum(s.used), 0) > (select m.monthly_limit from platform.merchants m where m.id = _merchant)
        from app.allowance_slots s where s.merchant_id = _merchant and s.allowance = 'conversations' and s.ends_at > clock_timestamp()) then
        raise exception 'the allowance of conversations is used up' using errcode = 'MT012';
    end if;
    perform app.use_allowance('messages', 1);
    if app.take_minute(_bot) is not null then
        raise exception 'the minute of the bot is full' using errcode = 'MT013';
    end if;
end $$;
grant execute on function app.charge_api_message to maitre_tenant;

alter function app.use_allowance(text, integer, boolean) set plan_cache_mode = force_generic_plan;
alter function app.take_minute(uuid) set plan_cache_mode = force_generic_plan;
alter function app.charge_api_message(uuid) set plan_cache_mode = force_generic_plan;

-- As in migration 0010, with the bot's minute: what the bot says beyond it waits, and is not lost. `decision` is one of
--   send         marked `sending`; call the provider with what the row says, then record the answer
--   wait         not yet: wait_for says how long (pace of the number, the pair or the bot, a stopped channel, an unconfirmed predecessor)
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
    -- Last, for what is taken of the minute stays taken. What a key sends was charged when it was accepted, people have no such limit.
    if _m.sender = 'bot' then
        wait_for := app.take_minute(_ch.bot_id);
        if wait_for is not null then
            decision := 'wait';
            wait_for := least(wait_for, interval '15 seconds');
            return next;
            return;
        end if;
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
alter function app.begin_sending(uuid, interval, integer) set plan_cache_mode = force_generic_plan;
