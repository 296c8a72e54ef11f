import Core
import Crypto
import HTTPTypes
import Hummingbird

/// A client's name for one attempt at creating or sending something (`api.md` 4, rule 7), and the fingerprint of what it sent with it.
public struct IdempotencyKey: Sendable, Hashable {
    /// 1 to 255 visible ASCII characters.
    public let value: String
    /// SHA-256 of the body's bytes: the same key with another body is refused.
    public let fingerprint: [UInt8]

    /// Reads `Idempotency-Key`.
    ///
    /// - Returns: nil when it was not sent.
    /// - Throws: `Problem` 400 when it was sent twice or is not a plain word.
    public init?(_ request: Request, body: [UInt8]) throws {
        let values = request.headers[values: .idempotencyKey]
        guard let value = values.first else { return nil }
        guard values.count == 1, (1...255).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Problem(.invalidIdempotencyKey, detail: "Idempotency-Key is sent once, with 1 to 255 visible ASCII characters.")
        }
        self.value = value
        fingerprint = Array(SHA256.hash(data: body))
    }

    /// As `init`, for routes that insist on one.
    ///
    /// - Throws: also `Problem` 400 `idempotency_key_required`.
    public static func required(_ request: Request, body: [UInt8]) throws -> IdempotencyKey {
        guard let key = try IdempotencyKey(request, body: body) else {
            throw Problem(.idempotencyKeyRequired, detail: "Send an Idempotency-Key, so that a retry has no second effect.")
        }
        return key
    }
}
