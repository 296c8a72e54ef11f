import Core

/// Reads the members of one JSON object by name, notes every error with its JSON Pointer, and at the end every member that nobody asked for.
public struct FieldReader {
    /// Nil for an object that is missing: everything reads as its stand-in and nothing is noted.
    private let element: JSONElement?
    private let pointer: String
    private let errors: FieldErrors
    private var known: Set<String> = []

    init(_ element: JSONElement?, at pointer: String, _ errors: FieldErrors) {
        self.element = element
        self.pointer = pointer
        self.errors = errors
    }

    /// A member that must be there and not null.
    public mutating func required<Value>(_ name: String, _ rule: FieldRule<Value>) -> Value {
        guard let member = member(name) else {
            if element != nil { errors.add(pointer(to: name), "required", "This is required.") }
            return rule.standIn()
        }
        return rule.read(member, pointer(to: name), errors) ?? rule.standIn()
    }

    /// A member that may be missing or null, which are the same here.
    public mutating func optional<Value>(_ name: String, _ rule: FieldRule<Value>) -> Value? {
        guard let member = member(name), !member.isNull else { return nil }
        return rule.read(member, pointer(to: name), errors)
    }

    /// As `optional`, with the value of a missing member.
    public mutating func optional<Value>(_ name: String, _ rule: FieldRule<Value>, default value: Value) -> Value {
        optional(name, rule) ?? value
    }

    /// A member of a partial update: missing leaves, null clears, a value sets.
    public mutating func patch<Value>(_ name: String, _ rule: FieldRule<Value>) -> Patch<Value> {
        guard let member = member(name) else { return .absent }
        if member.isNull { return .null }
        return rule.read(member, pointer(to: name), errors).map { .value($0) } ?? .absent
    }

    /// A member of a partial update that cannot be cleared: missing leaves, a value sets, null is an error.
    public mutating func change<Value>(_ name: String, _ rule: FieldRule<Value>) -> Value? {
        guard let member = member(name) else { return nil }
        return rule.read(member, pointer(to: name), errors)
    }

    /// Whether the object has the member, whatever its value.
    public func has(_ name: String) -> Bool { element?[name] != nil }

    /// Whether the member is missing or null.
    public func isAbsent(_ name: String) -> Bool { element?[name]?.isNull ?? true }

    /// Notes an error of the caller's own, such as one of two fields that belong together.
    public func reject(_ name: String, _ code: String, _ message: String) {
        guard element != nil else { return }
        errors.add(pointer(to: name), code, message)
    }

    mutating func finish() {
        guard let element else { return }
        for (name, _) in element.members where !known.contains(name) {
            errors.add(pointer(to: name), "unknown_field", "There is no such field.")
        }
    }

    private mutating func member(_ name: String) -> JSONElement? {
        known.insert(name)
        return element?[name]
    }

    private func pointer(to name: String) -> String { "\(pointer)/\(Self.escaped(name))" }

    /// RFC 6901, 3. A name as long as the body would make the answer as long; it is cut.
    static func escaped(_ name: String) -> String {
        String(name.prefix(100)).replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
