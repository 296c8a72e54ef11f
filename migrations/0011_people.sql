-- People who log in: passwords, second factors, sessions and their refresh tokens, invitations, the keys that sign access tokens, what was tried too
-- often, and e-mails on their way. All of it belongs to the installation: one person may work for several merchants.

alter table platform.people
    add column locale text not null default 'en' check (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    add column is_platform_admin boolean not null default false,
    add column password_hash text check (length(password_hash) between 20 and 512), -- PHC string of argon2id
    add column password_changed_at timestamptz,
    add column totp_sealed bytea,
    add column totp_confirmed_at timestamptz,
    add column totp_last_step bigint, -- the last 30 seconds whose code was used: no code counts twice
    add column disabled_at timestamptz,
    add column version bigint not null default 1,
    add column updated_at timestamptz not null default now();
create index people_platform_admins on platform.people (id) where is_platform_admin;

alter table platform.memberships
    add column version bigint not null default 1,
    add column updated_at timestamptz not null default now();

-- For the day on which the telephone with the second factor is lost; each counts once.
create table platform.recovery_codes (
    person_id uuid not null references platform.people (id),
    hash bytea not null check (length(hash) = 32),
    created_at timestamptz not null default now(),
    used_at timestamptz,
    primary key (person_id, hash)
);
grant select, insert, update, delete on platform.recovery_codes to maitre_platform;

-- A person logged in on a device.
create table platform.sessions (
    id uuid primary key,
    person_id uuid not null references platform.people (id),
    user_agent text check (length(user_agent) <= 200),
    address text check (length(address) <= 64),
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(), -- moved by each refresh
    expires_at timestamptz not null,                 -- whatever happens
    idle_expires_at timestamptz not null,            -- unless it is refreshed before
    revoked_at timestamptz,
    revoked_reason text check (revoked_reason in ('logout', 'revoked', 'password_changed', 'second_factor_changed', 'token_reuse', 'disabled'))
);
create index sessions_person on platform.sessions (person_id, id) where revoked_at is null;
create index sessions_expiry on platform.sessions (expires_at);
grant select, insert, update, delete on platform.sessions to maitre_platform;

-- Every refresh token that a session ever had, as SHA-256: one that comes back after its successor was handed out has been stolen.
create table platform.refresh_tokens (
    hash bytea primary key check (length(hash) = 32),
    session_id uuid not null references platform.sessions (id) on delete cascade,
    created_at timestamptz not null default now(),
    rotated_at timestamptz,
    device bytea check (length(device) = 32) -- of the request that rotated it
);
create index refresh_tokens_session on platform.refresh_tokens (session_id);
grant select, insert, update, delete on platform.refresh_tokens to maitre_platform;

-- Browsers in which a person has logged in before. Theirs is a throttle of their own, so that nobody can lock the person out from elsewhere.
create table platform.known_devices (
    person_id uuid not null references platform.people (id),
    hash bytea not null check (length(hash) = 32),
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    primary key (person_id, hash)
);
grant select, insert, update, delete on platform.known_devices to maitre_platform;

create table platform.password_resets (
    hash bytea primary key check (length(hash) = 32),
    person_id uuid not null references platform.people (id),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);
create index password_resets_person on platform.password_resets (person_id);
grant select, insert, update, delete on platform.password_resets to maitre_platform;

-- Without a merchant: an invitation to administer the installation.
create table platform.invitations (
    id uuid primary key,
    merchant_id uuid references platform.merchants (id),
    email text not null check (email = lower(email) and length(email) between 3 and 254),
    role text check (role in ('owner', 'manager', 'agent')),
    hash bytea not null constraint invitations_hash_key unique check (length(hash) = 32),
    invited_by uuid references platform.people (id),
    link_shown boolean not null, -- to whoever invited: it proves nothing about who has the address
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    accepted_at timestamptz,
    revoked_at timestamptz,
    constraint invitations_role check ((merchant_id is null) = (role is null))
);
create index invitations_merchant on platform.invitations (merchant_id, id);
create unique index invitations_open on platform.invitations (merchant_id, email) nulls not distinct where accepted_at is null and revoked_at is null;
grant select, insert, update, delete on platform.invitations to maitre_platform;

-- Ed25519 keys of access tokens. A key is published before it signs, and goes on verifying until the last token it signed has expired.
create table platform.signing_keys (
    id uuid primary key,
    public_key bytea not null check (length(public_key) = 32),
    private_sealed bytea not null,
    created_at timestamptz not null default now(),
    active_from timestamptz not null,
    retires_at timestamptz
);
grant select, insert, update, delete on platform.signing_keys to maitre_platform;

-- What was tried, counted in windows: logins, second factors, e-mails that anybody may ask for. The key is a hash, so that no address of anybody stands here.
create table platform.throttles (
    key bytea primary key check (length(key) = 32),
    attempts integer not null,
    resets_at timestamptz not null
);
create index throttles_resets on platform.throttles (resets_at);
grant select, insert, update, delete on platform.throttles to maitre_platform;

-- Counts one attempt for each key and returns, for each, how many there were in its window and when that ends. Rows are locked in one order.
create function platform.attempt(_keys bytea[], _seconds integer[])
returns table (key bytea, attempts integer, resets_at timestamptz) language sql as $$
    insert into platform.throttles as t (key, attempts, resets_at)
    select k, 1, clock_timestamp() + make_interval(secs => s) from unnest(_keys, _seconds) u(k, s) order by k
    on conflict (key) do update set
        attempts = case when t.resets_at <= clock_timestamp() then 1 else least(t.attempts, 1000000) + 1 end,
        resets_at = case when t.resets_at <= clock_timestamp() then excluded.resets_at else t.resets_at end
    returning t.key, t.attempts, t.resets_at
$$;
grant execute on function platform.attempt(bytea[], integer[]) to maitre_platform;

-- E-mails that wait to be sent. Subject and text are sealed: they carry links that open accounts.
create table platform.emails (
    id uuid primary key,
    recipient text not null check (length(recipient) between 3 and 254),
    content_sealed bytea not null,
    created_at timestamptz not null default now(),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index emails_due on platform.emails (next_attempt_at);
grant select, insert, update, delete on platform.emails to maitre_platform;

-- Ends the transaction unless a change happened, so that nothing else of it, such as its line in the audit log, stays behind.
create function platform.refuse_unless(_happened boolean) returns void language plpgsql as $$
begin
    if not _happened then
        raise exception 'the change does not apply' using errcode = 'MT004';
    end if;
end $$;
grant execute on function platform.refuse_unless(boolean) to maitre_platform;
