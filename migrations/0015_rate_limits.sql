-- Requests of one credential, restaurant or address in one window, of all nodes. Unlogged: after a crash of the server the running minute begins anew, and
-- no request waits for the disk. The key is a hash of kind and id, so that nobody's address stands here.
create unlogged table platform.rate_counts (
    key bytea not null check (length(key) = 32),
    window_start timestamptz not null,
    count bigint not null,
    primary key (key, window_start)
) with (fillfactor = 70);
create index rate_counts_window on platform.rate_counts (window_start);
grant select, insert, update, delete on platform.rate_counts to maitre_platform;

-- Adds what one node counted in a window, and returns what all nodes counted in it. Rows are locked in one order. The database's time comes with each row:
-- it is what windows go by.
create function platform.count_requests(_window timestamptz, _keys bytea[], _counts bigint[])
returns table (key bytea, count bigint, at timestamptz) language sql as $$
    insert into platform.rate_counts as r (key, window_start, count)
    select u.k, _window, u.c from unnest(_keys, _counts) u(k, c) order by u.k
    on conflict (key, window_start) do update set count = r.count + excluded.count
    returning r.key, r.count, clock_timestamp()
$$;
grant execute on function platform.count_requests(timestamptz, bytea[], bigint[]) to maitre_platform;
