-- A message is counted as Maitre does it: a row of its own, with the message's id, which the program has made.
\set number random(1000000000000000000, 9000000000000000000)
\startpipeline
select set_config('app.merchant_id', '01900000-0000-7000-8000-00001' || :merchant, true);
insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day)
select m.id, (:moment || :number::text)::uuid, 'message_outbound', 'bot', m.id, (now() at time zone m.time_zone)::date
from platform.merchants m where m.id = ('01900000-0000-7000-8000-00001' || :merchant)::uuid;
\endpipeline
