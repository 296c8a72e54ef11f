/// Where a message is on its way.
public enum MessageStatus: String, Sendable, CaseIterable {
    /// Inbound; there is no other state for those.
    case received
    case queued
    /// Handed to the provider, whose answer is not here yet.
    case sending
    /// The provider's answer was lost: sent or not, nobody knows yet.
    case unconfirmed
    case sent
    case delivered
    case read
    /// A voice message was played.
    case played
    case failed
    /// Withdrawn before it was handed over.
    case cancelled
}
