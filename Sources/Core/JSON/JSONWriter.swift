/// Appends JSON to a buffer. Commas and escaping are its business; closing what was opened is the caller's, best by the closure forms.
///
///     var writer = JSONWriter()
///     writer.object {
///         $0.member("type", "text")
///         $0.key("text")
///         $0.object { $0.member("body", "hi") }
///     }
public struct JSONWriter: Sendable {
    public var bytes: [UInt8] = []
    /// Whether a value stands before the next one in the same container.
    private var needsComma = false

    public init(reserving capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// What was written so far.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    @inlinable
    public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        beginObject()
        try body(&self)
        endObject()
    }

    @inlinable
    public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        beginArray()
        try body(&self)
        endArray()
    }

    /// A member's name; its value must follow.
    public mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// The name of a member, written in the source: ASCII without quotes and backslashes, copied as it is. Its value must follow.
    public mutating func key(literal name: StaticString) {
        let count = name.utf8CodeUnitCount
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count + 4) { buffer in
            var end = 0
            if needsComma {
                buffer[0] = UInt8(ascii: ",")
                end = 1
            }
            buffer[end] = UInt8(ascii: "\"")
            name.withUTF8Buffer { _ = UnsafeMutableBufferPointer(rebasing: buffer[(end + 1)...]).update(from: $0) }
            end += count + 1
            buffer[end] = UInt8(ascii: "\"")
            buffer[end + 1] = UInt8(ascii: ":")
            bytes.append(contentsOf: buffer[..<(end + 2)])
        }
        needsComma = false
    }

    public mutating func string(_ value: String) {
        separate()
        quote(value)
    }

    public mutating func int(_ value: Int64) {
        separate()
        guard value != 0 else { return bytes.append(UInt8(ascii: "0")) }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = value.magnitude
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    /// A finite number; `null` for the others, which JSON cannot write.
    public mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        bytes.append(contentsOf: value.description.utf8)
    }

    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// One complete JSON value, copied as it is.
    public mutating func raw(_ value: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
    }

    /// One complete JSON value, copied as it is.
    public mutating func raw(_ value: String) { raw(value.utf8) }

    /// A string of ASCII that needs no escapes, written by `body`, which returns how many bytes it wrote.
    mutating func plain(atMost count: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
        separate()
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count + 2) { buffer in
            buffer[0] = UInt8(ascii: "\"")
            let written = body(UnsafeMutableBufferPointer(rebasing: buffer[1...]))
            buffer[written + 1] = UInt8(ascii: "\"")
            bytes.append(contentsOf: buffer[..<(written + 2)])
        }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { source in
            var plain = 0
            // Where eight bytes at a time had nothing to escape.
            for index in Self.plainPrefix(of: source)..<source.count {
                let byte = source[index]
                // Nearly every byte ends here.
                if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte != 0xe2 { continue }
                // U+2028 and U+2029 (e2 80 a8, a9) are line ends to older JavaScript: escaped, so that a document may stand in a script.
                let isSeparator = byte == 0xe2 && index + 2 < source.count && source[index + 1] == 0x80 && source[index + 2] & 0xfe == 0xa8
                guard byte != 0xe2 || isSeparator else { continue }
                bytes.append(contentsOf: source[plain..<index])
                if isSeparator {
                    bytes.append(contentsOf: (source[index + 2] == 0xa8 ? "\\u2028" : "\\u2029").utf8)
                    plain = index + 3
                } else {
                    escape(byte)
                    plain = index + 1
                }
            }
            bytes.append(contentsOf: source[plain...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// How many bytes from the start, in eights, need no second look: none is below a space, a quote, a backslash or the first byte of a separator.
    private static func plainPrefix(of source: UnsafeBufferPointer<UInt8>) -> Int {
        let raw = UnsafeRawBufferPointer(source)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        // "Determine if a word has a zero byte" and "… a byte less than n", from Anderson's Bit Twiddling Hacks.
        func hasZero(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }
        var index = 0
        while index + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let below = (word &- ones &* 0x20) & ~word & highs
            let found =
                below | hasZero(word ^ ones &* UInt64(UInt8(ascii: "\""))) | hasZero(word ^ ones &* UInt64(UInt8(ascii: "\\")))
                | hasZero(word ^ ones &* 0xe2)
            guard found == 0 else { break }
            index += 8
        }
        return index
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0c: bytes.append(UInt8(ascii: "f"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let low = byte & 0x0f
            bytes.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }
}
