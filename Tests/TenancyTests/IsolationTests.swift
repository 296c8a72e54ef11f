import Core
import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@testable import Tenancy

/// A2, security-tests A11: PostgreSQL itself refuses another merchant's rows, whatever the code forgets.
@Suite struct IsolationTests {
    @Test("The catalogue has no table, view, key or grant that breaks the rules")
    func audit() async throws {
        try await withMigratedDatabase { database in
            try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
                let findings = try await CatalogueAudit(client: client).findings()
                #expect(findings == [])
            }
        }
    }

    @Test(
        "The audit finds what a migration could get wrong",
        arguments: [
            ("create table app.careless (id int primary key)", "app.careless has no policy"),
            ("alter table app.contacts no force row level security", "app.contacts does not force"),
            ("grant truncate on app.contacts to maitre_tenant", "app.contacts can be truncated by maitre_tenant"),
            ("create view app.peek as select * from app.contacts", "app.peek runs with its owner's rights"),
            ("grant select on app.messages_\(thisMonth) to maitre_tenant", "can be reached directly by maitre_tenant"),
            ("grant select on platform.audit_log_\(thisMonth) to maitre_tenant", "can be reached directly by maitre_tenant"),
            ("grant update (code) on platform.audit_log to maitre_platform", "the audit log can be changed by maitre_platform"),
            ("grant delete on platform.audit_log to maitre_tenant", "the audit log can be changed by maitre_tenant"),
            ("create unique index on app.contacts (phone)", "does not begin with merchant_id"),
            ("grant select on platform.credentials to maitre_tenant", "open to maitre_tenant without forced row-level security"),
            ("create function app.open_door() returns int language sql security definer as 'select 1'", "open search path"),
        ]
    )
    func auditFinds(mistake: String, finding: String) async throws {
        try await withMigratedDatabase { database in
            try await PostgresScript.run(mistake, url: database.database.url)
            try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
                let findings = try await CatalogueAudit(client: client).findings()
                #expect(findings.contains { $0.contains(finding) }, "\(findings)")
            }
        }
    }

    @Test("For every tenant table, another merchant's transaction sees, changes, deletes and adds nothing; nor does one without a merchant")
    func everyTable() async throws {
        try await withMigratedDatabase { database in
            let (mine, other) = try await Self.seed(database)
            let tables = try await Self.tenantTables(database)
            #expect(tables.count >= 9)
            // One connection, so that a setting left behind would be seen.
            try await withPostgresClient(PostgresConfiguration(url: database.url(role: "maitre_tenant"), poolSize: 1)) { client in
                for table in tables {
                    let own = try await Self.count(table, as: mine, client)
                    #expect(own > 0, "\(table) has no row of its owner: the test would prove nothing")
                    #expect(try await Self.count(table, as: other, client) == 0, "\(table)")
                    #expect(try await Self.count(table, as: nil, client) == 0, "\(table)")
                    for merchant in [other, nil] {
                        // Without any filter: only the policy stands between the statement and the rows.
                        #expect(
                            try await Self.affected("update \(table) set merchant_id = merchant_id", as: merchant, client) ?? 0 == 0,
                            "\(table)"
                        )
                        #expect(try await Self.affected("delete from \(table)", as: merchant, client) ?? 0 == 0, "\(table)")
                    }
                    #expect(try await Self.count(table, as: mine, client) == own, "\(table) lost rows")
                    // A row of somebody else's, added under my own name or stolen by an upsert.
                    let stolen =
                        "insert into \(table) select * from jsonb_populate_record(null::\(table), \(Self.literal(try await Self.row(of: table, database))))"
                    for statement in [stolen, stolen + " on conflict do nothing"] {
                        let refused = await postgresFailure {
                            try await client.run { segment in
                                segment.append("select set_config('app.merchant_id', \(other.description), true)")
                                segment.append(Statement(unescaped: statement))
                            }
                        }
                        #expect(refused?.sqlState == "42501", "\(table)")
                    }
                    // And after those errors the connection has no merchant.
                    #expect(try await Self.count(table, as: nil, client) == 0)
                }
            }
        }
    }

    @Test("The queue is reached only for the merchant of the transaction, and not at all without one")
    func queueDoors() async throws {
        try await withMigratedDatabase { database in
            let (mine, _) = try await Self.seed(database)
            try await withPostgresClient(PostgresConfiguration(url: database.url(role: "maitre_tenant"), poolSize: 1)) { client in
                for statement: Statement in [
                    "select * from queue.jobs", "select queue.claim('inbound', 1, '1 second')", "delete from queue.lanes",
                ] {
                    let error = await postgresFailure { try await client.run { $0.append(statement) } }
                    #expect(error?.sqlState == "42501")
                }
                let add: Statement = "select queue.tenant_enqueue('inbound', array['k'], array['x'], array['{}'::jsonb])"
                let refused = await postgresFailure { try await client.run { $0.append(add) } }
                #expect(refused?.sqlState == "MT002")
                try await client.run { segment in
                    segment.append("select set_config('app.merchant_id', \(mine.description), true)")
                    segment.append(add)
                }
            }
            try await withPostgresClient(PostgresConfiguration(url: database.url(role: "maitre_platform"), poolSize: 1)) { client in
                let owners = try await client.run { segment in
                    segment.append("select merchant_id from queue.jobs") { rows in try rows.map { row in try row.next(MerchantID.self) } }
                }
                #expect(owners == [mine])
            }
        }
    }

    @Test("A merchant that knows the id of another's channel cannot lead that channel's number elsewhere")
    func routeOfAnother() async throws {
        try await withMigratedDatabase { database in
            let (mine, other) = try await Self.seed(database)
            let routes = """
                select provider_number_id || ' ' || merchant_id from platform.channel_routes
                """
            try await withPostgresClient(PostgresConfiguration(url: database.url(role: "maitre_tenant"), poolSize: 1)) { client in
                let refused = await postgresFailure {
                    try await client.run { segment in
                        segment.append("select set_config('app.merchant_id', \(other.description), true)")
                        segment.append("insert into app.bots (merchant_id, id, name) values (\(other), \(UUID.v7()), 'Bot')")
                        segment.append(
                            """
                            insert into app.channels (merchant_id, id, bot_id, provider, provider_number_id, display_number, meta_app_id)
                            select \(other), \(Self.channelID), b.id, 'meta', '666', '+966500000098', \(Self.channelID)
                            from app.bots b where b.merchant_id = \(other)
                            """
                        )
                    }
                }
                #expect(refused?.sqlState == "MT002")
            }
            try await withPostgresClient(PostgresConfiguration(url: database.url(role: "maitre_platform"), poolSize: 1)) { client in
                let found = try await client.run { segment in
                    segment.append(Statement(unescaped: routes)) { rows in try rows.map { row in try row.next(String.self) } }
                }
                #expect(found == ["42 \(mine)"])
            }
        }
    }

    /// The id of everything in the first merchant's rows, each table's own.
    private static let channelID = UUID.v7()

    static var thisMonth: String {
        let date = CivilDate(unixDay: Timestamp.now.unixDay)
        return "\(date.year)\(date.month < 10 ? "0" : "")\(date.month)"
    }

    private static func literal(_ json: String) -> String { "'" + json.replacing("'", with: "''") + "'::jsonb" }

    private static func tenantTables(_ database: MigratedDatabase) async throws -> [String] {
        try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
            try await client.run { segment in
                segment.append(
                    """
                    select 'app.' || relname from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'p') and not relispartition
                    order by 1
                    """
                ) { rows in try rows.map { row in try row.next(String.self) } }
            }
        }
    }

    private static func row(of table: String, _ database: MigratedDatabase) async throws -> String {
        try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
            try await client.run { segment in
                segment.append(Statement(unescaped: "select to_jsonb(t)::text from \(table) t limit 1")) { rows in
                    try rows.first { row in try row.next(String.self) } ?? "{}"
                }
            }
        }
    }

    private static func count(_ table: String, as merchant: MerchantID?, _ client: PostgresClient) async throws -> Int {
        try await client.run { segment in
            if let merchant { segment.append("select set_config('app.merchant_id', \(merchant.description), true)") }
            return segment.append(Statement(unescaped: "select count(*) from \(table)")) { rows in
                try rows.first { row in try row.next(Int.self) } ?? -1
            }
        }
    }

    /// Rows touched; nil when the role may not even try.
    private static func affected(_ statement: String, as merchant: MerchantID?, _ client: PostgresClient) async throws -> Int? {
        do {
            return try await client.run { segment in
                if let merchant { segment.append("select set_config('app.merchant_id', \(merchant.description), true)") }
                return segment.append(Statement(unescaped: statement)) { rows in rows.affectedRows }
            }
        } catch let error as PostgresError where error.sqlState == "42501" {
            return nil
        }
    }

    /// Two merchants; the first has a row in every tenant table.
    private static func seed(_ database: MigratedDatabase) async throws -> (MerchantID, MerchantID) {
        let (mine, other) = (MerchantID.new(), MerchantID.new())
        let id = Self.channelID.lowercased
        try await PostgresScript.run(
            """
            insert into platform.merchants (id, name, time_zone, locale, currency) values
                ('\(mine)', 'Mine', 'Asia/Riyadh', 'ar', 'SAR'), ('\(other)', 'Other', 'Asia/Jakarta', 'id', 'IDR');
            insert into platform.meta_apps (id, app_id, secret_sealed) values ('\(id)', '1', '\\x00');
            select set_config('app.merchant_id', '\(mine)', false);
            insert into app.bots (merchant_id, id, name) values ('\(mine)', '\(id)', 'Bot');
            insert into app.channels (merchant_id, id, bot_id, provider, provider_number_id, display_number, meta_app_id)
                values ('\(mine)', '\(id)', '\(id)', 'meta', '42', '+966500000099', '\(id)');
            insert into app.contacts (merchant_id, id, wa_id) values ('\(mine)', '\(id)', '966500000001');
            insert into app.conversations (merchant_id, id, channel_id, contact_id) values ('\(mine)', '\(id)', '\(id)', '\(id)');
            insert into app.messages (merchant_id, id, conversation_id, channel_id, sequence, direction, sender, type, content, status)
                values ('\(mine)', '\(id)', '\(id)', '\(id)', 1, 'inbound', 'contact', 'text', '{}', 'received');
            insert into app.message_references (merchant_id, channel_id, provider_message_id, message_id, conversation_id)
                values ('\(mine)', '\(id)', 'wamid.1', '\(id)', '\(id)');
            insert into app.idempotency_keys (merchant_id, operation, key, fingerprint, status, body)
                values ('\(mine)', 'POST /x', 'k', decode(repeat('00', 32), 'hex'), 201, '\\x00');
            insert into app.events (merchant_id, id, type, data) values ('\(mine)', '\(id)', 'message_received', '{}');
            insert into app.usage_events (merchant_id, id, metric, sender, channel_id, day)
                values ('\(mine)', '\(id)', 'message_inbound', 'contact', '\(id)', current_date);
            insert into app.usage_days (merchant_id, metric, day, sender, number, first_at, last_at)
                values ('\(mine)', 'message_inbound', current_date, 'contact', 1, now(), now());
            insert into app.usage_activity (merchant_id, first_at, last_at) values ('\(mine)', now(), now());
            insert into app.allowance_slots (merchant_id, allowance, slot, used, ceiling, of_limit, warned, ends_at)
                values ('\(mine)', 'messages', 0, 1, 1, 1, 0, now());
            insert into app.bot_minutes (merchant_id, bot_id, used, ends_at) values ('\(mine)', '\(id)', 1, now());
            insert into app.webhook_endpoints (merchant_id, id, url) values ('\(mine)', '\(id)', 'https://example.com/');
            insert into app.webhook_secrets (merchant_id, id, endpoint_id, secret_sealed) values ('\(mine)', '\(id)', '\(id)', '\\x00');
            insert into app.webhook_deliveries (merchant_id, id, endpoint_id, event_id, event_type, body)
                values ('\(mine)', '\(id)', '\(id)', '\(id)', 'message_received', '{}');
            insert into app.webhook_attempts (merchant_id, id, delivery_id, started_at, duration_ms, outcome)
                values ('\(mine)', '\(id)', '\(id)', now(), 1, 'succeeded');
            insert into app.channel_secrets (merchant_id, id, channel_id, secret_sealed) values ('\(mine)', '\(id)', '\(id)', '\\x00');
            insert into app.outside_orders (merchant_id, id, channel_id, type, event_id, order_id, payload, happened_at)
                values ('\(mine)', '\(id)', '\(id)', 'order_created', 'e', 'o', '\\x00', now());
            """,
            url: database.database.url
        )
        return (mine, other)
    }
}
