import Core
import Foundation
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Usage

@Suite("I3: days of the merchant's zone")
struct DayTests {
    @Test("A day begins at its first moment in every zone, on every day of 2026 and 2027")
    func everyZone() async throws {
        try await UsageFixture.run { fixture in
            let wrong = try await fixture.column(
                """
                select z.name || ' ' || d::date from (select name from pg_timezone_names where name ~ '^[A-Z][a-z]+/[A-Z]' and name !~ '^Etc') z
                cross join generate_series(timestamp '2026-01-01', '2027-12-31', '1 day') d
                -- Where the clocks change is near the start of a month's last week or its first; the others are all alike.
                where (extract(day from d) > 21 or extract(day from d) < 15) and extract(month from d) in (3, 4, 5, 9, 10, 11)
                    and ((app.day_start(d::date, z.name) at time zone z.name)::date <> d::date
                        or ((app.day_start(d::date, z.name) - interval '1 microsecond') at time zone z.name)::date >= d::date)
                limit 10
                """
            )
            #expect(wrong == [])
        }
    }

    @Test(
        "Days on which the clocks change have 23 or 25 hours",
        arguments: [
            ("Europe/London", "2026-03-29", 23), ("Europe/London", "2026-10-25", 25), ("Pacific/Auckland", "2026-04-05", 25),
            ("Pacific/Auckland", "2026-09-27", 23), ("America/Havana", "2026-11-01", 25), ("Africa/Cairo", "2026-04-24", 23),
            ("Asia/Riyadh", "2026-10-25", 24),
        ]
    )
    func length(zone: String, day: String, hours: Int) async throws {
        try await UsageFixture.run { fixture in
            let found = try await fixture.column(
                """
                select (extract(epoch from app.day_start(date '\(day)' + 1, '\(zone)') - app.day_start('\(day)', '\(zone)')) / 3600)::integer::text
                """
            )
            #expect(found == ["\(hours)"])
        }
    }

    @Test(
        "What is counted belongs to the merchant's day, not UTC's; a month is that of the zone, and a new zone moves nothing that was counted"
    )
    func ownDay() async throws {
        try await UsageFixture.run(zone: "Pacific/Auckland") { fixture in
            try await fixture.append(.conversationOpened)
            let auckland = "(now() at time zone 'Pacific/Auckland')::date::text"
            #expect(try await fixture.column("select day::text from app.usage_events") == fixture.column("select \(auckland)"))
            try await fixture.sql("update platform.merchants set time_zone = 'Pacific/Pago_Pago'")
            try await fixture.append(.conversationOpened)
            try await fixture.rollUp.sweep()
            let days = try await fixture.column("select day::text from app.usage_days order by 1 desc")
            // A whole day apart, at any moment.
            #expect(
                try await days == fixture.column("select unnest(array[\(auckland), (now() at time zone 'Pacific/Pago_Pago')::date::text])")
            )
            #expect(days.count == 2)
        }
    }

    @Test("A conversation of the last minute of a month belongs to it, wherever UTC is")
    func monthEnds() async throws {
        try await UsageFixture.run(zone: "Pacific/Auckland") { fixture in
            // This month's first day and the day before it, as the merchant has them.
            try await fixture.sql(
                """
                insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day, created_at)
                select '\(fixture.merchant)', app.uuid_v7(), 'conversation_opened', 'contact', '\(fixture.channel)', (edge.moment at time zone 'Pacific/Auckland')::date, edge.moment
                from (select app.day_start(date_trunc('month', now() at time zone 'Pacific/Auckland')::date, 'Pacific/Auckland') + n * interval '1 second' moment
                      from generate_series(-1, 0) n) edge
                """
            )
            for _ in 1...2 {
                let (record, months) = try await fixture.service.history(of: fixture.merchant)
                #expect(record.conversationsThisMonth == 1)
                #expect(months.map(\.conversations) == [1, 1, 0, 0, 0, 0])
                try await fixture.rollUp.sweep()
            }
        }
    }
}
