import Core
import Postgres
import Tenancy

/// Answers kept in the transaction of their effect.
struct IdempotencyRepository {
    struct Stored: Sendable {
        let fingerprint: [UInt8]
        let answer: IdempotentAnswer
    }

    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    func find(_ request: IdempotentRequest) -> Pending<Stored?> {
        tx.append(
            """
            select fingerprint, status, location, body from app.idempotency_keys
            where merchant_id = \(tx.merchant) and operation = \(request.operation) and key = \(request.key)
            """
        ) { rows in
            try rows.first { row in
                Stored(
                    fingerprint: try row.next(),
                    answer: IdempotentAnswer(status: try row.next(), location: try row.next(), body: try row.next(), isReplay: true)
                )
            }
        }
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
