import Core
import Crypto
import Foundation
import JWTKit

/// A key of access tokens: Ed25519. Its id is the token's `kid`.
struct SigningKey: Sendable {
    let id: SigningKeyID
    let privateKey: Curve25519.Signing.PrivateKey
    /// Before it, the key is only published, so that whoever verifies knows it in time.
    let activeFrom: Timestamp
    /// After it, nothing that it signed counts.
    let retiresAt: Timestamp?
    /// jwt-kit's collection of this key alone: its look-up of an unknown `kid` would fall back to another key.
    let keys: JWTKeyCollection

    init(id: SigningKeyID, privateKey: Curve25519.Signing.PrivateKey, activeFrom: Timestamp, retiresAt: Timestamp?) async throws {
        self.id = id
        self.privateKey = privateKey
        self.activeFrom = activeFrom
        self.retiresAt = retiresAt
        keys = JWTKeyCollection()
        let key = EdDSA.PrivateKey(backing: privateKey)
        await keys.add(eddsa: key, kid: JWKIdentifier(string: id.description))
    }

    func isActive(at time: Timestamp) -> Bool { activeFrom <= time && retiresAt.map { $0 > time } ?? true }

    /// Where its private half is sealed.
    static func place(_ id: SigningKeyID) -> SecretBox.Place {
        .init(table: "signing_keys", column: "private_sealed", row: id.uuid)
    }
}

/// A public key as JWKS (RFC 7517, RFC 8037) publishes it.
public struct PublishedKey: Sendable, Equatable {
    public let id: SigningKeyID
    /// `x` of the key: 32 bytes as base64url.
    public let x: String
}
