import Core
import Postgres
import Tenancy

/// The merchant's webhook endpoints and their secrets.
struct WebhookEndpointRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Nil when the merchant has as many as it may have. Two who make the last one at once wait for each other.
    func insert(_ id: WebhookEndpointID, _ endpoint: WebhookEndpointIn, most: Int, telling entry: AuditEntry) -> Pending<WebhookEndpoint?> {
        tx.append("select pg_advisory_xact_lock(hashtextextended('webhook endpoints of ' || \(tx.merchant.description), 0))")
        return tx.append(
            """
            with made as (
                insert into app.webhook_endpoints (merchant_id, id, url, description, event_types)
                select \(tx.merchant), \(id), \(endpoint.url), \(endpoint.description), \(endpoint.eventTypes)
                where (select count(*) from app.webhook_endpoints w where w.merchant_id = \(tx.merchant)) < \(Int64(most))
                returning *),
            audited as (\(audit: entry) from made)
            select \(unescaped: Self.columns) from made
            """
        ) { rows in try rows.first(Self.decode) }
    }

    func find(_ id: WebhookEndpointID) -> Pending<WebhookEndpoint?> {
        tx.append("select \(unescaped: Self.columns) from app.webhook_endpoints where merchant_id = \(tx.merchant) and id = \(id)") {
            rows in
            try rows.first(Self.decode)
        }
    }

    /// In the order they were made, from just after `after`.
    func page(after: WebhookEndpointID?, limit: Int) -> Pending<[WebhookEndpoint]> {
        tx.append(
            """
            select \(unescaped: Self.columns) from app.webhook_endpoints
            where merchant_id = \(tx.merchant) and (\(after) is null or id > \(after)) order by id limit \(limit)
            """
        ) { rows in try rows.map(Self.decode) }
    }

    /// The changed endpoint; nil when it is not there or not of this version any more.
    func update(_ id: WebhookEndpointID, _ patch: WebhookEndpointPatch, ifVersion version: Int64?, telling entry: AuditEntry) -> Pending<
        WebhookEndpoint?
    > {
        let description: String? = patch.description ?? nil
        let eventTypes: [String]? = patch.eventTypes ?? nil
        return tx.append(
            """
            with changed as (
                update app.webhook_endpoints set
                    url = coalesce(\(patch.url), url),
                    description = case when \(patch.description != nil) then \(description) else description end,
                    event_types = case when \(patch.eventTypes != nil) then \(eventTypes) else event_types end,
                    -- Another address starts with a clean record.
                    failing_since = case when \(patch.url) <> url then null else failing_since end,
                    failures = case when \(patch.url) <> url then 0 else failures end,
                    is_slow = is_slow and coalesce(\(patch.url) = url, true),
                    version = version + 1, updated_at = now()
                where merchant_id = \(tx.merchant) and id = \(id) and (\(version) is null or version = \(version))
                returning *),
            audited as (\(audit: entry) from changed)
            select \(unescaped: Self.columns) from changed
            """
        ) { rows in try rows.first(Self.decode) }
    }

    func pause(_ id: WebhookEndpointID, telling entry: AuditEntry) -> Pending<WebhookEndpoint?> {
        tx.append(
            """
            with changed as (
                update app.webhook_endpoints set status = 'paused', status_at = now(), version = version + 1, updated_at = now()
                where merchant_id = \(tx.merchant) and id = \(id) and status = 'active' returning *),
            audited as (\(audit: entry) from changed)
            select \(unescaped: Self.columns) from changed
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// What failed before counts no more.
    func resume(_ id: WebhookEndpointID, telling entry: AuditEntry) -> Pending<WebhookEndpoint?> {
        tx.append(
            """
            with changed as (
                update app.webhook_endpoints set status = 'active', status_reason = null, status_at = now(), failing_since = null, failures = 0,
                    is_slow = false, version = version + 1, updated_at = now()
                where merchant_id = \(tx.merchant) and id = \(id) and status <> 'active' returning *),
            audited as (\(audit: entry) from changed)
            select \(unescaped: Self.columns) from changed
            """
        ) { rows in try rows.first(Self.decode) }
    }

    func delete(_ id: WebhookEndpointID, ifVersion version: Int64?, telling entry: AuditEntry) -> Pending<Bool> {
        tx.append(
            """
            with gone as (
                delete from app.webhook_endpoints where merchant_id = \(tx.merchant) and id = \(id) and (\(version) is null or version = \(version))
                returning id),
            audited as (\(audit: entry) from gone)
            select 1 from gone
            """
        ) { rows in rows.count > 0 }
    }

    // MARK: Secrets

    func insertSecret(_ id: WebhookSecretID, of endpoint: WebhookEndpointID, sealed: [UInt8]) {
        tx.append(
            """
            insert into app.webhook_secrets (merchant_id, id, endpoint_id, secret_sealed)
            values (\(tx.merchant), \(id), \(endpoint), \(sealed))
            """
        )
    }

    /// Puts another secret in the place of the current one, which signs along until `overlap` is over. Of those that were replaced before, the last two stay for
    /// as long as they were promised to. When the one before expires; nil without such an endpoint.
    func roll(_ endpoint: WebhookEndpointID, to id: WebhookSecretID, sealed: [UInt8], overlap: Duration, telling entry: AuditEntry)
        -> Pending<
            Timestamp?
        >
    {
        // Two who do it at once do it one after the other.
        tx.append("select from app.webhook_endpoints where merchant_id = \(tx.merchant) and id = \(endpoint) for update")
        let expires = tx.append(
            """
            with replaced as (
                update app.webhook_secrets set expires_at = clock_timestamp() + \(overlap.microseconds) * interval '1 microsecond'
                where merchant_id = \(tx.merchant) and endpoint_id = \(endpoint) and expires_at is null returning expires_at),
            made as (
                insert into app.webhook_secrets (merchant_id, id, endpoint_id, secret_sealed)
                select merchant_id, \(id), id, \(sealed) from app.webhook_endpoints
                where merchant_id = \(tx.merchant) and id = \(endpoint)
                returning id),
            audited as (\(audit: entry) from made)
            select (select max(expires_at) from replaced) from made
            """
        ) { rows in try rows.first { row in try row.next(Timestamp?.self) } ?? nil }
        tx.append(
            """
            delete from app.webhook_secrets where merchant_id = \(tx.merchant) and endpoint_id = \(endpoint) and (expires_at <= clock_timestamp()
                or id in (select id from app.webhook_secrets where merchant_id = \(tx.merchant) and endpoint_id = \(endpoint)
                    order by created_at desc, id desc offset 4))
            """
        )
        return expires
    }

    private static let columns = """
        id, url, description, event_types, status, status_reason, status_at, failing_since, failures, version, created_at, updated_at
        """

    private static func decode(_ row: inout PostgresRow) throws -> WebhookEndpoint {
        WebhookEndpoint(
            id: try row.next(),
            url: try row.next(),
            description: try row.next(),
            eventTypes: try row.next(),
            status: WebhookEndpoint.Status(rawValue: try row.next(String.self)) ?? .disabled,
            reason: try row.next(String?.self).flatMap { WebhookEndpoint.Reason(rawValue: $0) },
            statusAt: try row.next(),
            failingSince: try row.next(),
            failures: try row.next(),
            version: try row.next(),
            createdAt: try row.next(),
            updatedAt: try row.next()
        )
    }
}
