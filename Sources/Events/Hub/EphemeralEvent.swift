import Core
import Postgres

/// Something that is worth telling only now, such as that somebody types: told to whoever watches on any node, never stored, without a position, and lost when
/// a node is cut off.
public struct EphemeralEvent: Sendable, Equatable {
    public let id: EventID
    public let merchant: MerchantID
    public let type: String
    public let conversation: ConversationID?
    public let createdAt: Timestamp
    /// A JSON object; together with the rest less than 7,000 bytes.
    public let data: PostgresJSON

    public init(
        merchant: MerchantID,
        type: String,
        conversation: ConversationID?,
        data: PostgresJSON,
        id: EventID = .new(),
        createdAt: Timestamp = .now
    ) {
        self.id = id
        self.merchant = merchant
        self.type = type
        self.conversation = conversation
        self.createdAt = createdAt
        self.data = data
    }

    /// Writes the object that every channel sends: that of `PublishedEvent` without a position.
    public func write(to writer: inout JSONWriter, as name: String? = nil) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("type", name ?? type)
            if let conversation { writer.member("conversationId", conversation) }
            writer.member("data", raw: data.bytes)
            writer.member("timestamp", createdAt)
        }
    }
}

extension EphemeralEvent {
    /// Between nodes: the node that sent it, and the event's parts, in lines; JSON of ours has no line ends.
    func message(from node: EventID) -> String {
        [
            node.description, id.description, merchant.description, type, conversation?.description ?? "", String(createdAt.microseconds),
            data.string,
        ].joined(separator: "\n")
    }

    /// Nil for what is no such message.
    init?(message: String, otherThan node: EventID) {
        let lines = message.split(separator: "\n", maxSplits: 6, omittingEmptySubsequences: false)
        guard lines.count == 7, let from = EventID(lines[0]), from != node, let id = EventID(lines[1]), let merchant = MerchantID(lines[2]),
            let time = Int64(lines[5])
        else { return nil }
        self.init(
            merchant: merchant,
            type: String(lines[3]),
            conversation: ConversationID(lines[4]),
            data: PostgresJSON(String(lines[6])),
            id: id,
            createdAt: Timestamp(microseconds: time)
        )
    }
}
