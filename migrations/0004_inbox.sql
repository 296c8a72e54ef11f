-- Raw webhooks. Not a tenant's yet: one POST may carry several merchants, and a number may be nobody's.

-- Every update of every provider, as it came, once. The day is the payload's own, the same in every redelivery, so that the primary key
-- deduplicates across midnight (postgres.md 3).
create table inbox.updates (
    event_day date not null,
    id uuid not null,               -- first half of SHA-256 of provider, channel and the provider's own key of the update
    provider text not null,
    merchant_id uuid not null,
    channel_id uuid not null,
    kind text not null,             -- message, status, echo, …: what the worker will read the payload as
    payload bytea not null,         -- bytes and not text: nothing a provider sends can be refused by an encoding
    received_at timestamptz not null default clock_timestamp(),
    constraint updates_pkey primary key (event_day, id)
) partition by range (event_day);

-- Where a day without a partition goes: a payload with a bogus time must not fail its neighbours.
create table inbox.updates_undated partition of inbox.updates for values from ('1970-01-01') to ('1970-01-02');

-- Verified updates of numbers that no channel has, and bodies that could not be read: kept for the platform admin (B11).
create table inbox.quarantine (
    id uuid primary key,
    provider text not null,
    provider_number_id text check (length(provider_number_id) <= 64),
    reason text not null check (reason in ('unknown_number', 'other_app', 'no_number', 'unreadable')),
    dedupe_id uuid not null constraint quarantine_dedupe_key unique,
    payload bytea not null,
    received_at timestamptz not null default clock_timestamp()
);
create index quarantine_received on inbox.quarantine (id desc, provider_number_id);

grant select, insert, delete on inbox.updates, inbox.quarantine to maitre_platform;

-- The day a payload is filed under: its own while there is a partition for it, else the undated one.
create function inbox.filed_day(_day date) returns date language sql stable parallel safe
    return case when _day between (now() at time zone 'UTC')::date - 9 and (now() at time zone 'UTC')::date + 2 then _day else date '1970-01-01' end;

-- Writes a micro-batch and enqueues what was new, in arrival order: one statement, one commit. The caller has removed duplicates inside the batch.
-- Returns how many were new.
create function inbox.store(
    _days date[], _ids uuid[], _providers text[], _merchants uuid[], _channels uuid[], _kinds text[], _payloads bytea[], _keys text[])
returns integer language plpgsql as $$
declare
    _new_merchants uuid[];
    _new_keys text[];
    _new_kinds text[];
    _new_args jsonb[];
begin
    with given as materialized (
        select inbox.filed_day(u.day) filed, u.*
        from unnest(_days, _ids, _providers, _merchants, _channels, _kinds, _payloads, _keys)
            with ordinality u(day, id, provider, merchant_id, channel_id, kind, payload, key, position)),
    added as (
        insert into inbox.updates (event_day, id, provider, merchant_id, channel_id, kind, payload)
        select filed, id, provider, merchant_id, channel_id, kind, payload from given order by position
        on conflict on constraint updates_pkey do nothing
        returning event_day, id)
    select array_agg(g.merchant_id order by g.position), array_agg(g.key order by g.position), array_agg(g.kind order by g.position),
        array_agg(jsonb_build_object('day', g.filed, 'id', g.id) order by g.position)
    into _new_merchants, _new_keys, _new_kinds, _new_args
    from given g join added a on a.event_day = g.filed and a.id = g.id;
    if _new_merchants is null then
        return 0;
    end if;
    perform queue.enqueue('inbound', _new_merchants, _new_keys, _new_kinds, _new_args, 1::smallint, 10::smallint);
    return cardinality(_new_merchants);
end $$;

grant execute on function inbox.filed_day, inbox.store to maitre_platform;
