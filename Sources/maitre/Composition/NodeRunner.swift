import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a node until it is told to stop: work drains for at most `grace`, and a hang after that becomes a crash with a trace instead of a silence.
enum NodeRunner {
    static func run(_ services: [any Service], grace: Duration, logger: Logger) async throws {
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = grace
        group.maximumCancellationDuration = .seconds(5)
        try await ServiceGroup(configuration: group).run()
    }
}
