import Core
import Postgres

extension TenantTransaction {
    /// Writes `entry` into the merchant's audit log, in the transaction of what it tells.
    public func audit(_ entry: AuditEntry) {
        var entry = entry
        entry.merchant = merchant
        append("\(audit: entry)")
    }
}

/// The merchant's own audit log.
struct AuditRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Newest first, from just before `before`. Where whoever runs the installation did something from is not the merchant's business.
    func page(_ filter: AuditFilter, before: AuditEntryID?, limit: Int) -> Pending<[AuditEntry]> {
        tx.append(
            """
            select id, at, merchant_id, actor_kind, credential_id, person_id,
                case when actor_kind not in ('platform_key', 'platform_admin', 'system') then address end,
                case when actor_kind not in ('platform_key', 'platform_admin', 'system') then user_agent end,
                request_id, action, outcome, code, subject_type, subject_id, details, occurrences
            from platform.audit_log
            where merchant_id = \(tx.merchant) and \(matching: filter, before: before)
            order by id desc limit \(limit: limit)
            """
        ) { rows in try rows.map(AuditEntry.decode) }
    }
}

extension AuditEntry {
    static func decode(_ row: inout PostgresRow) throws -> AuditEntry {
        AuditEntry(
            id: try row.next(),
            at: try row.next(),
            merchant: try row.next(),
            actor: Actor(
                Actor.Kind(rawValue: try row.next(String.self)) ?? .anonymous,
                credential: try row.next(),
                person: try row.next(),
                address: try row.next(),
                userAgent: try row.next(),
                requestID: try row.next()
            ),
            action: AuditAction(rawValue: try row.next(String.self)) ?? .auditUnknown,
            outcome: Outcome(rawValue: try row.next(String.self)) ?? .refused,
            code: try row.next(),
            subject: try AuditSubject(type: row.next(String?.self), id: row.next(AuditSubjectID?.self)),
            details: AuditDetails(stored: try row.next()),
            count: Int(try row.next(Int32.self))
        )
    }
}

extension AuditSubject {
    fileprivate init?(type: String?, id: AuditSubjectID?) {
        guard let type else { return nil }
        self.init(type, id)
    }
}
