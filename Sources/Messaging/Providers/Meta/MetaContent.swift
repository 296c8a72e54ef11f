import Core

/// Meta's message objects (`providers.md` A5) as `MessageContent`.
enum MetaContent {
    /// What `message` says. A type that is not known, or whose content is missing, keeps the whole message under `raw`.
    static func content(of message: JSONElement, errors: JSONElement? = nil) -> MessageContent {
        let name = message["type"]?.string
        guard let name, let type = MessageType(rawValue: name) else { return raw(.unknown, message, kind: name, errors) }
        let content = message[name]
        switch type {
        case .text, .location, .button, .order, .reaction, .system, .template, .image, .audio, .video, .document, .sticker:
            guard let content, content.kind == .object else { return raw(.unsupported, message, kind: name, errors) }
            return MessageContent(type: type, json: object(type, content, message))
        case .contacts:
            guard let content, content.kind == .array else { return raw(.unsupported, message, kind: name, errors) }
            return MessageContent(type: type, json: JSONWriter.camelCased(content))
        case .interactive:
            guard let content, let json = interactive(content) else { return raw(.unsupported, message, kind: name, errors) }
            return MessageContent(type: type, json: json)
        case .requestWelcome:
            return MessageContent(type: type, json: content.map { JSONWriter.camelCased($0) } ?? "{}")
        case .edit, .revoke:
            guard let content, content.kind == .object else { return raw(.unsupported, message, kind: name, errors) }
            return MessageContent(type: type, json: JSONWriter.camelCased(content))
        case .unsupported, .unknown:
            return raw(type, message, kind: content?["type"]?.string, errors)
        }
    }

    private static func object(_ type: MessageType, _ content: JSONElement, _ message: JSONElement) -> String {
        var writer = JSONWriter(reserving: content.rawBytes.count + 64)
        writer.object { writer in
            for (key, value) in content.members {
                switch (type, key) {
                case (_, "id") where type.isMedia:
                    writer.member("mediaId", value)
                case (.location, "latitude"), (.location, "longitude"):
                    // Written as a string in some examples and as a number in others.
                    writer.key(key)
                    if let text = value.string, let number = Double(text) { writer.double(number) } else { writer.element(value) }
                default:
                    writer.key(JSONWriter.camelCase(key))
                    writer.camelCased(value)
                }
            }
            if type == .reaction, content["emoji"] == nil { writer.member("emoji", "") }
            if type == .system, let identity = message["identity"] {
                writer.key("identity")
                writer.camelCased(identity)
            }
            // A file that WhatsApp could not hand over says so beside its content.
            if let errors = message["errors"], content["errors"] == nil {
                writer.key("errors")
                writer.camelCased(errors)
            }
        }
        return writer.text
    }

    /// The customer's answer: `{"type":"button_reply","reply":{"id":…,"title":…}}`. Nil when the payload is missing, which happens.
    private static func interactive(_ content: JSONElement) -> String? {
        guard let kind = content["type"]?.string, let reply = content[kind], reply.kind == .object else { return nil }
        var writer = JSONWriter(reserving: content.rawBytes.count + 64)
        writer.object { writer in
            writer.member("type", kind)
            writer.key("reply")
            writer.object { writer in
                for (key, value) in reply.members {
                    writer.key(JSONWriter.camelCase(key))
                    writer.camelCased(value)
                }
                // A form's answer is JSON inside a string; offered parsed as well, with the form's own names.
                if let text = reply["response_json"]?.string, let response = try? JSONDocument(parsing: text, options: .lenient),
                    response.root.kind == .object
                {
                    writer.member("response", response.root)
                }
            }
            for (key, value) in content.members where key != "type" && key != kind {
                writer.key(JSONWriter.camelCase(key))
                writer.camelCased(value)
            }
        }
        return writer.text
    }

    /// `{"kind":"poll","errors":[…],"raw":{…}}`
    private static func raw(_ type: MessageType, _ message: JSONElement, kind: String?, _ errors: JSONElement?) -> MessageContent {
        var writer = JSONWriter(reserving: message.rawBytes.count + 64)
        writer.object { writer in
            if let kind { writer.member("kind", String(kind.unicodeScalars.prefix(100))) }
            if let errors = message["errors"] ?? errors {
                writer.key("errors")
                writer.camelCased(errors)
            }
            writer.member("raw", message)
        }
        return MessageContent(type: type, json: writer.text)
    }
}
