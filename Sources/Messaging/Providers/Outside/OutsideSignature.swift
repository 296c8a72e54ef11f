import Core
import Crypto

/// What an outside bot proves itself with (B12): `X-Webhook-Signature`, 64 hexadecimal digits of the HMAC-SHA256 over the raw body and right after it the
/// digits of `X-Timestamp`, which are milliseconds since 1970.
///
/// The timestamp has exactly 13 digits, so that nothing can be moved from the end of the body to its beginning or back.
struct OutsideSignature: Sendable {
    /// How old a request may be.
    static let maximumAge: Duration = .seconds(300)
    /// How far the bot's clock may be ahead of ours.
    static let tolerance: Duration = .seconds(30)

    /// The 32 bytes.
    let digest: [UInt8]
    let timestamp: Timestamp
    private let digits: [UInt8]

    /// Nil when one is not of that form, a timestamp in seconds too.
    init?(signature: String, timestamp: String) {
        guard signature.utf8.count == 64, let digest = [UInt8](hexadecimal: signature) else { return nil }
        let digits = Array(timestamp.utf8)
        guard digits.count == 13, digits[0] != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let milliseconds = Int64(timestamp)
        else { return nil }
        self.digest = digest
        self.digits = digits
        self.timestamp = Timestamp(microseconds: milliseconds * 1000)
    }

    /// Whether it is of `secret`, in a time that says nothing about where it differs.
    func isValid(body: [UInt8], secret: Secret<String>) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            digest,
            authenticating: body + digits,
            using: SymmetricKey(data: Array(secret.reveal().utf8))
        )
    }

    func isFresh(at now: Timestamp) -> Bool {
        timestamp >= now - Self.maximumAge && timestamp <= now + Self.tolerance
    }
}
