import Logging
import ServiceLifecycle
import Synchronization

/// A pool of connections to one database under one role.
///
/// It works from its creation on; ``run()`` only ties its end to a service group. One thread of its own does all input and output.
public final class PostgresClient: Service, SegmentRunner {
    public let configuration: PostgresConfiguration
    private let logger: Logger
    /// A connection string that cannot be read is reported by the first use.
    private let reactor: Result<Reactor, any Error>

    public init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        reactor = Result { try Reactor(configuration, logger: logger) }
        if case .success(let reactor) = reactor { reactor.start() }
    }

    deinit {
        if case .success(let reactor) = reactor { reactor.beginShutdown(timeout: .zero) }
    }

    /// Waits for graceful shutdown, lets work in progress and in the queue end (at most `shutdownTimeout`) and closes all connections.
    public func run() async throws {
        let reactor = try reactor.get()
        do {
            try await gracefulShutdown()
            reactor.beginShutdown(timeout: configuration.shutdownTimeout)
        } catch {
            // Cancelled without grace: what runs has a moment to end.
            reactor.beginShutdown(timeout: min(configuration.shutdownTimeout, .seconds(1)))
        }
        await reactor.waitUntilStopped()
    }

    /// Ends the client as ``run()`` does, for use outside a service group.
    public func shutDown() async {
        guard case .success(let reactor) = reactor else { return }
        reactor.beginShutdown(timeout: configuration.shutdownTimeout)
        await reactor.waitUntilStopped()
    }

    /// Runs a transaction of several round trips. Prefer ``run(isolation:_:)``: a connection is held for the whole of `body`.
    ///
    /// BEGIN travels with the first segment. The transaction commits when `body` returns and rolls back when it throws. A failure of one
    /// segment fails the transaction even if `body` catches it. Nothing is retried: `body` may have effects of its own.
    /// - Parameters:
    ///   - level: nil is the server's default.
    ///   - readOnly: the server refuses writes.
    public func withTransaction<Result>(
        level: PostgresIsolationLevel? = nil,
        readOnly: Bool = false,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let begin = PostgresTransaction.begin(level: level, readOnly: readOnly)
        let transaction = PostgresTransaction(reactor: try reactor.get(), begin: begin)
        let result: Result
        do {
            result = try await body(transaction)
            try Task.checkCancellation()
        } catch {
            await transaction.rollBack()
            throw error
        }
        try await transaction.commit()
        return result
    }

    /// What is notified on the channels, over a connection of its own that is opened again when it breaks.
    public func notifications(on channels: [String]) -> PostgresNotifications {
        PostgresNotifications(channels: channels, configuration: configuration, logger: logger)
    }

    /// A snapshot, at most one turn of the I/O thread old.
    public var statistics: PostgresStatistics {
        guard case .success(let reactor) = reactor else { return PostgresStatistics() }
        return reactor.inbox.withLock { $0.statistics }
    }

    /// Runs the statements in one round trip; see ``SegmentRunner/run(isolation:_:)-swift.method``.
    public func execute(_ statements: [Statement]) async throws -> SegmentResults {
        guard !statements.isEmpty else { return SegmentResults(handles: []) }
        let reactor = try reactor.get()
        let bound = try statements.map { try reactor.registry.bind($0) }
        var attempt = 0
        while true {
            do {
                return SegmentResults(handles: try await reactor.perform(Job(statements: bound, commits: true)))
            } catch let error as PostgresError where error.isRetryable && attempt < configuration.retryLimit {
                attempt += 1
                reactor.inbox.withLock { $0.statistics.retries += 1 }
                // The other party of a conflict needs a moment to end; about 5, 10, 20 ms.
                let microseconds = 2500 << attempt
                if error.kind == .server { try await Task.sleep(for: .microseconds(Int.random(in: microseconds / 2...microseconds))) }
            }
        }
    }
}

/// Runs `body` with a client and shuts the client down afterwards.
public func withPostgresClient<Result>(
    _ configuration: PostgresConfiguration,
    logger: Logger = Logger(label: "postgres"),
    isolation: isolated (any Actor)? = #isolation,
    _ body: (PostgresClient) async throws -> Result
) async throws -> Result {
    let client = PostgresClient(configuration, logger: logger)
    do {
        let result = try await body(client)
        await client.shutDown()
        return result
    } catch {
        await client.shutDown()
        throw error
    }
}
