import Core
import Postgres

extension Statement.StringInterpolation {
    /// Inserts `insert into platform.audit_log … select …` for one entry. What follows may be a `from`, so that the entry is written if and only if a change
    /// of the same statement found its row:
    ///
    ///     with changed as (update … returning …), audited as (\(audit: entry) from changed) select … from changed
    public mutating func appendInterpolation(audit entry: AuditEntry) {
        appendLiteral(
            """
            insert into platform.audit_log (id, at, merchant_id, actor_kind, credential_id, person_id, address, user_agent, request_id, action, outcome, code,
                subject_type, subject_id, occurrences, details) select 
            """
        )
        appendInterpolation(entry.id)
        comma(entry.at)
        comma(entry.merchant)
        comma(entry.actor.kind.rawValue)
        comma(entry.actor.credential)
        comma(entry.actor.person)
        comma(entry.actor.address)
        comma(entry.actor.userAgent)
        comma(entry.actor.requestID)
        comma(entry.action.rawValue)
        comma(entry.outcome.rawValue)
        comma(entry.code)
        comma(entry.subject?.type)
        comma(entry.subject?.id)
        comma(Int32(clamping: entry.count))
        comma(entry.details.stored)
    }

    private mutating func comma<Value: PostgresEncodable>(_ value: Value?) {
        appendLiteral(", ")
        appendInterpolation(value)
    }
}
