-- A message is charged to its merchant's allowance as Maitre does it.
\startpipeline
select set_config('app.merchant_id', '01900000-0000-7000-8000-00001' || :merchant, true);
select app.use_allowance('messages', 1);
\endpipeline
