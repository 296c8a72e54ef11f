-- Idempotency keys on everything that creates (api.md 4, rule 7).

-- Bots and channels have versions, and a repetition answers the same header fields.
alter table app.idempotency_keys add column entity_tag text check (length(entity_tag) <= 40);

-- Answers that may hold a token or an invitation's link, or that are no restaurant's. Only the credential that asked gets one again: its id is a hash of
-- that credential, the restaurant, the operation and the client's key, so a row that is changed to be another's is found by nobody, and a body that is
-- moved to another row does not open. Gone after a day.
create table platform.idempotency_keys (
    id uuid primary key,
    fingerprint bytea not null check (length(fingerprint) = 32), -- SHA-256 of the request's body
    status smallint not null,
    location text,
    entity_tag text check (length(entity_tag) <= 40),
    body_sealed bytea not null,
    created_at timestamptz not null default now()
);
create index idempotency_keys_age on platform.idempotency_keys (created_at);
grant select, insert, update (body_sealed), delete on platform.idempotency_keys to maitre_platform;
