-- A worker whose jobs have no effects: leases the heads of lanes, then ends them; two round trips and two commits, as a worker does it.
select coalesce(array_agg(merchant_id), '{}') merchants, coalesce(array_agg(key), '{}') keys, coalesce(array_agg(id), '{}') ids,
    coalesce(array_agg(lease), '{}') leases
from queue.claim('bench', :batch, interval '30 seconds') \gset
select queue.complete_many('bench', :merchants::uuid[], :keys::text[], :ids::bigint[], :leases::bigint[]);
