/// Why a use case refuses. Services throw it; the API turns it into a problem document (RFC 9457) and nothing else does.
public struct DomainError: Error, Sendable, Equatable {
    /// What kind of refusal, in the API's terms (`api.md` 4, rule 2).
    public enum Kind: Sendable, Equatable {
        /// Absent, or another merchant's: callers cannot tell which.
        case notFound
        /// Known, but not allowed to.
        case forbidden
        /// The state of the resource does not allow it.
        case conflict
        /// The input is understood and wrong.
        case invalid
        /// An allowance is used up.
        case exhausted
        /// Too much at once: later it is possible.
        case limited
        /// A provider refused or did not answer.
        case provider
        /// Temporarily not possible.
        case unavailable
    }

    /// One wrong member of the input.
    public struct Field: Sendable, Equatable {
        /// JSON Pointer (RFC 6901) into the request body.
        public let pointer: String
        public let code: String
        public let message: String

        public init(pointer: String, code: String, message: String) {
            self.pointer = pointer
            self.code = code
            self.message = message
        }
    }

    public let kind: Kind
    /// Stable, listed in `openapi.yaml`: `service_window_closed`.
    public let code: String
    /// One sentence for people. Never SQL, a path or a secret.
    public let message: String
    public let fields: [Field]
    /// When an exhausted allowance is refilled.
    public let resetsAt: Timestamp?
    /// How long to wait before the same is worth another try.
    public let retryAfter: Duration?

    public init(
        _ kind: Kind,
        code: String,
        message: String,
        fields: [Field] = [],
        resetsAt: Timestamp? = nil,
        retryAfter: Duration? = nil
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.fields = fields
        self.resetsAt = resetsAt
        self.retryAfter = retryAfter
    }

    public static func notFound(_ noun: String) -> DomainError {
        DomainError(.notFound, code: "not_found", message: "There is no such \(noun).")
    }

    public static func invalid(_ fields: [Field]) -> DomainError {
        DomainError(
            .invalid,
            code: "validation_failed",
            message: "The request has \(fields.count == 1 ? "a field" : "fields") with errors.",
            fields: fields
        )
    }
}
