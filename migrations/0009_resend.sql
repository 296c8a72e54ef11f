-- Messages that are sent again by hand, one order of statuses for whoever asks, and a fence for what a job does before its end.

-- What an outbound message can be, in the order in which news moves it: never back (B6). `failed` stands above `sent` and below `delivered`: it ends a
-- message on its way and never undoes what reached the customer, so every order of the same news ends the same.
create or replace function app.status_rank(_status text) returns smallint language sql immutable parallel safe
    return case _status
        when 'queued' then 0 when 'sending' then 1 when 'unconfirmed' then 2 when 'sent' then 3 when 'failed' then 4
        when 'delivered' then 5 when 'read' then 6 when 'played' then 7 else 9 end::smallint;

-- Ties a failed message to the one that is sent in its place. Raises, so that the segment which stores that one fails with it, when the message has not
-- failed or has one already: two people who press the same button send once.
create function app.note_resend(_message uuid, _other uuid) returns void language plpgsql as $$
begin
    update app.messages m set extra = coalesce(m.extra, '{}') || jsonb_build_object('resentAs', _other)
    where m.merchant_id = app.required_merchant() and m.id = _message and m.direction = 'outbound' and m.status = 'failed'
        and not coalesce(m.extra ? 'resentAs', false);
    if not found then
        raise exception 'this message cannot be sent again' using errcode = 'MT003';
    end if;
end $$;
grant execute on function app.note_resend to maitre_tenant;

-- Raises when the lease of this job was lost, and keeps it from being lost before the transaction ends. For a change that is not the job's last: a worker
-- that slept past its lease must not undo what the next one has begun.
create function queue.hold(_queue text, _merchant uuid, _key text, _lease bigint) returns void language plpgsql as $$
begin
    perform from queue.lanes l where l.queue = _queue and l.merchant_id = _merchant and l.key = _key and l.lease = _lease for update;
    if not found then
        raise exception 'the lease of this job was lost' using errcode = 'MT001';
    end if;
end $$;
create function queue.tenant_hold(_queue text, _key text, _lease bigint)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform queue.hold(_queue, app.required_merchant(), _key, _lease);
end $$;
grant execute on function queue.hold to maitre_platform;
grant execute on function queue.tenant_hold to maitre_tenant;

-- Has the lanes of the merchant in this queue that wait for a better moment looked at now: it has come, such as for a channel that may send again. Lanes
-- whose job failed keep their pause. Locked in the order of queue.enqueue.
create function queue.hurry(_queue text, _merchant uuid) returns void language plpgsql as $$
begin
    update queue.lanes l set ready_at = clock_timestamp()
    where l.lane_id = any(array(
        select o.lane_id from queue.lanes o
        where o.queue = _queue and o.merchant_id = _merchant and o.pending > 0 and o.lease is null and o.attempt = 0
            and o.ready_at > clock_timestamp()
        order by o.key limit 10000 for update));
    if found then
        update queue.schedule s set ready_at = clock_timestamp(), misses = 0, capped = false where s.queue = _queue and s.merchant_id = _merchant;
    end if;
end $$;
create function queue.tenant_hurry(_queue text)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform queue.hurry(_queue, app.required_merchant());
end $$;
grant execute on function queue.hurry to maitre_platform;
grant execute on function queue.tenant_hurry to maitre_tenant;

-- A channel that was refused leaves no app behind.
grant delete on platform.meta_apps to maitre_platform;
