import Core
import Postgres
import Tenancy

/// What a dashboard shows at its top, of conversations in which something was said within the last seven days.
public struct ConversationCounts: Sendable, Equatable {
    /// Open conversations by mode.
    public let bot: Int
    public let agent: Int
    public let paused: Int
    public let unreadConversations: Int
    public let unreadMessages: Int
    /// In and out, since the merchant's midnight.
    public let messagesToday: Int
}

/// Asks for counts. Seven days and not ever: the cost goes by what is happening and not by what was, since the list's own index is in that order.
public struct ConversationCountService: Sendable {
    private let database: TenantDatabase

    public init(database: TenantDatabase) {
        self.database = database
    }

    public func counts(of merchant: MerchantID) async throws -> ConversationCounts {
        try await database.tenant(merchant) { tx in ConversationCountRepository(tx).counts() }
    }
}

/// Counts over many conversations, and whether some exist.
struct ConversationCountRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    func counts() -> Pending<ConversationCounts> {
        tx.append(
            """
            select count(*) filter (where c.mode = 'bot'), count(*) filter (where c.mode = 'agent'), count(*) filter (where c.mode = 'paused'),
                count(*) filter (where c.unread_count > 0), coalesce(sum(c.unread_count), 0)::bigint,
                (select count(*) from app.messages m where m.merchant_id = \(tx.merchant)
                    and m.id >= app.uuid_v7_floor(app.day_start((now() at time zone p.time_zone)::date, p.time_zone)))
            from platform.merchants p
            left join app.conversations c on c.merchant_id = p.id and c.merchant_id = \(tx.merchant)
                and c.last_message_at > now() - interval '7 days' and c.mode <> 'closed'
            where p.id = \(tx.merchant)
            group by p.id
            """
        ) { rows in
            try rows.first { row in
                ConversationCounts(
                    bot: try row.next(),
                    agent: try row.next(),
                    paused: try row.next(),
                    unreadConversations: try row.next(),
                    unreadMessages: try row.next(),
                    messagesToday: try row.next()
                )
            } ?? ConversationCounts(bot: 0, agent: 0, paused: 0, unreadConversations: 0, unreadMessages: 0, messagesToday: 0)
        }
    }

    /// Which of these there are.
    func existing(among ids: [ConversationID]) -> Pending<Set<ConversationID>> {
        tx.append("select id from app.conversations where merchant_id = \(tx.merchant) and id = any(\(ids))") { rows in
            Set(try rows.map { row in try row.next(ConversationID.self) })
        }
    }
}
