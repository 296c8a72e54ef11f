-- What was appended is added up, as the workers do it.
\startpipeline
select set_config('app.merchant_id', '01900000-0000-7000-8000-00001' || :merchant, true);
select app.roll_up_usage(2000), app.roll_up_usage(2000), app.roll_up_usage(2000), app.roll_up_usage(2000);
\endpipeline
