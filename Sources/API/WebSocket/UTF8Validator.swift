/// Checks UTF-8 as it arrives in pieces, by the table of well-formed sequences of the Unicode standard (3-7): no overlong forms, no surrogates, nothing
/// beyond U+10FFFF. What can no longer become valid is refused at its first wrong byte.
struct UTF8Validator {
    /// Bytes that the current character still needs.
    private var missing = 0
    /// What the next of them may be.
    private var range: ClosedRange<UInt8> = 0x80...0xbf

    /// Whether no character is left unfinished.
    var isComplete: Bool { missing == 0 }

    /// - Returns: false when these bytes, after those before, are no beginning of any text.
    mutating func accept(_ bytes: some Sequence<UInt8>) -> Bool {
        for byte in bytes {
            if missing > 0 {
                guard range.contains(byte) else { return false }
                missing -= 1
                range = 0x80...0xbf
            } else if byte >= 0x80 {
                guard begin(byte) else { return false }
            }
        }
        return true
    }

    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xc2...0xdf: missing = 1
        case 0xe0: (missing, range) = (2, 0xa0...0xbf)
        case 0xe1...0xec, 0xee...0xef: missing = 2
        case 0xed: (missing, range) = (2, 0x80...0x9f)
        case 0xf0: (missing, range) = (3, 0x90...0xbf)
        case 0xf1...0xf3: missing = 3
        case 0xf4: (missing, range) = (3, 0x80...0x8f)
        default: return false
        }
        return true
    }
}
