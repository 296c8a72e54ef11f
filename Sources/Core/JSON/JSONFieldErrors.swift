/// The errors of one request body, collected while it is read, so that a client learns all of them at once (`api.md` 4, rule 1).
public final class JSONFieldErrors {
    public private(set) var fields: [DomainError.Field] = []

    public init() {}

    public func add(_ pointer: String, _ code: String, _ message: String) {
        // A body of nothing but mistakes must not make an answer many times its size.
        guard fields.count < 100 else { return }
        fields.append(DomainError.Field(pointer: pointer, code: code, message: message))
    }

    /// Throws `validation_failed` when there is any.
    public func throwIfAny() throws(DomainError) {
        if !fields.isEmpty { throw DomainError.invalid(fields) }
    }
}
