import Core
import Postgres
import Tenancy
import Testing

@testable import Messaging

@Suite("B6: statuses in any order")
struct StatusOrderTests {
    private static let news = ["sent", "delivered", "read", "played", "failed"]

    private static func permutations(_ items: [String]) -> [[String]] {
        guard items.count > 1 else { return [items] }
        return items.indices.flatMap { index -> [[String]] in
            var rest = items
            let item = rest.remove(at: index)
            return permutations(rest).map { [item] + $0 }
        }
    }

    private static func subsets(_ items: [String]) -> [[String]] {
        items.reduce([[]]) { subsets, item in subsets + subsets.map { $0 + [item] } }
    }

    @Test("Every order of the same news, each heard twice, ends the same", arguments: ["sending", "unconfirmed", "sent"])
    func orderDoesNotMatter(_ start: String) async throws {
        try await MessagingFixture.run { fixture in
            let subsets = Self.subsets(Self.news).filter { !$0.isEmpty }
            // A message for each order of each subset, in one statement; then all news, a segment a message.
            let orders = subsets.enumerated().flatMap { index, subset in Self.permutations(subset).map { (subset: index, order: $0) } }
            let ids = orders.map { _ in MessageID.new() }
            let rows = ids.enumerated().map { index, id in
                "('\(fixture.merchant)', '\(id)', '\(fixture.conversation)', '\(fixture.channel)', \(index + 1), 'outbound', 'bot', 'text', '{}', '\(start)')"
            }
            try await fixture.sql(
                """
                insert into app.messages (merchant_id, id, conversation_id, channel_id, sequence, direction, sender, type, content, status)
                values \(rows.joined(separator: ", "))
                """
            )
            for (id, (_, order)) in zip(ids, orders) {
                try await fixture.tenant.tenant(fixture.merchant) { tx in
                    for status in order + order {
                        MessageRepository(tx).apply(
                            StatusChange(
                                providerMessageID: "wamid.\(id)",
                                correlation: id,
                                status: status,
                                at: .now,
                                errorCode: status == "failed" ? "131026" : nil,
                                errorDetail: nil,
                                pricing: nil
                            ),
                            on: fixture.channel
                        )
                    }
                }
            }
            let statuses = try await fixture.column("select status || coalesce(' ' || error_code, '') from app.messages order by sequence")
            let ends = Dictionary(grouping: zip(orders, statuses), by: \.0.subset).mapValues { Set($0.map(\.1)) }
            for (index, subset) in subsets.enumerated() {
                let highest = ["played", "read", "delivered", "failed", "sent"].first { subset.contains($0) } ?? ""
                #expect(ends[index] == [highest == "failed" ? "failed 131026" : highest], "\(start): \(subset)")
            }
        }
    }

    @Test("A message that failed for an unknown outcome is what the late status says; one that never went out stays failed")
    func unknownOutcome() async throws {
        try await MessagingFixture.run { fixture in
            let (unknown, cancelled) = (MessageID.new(), MessageID.new())
            try await fixture.sql(
                """
                insert into app.messages (merchant_id, id, conversation_id, channel_id, sequence, direction, sender, type, content, status, error_code,
                    failed_at)
                values ('\(fixture.merchant)', '\(unknown)', '\(fixture.conversation)', '\(fixture.channel)', 1, 'outbound', 'bot', 'text', '{}',
                        'failed', 'unknown_outcome', now()),
                    ('\(fixture.merchant)', '\(cancelled)', '\(fixture.conversation)', '\(fixture.channel)', 2, 'outbound', 'bot', 'text', '{}',
                        'cancelled', null, null)
                """
            )
            for id in [unknown, cancelled] {
                try await fixture.tenant.tenant(fixture.merchant) { tx in
                    MessageRepository(tx).apply(
                        StatusChange(
                            providerMessageID: "wamid.\(id)",
                            correlation: id,
                            status: "sent",
                            at: .now,
                            errorCode: nil,
                            errorDetail: nil,
                            pricing: nil
                        ),
                        on: fixture.channel
                    )
                }
            }
            let found = try await fixture.column(
                "select status || ' ' || coalesce(error_code, '-') || ' ' || (failed_at is null)::text from app.messages order by sequence"
            )
            #expect(found == ["sent - true", "cancelled - true"])
        }
    }
}
