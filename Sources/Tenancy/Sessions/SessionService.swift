import Core
import Crypto
import Foundation
import Postgres

/// Starts, continues and ends sessions.
public struct SessionService: Sendable {
    public struct Lifetimes: Sendable {
        /// From login, whatever happens.
        public var absolute: Duration = .seconds(30 * 86_400)
        /// Without a refresh.
        public var idle: Duration = .seconds(7 * 86_400)
        /// In which a used refresh token still gives the same successor to the same device: a lost answer, two tabs at once.
        public var leeway: Duration = .seconds(10)

        public init() {}
    }

    private let database: PlatformDatabase
    private let ring: SigningKeyRing
    private let key: SymmetricKey
    private let lifetimes: Lifetimes

    /// - Parameter key: computes successors of refresh tokens; the same on every node.
    public init(database: PlatformDatabase, ring: SigningKeyRing, key: SymmetricKey, lifetimes: Lifetimes = Lifetimes()) {
        self.database = database
        self.ring = ring
        self.key = key
        self.lifetimes = lifetimes
    }

    /// A new session of a person who has proved to be that person.
    ///
    /// - Parameters:
    ///   - before: what must still hold when the session is stored; it ends the transaction when it does not.
    ///   - others: what else is written.
    func start(
        for person: PersonID,
        by actor: Actor,
        before: (PlatformTransaction) -> Void = { _ in },
        alongside others: (PlatformTransaction) -> Void = { _ in }
    ) async throws -> SessionTokens {
        let (id, refresh, now) = (SessionID.new(), RefreshToken.new(), Timestamp.now)
        let idleExpiresAt = now + lifetimes.idle
        let access = try await ring.sign(person: person, session: id)
        try await database.platform { tx in
            before(tx)
            SessionRepository(tx).insert(
                id,
                of: person,
                by: actor,
                refresh: refresh.digest,
                expiresAt: now + lifetimes.absolute,
                idleExpiresAt: idleExpiresAt
            )
            others(tx)
        }
        return SessionTokens(
            person: person,
            session: id,
            accessToken: access,
            accessLifetime: AccessClaims.lifetime,
            refreshToken: refresh.text,
            refreshUntil: idleExpiresAt
        )
    }

    /// New tokens for a refresh token. A token that was used before, but for a repetition by the same device within seconds, ends the whole session: one
    /// of its two users stole it.
    ///
    /// - Throws: `AuthenticationFailure.invalidCredential`.
    public func refresh(_ presented: String, by actor: Actor) async throws -> SessionTokens {
        guard let token = RefreshToken(presented: presented) else { throw AuthenticationFailure.invalidCredential }
        // Signed before anything is used up: were it the other way round, a failure here would make the client's repetition look like a theft.
        guard let (session, person) = try await database.platform({ tx in SessionRepository(tx).session(ofRefresh: token.digest) }) else {
            throw AuthenticationFailure.invalidCredential
        }
        let access = try await ring.sign(person: person, session: session)
        let successor = token.successor(key: key)
        let found = try await database.platform { tx in
            SessionRepository(tx).rotate(
                token.digest,
                to: successor.digest,
                by: actor,
                idle: lifetimes.idle,
                leeway: lifetimes.leeway
            )
        }
        guard let found, found.isLive else { throw AuthenticationFailure.invalidCredential }
        guard found.isRotatedHere else {
            try await database.platform { tx in
                SessionRepository(tx).end(found.session, of: found.person, .tokenReuse)
                tx.audit(
                    AuditEntry(
                        action: .tokenReused,
                        outcome: .refused,
                        code: "invalid_credential",
                        subject: AuditSubject("session", found.session),
                        by: actor
                    )
                )
            }
            throw AuthenticationFailure.tokenReused
        }
        return SessionTokens(
            person: found.person,
            session: found.session,
            accessToken: access,
            accessLifetime: AccessClaims.lifetime,
            refreshToken: successor.text,
            refreshUntil: min(found.expiresAt, found.idleExpiresAt)
        )
    }

    /// Ends the session of a refresh token, when it has one: whoever logs out wants to be out, and hears no reproach.
    public func logOut(refreshToken presented: String, by actor: Actor) async throws {
        guard let token = RefreshToken(presented: presented),
            let (session, person) = try await database.platform({ tx in SessionRepository(tx).session(ofRefresh: token.digest) })
        else { return }
        try await database.platform { tx in
            SessionRepository(tx).end(session, of: person, .logout)
            tx.audit(
                AuditEntry(
                    action: .sessionEnded,
                    subject: AuditSubject("session", session),
                    by: actor,
                    details: ["reason": .text("logout")]
                )
            )
        }
    }

    /// A person's live sessions, newest first.
    public func list(of person: PersonID) async throws -> [Session] {
        try await database.platform { tx in SessionRepository(tx).list(of: person) }
    }

    /// Ends one of a person's sessions.
    public func revoke(_ session: SessionID, of person: PersonID, by actor: Actor) async throws {
        do {
            try await database.platform { tx in
                SessionRepository(tx).end(session, of: person, .revoked, isExpected: true)
                tx.audit(
                    AuditEntry(
                        action: .sessionEnded,
                        subject: AuditSubject("session", session),
                        by: actor,
                        details: ["reason": .text("revoked")]
                    )
                )
            }
        } catch let error as PostgresError where error.isRefusedChange {
            throw DomainError.notFound("session")
        }
    }

    /// Ends all of a person's sessions but the one that asks.
    public func revokeOthers(than kept: SessionID?, of person: PersonID, by actor: Actor) async throws {
        try await database.platform { tx in
            SessionRepository(tx).endAll(of: person, except: kept, .revoked)
            tx.audit(
                AuditEntry(action: .sessionEnded, subject: AuditSubject("person", person), by: actor, details: ["reason": .text("others")])
            )
        }
    }
}
