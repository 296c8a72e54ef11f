import Core
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@testable import Tenancy

/// A9: limits that nodes share.
@Suite struct RateLimiterTests {
    /// One node's.
    private static func limiter(
        _ limits: RateLimits,
        _ database: PlatformDatabase,
        configuration: RateLimiter.Configuration = .init(),
        clock: @escaping @Sendable () -> Timestamp = { .now }
    ) -> RateLimiter {
        RateLimiter(limits, database: database, configuration: configuration, logger: Logger(label: "test"), clock: clock)
    }

    @Test("A9: two nodes share one limit; a request costs no statement, and an exchange one for all that was counted")
    func shared() async throws {
        try await withTenancy { tenancy in
            // A year's window: the test does not run into its end, whatever the database's clock says.
            let limits = RateLimits(credential: 10, merchant: 100, window: .seconds(86_400 * 365))
            let (one, two) = (Self.limiter(limits, tenancy.platform), Self.limiter(limits, tenancy.platform))
            let (key, merchant) = (RateSubject.credential(CredentialID(.v7())), RateSubject.merchant(MerchantID(.v7())))
            for _ in 0..<6 { #expect(!one.take(key, merchant).isRefused) }
            #expect(try await tenancy.sql("select count(*)::text from platform.rate_counts") == ["0"])
            try await one.exchange()
            #expect(!two.take(key, merchant).isRefused)
            try await two.exchange()
            let known = two.take(key, merchant)
            #expect(known.quotas.map(\.remaining) == [2, 92], "six there, two here")
            for _ in 0..<2 { #expect(!two.take(key, merchant).isRefused) }
            #expect(two.take(key, merchant).isRefused)
            try await two.exchange()
            // The first learns of it with its own next exchange.
            #expect(!one.take(key, merchant).isRefused)
            try await one.exchange()
            #expect(one.take(key, merchant).isRefused)
            #expect(!one.take(.credential(CredentialID(.v7())), merchant).isRefused)
            #expect(try await tenancy.sql("select max(count)::text from platform.rate_counts") == ["11"])
        }
    }

    @Test("A9: exchanges of many nodes over the same subjects at once neither wait for each other in a circle nor lose a count")
    func concurrent() async throws {
        try await withTenancy { tenancy in
            let limits = RateLimits(address: 1_000_000, window: .seconds(86_400 * 365))
            let nodes = (0..<4).map { _ in Self.limiter(limits, tenancy.platform) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, node) in nodes.enumerated() {
                    group.addTask {
                        for _ in 0..<10 {
                            for number in 0..<200 { _ = node.take(.address("\((number * (2 * index + 1)) % 200)")) }
                            try await node.exchange()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await tenancy.sql("select count(*) || ' ' || sum(count) from platform.rate_counts") == ["200 8000"])
        }
    }

    @Test("A9: windows are those of the database's clock, whatever the node's says; those that are over are deleted")
    func clock() async throws {
        try await withTenancy { tenancy in
            // An hour late.
            let limiter = Self.limiter(RateLimits(address: 10), tenancy.platform) { .now - .seconds(3600) }
            _ = limiter.take(.address("192.0.2.1"))
            try await limiter.exchange()
            _ = limiter.take(.address("192.0.2.1"))
            try await limiter.exchange()
            let ages =
                "select (clock_timestamp() - window_start < interval '61 seconds')::text from platform.rate_counts order by window_start"
            #expect(try await tenancy.sql(ages) == ["false", "true"])
            try await limiter.clean()
            #expect(try await tenancy.sql(ages) == ["true"])

            let fresh = Self.limiter(RateLimits(address: 10), tenancy.platform) { .now + .seconds(3600) }
            try await fresh.clean()
            _ = fresh.take(.address("192.0.2.2"))
            try await fresh.exchange()
            #expect(try await tenancy.sql(ages) == ["true", "true"])
        }
    }

    @Test("A9: while the database is away a node limits by what it knows, and tells what it counted once it is back")
    func outage() async throws {
        try await withTenancy { tenancy in
            let limits = RateLimits(address: 5, window: .seconds(86_400 * 365))
            try await tenancy.sql("revoke execute on function platform.count_requests(timestamptz, bytea[], bigint[]) from maitre_platform")
            let limiter = Self.limiter(limits, tenancy.platform)
            for _ in 0..<5 {
                #expect(!limiter.take(.address("192.0.2.1")).isRefused)
                await #expect(throws: (any Error).self) { try await limiter.exchange() }
            }
            #expect(limiter.take(.address("192.0.2.1")).isRefused)
            #expect(!limiter.take(.address("192.0.2.2")).isRefused)
            try await tenancy.sql("grant execute on function platform.count_requests(timestamptz, bytea[], bigint[]) to maitre_platform")
            try await limiter.exchange()
            #expect(try await tenancy.sql("select count::text from platform.rate_counts order by count") == ["1", "5"])
        }
    }

    @Test("A9: the service exchanges and deletes by itself, survives failures, and ends at shutdown")
    func service() async throws {
        try await withTenancy { tenancy in
            var configuration = RateLimiter.Configuration()
            configuration.interval = .milliseconds(20)
            let limits = RateLimits(address: 5, window: .seconds(86_400 * 365))
            let (one, two) = (
                Self.limiter(limits, tenancy.platform, configuration: configuration),
                Self.limiter(limits, tenancy.platform, configuration: configuration)
            )
            let nowhere = PlatformDatabase(
                client: PostgresClient(PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none"), logger: Logger(label: "test"))
            )
            let lonely = Self.limiter(limits, nowhere, configuration: configuration)
            let off = Self.limiter(.off, nowhere)
            let group = ServiceGroup(services: [one, two, lonely, off], logger: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let start = ContinuousClock.now
                for _ in 0..<3 { _ = one.take(.address("192.0.2.1")) }
                while try await tenancy.sql("select count(*)::text from platform.rate_counts") == ["0"],
                    ContinuousClock.now < start + .seconds(20)
                {
                    try await Task.sleep(for: .milliseconds(50))
                }
                _ = lonely.take(.address("192.0.2.1"))
                let deadline = start + .seconds(40)
                var (accepted, isRefused) = (0, false)
                while !isRefused, ContinuousClock.now < deadline {
                    isRefused = two.take(.address("192.0.2.1")).isRefused
                    if !isRefused { accepted += 1 }
                    try await Task.sleep(for: .milliseconds(100))
                }
                // Fewer than the limit of its own: the rest was the first's.
                #expect(isRefused && (1..<5).contains(accepted))
                let alone = lonely.take(.address("192.0.2.1"))
                #expect(alone.quotas.first?.remaining == 3)
                let total = "select sum(count)::text from platform.rate_counts"
                while try await tenancy.sql(total) != ["\(3 + accepted)"], ContinuousClock.now < deadline {
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(try await tenancy.sql(total) == ["\(3 + accepted)"])
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    @Test("A9: one client has all addresses of an IPv6 network of 64 bits")
    func networks() {
        func subject(_ address: String) -> RateSubject { .network(of: address) }
        #expect(subject("2001:db8:1:2::1") == subject("2001:db8:1:2:aaaa::9"))
        #expect(subject("2001:db8:1:2::1") != subject("2001:db8:1:3::1"))
        #expect(subject("192.0.2.1") != subject("192.0.2.2"))
    }
}
