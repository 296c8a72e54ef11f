import Core
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Looks credentials up and remembers what it found for at most a second, so that authentication costs no round trip of its own while a revocation still
/// reaches every node within that second (`api.md` 3). What is in use is read again before its second is over, all of it in one query, so that no request
/// waits for that.
///
/// Only credentials that exist are remembered: garbage costs its sender a query each time and this process no memory.
public final class CredentialAuthenticator: Service {
    private struct Entry {
        let credential: StoredCredential
        let until: ContinuousClock.Instant
        /// Since it was read.
        var isUsed = false
    }

    private struct State {
        var entries: [[UInt8]: Entry] = [:]
        var lookups: [[UInt8]: Task<StoredCredential?, any Error>] = [:]
        var used: Set<CredentialID> = []
        /// Merchants that are known to exist, for platform keys that select one.
        var merchants: Set<MerchantID> = []
    }

    private let database: PlatformDatabase
    private let lifetime: Duration
    private let logger: Logger
    private let state = Mutex(State())

    public init(database: PlatformDatabase, lifetime: Duration = .seconds(1), logger: Logger) {
        self.database = database
        self.lifetime = lifetime
        self.logger = logger
    }

    /// The principal that `credential` is, acting on `restaurant` where it has several.
    ///
    /// - Throws: `AuthenticationFailure`, or the database's error when the answer cannot be known now.
    public func authenticate(_ credential: PresentedCredential, restaurant: MerchantID?) async throws -> Principal {
        guard let stored = try await find(credential.digest), stored.expiresAt.map({ $0 > .now }) ?? true else {
            throw AuthenticationFailure.invalidCredential
        }
        switch stored.kind {
        case .platformKey:
            // It has every restaurant, but only those that exist: the same answer as for somebody else's.
            if let restaurant, try await !merchantExists(restaurant) { throw AuthenticationFailure.restaurantForbidden }
            return Principal(kind: .platformKey, credential: stored.id, merchant: restaurant, scopes: stored.scopes)
        case .merchantKey:
            guard let own = stored.merchant, let access = stored.access, access != .ended else {
                throw AuthenticationFailure.invalidCredential
            }
            guard restaurant == nil || restaurant == own else { throw AuthenticationFailure.restaurantForbidden }
            try access.require(orIfEnded: .invalidCredential)
            return Principal(kind: .merchantKey, credential: stored.id, merchant: own, scopes: stored.scopes)
        case .personalAccessToken:
            guard let person = stored.person else { throw AuthenticationFailure.invalidCredential }
            guard let restaurant else {
                return Principal(kind: .person(person), credential: stored.id, merchant: nil, scopes: stored.scopes)
            }
            guard let membership = stored.memberships[restaurant] else { throw AuthenticationFailure.restaurantForbidden }
            try membership.access.require(orIfEnded: .restaurantForbidden)
            return Principal(
                kind: .person(person),
                credential: stored.id,
                merchant: restaurant,
                scopes: stored.scopes,
                role: membership.role
            )
        }
    }

    /// Off the request path: reads what is in use again, and writes down every minute which credentials were used.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: self.lifetime * 0.4)
                        await self.refresh()
                    }
                }
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

    private func refresh() async {
        let now = ContinuousClock.now
        var digests = state.withLock { state -> [[UInt8]] in
            state.entries = state.entries.filter { $0.value.isUsed || $0.value.until > now }
            return state.entries.compactMap { $0.value.isUsed ? $0.key : nil }
        }
        while !digests.isEmpty {
            let some = Array(digests.suffix(1000))
            digests.removeLast(some.count)
            // What cannot be read now runs out, and its next request asks.
            guard (try? await read(some)) != nil else { return }
        }
    }

    /// Reads credentials and remembers them, from before the query on: the answer may be as old as that.
    private func read(_ digests: [[UInt8]]) async throws -> [[UInt8]: StoredCredential] {
        let until = ContinuousClock.now + lifetime
        let found = try await database.platform { tx in CredentialRepository(tx).find(digests: digests) }
        state.withLock { state in
            let new = found.keys.count { state.entries[$0] == nil }
            if state.entries.count + new > 20_000 { state.entries.removeAll(keepingCapacity: true) }
            for digest in digests { state.entries[digest] = found[digest].map { Entry(credential: $0, until: until) } }
        }
        return found
    }

    private func merchantExists(_ merchant: MerchantID) async throws -> Bool {
        if state.withLock({ $0.merchants.contains(merchant) }) { return true }
        guard try await database.platform({ tx in MerchantRepository(tx).find(merchant) }) != nil else { return false }
        // Merchants are never deleted, so this needs no end; the bound is against a platform of millions.
        state.withLock { state in
            if state.merchants.count >= 100_000 { state.merchants.removeAll() }
            state.merchants.insert(merchant)
        }
        return true
    }

    private func find(_ digest: [UInt8]) async throws -> StoredCredential? {
        let now = ContinuousClock.now
        let (known, lookup) = state.withLock { state -> (StoredCredential?, Task<StoredCredential?, any Error>?) in
            if let entry = state.entries[digest], entry.until > now {
                if !entry.isUsed {
                    state.entries[digest]?.isUsed = true
                    state.used.insert(entry.credential.id)
                }
                return (entry.credential, nil)
            }
            if let lookup = state.lookups[digest] { return (nil, lookup) }
            // One lookup for all requests that wait for the same credential: a task of its own, since the request that starts it may be cancelled.
            let lookup = Task { try await self.lookUp(digest) }
            state.lookups[digest] = lookup
            return (nil, lookup)
        }
        if let known { return known }
        return try await lookup?.value
    }

    private func lookUp(_ digest: [UInt8]) async throws -> StoredCredential? {
        defer { state.withLock { $0.lookups[digest] = nil } }
        let stored = try await read([digest])[digest]
        if let stored { state.withLock { _ = $0.used.insert(stored.id) } }
        return stored
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
