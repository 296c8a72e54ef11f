import Core
import NIOHTTP1
import Tenancy
import TestSupport
import Testing

@testable import maitre

/// A9, over HTTP against a running installation.
@Suite(.serialized)
struct RateLimitTests {
    @Test("A9, A12: a restaurant beyond its rate is refused with a time to come back, another is not affected, and the next window is new")
    func limited() async throws {
        try await Installation.run(configure: { $0.rateLimits = RateLimits(merchant: 5, window: .seconds(3)) }) { maitre in
            var refused: Answer?
            // Windows end while this runs; sooner or later six fall into one.
            for _ in 0..<200 where refused == nil {
                let answer = try await maitre.owner(0, .GET, "/bots")
                if answer.status != 200 { refused = answer }
            }
            let answer = try #require(refused)
            #expect(answer.status == 429)
            #expect(try answer.json["code"]?.string == "rate_limited")
            #expect(answer.headers["RateLimit-Policy"] == [#""merchant";q=5;w=3"#])
            let wait = try #require(answer.headers.first(name: "Retry-After").flatMap { Int64($0) })
            #expect((1...3).contains(wait))
            #expect(answer.headers["RateLimit"] == [#""merchant";r=0;t=\#(wait)"#])
            let other = try await maitre.owner(1, .GET, "/bots")
            #expect(other.status == 200)
            #expect(other.headers["RateLimit"].first?.hasPrefix(#""merchant";r=4;"#) == true)
            try await Task.sleep(for: .seconds(wait))
            let again = try await maitre.owner(0, .GET, "/bots")
            #expect(again.status == 200)
            // What one node counted is there for the others.
            try await maitre.eventually("counts are shared") {
                try await maitre.sql("select count(*)::text from platform.rate_counts") != ["0"]
            }
        }
    }

    @Test("A9: logging in and wrong credentials are limited by address; webhooks and health never")
    func addresses() async throws {
        try await Installation.run(configure: { $0.rateLimits = RateLimits(address: 4, window: .seconds(86_400 * 365)) }) { maitre in
            let login = try await maitre.request(.POST, "/api/v1/auth/login", json: "{}")
            #expect(login.status != 429)
            #expect(login.headers["RateLimit"].first?.hasPrefix(#""address";r=3;"#) == true)
            for _ in 0..<3 {
                let guess = try await maitre.request(.GET, "/api/v1/bots", token: "guess")
                #expect(guess.status == 401)
            }
            for path in ["/api/v1/auth/login", "/api/auth/refresh"] {
                let refused = try await maitre.request(.POST, path, json: "{}")
                #expect(refused.status == 429)
            }
            let owner = try await maitre.owner(0, .GET, "/bots")
            #expect(owner.status == 429)
            for _ in 0..<6 {
                let health = try await maitre.request(.GET, "/api/v1/health")
                #expect(health.status == 200)
                let webhook = try await maitre.webhook("{}", secret: "wrong")
                #expect(webhook.status != 429)
                #expect(webhook.headers["RateLimit"].isEmpty)
            }
        }
    }
}
