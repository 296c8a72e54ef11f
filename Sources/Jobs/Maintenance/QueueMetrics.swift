import Logging
import Metrics
import Postgres
import ServiceLifecycle
import Tenancy

/// Publishes how full the queues are, every five seconds, as `QueueMeter` counted them.
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
                    for state in try await self.database.platform({ tx in OperationsRepository(tx).states() }) {
                        let (queue, counts) = (state.queue.name, state.counts)
                        let label = [("queue", queue)]
                        Gauge(label: "maitre_queue_paused", dimensions: label).record(state.isPaused ? 1 : 0)
                        // Nobody has counted yet.
                        guard state.measuredAt != nil else { continue }
                        Gauge(label: "maitre_queue_depth", dimensions: label).record(counts.ready + counts.running + counts.retrying)
                        Gauge(label: "maitre_queue_oldest_age_seconds", dimensions: label).record(state.oldestReadySeconds ?? 0)
                        Gauge(label: "maitre_dead_letters", dimensions: label).record(counts.dead)
                        for (name, jobs) in [
                            ("ready", counts.ready), ("running", counts.running), ("delayed", counts.delayed),
                            ("retrying", counts.retrying),
                        ] {
                            Gauge(label: "maitre_queue_jobs", dimensions: [("queue", queue), ("state", name)]).record(jobs)
                        }
                    }
                } catch {
                    self.logger.debug("The queues could not be measured", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(5))
            }
        }
    }
}
