import CLibpq

/// libpq's view of a connection URI or keyword/value string.
public struct PostgresConnectionString: Sendable {
    /// The parameters that are set, by libpq's keyword (`host`, `port`, `user`, `dbname` …).
    public var parameters: [String: String]

    /// Throws an error of kind `usage` when libpq cannot read the string. libpq's own message is not kept: it quotes the string.
    public init(_ text: String) throws {
        guard let options = PQconninfoParse(text, nil) else {
            throw PostgresError(kind: .usage, reason: "the connection string cannot be read")
        }
        defer { PQconninfoFree(options) }
        parameters = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
    }

    /// The same parameters as a URI that libpq and its tools accept.
    public var uri: String {
        let pairs = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.percentEncoded($0.value))" }
        return "postgresql:///?" + pairs.joined(separator: "&")
    }

    private static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return encoded
    }
}
