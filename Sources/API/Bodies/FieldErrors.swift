import Core

/// Collects what is wrong with one request's input. A class, because the readers of nested objects share it.
public final class FieldErrors {
    /// More would help nobody, and a body of 64 KiB can hold thousands.
    static let most = 50

    private(set) var fields: [DomainError.Field] = []

    public init() {}

    /// - Parameters:
    ///   - pointer: JSON Pointer into the body, or `?name` for a query parameter.
    ///   - code: `required`, `wrong_type`, `too_short`, `too_long`, `too_few`, `too_many`, `out_of_range`, `invalid_value`, `invalid_format`,
    ///     `invalid_characters`, `unknown_field`, or one of the route's own.
    ///   - message: one sentence for people.
    public func add(_ pointer: String, _ code: String, _ message: String) {
        guard fields.count < Self.most else { return }
        fields.append(DomainError.Field(pointer: pointer, code: code, message: message))
    }

    /// - Throws: `Problem` 422 when there are any.
    public func check() throws {
        guard !fields.isEmpty else { return }
        throw Problem(DomainError.invalid(fields))
    }
}
