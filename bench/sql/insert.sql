-- One row of the inbox for each transaction: what a durable store of webhooks cannot do without.
\set m random(0, :merchants - 1)
\set merchant 1000000 + :m
insert into inbox.updates (event_day, id, provider, merchant_id, channel_id, kind, payload)
values (current_date, gen_random_uuid(), 'meta', ('01900000-0000-7000-8000-00001' || :merchant)::uuid,
    ('01900000-0000-7000-8000-00003' || :merchant)::uuid, 'message', convert_to(:payload, 'UTF8'))
on conflict on constraint updates_pkey do nothing;
