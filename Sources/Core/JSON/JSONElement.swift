/// A value in a `JSONDocument`.
public struct JSONElement: Sendable {
    public enum Kind: Sendable { case object, array, string, number, bool, null }

    let storage: JSONStorage
    let index: Int

    private var token: JSONToken { storage.tape[index] }

    public var kind: Kind {
        switch token.kind {
        case .object: .object
        case .array: .array
        case .string: .string
        case .number: .number
        case .true, .false: .bool
        case .null: .null
        }
    }

    /// The member of that name; nil when this is not an object or has none. Of duplicates, the last.
    public subscript(key: String) -> JSONElement? {
        guard token.kind == .object else { return nil }
        var key = key
        return key.withUTF8 { storage.member($0, of: index) }.map { JSONElement(storage: storage, index: $0) }
    }

    /// Members in source order, duplicates included; empty when this is not an object.
    public var members: [(key: String, value: JSONElement)] {
        guard token.kind == .object else { return [] }
        var members: [(key: String, value: JSONElement)] = []
        let end = Int(token.next)
        var position = index + 1
        while position < end {
            members.append((storage.text(storage.tape[position]), JSONElement(storage: storage, index: position + 1)))
            position = Int(storage.tape[position + 1].next)
        }
        return members
    }

    /// Elements of an array; empty when this is not one.
    public var elements: [JSONElement] {
        guard token.kind == .array else { return [] }
        var elements: [JSONElement] = []
        let end = Int(token.next)
        var position = index + 1
        while position < end {
            elements.append(JSONElement(storage: storage, index: position))
            position = Int(storage.tape[position].next)
        }
        return elements
    }

    /// The decoded text; nil when this is not a string.
    public var string: String? { token.kind == .string ? storage.text(token) : nil }

    /// Whether this is the string `text`, without decoding it.
    public func equals(_ text: String) -> Bool {
        guard token.kind == .string else { return false }
        var text = text
        let bytes = storage.bytes
        return text.withUTF8 { JSONText.equal(token, $0, bytes.span) }
    }

    /// Whether a string has `\u0000`, which PostgreSQL's `text` cannot hold.
    public var containsNUL: Bool { token.flags.contains(.nul) }

    /// The number, when it is a whole one that fits: `3`, and also `3.0` or `3e2` as long as a `Double` holds it exactly.
    public var int: Int64? {
        guard token.kind == .number else { return nil }
        if token.flags.contains(.plainInteger) { return integer }
        guard let double, double.magnitude <= 9_007_199_254_740_992 else { return nil }
        return Int64(exactly: double)
    }

    private var integer: Int64? {
        var position = Int(token.start)
        let negative = storage.bytes[position] == UInt8(ascii: "-")
        if negative { position += 1 }
        var value: Int64 = 0
        while position < Int(token.end) {
            // Summed as a negative number, since its range is the larger one.
            let digit = Int64(storage.bytes[position] - UInt8(ascii: "0"))
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowOfSum) = product.subtractingReportingOverflow(digit)
            guard !overflow, !overflowOfSum else { return nil }
            value = sum
            position += 1
        }
        if negative { return value }
        return value == .min ? nil : -value
    }

    /// The number as a finite `Double`; nil when it is too large for one, or written with more than 1024 bytes.
    public var double: Double? {
        guard token.kind == .number, token.end - token.start <= 1024,
            let value = Double(String(decoding: rawBytes, as: UTF8.self)), value.isFinite
        else { return nil }
        return value
    }

    public var bool: Bool? {
        switch token.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    public var isNull: Bool { token.kind == .null }

    /// The exact source of this value, quotes and inner white space included.
    public var rawBytes: ArraySlice<UInt8> { storage.bytes[Int(token.start)..<Int(token.end)] }

    /// The exact source as text.
    public var rawText: String { String(decoding: rawBytes, as: UTF8.self) }
}
