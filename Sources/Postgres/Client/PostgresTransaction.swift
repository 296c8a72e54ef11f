import CLibpq
import Synchronization

/// SQL's isolation levels that PostgreSQL tells apart.
public enum PostgresIsolationLevel: String, Sendable {
    case readCommitted = "read committed"
    case repeatableRead = "repeatable read"
    case serializable
}

/// A transaction of several round trips, valid inside the closure given to ``PostgresClient/withTransaction(level:readOnly:isolation:_:)``.
public final class PostgresTransaction: SegmentRunner {
    private struct State {
        var hasBegun = false
        var hasEnded = false
        /// The first failure; nothing can be done in the transaction after it.
        var failure: (any Error)?
    }

    private let reactor: Reactor
    private let beginStatement: Statement
    private let lease = Lease()
    private let state = Mutex(State())

    init(reactor: Reactor, begin: Statement) {
        self.reactor = reactor
        beginStatement = begin
    }

    static func begin(level: PostgresIsolationLevel?, readOnly: Bool) -> Statement {
        var sql = "begin"
        if let level { sql += " isolation level " + level.rawValue }
        if readOnly { sql += " read only" }
        return Statement(unescaped: sql)
    }

    /// Runs the statements in one round trip; see ``SegmentRunner/run(isolation:_:)-swift.method``.
    public func execute(_ statements: [Statement]) async throws -> SegmentResults {
        guard !statements.isEmpty else { return SegmentResults(handles: []) }
        var bound = try statements.map { try reactor.registry.bind($0) }
        let begin = try reactor.registry.bind(beginStatement)
        let isFirst = try state.withLock { state in
            guard !state.hasEnded else { throw PostgresError(kind: .usage, reason: "the transaction has ended") }
            if let failure = state.failure { throw failure }
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
        if isFirst { bound.insert(begin, at: 0) }
        do {
            let results = try await reactor.perform(Job(statements: bound, lease: lease, opensLease: isFirst, commits: false))
            return SegmentResults(handles: isFirst ? Array(results.dropFirst()) : results)
        } catch {
            var error = error
            if isFirst, var failure = error as? PostgresError, let index = failure.statementIndex {
                // BEGIN is not one of the caller's statements.
                failure.statementIndex = index > 0 ? index - 1 : nil
                error = failure
            }
            state.withLock { if $0.failure == nil { $0.failure = error } }
            throw error
        }
    }

    func commit() async throws {
        let (hasBegun, failure) = end()
        guard hasBegun else { return }
        if let failure {
            await close("rollback")
            throw failure
        }
        let results = try await perform("commit", commits: true)
        // A COMMIT of a failed transaction succeeds as ROLLBACK.
        guard let tag = results.first.flatMap({ PQcmdStatus($0.pointer) }), String(cString: tag) == "COMMIT" else {
            throw PostgresError(kind: .usage, reason: "the transaction had failed and was rolled back")
        }
    }

    func rollBack() async {
        if end().hasBegun { await close("rollback") }
    }

    private func end() -> (hasBegun: Bool, failure: (any Error)?) {
        state.withLock { state in
            state.hasEnded = true
            return (state.hasBegun, state.failure)
        }
    }

    private func close(_ sql: String) async {
        // If the connection is lost, so is the transaction: nothing to report.
        _ = try? await perform(sql, commits: false)
    }

    /// Not cancellable: the connection must come back, and a COMMIT that was sent must be known.
    private func perform(_ sql: String, commits: Bool) async throws -> [ResultHandle] {
        let statement = try reactor.registry.bind(Statement(unescaped: sql))
        return try await reactor.perform(
            Job(statements: [statement], lease: lease, closesLease: true, commits: commits),
            isCancellable: false
        )
    }
}
