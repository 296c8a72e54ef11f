import Core
import HTTPTypes
import Metrics
import Synchronization

/// `http_server_request_duration_seconds{method,route,status}`.
///
/// Labels are bounded: the route is its template, and a method we do not know is `other`. Timers are kept, since making one costs more than recording.
public final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private let factory: any MetricsFactory
    private let timers = Mutex<[Key: Timer]>([:])

    public init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
    }

    func record(_ duration: Duration, method: HTTPRequest.Method, route: String, status: Int) {
        let key = Key(method: Self.known.contains(method) ? method.rawValue : "other", route: route, status: status)
        let timer = timers.withLock { timers in
            if let timer = timers[key] { return timer }
            let timer = Timer(
                label: "http_server_request_duration_seconds",
                dimensions: [("method", key.method), ("route", key.route), ("status", String(key.status))],
                preferredDisplayUnit: .seconds,
                factory: factory
            )
            timers[key] = timer
            return timer
        }
        timer.recordNanoseconds(duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000)
    }

    private static let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
}
