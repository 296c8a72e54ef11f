-- Fills the queue `bench` anew. Variables: merchants, lanes (of a merchant), jobs (of a lane); stuck: jobs behind two lanes that are leased and never
-- finish; capped: lanes of one more merchant that has as many leased as it may. Jobs go in as they do in earnest, through queue.enqueue.

truncate queue.lanes, queue.jobs, queue.jobs_done, queue.schedule;
delete from queue.queues where queue = 'bench';
insert into queue.queues (queue) values ('bench');

select set_config('bench.stuck', :'stuck', false), set_config('bench.capped', :'capped', false), set_config('bench.merchants', :'merchants', false),
    set_config('bench.lanes', :'lanes', false), set_config('bench.jobs', :'jobs', false);

do $$
declare
    _stuck integer := current_setting('bench.stuck');
    _capped integer := current_setting('bench.capped');
    _merchants integer := current_setting('bench.merchants');
    _lanes integer := current_setting('bench.lanes');
    _jobs integer := current_setting('bench.jobs');
    _special uuid := '01900000-0000-7000-8000-000019000000';
begin
    if _stuck > 0 then
        perform queue.enqueue('bench', array_agg(_special), array_agg('stuck ' || n % 2), array_agg('none'::text), array_agg('{}'::jsonb))
        from generate_series(1, _stuck) n;
        perform from queue.claim('bench', 2, interval '1 day');
    end if;
    if _capped > 0 then
        perform queue.enqueue('bench', array_agg(_special), array_agg('capped ' || n), array_agg('none'::text), array_agg('{}'::jsonb))
        from generate_series(1, _capped) n;
        perform from queue.claim('bench', 1000, interval '1 day');
    end if;
    for _job in 1 .. _jobs loop
        for _lane in 1 .. _lanes loop
            perform queue.enqueue('bench', array_agg(m), array_agg('lane ' || _lane), array_agg('none'::text), array_agg('{}'::jsonb))
            from (select ('01900000-0000-7000-8000-00001' || 1000000 + n)::uuid m from generate_series(0, _merchants - 1) n) merchant;
        end loop;
    end loop;
end $$;

vacuum (analyze) queue.lanes, queue.jobs, queue.jobs_done, queue.schedule;
checkpoint;
