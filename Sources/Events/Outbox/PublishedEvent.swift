import Core
import Postgres

/// An event as it is told: committed, with its place.
public struct PublishedEvent: Sendable {
    public let id: EventID
    public let merchant: MerchantID
    /// One of `EventType`; text, for a newer node may have written it.
    public let type: String
    public let conversation: ConversationID?
    public let createdAt: Timestamp
    public let position: EventPosition
    /// A JSON object, spliced into answers without being read again.
    public let data: PostgresJSON

    public init(
        id: EventID,
        merchant: MerchantID,
        type: String,
        conversation: ConversationID?,
        createdAt: Timestamp,
        position: EventPosition,
        data: PostgresJSON
    ) {
        self.id = id
        self.merchant = merchant
        self.type = type
        self.conversation = conversation
        self.createdAt = createdAt
        self.position = position
        self.data = data
    }

    /// Writes the object that every channel sends: `id`, `type`, `conversationId`, `data`, `timestamp`, `position`.
    ///
    /// - Parameter name: another name of the type, for clients that call it so.
    public func write(to writer: inout JSONWriter, as name: String? = nil) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("type", name ?? type)
            if let conversation { writer.member("conversationId", conversation) }
            writer.member("data", raw: data.bytes)
            writer.member("timestamp", createdAt)
            writer.member("position", position.description)
        }
    }
}

extension PublishedEvent {
    /// The event of the next columns and its position; nil when they are null, as in a join that found none.
    ///
    /// - Parameter wants: whether the events of a merchant are wanted; another's has a position only, and so has one without data.
    static func read(
        _ row: inout PostgresRow,
        epoch: Int64,
        wants: (MerchantID) -> Bool = { _ in true }
    ) throws -> (PublishedEvent?, EventPosition)? {
        guard let merchant = try row.next(MerchantID?.self) else { return nil }
        let id: EventID = try row.next()
        let position = EventPosition(epoch: epoch, xid: try row.next(), id: id)
        guard wants(merchant) else { return (nil, position) }
        let (type, conversation, createdAt) = (try row.next(String.self), try row.next(ConversationID?.self), try row.next(Timestamp.self))
        guard let data = try row.next(PostgresJSON?.self) else { return (nil, position) }
        let event = PublishedEvent(
            id: id,
            merchant: merchant,
            type: type,
            conversation: conversation,
            createdAt: createdAt,
            position: position,
            data: data
        )
        return (event, position)
    }
}
