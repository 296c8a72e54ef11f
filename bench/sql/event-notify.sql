-- The same, and every transaction says so itself: what Maitre does not do.
\set number random(1000000000000000000, 9000000000000000000)
\set merchant random(1000000, :last)
\startpipeline
select set_config('app.merchant_id', '01900000-0000-7000-8000-00001' || :merchant, true);
insert into app.events (merchant_id, id, type, data)
values (('01900000-0000-7000-8000-00001' || :merchant)::uuid, (:moment || :number::text)::uuid, 'conversation_updated',
    '{"conversationId": "01900000-0000-7000-8000-000021000000", "mode": "paused", "version": 12}');
select pg_notify('maitre_jobs', '@events');
\endpipeline
