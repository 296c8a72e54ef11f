-- Tickets that open a WebSocket: made with a credential, used once, good for half a minute. Unlogged: after a crash there is none, and clients ask for another.
create unlogged table platform.realtime_tickets (
    hash bytea constraint realtime_tickets_pkey primary key check (length(hash) = 32),
    merchant_id uuid not null,
    token_kind text check (length(token_kind) <= 20),       -- a key or token, by its own hash …
    token_hash bytea check (length(token_hash) = 32),
    session_id uuid,                                        -- … or a session, until its access token ends
    person_id uuid,
    session_until timestamptz,
    origin text check (length(origin) <= 300),
    expires_at timestamptz not null,
    constraint realtime_tickets_credential check (
        case when token_hash is null then token_kind is null and session_id is not null and person_id is not null and session_until is not null
            else token_kind is not null and session_id is null and person_id is null and session_until is null end)
);
create index realtime_tickets_expiry on platform.realtime_tickets (expires_at);
grant select, insert, delete on platform.realtime_tickets to maitre_platform;
-- "for update skip locked" needs it.
grant update (expires_at) on platform.realtime_tickets to maitre_platform;
