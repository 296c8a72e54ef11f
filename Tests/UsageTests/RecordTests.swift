import Core
import Foundation
import Logging
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Usage

@Suite("I1, I2: records of usage")
struct RecordTests {
    @Test("A merchant that did nothing has zeros and no times, six months of nothing, and is not active")
    func nothing() async throws {
        try await UsageFixture.run { fixture in
            let (record, months) = try await fixture.service.history(of: fixture.merchant)
            #expect(record.conversationsThisMonth == 0 && record.messagesToday == 0)
            #expect(record.lastConversationAt == nil && record.firstActivity == nil && record.lastActivity == nil && !record.isActive)
            #expect(record.dailyRemaining == 1000 && record.monthlyRemaining == 30_000)
            #expect(record.allowances == Allowances(dailyLimit: 1000, monthlyLimit: 30_000, perMinute: 300))
            #expect(record.dayEnds > .now && record.dayEnds <= .now + .seconds(86_400))
            #expect(record.monthEnds > .now && record.monthEnds <= .now + .seconds(31 * 86_400))
            #expect(months.count == 6 && months.allSatisfy { $0.conversations == 0 && $0.lastConversationAt == nil })
            let order = months.map { Int($0.year) * 12 + Int($0.month) }
            #expect(order == (0..<6).map { order[0] - $0 })
        }
    }

    @Test("The same before it is added up, in between, and afterwards; for the merchant and for the platform")
    func stages() async throws {
        try await UsageFixture.run { fixture in
            @Sendable func check(_ stage: Comment, _ conversations: Int64) async throws {
                let own = try await fixture.service.record(of: fixture.merchant)
                let (seen, months) = try await fixture.service.history(of: fixture.merchant)
                let listed = try await fixture.service.page(limit: 20, offset: 0)
                #expect(listed.total == 1)
                for record in [own, seen] + listed.records {
                    #expect(record.conversationsThisMonth == conversations, stage)
                    #expect(record.isActive, stage)
                    #expect(record.lastConversationAt == own.lastConversationAt && record.firstActivity == own.firstActivity, stage)
                    #expect(record.lastActivity == own.lastActivity, stage)
                }
                #expect(months[0].conversations == conversations, stage)
                #expect(months[0].lastConversationAt == own.lastConversationAt, stage)
                let times = try await fixture.column(
                    """
                    select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from (
                        select unnest(array[max(created_at) filter (where metric = 'conversation_opened'), min(created_at), max(created_at)]) t
                        from app.usage_events) times
                    """
                )
                #expect([own.lastConversationAt, own.firstActivity, own.lastActivity].map { $0?.rfc3339 ?? "" } == times, stage)
            }
            try await fixture.append(.messageInbound)
            try await fixture.append(.conversationOpened, count: 2)
            try await fixture.append(.messageOutbound)
            try await check("tail only", 2)
            try await fixture.rollUp.sweep()
            try await check("added up", 2)
            try await fixture.append(.conversationOpened)
            try await check("both", 3)
            try await fixture.rollUp.sweep()
            try await check("added up again", 3)
        }
    }

    @Test("Active is who is active and had a message in 30 days")
    func active() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.append(.messageInbound)
            try await fixture.rollUp.sweep()
            #expect(try await fixture.service.record(of: fixture.merchant).isActive)
            try await fixture.sql("update platform.merchants set status = 'suspended'")
            #expect(try await !fixture.service.record(of: fixture.merchant).isActive)
            try await fixture.sql(
                "update platform.merchants set status = 'active'; update app.usage_activity set last_at = now() - interval '31 days'"
            )
            #expect(try await !fixture.service.record(of: fixture.merchant).isActive)
        }
    }

    @Test("Ten thousand merchants: every page is theirs in order, and costs the rows of its page at any offset")
    func tenThousand() async throws {
        try await UsageFixture.run { fixture in
            // As on an installation that grew: the plan was made while there was one merchant.
            _ = try await fixture.service.page(limit: 100, offset: 0)
            try await fixture.sql(
                """
                insert into platform.merchants (id, name, time_zone, locale, currency, created_at)
                select app.uuid_v7(), 'Restaurant ' || n, (array['Asia/Riyadh', 'Europe/London', 'Pacific/Auckland'])[n % 3 + 1], 'ar', 'SAR',
                    timestamptz '2026-01-01' + n * interval '1 minute'
                from generate_series(1, 9999) n;
                insert into app.usage_days (merchant_id, metric, day, sender, number, first_at, last_at)
                select m.id, metric, current_date - back, 'contact', 2, now() - interval '20 days', now()
                from platform.merchants m cross join generate_series(0, 9) back
                cross join unnest(array['message_inbound', 'message_outbound', 'conversation_opened']) metric;
                insert into app.usage_activity select m.id, now() - interval '20 days', now(), now() from platform.merchants m;
                insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day)
                select m.id, app.uuid_v7(), 'conversation_opened', 'contact', m.id, (now() at time zone m.time_zone)::date
                from platform.merchants m cross join generate_series(1, 3);
                """
            )
            try await fixture.alone("vacuum analyze platform.merchants, app.usage_days, app.usage_activity, app.usage_events")
            let expected = try await fixture.column("select name from platform.merchants order by created_at, id")
            var pages = 0
            for offset in [0, 20, 4950, 9_900, 9_950, 9_999, 10_000, 50_000] {
                let page = try await fixture.service.page(limit: 100, offset: offset)
                #expect(page.total == 10_000)
                #expect(page.records.map(\.name) == Array(expected.dropFirst(offset).prefix(100)))
                for record in page.records { #expect(record.conversationsThisMonth >= 3) }
                pages += 1
            }
            let plan = try await fixture.platform.platform { tx in
                tx.append(
                    """
                    explain (analyze, buffers, costs off, timing off, summary off) select \(unescaped: UsageSQL.columns)
                    from (select * from platform.merchants order by created_at, id limit 101 offset 9900) p
                    \(unescaped: UsageSQL.sums) order by p.created_at, p.id
                    """
                ) { rows in try rows.map { row in try row.next(String.self) } }
            }
            #expect(!plan.contains { $0.contains("Seq Scan") }, "\(plan.joined(separator: "\n"))")
            // 9,900 index entries to pass and a few pages for each of the 100: far from the pages of all.
            let buffers = plan.first { $0.contains("Buffers:") }.flatMap { line in line.firstMatch(of: /hit=(\d+)/).flatMap { Int($0.1) } }
            #expect(try #require(buffers) < 20_000, "\(plan.joined(separator: "\n"))")
        }
    }
}
