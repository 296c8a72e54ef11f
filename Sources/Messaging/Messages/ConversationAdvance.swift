import Core

/// What storing messages does to their conversation.
struct ConversationAdvance: Sendable {
    /// Messages that a person has not seen.
    var unread: Int = 0
    /// At most 200 characters of the last message, for lists.
    var preview: String = ""
    var direction: Message.Direction
    /// The customer wrote: the time that opens the service window.
    var inboundAt: Timestamp?
    /// What a read receipt would name.
    var inboundProviderMessageID: String?
    /// The new mode; nil: unchanged.
    var mode: Conversation.Mode?
    /// From bot to agent mode, because a person writes (C13). Other modes stay.
    var takesOver = false
    var greets = false
    var locale: String?
    /// The customer's message may open a counted conversation (api.md 2).
    var countsConversation = false
    /// The conversation that it opens is beyond the month's allowance.
    var isOverAllowance = false
}
