/// The kinds of media with their types and sizes (A10).
enum MediaKind: String, Sendable, CaseIterable {
    case audio
    case document
    case image
    case sticker
    case video

    /// The kind of a MIME type; nil when WhatsApp does not take it.
    init?(mimeType: String) {
        let plain = String(mimeType.prefix { $0 != ";" }).lowercased()
        guard let kind = Self.types[plain] else { return nil }
        self = kind
    }

    /// Bytes.
    var limit: Int {
        switch self {
        case .audio, .video: 16 << 20
        case .document: 100 << 20
        case .image: 5 << 20
        case .sticker: 500 << 10
        }
    }

    private static let types: [String: MediaKind] = [
        "audio/aac": .audio, "audio/amr": .audio, "audio/mpeg": .audio, "audio/mp4": .audio, "audio/ogg": .audio, "audio/opus": .audio,
        "text/plain": .document, "application/pdf": .document, "application/msword": .document,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": .document,
        "application/vnd.ms-excel": .document, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": .document,
        "application/vnd.ms-powerpoint": .document, "application/vnd.openxmlformats-officedocument.presentationml.presentation": .document,
        "image/jpeg": .image, "image/png": .image, "image/webp": .sticker, "video/mp4": .video, "video/3gpp": .video,
    ]
}
