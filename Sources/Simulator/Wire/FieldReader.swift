/// What is wrong with a member of a control request or of the configuration, and where.
public struct FieldProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// JSON Pointer (RFC 6901).
    public let pointer: String
    public let message: String

    public var description: String { "\(pointer.isEmpty ? "document" : pointer): \(message)" }
}

/// Takes members out of a JSON object, remembering where it is, and refuses names nobody asked for: a misspelled fault would otherwise be silent.
struct FieldReader {
    let pointer: String
    private let object: JSONObject
    private var known: Set<String> = []

    init(_ value: JSONValue, at pointer: String = "") throws(FieldProblem) {
        guard case .object(let object) = value else { throw FieldProblem(pointer: pointer, message: "must be an object") }
        self.object = object
        self.pointer = pointer
    }

    func problem(_ key: String, _ message: String) -> FieldProblem {
        FieldProblem(pointer: "\(pointer)/\(key)", message: message)
    }

    mutating func value(_ key: String) -> JSONValue? {
        known.insert(key)
        guard let value = object[key], value != .null else { return nil }
        return value
    }

    /// A string of 1 to `limit` characters; nil when absent.
    mutating func string(_ key: String, limit: Int = 1024) throws(FieldProblem) -> String? {
        guard let value = value(key) else { return nil }
        guard let string = value.string, !string.isEmpty, string.unicodeScalars.count <= limit else {
            throw problem(key, "must be a string of 1 to \(limit) characters")
        }
        return string
    }

    mutating func requiredString(_ key: String, limit: Int = 1024) throws(FieldProblem) -> String {
        guard let string = try string(key, limit: limit) else { throw problem(key, "is required") }
        return string
    }

    /// A string of digits, such as Meta's ids.
    mutating func requiredDigits(_ key: String) throws(FieldProblem) -> String {
        let string = try requiredString(key, limit: 32)
        guard string.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { throw problem(key, "must be digits only") }
        return string
    }

    mutating func int(_ key: String, in range: ClosedRange<Int>) throws(FieldProblem) -> Int? {
        guard let value = value(key) else { return nil }
        guard let int = value.int, range.contains(int) else {
            throw problem(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return int
    }

    mutating func double(_ key: String, in range: ClosedRange<Double>) throws(FieldProblem) -> Double? {
        guard let value = value(key) else { return nil }
        guard let double = value.double, range.contains(double) else {
            throw problem(key, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return double
    }

    mutating func bool(_ key: String) throws(FieldProblem) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let bool = value.bool else { throw problem(key, "must be true or false") }
        return bool
    }

    /// One of the raw values of an enumeration; the message lists them.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _: Choice.Type) throws(FieldProblem) -> Choice?
    where Choice.RawValue == String {
        guard let value = value(key) else { return nil }
        guard let string = value.string, let choice = Choice(rawValue: string) else {
            throw problem(key, "must be one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    mutating func elements(_ key: String, limit: Int) throws(FieldProblem) -> [JSONValue] {
        guard let value = value(key) else { return [] }
        guard let elements = value.elements, elements.count <= limit else { throw problem(key, "must be an array of at most \(limit)") }
        return elements
    }

    /// Call last: throws for a member that was never asked for.
    func refuseUnknown() throws(FieldProblem) {
        for member in object.members where !known.contains(member.key) {
            throw problem(member.key, "is not known here")
        }
    }
}
