import Core
import Postgres

/// Something that happened, as it is told to screens and subscribers. Appended in the transaction of its cause.
public struct Event: Sendable {
    public let type: EventType
    public let conversation: ConversationID?
    /// A JSON object.
    public let data: PostgresJSON

    public init(_ payload: some EventPayload, conversation: ConversationID? = nil) {
        type = Swift.type(of: payload).type
        self.conversation = conversation
        data = payload.json
    }
}
