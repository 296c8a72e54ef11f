-- Sixty days of usage for every merchant of directory.sql, and the row that the single counters count on.

set session_replication_role = replica;

insert into app.usage_days (merchant_id, metric, day, sender, number, first_at, last_at)
select m.id, metric, (now() at time zone m.time_zone)::date - back, 'contact', 10, now() - back * interval '1 day', now() - back * interval '1 day'
from platform.merchants m cross join generate_series(1, 60) back
cross join unnest(array['message_inbound', 'message_outbound', 'conversation_opened']) metric;

insert into app.usage_activity (merchant_id, first_at, last_at, last_conversation_at)
select m.id, now() - interval '60 days', now() - interval '1 day', now() - interval '1 day' from platform.merchants m;

-- What was not added up yet when the page is read.
insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day)
select m.id, app.uuid_v7(), 'conversation_opened', 'contact', m.id, (now() at time zone m.time_zone)::date
from platform.merchants m cross join generate_series(1, 3);

insert into app.allowance_slots (merchant_id, allowance, slot, used, ceiling, of_limit, warned, ends_at)
select m.id, allowance, slot, 3, 3, m.daily_limit, 0, now() + interval '3 hours'
from platform.merchants m cross join unnest(array['messages', 'conversations']) allowance cross join generate_series(0, 7) slot;

create table app.bench_counters (
    merchant_id uuid not null, day date not null, used bigint not null, constraint bench_counters_pkey primary key (merchant_id, day)
) with (fillfactor = 10);
select app.protect('app.bench_counters');

vacuum (analyze) app.usage_days, app.usage_activity, app.usage_events, app.allowance_slots, platform.merchants;
