import Core
import Crypto

/// `X-Hub-Signature-256: sha256=<64 lower-case hexadecimal digits>`, HMAC-SHA256 over the raw body with the Meta app's secret (`providers.md` A2).
///
/// Meta escapes its JSON before signing, so the bytes must be checked as they came, before anything reads them.
public struct MetaSignature: Sendable {
    private static let prefix = Array("sha256=".utf8)

    private let digest: [UInt8]

    /// Nil when the header is not of that form; upper-case digits are not.
    public init?(header: String) {
        let bytes = Array(header.utf8)
        guard bytes.count == Self.prefix.count + 64, bytes.starts(with: Self.prefix) else { return nil }
        var digest: [UInt8] = []
        digest.reserveCapacity(32)
        var high: UInt8?
        for byte in bytes[Self.prefix.count...] {
            let nibble: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                digest.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        self.digest = digest
    }

    /// Whether `body` was signed with `appSecret`. The comparison takes the same time whatever differs.
    public func isValid(body: [UInt8], appSecret: Secret<String>) -> Bool {
        let key = SymmetricKey(data: Array(appSecret.reveal().utf8))
        return constantTimeEqual(digest, Array(HMAC<SHA256>.authenticationCode(for: body, using: key)))
    }

    /// The same for a key that is at hand already; a key made once per app saves an allocation a webhook.
    public func isValid(body: [UInt8], key: SymmetricKey) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(digest, authenticating: body, using: key)
    }
}
