import Core
import Crypto
import Foundation

/// Signs the place where a list goes on, so that a client can hold it but not make it.
///
/// A cursor is base64url of: version byte `1`, four bytes of Unix seconds of its making, the position, 16 bytes of HMAC-SHA256 over all that and over
/// the scope. The scope (merchant, list, filters) is not inside; a cursor of another scope simply does not verify.
public struct CursorSigner: Sendable {
    private let key: SymmetricKey
    private let previous: [SymmetricKey]
    private let lifetime: Duration

    /// - Parameters:
    ///   - key: at least 32 bytes, the same on every node.
    ///   - previous: whose cursors are still good, while nodes get a new key one after the other.
    ///   - lifetime: how long a cursor is good for; whole seconds.
    public init(key: SymmetricKey, previous: [SymmetricKey] = [], lifetime: Duration = .seconds(24 * 3600)) {
        self.key = key
        self.previous = previous
        self.lifetime = lifetime
    }

    public func sign(_ position: CursorPosition, for scope: CursorScope, at time: Timestamp = .now) -> String {
        let seconds = UInt32(truncatingIfNeeded: time.unixSeconds)
        var payload: [UInt8] = [1]
        withUnsafeBytes(of: seconds.bigEndian) { payload.append(contentsOf: $0) }
        payload.append(contentsOf: position.bytes)
        return Self.base64URL(payload + code(payload, scope, key))
    }

    /// The position in `cursor`.
    ///
    /// - Throws: `Problem` 400 `invalid_cursor` when it is not one of ours, is another merchant's, list's or filter's, or has expired: one answer for all.
    public func open(_ cursor: String, for scope: CursorScope, at time: Timestamp = .now) throws -> CursorPosition {
        let invalid = Problem(.invalidCursor, detail: "The cursor does not belong to this list or has expired; start again without it.")
        guard cursor.utf8.count <= 512, let bytes = Self.bytes(base64URL: cursor), bytes.count >= 21, bytes[0] == 1 else { throw invalid }
        let payload = Array(bytes[..<(bytes.count - 16)])
        let isOurs = ([key] + previous).contains { constantTimeEqual(bytes[(bytes.count - 16)...], code(payload, scope, $0)) }
        guard isOurs else { throw invalid }
        let made = Int64(payload[1..<5].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        guard time.unixSeconds - made <= lifetime.components.seconds else { throw invalid }
        return CursorPosition(bytes: Array(payload[5...]))
    }

    private func code(_ payload: [UInt8], _ scope: CursorScope, _ key: SymmetricKey) -> [UInt8] {
        var mac = HMAC<SHA256>(key: key)
        mac.update(data: scope.bytes)
        mac.update(data: payload)
        return Array(Array(mac.finalize()).prefix(16))
    }

    static func base64URL(_ bytes: [UInt8]) -> String {
        var text = Array(Data(bytes).base64EncodedData())
        while text.last == UInt8(ascii: "=") { text.removeLast() }
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "+"): text[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): text[index] = UInt8(ascii: "_")
            default: break
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func bytes(base64URL text: String) -> [UInt8]? {
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") }) else { return nil }
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        guard let bytes = Data(base64Encoded: standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)).map(Array.init),
            // Trailing bits may say the same in several ways; only the one that we write counts.
            base64URL(bytes) == text
        else { return nil }
        return bytes
    }
}
