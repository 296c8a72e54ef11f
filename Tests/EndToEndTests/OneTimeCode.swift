import Core
import Crypto
import Foundation

/// RFC 6238 as an authenticator application computes it.
enum OneTimeCode {
    static func now(secret: [UInt8]) -> String {
        let counter = withUnsafeBytes(of: (Timestamp.now.unixSeconds / 30).bigEndian) { Array($0) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let offset = Int(mac[19] & 15)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }
}
