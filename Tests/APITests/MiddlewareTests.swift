import API
import Core
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import InMemoryLogging
import Logging
import Metrics
import MetricsTestKit
import NIOCore
import Testing

@Suite("Middleware")
struct MiddlewareTests {
    @Test("A request id that is a plain word is kept; anything else is replaced (S4, I4)")
    func requestID() async throws {
        try await TestAPI().test { client in
            let kept = try await client.execute(uri: "/livez", method: .get, headers: [.requestID: "Abc_123-x"])
            #expect(kept.headers[.requestID] == "Abc_123-x")
            for bad in [
                "", "a b", "a\tb", "é", "a/b", String(repeating: "a", count: 65), "a%0d%0ax", TestTokens.merchant, TestTokens.platform,
            ] {
                let response = try await client.execute(uri: "/nowhere", method: .get, headers: [.requestID: bad])
                let id = try #require(response.headers[.requestID])
                #expect(id.wholeMatch(of: /[0-9a-f-]{36}/) != nil)
                #expect(response.json?["requestId"]?.string == id)
            }
            var twice = HTTPFields()
            twice.append(HTTPField(name: .requestID, value: "a"))
            twice.append(HTTPField(name: .requestID, value: "b"))
            #expect(try await client.execute(uri: "/livez", method: .get, headers: twice).headers[.requestID]?.count == 36)
        }
    }

    @Test("A11: only configured origins get permission, exactly matched, also on errors")
    func crossOrigin() async throws {
        var api = TestAPI()
        api.origins = ["https://app.example.com"]
        try await api.test { client in
            for path in ["/livez", "/nowhere", "/fail/unknown", "/api/v1/things/1"] {
                let response = try await client.execute(uri: path, method: .get, headers: [.origin: "https://app.example.com"])
                #expect(response.headers[.accessControlAllowOrigin] == "https://app.example.com", "\(path)")
                #expect(response.headers[.vary] == "Origin")
                #expect(response.headers[.accessControlExposeHeaders]?.contains("X-Request-Id") == true)
            }
            for origin in [
                "https://app.example.com.evil.com", "https://evil.com", "null", "http://app.example.com", "HTTPS://APP.EXAMPLE.COM", "",
            ] {
                let response = try await client.execute(uri: "/livez", method: .get, headers: [.origin: origin])
                #expect(response.headers[.accessControlAllowOrigin] == nil, "\(origin)")
                #expect(response.headers[.vary] == "Origin")
                let preflight = try await client.execute(
                    uri: "/api/v1/things",
                    method: .options,
                    headers: [.origin: origin, .accessControlRequestMethod: "POST"]
                )
                #expect(preflight.headers[.accessControlAllowOrigin] == nil)
                #expect(preflight.headers[.accessControlAllowMethods] == nil)
            }
            let preflight = try await client.execute(
                uri: "/api/v1/things",
                method: .options,
                headers: [
                    .origin: "https://app.example.com", .accessControlRequestMethod: "POST",
                    .accessControlRequestHeaders: "idempotency-key",
                ]
            )
            #expect(preflight.status == .noContent)
            #expect(preflight.headers[.accessControlAllowOrigin] == "https://app.example.com")
            #expect(preflight.headers[.accessControlAllowHeaders]?.contains("Idempotency-Key") == true)
            #expect(preflight.headers[.accessControlAllowMethods]?.contains("PATCH") == true)
        }
        let without = try await TestAPI().test { try await $0.execute(uri: "/livez", method: .get, headers: [.origin: "https://a.b"]) }
        #expect(without.headers[.accessControlAllowOrigin] == nil)
    }

    @Test("Every answer is nosniff and not stored")
    func security() async throws {
        try await TestAPI().test { client in
            for path in ["/livez", "/nowhere", "/fail/unknown", "/fail/domain"] {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
                #expect(response.headers[values: .cacheControl] == ["no-store"])
            }
        }
    }

    @Test("J2: one line for each request, with who and where, without the query")
    func accessLog() async throws {
        let log = InMemoryLogHandler()
        var api = TestAPI()
        api.logger = Logger(label: "access", factory: { _ in log })
        try await api.test { client in
            var headers = HTTPFields.person
            headers[.requestID] = "req-7"
            _ = try await client.execute(uri: "/api/v1/things/5?q=secret", method: .get, headers: headers)
            _ = try await client.execute(uri: "/nowhere?x=secret", method: .get)
        }
        let lines = log.entries.filter { $0.message == "Request" }
        #expect(lines.count == 2)
        let first = try #require(lines.first?.metadata)
        #expect(first["requestId"] == "req-7")
        #expect(first["route"] == "/api/v1/things/{id}")
        #expect(first["method"] == "GET")
        #expect(first["status"]?.description == "200")
        #expect(first["merchantId"]?.description == TestTokens.own.description)
        #expect(first["actor"] == "person:\(TestTokens.personID)")
        #expect(first["durationMs"] != nil)
        let second = try #require(lines.last?.metadata)
        #expect(second["status"]?.description == "404")
        #expect(second["code"] == "not_found")
        #expect(second["route"] == "NotFound")
        #expect(!log.entries.contains { "\($0)".contains("secret") || "\($0)".contains(TestTokens.person) })
    }

    @Test("J2: durations of all outcomes are measured by route template, method and status")
    func metrics() async throws {
        let metrics = TestMetrics()
        try await withMetricsFactory(metrics) {
            try await TestAPI().test { client in
                _ = try await client.execute(uri: "/api/v1/things/1", method: .get, headers: .person)
                _ = try await client.execute(uri: "/api/v1/things/2", method: .get, headers: .person)
                _ = try await client.execute(uri: "/fail/unknown", method: .get)
                _ = try await client.execute(uri: "/x/\(MerchantID.new())", method: #require(HTTPRequest.Method("NONSENSE")))
            }
        }
        func count(_ method: String, _ route: String, _ status: String) throws -> Int {
            try metrics.expectTimer(
                "http_server_request_duration_seconds",
                [("method", method), ("route", route), ("status", status)]
            ).values.count
        }
        #expect(try count("GET", "/api/v1/things/{id}", "200") == 2)
        #expect(try count("GET", "/fail/unknown", "500") == 1)
        #expect(try count("other", "NotFound", "404") == 1)
    }

    @Test("One Host, a bearable address, no other transfer encoding (R6, S1, S6)")
    func rules() async throws {
        try await TestAPI().test { client in
            let long = try await client.execute(uri: "/livez?q=" + String(repeating: "a", count: 8192), method: .get)
            #expect(long.status == .uriTooLong)
            #expect(long.code == "address_too_long")
            let encoded = try await client.execute(uri: "/livez", method: .get, headers: [.transferEncoding: "gzip, chunked"])
            #expect(encoded.status == .badRequest)
            #expect(encoded.headers[.connection] == "close")
            let host = try #require(HTTPField.Name("Host"))
            #expect(try await client.execute(uri: "/livez", method: .get, headers: [host: "second.example"]).status == .badRequest)
        }
    }
}
