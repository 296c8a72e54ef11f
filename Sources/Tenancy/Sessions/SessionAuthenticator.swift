import Core
import Foundation
import JWTKit
import ServiceLifecycle
import Synchronization

/// Verifies access tokens and knows, at most a second late, whether their sessions live and what their people may do.
public final class SessionAuthenticator: Service {
    private struct Verified {
        let person: PersonID
        let session: SessionID
        /// The token's own end.
        let expiresAt: Timestamp
        /// Until when it is not verified again.
        let until: Timestamp
    }

    private let ring: SigningKeyRing
    private let merchantExists: @Sendable (MerchantID) async throws -> Bool
    private let sessions: FreshCache<SessionID, StoredSession>
    /// Tokens whose signature held, by digest. What is in them ends with them; whether they still count is the session's to say.
    private let verified = Mutex<[[UInt8]: Verified]>([:])
    /// A key that was retired takes its tokens with it: they are verified again this often.
    private static let trust: Duration = .seconds(1)

    public init(
        ring: SigningKeyRing,
        database: PlatformDatabase,
        lifetime: Duration = .seconds(1),
        merchantExists: @escaping @Sendable (MerchantID) async throws -> Bool
    ) {
        self.ring = ring
        self.merchantExists = merchantExists
        sessions = FreshCache(lifetime: lifetime) { ids in try await database.platform { tx in SessionRepository(tx).find(ids) } }
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.sessions.keepFresh() }
    }

    /// The principal of a session, acting on `restaurant`.
    ///
    /// - Throws: `AuthenticationFailure`, or the database's error when the answer cannot be known now.
    public func authenticate(_ token: SessionToken, restaurant: MerchantID?) async throws -> Principal {
        guard let claims = await verify(token) else { throw AuthenticationFailure.invalidCredential }
        return try await principal(claims.session, of: claims.person, until: claims.expiresAt, restaurant: restaurant)
    }

    /// What the session of `token` is known by for as long as the token counts.
    ///
    /// - Throws: `AuthenticationFailure.invalidCredential`.
    public func standing(_ token: SessionToken) async throws -> StandingCredential {
        guard let claims = await verify(token) else { throw AuthenticationFailure.invalidCredential }
        return .session(claims.session, of: claims.person, until: claims.expiresAt)
    }

    /// The principal of a session whose access token was presented before, for as long as that would count.
    public func authenticate(
        _ session: SessionID,
        of person: PersonID,
        until expiresAt: Timestamp,
        restaurant: MerchantID?
    ) async throws -> Principal {
        guard expiresAt > .now else { throw AuthenticationFailure.invalidCredential }
        return try await principal(session, of: person, until: expiresAt, restaurant: restaurant)
    }

    private func principal(
        _ session: SessionID,
        of person: PersonID,
        until expiresAt: Timestamp,
        restaurant: MerchantID?
    ) async throws -> Principal {
        guard let stored = try await sessions.value(session), stored.person == person else { throw AuthenticationFailure.invalidCredential }
        var role: Role?
        if let restaurant { role = try await stored.access.role(at: restaurant, asAdmin: true, exists: merchantExists) }
        return Principal(
            kind: .person(stored.person),
            credential: CredentialID(session.uuid),
            session: session,
            isPlatformAdmin: stored.access.isPlatformAdmin,
            merchant: restaurant,
            scopes: stored.access.isPlatformAdmin ? Self.adminScopes : Self.scopes,
            role: role,
            expiresAt: expiresAt
        )
    }

    private func verify(_ token: SessionToken) async -> Verified? {
        let digest = token.digest
        if let known = verified.withLock({ $0[digest] }), known.until > .now { return known }
        guard let claims = await ring.verify(token), let person = PersonID(claims.sub.value), let session = SessionID(claims.sid) else {
            return nil
        }
        let expiry = Timestamp(unixSeconds: Int64(claims.exp.value.timeIntervalSince1970))
        let known = Verified(person: person, session: session, expiresAt: expiry, until: min(expiry, .now + Self.trust))
        verified.withLock { verified in
            if verified.count >= 20_000 { verified.removeAll(keepingCapacity: true) }
            verified[digest] = known
        }
        return known
    }

    private static let scopes = Set(Scope.all)
    private static let adminScopes = scopes.union(Scope.platform)
}
