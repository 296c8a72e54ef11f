import Core
import Foundation

extension FieldRule where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of an enumeration's words. An enumeration without cases cannot be asked for.
    public static func oneOf(_ type: Value.Type = Value.self) -> FieldRule where Value.AllCases == [Value] {
        oneOf(Value.allCases)
    }

    /// One of some of an enumeration's words; the first stands in.
    ///
    /// - Precondition: `allowed` is not empty.
    public static func oneOf(_ allowed: [Value]) -> FieldRule {
        FieldRule(standIn: allowed[0]) { element, pointer, errors in
            guard let text = element.string else { return errors.wrongType(pointer, "a string") }
            guard let value = Value(rawValue: text), allowed.contains(where: { $0.rawValue == text }) else {
                errors.add(pointer, "invalid_value", "This is one of: \(allowed.map(\.rawValue).joined(separator: ", ")).")
                return nil
            }
            return value
        }
    }
}

extension FieldRule<Timestamp> {
    /// A moment in RFC 3339.
    public static var timestamp: FieldRule {
        FieldRule<String>.text(20...40).map(standIn: Timestamp(microseconds: 0), "This must be a time such as 2026-01-31T18:30:00Z.") {
            Timestamp(rfc3339: $0)
        }
    }
}

extension FieldRule {
    /// An id: a UUID in its 36-character form.
    public static func id<Tag>(_ type: Identifier<Tag>.Type = Identifier<Tag>.self) -> FieldRule where Value == Identifier<Tag> {
        FieldRule<String>.text(36...36).map(standIn: Identifier(UUID(high: 0, low: 0)), "This must be a UUID.") { Identifier($0) }
    }

    /// An https address without credentials in it.
    public static func httpsURL(maximumLength: Int = 2048) -> FieldRule where Value == String {
        FieldRule<String>.text(1...maximumLength).map(standIn: "", "This must be an https URL.") { text in
            guard let parts = URLComponents(string: text), parts.scheme?.lowercased() == "https", parts.host?.isEmpty == false,
                parts.user == nil, parts.password == nil
            else { return nil }
            return text
        }
    }

    /// An array with so many elements, each read by `rule`.
    public static func array<Element>(of rule: FieldRule<Element>, _ count: ClosedRange<Int>) -> FieldRule where Value == [Element] {
        FieldRule(standIn: []) { element, pointer, errors in
            guard element.kind == .array else { return errors.wrongType(pointer, "an array") }
            let elements = element.elements
            if elements.count < count.lowerBound {
                errors.add(pointer, "too_few", "This has at least \(count.lowerBound) element\(count.lowerBound == 1 ? "" : "s").")
                return nil
            }
            if elements.count > count.upperBound {
                errors.add(pointer, "too_many", "This has at most \(count.upperBound) elements.")
                return nil
            }
            return elements.enumerated().map { rule.read($1, "\(pointer)/\($0)", errors) ?? rule.standIn() }
        }
    }

    /// A nested object, read by `build` as the body itself is.
    public static func object(_ build: @escaping (inout FieldReader) -> Value) -> FieldRule {
        FieldRule(
            standIn: {
                var absent = FieldReader(nil, at: "", FieldErrors())
                return build(&absent)
            }()
        ) { element, pointer, errors in
            guard element.kind == .object else { return errors.wrongType(pointer, "an object") }
            var reader = FieldReader(element, at: pointer, errors)
            let value = build(&reader)
            reader.finish()
            return value
        }
    }
}
