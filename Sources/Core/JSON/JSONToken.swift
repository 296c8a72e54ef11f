/// One value or member name on the tape of a parsed document: 16 bytes, in source order.
///
/// A container is followed by its content, an object's as name, value, name, value.
struct JSONToken {
    enum Kind: UInt8 {
        case object, array, string, number, `true`, `false`, null
    }

    struct Flags: OptionSet {
        let rawValue: UInt8

        /// A string with at least one backslash.
        static let escaped = Flags(rawValue: 1)
        /// A string with `\u0000`.
        static let nul = Flags(rawValue: 2)
        /// A number with neither fraction nor exponent.
        static let plainInteger = Flags(rawValue: 4)
    }

    /// First byte of the source; of a string, the opening quote.
    var start: UInt32
    /// One past the last byte.
    var end: UInt32
    /// Tape position after this value and everything in it. While a container is being read: the position of the container around it.
    var next: UInt32
    var kind: Kind
    var flags: Flags = []
}
