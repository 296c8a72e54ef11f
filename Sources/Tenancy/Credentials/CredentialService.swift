import Core
import Foundation
import Postgres

/// Makes credentials. The token is returned once and never again.
public struct CredentialService: Sendable {
    private let database: PlatformDatabase

    public init(database: PlatformDatabase) {
        self.database = database
    }

    /// A platform key: everything under admin.
    public func createPlatformKey(name: String, expiresAt: Timestamp? = nil, by actor: Actor) async throws -> Secret<String> {
        try await create(.platformKey, name: name, scopes: ["admin"], merchant: nil, person: nil, expiresAt: expiresAt, by: actor)
    }

    /// A personal access token: the person's role at a restaurant, cut to `scopes`.
    public func createPersonalAccessToken(
        for person: PersonID,
        name: String,
        scopes: [String] = Scope.all,
        expiresAt: Timestamp? = nil,
        by actor: Actor
    ) async throws -> Secret<String> {
        try await create(.personalAccessToken, name: name, scopes: scopes, merchant: nil, person: person, expiresAt: expiresAt, by: actor)
    }

    private func create(
        _ kind: TokenFormat.Kind,
        name: String,
        scopes: [String],
        merchant: MerchantID?,
        person: PersonID?,
        expiresAt: Timestamp?,
        by actor: Actor
    ) async throws -> Secret<String> {
        let name = name.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...120).contains(name.unicodeScalars.count) else {
            throw DomainError.invalid([.init(pointer: "/name", code: "length", message: "must have 1 to 120 characters")])
        }
        let token = TokenFormat.generate(kind)
        let id = CredentialID.new()
        try await database.platform { tx in
            CredentialRepository(tx).insert(
                id,
                kind: kind,
                digest: PresentedCredential.digest(of: token.reveal()),
                lastFour: String(token.reveal().suffix(4)),
                name: name,
                scopes: scopes,
                merchant: merchant,
                person: person,
                expiresAt: expiresAt
            )
            tx.audit(AuditEntry(action: .credentialCreated, subject: AuditSubject("credential", id), of: merchant, by: actor))
        }
        return token
    }
}
