import Core
import Foundation
import Logging
import Postgres
import Synchronization
import Tenancy
import TestSupport
import Testing

@testable import Usage

/// How far the writers of a test are.
private final class Progress: Sendable {
    let begun = Mutex(0)
    let acknowledged = Mutex(0)
    let isOver = Mutex(false)
}

@Suite("I1: usage is added up")
struct RollUpTests {
    @Test("No row is lost or added twice while several nodes add up, and every reading in between is exact")
    func concurrent() async throws {
        try await UsageFixture.run { fixture in
            let (writers, each) = (4, 150)
            let progress = Progress()
            let readings = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<writers {
                    group.addTask {
                        for _ in 0..<each {
                            progress.begun.withLock { $0 += 2 }
                            try await fixture.append(.conversationOpened, count: 2)
                            progress.acknowledged.withLock { $0 += 2 }
                        }
                        return 0
                    }
                }
                for _ in 0..<3 {
                    group.addTask {
                        while !progress.isOver.withLock({ $0 }) { try await fixture.rollUp.sweep() }
                        return 0
                    }
                }
                group.addTask {
                    var (readings, last) = (0, 0)
                    while !progress.isOver.withLock({ $0 }) {
                        let least = progress.acknowledged.withLock { $0 }
                        let read = Int(try await fixture.service.record(of: fixture.merchant).conversationsThisMonth)
                        let most = progress.begun.withLock { $0 }
                        #expect(read >= least && read <= most && read >= last, "read \(read) between \(least) and \(most) after \(last)")
                        last = read
                        readings += 1
                        if last == writers * each * 2 { progress.isOver.withLock { $0 = true } }
                    }
                    return readings
                }
                return try await group.reduce(0, +)
            }
            #expect(readings > 20)
            try await fixture.rollUp.sweep()
            #expect(try await fixture.column("select sum(number)::text from app.usage_days") == ["1200"])
            #expect(try await fixture.column("select count(*)::text from app.usage_events where not rolled_up") == ["0"])
            #expect(try await fixture.service.record(of: fixture.merchant).conversationsThisMonth == 1200)
        }
    }

    @Test("A crash in between leaves rows and sums as they were, and the next round adds them once")
    func crash() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.append(.messageInbound, count: 7)
            let failure = await postgresFailure {
                try await fixture.tenant.tenant(fixture.merchant) { tx in
                    _ = RollUpRepository(tx).rollUp(limit: 100)
                    tx.append("select 1 / 0")
                }
            }
            #expect(failure?.sqlState == "22012")
            #expect(try await fixture.column("select count(*)::text from app.usage_days") == ["0"])
            #expect(try await fixture.column("select count(*)::text from app.usage_events where rolled_up") == ["0"])
            for _ in 1...2 { try await fixture.rollUp.sweep() }
            #expect(try await fixture.column("select number::text from app.usage_days") == ["7"])
        }
    }

    @Test("While one node adds a merchant up, another passes it by")
    func oneAtATime() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.append(.messageInbound, count: 3)
            try await fixture.tenantClient.withTransaction { transaction in
                try await transaction.run { segment in
                    segment.append("select set_config('app.merchant_id', \(fixture.merchant.description), true)")
                    segment.append("select app.roll_up_usage(100)")
                }
                let other = try await fixture.tenant.tenant(fixture.merchant) { tx in RollUpRepository(tx).rollUp(limit: 100) }
                #expect(other == 0)
            }
            #expect(try await fixture.column("select number::text from app.usage_days") == ["3"])
        }
    }

    @Test("A cause that is repeated counts once, before and after it was added up")
    func replay() async throws {
        try await UsageFixture.run { fixture in
            let message = MessageID.new()
            for _ in 1...2 { try await fixture.append(.messageOutbound, id: message) }
            try await fixture.rollUp.sweep()
            try await fixture.append(.messageOutbound, id: message)
            try await fixture.rollUp.sweep()
            #expect(try await fixture.column("select number::text from app.usage_days") == ["1"])
        }
    }

    @Test("The record of a cause cannot be changed or taken back by a merchant's transaction; only that it was added up can be said")
    func appendOnly() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.append(.messageInbound)
            for statement: Statement in ["update app.usage_events set day = day - 1", "delete from app.usage_events"] {
                let refused = await postgresFailure { try await fixture.tenant.tenant(fixture.merchant) { tx in tx.append(statement) } }
                #expect(refused?.sqlState == "42501")
            }
        }
    }

    @Test("What is added up is not read again: a reading costs the same after many messages")
    func readingCost() async throws {
        try await UsageFixture.run { fixture in
            _ = try await fixture.service.record(of: fixture.merchant)
            try await fixture.sql(
                """
                insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day, rolled_up)
                select '\(fixture.merchant)', app.uuid_v7(), 'message_inbound', 'contact', '\(fixture.channel)', current_date, true
                from generate_series(1, 20000);
                select pg_stat_reset();
                """
            )
            try await withPostgresClient(PostgresConfiguration(url: fixture.database.url(role: "maitre_tenant"), poolSize: 1)) { client in
                for _ in 1...10 {
                    _ = try await TenantDatabase(client: client).tenant(fixture.merchant) { tx in UsageRepository(tx).record() }
                }
            }
            let touched = try await fixture.column(
                """
                select (coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0))::text from pg_stat_user_tables
                where relname like 'usage_events%'
                """
            )
            #expect((Int(touched.first ?? "") ?? .max) < 100, "\(touched)")
        }
    }
}
