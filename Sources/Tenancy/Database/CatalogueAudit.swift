import Postgres

/// Looks into PostgreSQL's catalogue for whatever breaks the rules of tenant isolation (design §3): a table, view, key or grant that a migration got
/// wrong fails a test and `maitre migrate audit`, not a customer.
public struct CatalogueAudit: Sendable {
    private let client: PostgresClient

    /// - Parameter client: any role that may read the catalogue.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// One line for each breach; empty when all is well.
    public func findings() async throws -> [String] {
        try await client.run { segment in
            segment.append(Self.query) { rows in try rows.map { row in try row.next(String.self) } }
        }
    }

    private static let query: Statement = """
        with tenant_tables as (
            select c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relispartition
            from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')),
        own_tables as (
            -- Platform tables that a tenant may read are protected one by one; everything else there is for maitre_platform alone.
            select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity from pg_class c
            where c.relnamespace in ('platform'::regnamespace, 'inbox'::regnamespace, 'queue'::regnamespace) and c.relkind in ('r', 'p')
                and has_table_privilege('maitre_tenant', c.oid, 'select, insert, update, delete')),
        runtime as (select oid, rolname from pg_roles where rolname in ('maitre_tenant', 'maitre_platform'))
        select 'table app.' || relname || ' has no row-level security' from tenant_tables where not relrowsecurity
        union all
        select 'table app.' || relname || ' does not force row-level security' from tenant_tables where not relforcerowsecurity
        union all
        select 'table app.' || t.relname || ' has no policy for maitre_tenant' from tenant_tables t
        where not t.relispartition and not exists (
            select from pg_policy p where p.polrelid = t.oid and 'maitre_tenant'::regrole = any(p.polroles))
        union all
        select 'policy ' || p.polname || ' of app.' || t.relname || ' is not the tenant''s comparison' from tenant_tables t
        join pg_policy p on p.polrelid = t.oid and ('maitre_tenant'::regrole = any(p.polroles) or 0 = any(p.polroles))
        where pg_get_expr(p.polqual, p.polrelid) is distinct from
                '(merchant_id = (NULLIF(current_setting(''app.merchant_id''::text, true), ''''::text))::uuid)'
            or pg_get_expr(p.polwithcheck, p.polrelid) is distinct from
                '(merchant_id = (NULLIF(current_setting(''app.merchant_id''::text, true), ''''::text))::uuid)'
        union all
        select 'table app.' || t.relname || ' has no merchant_id uuid not null' from tenant_tables t
        where not exists (
            select from pg_attribute a where a.attrelid = t.oid and a.attname = 'merchant_id' and a.atttypid = 'uuid'::regtype and a.attnotnull)
        union all
        select 'unique index ' || i.indexrelid::regclass || ' does not begin with merchant_id' from tenant_tables t
        join pg_index i on i.indrelid = t.oid and i.indisunique
        where not exists (
            select from pg_attribute a where a.attrelid = t.oid and a.attname = 'merchant_id' and a.attnum = i.indkey[0])
        union all
        select 'foreign key ' || k.conname || ' of app.' || t.relname || ' does not contain merchant_id' from tenant_tables t
        join pg_constraint k on k.conrelid = t.oid and k.contype = 'f' and k.confrelid in (select oid from tenant_tables)
        where not exists (
            select from pg_attribute a where a.attrelid = t.oid and a.attname = 'merchant_id' and a.attnum = any(k.conkey))
        union all
        select 'view ' || c.oid::regclass || ' runs with its owner''s rights' from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('app', 'platform', 'inbox', 'queue')
        where c.relkind = 'm' or (c.relkind = 'v' and not coalesce('security_invoker=true' = any(c.reloptions), false))
        union all
        select 'partition ' || c.oid::regclass || ' can be reached directly by ' || r.rolname from pg_class c cross join runtime r
        where c.relispartition and c.relkind in ('r', 'p') and c.relnamespace in (
                'app'::regnamespace, 'platform'::regnamespace, 'inbox'::regnamespace, 'queue'::regnamespace)
            and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')
        union all
        select 'table ' || c.oid::regclass || ' can be truncated by ' || r.rolname from pg_class c cross join runtime r
        where c.relkind in ('r', 'p') and c.relnamespace in (
                'app'::regnamespace, 'platform'::regnamespace, 'inbox'::regnamespace, 'queue'::regnamespace)
            and has_table_privilege(r.oid, c.oid, 'truncate')
        union all
        select 'the audit log can be changed by ' || r.rolname from runtime r
        where has_any_column_privilege(r.oid, 'platform.audit_log'::regclass, 'update')
            or has_table_privilege(r.oid, 'platform.audit_log'::regclass, 'delete')
        union all
        select 'table ' || c.oid::regclass || ' can be changed by maitre_platform' from pg_class c
        where c.relkind in ('r', 'p') and c.relnamespace = 'app'::regnamespace
            and has_table_privilege('maitre_platform', c.oid, 'insert, update, delete')
        union all
        select 'table ' || o.oid::regclass || ' is open to maitre_tenant without forced row-level security' from own_tables o
        where not (o.relrowsecurity and o.relforcerowsecurity)
        union all
        select 'role ' || r.rolname || ' owns ' || c.oid::regclass from runtime r join pg_class c on c.relowner = r.oid
        union all
        select 'role ' || r.rolname || ' is superuser, may bypass row-level security or may create' from pg_roles r
        where r.rolname in ('maitre_tenant', 'maitre_platform', 'maitre_migrator', 'maitre_owner')
            and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb)
        union all
        select 'role ' || r.rolname || ' may bypass row-level security' from pg_roles r
        where r.rolbypassrls and not r.rolsuper and r.rolname <> 'maitre_backup'
        union all
        select 'function ' || p.oid::regprocedure || ' runs with its owner''s rights and an open search path' from pg_proc p
        where p.pronamespace in ('app'::regnamespace, 'platform'::regnamespace, 'inbox'::regnamespace, 'queue'::regnamespace)
            and p.prosecdef and not exists (select from unnest(p.proconfig) s where s like 'search_path=%')
        union all
        select 'function ' || p.oid::regprocedure || ' can be executed by everyone' from pg_proc p
        where p.pronamespace in ('app'::regnamespace, 'platform'::regnamespace, 'inbox'::regnamespace, 'queue'::regnamespace)
            and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0 and a.privilege_type = 'EXECUTE'))
        order by 1
        """
}
