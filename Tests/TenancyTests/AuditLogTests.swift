import Core
import Foundation
import InMemoryLogging
import Logging
import MetricsTestKit
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@testable import Tenancy

/// A8: the log of changes and refusals, which the application cannot change.
@Suite struct AuditLogTests {
    @Test("A8: neither role can change, delete or truncate an entry; a merchant reads and writes only its own")
    func appendOnly() async throws {
        try await withTenancy { tenancy in
            let (mine, other) = (try await tenancy.merchant("Mine"), try await tenancy.merchant("Other"))
            for role in ["maitre_tenant", "maitre_platform"] {
                let client = role == "maitre_tenant" ? tenancy.tenantClient : tenancy.platformClient
                for statement in [
                    "update platform.audit_log set outcome = 'done'", "delete from platform.audit_log", "truncate platform.audit_log",
                    "drop table platform.audit_log",
                    "insert into platform.audit_log select * from platform.audit_log on conflict (id) do update set code = 'x'",
                    "merge into platform.audit_log a using (select 1) x on true when matched then delete",
                ] {
                    let refused = await postgresFailure {
                        try await client.run { segment in
                            segment.append("select set_config('app.merchant_id', \(mine.description), true)")
                            segment.append(Statement(unescaped: statement))
                        }
                    }
                    #expect(refused?.sqlState == "42501", "\(role): \(statement)")
                }
            }
            let stolen = await postgresFailure {
                try await tenancy.tenantClient.run { segment in
                    segment.append("select set_config('app.merchant_id', \(mine.description), true)")
                    segment.append("\(audit: AuditEntry(action: .botCreated, of: other, by: .system("test")))")
                }
            }
            #expect(stolen?.sqlState == "42501")
            let nobody = await postgresFailure {
                try await tenancy.tenantClient.run { segment in
                    segment.append("\(audit: AuditEntry(action: .botCreated, of: mine, by: .system("test")))")
                }
            }
            #expect(nobody?.sqlState == "42501")
            // What there was is still there, once, and each sees only its own.
            for merchant in [mine, other] {
                let seen = try await tenancy.tenantClient.run { segment in
                    segment.append("select set_config('app.merchant_id', \(merchant.description), true)")
                    return segment.append("select merchant_id from platform.audit_log") { rows in
                        try rows.map { row in try row.next(MerchantID?.self) }
                    }
                }
                #expect(seen == [merchant])
            }
        }
    }

    @Test("A8: an entry is in the transaction of its change: both or neither")
    func together() async throws {
        try await withTenancy { tenancy in
            let mine = try await tenancy.merchant("Mine")
            let failed = await postgresFailure {
                try await tenancy.tenant.tenant(mine) { tx in
                    tx.audit(AuditEntry(action: .botCreated, by: .system("test")))
                    tx.append("select 1/0")
                }
            }
            #expect(failed?.sqlState == "22012")
            #expect(try await tenancy.audit.page(of: mine, limit: 10).entries.map(\.action) == [.merchantCreated])
            // And one that is tied to a change which found nothing is not written.
            try await tenancy.tenant.tenant(mine) { tx in
                tx.append(
                    "with changed as (select 1 where false), audited as (\(audit: AuditEntry(action: .botCreated, of: mine, by: .system("x"))) from changed) select 1"
                )
                tx.append(
                    "with changed as (select 1), audited as (\(audit: AuditEntry(action: .channelCreated, of: mine, by: .system("x"))) from changed) select 1"
                )
            }
            #expect(try await tenancy.audit.page(of: mine, limit: 10).entries.map(\.action) == [.channelCreated, .merchantCreated])
        }
    }

