-- Bots, channels, contacts, conversations, messages. Every table here is a tenant's.

create table app.bots (
    merchant_id uuid not null references platform.merchants (id),
    id uuid not null,
    name text not null check (length(name) between 1 and 80),
    greeting text check (length(greeting) between 1 and 1024), -- null: the built-in one in the customer's language
    menu text check (length(menu) between 1 and 4096),
    opening_hours text check (length(opening_hours) between 1 and 1024),
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint bots_pkey primary key (merchant_id, id)
);
select app.protect('app.bots');

create table app.channels (
    merchant_id uuid not null,
    id uuid not null,
    bot_id uuid not null,
    provider text not null check (provider in ('meta', 'whapi', 'twilio')),
    provider_number_id text not null check (length(provider_number_id) between 1 and 64), -- Meta: phone_number_id
    waba_id text check (length(waba_id) between 1 and 64),
    display_number text not null check (display_number ~ '^\+[1-9][0-9]{6,14}$'),
    meta_app_id uuid references platform.meta_apps (id),
    access_token_sealed bytea,      -- sealed with the merchant's data key; never returned (A10)
    verify_token_sealed bytea,
    verify_token_hash bytea check (length(verify_token_hash) = 32),
    status text not null default 'active' check (status in ('active', 'stopped')),
    stopped_reason text check (length(stopped_reason) <= 500),
    stopped_at timestamptz,
    paced_until timestamptz not null default '-infinity', -- theoretical arrival time of the number's pace (GCRA)
    messages_per_second integer not null default 80 check (messages_per_second between 1 and 1000),
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint channels_pkey primary key (merchant_id, id),
    constraint channels_bot_fkey foreign key (merchant_id, bot_id) references app.bots (merchant_id, id),
    constraint channels_number_key unique (merchant_id, provider, provider_number_id),
    constraint channels_meta_app check (provider <> 'meta' or meta_app_id is not null)
) with (fillfactor = 50);
create index channels_bot on app.channels (merchant_id, bot_id);
select app.protect('app.channels', 'select, insert, update'); -- a channel is stopped, not deleted: its route and its conversations need it

-- Routing follows the channel in the same transaction. A definer function, since the tenant role may not see where other merchants' numbers lead; a
-- number that routes elsewhere is refused by the primary key, without naming its owner.
create function app.route_channel() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if new.merchant_id <> app.required_merchant() then
        raise exception 'a channel of another merchant' using errcode = 'MT002';
    end if;
    insert into platform.channel_routes as r (provider, provider_number_id, merchant_id, channel_id, meta_app_id, verify_token_hash)
    values (new.provider, new.provider_number_id, new.merchant_id, new.id, new.meta_app_id, new.verify_token_hash)
    on conflict (channel_id) do update set
        provider_number_id = excluded.provider_number_id, meta_app_id = excluded.meta_app_id,
        verify_token_hash = excluded.verify_token_hash, updated_at = clock_timestamp()
    where r.merchant_id = excluded.merchant_id;
    if not found then
        raise exception 'a channel id of another merchant' using errcode = 'MT002';
    end if;
    return new;
end $$;
create trigger route_channel after insert or update of provider_number_id, meta_app_id, verify_token_hash on app.channels
    for each row execute function app.route_channel();

create table app.contacts (
    merchant_id uuid not null,
    id uuid not null,
    phone text check (phone ~ '^\+[1-9][0-9]{6,14}$'), -- E.164; null for a contact known by its user id only (B13)
    wa_id text check (length(wa_id) between 1 and 64),
    user_id text check (length(user_id) between 1 and 160), -- business-scoped user id
    name text check (length(name) <= 300),
    username text check (length(username) <= 300),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint contacts_pkey primary key (merchant_id, id),
    constraint contacts_wa_id_key unique (merchant_id, wa_id),
    constraint contacts_user_id_key unique (merchant_id, user_id),
    constraint contacts_known check (wa_id is not null or user_id is not null)
);
select app.protect('app.contacts');

