import Core
import Logging

/// Writes one record as one line, without Foundation: this runs once for every request.
struct LogLine {
    private(set) var bytes: [UInt8] = []

    /// The names that lead a record; metadata of the same name is written as `metadata.<name>`.
    private static let reserved: Set<String> = ["ts", "level", "label", "message", "error"]

    /// Keys of other people's libraries that mean one of ours.
    private static let renamed = ["hb.request.id": "requestId", "request-id": "requestId", "merchant": "merchantId"]

    init(
        format: LogSettings.Format,
        time: Timestamp,
        level: Logger.Level,
        label: String,
        message: String,
        error: (any Error)?,
        _ metadata: Logger.Metadata
    ) {
        bytes.reserveCapacity(256)
        let fields = Self.fields(metadata)
        switch format {
        case .json:
            append("{\"ts\":\"\(time.rfc3339)\",\"level\":\"\(level.rawValue)\",\"label\":")
            appendJSON(label)
            append(",\"message\":")
            appendJSON(message)
            if let error {
                append(",\"error\":")
                appendJSON(String(describing: error))
            }
            for (key, value) in fields {
                append(",")
                appendJSON(key)
                append(":")
                appendJSON(value)
            }
            append("}\n")
        case .text:
            append("\(time.rfc3339) \(level.rawValue)\(String(repeating: " ", count: 8 - level.rawValue.utf8.count)) ")
            appendEscaped(message, quotes: false)
            append("  ")
            appendEscaped(label, quotes: false)
            if let error { appendText("error", .string(String(describing: error))) }
            for (key, value) in fields { appendText(key, value) }
            append("\n")
        }
    }

    /// Request and merchant first, then by name, so that lines can be compared.
    private static func fields(_ metadata: Logger.Metadata) -> [(key: String, value: Logger.MetadataValue)] {
        var fields = metadata.map { key, value in
            let name = renamed[key] ?? key
            return (key: reserved.contains(name) ? "metadata.\(name)" : name, value: value)
        }
        fields.sort { rank($0.key) == rank($1.key) ? $0.key < $1.key : rank($0.key) < rank($1.key) }
        return fields
    }

    private static func rank(_ key: String) -> Int {
        switch key {
        case "requestId": 0
        case "merchantId": 1
        default: 2
        }
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func appendJSON(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        appendEscaped(text, quotes: true)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendJSON(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): appendJSON(text)
        case .stringConvertible(let value):
            switch value {
            case let number as any BinaryInteger: append(number.description)
            case let number as Double where number.isFinite: append(number.description)
            case let bool as Bool: append(bool ? "true" : "false")
            default: appendJSON(value.description)
            }
        case .array(let values):
            append("[")
            for (index, value) in values.enumerated() {
                if index > 0 { append(",") }
                appendJSON(value)
            }
            append("]")
        case .dictionary(let values):
            append("{")
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { append(",") }
                appendJSON(key)
                append(":")
                appendJSON(value)
            }
            append("}")
        }
    }

    private mutating func appendText(_ key: String, _ value: Logger.MetadataValue) {
        append("  ")
        appendEscaped(key, quotes: false)
        append("=")
        switch value {
        case .string(let text)
        where !text.isEmpty && !text.utf8.contains(where: { $0 == 0x20 || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "\"") }):
            appendEscaped(text, quotes: false)
        default:
            appendJSON(value)
        }
    }

    /// Appends text without what could end the line, move a terminal's cursor or turn the reading direction, and without secrets.
    ///
    /// The escapes are JSON's in both formats. `quotes`: also `"` and `\`.
    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        var text = LogRedaction.redacted(text) ?? text
        text.withUTF8 { source in
            var start = 0
            var index = 0
            while index < source.count {
                let (length, scalar) = Self.escape(at: index, in: source, quotes: quotes)
                guard length > 0 else {
                    index += 1
                    continue
                }
                bytes.append(contentsOf: source[start..<index])
                appendEscape(scalar)
                index += length
                start = index
            }
            bytes.append(contentsOf: source[start...])
        }
    }

    /// The length in bytes of the character at an index that must be escaped, and the character; length 0 when it need not be.
    private static func escape(at index: Int, in source: UnsafeBufferPointer<UInt8>, quotes: Bool) -> (length: Int, scalar: UInt16) {
        let byte = source[index]
        switch byte {
        case 0x00..<0x20, 0x7f: return (1, UInt16(byte))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return (quotes ? 1 : 0, UInt16(byte))
        case 0x20..<0x7f: return (0, 0)
        // C1 controls; U+061C, a direction mark.
        case 0xc2 where source[index + 1] < 0xa0: return (2, UInt16(source[index + 1]))
        case 0xd8 where source[index + 1] == 0x9c: return (2, 0x061c)
        case 0xe2:
            let scalar = 0x2000 | UInt16(source[index + 1] & 0x3f) << 6 | UInt16(source[index + 2] & 0x3f)
            switch scalar {
            // Direction marks, line and paragraph separators, embeddings, overrides and isolates.
            case 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: return (3, scalar)
            default: return (0, 0)
            }
        default: return (0, 0)
        }
    }

    private mutating func appendEscape(_ scalar: UInt16) {
        switch scalar {
        case 0x22, 0x5c: bytes += [0x5c, UInt8(scalar)]
        case 0x0a: append("\\n")
        case 0x0d: append("\\r")
        case 0x09: append("\\t")
        default:
            let digits = Array<UInt8>("0123456789abcdef".utf8)
            append("\\u")
            for shift in [12, 8, 4, 0] as [UInt16] { bytes.append(digits[Int(scalar >> shift & 0xf)]) }
        }
    }
}
