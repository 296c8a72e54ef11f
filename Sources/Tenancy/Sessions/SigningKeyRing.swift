import Core
import Crypto
import Foundation
import JWTKit
import Logging
import ServiceLifecycle
import Synchronization

/// The keys of access tokens as this node knows them: signs with the newest active one, verifies with any active one by its exact `kid`.
///
/// Every node reads them every few seconds. A new key is published a minute before it signs, so that each node knows it by then; a replaced one verifies
/// until the last token that it signed has expired.
public final class SigningKeyRing: Service {
    /// From a key's making to its first signature.
    static let notice: Duration = .seconds(60)
    /// For clocks that are a little off.
    static let grace: Duration = .seconds(60)

    private let database: PlatformDatabase
    private let secretBox: SecretBox
    private let issuer: String
    private let alarm: SecretAlarm
    private let logger: Logger
    private let keys = Mutex<[SigningKeyID: SigningKey]>([:])

    /// - Parameter issuer: the installation's own address: `iss` of its tokens.
    public init(database: PlatformDatabase, secretBox: SecretBox, issuer: String, alarm: SecretAlarm, logger: Logger) {
        self.database = database
        self.secretBox = secretBox
        self.issuer = issuer
        self.alarm = alarm
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.load()
                } catch {
                    self.logger.warning("The keys of access tokens could not be read", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(3))
            }
        }
    }

    /// Reads the keys; makes the first one where there is none.
    public func load() async throws {
        var rows = try await database.platform { tx in SigningKeyRepository(tx).live() }
        if !rows.contains(where: { $0.retiresAt == nil }) {
            try await insertKey(activeFrom: .now, asTheFirst: true)
            rows = try await database.platform { tx in SigningKeyRepository(tx).live() }
        }
        let known = keys.withLock { $0 }
        var read: [SigningKeyID: SigningKey] = [:]
        for row in rows {
            if let key = known[row.id], key.retiresAt == row.retiresAt {
                read[row.id] = key
                continue
            }
            let bytes: [UInt8]
            do {
                bytes = try secretBox.open(row.privateSealed, at: SigningKey.place(row.id))
            } catch let failure as SecretBox.Failure {
                // The others go on.
                alarm.raise(failure, table: "signing_keys", column: "private_sealed", row: row.id.uuid, of: nil)
                continue
            }
            read[row.id] = try await SigningKey(
                id: row.id,
                privateKey: Curve25519.Signing.PrivateKey(rawRepresentation: bytes),
                activeFrom: row.activeFrom,
                retiresAt: row.retiresAt
            )
        }
        let loaded = read
        keys.withLock { $0 = loaded }
    }

    /// Makes a new key. It signs from `notice` on; the others verify until what they signed until then has expired.
    ///
    /// - Parameter immediately: for a key that leaked: the new one signs at once and every other one ends; everybody refreshes or logs in again.
    @discardableResult
    public func rotate(immediately: Bool = false, by actor: Actor) async throws -> SigningKeyID {
        let now = Timestamp.now
        let activeFrom = immediately ? now : now + Self.notice
        let end = immediately ? now : activeFrom + AccessClaims.lifetime + Self.grace
        // All in one: a new key without the end of a leaked one would be no rotation.
        let id = try await insertKey(activeFrom: activeFrom, asTheFirst: false) { tx, id in
            let repository = SigningKeyRepository(tx)
            repository.retireOthers(than: id, at: end)
            repository.deleteRetired(before: now - .seconds(86_400))
            tx.audit(AuditEntry(action: .signingKeysRotated, subject: AuditSubject("signing_key", id), by: actor))
        }
        try await load()
        return id
    }

    @discardableResult
    private func insertKey(
        activeFrom: Timestamp,
        asTheFirst: Bool,
        alongside others: (PlatformTransaction, SigningKeyID) -> Void = { _, _ in }
    ) async throws -> SigningKeyID {
        let key = Curve25519.Signing.PrivateKey()
        let id = SigningKeyID.new()
        let sealed = try secretBox.seal(key.rawRepresentation, at: SigningKey.place(id))
        try await database.platform { tx in
            let repository = SigningKeyRepository(tx)
            repository.lock()
            repository.insert(
                id,
                publicKey: Array(key.publicKey.rawRepresentation),
                privateSealed: sealed,
                activeFrom: activeFrom,
                unlessThereIsOne: asTheFirst
            )
            others(tx, id)
        }
        return id
    }

    /// Every key that verifies now or soon, oldest first.
    public func published() async throws -> [PublishedKey] {
        // A node that has only just started.
        if keys.withLock({ $0.isEmpty }) { try await load() }
        return keys.withLock { $0.values }
            .filter { key in key.retiresAt.map { $0 > .now } ?? true }
            .sorted { ($0.activeFrom, $0.id) < ($1.activeFrom, $1.id) }
            .map { PublishedKey(id: $0.id, x: Base64URL.encode($0.privateKey.publicKey.rawRepresentation)) }
    }

    // MARK: Tokens

    /// A new access token. Throws `unavailable` while no key could be read yet.
    func sign(person: PersonID, session: SessionID, at time: Timestamp = .now) async throws -> Secret<String> {
        var key = newestActive(at: time)
        if key == nil {
            // A node that has only just started.
            try await load()
            key = newestActive(at: time)
        }
        guard let key else { throw DomainError(.unavailable, code: "unavailable", message: "No key signs tokens yet; try again.") }
        let claims = AccessClaims(issuer: issuer, person: person, session: session, at: time)
        return Secret(try await key.keys.sign(claims, kid: JWKIdentifier(string: key.id.description), header: ["typ": "JWT"]))
    }

    /// What a token says when an active key of ours signed it and it is in its time; nil otherwise, whatever is wrong with it.
    func verify(_ token: SessionToken) async -> AccessClaims? {
        guard token.isCanonical, let key = key(named: token.header) else { return nil }
        guard let claims = try? await key.keys.verify(token.text, as: AccessClaims.self), claims.iss.value == issuer else { return nil }
        return claims
    }

    /// The key that the header names. The header may say `alg`, `typ` and `kid` and nothing else; the algorithm is ours to choose, not the token's.
    private func key(named header: [UInt8]) -> SigningKey? {
        guard let document = try? JSONDocument(parsing: header) else { return nil }
        let root = document.root
        guard root.kind == .object, root["alg"]?.string == "EdDSA", root["typ"]?.string == "JWT",
            root.members.allSatisfy({ ["alg", "typ", "kid"].contains($0.key) }), let kid = root["kid"]?.string,
            let id = SigningKeyID(kid), id.description == kid
        else { return nil }
        guard let key = keys.withLock({ $0[id] }), key.isActive(at: .now) else { return nil }
        return key
    }

    private func newestActive(at time: Timestamp) -> SigningKey? {
        keys.withLock { $0.values }.filter { $0.isActive(at: time) }.max { ($0.activeFrom, $0.id) < ($1.activeFrom, $1.id) }
    }
}
