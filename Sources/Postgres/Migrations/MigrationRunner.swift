import Foundation
import Logging
import Synchronization

/// Applies the migration files a database does not have yet, forward only.
///
/// It works over one direct connection (not through a pooler in transaction mode), under a session advisory lock, so that of several
/// runners started at once one applies and the others find nothing to do. What has been applied is kept in the table `maitre_migrations`.
public struct MigrationRunner: Sendable {
    public var url: String
    public var directory: String
    /// The role that owns what migrations make (`SET ROLE`); nil stays the role of the URL.
    public var role: String?
    /// Where `maitre_migrations` is.
    public var schema: String
    /// How long a statement waits for a lock. A waiting ACCESS EXCLUSIVE lock blocks everybody behind it, so it is short and tried again.
    public var lockTimeout: Duration
    public var lockAttempts: Int
    /// How long to wait for another runner.
    public var busyTimeout: Duration
    private let logger: Logger

    public init(
        url: String,
        directory: String,
        role: String? = nil,
        schema: String = "public",
        lockTimeout: Duration = .seconds(2),
        lockAttempts: Int = 30,
        busyTimeout: Duration = .seconds(600),
        logger: Logger = Logger(label: "migrations")
    ) {
        self.url = url
        self.directory = directory
        self.role = role
        self.schema = schema
        self.lockTimeout = lockTimeout
        self.lockAttempts = max(1, lockAttempts)
        self.busyTimeout = busyTimeout
        self.logger = logger
    }

    public struct Status: Sendable, Equatable {
        public let applied: [AppliedMigration]
        public let pending: [Migration]
    }

    /// What is applied and what is not. Throws ``MigrationError`` when the applied list is not the beginning of the known list.
    /// Changes nothing and waits for nobody.
    public func status() async throws -> Status {
        try await Self.onThread { isStopped in
            let known = try Migration.read(directory: directory)
            return try MigrationSession(self, logger: logger, isStopped: isStopped).status(known: known)
        }
    }

    /// The files not applied yet, in order.
    public func pending() async throws -> [Migration] {
        try await status().pending
    }

    /// Applies what is pending and returns it; `dryRun` only says what would be applied.
    @discardableResult
    public func run(dryRun: Bool = false) async throws -> [Migration] {
        if dryRun { return try await pending() }
        return try await Self.onThread { isStopped in
            let known = try Migration.read(directory: directory)
            return try MigrationSession(self, logger: logger, isStopped: isStopped).apply(known: known)
        }
    }

    /// Runs blocking work on a thread of its own. Cancelling the task stops it between two statements.
    static func onThread<Result: Sendable>(
        _ work: @escaping @Sendable (_ isStopped: @escaping @Sendable () -> Bool) throws -> Result
    ) async throws -> Result {
        let flag = StopFlag()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Result, any Error>) in
                let thread = Thread {
                    continuation.resume(with: Swift.Result { try work { flag.isSet.load(ordering: .relaxed) } })
                }
                thread.name = "migrations"
                thread.start()
            }
        } onCancel: {
            flag.isSet.store(true, ordering: .relaxed)
        }
    }

    private final class StopFlag: Sendable {
        let isSet = Atomic<Bool>(false)
    }
}
