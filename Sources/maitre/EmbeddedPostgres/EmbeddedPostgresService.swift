import Logging
import ServiceLifecycle

/// Keeps an embedded server running until the group shuts down, then stops it. Put it first in the group: services stop in reverse order.
///
/// A server that ends by itself is started again, as a supervisor would in production; one that keeps ending ends the group.
struct EmbeddedPostgresService: Service {
    /// So many unexpected ends within ``restartWindow`` are taken for a fault that a restart does not mend.
    static let mostRestarts = 5
    static let restartWindow: Duration = .seconds(60)

    let running: EmbeddedPostgres.Running
    let logger: Logger

    func run() async throws {
        var ends: [ContinuousClock.Instant] = []
        do {
            while let exit = await cancelWhenGracefulShutdown({ await running.exit() }), !Task.isShuttingDownGracefully, !Task.isCancelled {
                logger.error("PostgreSQL ended unexpectedly; starting it again", metadata: ["exit": "\(exit)"])
                let now = ContinuousClock.now
                ends = ends.filter { now - $0 < Self.restartWindow } + [now]
                guard ends.count <= Self.mostRestarts else {
                    throw EmbeddedPostgresError.start("it ended \(ends.count) times within a minute; see its log")
                }
                try await running.restart()
            }
        } catch {
            await running.stop()
            throw error
        }
        logger.info("Stopping PostgreSQL")
        await running.stop()
    }
}
