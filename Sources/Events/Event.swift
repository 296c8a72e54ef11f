import Core
import Postgres

/// Something that happened, as it is told to screens and subscribers. Appended in the transaction of its cause.
public struct Event: Sendable {
    public let type: EventType
    public let conversation: ConversationID?
    /// A JSON object.
    public let data: PostgresJSON

    public init(_ type: EventType, conversation: ConversationID?, data: PostgresJSON) {
        self.type = type
        self.conversation = conversation
        self.data = data
    }
}

/// The types of requirement H2 that have a cause today.
public enum EventType: String, Sendable {
    case messageReceived = "message_received"
    case messageSent = "message_sent"
    case messageStatusChanged = "message_status_changed"
    case conversationUpdated = "conversation_updated"
    case botDisconnected = "bot_disconnected"
    case allowanceWarning = "allowance_warning"
    case allowanceExhausted = "allowance_exhausted"
}
