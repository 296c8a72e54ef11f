import Core
import Crypto
import Foundation

/// A request that must have its effect once, however often it is sent (`api.md` 4, rule 7).
public struct IdempotentRequest: Sendable {
    /// Method and path.
    public let operation: String
    /// The client's `Idempotency-Key`.
    public let key: String
    /// SHA-256 of the body: the same key with another body is a mistake.
    public let fingerprint: [UInt8]

    public init(operation: String, key: String, body: [UInt8]) {
        self.operation = operation
        self.key = key
        fingerprint = Array(SHA256.hash(data: body))
    }
}

/// What a request with an `Idempotency-Key` was answered.
public struct IdempotentAnswer: Sendable, Equatable {
    public let status: Int
    public let location: String?
    public let body: [UInt8]
    /// The effect happened at an earlier request.
    public let isReplay: Bool
}
