import Core

/// What an outside bot tells (B12): `{"id":…,"type":…,"timestamp":…,"data":{…}}`, the types called as our own events are. `openapi.yaml` has it as
/// `BotWebhook`, docs/guides/outside-bots.md with examples.
public struct OutsideEvent: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case connected = "bot_connected"
        case disconnected = "bot_disconnected"
        case messageReceived = "message_received"
        case messageSent = "message_sent"
        case messageStatusChanged = "message_status_changed"
        case orderCreated = "order_created"
        case orderStatusChanged = "order_status_changed"
    }

    enum Content: Sendable {
        case connected
        case disconnected(reason: String?)
        case received(InboundMessage)
        case sent(InboundMessage)
        case statusChanged(OutsideStatus)
        /// The bot's id of the order. There is no more to it until there are orders.
        case order(id: String)
    }

    /// The bot's own name of the event; one that comes again has no second effect.
    let id: String
    let kind: Kind
    /// When it happened.
    let timestamp: Timestamp
    let content: Content

    /// What has to stay in order with it: a contact or a group; nil for the channel itself.
    var contactKey: String? {
        switch content {
        case .received(let message), .sent(let message): message.groupID ?? message.contact.waID ?? message.contact.userID
        case .statusChanged(let status): status.groupID ?? status.contact?.waID ?? status.contact?.userID
        case .connected, .disconnected, .order: nil
        }
    }

    /// - Parameter now: when given, what happened more than a week before it or after it is refused: the inbox knows a repetition for that long.
    /// - Throws: `JSONSyntaxError`; `DomainError` with everything that is wrong.
    init(parsing body: [UInt8], receivedAt now: Timestamp? = nil) throws {
        let document = try JSONDocument(parsing: body, options: .strict)
        let errors = JSONFieldErrors()
        var event: OutsideEvent?
        if let fields = JSONFields(document.root, errors: errors) {
            let id = fields.string("id", 1...200)
            let kind = fields.choice("type", Kind.self)
            let timestamp = Self.timestamp(fields, receivedAt: now)
            if let kind {
                let content = Self.content(kind, fields, at: timestamp ?? .now)
                if let id, let timestamp, let content { event = OutsideEvent(id: id, kind: kind, timestamp: timestamp, content: content) }
            } else {
                // Only with a known type can anybody say what belongs into `data`.
                _ = fields.value("data", optional: true)
            }
            fields.finish()
        }
        try errors.throwIfAny()
        guard let event else { throw DomainError.invalid([.init(pointer: "", code: "invalid", message: "Is not an event.")]) }
        self = event
    }

    private init(id: String, kind: Kind, timestamp: Timestamp, content: Content) {
        self.id = id
        self.kind = kind
        self.timestamp = timestamp
        self.content = content
    }

    private static func timestamp(_ fields: JSONFields, receivedAt now: Timestamp?) -> Timestamp? {
        guard let text = fields.string("timestamp", 20...40) else { return nil }
        guard let timestamp = Timestamp(rfc3339: text) else {
            fields.note("timestamp", "invalid_format", "Must be a time such as 2026-01-31T18:30:00Z.")
            return nil
        }
        if let now, timestamp < now - .seconds(7 * 86_400) || timestamp > now + .seconds(300) {
            fields.note("timestamp", "out_of_range", "Must be of the last seven days.")
        }
        return timestamp
    }

    private static func content(_ kind: Kind, _ fields: JSONFields, at time: Timestamp) -> Content? {
        switch kind {
        case .connected:
            if fields.has("data") { _ = fields.object("data") { _ in true } }
            return .connected
        case .disconnected:
            let reason = fields.object("data", optional: true) { data -> String? in data.string("reason", 1...500, optional: true) }
            return .disconnected(reason: reason)
        case .messageReceived: return fields.object("data") { OutsideMessage.read($0, at: time, isSent: false).map { .received($0) } }
        case .messageSent: return fields.object("data") { OutsideMessage.read($0, at: time, isSent: true).map { .sent($0) } }
        case .messageStatusChanged: return fields.object("data") { OutsideStatus($0).map { .statusChanged($0) } }
        case .orderCreated, .orderStatusChanged: return fields.object("data") { order($0, changes: kind == .orderStatusChanged) }
        }
    }

    /// What every order event has (H2); whatever else is there is the bot's own business and kept as it came.
    private static func order(_ data: JSONFields, changes: Bool) -> Content? {
        let id = data.string("orderId", 1...200)
        _ = data.string("newStatus", 1...60, optional: !changes)
        _ = data.object("amount", optional: true) { amount -> Int64? in
            if let currency = amount.string("currency", 3...3),
                !currency.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
            {
                amount.note("currency", "invalid_format", "Must be a code of ISO 4217 such as SAR.")
            }
            return amount.int("amount", 0...Int64(1 << 53))
        }
        for (name, _) in data.element.members { _ = data.value(name, optional: true) }
        return id.map { .order(id: $0) }
    }
}

/// News of a message that the bot sent.
struct OutsideStatus: Sendable {
    enum Status: String, Sendable, CaseIterable {
        case sent, delivered, read, played, failed
    }

    /// The bot's id of the message.
    let messageID: String
    /// To whom it went: its news must not overtake it.
    let contact: ContactIdentity?
    let groupID: String?
    let status: Status
    /// With `failed` only.
    let errorCode: String?
    let errorDetail: String?

    init?(_ data: JSONFields) {
        let messageID = data.string("messageId", 1...300)
        let status = data.choice("status", Status.self)
        groupID = data.string("groupId", 1...128, optional: true)
        contact = data.object("contact", optional: groupID != nil, OutsideMessage.contact)
        errorCode = data.string("errorCode", 1...60, optional: true)
        errorDetail = data.string("errorDetail", 1...1000, optional: true)
        for name in ["errorCode", "errorDetail"] where data.has(name) && status != nil && status != .failed {
            data.note(name, "not_allowed", "Must not be there unless the status is failed.")
        }
        guard let messageID, let status, contact != nil || groupID != nil else { return nil }
        self.messageID = messageID
        self.status = status
    }
}
