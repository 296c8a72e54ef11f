/// A checked body of `POST /{PHONE_ID}/messages` (A9).
enum MessageRequest: Sendable {
    /// `{"status":"read","message_id":…}`, with or without the typing indicator.
    case read(messageID: String, showsTyping: Bool)
    case message(OutboundMessage)

    init(json: JSONValue) throws(GraphError) {
        guard json.object != nil else { throw .parameter("The body must be a JSON object.") }
        guard json["messaging_product"]?.string == "whatsapp" else {
            throw .parameter("The parameter messaging_product is required.")
        }
        if let status = json["status"] {
            guard status.string == "read" else { throw .parameter("Param status must be one of {READ} - got \"\(status.string ?? "")\".") }
            guard let id = json["message_id"]?.string, !id.isEmpty else { throw .parameter("The parameter message_id is required.") }
            if let typing = json["typing_indicator"] {
                guard typing["type"]?.string == "text" else { throw .parameter("Param typing_indicator['type'] must be one of {TEXT}.") }
            }
            self = .read(messageID: id, showsTyping: json["typing_indicator"] != nil)
        } else {
            self = .message(try OutboundMessage(json: json))
        }
    }
}

/// A message from a business that keeps every limit of A9.
struct OutboundMessage: Sendable {
    static let types = [
        "audio", "contacts", "document", "image", "interactive", "location", "reaction", "sticker", "template", "text", "video",
    ]

    enum Recipient: Sendable {
        /// Digits.
        case number(String, input: String)
        /// A business-scoped user id.
        case user(String)
        case group(String)
    }

    let recipient: Recipient
    let type: String
    let opaqueData: String?
    /// `type`, the payload and `context`: what the phone shows.
    let content: JSONValue
    let request: JSONValue

    init(json: JSONValue) throws(GraphError) {
        let type = json["type"]?.string ?? "text"
        guard Self.types.contains(type) else {
            let known = Self.types.map { $0.uppercased() }.joined(separator: ", ")
            throw .parameter("Param type must be one of {\(known)} - got \"\(type)\".")
        }
        self.type = type
        recipient = try Self.recipient(json)
        if let data = json["biz_opaque_callback_data"] {
            guard let text = data.string, text.unicodeScalars.count <= 512 else {
                throw .parameter("Param biz_opaque_callback_data must be at most 512 characters long.")
            }
            opaqueData = text
        } else {
            opaqueData = nil
        }
        if let context = json["context"] {
            guard let id = context["message_id"]?.string, !id.isEmpty else {
                throw .parameter("The parameter context['message_id'] is required.")
            }
        }
        guard let payload = json[type] else { throw .missing(type) }
        try MessageValidation.check(type: type, payload: payload)
        content = ["type": .string(type), type: payload, "context": json["context"]]
        request = json
    }

    private static func recipient(_ json: JSONValue) throws(GraphError) -> Recipient {
        let kind = json["recipient_type"]?.string ?? "individual"
        guard kind == "individual" || kind == "group" else {
            throw .parameter("Param recipient_type must be one of {INDIVIDUAL, GROUP} - got \"\(kind)\".")
        }
        if let to = json["to"] {
            guard let input = to.string, !input.isEmpty else { throw .parameter("The parameter to is required.") }
            if kind == "group" { return .group(input) }
            let digits = String(input.unicodeScalars.filter { !" -()+".unicodeScalars.contains($0) })
            guard (7...15).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw .invalid("Recipient phone number is not valid: to")
            }
            return .number(digits, input: input)
        }
        guard let user = json["recipient"]?.string else { throw .parameter("The parameter to is required.") }
        guard Customer.isKey(user), user.contains(".") else { throw .invalid("Business-scoped user id is not valid: recipient") }
        return .user(user)
    }
}
