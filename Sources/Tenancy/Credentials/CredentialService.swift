import Core
import Foundation
import Postgres

/// Makes, shows, rolls and revokes keys and tokens. A token is returned once and never again.
public struct CredentialService: Sendable {
    private let database: PlatformDatabase

    public init(database: PlatformDatabase) {
        self.database = database
    }

    /// A platform key with every right, for commands.
    public func createPlatformKey(name: String, expiresAt: Timestamp? = nil, by actor: Actor) async throws -> Secret<String> {
        let input = CredentialIn(name: name, scopes: Scope.platform, expiresAt: expiresAt)
        return try await database.platform(Self.issuing(input, to: .platform, by: actor)).token
    }

    /// A personal access token: the person's role at a restaurant, cut to `scopes`; for commands.
    public func createPersonalAccessToken(
        for person: PersonID,
        name: String,
        scopes: [String] = Scope.all,
        expiresAt: Timestamp? = nil,
        by actor: Actor
    ) async throws -> Secret<String> {
        let input = CredentialIn(name: name, scopes: scopes, expiresAt: expiresAt)
        return try await database.platform(Self.issuing(input, to: .person(person), by: actor)).token
    }

    /// Makes a credential in the name of `principal`, which cannot give what it does not have: neither other scopes nor a longer life.
    ///
    /// - Throws: `forbidden` naming the scopes that `principal` lacks; `validation_failed`; `limit_reached`.
    public func create(
        _ input: CredentialIn,
        for owner: CredentialOwner,
        as principal: Principal,
        by actor: Actor
    ) async throws -> IssuedCredential {
        try await database.platform(Self.issuing(try await allowed(input, for: principal), to: owner, by: actor))
    }

    /// The same for a request, answered once.
    public func create(
        _ input: CredentialIn,
        for owner: CredentialOwner,
        as principal: Principal,
        by actor: Actor,
        answering: SealedAnswering<IssuedCredential>
    ) async throws -> IdempotentAnswer {
        try await database.platform(
            answering: answering,
            Self.issuing(try await allowed(input, for: principal), to: owner, by: actor)
        )
    }

    /// What `principal` may make of `input`.
    private func allowed(_ input: CredentialIn, for principal: Principal) async throws -> CredentialIn {
        try Self.requireScopes(input.scopes, of: principal)
        let latest = try await latestEnd(principal)
        var input = input
        if let latest {
            guard input.expiresAt ?? latest <= latest else {
                throw DomainError.invalid([
                    .init(
                        pointer: "/expiresAt",
                        code: "out_of_range",
                        message: "This is not later than \(latest.rfc3339), when your own credential ends."
                    )
                ])
            }
            input.expiresAt = input.expiresAt ?? latest
        }
        return input
    }

    public func find(_ id: CredentialID, of owner: CredentialOwner) async throws -> Credential {
        guard let credential = try await database.platform({ tx in CredentialRepository(tx).find(id, of: owner) }) else {
            throw DomainError.notFound("credential")
        }
        return credential
    }

    /// Newest first, those that ended included; the id before which the next page starts, nil at the end.
    public func page(of owner: CredentialOwner, before: CredentialID?, limit: Int) async throws -> (
        credentials: [Credential], next: CredentialID?
    ) {
        var found = try await database.platform { tx in CredentialRepository(tx).page(of: owner, before: before, limit: limit + 1) }
        guard found.count > limit else { return (found, nil) }
        found.removeLast()
        return (found, found.last?.id)
    }

    /// Makes a successor with the same name, scopes and end; the old one is good for `overlap` more.
    ///
    /// - Throws: `forbidden` when `principal` lacks scopes of it; `conflict` when it is not good any more or has a successor; `not_found`.
    public func roll(
        _ id: CredentialID,
        of owner: CredentialOwner,
        overlap: Duration,
        as principal: Principal,
        by actor: Actor
    ) async throws -> IssuedCredential {
        try await database.platform(try await rolling(id, of: owner, overlap: overlap, as: principal, by: actor))
    }

    /// The same for a request, answered once.
    public func roll(
        _ id: CredentialID,
        of owner: CredentialOwner,
        overlap: Duration,
        as principal: Principal,
        by actor: Actor,
        answering: SealedAnswering<IssuedCredential>
    ) async throws -> IdempotentAnswer {
        try await database.platform(
            answering: answering,
            try await rolling(id, of: owner, overlap: overlap, as: principal, by: actor)
        )
    }

