import API
import Core
import HTTPTypes
import HummingbirdTesting
import Testing

@Suite("Health")
struct HealthTests {
    @Test("J1: health has the shape that dashboards read, versioned and not", arguments: ["/api/health", "/api/v1/health"])
    func health(path: String) async throws {
        let api = TestAPI()
        try await api.test { client in
            let well = try await client.execute(uri: path, method: .get)
            #expect(well.status == .ok)
            #expect(well.json?.members.map(\.key) == ["status", "database", "uptime", "version"])
            #expect(well.json?["status"]?.string == "ok")
            #expect(well.json?["database"]?.string == "connected")
            #expect(well.json?["uptime"]?.int != nil)
            api.probe.set(connected: false, ready: true)
            let ill = try await client.execute(uri: path, method: .get)
            #expect(ill.status == .serviceUnavailable)
            #expect(ill.json?["status"]?.string == "degraded")
            #expect(ill.json?["database"]?.string == "disconnected")
        }
    }

    @Test("J1: liveness needs nothing; readiness needs the database and ends with shutdown")
    func probes() async throws {
        let api = TestAPI()
        try await api.test { client in
            let well = try await statuses(client)
            #expect(well == [200, 200])
            api.probe.set(connected: false, ready: true)
            #expect(try await statuses(client) == [200, 503])
            api.probe.set(connected: true, ready: false)
            #expect(try await statuses(client) == [200, 503])
        }
    }

    private func statuses(_ client: any TestClientProtocol) async throws -> [Int] {
        let live = try await client.execute(uri: "/livez", method: .get).status.code
        return [live, try await client.execute(uri: "/readyz", method: .get).status.code]
    }
}
