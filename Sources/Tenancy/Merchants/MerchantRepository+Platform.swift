import Core
import Postgres

/// The directory of merchants.
public struct MerchantRepository {
    private let tx: PlatformTransaction

    public init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    public func insert(_ id: MerchantID, _ merchant: MerchantIn) -> Pending<Merchant?> {
        tx.append(
            """
            insert into platform.merchants (id, name, time_zone, locale, currency)
            values (\(id), \(merchant.name), \(merchant.timeZone), \(merchant.locale), \(merchant.currency))
            returning \(unescaped: Merchant.columns)
            """
        ) { rows in try rows.first(Merchant.decode) }
    }

    public func insertDataKey(_ merchant: MerchantID, wrapped: [UInt8]) {
        tx.append("insert into platform.merchant_data_keys (merchant_id, wrapped_key) values (\(merchant), \(wrapped))")
    }

    public func find(_ id: MerchantID) -> Pending<Merchant?> {
        tx.append("select \(unescaped: Merchant.columns) from platform.merchants where id = \(id)") { rows in
            try rows.first(Merchant.decode)
        }
    }

    /// A page in the order merchants were made, and how many there are in all.
    public func page(limit: Int, offset: Int) -> (Pending<[Merchant]>, Pending<Int>) {
        (
            tx.append(
                "select \(unescaped: Merchant.columns) from platform.merchants order by created_at, id limit \(limit) offset \(offset)"
            ) { rows in try rows.map(Merchant.decode) },
            tx.append("select count(*) from platform.merchants") { rows in try rows.first { row in try row.next(Int.self) } ?? 0 }
        )
    }

    /// The time zones that PostgreSQL knows: its list decides, since all day arithmetic happens there.
    func timeZones() -> Pending<[String]> {
        tx.append("select name from pg_timezone_names") { rows in try rows.map { row in try row.next(String.self) } }
    }

    func update(_ id: MerchantID, _ patch: MerchantPatch, ifVersion version: Int64?, telling entry: AuditEntry) -> Pending<Merchant?> {
        tx.append(patch.statement(id, ifVersion: version, telling: entry)) { rows in try rows.first(Merchant.decode) }
    }

    // Each change of status tells it, and answers nil when the merchant is in no state for it.

    func suspend(_ id: MerchantID, reason: String?, telling entry: AuditEntry) -> Pending<Merchant?> {
        tx.append(
            """
            with changed as (
                update platform.merchants set status = 'suspended', status_reason = \(reason), status_at = now(), version = version + 1, updated_at = now()
                where id = \(id) and status = 'active' returning *),
            audited as (\(audit: entry) from changed)
            select \(unescaped: Merchant.columns) from changed
            """
        ) { rows in try rows.first(Merchant.decode) }
    }

    func reactivate(_ id: MerchantID, telling entry: AuditEntry) -> Pending<Merchant?> {
        tx.append(
            """
            with changed as (
                update platform.merchants set status = 'active', status_reason = null, status_at = now(), closes_at = null,
                    version = version + 1, updated_at = now()
                where id = \(id) and ended_at is null and platform.merchant_access(status, closes_at) in ('suspended', 'closed') returning *),
            audited as (\(audit: entry) from changed)
            select \(unescaped: Merchant.columns) from changed
            """
        ) { rows in try rows.first(Merchant.decode) }
    }

    /// Closes a merchant, or moves the end of its grace period.
    func close(_ id: MerchantID, graceDays: Int, reason: String?, telling entry: AuditEntry) -> Pending<Merchant?> {
        tx.append(
            """
            with changed as (
                update platform.merchants set status = 'closed', status_reason = coalesce(\(reason), status_reason), status_at = now(),
                    closes_at = now() + make_interval(days => \(Int32(graceDays))), version = version + 1, updated_at = now()
                where id = \(id) and ended_at is null and platform.merchant_access(status, closes_at) <> 'ended' returning *),
            audited as (\(audit: entry) from changed)
            select \(unescaped: Merchant.columns) from changed
            """
        ) { rows in try rows.first(Merchant.decode) }
    }

    /// Closed merchants whose grace period is over and who still have something.
    func dueToEnd(limit: Int) -> Pending<[MerchantID]> {
        tx.append(
            """
            select id from platform.merchants where status = 'closed' and ended_at is null and closes_at <= now() order by closes_at limit \(limit)
            """
        ) { rows in try rows.map { row in try row.next(MerchantID.self) } }
    }

    /// Takes away what a merchant still has when its grace period is over: its keys, and the routes of its numbers. Its rows stay.
    func end(_ id: MerchantID, telling entry: AuditEntry) {
        tx.append(
            """
            with ended as (
                update platform.merchants set ended_at = now(), version = version + 1, updated_at = now()
                where id = \(id) and status = 'closed' and ended_at is null and closes_at <= now() returning id),
            revoked as (
                update platform.credentials c set revoked_at = now() from ended where c.merchant_id = ended.id and c.revoked_at is null),
            unrouted as (delete from platform.channel_routes r using ended where r.merchant_id = ended.id)
            \(audit: entry) from ended
            """
        )
    }
}
