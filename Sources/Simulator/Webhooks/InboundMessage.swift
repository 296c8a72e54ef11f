import Core

/// A message that a customer sends: what A5 puts inside `messages[]`.
struct InboundMessage: Sendable {
    /// Every type of A5; others go through as they are, as new ones would.
    static let knownTypes: Set<String> = [
        "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "interactive", "button", "order", "reaction",
        "system", "unsupported", "request_welcome", "edit", "revoke", "unknown",
    ]
    static let mediaTypes: Set<String> = ["image", "video", "audio", "document", "sticker"]

    let type: String
    /// Everything the caller gave except the common keys, `type` first.
    var body: JSONObject
    let context: JSONValue?
    let referral: JSONValue?
    let groupID: String?
    /// `value.errors` beside the message, as when an interactive reply comes without its payload.
    let valueErrors: JSONValue?

    /// Checks what a phone could have sent. Members that are not known here pass, so that tomorrow's shapes can be tried today.
    init(json: JSONValue, at pointer: String) throws(FieldProblem) {
        guard var object = json.object else { throw FieldProblem(pointer: pointer, message: "must be an object") }
        guard let type = object["type"]?.string, !type.isEmpty, type.utf8.count <= 64 else {
            throw FieldProblem(pointer: pointer + "/type", message: "must be a message type such as text")
        }
        self.type = type
        for key in ["from", "from_user_id", "id", "timestamp"] where object[key] != nil {
            throw FieldProblem(pointer: "\(pointer)/\(key)", message: "is made by the simulator")
        }
        context = object["context"]
        referral = object["referral"]
        groupID = object["group_id"]?.string
        valueErrors = object["value_errors"]
        for key in ["context", "referral", "group_id", "value_errors"] { object[key] = nil }
        if let context, context.object == nil { throw FieldProblem(pointer: pointer + "/context", message: "must be an object") }
        try Self.check(type, object, at: pointer)
        body = object
    }

    private static func check(_ type: String, _ object: JSONObject, at pointer: String) throws(FieldProblem) {
        func require(_ condition: Bool, _ key: String, _ message: String) throws(FieldProblem) {
            guard condition else { throw FieldProblem(pointer: "\(pointer)/\(key)", message: message) }
        }
        switch type {
        case "text":
            let text = object["text"]?["body"]?.string
            try require(text.map { !$0.isEmpty && $0.unicodeScalars.count <= 65_536 } ?? false, "text/body", "must be a non-empty string")
        case "location":
            for key in ["latitude", "longitude"] {
                try require(object["location"]?[key]?.double != nil, "location/\(key)", "must be a number")
            }
        case "reaction":
            try require(object["reaction"]?["message_id"]?.string != nil, "reaction/message_id", "must be a string")
        case "button":
            try require(object["button"]?["text"]?.string != nil, "button/text", "must be a string")
        case "image", "video", "audio", "document", "sticker":
            try require(object[type]?.object != nil, type, "must be an object with the id of stored media")
        case "contacts":
            try require(object["contacts"]?.elements != nil, "contacts", "must be an array")
        default: break
        }
    }

    /// The element of `messages[]`, common keys in Meta's order.
    func json(id: String, at now: Timestamp, customer: Customer) -> JSONValue {
        var object = JSONObject()
        object["context"] = context
        object["from"] = .optional(customer.waID)
        object["from_user_id"] = .optional(customer.userID)
        object["group_id"] = .optional(groupID)
        object["id"] = .string(id)
        object["timestamp"] = .string(String(now.unixSeconds))
        object["type"] = .string(type)
        for member in body.members where member.key != "type" { object[member.key] = member.value }
        object["referral"] = referral
        return .object(object)
    }

    /// What the phone page keeps of it.
    var content: JSONValue {
        var object = body
        object["context"] = context
        return .object(object)
    }

    /// The element of `contacts[]`.
    static func contact(_ customer: Customer) -> JSONValue {
        [
            "profile": ["name": .string(customer.name)],
            "wa_id": .optional(customer.waID),
            "user_id": .optional(customer.userID),
        ]
    }

    /// A number change comes without contacts (A5).
    var hasContact: Bool { type != "system" }
}
