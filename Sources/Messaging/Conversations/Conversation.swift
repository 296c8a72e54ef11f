import Core

/// The thread of one contact on one channel.
public struct Conversation: Sendable, Equatable {
    /// Who answers (C2).
    public enum Mode: String, Sendable, CaseIterable {
        /// The bot answers by itself.
        case bot
        /// A person answers.
        case agent
        /// Messages are stored, nobody is notified.
        case paused
        /// Messages are stored, nobody answers or is notified, until it is reopened.
        case closed
    }

    public let id: ConversationID
    public let channel: ChannelID
    public let contact: ContactSummary?
    public let groupID: String?
    public let mode: Mode
    public let assignee: PersonID?
    public let lastSequence: Int64
    public let unreadCount: Int
    public let lastMessageAt: Timestamp?
    public let lastMessagePreview: String?
    public let lastMessageDirection: String?
    public let lastInboundAt: Timestamp?
    public let locale: String?
    public let version: Int64
    public let createdAt: Timestamp
    public let updatedAt: Timestamp

    /// WhatsApp's service window: free-form messages may go out until 24 hours after the customer's last message (C7).
    public static let serviceWindow: Duration = .seconds(24 * 3600)

    /// When the service window closes; nil when the customer never wrote.
    public var windowClosesAt: Timestamp? { lastInboundAt.map { $0 + Self.serviceWindow } }
}

/// The contact as conversations show it.
public struct ContactSummary: Sendable, Equatable {
    public let id: ContactID
    public let name: String?
    public let phone: String?
    public let userID: String?
}
