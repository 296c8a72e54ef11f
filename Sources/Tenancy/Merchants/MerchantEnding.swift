import Logging
import ServiceLifecycle

/// Ends closed merchants when their grace period is over, within a minute. Their credentials are refused from the moment itself. Idempotent, so any number
/// of nodes may run it.
public struct MerchantEnding: Service {
    private let service: MerchantService
    private let interval: Duration
    private let logger: Logger

    public init(_ service: MerchantService, interval: Duration = .seconds(60), logger: Logger) {
        self.service = service
        self.interval = interval
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // First a wait of some length: nodes that start together should not all look together.
                try? await Task.sleep(for: interval * Double.random(in: 0.5...1))
                guard !Task.isCancelled else { return }
                do {
                    let ended = try await service.endDue()
                    if ended > 0 { logger.notice("Closed restaurants have ended", metadata: ["count": "\(ended)"]) }
                } catch {
                    logger.warning("Closed restaurants were not ended", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