    @Test("A8: an entry says who, what, when and from where, and comes back as it was written")
    func whole() async throws {
        try await withTenancy { tenancy in
            let mine = try await tenancy.merchant("Mine")
            let actor = Actor(
                .personalAccessToken,
                credential: .new(),
                person: .new(),
                address: "2001:db8::1",
                userAgent: "Mozilla/5.0",
                requestID: "abc-1"
            )
            let entry = AuditEntry(
                action: .channelUpdated,
                subject: AuditSubject("channel", ChannelID.new()),
                of: mine,
                by: actor,
                details: ["fields": .texts(["accessToken", "status"]), "number": .number(7), "route": .text("x\"y")]
            )
            try await tenancy.tenant.tenant(mine) { tx in tx.audit(entry) }
            let read = try await tenancy.audit.page(of: mine, limit: 1).entries.first
            #expect(read?.id == entry.id)
            #expect(read?.at == entry.at)
            #expect(read?.actor == actor)
            #expect(read?.subject == entry.subject)
            #expect(read?.merchant == mine)
            let details = try JSONDocument(parsing: read?.details.bytes ?? []).root
            #expect(details["fields"]?.elements.compactMap(\.string) == ["accessToken", "status"])
            #expect(details["number"]?.int == 7)
            #expect(details["route"]?.string == "x\"y")
        }
    }

    @Test("A8: pages are newest first and whole, filters hold, and a merchant does not learn the platform's addresses")
    func pages() async throws {
        try await withTenancy { tenancy in
            let (mine, other) = (try await tenancy.merchant("Mine"), try await tenancy.merchant("Other"))
            let (person, key) = (PersonID.new(), CredentialID.new())
            var made: [AuditEntryID] = []
            for number in 0..<25 {
                let actor =
                    number.isMultiple(of: 2)
                    ? Actor(.session, credential: key, person: person, address: "203.0.113.1")
                    : Actor(.platformKey, credential: .new(), address: "198.51.100.9", userAgent: "ops")
                let entry = AuditEntry(
                    action: number.isMultiple(of: 5) ? .accessRefused : .botCreated,
                    outcome: number.isMultiple(of: 5) ? .refused : .done,
                    of: mine,
                    by: actor,
                    at: .now + .milliseconds(number)
                )
                made.append(entry.id)
                try await tenancy.platform.platform { tx in tx.audit(entry) }
                try await tenancy.platform.platform { tx in tx.audit(AuditEntry(action: .botCreated, of: other, by: actor)) }
            }
            var read: [AuditEntryID] = []
            var before: AuditEntryID?
            repeat {
                let (entries, next) = try await tenancy.audit.page(of: mine, before: before, limit: 7)
                read += entries.map(\.id)
                before = next
            } while before != nil
            #expect(read.dropLast() == made.reversed()[...])
            let own = try await tenancy.audit.page(of: mine, limit: 100).entries
            #expect(own.filter { $0.actor.kind == .platformKey }.allSatisfy { $0.actor.address == nil && $0.actor.userAgent == nil })
            #expect(own.filter { $0.actor.kind == .session }.allSatisfy { $0.actor.address == "203.0.113.1" })
            let all = try await tenancy.audit.platformPage(limit: 100).entries
            #expect(all.count == 52)
            #expect(all.filter { $0.actor.kind == .platformKey }.allSatisfy { $0.actor.address == "198.51.100.9" })
            let ofMine = try await tenancy.audit.platformPage(of: mine, limit: 100).entries
            #expect(ofMine.count == 26)
            let refused = AuditFilter(action: .accessRefused, outcome: .refused)
            #expect(try await tenancy.audit.page(of: mine, refused, limit: 100).entries.count == 5)
            for actor in [person.uuid, key.uuid] {
                #expect(try await tenancy.audit.page(of: mine, AuditFilter(actor: actor), limit: 100).entries.count == 13)
            }
            let times = all.filter { $0.merchant == mine }.map(\.at).sorted()
            let some = AuditFilter(from: times[5], to: times[10])
            let found = try await tenancy.audit.page(of: mine, some, limit: 100).entries.map(\.at)
            #expect(found == times[5..<10].reversed())
        }
    }

    @Test("A page of a merchant's log reads its rows by an index, whatever the size of the log")
    func plan() async throws {
        try await withTenancy { tenancy in
            let mine = try await tenancy.merchant("Mine")
            for statement in [
                "select id from platform.audit_log where merchant_id = '\(mine)' and id < 'ffffffff-ffff-ffff-ffff-ffffffffffff' order by id desc limit 26",
                "select id from platform.audit_log where id < 'ffffffff-ffff-ffff-ffff-ffffffffffff' order by id desc limit 26",
            ] {
                let plan = try await tenancy.platformClient.run { segment in
                    segment.append(Statement(unescaped: "explain \(statement)")) { rows in try rows.map { row in try row.next(String.self) }
                    }
                }
                .joined(separator: "\n")
                #expect(plan.contains("Index") && !plan.contains("Seq Scan") && !plan.contains("Sort"), "\(plan)")
            }
        }
    }

