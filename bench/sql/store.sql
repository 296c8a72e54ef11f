-- The same rows that Maitre's ingest writes (inbox, lane, job, schedule), through the same function, but each webhook in a transaction of its own.
\set m random(0, :merchants - 1)
\set merchant 1000000 + :m
\set contact 10000000 + random(0, :contacts - 1) * 10000 + :m
select inbox.store(array[current_date], array[gen_random_uuid()], array['meta'], array[('01900000-0000-7000-8000-00001' || :merchant)::uuid],
    array[('01900000-0000-7000-8000-00003' || :merchant)::uuid], array['message'], array[convert_to(:payload, 'UTF8')],
    array['01900000-0000-7000-8000-00003' || :merchant || ':9665' || :contact]);
