/// Reads the members of one object of a request body. What is missing, of the wrong kind, out of bounds or unknown is noted in `errors` with its
/// JSON Pointer (RFC 6901); the reading methods then answer nil and reading goes on.
///
/// Ask for every member that the object may have, then call `finish()`.
public final class JSONFields {
    public let element: JSONElement
    /// Where the object stands in the body; empty for the body itself.
    public let pointer: String
    public let errors: JSONFieldErrors
    private var known: Set<String> = []

    /// Nil, with an error noted, when `element` is not an object.
    public init?(_ element: JSONElement, at pointer: String = "", errors: JSONFieldErrors) {
        guard element.kind == .object else {
            errors.add(pointer, "wrong_type", "Must be an object.")
            return nil
        }
        self.element = element
        self.pointer = pointer
        self.errors = errors
    }

    /// Notes an error for each member that was never asked for.
    public func finish() {
        for (key, _) in element.members where !known.contains(key) {
            note(key, "unknown_field", "There is no such field here.")
        }
    }

    /// Where the member `key` stands in the body.
    public func pointer(to key: String) -> String {
        "\(pointer)/\(key.replacing("~", with: "~0").replacing("/", with: "~1"))"
    }

    public func note(_ key: String, _ code: String, _ message: String) {
        errors.add(pointer(to: key), code, message)
    }

    public func has(_ key: String) -> Bool { element[key] != nil }

    /// The member itself; nil, with an error unless `optional`, when it is absent.
    public func value(_ key: String, optional: Bool = false) -> JSONElement? {
        known.insert(key)
        if let value = element[key] { return value }
        if !optional { note(key, "required", "Is required.") }
        return nil
    }

    /// - Parameter length: bounds in Unicode scalars.
    public func string(_ key: String, _ length: ClosedRange<Int>, optional: Bool = false) -> String? {
        guard let value = value(key, optional: optional) else { return nil }
        guard let text = value.string else { return wrongType(key, "a string") }
        if value.containsNUL {
            note(key, "invalid_characters", "Must not contain the character U+0000.")
            return nil
        }
        let count = text.unicodeScalars.count
        if count < length.lowerBound {
            note(key, "too_short", length.lowerBound == 1 ? "Must not be empty." : "Must have at least \(length.lowerBound) characters.")
            return nil
        }
        if count > length.upperBound {
            note(key, "too_long", "Must have at most \(length.upperBound) characters.")
            return nil
        }
        return text
    }

    /// One of a fixed set of strings.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ type: Choice.Type = Choice.self, optional: Bool = false)
        -> Choice?
    where Choice.RawValue == String {
        guard let value = value(key, optional: optional) else { return nil }
        guard let text = value.string else { return wrongType(key, "a string") }
        if let choice = Choice(rawValue: text) { return choice }
        note(key, "invalid_value", "Must be one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        return nil
    }

    public func bool(_ key: String, optional: Bool = false) -> Bool? {
        guard let value = value(key, optional: optional) else { return nil }
        return value.bool ?? wrongType(key, "true or false")
    }

    public func int(_ key: String, _ range: ClosedRange<Int64>, optional: Bool = false) -> Int64? {
        guard let value = value(key, optional: optional) else { return nil }
        guard value.kind == .number, let number = value.int else { return wrongType(key, "a whole number") }
        guard range.contains(number) else {
            note(key, "out_of_range", "Must be from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    public func double(_ key: String, _ range: ClosedRange<Double>, optional: Bool = false) -> Double? {
        guard let value = value(key, optional: optional) else { return nil }
        guard let number = value.double else { return wrongType(key, "a number") }
        guard range.contains(number) else {
            note(key, "out_of_range", "Must be from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    /// Reads a member that is an object; `finish()` is called for it.
    public func object<Value>(_ key: String, optional: Bool = false, _ read: (JSONFields) -> Value?) -> Value? {
        guard let value = value(key, optional: optional) else { return nil }
        guard let fields = JSONFields(value, at: pointer(to: key), errors: errors) else { return nil }
        let result = read(fields)
        fields.finish()
        return result
    }

    /// Reads a member that is an array of objects; `finish()` is called for each.
    public func objects<Value>(_ key: String, _ count: ClosedRange<Int>, optional: Bool = false, _ read: (JSONFields) -> Value?) -> [Value]?
    {
        elements(key, count, optional: optional)?.compactMap { place, element in
            guard let fields = JSONFields(element, at: place, errors: errors) else { return nil }
            let result = read(fields)
            fields.finish()
            return result
        }
    }

    /// The elements of a member that is an array, each with its pointer.
    public func elements(_ key: String, _ count: ClosedRange<Int>, optional: Bool = false) -> [(pointer: String, element: JSONElement)]? {
        guard let value = value(key, optional: optional) else { return nil }
        guard value.kind == .array else { return wrongType(key, "an array") }
        let elements = value.elements
        guard count.contains(elements.count) else {
            let tooFew = elements.count < count.lowerBound
            note(
                key,
                tooFew ? "too_few" : "too_many",
                tooFew ? "Must have at least \(count.lowerBound)." : "Must have at most \(count.upperBound)."
            )
            return nil
        }
        return elements.enumerated().map { ("\(pointer(to: key))/\($0.offset)", $0.element) }
    }

    private func wrongType<Value>(_ key: String, _ kind: String) -> Value? {
        note(key, "wrong_type", "Must be \(kind).")
        return nil
    }
}
