import API
import Core
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import InMemoryLogging
import Logging
import Tenancy
import Testing

/// What happens to a request for the live stream before it is a socket; the rest needs a database and is in EndToEndTests.
@Suite("Realtime access")
struct RealtimeAccessTests {
    private static let upgrade: HTTPFields = [
        .connection: "Upgrade", .upgrade: "websocket", .secWebSocketVersion: "13", .secWebSocketKey: "dGhlIHNhbXBsZSBub25jZQ==",
    ]

    @Test("A ticket stands in no log line and in no answer, also where the database fails")
    func ticketIsNotLogged() async throws {
        let ticket = TokenFormat.generate(.realtimeTicket).reveal()
        let log = InMemoryLogHandler()
        var logger = Logger(label: "access", factory: { _ in log })
        logger.logLevel = .trace
        let application = Application(router: OpenAPITests.wholeAPI(logger: logger).finished(), logger: logger)
        try await application.test(.router) { client in
            for path in ["/api/v1/realtime", "/api/realtime", "/", "/ws", "/api/v1/bots", "/nowhere"] {
                for headers in [Self.upgrade, [:]] {
                    let answer = try await client.execute(uri: "\(path)?ticket=\(ticket)", method: .get, headers: headers)
                    #expect(answer.status.code >= 400, "\(path)")
                    #expect(!answer.text.contains(ticket))
                    #expect(!answer.headers.contains { $0.value.contains(ticket) })
                }
            }
        }
        #expect(log.entries.count >= 12)
        #expect(!log.entries.contains { "\($0)".contains(ticket) })
    }

    @Test("Without a credential the API's address says 401, and the older ones say what they are for")
    func anonymous() async throws {
        let application = Application(router: OpenAPITests.wholeAPI().finished())
        try await application.test(.router) { client in
            for path in ["/api/v1/realtime", "/api/realtime"] {
                #expect(try await client.execute(uri: path, method: .get).code == "credential_required")
                #expect(try await client.execute(uri: path, method: .get, headers: Self.upgrade).code == "credential_required")
            }
            for path in ["/", "/ws"] {
                let answer = try await client.execute(uri: path, method: .get)
                #expect(answer.status.code == 426)
                #expect(answer.code == "upgrade_required")
                #expect(try await client.execute(uri: path, method: .get, headers: Self.upgrade).code == "credential_required")
                #expect(try await client.execute(uri: path, method: .post).status == .methodNotAllowed)
            }
            // A key in the address is one that should be revoked, here as everywhere.
            let leaked = try await client.execute(uri: "/api/v1/realtime?key=\(TestTokens.merchant)", method: .get, headers: Self.upgrade)
            #expect(leaked.code == "credential_in_url")
            let both = try await client.execute(
                uri: "/api/v1/realtime?ticket=\(TokenFormat.generate(.realtimeTicket).reveal())&key=\(TestTokens.merchant)",
                method: .get,
                headers: Self.upgrade
            )
            #expect(both.code == "credential_in_url")
        }
    }

    @Test("A page of another site may not open one, whatever credential it has")
    func origins() async throws {
        let application = Application(router: OpenAPITests.wholeAPI(origins: ["https://app.example.com"]).finished())
        try await application.test(.router) { client in
            for (origin, code) in [
                ("https://evil.example.com", "cross_site_request"), ("null", "cross_site_request"),
                ("https://app.example.com.evil.com", "cross_site_request"), ("http://app.example.com", "cross_site_request"),
                ("https://app.example.com", "forbidden"), ("http://localhost", "forbidden"),
            ] {
                var headers = Self.upgrade
                headers[.apiKey] = TestTokens.merchant
                headers[.origin] = origin
                let answer = try await client.execute(uri: "/api/v1/realtime", method: .get, headers: headers)
                #expect(answer.status == .forbidden)
                #expect(answer.code == code, "\(origin)")
            }
        }
    }
}
