import Logging
import ServiceLifecycle

/// Makes the audit log's partitions of the months to come, every hour. Idempotent, so any number of nodes may run it.
public struct AuditPartitions: Service {
    private let database: PlatformDatabase
    private let interval: Duration
    private let logger: Logger

    public init(database: PlatformDatabase, interval: Duration = .seconds(3600), logger: Logger) {
        self.database = database
        self.interval = interval
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    _ = try await database.platform { tx in PlatformAuditRepository(tx).ensurePartitions() }
                } catch {
                    logger.warning("Partitions of the audit log were not made", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: interval)
            }
        }
    }
}
