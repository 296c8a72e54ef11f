import Core

/// A file to send, by link or by the id that the provider gave it at upload.
public struct OutboundMedia: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case image, video, audio, document, sticker

        public var messageType: MessageType {
            switch self {
            case .image: .image
            case .video: .video
            case .audio: .audio
            case .document: .document
            case .sticker: .sticker
            }
        }
    }

    public enum Source: Sendable, Hashable {
        /// An `https` address that the provider fetches (and keeps for ten minutes).
        case link(String)
        /// The provider's media id.
        case mediaID(String)
    }

    public let kind: Kind
    public let source: Source
    /// Image, video and document only; up to 1024.
    public let caption: String?
    /// Document only.
    public let filename: String?
    /// Audio only: shown as a voice note; needs OGG with Opus.
    public let voice: Bool

    public init(_ kind: Kind, source: Source, caption: String? = nil, filename: String? = nil, voice: Bool = false) {
        self.kind = kind
        self.source = source
        self.caption = caption
        self.filename = filename
        self.voice = voice
    }

    /// - Parameter bare: inside a header, where only the file itself may stand.
    init?(_ kind: Kind, _ fields: JSONFields, bare: Bool = false) {
        self.kind = kind
        let link = fields.string("link", 1...2048, optional: true)
        let mediaID = fields.string("mediaId", 1...300, optional: true)
        caption = !bare && kind != .audio && kind != .sticker ? fields.string("caption", 1...1024, optional: true) : nil
        filename = kind == .document ? fields.string("filename", 1...240, optional: true) : nil
        voice = !bare && kind == .audio ? fields.bool("voice", optional: true) ?? false : false
        if let link, !SecureLink.isValid(link) {
            fields.note("link", "invalid_value", "Must be an https address.")
            return nil
        }
        switch (fields.has("link"), fields.has("mediaId")) {
        case (true, true):
            fields.note("mediaId", "not_allowed", "Must not be given together with link.")
            return nil
        case (false, false):
            fields.note("link", "required", "Either link or mediaId is required.")
            return nil
        default: break
        }
        if let link { source = .link(link) } else if let mediaID { source = .mediaID(mediaID) } else { return nil }
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            switch source {
            case .link(let link): $0.member("link", link)
            case .mediaID(let id): $0.member("mediaId", id)
            }
            $0.member("caption", ifPresent: caption)
            $0.member("filename", ifPresent: filename)
            if voice { $0.member("voice", true) }
        }
    }
}
