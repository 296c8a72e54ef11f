-- Merchants with bot, channel and route: everything that is there before the first message. Variables: merchants, app (the Meta app's id).
-- Ids count in decimal digits below a fixed UUIDv7 prefix, so that a script can name any of them with one concatenation: …1 merchants, …2 conversations,
-- …3 channels, …4 bots, …5 people, …6 contacts.

-- The superuser is not watched by row-level security; without triggers, because the routes are written below and the keys are right by construction.
set session_replication_role = replica;

-- With allowances that no measurement uses up.
insert into platform.merchants (id, name, time_zone, locale, currency, daily_limit, monthly_limit, per_minute)
select ('01900000-0000-7000-8000-00001' || 1000000 + m)::uuid, 'Restaurant ' || m, 'Asia/Riyadh', 'ar', 'SAR', 100000000, 100000000, 60000
from generate_series(0, :merchants - 1) m;

insert into platform.people (id, email, name)
select ('01900000-0000-7000-8000-00005' || 1000000 + m)::uuid, 'person' || m || '@example.com', 'Person ' || m
from generate_series(0, :merchants - 1) m;

insert into platform.memberships (merchant_id, person_id, role)
select ('01900000-0000-7000-8000-00001' || 1000000 + m)::uuid, ('01900000-0000-7000-8000-00005' || 1000000 + m)::uuid, 'owner'
from generate_series(0, :merchants - 1) m;

insert into app.bots (merchant_id, id, name)
select ('01900000-0000-7000-8000-00001' || 1000000 + m)::uuid, ('01900000-0000-7000-8000-00004' || 1000000 + m)::uuid, 'Front desk'
from generate_series(0, :merchants - 1) m;

insert into app.channels (merchant_id, id, bot_id, provider, provider_number_id, waba_id, display_number, meta_app_id)
select ('01900000-0000-7000-8000-00001' || 1000000 + m)::uuid, ('01900000-0000-7000-8000-00003' || 1000000 + m)::uuid,
    ('01900000-0000-7000-8000-00004' || 1000000 + m)::uuid, 'meta', (100000000000000 + m)::text, (200000000000000 + m)::text,
    '+9665' || 10000000 + m, :'app'
from generate_series(0, :merchants - 1) m;

insert into platform.channel_routes (provider, provider_number_id, merchant_id, channel_id, meta_app_id)
select provider, provider_number_id, merchant_id, id, meta_app_id from app.channels
on conflict do nothing;
