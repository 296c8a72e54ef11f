import Logging
import Postgres
import ServiceLifecycle
import Tenancy

/// Keeps the queue and the partitions in order: delayed jobs into their lanes every quarter of a second, empty lanes away every minute, partitions every
/// hour. Everything is idempotent, so any number of nodes may run it.
public struct QueueMaintenance: Service {
    private let database: PlatformDatabase
    private let bell: Bell
    private let logger: Logger

    public init(database: PlatformDatabase, bell: Bell, logger: Logger) {
        self.database = database
        self.bell = bell
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await every(.milliseconds(250), "Delayed jobs were not staged") {
                        let queues = try await database.platform { tx in QueueRepository(tx).stageDue() }
                        if !queues.isEmpty { bell.committed(wake: Set(queues)) }
                    }
                }
                group.addTask {
                    await every(.seconds(60), "Empty lanes were not collected") {
                        _ = try await database.platform { tx in QueueRepository(tx).collectLanes() }
                    }
                }
                group.addTask {
                    await every(.seconds(3600), "Partitions were not rotated") {
                        let done = try await database.platform { tx in QueueRepository(tx).rotatePartitions() }
                        if !done.isEmpty { logger.info("Partitions were rotated", metadata: ["count": "\(done.count)"]) }
                    }
                }
            }
        }
    }

    private func every(_ interval: Duration, _ complaint: Logger.Message, _ work: () async throws -> Void) async {
        while !Task.isCancelled {
            do { try await work() } catch { logger.warning(complaint, metadata: ["error": "\(error)"]) }
            try? await Task.sleep(for: interval)
        }
    }
}
