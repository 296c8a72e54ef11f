/// The text of string tokens. The parser has checked them, so nothing here can fail.
enum JSONText {
    /// The decoded UTF-8. With `repairing`, NUL becomes U+FFFD; a lone surrogate always does, since it has no UTF-8.
    static func decode(_ token: JSONToken, _ bytes: Span<UInt8>, repairing: Bool) -> [UInt8] {
        let end = Int(token.end) - 1
        var position = Int(token.start) + 1
        var text: [UInt8] = []
        text.reserveCapacity(end - position)
        while position < end {
            let byte = bytes[position]
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                position += 1
                continue
            }
            let escape = bytes[position + 1]
            position += 2
            switch escape {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0c)
            case UInt8(ascii: "n"): text.append(0x0a)
            case UInt8(ascii: "r"): text.append(0x0d)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                var value = JSONParser.codeUnit(bytes, at: position - 2) ?? 0xfffd
                position += 4
                if (0xd800...0xdbff).contains(value), let low = JSONParser.codeUnit(bytes, at: position), (0xdc00...0xdfff).contains(low) {
                    value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
                    position += 6
                }
                if value == 0, repairing { value = 0xfffd }
                append(Unicode.Scalar(value) ?? "\u{fffd}", to: &text)
            default: text.append(escape)
            }
        }
        return text
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout [UInt8]) {
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    /// Whether two string tokens of the same source have the same decoded text.
    static func equal(_ one: JSONToken, _ other: JSONToken, _ bytes: Span<UInt8>) -> Bool {
        if one.flags.contains(.escaped) || other.flags.contains(.escaped) {
            return decode(one, bytes, repairing: false) == decode(other, bytes, repairing: false)
        }
        guard one.end - one.start == other.end - other.start else { return false }
        let distance = Int(other.start) - Int(one.start)
        for position in Int(one.start)..<Int(one.end) where bytes[position] != bytes[position + distance] { return false }
        return true
    }

    /// Whether a string token's decoded text is `text`.
    static func equal(_ token: JSONToken, _ text: UnsafeBufferPointer<UInt8>, _ bytes: Span<UInt8>) -> Bool {
        if token.flags.contains(.escaped) { return decode(token, bytes, repairing: false).elementsEqual(text) }
        let start = Int(token.start) + 1
        guard Int(token.end) - 1 - start == text.count else { return false }
        for offset in 0..<text.count where bytes[start + offset] != text[offset] { return false }
        return true
    }

    static func hash(_ token: JSONToken, _ bytes: Span<UInt8>) -> Int {
        var hasher = Hasher()
        if token.flags.contains(.escaped) {
            decode(token, bytes, repairing: false).withUnsafeBytes { hasher.combine(bytes: $0) }
        } else {
            bytes.extracting(Int(token.start) + 1..<Int(token.end) - 1).withUnsafeBytes { hasher.combine(bytes: $0) }
        }
        return hasher.finalize()
    }
}
