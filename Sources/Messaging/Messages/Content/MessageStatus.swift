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

    /// The status after news of `incoming`, whatever order the news comes in (B6).
    ///
    /// It is the higher of both, so that a late status never moves a message backwards and every order of the same news ends the same. `failed`
    /// stands above `sent` and below `delivered`: it ends a message on its way, and never undoes what reached the customer. A delivery that is
    /// reported after `failed` (our own verdict after an unknown outcome, for example) did happen, and wins.
    public static func merged(current: MessageStatus, incoming: MessageStatus) -> MessageStatus {
        guard let currentRank = current.rank, let incomingRank = incoming.rank else { return current }
        return incomingRank > currentRank ? incoming : current
    }

    /// Nil for the two that no news changes.
    var rank: Int? {
        switch self {
        case .received, .cancelled: nil
        case .queued: 0
        case .sending: 1
        case .unconfirmed: 2
        case .sent: 3
        case .failed: 4
        case .delivered: 5
        case .read: 6
        case .played: 7
        }
    }
}
