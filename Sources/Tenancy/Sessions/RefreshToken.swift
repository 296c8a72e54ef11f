import Core
import Crypto
import Foundation

/// The opaque token that makes the next access token. It is used once; its successor is computed from it with a key of ours, so that a repeated request
/// gets the same one although no token is stored.
struct RefreshToken: Sendable {
    let text: Secret<String>

    static func new() -> RefreshToken { RefreshToken(text: TokenFormat.generate(.refreshToken)) }

    init(text: Secret<String>) {
        self.text = text
    }

    /// Nil unless `presented` has the shape of one.
    init?(presented: String) {
        guard TokenFormat.kind(of: presented) == .refreshToken else { return nil }
        text = Secret(presented)
    }

    var digest: [UInt8] { PresentedCredential.digest(of: text.reveal()) }

    func successor(key: SymmetricKey) -> RefreshToken {
        let seed = HMAC<SHA256>.authenticationCode(for: Data(text.reveal().utf8), using: key)
        var stream = KeyedStream(key: SymmetricKey(data: Data(seed)))
        return RefreshToken(text: TokenFormat.generate(.refreshToken, using: &stream))
    }
}

/// Random numbers that only the key's owner can repeat: HMAC-SHA-256 in counter mode.
private struct KeyedStream: RandomNumberGenerator {
    let key: SymmetricKey
    private var counter: UInt64 = 0
    private var rest: [UInt64] = []

    init(key: SymmetricKey) {
        self.key = key
    }

    mutating func next() -> UInt64 {
        if rest.isEmpty {
            counter += 1
            let block = Array(HMAC<SHA256>.authenticationCode(for: withUnsafeBytes(of: counter.bigEndian) { Data($0) }, using: key))
            rest = stride(from: 0, to: block.count, by: 8).map { start in
                block[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
        }
        return rest.removeLast()
    }
}
