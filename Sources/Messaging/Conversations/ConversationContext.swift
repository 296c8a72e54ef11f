import Core

/// All that a decision about an incoming message needs, read in one statement.
public struct ConversationContext: Sendable {
    public let merchantName: String
    public let merchantLocale: String
    public let merchantStatus: String
    public let timeZone: String
    public let channelStatus: String
    public let bot: BotSummary
    public let contact: KnownContact?
    public let conversation: KnownConversation?
    /// What the bot may still say.
    public let allowance: KnownAllowance
}

/// What was left of the allowances when the context was read. The transaction that uses them looks again.
public struct KnownAllowance: Sendable {
    /// Messages of the bot, today.
    public let messages: Int64
    /// The conversation that counts now, or that this message would open, is beyond the month's allowance: the bot is silent in it.
    public let isOver: Bool
}

/// The bot as a responder needs it.
public struct BotSummary: Sendable {
    public let id: BotID
    public let name: String
    /// The restaurant's own texts; nil: the built-in ones.
    public let greeting: String?
    public let menu: String?
    public let openingHours: String?
}

/// A contact that was there before this message.
public struct KnownContact: Sendable {
    public let id: ContactID
    public let name: String?
    public let waID: String?
    public let userID: String?
}

/// A conversation that was there before this message.
public struct KnownConversation: Sendable {
    public let id: ConversationID
    public let mode: Conversation.Mode
    public let locale: String?
    public let greetedAt: Timestamp?
    public let lastInboundAt: Timestamp?
}
