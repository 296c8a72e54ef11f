/// What is counted: `metric` of `app.usage_events`, which are appended in the transaction of their cause and carry its id, so that nothing counts twice.
public enum UsageMetric: String, Sendable, CaseIterable {
    case messageInbound = "message_inbound"
    /// Taken by the provider; from the restaurant's own handset, seen.
    case messageOutbound = "message_outbound"
    /// A counted conversation: the first message of a contact on a channel when none was counted in the 24 hours before (`api.md` 2). What the restaurant
    /// says first opens none; the contact's answer does.
    case conversationOpened = "conversation_opened"
}
