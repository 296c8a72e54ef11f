import Logging
import Metrics
import ServiceLifecycle
import Tenancy

/// Keeps the partitions of the delivery log, and publishes how many endpoints there are. Idempotent, so any number of nodes may run it.
public struct WebhookMaintenance: Service {
    private let database: PlatformDatabase
    private let logger: Logger

    public init(database: PlatformDatabase, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await every(.seconds(3600), "Partitions of webhook deliveries were not rotated") {
                        let done = try await database.platform { tx in WebhookDispatchRepository(tx).rotatePartitions() }
                        if !done.isEmpty {
                            logger.info("Partitions of webhook deliveries were rotated", metadata: ["count": "\(done.count)"])
                        }
                    }
                }
                group.addTask {
                    await every(.seconds(30), "Webhook endpoints were not counted") { try await measure() }
                }
            }
        }
    }

    /// Publishes the number of endpoints of each status, those that nobody has included.
    func measure() async throws {
        let counts = try await database.platform { tx in WebhookDispatchRepository(tx).endpoints() }
        for status in WebhookEndpoint.Status.allCases {
            let count = counts.first { $0.status == status.rawValue }?.count ?? 0
            Gauge(label: "maitre_webhook_endpoints", dimensions: [("status", status.rawValue)]).record(count)
        }
    }

    private func every(_ interval: Duration, _ complaint: Logger.Message, _ work: () async throws -> Void) async {
        while !Task.isCancelled {
            do { try await work() } catch { logger.warning(complaint, metadata: ["error": "\(error)"]) }
            try? await Task.sleep(for: interval)
        }
    }
}
