/// Takes out of log text what looks like a credential or a telephone number, whoever put it there.
///
/// A net under the rule that neither is logged, not a licence to do it.
enum LogRedaction {
    /// The text without them; nil when there is nothing to take out, which is the usual case and costs one pass.
    static func redacted(_ text: String) -> String? {
        var text = text
        return text.withUTF8 { source in
            var result: [UInt8] = []
            var kept = 0
            var index = 0
            while index < source.count {
                guard let (end, replacement) = secret(at: index, in: source) else {
                    index += 1
                    continue
                }
                result.append(contentsOf: source[kept..<index])
                result.append(contentsOf: replacement.utf8)
                index = end
                kept = end
            }
            guard kept > 0 else { return nil }
            result.append(contentsOf: source[kept...])
            return String(decoding: result, as: UTF8.self)
        }
    }

    /// The end of a secret that begins here, and what stands in its place.
    private static func secret(at index: Int, in source: UnsafeBufferPointer<UInt8>) -> (end: Int, replacement: String)? {
        switch source[index] {
        case UInt8(ascii: "m") where starts("mtr_", at: index, in: source):
            // Our own tokens: the kind may stay, `mtr_pat_…`.
            let end = endOfToken(index, in: source)
            return end - index > 8 ? (end, "mtr_[redacted]") : nil
        case UInt8(ascii: "B") where starts("Bearer ", at: index, in: source),
            UInt8(ascii: "b") where starts("bearer ", at: index, in: source):
            let end = endOfToken(index + 7, in: source)
            return end > index + 7 ? (end, "Bearer [redacted]") : nil
        case UInt8(ascii: "+"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return telephone(at: index, in: source)
        default:
            return nil
        }
    }

    /// E.164 numbers as people and providers write them: a plus sign and digits with separators, or 8 to 15 bare digits that are no part of
    /// a longer word, number, date or identifier.
    private static func telephone(at index: Int, in source: UnsafeBufferPointer<UInt8>) -> (end: Int, replacement: String)? {
        if index > 0, isWord(source[index - 1]), !isEncodedPlus(before: index, in: source) { return nil }
        let international = source[index] == UInt8(ascii: "+")
        var digits = 0
        var end = index
        var position = international ? index + 1 : index
        while position < source.count {
            if isDigit(source[position]) {
                digits += 1
                end = position + 1
                if international, digits == 15 { break }
            } else if !international || !isSeparator(source[position]) || position - end > 1
                || position == index + 1 + digits && digits >= 8
            {
                // Also where a number was written without separators: what follows the first one is something else.
                break
            }
            position += 1
        }
        guard (8...15).contains(digits), international || isBoundary(end, in: source) else { return nil }
        // The last two digits stay, so that two numbers in a report can be told apart.
        return (end, "[phone]" + String(decoding: source[(end - 2)..<end], as: UTF8.self))
    }

    /// True when a bare number may end here: a full stop ends a sentence unless a digit follows.
    private static func isBoundary(_ index: Int, in source: UnsafeBufferPointer<UInt8>) -> Bool {
        guard index < source.count else { return true }
        if source[index] == UInt8(ascii: ".") { return index + 1 == source.count || !isDigit(source[index + 1]) }
        return !isWord(source[index])
    }

    /// `%2B`, a plus sign in a URL.
    private static func isEncodedPlus(before index: Int, in source: UnsafeBufferPointer<UInt8>) -> Bool {
        index >= 3 && (starts("%2B", at: index - 3, in: source) || starts("%2b", at: index - 3, in: source))
    }

    private static func starts(_ prefix: StaticString, at index: Int, in source: UnsafeBufferPointer<UInt8>) -> Bool {
        guard source.count - index >= prefix.utf8CodeUnitCount else { return false }
        return (0..<prefix.utf8CodeUnitCount).allSatisfy { source[index + $0] == prefix.utf8Start[$0] }
    }

    private static func endOfToken(_ index: Int, in source: UnsafeBufferPointer<UInt8>) -> Int {
        source[index...].firstIndex { !isWord($0) && $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") }
            ?? source.count
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")")
            || byte == UInt8(ascii: ".")
    }

    /// What a number that is not a telephone number is often joined to: letters, digits, `_`, `-`, `.`, and any byte above ASCII.
    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte >= 0x80 || byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}
