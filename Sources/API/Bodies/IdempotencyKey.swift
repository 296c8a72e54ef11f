import HTTPTypes
import Hummingbird

/// A client's name for one attempt at creating or sending something (`api.md` 4, rule 7).
public struct IdempotencyKey: Sendable, Hashable {
    /// 1 to 255 visible ASCII characters.
    public let value: String

    /// Reads `Idempotency-Key`.
    ///
    /// - Returns: nil when it was not sent.
    /// - Throws: `Problem` 400 when it was sent twice or is not a plain word.
    public init?(_ request: Request) throws {
        let values = request.headers[values: .idempotencyKey]
        guard let value = values.first else { return nil }
        guard values.count == 1, (1...255).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Problem(.invalidIdempotencyKey, detail: "Idempotency-Key is sent once, with 1 to 255 visible ASCII characters.")
        }
        self.value = value
    }

    /// As `init`, for routes that insist on one.
    ///
    /// - Throws: also `Problem` 400 `idempotency_key_required`.
    public static func required(_ request: Request) throws -> IdempotencyKey {
        guard let key = try IdempotencyKey(request) else {
            throw Problem(.idempotencyKeyRequired, detail: "Send an Idempotency-Key, so that a retry has no second effect.")
        }
        return key
    }
}
