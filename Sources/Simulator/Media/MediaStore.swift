import Core
import Crypto
import Foundation

/// A stored picture, sound or document.
struct StoredMedia: Sendable {
    let id: String
    /// Whose number it belongs to: uploaded by, or sent to.
    let phoneNumberID: String
    let mimeType: String
    let bytes: [UInt8]
    let expiresAt: Timestamp
    let digest: [UInt8]

    var hexadecimalDigest: String { digest.hexadecimal }
    /// The form in webhooks (A5).
    var base64Digest: String { Data(digest).base64EncodedString() }
}

/// Media and the short-lived links to them. The oldest give way when the bound on bytes is reached.
struct MediaStore: Sendable {
    /// Uploads of businesses are kept 30 days, media of customers 7 (A5, A10).
    static let uploadLifetime = Duration.seconds(30 * 86_400)
    static let inboundLifetime = Duration.seconds(7 * 86_400)
    /// A link lives five minutes (A10).
    static let linkLifetime = Duration.seconds(300)
    static let linkLimit = 50_000

    private var byID: [String: StoredMedia] = [:]
    private var order = FIFO<String>()
    private var links: [String: (id: String, expiresAt: Timestamp)] = [:]
    private var linkOrder = FIFO<String>()
    private(set) var totalBytes = 0
    private let limit: Int

    var count: Int { byID.count }

    init(limit: Int) {
        self.limit = limit
    }

    mutating func add(
        id: String,
        phoneNumberID: String,
        mimeType: String,
        bytes: [UInt8],
        lifetime: Duration,
        digest: [UInt8],
        at now: Timestamp
    ) -> StoredMedia {
        let media = StoredMedia(
            id: id,
            phoneNumberID: phoneNumberID,
            mimeType: mimeType,
            bytes: bytes,
            expiresAt: now + lifetime,
            digest: digest
        )
        byID[id] = media
        order.append(id)
        totalBytes += bytes.count
        while totalBytes > limit, byID.count > 1, let oldest = order.popFirst() { remove(oldest) }
        return media
    }

    /// Nil when it is unknown or past its life.
    mutating func find(_ id: String, at now: Timestamp) -> StoredMedia? {
        guard let media = byID[id] else { return nil }
        guard now < media.expiresAt else {
            remove(id)
            return nil
        }
        return media
    }

    @discardableResult
    mutating func remove(_ id: String) -> Bool {
        guard let media = byID.removeValue(forKey: id) else { return false }
        totalBytes -= media.bytes.count
        return true
    }

    mutating func addLink(token: String, to id: String, at now: Timestamp) {
        links[token] = (id, now + Self.linkLifetime)
        linkOrder.append(token)
        if linkOrder.count > Self.linkLimit, let oldest = linkOrder.popFirst() { links[oldest] = nil }
    }

    /// What a link shows; nil after five minutes.
    mutating func resolve(token: String, at now: Timestamp) -> StoredMedia? {
        guard let link = links[token] else { return nil }
        guard now < link.expiresAt else {
            links[token] = nil
            return nil
        }
        return find(link.id, at: now)
    }

    mutating func removeAll() {
        self = MediaStore(limit: limit)
    }
}
