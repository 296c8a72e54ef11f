-- Who changed what and who was refused what (A8), and what a restaurant can be besides active (A1).

-- Appended to in the transaction of the change that an entry tells; refusals are appended by the nodes in batches. Without a foreign key to the merchant: an
-- entry must never be the reason why something fails, nor wait for somebody who holds the merchant's row.
create table platform.audit_log (
    id uuid not null,
    at timestamptz not null,
    merchant_id uuid,
    actor_kind text not null
        check (actor_kind in ('platform_key', 'merchant_key', 'personal_access_token', 'session', 'platform_admin', 'anonymous', 'system')),
    credential_id uuid,
    person_id uuid,
    address text check (length(address) <= 64),
    user_agent text check (length(user_agent) <= 200),
    request_id text check (length(request_id) <= 64),
    action text not null check (length(action) <= 60 and action ~ '^[a-z][a-z_]*([.][a-z][a-z_]*)+$'),
    outcome text not null check (outcome in ('done', 'refused')),
    code text check (length(code) <= 60),
    subject_type text check (length(subject_type) <= 40),
    subject_id uuid,
    occurrences integer not null default 1 check (occurrences > 0),
    details jsonb not null default '{}' check (jsonb_typeof(details) = 'object' and octet_length(details::text) <= 8192),
    constraint audit_log_pkey primary key (id)
) partition by range (id);
create index audit_log_merchant on platform.audit_log (merchant_id, id);
alter table platform.audit_log enable row level security;
alter table platform.audit_log force row level security;
create policy own_select on platform.audit_log for select to maitre_tenant
    using (merchant_id = nullif(current_setting('app.merchant_id', true), '')::uuid);
create policy own_insert on platform.audit_log for insert to maitre_tenant
    with check (merchant_id = nullif(current_setting('app.merchant_id', true), '')::uuid);
create policy platform_select on platform.audit_log for select to maitre_platform using (true);
create policy platform_insert on platform.audit_log for insert to maitre_platform with check (true);
-- Nobody may change or delete an entry: there is neither a grant nor a policy for it.
grant select, insert on platform.audit_log to maitre_tenant, maitre_platform;
grant execute on function app.uuid_v7_floor to maitre_tenant; -- bounds of a page by time

-- Partitions come by a function of their own, for the same reasons as in migration 0007. None goes: how long the log is kept is its operator's decision.
create function platform.ensure_audit_partitions() returns integer language plpgsql security definer
    set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
begin
    -- One at a time; whoever comes second has nothing to do.
    if not pg_try_advisory_xact_lock(hashtextextended('maitre ensure_audit_partitions', 0)) then
        return 0;
    end if;
    return app.ensure_month_partitions('platform.audit_log');
end $$;
revoke all on function platform.ensure_audit_partitions from public;
grant execute on function platform.ensure_audit_partitions to maitre_platform;
select platform.ensure_audit_partitions();

-- Business hours: null is always open. A closed restaurant can be reactivated until closes_at; ended_at says that what it still had was taken away after that.
alter table platform.merchants
    add column business_hours jsonb check (jsonb_typeof(business_hours) = 'object' and octet_length(business_hours::text) <= 65536),
    add column status_reason text check (length(status_reason) between 1 and 500),
    add column status_at timestamptz,
    add column closes_at timestamptz,
    add column ended_at timestamptz,
    add constraint merchants_closing check (closes_at is null or status = 'closed'),
    add constraint merchants_ended check (ended_at is null or closes_at is not null);
create index merchants_closing on platform.merchants (closes_at) where status = 'closed' and ended_at is null;

-- What a restaurant is for those who ask in its name: active, suspended, closed (in its grace period) or ended.
create function platform.merchant_access(_status text, _closes_at timestamptz) returns text language sql stable parallel safe
    return case when _status = 'closed' and _closes_at <= now() then 'ended' else _status end;
grant execute on function platform.merchant_access to maitre_tenant, maitre_platform;

-- A restaurant writes its own settings under row-level security; its status is the platform's.
create policy own_settings on platform.merchants for update to maitre_tenant
    using (id = nullif(current_setting('app.merchant_id', true), '')::uuid)
    with check (id = nullif(current_setting('app.merchant_id', true), '')::uuid);
grant update (name, time_zone, locale, currency, business_hours, version, updated_at) on platform.merchants to maitre_tenant;

-- A restaurant that has ended is routed nowhere: its webhooks are those of unknown numbers.
grant delete on platform.channel_routes to maitre_platform;
