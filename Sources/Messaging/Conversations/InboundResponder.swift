import Core

/// Decides what the restaurant says to a message in a conversation that the bot answers. Automation implements it.
///
/// It runs outside any transaction and has no effects of its own: it may run again for the same message. What takes long (HTTP, AI) does not belong
/// here but in a job on the conversation's lane.
public protocol InboundResponder: Sendable {
    func respond(to message: InboundMessage, in context: ConversationContext) async throws -> BotResponse
}

/// What a responder decided.
public struct BotResponse: Sendable {
    /// In the order they are to be sent.
    public var replies: [OutboundContent]
    /// Nil: unchanged.
    public var mode: Conversation.Mode?
    /// The customer's language, as far as this message told.
    public var locale: String?
    /// This response greets the customer.
    public var greets: Bool

    public init(replies: [OutboundContent] = [], mode: Conversation.Mode? = nil, locale: String? = nil, greets: Bool = false) {
        self.replies = replies
        self.mode = mode
        self.locale = locale
        self.greets = greets
    }

    /// Silence.
    public static let none = BotResponse()
}
