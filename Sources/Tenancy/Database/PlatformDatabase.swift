import Postgres

/// The database as the installation sees it, through the role `maitre_platform`.
public struct PlatformDatabase: Sendable {
    private let client: PostgresClient
    private let observer: (any CommitObserver)?

    public init(client: PostgresClient, observer: (any CommitObserver)? = nil) {
        self.client = client
        self.observer = observer
    }

    /// Runs the statements that `build` adds as one transaction in one round trip, and returns what it returned, decoded.
    ///
    /// `build` may run again, on a serialization failure or a deadlock: it only adds statements and has no effects of its own.
    public func platform<Value>(_ build: (PlatformTransaction) throws -> Pending<Value>) async throws -> Value {
        var queuesToWake: Set<String> = []
        let value = try await client.run { segment in
            let transaction = PlatformTransaction(segment: segment)
            let pending = try build(transaction)
            queuesToWake = transaction.queuesToWake
            return pending
        }
        if !queuesToWake.isEmpty { observer?.committed(wake: queuesToWake) }
        return value
    }

    /// Runs the statements that `build` adds and answers with what they made. Of requests with an `Idempotency-Key` once: the credential that sends the same
    /// again, now or later, gets the same answer, which is kept sealed in the transaction of the effect.
    ///
    /// - Throws: `idempotency_key_reused`; `request_in_progress` when the first one takes long; `AuthenticationFailure` when the credential has ended.
    public func platform<Value>(
        answering: SealedAnswering<Value>,
        _ build: (PlatformTransaction) throws -> Pending<Value>
    ) async throws -> IdempotentAnswer {
        guard let request = answering.request else { return answering.answer(try await platform(build)) }
        return try await OnceTransaction(
            client: client,
            observer: observer,
            open: { PlatformTransaction(segment: $0) },
            claim: { tx in SealedAnswerRepository(tx).claim(request).map { try $0?.replay(of: request.request) } },
            keep: { tx, answer in try SealedAnswerRepository(tx).keep(request, answer) }
        ).run(build, answering.answer)
    }

    // One overload for each number of values: the compiler (6.3) crashes on a parameter pack handed through here.

    public func platform<First, Second>(
        _ build: (PlatformTransaction) throws -> (Pending<First>, Pending<Second>)
    ) async throws -> (First, Second) {
        try await platform { tx in
            let (first, second) = try build(tx)
            return first.zip(second)
        }
    }

    public func platform<First, Second, Third>(
        _ build: (PlatformTransaction) throws -> (Pending<First>, Pending<Second>, Pending<Third>)
    ) async throws -> (First, Second, Third) {
        try await platform { tx in
            let (first, second, third) = try build(tx)
            return first.zip(second).zip(third).map { ($0.0, $0.1, $1) }
        }
    }

    public func platform<First, Second, Third, Fourth>(
        _ build: (PlatformTransaction) throws -> (Pending<First>, Pending<Second>, Pending<Third>, Pending<Fourth>)
    ) async throws -> (First, Second, Third, Fourth) {
        try await platform { tx in
            let (first, second, third, fourth) = try build(tx)
            return first.zip(second).zip(third.zip(fourth)).map { ($0.0, $0.1, $1.0, $1.1) }
        }
    }

    public func platform(_ build: (PlatformTransaction) throws -> Void) async throws {
        try await platform { tx in
            try build(tx)
            return Pending(())
        }
    }
}
