import API
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import ServiceLifecycle

/// Prometheus metrics of this process, on a port of their own.
struct MetricsEndpoint: Sendable {
    private let registry: PrometheusRegistry

    /// Takes over all metrics of the process; once, from a command.
    static func bootstrap() -> MetricsEndpoint {
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        return MetricsEndpoint(registry: registry)
    }

    func service(host: String, port: Int, logger: Logger, onBound: @escaping @Sendable (Int) async -> Void = { _ in }) -> any Service {
        let router = Router()
        let registry = registry
        router.get("/metrics") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: PrometheusRegistry.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: registry.render()))
            )
        }
        return Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in await onBound(channel.localAddress?.port ?? port) },
            logger: logger
        )
    }
}
