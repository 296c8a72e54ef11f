import Logging
import Metrics
import Postgres
import ServiceLifecycle
import Tenancy

/// Publishes how full the queues are, every five seconds.
public struct QueueMetrics: Service {
    private let database: PlatformDatabase
    private let logger: Logger

    public init(database: PlatformDatabase, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    for depth in try await self.database.platform({ tx in QueueRepository(tx).depths() }) {
                        let queue = [("queue", depth.queue.name)]
                        Gauge(label: "maitre_queue_depth", dimensions: queue).record(depth.jobs)
                        Gauge(label: "maitre_queue_oldest_age_seconds", dimensions: queue).record(depth.oldestReadySeconds)
                        Gauge(label: "maitre_dead_letters", dimensions: queue).record(depth.deadLetters)
                    }
                } catch {
                    self.logger.debug("The queues could not be measured", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(5))
            }
        }
    }
}
