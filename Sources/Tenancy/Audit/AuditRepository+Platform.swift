import Core
import Postgres

extension PlatformTransaction {
    /// Writes `entry` into the audit log, in the transaction of what it tells; into a merchant's too when it names one.
    public func audit(_ entry: AuditEntry) {
        append("\(audit: entry)")
    }
}

/// The audit log of the installation and of every merchant.
struct PlatformAuditRepository {
    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    /// As `audit`, of an entry that may have been written by an attempt whose outcome was lost.
    func insertOnce(_ entry: AuditEntry) {
        tx.append("\(audit: entry) on conflict (id) do nothing")
    }

    /// Newest first, from just before `before`.
    func page(_ filter: AuditFilter, before: AuditEntryID?, limit: Int) -> Pending<[AuditEntry]> {
        tx.append(
            """
            select id, at, merchant_id, actor_kind, credential_id, person_id, address, user_agent, request_id, action, outcome, code, subject_type,
                subject_id, details, occurrences
            from platform.audit_log
            where \(matching: filter, before: before)
            order by id desc limit \(limit: limit)
            """
        ) { rows in try rows.map(AuditEntry.decode) }
    }

    /// Of one merchant, otherwise the same.
    func page(of merchant: MerchantID, _ filter: AuditFilter, before: AuditEntryID?, limit: Int) -> Pending<[AuditEntry]> {
        tx.append(
            """
            select id, at, merchant_id, actor_kind, credential_id, person_id, address, user_agent, request_id, action, outcome, code, subject_type,
                subject_id, details, occurrences
            from platform.audit_log
            where merchant_id = \(merchant) and \(matching: filter, before: before)
            order by id desc limit \(limit: limit)
            """
        ) { rows in try rows.map(AuditEntry.decode) }
    }

    /// Partitions of the months to come.
    func ensurePartitions() -> Pending<Int> {
        tx.append("select platform.ensure_audit_partitions()") { rows in Int(try rows.first { row in try row.next(Int32.self) } ?? 0) }
    }
}