    @Test("A8: the trail writes refusals soon, counts a flood, and drains at shutdown")
    func trail() async throws {
        try await withTenancy { tenancy in
            let metrics = TestMetrics()
            var configuration = AuditTrail.Configuration()
            configuration.interval = .milliseconds(20)
            let trail = AuditTrail(
                database: tenancy.platform,
                configuration: configuration,
                logger: Logger(label: "test"),
                metrics: metrics
            )
            let group = ServiceGroup(configuration: .init(services: [.init(service: trail)], logger: Logger(label: "test")))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let attacker = Actor(.anonymous, address: "203.0.113.66")
                for _ in 0..<1000 {
                    trail.record(AuditEntry(action: .accessRefused, outcome: .refused, code: "invalid_credential", by: attacker))
                }
                let deadline = ContinuousClock.now + .seconds(20)
                var counts: [Int] = []
                while counts.isEmpty, ContinuousClock.now < deadline {
                    counts = try await tenancy.audit.platformPage(limit: 100).entries.map(\.count)
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(counts == [1])
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
            #expect(try await tenancy.audit.platformPage(limit: 100).entries.map(\.count).sorted() == [1, 999])
            #expect(try metrics.expectCounter("maitre_audit_entries_total", [("result", "written")]).totalValue == 2)
        }
    }

    @Test("A8: what a trail cannot keep is counted in the log itself, and recording takes no time")
    func overflow() async throws {
        try await withTenancy { tenancy in
            var configuration = AuditTrail.Configuration()
            configuration.capacity = 50
            let trail = AuditTrail(
                database: tenancy.platform,
                configuration: configuration,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                metrics: TestMetrics()
            )
            let start = ContinuousClock.now
            for number in 0..<5000 {
                trail.record(AuditEntry(action: .accessRefused, outcome: .refused, by: Actor(.anonymous, address: "10.0.0.\(number)")))
            }
            #expect(ContinuousClock.now - start < .seconds(5))
            let group = ServiceGroup(configuration: .init(services: [.init(service: trail)], logger: Logger(label: "test")))
            await group.triggerGracefulShutdown()
            try await group.run()
            let entries = try await tenancy.audit.platformPage(limit: 100).entries
            #expect(entries.count == 51)
            #expect(entries.filter { $0.action == .auditDropped }.map(\.count) == [4950])
        }
    }

    @Test("A8: while the database is away recording does not wait and nothing fails; what is lost with the process is said")
    func outage() async throws {
        let log = InMemoryLogHandler()
        let logger = Logger(label: "test", factory: { _ in log })
        var away = PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none", poolSize: 1)
        away.waitTimeout = .milliseconds(50)
        let client = PostgresClient(away, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        var configuration = AuditTrail.Configuration()
        configuration.interval = .milliseconds(10)
        let trail = AuditTrail(
            database: PlatformDatabase(client: client),
            configuration: configuration,
            logger: logger,
            metrics: TestMetrics()
        )
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: trail)],
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for number in 0..<3 {
                trail.record(AuditEntry(action: .accessRefused, outcome: .refused, by: Actor(.anonymous, address: "10.0.0.\(number)")))
            }
            let deadline = ContinuousClock.now + .seconds(20)
            while !log.entries.contains(where: { $0.message == "The audit log cannot be written now" }), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(10))
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        await client.shutDown()
        let said = log.entries.filter { $0.message == "Refusals were not written down" }
        #expect(said.map { "\($0.metadata["count"] ?? "")" } == ["3"])
    }

    @Test("The partitions of the months to come are made by whoever comes first")
    func partitions() async throws {
        try await withTenancy { tenancy in
            try await PostgresScript.run("drop table platform.audit_log_\(IsolationTests.thisMonth)", url: tenancy.database.database.url)
            let made = try await tenancy.platform.platform { tx in PlatformAuditRepository(tx).ensurePartitions() }
            #expect(made == 1)
            let again = try await tenancy.platform.platform { tx in PlatformAuditRepository(tx).ensurePartitions() }
            #expect(again == 0)
        }
    }
}
