import Core

/// A WhatsApp Flow: a form that opens in the chat.
public struct OutboundForm: Sendable, Hashable {
    public enum Reference: Sendable, Hashable {
        case id(String)
        case name(String)
    }

    public enum Mode: String, Sendable, CaseIterable { case draft, published }

    public enum Action: String, Sendable, CaseIterable {
        case navigate
        case dataExchange = "data_exchange"
    }

    public let reference: Reference
    /// The label of the button that opens it, up to 30.
    public let label: String
    /// Comes back with the answer.
    public let token: String?
    public let mode: Mode
    public let action: Action
    /// The first screen; with `navigate`.
    public let screen: String?
    /// A JSON object handed to the first screen, as it was written.
    public let data: String?

    init?(_ fields: JSONFields) {
        let id = fields.string("id", 1...100, optional: true)
        let name = fields.string("name", 1...200, optional: true)
        let label = fields.string("label", 1...30)
        token = fields.string("token", 1...200, optional: true)
        mode = fields.choice("mode", Mode.self, optional: true) ?? .published
        action = fields.choice("action", Action.self, optional: true) ?? .navigate
        screen = fields.string("screen", 1...100, optional: true)
        data = fields.object("data", optional: true) { data in
            if JSONObjectOfUser.isStorable(data.element) { return JSONObjectOfUser.accept(data) }
            fields.note("data", "invalid_characters", "Must not contain the character U+0000.")
            return JSONObjectOfUser.accept(data)
        }
        if fields.has("id") == fields.has("name") {
            fields.note("id", fields.has("id") ? "not_allowed" : "required", "Either id or name is required.")
        }
        guard let label, let reference = id.map({ Reference.id($0) }) ?? name.map({ Reference.name($0) }) else { return nil }
        self.label = label
        self.reference = reference
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            switch reference {
            case .id(let id): $0.member("id", id)
            case .name(let name): $0.member("name", name)
            }
            $0.member("label", label)
            $0.member("token", ifPresent: token)
            $0.member("mode", mode.rawValue)
            $0.member("action", action.rawValue)
            $0.member("screen", ifPresent: screen)
            if let data { $0.member("data", raw: data.utf8) }
        }
    }
}

/// A JSON object whose members are the client's own business.
enum JSONObjectOfUser {
    static func isStorable(_ element: JSONElement) -> Bool {
        !element.containsNUL && element.elements.allSatisfy(isStorable)
            && element.members.allSatisfy { !$0.key.unicodeScalars.contains("\u{0}") && isStorable($0.value) }
    }

    /// The object's source; every member counts as known.
    static func accept(_ fields: JSONFields) -> String {
        for (key, _) in fields.element.members { _ = fields.value(key, optional: true) }
        return fields.element.rawText
    }
}
