import Core
import Postgres

/// A message of a conversation, in or out.
public struct Message: Sendable {
    public enum Direction: String, Sendable {
        case inbound, outbound
    }

    public enum Sender: String, Sendable {
        /// The customer.
        case contact
        case bot
        /// A person of the restaurant, through the dashboard or with a token of their own.
        case agent
        /// A program with a key.
        case api
        /// Maitre itself.
        case system
        /// The restaurant's own handset.
        case phone
    }

    public let id: MessageID
    public let conversation: ConversationID
    public let sequence: Int64
    public let direction: Direction
    public let sender: Sender
    public let senderID: PersonID?
    public let contact: ContactID?
    /// One of `MessageType`, or what a provider called it.
    public let type: String
    /// The member named as the type.
    public let content: PostgresJSON
    public let status: String
    public let providerMessageID: String?
    public let quotedProviderMessageID: String?
    public let extra: PostgresJSON?
    public let reactions: PostgresJSON?
    public let errorCode: String?
    public let errorDetail: String?
    public let times: Times

    /// When what happened to it.
    public struct Times: Sendable {
        public let created: Timestamp
        public let provider: Timestamp?
        public var sent: Timestamp?
        public var delivered: Timestamp?
        public var read: Timestamp?
        public var failed: Timestamp?
        public var edited: Timestamp?
        public var deleted: Timestamp?
    }
}

/// A message about to be stored; its place in the conversation is decided by the database.
struct MessageDraft: Sendable {
    var id: MessageID = .new()
    var direction: Message.Direction
    var sender: Message.Sender
    var senderID: PersonID?
    var contact: ContactID?
    var type: String
    var content: PostgresJSON
    var status: String
    var providerMessageID: String?
    var quotedProviderMessageID: String?
    var extra: PostgresJSON?
    var providerAt: Timestamp?

    /// The event that tells it when it is stored; nil for what still has to be sent.
    var event: String? {
        switch (direction, status) {
        case (.inbound, _): "message_received"
        case (.outbound, "sent"): "message_sent"
        case (.outbound, _): nil
        }
    }
}
