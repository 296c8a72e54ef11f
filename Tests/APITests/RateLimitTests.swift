import Core
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import API

/// A9: limits as a client sees them.
@Suite struct RateLimitTests {
    /// With a limiter whose clock stands 25 s before the end of a window, and whose database is away.
    private static func api(_ limits: RateLimits) -> TestAPI {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let client = PostgresClient(PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none"), logger: logger)
        var api = TestAPI()
        api.rateLimiter = RateLimiter(limits, database: PlatformDatabase(client: client), logger: logger) {
            Timestamp(unixSeconds: 1_800_000_035)
        }
        return api
    }

    @Test("A9: answers say the limits and what is left; beyond one it is 429 rate_limited with Retry-After and the same fields")
    func headers() async throws {
        try await Self.api(RateLimits(credential: 2, merchant: 10, address: 20)).test { client in
            for remaining in [1, 0] {
                let answer = try await client.execute(uri: "/api/v1/things/1", method: .get, headers: .merchant)
                #expect(answer.status == .ok)
                #expect(
                    answer.headers[.rateLimitPolicy] == #""address";q=20;w=60, "credential";q=2;w=60, "merchant";q=10;w=60"#
                )
                #expect(
                    answer.headers[.rateLimit]
                        == #""address";r=\#(18 + remaining);t=25, "credential";r=\#(remaining);t=25, "merchant";r=\#(8 + remaining);t=25"#
                )
                #expect(answer.headers[.retryAfter] == nil)
            }
            let refused = try await client.execute(uri: "/api/things/1", method: .get, headers: .merchant)
            #expect(refused.status == .tooManyRequests)
            #expect(refused.code == "rate_limited")
            #expect(refused.headers[.retryAfter] == "25")
            #expect(refused.headers[.contentType] == "application/problem+json")
            #expect(refused.headers[.rateLimit] == #""address";r=17;t=25, "credential";r=0;t=25, "merchant";r=8;t=25"#)
            #expect(refused.json?["detail"]?.string == "Too many requests of this credential; wait 25 s.")
        }
    }

    @Test("A9: every answer of a limited route has the fields, also an error; a platform key without a restaurant has no merchant's limit")
    func everyAnswer() async throws {
        try await Self.api(RateLimits(credential: 100, merchant: 100, address: 100)).test { client in
            let invalid = try await client.execute(
                uri: "/api/v1/things",
                method: .post,
                headers: [.apiKey: TestTokens.merchant, .contentType: "application/json"],
                body: ByteBuffer(string: "{}")
            )
            #expect(invalid.status == .unprocessableContent)
            #expect(invalid.headers[.rateLimit] == #""address";r=99;t=25, "credential";r=99;t=25, "merchant";r=99;t=25"#)
            let platform = try await client.execute(uri: "/api/v1/all-things", method: .get, headers: .platform)
            #expect(platform.headers[.rateLimit] == #""address";r=98;t=25, "credential";r=98;t=25"#)
            let anonymous = try await client.execute(uri: "/api/v1/things/1", method: .get)
            #expect(anonymous.status == .unauthorized)
            #expect(anonymous.headers[.rateLimit] == #""address";r=97;t=25"#)
        }
    }

    @Test("A9: credentials that are refused count for their address, which is limited before anything is looked up; health is not limited")
    func guessing() async throws {
        let api = Self.api(RateLimits(credential: 100, address: 3))
        try await api.test { client in
            for _ in 0..<3 {
                let answer = try await client.execute(uri: "/api/v1/things/1", method: .get, headers: [.authorization: "Bearer guess"])
                #expect(answer.status == .unauthorized)
            }
            let lookups = api.authenticator.questions
            let refused = try await client.execute(uri: "/api/v1/things/1", method: .get, headers: .merchant)
            #expect(refused.status == .tooManyRequests)
            #expect(api.authenticator.questions == lookups)
            for _ in 0..<5 {
                let health = try await client.execute(uri: "/api/v1/health", method: .get)
                #expect(health.status == .ok)
                #expect(health.headers[.rateLimit] == nil)
            }
        }
    }

    @Test("A12: restaurants with the same limit and address are counted apart")
    func apart() async throws {
        try await Self.api(RateLimits(merchant: 1)).test { client in
            let first = try await client.execute(uri: "/api/v1/things/1", method: .get, headers: .merchant)
            let second = try await client.execute(uri: "/api/v1/things/1", method: .get, headers: .merchant)
            #expect(first.status == .ok && second.status == .tooManyRequests)
            let other = try await client.execute(
                uri: "/api/v1/things/1",
                method: .get,
                headers: [.authorization: "Bearer \(TestTokens.person)", .restaurantID: TestTokens.second.description]
            )
            #expect(other.status == .ok)
            #expect(other.headers[.rateLimit] == #""merchant";r=0;t=25"#)
        }
    }

    @Test("A9: without limits there are no fields")
    func off() async throws {
        try await TestAPI().test { client in
            let answer = try await client.execute(uri: "/api/v1/things/1", method: .get, headers: .merchant)
            #expect(answer.status == .ok)
            #expect(answer.headers[.rateLimit] == nil && answer.headers[.rateLimitPolicy] == nil)
        }
    }
}
