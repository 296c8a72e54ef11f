-- A message is counted on the one row of its merchant and day.
\startpipeline
select set_config('app.merchant_id', '01900000-0000-7000-8000-00001' || :merchant, true);
insert into app.bench_counters as c (merchant_id, day, used)
select m.id, (now() at time zone m.time_zone)::date, 1
from platform.merchants m where m.id = ('01900000-0000-7000-8000-00001' || :merchant)::uuid
on conflict on constraint bench_counters_pkey do update set used = c.used + 1;
\endpipeline
