import Core
import Postgres

/// E-mails that wait to be sent.
struct EmailRepository {
    struct Row: Sendable {
        let recipient: String
        let mail: SealedEmail
        let attempts: Int32
    }

    private let tx: PlatformTransaction

    init(_ tx: PlatformTransaction) {
        self.tx = tx
    }

    func insert(_ mail: SealedEmail, to recipient: EmailAddress) {
        tx.append(
            """
            insert into platform.emails (id, recipient, content_sealed, expires_at)
            values (\(mail.id), \(recipient.text), \(mail.content), \(mail.expiresAt))
            """
        )
    }

    /// Takes what is due, for this node alone; what it does not delete comes back after a while that doubles with each attempt, and is longer than sending
    /// one may take.
    func claim(limit: Int) -> Pending<[Row]> {
        tx.append(
            """
            update platform.emails e set attempts = e.attempts + 1,
                next_attempt_at = clock_timestamp() + least(interval '1 hour', interval '1 minute' * power(2, least(e.attempts, 10)))
            where id in (
                select id from platform.emails where next_attempt_at <= clock_timestamp() order by next_attempt_at limit \(limit)
                for update skip locked)
            returning id, recipient, content_sealed, expires_at, attempts
            """
        ) { rows in
            try rows.map { row in
                let id = try row.next(EmailID.self)
                let recipient = try row.next(String.self)
                let content = try row.next([UInt8].self)
                let expiresAt = try row.next(Timestamp.self)
                return Row(
                    recipient: recipient,
                    mail: SealedEmail(id: id, content: content, expiresAt: expiresAt),
                    attempts: try row.next()
                )
            }
        }
    }

    func delete(_ id: EmailID) {
        tx.append("delete from platform.emails where id = \(id)")
    }

    /// What was never sent and would be of no use now.
    func deleteExpired() -> Pending<Int> {
        tx.append("delete from platform.emails where expires_at < clock_timestamp()") { rows in rows.affectedRows }
    }
}
