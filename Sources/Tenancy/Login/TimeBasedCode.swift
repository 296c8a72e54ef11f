import Core
import Crypto
import Foundation

/// One-time codes by the clock (RFC 6238): HMAC-SHA-1, six digits, steps of 30 seconds, as every authenticator application makes them.
enum TimeBasedCode {
    static let stepSeconds: Int64 = 30

    /// 20 random bytes, as RFC 4226 recommends.
    static func newSecret() -> [UInt8] {
        SymmetricKey(size: .init(bitCount: 160)).withUnsafeBytes { Array($0) }
    }

    static func step(at time: Timestamp) -> Int64 { time.unixSeconds / stepSeconds }

    /// The code of a step, with leading zeros.
    static func code(_ secret: [UInt8], step: Int64) -> String {
        let counter = withUnsafeBytes(of: step.bigEndian) { Array($0) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let offset = Int(mac[mac.count - 1] & 0x0f)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The step whose code this is: the present one or one beside it, for clocks that are a little off. Nil when it is none of theirs.
    static func matchingStep(_ code: String, secret: [UInt8], at time: Timestamp) -> Int64? {
        let now = step(at: time)
        var match: Int64?
        // All three are compared whatever the first says.
        for candidate in [now - 1, now, now + 1] where constantTimeEqual(Array(Self.code(secret, step: candidate).utf8), Array(code.utf8)) {
            match = candidate
        }
        return match
    }

    /// What an authenticator application reads from a QR code.
    static func address(secret: [UInt8], account: String, issuer: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        func escaped(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: allowed) ?? "" }
        return
            "otpauth://totp/\(escaped(issuer)):\(escaped(account))?secret=\(base32(secret))&issuer=\(escaped(issuer))&algorithm=SHA1&digits=6&period=30"
    }

    /// RFC 4648, without padding.
    static func base32(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var text: [UInt8] = []
        var buffer = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | Int(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[buffer >> bits & 31])
            }
            buffer &= (1 << bits) - 1
        }
        if bits > 0 { text.append(alphabet[buffer << (5 - bits) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}
