import Core
import Hummingbird

/// Reads query parameters by name and notes every error. Parameters nobody asks for are ignored, so that a client may send more than a route knows;
/// one that is sent twice is refused, since two readers could take different ones.
///
///     var query = try QueryReader(request)
///     let unread = query.bool("unread")
///     let limit = query.limit()
///     try query.finish()
public struct QueryReader {
    private let parameters: [(name: String, value: String)]
    private let errors = FieldErrors()

    /// - Throws: `Problem` 400 when the query cannot be decoded or repeats a parameter.
    public init(_ request: Request) throws {
        try self.init(query: request.uri.query ?? "")
    }

    init(query: String) throws {
        parameters = try Self.parse(query)
        var seen: Set<String> = []
        for (name, _) in parameters where !seen.insert(name).inserted {
            throw Problem(.repeatedParameter, detail: "A query parameter was given twice.")
        }
    }

    /// Throws all noted errors as one 422.
    public func finish() throws { try errors.check() }

    public func string(_ name: String, _ length: ClosedRange<Int> = 1...200) -> String? {
        guard let value = self[name] else { return nil }
        guard length.contains(value.unicodeScalars.count) else {
            let isShort = value.unicodeScalars.count < length.lowerBound
            let bound = isShort ? "at least \(length.lowerBound)" : "at most \(length.upperBound)"
            return reject(name, isShort ? "too_short" : "too_long", "This has \(bound) characters.")
        }
        return value
    }

    /// A parameter as it is, whatever it holds.
    func text(_ name: String) -> String? { self[name] }

    public func bool(_ name: String) -> Bool? {
        guard let value = self[name] else { return nil }
        switch value {
        case "true": return true
        case "false": return false
        default: return reject(name, "wrong_type", "This is true or false.")
        }
    }

    public func int(_ name: String, _ range: ClosedRange<Int64>) -> Int64? {
        guard let value = self[name] else { return nil }
        guard let number = Self.number(value) else { return reject(name, "wrong_type", "This must be a whole number.") }
        guard range.contains(number) else {
            return reject(name, "out_of_range", "This is from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    public func oneOf<Value>(_ name: String, _ type: Value.Type = Value.self) -> Value?
    where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        guard let text = self[name] else { return nil }
        guard let value = Value(rawValue: text) else {
            return reject(name, "invalid_value", "This is one of: \(Value.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return value
    }

    /// Some of the values of a type, separated by commas; nil when the parameter is not there.
    public func list<Value>(_ name: String, _ type: Value.Type = Value.self) -> [Value]?
    where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        guard let text = self[name] else { return nil }
        var values: [Value] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let value = Value(rawValue: String(part)) else {
                return reject(
                    name,
                    "invalid_value",
                    "These are of: \(Value.allCases.map(\.rawValue).joined(separator: ", ")), separated by commas."
                )
            }
            values.append(value)
        }
        return values
    }

    public func id<Tag>(_ name: String, _ type: Identifier<Tag>.Type = Identifier<Tag>.self) -> Identifier<Tag>? {
        guard let text = self[name] else { return nil }
        guard let id = Identifier<Tag>(text) else { return reject(name, "invalid_format", "This must be a UUID.") }
        return id
    }

    public func timestamp(_ name: String) -> Timestamp? {
        guard let text = self[name] else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            return reject(name, "invalid_format", "This must be a time such as 2026-01-31T18:30:00Z.")
        }
        return time
    }

    /// How many rows a list may have (`api.md` 4, rule 10): above `most` is clamped, zero and below is an error.
    public func limit(default standard: Int = 25, most: Int = 100) -> Int {
        guard let value = self["limit"] else { return standard }
        guard Self.isNumber(value) else { return reject("limit", "wrong_type", "This must be a whole number.") ?? standard }
        // Digits beyond Int64 are as clamped as any other large number.
        let number = Self.number(value) ?? (value.hasPrefix("-") ? .min : .max)
        guard number > 0 else { return reject("limit", "out_of_range", "This is at least 1.") ?? standard }
        return Int(min(number, Int64(most)))
    }

    /// How many rows to skip, for the two lists that have an offset.
    public func offset() -> Int { Int(int("offset", 0...1_000_000_000) ?? 0) }

    private subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    private func reject<Value>(_ name: String, _ code: String, _ message: String) -> Value? {
        errors.add("?\(name)", code, message)
        return nil
    }

    private static func isNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        return !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func number(_ text: String) -> Int64? { isNumber(text) ? Int64(text) : nil }
}

extension QueryReader {
    /// `application/x-www-form-urlencoded`, as browsers write queries: `+` is a space. Names and values must be UTF-8 without NUL.
    static func parse(_ query: String) throws -> [(name: String, value: String)] {
        try query.utf8.split(separator: UInt8(ascii: "&")).map { part in
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            let name = try decode(part[..<(equals ?? part.endIndex)])
            let value = try equals.map { try decode(part[part.index(after: $0)...]) } ?? ""
            return (name, value)
        }
    }

    private static func decode(_ text: Substring.UTF8View) throws -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit), high << 4 | low != 0 else {
                    throw malformed
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw malformed }
        return decoded
    }

    private static var malformed: Problem {
        Problem(.malformedRequest, detail: "The query string is not valid percent-encoded UTF-8.")
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
