import Core
import Foundation
import Postgres

// What documentation and test events show. The same restaurant and conversation throughout, so that one example explains the other.

private enum Sample {
    static func id<Tag>(_ low: UInt64) -> Identifier<Tag> {
        Identifier(UUID(high: 0x019a_5b2c_7e40_7000, low: 0x8000_0000_0000_0000 | low))
    }
    static let conversation: ConversationID = id(1)
    static let received: MessageID = id(2)
    static let sent: MessageID = id(3)
    static let contact: ContactID = id(4)
    static let bot: BotID = id(5)
    static let channel: ChannelID = id(6)
    static let time = Timestamp(microseconds: 1_762_500_600_000_000)
    static let midnight = Timestamp(microseconds: 1_762_549_200_000_000)
}

extension MessageReceived {
    public static var example: Self {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("id", Sample.received)
            writer.member("conversationId", Sample.conversation)
            writer.member("sequence", 41)
            writer.member("direction", "inbound")
            writer.member("sender", "contact")
            writer.member("senderId", nullable: PersonID?.none)
            writer.member("contactId", nullable: Sample.contact)
            writer.member("type", "text")
            writer.member("text", object: { $0.member("body", "Is there a table for four tonight?") })
            writer.member("status", "received")
            writer.member("providerMessageId", "wamid.HBgLNjI4MTIzNDU2Nzg5FQIAEhgUM0E")
            writer.member("quotedProviderMessageId", nullable: String?.none)
            writer.member(
                "timestamps",
                object: { writer in
                    writer.member("createdAt", Sample.time)
                    writer.member("providerAt", nullable: Sample.time - .seconds(1))
                    for name in ["sentAt", "deliveredAt", "readAt", "failedAt", "editedAt", "deletedAt"] {
                        writer.key(name)
                        writer.null()
                    }
                }
            )
        }
        return MessageReceived(message: PostgresJSON(writer.bytes), notify: true)
    }
}

extension MessageSent {
    public static var example: Self {
        MessageSent(
            message: Sample.sent,
            sequence: 42,
            messageType: "text",
            status: "sent",
            providerMessageID: "wamid.HBgLNjI4MTIzNDU2Nzg5FQIAERgSQ0I",
            sender: "agent"
        )
    }
}

extension MessageStatusChanged {
    public static var example: Self { MessageStatusChanged(message: Sample.sent, sequence: 42, status: "delivered", at: Sample.time) }
}

extension ConversationUpdated {
    public static var example: Self { ConversationUpdated(conversation: Sample.conversation, mode: "agent", version: 17) }
}

extension BotConnected {
    public static var example: Self { BotConnected(bot: Sample.bot, channel: Sample.channel) }
}

extension BotDisconnected {
    public static var example: Self { BotDisconnected(bot: Sample.bot, channel: Sample.channel, reason: "The access token has expired.") }
}

extension AllowanceWarning {
    public static var example: Self {
        AllowanceWarning(level: .init(allowance: "dailyLimit", threshold: 80, limit: 1000, used: 800, resetsAt: Sample.midnight))
    }
}

extension AllowanceExhausted {
    public static var example: Self {
        AllowanceExhausted(level: .init(allowance: "dailyLimit", threshold: 100, limit: 1000, used: 1000, resetsAt: Sample.midnight))
    }
}
