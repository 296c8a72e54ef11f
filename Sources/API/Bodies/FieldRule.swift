import Core

/// How one member of a body is read and checked.
public struct FieldRule<Value> {
    /// What stands in for a missing or wrong value while the rest is checked.
    let standIn: () -> Value
    /// The value, or nil after noting why not.
    let read: (_ element: JSONElement, _ pointer: String, _ errors: FieldErrors) -> Value?

    public init(
        standIn: @escaping @autoclosure () -> Value,
        read: @escaping (_ element: JSONElement, _ pointer: String, _ errors: FieldErrors) -> Value?
    ) {
        self.standIn = standIn
        self.read = read
    }

    /// The value made into another, or `invalid_format` with `message` when `transform` has none.
    public func map<Other>(
        standIn: @escaping @autoclosure () -> Other,
        _ message: String,
        _ transform: @escaping (Value) -> Other?
    ) -> FieldRule<Other> {
        FieldRule<Other>(standIn: standIn()) { element, pointer, errors in
            guard let value = read(element, pointer, errors) else { return nil }
            guard let other = transform(value) else {
                errors.add(pointer, "invalid_format", message)
                return nil
            }
            return other
        }
    }
}

extension FieldErrors {
    /// For a `guard`'s else.
    func wrongType<Value>(_ pointer: String, _ expected: String) -> Value? {
        add(pointer, "wrong_type", "This must be \(expected).")
        return nil
    }
}

extension FieldRule<String> {
    /// A string of so many Unicode code points, as JSON Schema counts. NUL, which PostgreSQL cannot store, is refused.
    public static func text(_ length: ClosedRange<Int>) -> FieldRule {
        FieldRule(standIn: "") { element, pointer, errors in
            guard let text = element.string else { return errors.wrongType(pointer, "a string") }
            guard !element.containsNUL else {
                errors.add(pointer, "invalid_characters", "This may not contain U+0000.")
                return nil
            }
            let count = text.unicodeScalars.count
            if count < length.lowerBound {
                errors.add(pointer, "too_short", "This has at least \(length.lowerBound) character\(length.lowerBound == 1 ? "" : "s").")
                return nil
            }
            if count > length.upperBound {
                errors.add(pointer, "too_long", "This has at most \(length.upperBound) characters.")
                return nil
            }
            return text
        }
    }
}

extension FieldRule<Int64> {
    /// A whole number in `range`.
    public static func int(_ range: ClosedRange<Int64>) -> FieldRule {
        FieldRule(standIn: range.lowerBound) { element, pointer, errors in
            guard element.kind == .number else { return errors.wrongType(pointer, "a whole number") }
            guard let number = element.int else {
                // Too large for any range, or with a fraction.
                return errors.wrongType(pointer, "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            guard range.contains(number) else {
                errors.add(pointer, "out_of_range", "This is from \(range.lowerBound) to \(range.upperBound).")
                return nil
            }
            return number
        }
    }
}

extension FieldRule<Double> {
    /// A finite number in `range`.
    public static func number(_ range: ClosedRange<Double>) -> FieldRule {
        FieldRule(standIn: range.lowerBound) { element, pointer, errors in
            guard let number = element.double else { return errors.wrongType(pointer, "a number") }
            guard range.contains(number) else {
                errors.add(pointer, "out_of_range", "This is from \(range.lowerBound) to \(range.upperBound).")
                return nil
            }
            return number
        }
    }
}

extension FieldRule<Bool> {
    public static var bool: FieldRule {
        FieldRule(standIn: false) { element, pointer, errors in
            element.bool ?? errors.wrongType(pointer, "true or false")
        }
    }
}

extension FieldRule<JSONElement?> {
    /// Any object, kept as it came.
    public static var anyObject: FieldRule {
        FieldRule(standIn: nil) { element, pointer, errors in
            element.kind == .object ? element : errors.wrongType(pointer, "an object")
        }
    }
}
