import Logging
import ServiceLifecycle
import Tenancy

/// Makes the partitions of events of the days to come and drops those that are past keeping, every hour and once at the start. Idempotent, so any number of nodes
/// may run it.
public struct EventRetention: Service {
    private let database: PlatformDatabase
    private let days: Int
    private let logger: Logger

    /// - Parameter days: how long events are kept for clients that return and for polling.
    public init(database: PlatformDatabase, days: Int, logger: Logger) {
        self.database = database
        self.days = days
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let done = try await database.platform { tx in OutboxRepository(tx).rotate(days: days) }
                    if !done.isEmpty { logger.info("Partitions of events were rotated", metadata: ["count": "\(done.count)"]) }
                } catch {
                    logger.warning("Partitions of events were not rotated", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }
}
