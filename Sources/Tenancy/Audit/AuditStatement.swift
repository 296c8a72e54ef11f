import Core
import Postgres

extension Statement.StringInterpolation {
    /// Inserts `insert into platform.audit_log … select …` for one entry. What follows may be a `from`, so that the entry is written if and only if a change
    /// of the same statement found its row:
    ///
    ///     with changed as (update … returning …), audited as (\(audit: entry) from changed) select … from changed
    public mutating func appendInterpolation(audit entry: AuditEntry) {
        insert(entry)
    }

    /// The same with further details that only the statement knows, such as how much it changed.
    ///
    /// - Parameter members: SQL of a `jsonb` object: `jsonb_build_object('count', …)`. Never pass anything that comes from outside.
    public mutating func appendInterpolation(audit entry: AuditEntry, adding members: String) {
        insert(entry)
        appendLiteral("::jsonb || \(members)")
    }

    private mutating func insert(_ entry: AuditEntry) {
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

    /// Inserts the condition of a page of the log: what `filter` wants, from just before `before`. Bounds of time are bounds of ids too, so that only the
    /// partitions of those months are read.
    mutating func appendInterpolation(matching filter: AuditFilter, before: AuditEntryID?) {
        appendLiteral("id < coalesce(")
        appendInterpolation(before)
        appendLiteral(", 'ffffffff-ffff-ffff-ffff-ffffffffffff') and id >= app.uuid_v7_floor(date_trunc('milliseconds', coalesce(")
        appendInterpolation(filter.from)
        appendLiteral(", '1970-01-01 UTC'))) and id < app.uuid_v7_floor(date_trunc('milliseconds', coalesce(")
        appendInterpolation(filter.to)
        appendLiteral(", '9999-01-01 UTC')) + interval '1 millisecond') and at >= coalesce(")
        appendInterpolation(filter.from)
        appendLiteral(", '-infinity') and at < coalesce(")
        appendInterpolation(filter.to)
        appendLiteral(", 'infinity')")
        for (column, value) in [("action", filter.action?.rawValue), ("outcome", filter.outcome?.rawValue)] {
            guard let value else { continue }
            appendLiteral(" and \(column) = ")
            appendInterpolation(value)
        }
        guard let actor = filter.actor else { return }
        appendLiteral(" and (person_id = ")
        appendInterpolation(actor)
        appendLiteral(" or credential_id = ")
        appendInterpolation(actor)
        appendLiteral(")")
    }

    private mutating func comma<Value: PostgresEncodable>(_ value: Value?) {
        appendLiteral(", ")
        appendInterpolation(value)
    }
}
