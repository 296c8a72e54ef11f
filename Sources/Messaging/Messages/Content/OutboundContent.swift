import Core

/// What we may send, already checked against WhatsApp's limits (`providers.md` A9). Lengths are Unicode scalars.
public enum OutboundContent: Sendable, Hashable {
    /// - Parameter previewURL: show a preview of the first link.
    case text(body: String, previewURL: Bool)
    case media(OutboundMedia)
    case location(OutboundLocation)
    case contacts([SharedContact])
    /// - Parameters:
    ///   - messageID: the message that is reacted to: ours, or the provider's id.
    ///   - emoji: empty removes the reaction.
    case reaction(messageID: String, emoji: String)
    case interactive(OutboundInteractive)
    case template(OutboundTemplate)

    public var type: MessageType {
        switch self {
        case .text: .text
        case .media(let media): media.kind.messageType
        case .location: .location
        case .contacts: .contacts
        case .reaction: .reaction
        case .interactive: .interactive
        case .template: .template
        }
    }

    /// The types that a client may send.
    public enum Kind: String, CaseIterable, Sendable {
        case text, image, video, audio, document, sticker, location, contacts, reaction, interactive, template
    }

    /// Reads `{"type":"text","text":{…}}`.
    ///
    /// - Parameters:
    ///   - body: a body parsed with `.strict`.
    ///   - others: further members that the body may have, read by somebody else, such as `replyTo`.
    /// - Throws: `validation_failed` with every wrong field.
    public init(body: JSONElement, others: [String] = []) throws(DomainError) {
        let errors = JSONFieldErrors()
        var content: OutboundContent?
        if let fields = JSONFields(body, errors: errors) {
            for other in others { _ = fields.value(other, optional: true) }
            if let kind = fields.choice("type", Kind.self) {
                content = Self.read(kind, fields)
                // Only with a known type can anybody say which members belong.
                fields.finish()
            }
        }
        try errors.throwIfAny()
        guard let content else { throw DomainError.invalid([.init(pointer: "", code: "invalid", message: "Is not a message.")]) }
        self = content
    }

    /// Content that was stored as `messageContent`.
    public init(stored content: MessageContent) throws(DomainError) {
        var writer = JSONWriter()
        writer.object { content.write(to: &$0) }
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: writer.bytes)
        } catch {
            throw DomainError.invalid([.init(pointer: "", code: "invalid", message: "Is not JSON: \(error).")])
        }
        try self.init(body: document.root)
    }

    /// Reads the member that is named as the type; what is wrong is noted in `fields`.
    static func read(_ kind: Kind, _ fields: JSONFields) -> OutboundContent? {
        switch kind {
        case .text:
            return fields.object("text") { text in
                let body = text.string("body", 1...4096)
                let previewURL = text.bool("previewUrl", optional: true) ?? false
                return body.map { .text(body: $0, previewURL: previewURL) }
            }
        case .image, .video, .audio, .document, .sticker:
            let mediaKind = OutboundMedia.Kind(rawValue: kind.rawValue) ?? .document
            return fields.object(kind.rawValue) { OutboundMedia(mediaKind, $0).map { .media($0) } }
        case .location: return fields.object("location") { OutboundLocation($0).map { .location($0) } }
        case .contacts: return fields.objects("contacts", 1...257, SharedContact.init).map { .contacts($0) }
        case .reaction:
            return fields.object("reaction") { reaction in
                let messageID = reaction.string("messageId", 1...300)
                let emoji = reaction.string("emoji", 0...32)
                guard let messageID, let emoji else { return nil }
                return .reaction(messageID: messageID, emoji: emoji)
            }
        case .interactive: return fields.object("interactive") { OutboundInteractive($0).map { .interactive($0) } }
        case .template: return fields.object("template") { OutboundTemplate($0).map { .template($0) } }
        }
    }

    /// The same in the shape of the API, to be stored and shown.
    public var messageContent: MessageContent {
        var writer = JSONWriter()
        switch self {
        case .text(let body, let previewURL):
            writer.object {
                $0.member("body", body)
                if previewURL { $0.member("previewUrl", true) }
            }
        case .media(let media): media.write(to: &writer)
        case .location(let location): location.write(to: &writer)
        case .contacts(let contacts): writer.array { for contact in contacts { contact.write(to: &$0, names: .api) } }
        case .reaction(let messageID, let emoji):
            writer.object {
                $0.member("messageId", messageID)
                $0.member("emoji", emoji)
            }
        case .interactive(let interactive): interactive.write(to: &writer)
        case .template(let template): template.write(to: &writer)
        }
        return MessageContent(type: type, json: writer.text)
    }
}
