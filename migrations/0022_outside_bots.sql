-- Bots that run elsewhere (B12): a channel whose provider is the bot itself. It tells what happens by POST /webhooks/bot, signed with a secret of the channel.

alter table app.channels drop constraint channels_provider_check,
    add constraint channels_provider_check check (provider in ('meta', 'whapi', 'twilio', 'outside')),
    add column told_at timestamptz; -- of an outside bot: when it said what `status` is
alter table platform.channel_routes drop constraint channel_routes_provider_check,
    add constraint channel_routes_provider_check check (provider in ('meta', 'whapi', 'twilio', 'outside'));

-- As in migration 0005. An outside bot is found by its channel and not by its number, which nobody has checked: whoever claims one that is another
-- restaurant's must not keep that restaurant from it.
create or replace function app.route_channel() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if new.merchant_id <> app.required_merchant() then
        raise exception 'a channel of another merchant' using errcode = 'MT002';
    end if;
    insert into platform.channel_routes as r (provider, provider_number_id, merchant_id, channel_id, meta_app_id, verify_token_hash)
    values (new.provider, case new.provider when 'outside' then new.id::text else new.provider_number_id end, new.merchant_id, new.id, new.meta_app_id,
        new.verify_token_hash)
    on conflict (channel_id) do update set
        provider_number_id = excluded.provider_number_id, meta_app_id = excluded.meta_app_id,
        verify_token_hash = excluded.verify_token_hash, updated_at = clock_timestamp()
    where r.merchant_id = excluded.merchant_id;
    if not found then
        raise exception 'a channel id of another merchant' using errcode = 'MT002';
    end if;
    return new;
end $$;

-- What an outside bot signs with. Those that were replaced are good until they expire. Sealed with the restaurant's data key; the platform role reads them
-- before it is known whose webhook this is.
create table app.channel_secrets (
    merchant_id uuid not null,
    id uuid not null,
    channel_id uuid not null,
    secret_sealed bytea not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    constraint channel_secrets_pkey primary key (merchant_id, id),
    constraint channel_secrets_channel_fkey foreign key (merchant_id, channel_id) references app.channels (merchant_id, id)
);
create index channel_secrets_channel on app.channel_secrets (merchant_id, channel_id);
select app.protect('app.channel_secrets', 'select, insert, update, delete', true);

-- Events of outside bots' orders, as they came: there are no orders yet that they could become. Kept for 90 days.
create table app.outside_orders (
    merchant_id uuid not null,
    id uuid not null,
    channel_id uuid not null,
    type text not null check (type in ('order_created', 'order_status_changed')),
    event_id text not null check (length(event_id) between 1 and 200),  -- the bot's own name of the event
    order_id text not null check (length(order_id) between 1 and 200),  -- and of the order
    payload bytea not null,             -- the whole body
    happened_at timestamptz not null,
    received_at timestamptz not null default clock_timestamp(),
    constraint outside_orders_pkey primary key (merchant_id, id),
    constraint outside_orders_event_key unique (merchant_id, channel_id, event_id),
    constraint outside_orders_channel_fkey foreign key (merchant_id, channel_id) references app.channels (merchant_id, id)
);
create index outside_orders_age on app.outside_orders (merchant_id, received_at);
select app.protect('app.outside_orders');

-- Signatures that were good once: the same request again is refused, on whatever node it arrives. Kept for longer than any node would take their time for
-- now. Of one restaurant, whatever channel: two channels may have been given the same secret.
create table inbox.spent_signatures (
    merchant_id uuid not null,
    signature bytea not null check (length(signature) = 32),
    expires_at timestamptz not null default clock_timestamp() + interval '1 hour',
    constraint spent_signatures_pkey primary key (merchant_id, signature)
);
create index spent_signatures_expiry on inbox.spent_signatures (expires_at);
grant select, insert, delete on inbox.spent_signatures to maitre_platform;

-- Stores one update and spends its signature, together: what is not stored may be sent again as it is. 1: stored and enqueued; 0: known already, by a request
-- with another signature; -1: the signature is spent. Two at once wait for each other at the primary key.
create function inbox.store_signed(
    _signature bytea, _day date, _id uuid, _provider text, _merchant uuid, _channel uuid, _kind text, _payload bytea, _key text)
returns integer language plpgsql as $$
begin
    insert into inbox.spent_signatures (merchant_id, signature) values (_merchant, _signature) on conflict do nothing;
    if not found then
        return -1;
    end if;
    return inbox.store(array[_day], array[_id], array[_provider], array[_merchant], array[_channel], array[_kind], array[_payload], array[_key]);
end $$;
revoke all on function inbox.store_signed from public;
grant execute on function inbox.store_signed to maitre_platform;
