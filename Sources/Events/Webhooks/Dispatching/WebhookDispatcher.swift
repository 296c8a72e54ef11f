import Core
import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Tenancy

/// Reads the outbox in order and gives each restaurant's events to a job of its own. Any number of nodes may run it: one of them reads at a time, and where it
/// stopped is in the database.
public final class WebhookDispatcher: Service {
    private let database: PlatformDatabase
    private let bell: Bell
    private let interval: Duration
    private let batch: Int
    private let logger: Logger
    private let wake = WakeSignal()

    /// - Parameters:
    ///   - interval: between two looks when no bell rings.
    ///   - batch: events of one transaction.
    public init(database: PlatformDatabase, bell: Bell, interval: Duration = .milliseconds(500), batch: Int = 500, logger: Logger) {
        self.database = database
        self.bell = bell
        self.interval = interval
        self.batch = batch
        self.logger = logger
        bell.register(wake, for: EventTopic.name)
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                var isFull = false
                do {
                    isFull = try await self.dispatch()
                    failures = 0
                } catch {
                    failures += 1
                    if failures == 1 { self.logger.warning("Events were not given to webhooks", metadata: ["error": "\(error)"]) }
                }
                guard !isFull else { continue }
                await self.wake.wait(timeout: self.interval * Double.random(in: 0.5...1))
                // Many commits a second are read together.
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// One look; whether there may be more at once.
    func dispatch() async throws -> Bool {
        let done = try await database.platform { tx in WebhookDispatchRepository(tx).dispatch(limit: batch) }
        guard let events = done.events else { return false }
        if done.merchants > 0 { bell.committed(wake: [Queue.webhookDelivery.name]) }
        Gauge(label: "maitre_webhook_dispatch_lag_seconds").record(done.behindSeconds ?? 0)
        return events >= batch
    }
}
