import Core
import Foundation
import Logging
import Postgres
import Tenancy
import TestSupport

@testable import Usage

/// A database of its own with one merchant, and what usage is asked through.
struct UsageFixture: Sendable {
    let database: MigratedDatabase
    let tenantClient: PostgresClient
    let tenant: TenantDatabase
    let platform: PlatformDatabase
    let merchant = MerchantID.new()
    let bot = UUID.v7().lowercased
    let channel = ChannelID.new()

    var service: UsageService { UsageService(tenant: tenant, platform: platform) }
    var rollUp: UsageRollUp { UsageRollUp(database: tenant, platform: platform, limit: 50, logger: Logger(label: "test")) }

    static func run(zone: String = "Asia/Riyadh", _ body: @Sendable (UsageFixture) async throws -> Void) async throws {
        try await withMigratedDatabase { database in
            let clients = (try database.client(role: "maitre_tenant", poolSize: 16), try database.client(role: "maitre_platform"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await clients.0.run() }
                group.addTask { try await clients.1.run() }
                let fixture = UsageFixture(
                    database: database,
                    tenantClient: clients.0,
                    tenant: TenantDatabase(client: clients.0),
                    platform: PlatformDatabase(client: clients.1)
                )
                try await fixture.sql(
                    """
                    insert into platform.merchants (id, name, time_zone, locale, currency)
                        values ('\(fixture.merchant)', 'Test', '\(zone)', 'ar', 'SAR');
                    insert into app.bots (merchant_id, id, name) values ('\(fixture.merchant)', '\(fixture.bot)', 'Bot');
                    """
                )
                try await body(fixture)
                group.cancelAll()
            }
        }
    }

    func sql(_ script: String) async throws {
        try await PostgresScript.run(script, url: database.database.url)
    }

    /// One command that cannot be part of a transaction.
    func alone(_ command: String) async throws {
        try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
            try await client.run { $0.append(Statement(unescaped: command)) }
        }
    }

    /// One column of text, as the superuser sees it.
    func column(_ query: String) async throws -> [String] {
        try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
            try await client.run { segment in
                segment.append(Statement(unescaped: query)) { rows in try rows.map { row in try row.next(String.self) } }
            }
        }
    }

    /// A cause that counts, as the transaction of a message appends it.
    func append(_ metric: UsageMetric, id: MessageID = .new(), count: Int = 1) async throws {
        try await tenant.tenant(merchant) { tx in
            for index in 0..<count {
                tx.append(
                    """
                    insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day)
                    select m.id, \(index == 0 ? id : .new()), \(metric.rawValue), 'contact', \(channel), (now() at time zone m.time_zone)::date
                    from platform.merchants m where m.id = \(tx.merchant) on conflict do nothing
                    """
                )
            }
        }
    }

    func use(_ number: Int) async throws {
        try await tenant.tenant(merchant) { tx in AllowanceRepository(tx).useMessages(number) }
    }

    func limit(daily: Int = 1000, monthly: Int = 30_000, perMinute: Int = 300) async throws {
        try await sql(
            """
            update platform.merchants set daily_limit = \(daily), monthly_limit = \(monthly), per_minute = \(perMinute) where id = '\(merchant)'
            """
        )
    }

    /// `allowance_warning dailyLimit 80 of 100 at 80`, oldest first.
    func marks() async throws -> [String] {
        try await column(
            """
            select type || ' ' || (data ->> 'allowance') || ' ' || (data ->> 'threshold') || ' of ' || (data ->> 'limit') || ' at ' || (data ->> 'used')
            from app.events order by xid, data ->> 'allowance', (data ->> 'threshold')::integer
            """
        )
    }

    func used(_ allowance: String = "messages") async throws -> Int {
        Int(try await column("select coalesce(sum(used), 0)::text from app.allowance_slots where allowance = '\(allowance)'").first ?? "")
            ?? -1
    }
}

/// Counts what happened in concurrent tasks.
actor Tally {
    private(set) var counts: [String: Int] = [:]

    func add(_ name: String) { counts[name, default: 0] += 1 }
}
