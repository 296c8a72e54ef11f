import Core
import Crypto
import Foundation

/// An access token (JWT, RFC 7519) as a client presented it: three parts of base64url and no more known about it yet.
public struct SessionToken: Sendable, Hashable {
    static let longest = 2048

    let text: String
    /// Where the signature begins, and the header ends.
    private let dots: (Int, Int)

    /// Nil unless `text` has the shape of a token of ours. Every part must be the canonical encoding of its bytes: otherwise one signature would have
    /// several spellings.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.longest else { return nil }
        let dots = bytes.indices.filter { bytes[$0] == UInt8(ascii: ".") }
        guard dots.count == 2, dots[0] > 0, dots[1] > dots[0] + 1, dots[1] < bytes.count - 1 else { return nil }
        self.text = String(text)
        self.dots = (dots[0], dots[1])
        guard Base64URL.decode(bytes[..<dots[0]]) != nil, Base64URL.decode(bytes[(dots[0] + 1)..<dots[1]]) != nil,
            Base64URL.decode(bytes[(dots[1] + 1)...])?.count == 64
        else { return nil }
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
