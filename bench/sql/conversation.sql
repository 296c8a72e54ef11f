-- One conversation with its contact, as `maitre serve` reads it, in one pipeline.
\set m random(0, :merchants - 1)
\set merchant 1000000 + :m
\set conversation 1000000 + random(0, :conversations - 1) * 10000 + :m
\startpipeline
select set_config('app.merchant_id', '01900000-0000-7000-8000-00001' || :merchant, true);
select c.id, c.channel_id, c.contact_id, k.name, k.phone, k.user_id, c.group_id, c.mode, c.assignee_id, c.last_sequence, c.unread_count,
    c.last_message_at, c.last_message_preview, c.last_message_direction, c.last_inbound_at, c.locale, c.version, c.created_at, c.updated_at
from app.conversations c left join app.contacts k on k.merchant_id = c.merchant_id and k.id = c.contact_id
where c.merchant_id = ('01900000-0000-7000-8000-00001' || :merchant)::uuid and c.id = ('01900000-0000-7000-8000-00002' || :conversation)::uuid;
\endpipeline
