-- The last 25 messages of a conversation, as `maitre serve` reads them: its statements in one pipeline, which is one transaction and one round trip.
\set m random(0, :merchants - 1)
\set merchant 1000000 + :m
\set conversation 1000000 + random(0, :conversations - 1) * 10000 + :m
\startpipeline
select set_config('app.merchant_id', '01900000-0000-7000-8000-00001' || :merchant, true);
select from app.conversations
where merchant_id = ('01900000-0000-7000-8000-00001' || :merchant)::uuid and id = ('01900000-0000-7000-8000-00002' || :conversation)::uuid;
select m.id, m.conversation_id, m.sequence, m.direction, m.sender, m.sender_id, m.contact_id, m.type, m.content, m.status,
    m.provider_message_id, m.quoted_provider_message_id, m.extra, m.reactions, m.error_code, m.error_detail,
    m.created_at, m.provider_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.edited_at, m.deleted_at
from app.messages m
where m.merchant_id = ('01900000-0000-7000-8000-00001' || :merchant)::uuid
    and m.conversation_id = ('01900000-0000-7000-8000-00002' || :conversation)::uuid and m.sequence < :before
order by m.sequence desc limit 26;
\endpipeline
