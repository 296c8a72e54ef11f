-- Contacts, conversations and messages, on top of directory.sql. Variables: merchants, conversations (of a merchant), messages (of a conversation).
-- Interleaved as they would have come in: neighbours on a page belong to different merchants, and the messages of one conversation lie on as many pages.

set session_replication_role = replica;
set synchronous_commit = off;

insert into app.contacts (merchant_id, id, phone, wa_id, name)
select ('01900000-0000-7000-8000-00001' || 1000000 + m)::uuid, ('01900000-0000-7000-8000-00006' || 1000000 + c * 10000 + m)::uuid,
    '+9665' || 10000000 + c * 10000 + m, '9665' || 10000000 + c * 10000 + m, 'Customer ' || c * 10000 + m
from generate_series(0, :conversations - 1) c, generate_series(0, :merchants - 1) m;

insert into app.conversations (merchant_id, id, channel_id, contact_id, last_sequence, unread_count, last_message_at, last_message_preview,
    last_message_direction, last_inbound_at, last_inbound_provider_id, counted_at, greeted_at, locale, version, created_at, updated_at)
select ('01900000-0000-7000-8000-00001' || 1000000 + m)::uuid, ('01900000-0000-7000-8000-00002' || 1000000 + c * 10000 + m)::uuid,
    ('01900000-0000-7000-8000-00003' || 1000000 + m)::uuid, ('01900000-0000-7000-8000-00006' || 1000000 + c * 10000 + m)::uuid, :messages, 2,
    now() - interval '1 minute' * c, 'Is there still a table for four people tonight, near the window?', 'inbound', now() - interval '1 minute' * c,
    'wamid.' || md5('last' || c || '/' || m), now() - interval '2 hours', now() - interval '10 days', 'ar', :messages,
    now() - interval '20 days', now() - interval '1 minute' * c
from generate_series(0, :conversations - 1) c, generate_series(0, :merchants - 1) m;

-- Every other message is the bot's or a person's, with its statuses; twenty days up to now, in the order of their ids.
insert into app.messages (merchant_id, id, conversation_id, channel_id, sequence, direction, sender, contact_id, type, content, status,
    provider_message_id, created_at, provider_at, sending_at, sent_at, delivered_at, read_at)
select ('01900000-0000-7000-8000-00001' || 1000000 + m)::uuid,
    (lpad(to_hex((extract(epoch from t) * 1000)::bigint), 12, '0') || '7' || substr(r, 1, 3) || '8' || substr(r, 4, 15))::uuid,
    ('01900000-0000-7000-8000-00002' || 1000000 + c * 10000 + m)::uuid, ('01900000-0000-7000-8000-00003' || 1000000 + m)::uuid, s,
    case when inbound then 'inbound' else 'outbound' end, case when inbound then 'contact' when s % 4 = 0 then 'agent' else 'bot' end,
    case when inbound then ('01900000-0000-7000-8000-00006' || 1000000 + c * 10000 + m)::uuid end, 'text',
    jsonb_build_object('body', case when inbound then 'Good evening, is there still a table for four people tonight? ' || substr(r, 1, 12)
        else 'Yes, from eight o''clock. Shall we keep one for you, and under which name? ' || substr(r, 1, 12) end),
    case when inbound then 'received' else 'read' end, 'wamid.HBgMOTY2NTAwMDAwMDAxFQIAERgS' || upper(substr(r, 9, 22)),
    t, date_trunc('second', t), case when not inbound then t end, case when not inbound then t + interval '300 ms' end,
    case when not inbound then t + interval '900 ms' end, case when not inbound then t + interval '20 s' end
from (
    select m, c, s, s % 2 = 1 inbound, md5(m || '/' || c || '/' || s) r,
        now() - interval '20 days' + interval '20 days' * (((s - 1)::float8 * :conversations + c) * :merchants + m)
            / (:messages::float8 * :conversations * :merchants) t
    from generate_series(1, :messages) s, generate_series(0, :conversations - 1) c, generate_series(0, :merchants - 1) m) drawn;

vacuum (analyze) app.contacts, app.conversations, app.messages;
vacuum (analyze) platform.merchants, platform.people, platform.memberships, platform.credentials;
checkpoint;
