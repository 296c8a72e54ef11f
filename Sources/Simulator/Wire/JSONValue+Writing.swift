/// How text is written inside JSON strings.
public enum JSONEscaping: Sendable {
    /// UTF-8 as it is; only what RFC 8259 demands is escaped.
    case plain
    /// The bytes of Meta's webhooks: everything outside ASCII as `\uXXXX` in lower case with surrogate pairs, and `/` as `\/`.
    ///
    /// A receiver that decodes and encodes before it verifies the signature passes with `plain` and fails here, as it would with Meta.
    case meta
}

extension JSONValue {
    /// The document's bytes without white space.
    public func bytes(_ escaping: JSONEscaping = .plain) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(512)
        write(to: &output, escaping)
        return output
    }

    func write(to output: inout [UInt8], _ escaping: JSONEscaping) {
        switch self {
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            var first = true
            for member in object.members {
                if !first { output.append(UInt8(ascii: ",")) }
                first = false
                Self.write(member.key, to: &output, escaping)
                output.append(UInt8(ascii: ":"))
                member.value.write(to: &output, escaping)
            }
            output.append(UInt8(ascii: "}"))
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            var first = true
            for element in elements {
                if !first { output.append(UInt8(ascii: ",")) }
                first = false
                element.write(to: &output, escaping)
            }
            output.append(UInt8(ascii: "]"))
        case .string(let string): Self.write(string, to: &output, escaping)
        case .number(let text): output.append(contentsOf: text.utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .null: output.append(contentsOf: "null".utf8)
        }
    }

    private static func write(_ string: String, to output: inout [UInt8], _ escaping: JSONEscaping) {
        output.append(UInt8(ascii: "\""))
        // Runs of plain ASCII, which is most of every payload, are copied whole.
        let isCopied = string.utf8.withContiguousStorageIfAvailable { bytes in
            bytes.allSatisfy { $0 >= 0x20 && $0 < 0x80 && $0 != 0x22 && $0 != 0x5c && $0 != 0x2f }
        }
        if isCopied == true {
            output.append(contentsOf: string.utf8)
        } else {
            for scalar in string.unicodeScalars { write(scalar, to: &output, escaping) }
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func write(_ scalar: Unicode.Scalar, to output: inout [UInt8], _ escaping: JSONEscaping) {
        func short(_ letter: Unicode.Scalar) {
            output.append(UInt8(ascii: "\\"))
            output.append(UInt8(ascii: letter))
        }
        switch scalar.value {
        case 0x22: short("\"")
        case 0x5c: short("\\")
        case 0x2f where escaping == .meta: short("/")
        case 0x20..<0x80: output.append(UInt8(truncatingIfNeeded: scalar.value))
        case 0x0a: short("n")
        case 0x0d: short("r")
        case 0x09: short("t")
        case 0x08: short("b")
        case 0x0c: short("f")
        case 0..<0x20: escape(UInt16(scalar.value), to: &output)
        default:
            if escaping == .meta {
                for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter { escape(unit, to: &output) }
            } else {
                output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    private static func escape(_ unit: UInt16, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        output.append(UInt8(ascii: "u"))
        for shift in stride(from: 12, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: unit >> UInt16(shift) & 0xf)
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
