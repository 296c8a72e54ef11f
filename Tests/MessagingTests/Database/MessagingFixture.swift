import Core
import Foundation
import Logging
import Postgres
import Tenancy
import TestSupport

@testable import Messaging

/// A merchant with a channel and a conversation in a database of its own.
struct MessagingFixture: Sendable {
    let database: MigratedDatabase
    let tenant: TenantDatabase
    let platform: PlatformDatabase
    let merchant = MerchantID.new()
    let channel = ChannelID.new()
    let conversation = ConversationID.new()

    static func run(_ body: @Sendable (MessagingFixture) async throws -> Void) async throws {
        try await withMigratedDatabase { database in
            let clients = (try database.client(role: "maitre_tenant"), try database.client(role: "maitre_platform"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await clients.0.run() }
                group.addTask { try await clients.1.run() }
                let fixture = MessagingFixture(
                    database: database,
                    tenant: TenantDatabase(client: clients.0),
                    platform: PlatformDatabase(client: clients.1)
                )
                try await fixture.seed()
                try await body(fixture)
                group.cancelAll()
            }
        }
    }

    func sql(_ script: String) async throws {
        try await PostgresScript.run(script, url: database.database.url)
    }

    /// One column of text, as the superuser sees it.
    func column(_ query: String) async throws -> [String] {
        try await withPostgresClient(PostgresConfiguration(url: database.database.url, poolSize: 1)) { client in
            try await client.run { segment in
                segment.append(Statement(unescaped: query)) { rows in try rows.map { row in try row.next(String.self) } }
            }
        }
    }

    private func seed() async throws {
        let (bot, app, contact) = (UUID.v7().lowercased, UUID.v7().lowercased, UUID.v7().lowercased)
        try await sql(
            """
            insert into platform.merchants (id, name, time_zone, locale, currency) values ('\(merchant)', 'Test', 'Asia/Riyadh', 'ar', 'SAR');
            insert into platform.meta_apps (id, app_id, secret_sealed) values ('\(app)', '1', '\\x00');
            select set_config('app.merchant_id', '\(merchant)', false);
            insert into app.bots (merchant_id, id, name) values ('\(merchant)', '\(bot)', 'Bot');
            insert into app.channels (merchant_id, id, bot_id, provider, provider_number_id, display_number, meta_app_id)
                values ('\(merchant)', '\(channel)', '\(bot)', 'meta', '42', '+966500000099', '\(app)');
            insert into app.contacts (merchant_id, id, wa_id) values ('\(merchant)', '\(contact)', '966500000001');
            insert into app.conversations (merchant_id, id, channel_id, contact_id, last_inbound_at)
                values ('\(merchant)', '\(conversation)', '\(channel)', '\(contact)', now());
            """
        )
    }
}
