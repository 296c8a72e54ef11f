import Core
import Foundation
import Jobs
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Events

/// What the statements of webhooks cost and keep (design 7).
@Suite struct WebhookDatabaseTests {
    private static let merchant = MerchantID.new()
    private static let endpoint = WebhookEndpointID.new()

    private static func seed(_ database: MigratedDatabase) async throws {
        try await PostgresScript.run(
            """
            insert into platform.merchants (id, name, time_zone, locale, currency) values ('\(merchant)', 'Test', 'Asia/Riyadh', 'ar', 'SAR');
            insert into app.webhook_endpoints (merchant_id, id, url, created_at)
                values ('\(merchant)', '\(endpoint)', 'https://example.com/', now() - interval '1 hour');
            insert into app.webhook_secrets (merchant_id, id, endpoint_id, secret_sealed) values ('\(merchant)', '\(endpoint)', '\(endpoint)', '\\x00');
            """,
            url: database.database.url
        )
    }

    private static func column(_ database: MigratedDatabase, _ query: String) async throws -> [String] {
        try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
            try await client.run { segment in
                segment.append(Statement(unescaped: query)) { rows in try rows.map { row in try row.next(String.self) } }
            }
        }
    }

    @Test("Dispatching, making, finding, recording and listing deliveries read a bounded number of rows where there are many")
    func boundedRows() async throws {
        try await withMigratedDatabase { database in
            try await Self.seed(database)
            let many = 20_000
            // The plans are made while the tables are empty; then they fill, and are analyzed, as autovacuum does.
            try await Self.operations(database, times: 1)
            try await PostgresScript.run(
                """
                insert into app.webhook_deliveries (merchant_id, id, endpoint_id, event_id, event_type, body, state)
                select '\(Self.merchant)', app.uuid_v7(), '\(Self.endpoint)', app.uuid_v7(), 'message_received', '{}',
                    (array['delivered', 'failed', 'held', 'pending'])[1 + n % 4] from generate_series(1, \(many)) n;
                insert into app.webhook_attempts (merchant_id, id, delivery_id, started_at, duration_ms, outcome)
                select merchant_id, app.uuid_v7(), id, now(), 1, 'succeeded' from app.webhook_deliveries;
                insert into app.events (merchant_id, id, type, data)
                select '\(Self.merchant)', app.uuid_v7(), 'bot_connected', '{}' from generate_series(1, \(many)) n;
                update platform.webhook_cursor set xid = pg_current_xact_id(), event_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
                analyze
                """,
                url: database.database.url
            )
            _ = try await Self.column(database, "select pg_stat_reset()::text")
            let times = 20
            try await Self.operations(database, times: times)
            let touched = try await Self.column(
                database,
                """
                select relname || ' ' || coalesce(seq_tup_read, 0) || ' ' || coalesce(idx_tup_fetch, 0) from pg_stat_user_tables
                where schemaname = 'app' and coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) > 0
                """
            )
            #expect(touched.contains { $0.hasPrefix("webhook_deliveries_") }, "the counters have not come: \(touched)")
            for line in touched {
                let fields = line.split(separator: " ")
                let rows = try #require(Int(fields[1])) + #require(Int(fields[2]))
                // Three pages of 26 are the largest of them; a scan of all would be \(many) each time.
                #expect(rows <= times * 400, "\(line)")
            }
        }
    }

    @Test(
        "J5: on another server, or after a restore, what was told is not told again, and what was not is; a merchant's storm becomes jobs of fifty events"
    )
    func anotherServer() async throws {
        try await withMigratedDatabase { database in
            try await Self.seed(database)
            _ = try await Self.column(
                database,
                "with old as (update app.webhook_endpoints set created_at = now() - interval '9 hours' returning 1) select '' from old"
            )
            let (first, second, third) = (EventID.new(), EventID.new(), EventID.new())
            try await Self.happen([first], in: database)
            #expect(try await Self.dispatch(database) == [[first.description]])
            // A standby takes over: the same rows, another timeline.
            try await Self.happen([second], in: database)
            _ = try await Self.column(
                database,
                "with s as (update platform.event_stream set identity = 'promoted' returning 1) select '' from s"
            )
            #expect(try await Self.dispatch(database) == [[second.description]])
            // A dump into a young cluster: rows of transactions that it has not had. The first two happened hours ago.
            try await PostgresScript.run(
                """
                update app.events set created_at = now() - interval '2 hours';
                insert into app.events (merchant_id, id, type, data) values ('\(Self.merchant)', '\(third)', 'bot_connected', '{}');
                update app.events set xid = (xid::text::bigint + 1000000000)::text::xid8;
                update platform.webhook_cursor set xid = (xid::text::bigint + 1000000000)::text::xid8;
                update platform.event_stream set identity = 'restored';
                """,
                url: database.database.url
            )
            #expect(try await Self.dispatch(database) == [[third.description]])
            let many = (0..<120).map { _ in EventID.new() }
            try await Self.happen(many, in: database)
            let jobs = try await Self.dispatch(database)
            #expect(jobs.map(\.count) == [50, 50, 20])
            #expect(Set(jobs.joined()) == Set(many.map(\.description)))
        }
    }

    private static func happen(_ events: [EventID], in database: MigratedDatabase) async throws {
        let rows = events.map { "('\(merchant)', '\($0)', 'bot_connected', '{}')" }.joined(separator: ",")
        try await PostgresScript.run("insert into app.events (merchant_id, id, type, data) values \(rows)", url: database.database.url)
    }

    /// The events of each job that the dispatcher makes, which it forgets then. Transactions of other tests in the cluster hold it up.
    private static func dispatch(_ database: MigratedDatabase) async throws -> [[String]] {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await column(database, "select merchants::text from platform.dispatch_webhooks(1000)") != ["1"],
            ContinuousClock.now < deadline
        {
            try await Task.sleep(for: .milliseconds(10))
        }
        let jobs = try await column(
            database,
            "select (select string_agg(e, ' ') from jsonb_array_elements_text(j.args->'events') e) from queue.jobs j where j.kind = 'fan_out' order by j.id"
        )
        _ = try await column(database, "with gone as (delete from queue.jobs where kind = 'fan_out' returning 1) select '' from gone")
        return jobs.map { $0.split(separator: " ").map(String.init) }
    }

    private static func operations(_ database: MigratedDatabase, times: Int) async throws {
        try await withPostgresClient(PostgresConfiguration(url: database.url(role: "maitre_tenant"), poolSize: 1)) { tenantClient in
            try await withPostgresClient(PostgresConfiguration(url: database.url(role: "maitre_platform"), poolSize: 1)) { platformClient in
                let (tenant, platform) = (TenantDatabase(client: tenantClient), PlatformDatabase(client: platformClient))
                for _ in 1...times {
                    let event = EventID.new()
                    _ = try await column(
                        database,
                        """
                        with made as (
                            insert into app.events (merchant_id, id, type, data) values ('\(merchant)', '\(event)', 'message_received', '{}') returning 1)
                        select count(*)::text from made
                        """
                    )
                    // Any transaction that runs on this server meanwhile, in whatever database, delays it.
                    var merchants = 0
                    for _ in 0..<200 {
                        let done = try await platform.platform { tx in WebhookDispatchRepository(tx).dispatch(limit: 500) }
                        merchants = done.merchants
                        if done.events == 1 { break }
                        try await Task.sleep(for: .milliseconds(25))
                    }
                    #expect(merchants == 1)
                    try await tenant.tenant(merchant) { tx in WebhookSendingRepository(tx).fanOut([event]) }
                    let made = try await tenant.tenant(merchant) { tx in
                        WebhookDeliveryRepository(tx).page(WebhookDeliveryFilter(endpoint: endpoint), before: nil, limit: 26)
                    }
                    let id = try #require(made.first { $0.event == event }?.id)
                    let (delivery, secrets) = try await tenant.tenant(merchant) { tx in
                        (WebhookSendingRepository(tx).find(id), WebhookSendingRepository(tx).secrets(for: id))
                    }
                    #expect(secrets.count == 1)
                    let found = try #require(delivery)
                    let result = WebhookResult(
                        startedAt: .now,
                        duration: .milliseconds(5),
                        outcome: .refused,
                        status: 500,
                        answer: "no",
                        retryAfter: nil
                    )
                    try await tenant.tenant(merchant) { tx in
                        WebhookSendingRepository(tx).record(result, of: found, retry: nil)
                        WebhookSendingRepository(tx).noteFailure(of: endpoint, isSlow: false)
                        WebhookSendingRepository(tx).disable(endpoint, because: .failing, WebhookSchedule())
                        WebhookSendingRepository(tx).noteSuccess(of: endpoint, isSlow: false)
                    }
                    let (all, attempts, again) = try await tenant.tenant(merchant) { tx in
                        (
                            WebhookDeliveryRepository(tx).page(WebhookDeliveryFilter(), before: nil, limit: 26),
                            WebhookDeliveryRepository(tx).attempts(of: id), WebhookDeliveryRepository(tx).find(id)
                        )
                    }
                    #expect(!all.isEmpty)
                    #expect(attempts.count == 1)
                    #expect(again?.state == .failed)
                }
            }
        }
    }

    @Test("H3: the log's partitions are weeks; one is dropped 30 days after its last row, and there is always one for the next week")
    func retention() async throws {
        try await withMigratedDatabase { database in
            func partitions() async throws -> [String] {
                try await Self.column(
                    database,
                    "select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'app.webhook_deliveries'::regclass order by 1"
                )
            }
            let made = try await partitions()
            #expect(made.count == 4)
            let weeks = try await Self.column(
                database,
                """
                select 'webhook_deliveries_' || to_char(date_trunc('week', now() at time zone 'UTC') + n * interval '1 week', 'YYYYMMDD')
                from generate_series(-1, 2) n
                """
            )
            #expect(made == weeks)
            // Weeks that ended 31 and 23 days ago, or up to six days less.
            try await PostgresScript.run(
                """
                do $$
                declare
                    _week date;
                begin
                    for _offset in 4 .. 6 loop
                        _week := date_trunc('week', now() at time zone 'UTC')::date - 7 * _offset;
                        execute format('create table app.%I partition of app.webhook_deliveries for values from (%L) to (%L)',
                            'webhook_deliveries_' || to_char(_week, 'YYYYMMDD'), app.uuid_v7_floor(_week::timestamp at time zone 'UTC'),
                            app.uuid_v7_floor((_week + 7)::timestamp at time zone 'UTC'));
                    end loop;
                end $$
                """,
                url: database.database.url
            )
            let kept = try await Self.column(
                database,
                """
                select 'webhook_deliveries_' || to_char(w, 'YYYYMMDD') from (
                    select date_trunc('week', now() at time zone 'UTC')::date - 7 * n w from generate_series(4, 6) n) weeks
                where w + 7 + 30 > (now() at time zone 'UTC')::date
                """
            )
            #expect((1...2).contains(kept.count))
            _ = try await Self.column(database, "select platform.rotate_webhook_partitions()::text")
            #expect(try await partitions() == (kept + made).sorted())
            // Nothing is left to do.
            #expect(try await Self.column(database, "select platform.rotate_webhook_partitions()::text") == ["{}"])
        }
    }
}
