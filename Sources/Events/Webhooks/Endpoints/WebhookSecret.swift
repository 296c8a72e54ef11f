import Core
import Crypto
import Foundation

/// The key of an endpoint's signatures, as Standard Webhooks 1.0 writes it: `whsec_` and the base64 of 24 to 64 bytes. What is signed with is the bytes.
public struct WebhookSecret: Sendable {
    private static let prefix = "whsec_"
    private let key: SymmetricKey

    /// As it is shown.
    public let text: Secret<String>

    /// A new one of 32 random bytes.
    public init() {
        let key = SymmetricKey(size: .bits256)
        self.key = key
        text = Secret(Self.prefix + key.withUnsafeBytes { Data($0) }.base64EncodedString())
    }

    /// Nil for what is no such secret.
    public init?(_ text: Secret<String>) {
        let shown = text.reveal()
        guard let bytes = Data(base64Encoded: String(shown.dropFirst(shown.hasPrefix(Self.prefix) ? Self.prefix.count : 0))),
            (24...64).contains(bytes.count)
        else { return nil }
        key = SymmetricKey(data: bytes)
        self.text = text
    }

    /// `v1,` and the base64 of the HMAC-SHA256 over `id.timestamp.body`.
    public func signature(id: String, timestamp: Int64, body: some Sequence<UInt8>) -> String {
        var mac = HMAC<SHA256>(key: key)
        mac.update(data: Data("\(id).\(timestamp).".utf8))
        mac.update(data: Data(body))
        return "v1," + Data(mac.finalize()).base64EncodedString()
    }
}

/// The header fields of one attempt.
enum StandardWebhook {
    /// - Parameter secrets: the current one first; every one signs.
    static func headers(id: String, at time: Timestamp, body: [UInt8], secrets: [WebhookSecret]) -> [(name: String, value: String)] {
        let seconds = time.unixSeconds
        return [
            ("content-type", "application/json"),
            ("user-agent", "Maitre-Webhooks/\(MaitreVersion.current)"),
            ("webhook-id", id),
            ("webhook-timestamp", String(seconds)),
            ("webhook-signature", secrets.map { $0.signature(id: id, timestamp: seconds, body: body) }.joined(separator: " ")),
        ]
    }
}
