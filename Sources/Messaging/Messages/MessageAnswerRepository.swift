import Core
import Postgres
import Tenancy

/// Keeps the answer to a message, of which a part is known only in the database.
struct MessageAnswerRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Keeps the answer to a message that was appended in this transaction. Its sequence, known only here, goes between `head` and `tail`; the whole body
    /// is returned, so that the first answer and every replay are the same bytes. Fails on `idempotency_keys_pkey` when somebody was faster.
    func keep(_ request: IdempotentRequest, status: Int16, location: String, head: String, tail: String, conversation: ConversationID)
        -> Pending<[UInt8]?>
    {
        tx.append(
            """
            insert into app.idempotency_keys (merchant_id, operation, key, fingerprint, status, location, body)
            select \(tx.merchant), \(request.operation), \(request.key), \(request.fingerprint), \(status), \(location),
                convert_to(\(head) || c.last_sequence::text || \(tail), 'UTF8')
            from app.conversations c where c.merchant_id = \(tx.merchant) and c.id = \(conversation)
            returning body
            """
        ) { rows in try rows.first { row in try row.next([UInt8].self) } }
    }
}
