extension JSONParser {
    /// Reads a string whose opening quote is at `position`; its text is checked here and decoded only when somebody asks for it.
    static func string(_ bytes: Span<UInt8>, _ position: inout Int, next: Int, _ options: JSONOptions) throws(JSONSyntaxError) -> JSONToken
    {
        let start = position
        var flags: JSONToken.Flags = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return JSONToken(start: UInt32(start), end: UInt32(position), next: UInt32(next), kind: .string, flags: flags)
            } else if byte == UInt8(ascii: "\\") {
                flags.insert(.escaped)
                try escape(bytes, &position, &flags, options)
            } else if byte < 0x20 {
                throw JSONSyntaxError(.controlCharacter, at: position)
            } else if byte < 0x80 {
                position += 1
            } else {
                let length = sequenceLength(bytes, at: position)
                guard length > 0 else { throw JSONSyntaxError(.invalidUTF8, at: position) }
                position += length
            }
        }
        throw JSONSyntaxError(.unexpectedEnd, at: position)
    }

    private static func escape(
        _ bytes: Span<UInt8>,
        _ position: inout Int,
        _ flags: inout JSONToken.Flags,
        _ options: JSONOptions
    ) throws(JSONSyntaxError) {
        guard position + 1 < bytes.count else { throw JSONSyntaxError(.unexpectedEnd, at: bytes.count) }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"),
            UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard let unit = codeUnit(bytes, at: position) else { throw JSONSyntaxError(.invalidEscape, at: position) }
            switch unit {
            case 0:
                flags.insert(.nul)
                position += 6
            case 0xd800...0xdbff:
                if let low = codeUnit(bytes, at: position + 6), (0xdc00...0xdfff).contains(low) {
                    position += 12
                } else {
                    guard !options.refusesLoneSurrogates else { throw JSONSyntaxError(.loneSurrogate, at: position) }
                    position += 6
                }
            case 0xdc00...0xdfff:
                guard !options.refusesLoneSurrogates else { throw JSONSyntaxError(.loneSurrogate, at: position) }
                position += 6
            default:
                position += 6
            }
        default:
            throw JSONSyntaxError(.invalidEscape, at: position)
        }
    }

    /// The UTF-16 code unit of the `\uXXXX` at `position`; nil when there is none.
    static func codeUnit(_ bytes: Span<UInt8>, at position: Int) -> UInt32? {
        guard position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for offset in 2..<6 {
            let byte = bytes[position + offset]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// Bytes of the well-formed multi-byte sequence at `position` (Unicode, table 3-7); 0 when it is not one.
    private static func sequenceLength(_ bytes: Span<UInt8>, at position: Int) -> Int {
        let first = bytes[position]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch first {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xe1...0xec, 0xee, 0xef: length = 3
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return 0
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return 0 }
        for offset in 2..<max(length, 2) where bytes[position + offset] & 0xc0 != 0x80 { return 0 }
        return length
    }
}
