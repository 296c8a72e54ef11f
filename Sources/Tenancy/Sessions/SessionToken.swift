import Core
import Crypto
import Foundation

/// An access token (JWT, RFC 7519) as a client presented it: three parts of base64url and no more known about it yet.
public struct SessionToken: Sendable, Hashable {
    static let longest = 2048

    let text: String
    /// Where the signature begins, and the header ends.
    private let dots: (Int, Int)

    /// Nil unless `text` has the shape of a token of ours. It is not decoded here: most tokens were verified a moment ago, and are known by their digest.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.longest else { return nil }
        var dots: [Int] = []
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "."): dots.append(index)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                continue
            default: return nil
            }
        }
        // 64 bytes of signature are 86 characters.
        guard dots.count == 2, dots[0] > 0, dots[1] > dots[0] + 1, bytes.count - dots[1] - 1 == 86 else { return nil }
        self.text = String(text)
        self.dots = (dots[0], dots[1])
    }

    /// Whether every part is the canonical encoding of its bytes: otherwise one signature would have several spellings.
    var isCanonical: Bool {
        let bytes = Array(text.utf8)
        return Base64URL.decode(bytes[..<dots.0]) != nil && Base64URL.decode(bytes[(dots.0 + 1)..<dots.1]) != nil
            && Base64URL.decode(bytes[(dots.1 + 1)...])?.count == 64
    }

    /// The header as JSON.
    var header: [UInt8] { Base64URL.decode(Array(text.utf8)[..<dots.0]) ?? [] }

    /// SHA-256 of the whole token, for a cache that need not keep it.
    var digest: [UInt8] { Array(SHA256.hash(data: Data(text.utf8))) }

    public static func == (left: Self, right: Self) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// RFC 4648, 5, without padding, and strictly: no other alphabet, no bits that mean nothing.
enum Base64URL {
    static func encode(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var standard = text.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        standard += [UInt8](repeating: UInt8(ascii: "="), count: (4 - standard.count % 4) % 4)
        guard let data = Data(base64Encoded: Data(standard)), Array(encode(data).utf8) == Array(text) else { return nil }
        return Array(data)
    }
}