    private func rolling(
        _ id: CredentialID,
        of owner: CredentialOwner,
        overlap: Duration,
        as principal: Principal,
        by actor: Actor
    ) async throws -> @Sendable (PlatformTransaction) throws -> Pending<IssuedCredential> {
        try Self.requireScopes(try await find(id, of: owner).scopes, of: principal)
        let latest = try await latestEnd(principal)
        let token = TokenFormat.generate(owner.kind)
        let successor = CredentialID.new()
        let entry = AuditEntry(
            action: .credentialRolled,
            subject: AuditSubject("credential", id),
            of: owner.merchant,
            by: actor,
            details: ["successor": .text(successor.description), "overlapSeconds": .number(overlap.components.seconds)]
        )
        return { tx in
            let credentials = CredentialRepository(tx)
            credentials.lock(owner)
            let made = credentials.roll(
                id,
                of: owner,
                into: successor,
                digest: PresentedCredential.digest(of: token.reveal()),
                lastFour: String(token.reveal().suffix(4)),
                overlap: overlap,
                latest: latest,
                telling: entry
            )
            return made.zip(credentials.countLive(owner)).map { made, live in
                guard let made else {
                    if live >= owner.mostWithRolled { throw Self.limitReached(owner.mostWithRolled) }
                    throw DomainError(.conflict, code: "conflict", message: "It was rolled before, has expired or was revoked.")
                }
                return IssuedCredential(credential: made, token: token)
            }
        }
    }

    /// Ends a credential: on every node within a second. Once more changes nothing.
    public func revoke(_ id: CredentialID, of owner: CredentialOwner, by actor: Actor) async throws {
        let entry = AuditEntry(action: .credentialRevoked, subject: AuditSubject("credential", id), of: owner.merchant, by: actor)
        let found = try await database.platform { tx in
            let credentials = CredentialRepository(tx)
            credentials.revoke(id, of: owner, telling: entry)
            return credentials.find(id, of: owner)
        }
        guard found != nil else { throw DomainError.notFound("credential") }
    }

    private static func issuing(_ input: CredentialIn, to owner: CredentialOwner, by actor: Actor) throws
        -> @Sendable (PlatformTransaction) throws -> Pending<IssuedCredential>
    {
        var checked = input
        checked.name = input.name.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...120).contains(checked.name.unicodeScalars.count) else {
            throw DomainError.invalid([.init(pointer: "/name", code: "length", message: "must have 1 to 120 characters")])
        }
        let (id, token, input) = (CredentialID.new(), TokenFormat.generate(owner.kind), checked)
        let entry = AuditEntry(
            action: .credentialCreated,
            subject: AuditSubject("credential", id),
            of: owner.merchant,
            by: actor,
            details: ["kind": .text(owner.kind.prefix), "scopes": .texts(input.scopes)]
        )
        return { tx in
            let credentials = CredentialRepository(tx)
            credentials.lock(owner)
            let made = credentials.issue(
                id,
                to: owner,
                digest: PresentedCredential.digest(of: token.reveal()),
                lastFour: String(token.reveal().suffix(4)),
                input,
                telling: entry
            )
            return made.zip(credentials.countLive(owner)).map { made, live in
                guard let made else {
                    guard live >= owner.most else { throw AuthenticationFailure.invalidCredential }
                    throw Self.limitReached(owner.most)
                }
                return IssuedCredential(credential: made, token: token)
            }
        }
    }

    private static func limitReached(_ number: Int) -> DomainError {
        DomainError(.conflict, code: "limit_reached", message: "There are \(number) of them already; revoke one first.")
    }

    /// Until when what `principal` makes may last; nil: without end.
    private func latestEnd(_ principal: Principal) async throws -> Timestamp? {
        let (isGone, end) = try await database.platform { tx in CredentialRepository(tx).limit(of: principal.credential) }
        if isGone { throw AuthenticationFailure.invalidCredential }
        return end
    }

    private static func requireScopes(_ scopes: [String], of principal: Principal) throws {
        // Only whoever runs the installation has that one.
        if principal.scopes.contains(Scope.admin) { return }
        let missing = Set(scopes).subtracting(principal.scopes).sorted()
        guard missing.isEmpty else {
            throw DomainError(
                .forbidden,
                code: "forbidden",
                message:
                    "Your credential lacks the scope\(missing.count == 1 ? "" : "s") \(missing.joined(separator: ", ")), so it cannot give that."
            )
        }
    }
}
