import Core

/// One thing that happened, as it travels inside an envelope (A4).
struct WebhookUpdate: Sendable {
    enum Payload: Sendable {
        /// An element of `value.messages`, with its `value.contacts` element when there is one.
        case message(JSONValue, contact: JSONValue?)
        /// An element of `value.statuses`, with its `value.contacts` element when there is one.
        case status(JSONValue, contact: JSONValue?)
        /// A whole `value` of a field: management fields, and shapes of `messages` that are neither of the above.
        case value(field: String, JSONValue)
    }

    let wabaID: String
    /// Nil for updates of the account rather than of a number.
    let phoneNumberID: String?
    let payload: Payload
    /// The customer's message whose bubble is marked once the webhook is answered.
    let entry: (key: ThreadKey, id: String)?
    /// `entry[].time`, present on management fields only.
    let time: Int64?

    init(
        wabaID: String,
        phoneNumberID: String?,
        payload: Payload,
        entry: (key: ThreadKey, id: String)? = nil,
        time: Int64? = nil
    ) {
        self.wabaID = wabaID
        self.phoneNumberID = phoneNumberID
        self.payload = payload
        self.entry = entry
        self.time = time
    }
}

/// Puts updates into one body: an entry for each business account, a change for each number and kind.
enum WebhookEnvelope {
    /// `{"display_phone_number","phone_number_id"}` of a number.
    typealias Metadata = (_ phoneNumberID: String) -> JSONValue

    static func json(_ updates: [WebhookUpdate], metadata: Metadata) -> JSONValue {
        var entries: [(wabaID: String, time: Int64?, changes: [JSONValue])] = []
        var index = 0
        while index < updates.count {
            let update = updates[index]
            let change: JSONValue
            var next = index + 1
            switch update.payload {
            case .value(let field, let value):
                change = ["field": .string(field), "value": value]
            case .message, .status:
                // Neighbours of the same number and kind share a change; order is kept.
                while next < updates.count, sharesChange(update, updates[next]) { next += 1 }
                change = ["field": "messages", "value": messagesValue(updates[index..<next], metadata: metadata)]
            }
            if let last = entries.last, last.wabaID == update.wabaID, last.time == update.time {
                entries[entries.count - 1].changes.append(change)
            } else {
                entries.append((update.wabaID, update.time, [change]))
            }
            index = next
        }
        return [
            "object": "whatsapp_business_account",
            "entry": .array(
                entries.map { entry in
                    ["id": .string(entry.wabaID), "time": entry.time.map { .int($0) }, "changes": .array(entry.changes)]
                }
            ),
        ]
    }

    private static func sharesChange(_ left: WebhookUpdate, _ right: WebhookUpdate) -> Bool {
        guard left.wabaID == right.wabaID, left.phoneNumberID == right.phoneNumberID, left.time == right.time else { return false }
        switch (left.payload, right.payload) {
        case (.message, .message), (.status, .status): return true
        default: return false
        }
    }

    private static func messagesValue(_ updates: ArraySlice<WebhookUpdate>, metadata: Metadata) -> JSONValue {
        var contacts: [JSONValue] = []
        var messages: [JSONValue] = []
        var statuses: [JSONValue] = []
        for update in updates {
            switch update.payload {
            case .message(let message, let contact):
                messages.append(message)
                if let contact, !contacts.contains(contact) { contacts.append(contact) }
            case .status(let status, let contact):
                statuses.append(status)
                if let contact, !contacts.contains(contact) { contacts.append(contact) }
            case .value: continue
            }
        }
        return [
            "messaging_product": "whatsapp",
            "metadata": updates.first?.phoneNumberID.map { metadata($0) },
            "contacts": contacts.isEmpty ? nil : .array(contacts),
            "messages": messages.isEmpty ? nil : .array(messages),
            "statuses": statuses.isEmpty ? nil : .array(statuses),
        ]
    }
}
