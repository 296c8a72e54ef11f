import Core
import Postgres

/// An effect and the answer that it has, in one transaction: both are there or neither.
///
/// It takes several round trips, since the answer is written from what the effect made, by the function that writes it for requests without a key.
struct OnceTransaction<Transaction: SegmentTransaction> {
    let client: PostgresClient
    let observer: (any CommitObserver)?
    let open: (Segment) -> Transaction
    /// Waits for others who send the same request, and finds the answer that they got.
    let claim: (Transaction) throws -> Pending<IdempotentAnswer?>
    let keep: (Transaction, IdempotentAnswer) throws -> Void

    /// - Parameter build: may run again, as on databases.
    func run<Value>(
        _ build: (Transaction) throws -> Pending<Value>,
        _ answer: (Value) -> IdempotentAnswer
    ) async throws -> IdempotentAnswer {
        var failed = 0
        while true {
            do {
                return try await attempt(build, answer)
            } catch let error as PostgresError where error.isRetryable && failed < client.configuration.retryLimit {
                // Nothing of it was committed.
                failed += 1
                try await Task.sleep(for: .milliseconds(Int.random(in: 2...5) << failed))
            }
        }
    }

    private func attempt<Value>(
        _ build: (Transaction) throws -> Pending<Value>,
        _ answer: (Value) -> IdempotentAnswer
    ) async throws -> IdempotentAnswer {
        var queuesToWake: Set<String> = []
        let given = try await client.withTransaction { transaction in
            if let kept = try await claimed(in: transaction) { return kept }
            let value = try await transaction.run { segment in
                let opened = open(segment)
                let pending = try build(opened)
                queuesToWake = opened.queuesToWake
                return pending
            }
            let given = answer(value)
            try await transaction.run { segment in try keep(open(segment), given) }
            return given
        }
        if !queuesToWake.isEmpty { observer?.committed(wake: queuesToWake) }
        return given
    }

    private func claimed(in transaction: PostgresTransaction) async throws -> IdempotentAnswer? {
        do {
            return try await transaction.run { segment in try claim(open(segment)) }
        } catch let error as PostgresError where error.sqlState == "55P03" {
            throw DomainError(
                .conflict,
                code: "request_in_progress",
                message: "The first request with this Idempotency-Key is still under way."
            )
        }
    }
}

/// A transaction that is built segment by segment.
protocol SegmentTransaction {
    var queuesToWake: Set<String> { get }
}

extension TenantTransaction: SegmentTransaction {}
extension PlatformTransaction: SegmentTransaction {}
