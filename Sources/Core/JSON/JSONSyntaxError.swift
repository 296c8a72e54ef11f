/// Why bytes are not the JSON that was asked for, and where.
public struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: String, Sendable {
        case empty = "no value"
        case unexpectedEnd = "unexpected end"
        case unexpectedByte = "unexpected byte"
        case trailingBytes = "bytes after the value"
        case invalidNumber = "invalid number"
        case invalidEscape = "invalid escape"
        case controlCharacter = "control character in a string"
        case invalidUTF8 = "invalid UTF-8"
        case loneSurrogate = "surrogate without its partner"
        case duplicateKey = "duplicate key"
        case tooDeep = "nested too deep"
        case tooLarge = "too large"
    }

    /// Bytes from the start of the input to the place where it went wrong.
    public let offset: Int
    public let reason: Reason

    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// Never contains the input.
    public var description: String { "\(reason.rawValue) at byte \(offset)" }
}
