/// What a message is. On the wire it is the value of `type` and the name of the member beside it that has the content.
public enum MessageType: String, Sendable, CaseIterable {
    case text, image, audio, video, document, sticker, location, contacts
    /// Buttons, lists and forms that we send, and the customer's answers to them.
    case interactive
    /// The customer tapped a quick reply of a template.
    case button
    /// A basket from the WhatsApp catalogue.
    case order
    case reaction
    /// Something WhatsApp says: a number changed, an identity changed.
    case system
    case template
    /// The customer opened the chat for the first time.
    case requestWelcome = "request_welcome"
    case edit
    case revoke
    /// WhatsApp received something that it does not pass on.
    case unsupported
    /// WhatsApp passed on something that we do not know; kept raw.
    case unknown

    /// The kinds whose content is a file.
    public var isMedia: Bool {
        switch self {
        case .image, .audio, .video, .document, .sticker: true
        default: false
        }
    }
}
