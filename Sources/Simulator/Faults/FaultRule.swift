/// One way in which the simulated provider misbehaves, how often, and towards which number.
public struct FaultRule: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        // Sends
        /// The Graph API answers with error `code` and accepts nothing.
        case error
        /// Accepted with 200, then a `failed` status with `code`.
        case failed
        /// `delivered` arrives as usual; a `failed` status with `code` follows it.
        case lateFailed
        /// No answer. `accepted` says whether the message was taken (default true).
        case timeout
        /// The connection is closed without an answer. `accepted` as above.
        case close
        /// An answer `status` (default 503) without a body. `accepted` defaults to false.
        case serverError
        /// The answer takes `milliseconds`.
        case slow
        // Statuses
        case missingSent
        case missingDelivered
        case missingRead
        // Webhooks
        /// The same update arrives `copies` more times.
        case duplicateWebhook
        /// The update is held back up to `milliseconds`, so that later ones overtake it.
        case reorderWebhook
        /// The POST carries a signature of another secret.
        case badSignature
    }

    public var kind: Kind
    /// From 0 to 1. With `remaining` it is 1 unless given.
    public var probability: Double
    /// Applies to the next so many occasions, then is removed. Nil: until it is deleted.
    public var remaining: Int?
    /// Only this number; nil means every one.
    public var phoneNumberID: String?
    /// Meta's error code (providers.md A12) for `error`, `failed` and `lateFailed`.
    public var code: Int
    public var status: Int
    public var copies: Int
    public var milliseconds: Int
    public var accepted: Bool?

    public init(
        _ kind: Kind,
        probability: Double = 1,
        remaining: Int? = nil,
        phoneNumberID: String? = nil,
        code: Int = 131_000,
        status: Int = 503,
        copies: Int = 1,
        milliseconds: Int = 1000,
        accepted: Bool? = nil
    ) {
        self.kind = kind
        self.probability = probability
        self.remaining = remaining
        self.phoneNumberID = phoneNumberID
        self.code = code
        self.status = status
        self.copies = copies
        self.milliseconds = milliseconds
        self.accepted = accepted
    }

    /// Whether the message is taken although the answer goes wrong.
    var takesTheMessage: Bool { accepted ?? (kind != .serverError) }
}

extension FaultRule {
    init(json: JSONValue, at pointer: String) throws(FieldProblem) {
        var fields = try FieldReader(json, at: pointer)
        guard let kind = try fields.choice("kind", Kind.self) else { throw fields.problem("kind", "is required") }
        self.init(kind)
        probability = try fields.double("probability", in: 0...1) ?? 1
        remaining = try fields.int("next", in: 1...1_000_000)
        phoneNumberID = try fields.string("phoneNumberId", limit: 32)
        code = try fields.int("code", in: 0...10_000_000) ?? code
        status = try fields.int("status", in: 400...599) ?? status
        copies = try fields.int("copies", in: 1...100) ?? copies
        milliseconds = try fields.int("milliseconds", in: 0...3_600_000) ?? milliseconds
        accepted = try fields.bool("accepted")
        try fields.refuseUnknown()
    }

    func json(id: Int) -> JSONValue {
        [
            "id": .int(id), "kind": .string(kind.rawValue), "probability": .number(String(probability)), "next": remaining.map { .int($0) },
            "phoneNumberId": .optional(phoneNumberID), "code": .int(code), "status": .int(status), "copies": .int(copies),
            "milliseconds": .int(milliseconds), "accepted": accepted.map { .bool($0) },
        ]
    }
}
