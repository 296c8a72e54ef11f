-- Merchants, people, credentials and the routing of numbers. Listed one by one in the catalogue audit's allow-list.

create table platform.merchants (
    id uuid primary key,
    name text not null check (length(name) between 1 and 120),
    status text not null default 'active' check (status in ('active', 'suspended', 'closed')),
    time_zone text not null,
    locale text not null check (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
alter table platform.merchants enable row level security;
alter table platform.merchants force row level security;
create policy own on platform.merchants for select to maitre_tenant using (id = nullif(current_setting('app.merchant_id', true), '')::uuid);
create policy platform on platform.merchants to maitre_platform using (true) with check (true);
grant select on platform.merchants to maitre_tenant;
grant select, insert, update on platform.merchants to maitre_platform;
create index merchants_created on platform.merchants (created_at, id);

-- One data key per merchant, wrapped by the key-encryption key of the installation (api.md 3).
create table platform.merchant_data_keys (
    merchant_id uuid primary key references platform.merchants (id),
    wrapped_key bytea not null,
    created_at timestamptz not null default now()
);
alter table platform.merchant_data_keys enable row level security;
alter table platform.merchant_data_keys force row level security;
create policy own on platform.merchant_data_keys for select to maitre_tenant
    using (merchant_id = nullif(current_setting('app.merchant_id', true), '')::uuid);
create policy platform on platform.merchant_data_keys to maitre_platform using (true) with check (true);
grant select on platform.merchant_data_keys to maitre_tenant;
grant select, insert on platform.merchant_data_keys to maitre_platform;

create table platform.people (
    id uuid primary key,
    email text not null constraint people_email_key unique check (email = lower(email) and length(email) between 3 and 254),
    name text not null check (length(name) between 1 and 120),
    created_at timestamptz not null default now()
);
grant select, insert, update on platform.people to maitre_platform;

create table platform.memberships (
    merchant_id uuid not null references platform.merchants (id),
    person_id uuid not null references platform.people (id),
    role text not null check (role in ('owner', 'manager', 'agent')),
    created_at timestamptz not null default now(),
    primary key (merchant_id, person_id)
);
create index memberships_person on platform.memberships (person_id);
grant select, insert, update, delete on platform.memberships to maitre_platform;

create table platform.credentials (
    id uuid primary key,
    kind text not null check (kind in ('platform_key', 'merchant_key', 'personal_access_token')),
    hash bytea not null constraint credentials_hash_key unique check (length(hash) = 32), -- SHA-256 of the whole token
    prefix text not null,
    last_four text not null check (length(last_four) = 4),
    name text not null check (length(name) between 1 and 120),
    scopes text[] not null,
    merchant_id uuid references platform.merchants (id),
    person_id uuid references platform.people (id),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    constraint credentials_owner check (
        case kind when 'platform_key' then merchant_id is null and person_id is null
                  when 'merchant_key' then merchant_id is not null
                  else person_id is not null and merchant_id is null end)
);
create index credentials_person on platform.credentials (person_id) where person_id is not null;
create index credentials_merchant on platform.credentials (merchant_id) where merchant_id is not null;
grant select, insert, update on platform.credentials to maitre_platform;

-- A Meta app signs the webhooks of every number subscribed to it: its secret is a row of its own and serves many channels.
create table platform.meta_apps (
    id uuid primary key,
    app_id text not null constraint meta_apps_app_id_key unique check (app_id ~ '^[0-9]{1,32}$'),
    secret_sealed bytea not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
grant select, insert, update on platform.meta_apps to maitre_platform;

-- Where a provider's number leads. Read by ingest before any merchant is known; kept by a trigger on app.channels.
create table platform.channel_routes (
    provider text not null check (provider in ('meta', 'whapi', 'twilio')),
    provider_number_id text not null check (length(provider_number_id) between 1 and 64),
    merchant_id uuid not null references platform.merchants (id),
    channel_id uuid not null constraint channel_routes_channel_key unique,
    meta_app_id uuid references platform.meta_apps (id),
    verify_token_hash bytea check (length(verify_token_hash) = 32),
    updated_at timestamptz not null default now(),
    constraint channel_routes_pkey primary key (provider, provider_number_id)
);
create index channel_routes_merchant on platform.channel_routes (merchant_id);
create index channel_routes_verify_token on platform.channel_routes (verify_token_hash) where verify_token_hash is not null;
grant select on platform.channel_routes to maitre_platform;
