-- Appended in the transaction of their cause; their readers come later.

-- The outbox. Read in (xid, id) order below pg_snapshot_xmin: sequences and times do not commit in order (postgres.md 5).
create table app.events (
    merchant_id uuid not null,
    id uuid not null,
    xid xid8 not null default pg_current_xact_id(),
    type text not null check (length(type) between 1 and 60),
    conversation_id uuid,
    data jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint events_pkey primary key (merchant_id, id)
) partition by range (id);
create index events_cursor on app.events (xid, id);
select app.protect('app.events', 'select, insert', true);

-- What is charged and counted: one row for each metric of a cause, whose id it carries, so that a replay cannot count twice. Rolled up by a job.
create table app.usage_events (
    merchant_id uuid not null,
    id uuid not null,               -- the message's
    metric text not null check (metric in ('message_inbound', 'message_outbound', 'conversation_opened')),
    sender text not null check (sender in ('contact', 'bot', 'agent', 'system', 'phone')),
    channel_id uuid not null,
    day date not null,              -- the merchant's own day, decided in SQL when it happened
    created_at timestamptz not null default now(),
    constraint usage_events_pkey primary key (merchant_id, id, metric)
) partition by range (id);
select app.protect('app.usage_events', 'select, insert', true);
