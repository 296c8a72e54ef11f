import Core
import Postgres
import Synchronization

/// The database as one merchant at a time sees it, through the role `maitre_tenant`.
public struct TenantDatabase: Sendable {
    private let client: PostgresClient
    private let observer: (any CommitObserver)?

    public init(client: PostgresClient, observer: (any CommitObserver)? = nil) {
        self.client = client
        self.observer = observer
    }

    /// Runs the statements that `build` adds as one transaction in one round trip, and returns what it returned, decoded.
    ///
    /// `build` may run again, on a serialization failure or a deadlock: it only adds statements and has no effects of its own.
    ///
    ///     let (conversation, messages) = try await database.tenant(merchant) { tx in
    ///         (ConversationRepository(tx).find(id), MessageRepository(tx).latest(in: id, limit: 25))
    ///     }
    public func tenant<Value>(_ merchant: MerchantID, _ build: (TenantTransaction) throws -> Pending<Value>) async throws -> Value {
        var queuesToWake: Set<String> = []
        let value = try await client.run { segment in
            let transaction = TenantTransaction(merchant: merchant, segment: segment)
            let pending = try build(transaction)
            queuesToWake = transaction.queuesToWake
            return pending
        }
        if !queuesToWake.isEmpty { observer?.committed(wake: queuesToWake) }
        return value
    }

    /// Runs the statements that `build` adds and answers with what they made. Of requests with an `Idempotency-Key` once: whoever sends the same again, now
    /// or later, gets the same answer, which is kept in the transaction of the effect.
    ///
    /// - Throws: `idempotency_key_reused`; `request_in_progress` when the first one takes long.
    public func tenant<Value>(
        _ merchant: MerchantID,
        answering: Answering<Value>,
        _ build: (TenantTransaction) throws -> Pending<Value>
    ) async throws -> IdempotentAnswer {
        guard let request = answering.request else { return answering.answer(try await tenant(merchant, build)) }
        return try await OnceTransaction(
            client: client,
            observer: observer,
            open: { TenantTransaction(merchant: merchant, segment: $0) },
            claim: { tx in IdempotencyRepository(tx).claim(request).map { try $0?.replay(of: request) } },
            keep: { tx, answer in IdempotencyRepository(tx).keep(request, answer) }
        ).run(build, answering.answer)
    }

    // One overload for each number of values: the compiler (6.3) crashes on a parameter pack handed through here.

    public func tenant<First, Second>(
        _ merchant: MerchantID,
        _ build: (TenantTransaction) throws -> (Pending<First>, Pending<Second>)
    ) async throws -> (First, Second) {
        try await tenant(merchant) { tx in
            let (first, second) = try build(tx)
            return first.zip(second)
        }
    }

    public func tenant<First, Second, Third>(
        _ merchant: MerchantID,
        _ build: (TenantTransaction) throws -> (Pending<First>, Pending<Second>, Pending<Third>)
    ) async throws -> (First, Second, Third) {
        try await tenant(merchant) { tx in
            let (first, second, third) = try build(tx)
            return first.zip(second).zip(third).map { ($0.0, $0.1, $1) }
        }
    }

    public func tenant<First, Second, Third, Fourth>(
        _ merchant: MerchantID,
        _ build: (TenantTransaction) throws -> (Pending<First>, Pending<Second>, Pending<Third>, Pending<Fourth>)
    ) async throws -> (First, Second, Third, Fourth) {
        try await tenant(merchant) { tx in
            let (first, second, third, fourth) = try build(tx)
            return first.zip(second).zip(third.zip(fourth)).map { ($0.0, $0.1, $1.0, $1.1) }
        }
    }

    public func tenant(_ merchant: MerchantID, _ build: (TenantTransaction) throws -> Void) async throws {
        try await tenant(merchant) { tx in
            try build(tx)
            return Pending(())
        }
    }
}