create table app.conversations (
    merchant_id uuid not null,
    id uuid not null,
    channel_id uuid not null,
    contact_id uuid,                -- null for a group
    group_id text check (length(group_id) between 1 and 128),
    mode text not null default 'bot' check (mode in ('bot', 'agent', 'paused', 'closed')),
    assignee_id uuid,               -- a person; memberships are checked by the service
    last_sequence bigint not null default 0,
    unread_count integer not null default 0 check (unread_count >= 0),
    last_message_at timestamptz,
    last_message_preview text check (length(last_message_preview) <= 200),
    last_message_direction text check (last_message_direction in ('inbound', 'outbound')),
    last_inbound_at timestamptz,    -- opens the 24-hour service window (C7)
    last_inbound_provider_id text,  -- what a read receipt names
    counted_at timestamptz,         -- when the conversation that usage counts now opened (api.md 2)
    greeted_at timestamptz,         -- when the bot last greeted
    locale text check (length(locale) <= 10), -- the customer's language as far as the bot could tell
    pair_until timestamptz not null default '-infinity', -- theoretical arrival time of the pair limit (GCRA)
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint conversations_pkey primary key (merchant_id, id),
    constraint conversations_channel_fkey foreign key (merchant_id, channel_id) references app.channels (merchant_id, id),
    constraint conversations_contact_fkey foreign key (merchant_id, contact_id) references app.contacts (merchant_id, id),
    constraint conversations_contact_key unique (merchant_id, channel_id, contact_id), -- exactly one, ever
    constraint conversations_group_key unique (merchant_id, channel_id, group_id),
    constraint conversations_with check ((contact_id is null) <> (group_id is null))
) with (fillfactor = 70);
create index conversations_recent on app.conversations (merchant_id, last_message_at desc, id desc);
create index conversations_contact on app.conversations (merchant_id, contact_id);
select app.protect('app.conversations');

-- Partitioned by month through the UUIDv7 id, so that the primary key stays (merchant_id, id).
create table app.messages (
    merchant_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    channel_id uuid not null,
    sequence bigint not null,       -- per conversation, from conversations.last_sequence under its row lock
    direction text not null check (direction in ('inbound', 'outbound')),
    sender text not null check (sender in ('contact', 'bot', 'agent', 'system', 'phone')), -- phone: sent from the restaurant's own handset
    sender_id uuid,                 -- the person of an agent's message
    contact_id uuid,                -- who wrote it, in a group
    type text not null check (length(type) between 1 and 40),
    content jsonb not null,         -- the member named as the type in the API
    status text not null check (status in
        ('received', 'queued', 'sending', 'unconfirmed', 'sent', 'delivered', 'read', 'played', 'failed', 'cancelled')),
    provider_message_id text check (length(provider_message_id) <= 300),
    quoted_provider_message_id text check (length(quoted_provider_message_id) <= 300),
    extra jsonb,                    -- referral, forwarded, pricing: kept as the provider said it
    reactions jsonb,                -- {"<who>": "👍"}
    error_code text check (length(error_code) <= 60),
    error_detail text check (length(error_detail) <= 1000),
    created_at timestamptz not null default now(),
    provider_at timestamptz,        -- the provider's own time; shown, never sorted by
    sending_at timestamptz,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    failed_at timestamptz,
    edited_at timestamptz,
    deleted_at timestamptz,
    constraint messages_pkey primary key (merchant_id, id),
    constraint messages_conversation_fkey foreign key (merchant_id, conversation_id) references app.conversations (merchant_id, id)
) partition by range (id);
create index messages_conversation on app.messages (merchant_id, conversation_id, sequence desc);
select app.protect('app.messages');

-- Finds a message by the provider's id without scanning partitions, and refuses the same inbound message twice (B8). Kept for 30 days.
create table app.message_references (
    merchant_id uuid not null,
    channel_id uuid not null,
    provider_message_id text not null check (length(provider_message_id) <= 300),
    message_id uuid not null,
    conversation_id uuid not null,
    created_at timestamptz not null default now(),
    constraint message_references_pkey primary key (merchant_id, channel_id, provider_message_id)
);
create index message_references_age on app.message_references (merchant_id, created_at);
select app.protect('app.message_references');

-- A late status never moves a message backwards (B6): ranks of what an outbound message can be.
create function app.status_rank(_status text) returns smallint language sql immutable parallel safe
    return case _status
        when 'queued' then 0 when 'sending' then 1 when 'unconfirmed' then 1 when 'sent' then 2
        when 'delivered' then 3 when 'read' then 4 when 'played' then 5 else 9 end::smallint;
grant execute on function app.status_rank to maitre_tenant;

-- What a request with an Idempotency-Key answered, in the transaction of its effect (api.md 4, rule 7).
create table app.idempotency_keys (
    merchant_id uuid not null,
    operation text not null check (length(operation) <= 200), -- method and path
    key text not null check (length(key) between 1 and 255),
    fingerprint bytea not null check (length(fingerprint) = 32), -- SHA-256 of the body
    status smallint not null,
    location text,
    body bytea not null,
    created_at timestamptz not null default now(),
    constraint idempotency_keys_pkey primary key (merchant_id, operation, key)
);
create index idempotency_keys_age on app.idempotency_keys (merchant_id, created_at);
select app.protect('app.idempotency_keys');
