import Core
import HTTPTypes
import Hummingbird

/// Health of this process (J1): one page for people and older dashboards, one check each for an orchestrator's liveness and readiness.
public struct HealthRoutes: Sendable {
    private let probe: any HealthProbe
    private let version: String
    private let started: ContinuousClock.Instant

    /// - Parameter started: when the process started; `uptime` counts from there.
    public init(probe: any HealthProbe, version: String, started: ContinuousClock.Instant = .now) {
        self.probe = probe
        self.version = version
        self.started = started
    }

    /// `/livez` and `/readyz`, outside the API.
    public func add(to router: Router<AppRequestContext>) {
        router.get("/livez") { _, _ in
            JSONResponse(object: { $0.member("status", "ok") })
        }
        router.get("/readyz") { _, _ in
            var isReady = probe.isReady
            if isReady { isReady = await probe.databaseConnected() }
            return JSONResponse(isReady ? .ok : .serviceUnavailable, object: { $0.member("status", isReady ? "ok" : "unavailable") })
        }
    }

    /// `/health` under each base of the API.
    public func add(to base: RouterGroup<AppRequestContext>) {
        base.get("/health") { _, _ in
            let isConnected = await probe.databaseConnected()
            return JSONResponse(isConnected ? .ok : .serviceUnavailable) { writer in
                writer.member("status", isConnected ? "ok" : "degraded")
                writer.member("database", isConnected ? "connected" : "disconnected")
                writer.member("uptime", (ContinuousClock.now - started).components.seconds)
                writer.member("version", version)
            }
        }
    }
}
