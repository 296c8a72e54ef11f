import Core
import Postgres
import Tenancy

extension MessageRepository {
    private static let columns = """
        m.id, m.conversation_id, m.sequence, m.direction, m.sender, m.sender_id, m.contact_id, m.type, m.content, m.status,
        m.provider_message_id, m.quoted_provider_message_id, m.extra, m.reactions, m.error_code, m.error_detail,
        m.created_at, m.provider_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.edited_at, m.deleted_at
        """

    func find(_ id: MessageID, in conversation: ConversationID) -> Pending<Message?> {
        tx.append(
            """
            select \(unescaped: Self.columns) from app.messages m
            where m.merchant_id = \(tx.merchant) and m.id = \(id) and m.conversation_id = \(conversation)
            """
        ) { rows in try rows.first(Self.decode) }
    }

    /// Newest first, from just below `before`.
    func page(of conversation: ConversationID, before: Int64, limit: Int) -> Pending<[Message]> {
        tx.append(
            """
            select \(unescaped: Self.columns) from app.messages m
            where m.merchant_id = \(tx.merchant) and m.conversation_id = \(conversation) and m.sequence < \(before)
            order by m.sequence desc limit \(limit: limit)
            """
        ) { rows in Array(try rows.map(Self.decode).prefix(limit)) }
    }

    /// Oldest first, from just above `since`: for clients that poll.
    func page(of conversation: ConversationID, since: Int64, limit: Int) -> Pending<[Message]> {
        tx.append(
            """
            select \(unescaped: Self.columns) from app.messages m
            where m.merchant_id = \(tx.merchant) and m.conversation_id = \(conversation) and m.sequence > \(since)
            order by m.sequence limit \(limit: limit)
            """
        ) { rows in Array(try rows.map(Self.decode).prefix(limit)) }
    }

    func conversationExists(_ id: ConversationID) -> Pending<Bool> {
        tx.append("select from app.conversations where merchant_id = \(tx.merchant) and id = \(id)") { rows in rows.count > 0 }
    }

    /// The message that a provider id means on a channel.
    func reference(_ providerMessageID: String, on channel: ChannelID) -> Pending<MessageID?> {
        tx.append(
            """
            select message_id from app.message_references
            where merchant_id = \(tx.merchant) and channel_id = \(channel) and provider_message_id = \(providerMessageID)
            """
        ) { rows in try rows.first { row in try row.next(MessageID.self) } }
    }

    private static func decode(_ row: inout PostgresRow) throws -> Message {
        Message(
            id: try row.next(),
            conversation: try row.next(),
            sequence: try row.next(),
            direction: Message.Direction(rawValue: try row.next(String.self)) ?? .inbound,
            sender: Message.Sender(rawValue: try row.next(String.self)) ?? .system,
            senderID: try row.next(),
            contact: try row.next(),
            type: try row.next(),
            content: try row.next(),
            status: try row.next(),
            providerMessageID: try row.next(),
            quotedProviderMessageID: try row.next(),
            extra: try row.next(),
            reactions: try row.next(),
            errorCode: try row.next(),
            errorDetail: try row.next(),
            times: Message.Times(
                created: try row.next(),
                provider: try row.next(),
                sent: try row.next(),
                delivered: try row.next(),
                read: try row.next(),
                failed: try row.next(),
                edited: try row.next(),
                deleted: try row.next()
            )
        )
    }
}
