import Core
import Foundation
import Logging
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Messaging

/// What a request costs must not grow with what a merchant has (design 7). Measured as rows that PostgreSQL touched, since plans are its business.
@Suite("Cost of a request")
struct CostTests {
    @Test("A status, a context, a page, a list and a take-over read a bounded number of rows in a merchant with many")
    func boundedRows() async throws {
        try await MessagingFixture.run { fixture in
            let many = 3000
            // The plans are made while the tables are empty; then they fill, as on a young installation, and are analyzed, as autovacuum does.
            try await Self.operations(fixture, times: 1)
            try await fixture.sql(
                """
                insert into app.contacts (merchant_id, id, wa_id)
                select '\(fixture.merchant)', app.uuid_v7_floor(now() - n * interval '1 second'), (966510000000 + n)::text
                from generate_series(1, \(many)) n;
                insert into app.conversations (merchant_id, id, channel_id, contact_id, last_message_at, last_sequence)
                select '\(fixture.merchant)', k.id, '\(fixture.channel)', k.id, now() - interval '1 day', 1 from app.contacts k
                where not exists (select from app.conversations c where c.contact_id = k.id);
                insert into app.messages (merchant_id, id, conversation_id, channel_id, sequence, direction, sender, type, content, status)
                select '\(fixture.merchant)', app.uuid_v7_floor(now() - n * interval '1 second'), '\(fixture.conversation)', '\(fixture.channel)', n,
                    'outbound', 'bot', 'text', '{}', 'sent' from generate_series(1, \(many)) n;
                update app.conversations set last_sequence = \(many), last_message_at = now() where id = '\(fixture.conversation)';
                insert into app.message_references (merchant_id, channel_id, provider_message_id, message_id, conversation_id)
                select m.merchant_id, m.channel_id, 'wamid.' || m.sequence, m.id, m.conversation_id from app.messages m;
                analyze
                """
            )
            try await fixture.sql("select pg_stat_reset()")
            let times = 20
            try await Self.operations(fixture, times: times)
            let touched = try await fixture.column(
                """
                select relname || ' ' || coalesce(seq_tup_read, 0) || ' ' || coalesce(idx_tup_fetch, 0) from pg_stat_user_tables
                where schemaname = 'app' and coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) > 0
                """
            )
            #expect(touched.contains { $0.hasPrefix("messages_") }, "the counters have not come: \(touched)")
            for line in touched {
                let fields = line.split(separator: " ")
                let rows = try #require(Int(fields[1])) + #require(Int(fields[2]))
                // A page of 25 and a look at the last 200 messages are the largest of them; a scan of all would be \(many) each time.
                #expect(rows <= times * 500, "\(line)")
            }
        }
    }

    /// Hot statements, over connections of their own: their counters are there when these are closed.
    private static func operations(_ fixture: MessagingFixture, times: Int) async throws {
        let url = try fixture.database.url(role: "maitre_tenant")
        try await withPostgresClient(PostgresConfiguration(url: url, poolSize: 1)) { client in
            let tenant = TenantDatabase(client: client)
            for index in 1...times {
                try await tenant.tenant(fixture.merchant) { tx in
                    MessageRepository(tx).apply(
                        StatusChange(
                            providerMessageID: "wamid.\(index)",
                            correlation: nil,
                            status: "delivered",
                            at: .now,
                            errorCode: nil,
                            errorDetail: nil,
                            pricing: nil
                        ),
                        on: fixture.channel
                    )
                    MessageRepository(tx).withdrawReplies(in: fixture.conversation)
                }
                _ = try await tenant.tenant(fixture.merchant) { tx in
                    (
                        ConversationRepository(tx).context(
                            channel: fixture.channel,
                            identity: ContactIdentity(waID: "966500000001"),
                            groupID: nil
                        ),
                        MessageRepository(tx).page(of: fixture.conversation, before: .max, limit: 26),
                        ConversationRepository(tx).page(ConversationFilter(), after: nil, limit: 26)
                    )
                }
            }
        }
    }
}
