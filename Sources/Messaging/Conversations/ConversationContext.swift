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
