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

    /// SHA-256 of this request's name among all requests: nobody can find another request with the same one.
    ///
    /// - Parameter owner: who has a request of this operation and key for themselves.
    func digest(of owner: String) -> [UInt8] {
        var hash = SHA256()
        // Each part with its length before it: no two lists of parts are the same bytes.
        for part in [owner, operation, key] {
            hash.update(data: Data("\(part.utf8.count):\(part)".utf8))
        }
        return Array(hash.finalize())
    }
}

/// What a request with an `Idempotency-Key` was answered.
public struct IdempotentAnswer: Sendable, Equatable {
    public let status: Int
    public let location: String?
    public let entityTag: String?
    public let body: [UInt8]
    /// The effect happened at an earlier request.
    public let isReplay: Bool

    public init(status: Int, location: String?, entityTag: String? = nil, body: [UInt8], isReplay: Bool = false) {
        self.status = status
        self.location = location
        self.entityTag = entityTag
        self.body = body
        self.isReplay = isReplay
    }
}

/// An answer as it is kept.
public struct KeptAnswer: Sendable {
    /// Of the body of the request that it answered.
    let fingerprint: [UInt8]
    let answer: IdempotentAnswer

    /// The answer, for a repetition of its request.
    ///
    /// - Throws: `idempotency_key_reused` when `request` has another body.
    public func replay(of request: IdempotentRequest) throws -> IdempotentAnswer {
        guard fingerprint == request.fingerprint else {
            throw DomainError(
                .invalid,
                code: "idempotency_key_reused",
                message: "This Idempotency-Key was used for a request with another body."
            )
        }
        return answer
    }
}
