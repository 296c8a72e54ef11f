import Core
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Looks credentials up and remembers what it found for at most a second, so that authentication costs no round trip of its own while a revocation still
/// reaches every node within that second (`api.md` 3).
public final class CredentialAuthenticator: Service {
    private struct State {
        var used: Set<CredentialID> = []
        /// Merchants that are known to exist, for platform keys that select one.
        var merchants: Set<MerchantID> = []
    }

    private let database: PlatformDatabase
    private let cache: FreshCache<[UInt8], StoredCredential>
    private let logger: Logger
    private let state = Mutex(State())

    public init(database: PlatformDatabase, lifetime: Duration = .seconds(1), logger: Logger) {
        self.database = database
        self.logger = logger
        cache = FreshCache(lifetime: lifetime) { digests in
            try await database.platform { tx in CredentialRepository(tx).find(digests: digests) }
        }
    }

    /// The principal that `credential` is, acting on `restaurant` where it has several.
    ///
    /// - Throws: `AuthenticationFailure`, or the database's error when the answer cannot be known now.
    public func authenticate(_ credential: PresentedCredential, restaurant: MerchantID?) async throws -> Principal {
        let found = try await cache.value(credential.digest) { stored in self.state.withLock { _ = $0.used.insert(stored.id) } }
        guard let stored = found, stored.expiresAt.map({ $0 > .now }) ?? true else {
            throw AuthenticationFailure.invalidCredential
        }
        switch stored.kind {
        case .platformKey:
            // It has every restaurant, but only those that exist: the same answer as for somebody else's.
            if let restaurant, try await !merchantExists(restaurant) { throw AuthenticationFailure.restaurantForbidden }
            return Principal(
                kind: .platformKey,
                credential: stored.id,
                merchant: restaurant,
                scopes: stored.scopes,
                expiresAt: stored.expiresAt
            )
        case .merchantKey:
            guard let own = stored.merchant, let access = stored.access, access != .ended else {
                throw AuthenticationFailure.invalidCredential
            }
            guard restaurant == nil || restaurant == own else { throw AuthenticationFailure.restaurantForbidden }
            try access.require(orIfEnded: .invalidCredential)
            return Principal(
                kind: .merchantKey,
                credential: stored.id,
                merchant: own,
                scopes: stored.scopes,
                expiresAt: stored.expiresAt
            )
        case .personalAccessToken:
            guard let person = stored.person, let access = stored.personAccess else { throw AuthenticationFailure.invalidCredential }
            // A token that was made without `admin` does not administer, whatever its owner may.
            let isAdmin = access.isPlatformAdmin && stored.scopes.contains(Scope.admin)
            var role: Role?
            if let restaurant { role = try await access.role(at: restaurant, asAdmin: isAdmin, exists: merchantExists) }
            return Principal(
                kind: .person(person),
                credential: stored.id,
                isPlatformAdmin: isAdmin,
                merchant: restaurant,
                scopes: stored.scopes,
                role: role,
                expiresAt: stored.expiresAt
            )
        case .refreshToken, .device, .invitation, .passwordReset, .realtimeTicket:
            // Never stored as credentials.
            throw AuthenticationFailure.invalidCredential
        }
    }

    /// Off the request path: reads what is in use again, and writes down every minute which credentials were used.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.cache.keepFresh() }
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(60))
                        // The last round is not one of a cancelled task, which could not reach the database.
                        if !Task.isCancelled { await self.writeUses() }
                    }
                }
            }
        }
        await writeUses()
    }

    /// Whether there is such a merchant, for those who have all of them.
    public func merchantExists(_ merchant: MerchantID) async throws -> Bool {
        if state.withLock({ $0.merchants.contains(merchant) }) { return true }
        guard try await database.platform({ tx in MerchantRepository(tx).find(merchant) }) != nil else { return false }
        // Merchants are never deleted, so this needs no end; the bound is against a platform of millions.
        state.withLock { state in
            if state.merchants.count >= 100_000 { state.merchants.removeAll() }
            state.merchants.insert(merchant)
        }
        return true
    }

    private func writeUses() async {
        let used = state.withLock { state in
            let used = state.used
            state.used = []
            return used
        }
        guard !used.isEmpty else { return }
        do {
            try await database.platform { tx in CredentialRepository(tx).markUsed(Array(used)) }
        } catch {
            state.withLock { $0.used.formUnion(used) }
            logger.debug("Uses of credentials were not written down", metadata: ["error": "\(error)"])
        }
    }
}
