import Core

/// What a message says, in the shape of our API: `json` is the value of the member named as the type.
///
/// `{"type":"text","text":{"body":"hi"}}` is type `text` with the JSON `{"body":"hi"}`. It is stored and answered as it is; names are camelCase, and it
/// holds everything that the provider sent for this type (B5).
public struct MessageContent: Sendable, Hashable {
    public let type: MessageType
    /// One JSON value, fit for `jsonb`.
    public let json: String

    public init(type: MessageType, json: String) {
        self.type = type
        self.json = json
    }

    public static func text(_ body: String) -> MessageContent {
        var writer = JSONWriter()
        writer.object { $0.member("body", body) }
        return MessageContent(type: .text, json: writer.text)
    }

    /// Writes `"type":…,"<type>":…` into the object that is open in `writer`.
    public func write(to writer: inout JSONWriter) {
        writer.member("type", type.rawValue)
        writer.key(type.rawValue)
        writer.raw(json.utf8)
    }

    /// The content read again; nil only when `json` is not JSON.
    public var value: JSONElement? {
        try? JSONDocument(parsing: Array(json.utf8), options: .lenient, maxDepth: .max).root
    }

    /// What the customer said in words: a text, a caption, the title of what was tapped.
    public var words: String? {
        guard let value else { return nil }
        switch type {
        case .text: return value["body"]?.string
        case .image, .video, .document, .audio: return value["caption"]?.string
        case .button: return value["text"]?.string
        case .interactive: return value["reply"]?["title"]?.string ?? value["body"]?.string
        case .order: return value["text"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        default: return nil
        }
    }

    /// The id of the button or list row that was tapped, or the payload of a template's quick reply.
    public var selection: String? {
        guard let value else { return nil }
        switch type {
        case .button: return value["payload"]?.string
        case .interactive: return value["reply"]?["id"]?.string
        default: return nil
        }
    }
}
