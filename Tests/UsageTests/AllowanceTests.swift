import Core
import Foundation
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Usage

@Suite("I3: allowances")
struct AllowanceTests {
    @Test("R10: of 100 at once with one left, exactly one is let through", arguments: [1, 1000])
    func oneLeft(limit: Int) async throws {
        try await UsageFixture.run { fixture in
            try await fixture.limit(daily: limit)
            if limit > 1 { for _ in 1..<limit { try await fixture.use(1) } }
            let outcomes = try await Self.race(fixture, times: 100) { _ in 1 }
            #expect(outcomes == ["taken": 1, "MT011": 99])
            #expect(try await fixture.used() == limit)
            #expect(try await fixture.service.record(of: fixture.merchant).dailyRemaining == 0)
        }
    }

    @Test(
        "However many use it at once, the sum never passes the limit, nothing is left over, and each mark is told once",
        arguments: [9, 100, 337]
    )
    func exact(limit: Int) async throws {
        try await UsageFixture.run { fixture in
            try await fixture.limit(daily: limit)
            let outcomes = try await Self.race(fixture, times: limit + 60) { _ in 1 }
            #expect(outcomes == ["taken": limit, "MT011": 60])
            #expect(try await fixture.used() == limit)
            let warning = (limit * 80 + 99) / 100
            #expect(
                try await fixture.marks() == [
                    "allowance_warning dailyLimit 80 of \(limit) at \(warning)",
                    "allowance_exhausted dailyLimit 100 of \(limit) at \(limit)",
                ]
            )
        }
    }

    @Test("Uses of several at once: whole or not at all")
    func several() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.limit(daily: 50)
            let taken = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<60 {
                    group.addTask {
                        let number = index % 3 + 1
                        let error = await postgresFailure { try await fixture.use(number) }
                        if error == nil { for _ in 0..<number { await taken.add("taken") } } else { #expect(error?.sqlState == "MT011") }
                    }
                }
                try await group.waitForAll()
            }
            let sum = await taken.counts["taken"] ?? 0
            #expect(sum == 50 || sum == 49 || sum == 48)
            #expect(try await fixture.used() == sum)
        }
    }

    @Test("What a transaction used it gives back when it fails")
    func rolledBack() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.limit(daily: 2)
            for _ in 1...5 {
                let failure = await postgresFailure {
                    try await fixture.tenant.tenant(fixture.merchant) { tx in
                        AllowanceRepository(tx).useMessages(2)
                        tx.append("select 1 / 0")
                    }
                }
                #expect(failure?.sqlState == "22012")
            }
            try await fixture.use(2)
            #expect(try await fixture.marks().count == 2)
        }
    }

    @Test("Far from the limit nobody waits for somebody else's commit; at the end they do, and then know")
    func noHotRow() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.limit(daily: 1000)
            try await fixture.use(1)
            try await fixture.sql("alter role maitre_tenant in database \(fixture.database.database.name) set lock_timeout = '300ms'")
            try await withPostgresClient(PostgresConfiguration(url: fixture.database.url(role: "maitre_tenant"), poolSize: 8)) { client in
                let tenant = TenantDatabase(client: client)
                @Sendable func use() async -> PostgresError? {
                    await postgresFailure { try await tenant.tenant(fixture.merchant) { tx in AllowanceRepository(tx).useMessages(1) } }
                }
                try await client.withTransaction { open in
                    try await open.run { segment in
                        segment.append("set local lock_timeout = '300ms'")
                        segment.append("select set_config('app.merchant_id', \(fixture.merchant.description), true)")
                        segment.append("select app.use_allowance('messages', 1)")
                    }
                    for _ in 1...20 { #expect(await use() == nil) }
                }
                try await fixture.sql("update app.allowance_slots set ceiling = used")
                try await client.withTransaction { open in
                    try await open.run { segment in
                        segment.append("select set_config('app.merchant_id', \(fixture.merchant.description), true)")
                        segment.append("select slot::integer from app.allowance_slots where slot = 3 for update")
                    }
                    #expect(await use()?.sqlState == "55P03")
                }
                #expect(await use() == nil)
            }
        }
    }

    @Test("The platform's change holds at once: less refuses, more lets through and tells its marks again")
    func changed() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.limit(daily: 100)
            for _ in 1...70 { try await fixture.use(1) }
            #expect(try await fixture.marks() == [])
            var record = try await fixture.service.setAllowances(
                Allowances(dailyLimit: 80, monthlyLimit: 30_000, perMinute: 300),
                of: fixture.merchant,
                by: .system("test")
            )
            #expect(record.dailyRemaining == 10)
            #expect(try await fixture.marks() == ["allowance_warning dailyLimit 80 of 80 at 70"])
            record = try await fixture.service.setAllowances(
                Allowances(dailyLimit: 60, monthlyLimit: 30_000, perMinute: 300),
                of: fixture.merchant,
                by: .system("test")
            )
            #expect(record.dailyRemaining == 0)
            #expect(await postgresFailure { try await fixture.use(1) }?.sqlState == "MT011")
            _ = try await fixture.service.setAllowances(
                Allowances(dailyLimit: 200, monthlyLimit: 30_000, perMinute: 300),
                of: fixture.merchant,
                by: .system("test")
            )
            for _ in 1...130 { try await fixture.use(1) }
            #expect(await postgresFailure { try await fixture.use(1) }?.sqlState == "MT011")
            #expect(
                try await fixture.marks() == [
                    "allowance_warning dailyLimit 80 of 80 at 70", "allowance_exhausted dailyLimit 100 of 60 at 70",
                    "allowance_warning dailyLimit 80 of 200 at 160", "allowance_exhausted dailyLimit 100 of 200 at 200",
                ]
            )
        }
    }

    @Test("A new day begins with the whole allowance, at the merchant's midnight; a change of zone waits for it")
    func newDay() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.limit(daily: 2)
            for _ in 1...2 { try await fixture.use(1) }
            let first = try await fixture.service.record(of: fixture.merchant)
            #expect(first.dailyRemaining == 0)
            let midnight = "select (\(Self.nextMidnight("Asia/Riyadh")))::text"
            #expect(try await fixture.column("select distinct ends_at::text from app.allowance_slots") == fixture.column(midnight))
            // Hours ahead it is tomorrow already, but the day that was begun goes on: no new allowance for a new zone.
            for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
                try await fixture.sql("update platform.merchants set time_zone = '\(zone)'")
                #expect(await postgresFailure { try await fixture.use(1) }?.sqlState == "MT011")
                #expect(try await fixture.service.record(of: fixture.merchant).dayEnds == first.dayEnds)
            }
            try await fixture.sql(
                "update platform.merchants set time_zone = 'Pacific/Auckland'; update app.allowance_slots set ends_at = now()"
            )
            #expect(try await fixture.service.record(of: fixture.merchant).dailyRemaining == 2)
            for _ in 1...2 { try await fixture.use(1) }
            #expect(await postgresFailure { try await fixture.use(1) }?.sqlState == "MT011")
            let next = try await fixture.column("select distinct ends_at::text from app.allowance_slots")
            #expect(try await next == fixture.column("select (\(Self.nextMidnight("Pacific/Auckland")))::text"))
            // Told again, since it is another day.
            #expect(try await fixture.marks().count == 4)
        }
    }

    @Test("Conversations are counted beyond their limit, and whoever decided on another state is told so")
    func conversations() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.limit(monthly: 3)
            func open(over: Bool) async -> String? {
                await postgresFailure {
                    try await fixture.tenant.tenant(fixture.merchant) { tx in tx.append("select app.open_conversation(\(over))") }
                }?.sqlState
            }
            for _ in 1...3 {
                #expect(await open(over: true) == "MT012")
                #expect(await open(over: false) == nil)
            }
            for _ in 1...3 {
                #expect(await open(over: false) == "MT012")
                #expect(await open(over: true) == nil)
            }
            #expect(try await fixture.used("conversations") == 6)
            #expect(
                try await fixture.marks() == [
                    "allowance_warning monthlyLimit 80 of 3 at 3", "allowance_exhausted monthlyLimit 100 of 3 at 3",
                ]
            )
        }
    }

    @Test("A month that was begun before allowances were kept has its conversations")
    func seeded() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.append(.conversationOpened, count: 5)
            try await fixture.rollUp.sweep()
            try await fixture.append(.conversationOpened, count: 4)
            try await fixture.tenant.tenant(fixture.merchant) { tx in
                // As a message does it: counted and charged in one transaction, and charged once.
                tx.append(
                    """
                    insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day)
                    values (\(tx.merchant), \(MessageID.new()), 'conversation_opened', 'contact', \(fixture.channel), current_date)
                    """
                )
                tx.append("select app.open_conversation(false)")
            }
            #expect(try await fixture.used("conversations") == 10)
        }
    }

    @Test("A bot's minute has its number of messages, and says how long the next one waits")
    func minute() async throws {
        try await UsageFixture.run { fixture in
            try await fixture.limit(perMinute: 3)
            @Sendable func take() async throws -> Int {
                try await fixture.tenant.tenant(fixture.merchant) { tx in
                    tx.append("select coalesce(extract(epoch from app.take_minute(\(UUID(uuidString: fixture.bot))))::bigint, 0)") { rows in
                        try rows.first { row in Int(try row.next(Int64.self)) } ?? -1
                    }
                }
            }
            let waits = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...20 { group.addTask { try await take() } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(waits.count { $0 == 0 } == 3)
            #expect(waits.allSatisfy { $0 == 0 || (50...60).contains($0) }, "\(waits)")
            try await fixture.sql("update app.bot_minutes set ends_at = now()")
            #expect(try await take() == 0)
        }
    }

    private static func nextMidnight(_ zone: String) -> String {
        "((now() at time zone '\(zone)')::date + 1)::timestamp at time zone '\(zone)'"
    }

    /// How often which outcome: `taken` or an SQLSTATE.
    private static func race(_ fixture: UsageFixture, times: Int, _ number: @escaping @Sendable (Int) -> Int) async throws -> [String: Int]
    {
        let tally = Tally()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<times {
                group.addTask {
                    let error = await postgresFailure { try await fixture.use(number(index)) }
                    await tally.add(error.map { $0.sqlState ?? "\($0)" } ?? "taken")
                }
            }
        }
        return await tally.counts
    }
}
