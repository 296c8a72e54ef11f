import Core
import Postgres

/// Answers that a merchant's requests had, kept in the transaction of their effect.
public struct IdempotencyRepository {
    private let tx: TenantTransaction

    public init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    public func find(_ request: IdempotentRequest) -> Pending<KeptAnswer?> {
        tx.append(
            """
            select fingerprint, status, location, entity_tag, body from app.idempotency_keys
            where merchant_id = \(tx.merchant) and operation = \(request.operation) and key = \(request.key)
            """
        ) { rows in
            try rows.first { row in
                KeptAnswer(
                    fingerprint: try row.next(),
                    answer: IdempotentAnswer(
                        status: try row.next(),
                        location: try row.next(),
                        entityTag: try row.next(),
                        body: try row.next(),
                        isReplay: true
                    )
                )
            }
        }
    }

    /// The same, one at a time of those who send this request: whoever comes second waits for the first one's answer. Until the end of the transaction.
    func claim(_ request: IdempotentRequest) -> Pending<KeptAnswer?> {
        tx.append("select pg_advisory_xact_lock(\(request.digest(of: "restaurant \(tx.merchant)").lockNumber))")
        return find(request)
    }

    func keep(_ request: IdempotentRequest, _ answer: IdempotentAnswer) {
        tx.append(
            """
            insert into app.idempotency_keys (merchant_id, operation, key, fingerprint, status, location, entity_tag, body)
            values (\(tx.merchant), \(request.operation), \(request.key), \(request.fingerprint), \(Int16(clamping: answer.status)),
                \(answer.location), \(answer.entityTag), \(answer.body))
            """
        )
    }
}

extension [UInt8] {
    /// The number of an advisory lock, of a digest.
    var lockNumber: Int64 { prefix(8).reduce(0) { $0 << 8 | Int64($1) } }
}
