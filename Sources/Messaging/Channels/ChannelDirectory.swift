import Core
import Crypto
import Foundation
import Logging
import Postgres
import Synchronization
import Tenancy

/// What ingest knows before a merchant is known: where numbers lead and which apps may sign. Cached for a second, so that a webhook costs no look-up.
public final class ChannelDirectory: Sendable {
    private struct Entry {
        let route: ChannelRoute
        let until: ContinuousClock.Instant
        /// Since it was read.
        var isUsed = false
    }

    private struct State {
        var routes: [String: Entry] = [:]
        var lookup: (numberIDs: Set<String>, task: Task<[String: ChannelRoute], any Error>)?
        var secrets: (byApp: [MetaAppID: Secret<String>], until: ContinuousClock.Instant)?
        var opening: Task<[MetaAppID: Secret<String>], any Error>?
    }

    private let database: PlatformDatabase
    private let secretBox: SecretBox
    private let alarm: SecretAlarm
    private let lifetime: Duration
    private let state = Mutex(State())

    /// - Parameter alarm: is told of secrets that do not open; nil: only the log.
    public init(
        database: PlatformDatabase,
        secretBox: SecretBox,
        alarm: SecretAlarm? = nil,
        lifetime: Duration = .seconds(1),
        logger: Logger
    ) {
        self.database = database
        self.secretBox = secretBox
        self.alarm = alarm ?? SecretAlarm(trail: nil, logger: logger)
        self.lifetime = lifetime
    }

    /// The routes of those numbers that have one.
    ///
    /// When one has to be read, all that were in use go with it: a thousand busy numbers cost one query a second, not a thousand.
    func metaRoutes(_ numberIDs: Set<String>) async throws -> [String: ChannelRoute] {
        let now = ContinuousClock.now
        let (known, lookup) = state.withLock { state -> ([String: ChannelRoute], Task<[String: ChannelRoute], any Error>?) in
            var known: [String: ChannelRoute] = [:]
            var missing: Set<String> = []
            for id in numberIDs {
                if let entry = state.routes[id], entry.until > now {
                    known[id] = entry.route
                    if !entry.isUsed { state.routes[id]?.isUsed = true }
                } else {
                    missing.insert(id)
                }
            }
            if missing.isEmpty { return (known, nil) }
            if let lookup = state.lookup, lookup.numberIDs.isSuperset(of: missing) { return (known, lookup.task) }
            for (id, entry) in state.routes where entry.until <= now {
                if entry.isUsed { missing.insert(id) } else { state.routes[id] = nil }
            }
            let asked = missing
            // A task of its own: the request that starts it may be cancelled while others wait for it.
            let task = Task { try await self.lookUp(asked) }
            state.lookup = (asked, task)
            return (known, task)
        }
        guard let lookup else { return known }
        return known.merging(try await lookup.value.filter { numberIDs.contains($0.key) }) { known, _ in known }
    }

    private func lookUp(_ numberIDs: Set<String>) async throws -> [String: ChannelRoute] {
        // From before the query: the answer may be as old as that.
        let until = ContinuousClock.now + lifetime
        defer { state.withLock { if $0.lookup?.numberIDs == numberIDs { $0.lookup = nil } } }
        let routes = try await database.platform { tx in RoutingRepository(tx).routes(.meta, numberIDs: Array(numberIDs)) }
        state.withLock { state in
            for id in numberIDs { state.routes[id] = nil }
            // Only what exists: this runs before a signature is checked, and anyone can name numbers that are nobody's.
            for route in routes { state.routes[route.numberID] = Entry(route: route, until: until) }
        }
        return Dictionary(routes.map { ($0.numberID, $0) }) { first, _ in first }
    }

    /// The secrets of all Meta apps.
    func metaAppSecrets() async throws -> [MetaAppID: Secret<String>] {
        let now = ContinuousClock.now
        let (known, opening) = state.withLock { state -> ([MetaAppID: Secret<String>]?, Task<[MetaAppID: Secret<String>], any Error>?) in
            if let secrets = state.secrets, secrets.until > now { return (secrets.byApp, nil) }
            if let opening = state.opening { return (nil, opening) }
            let opening = Task { try await self.openSecrets() }
            state.opening = opening
            return (nil, opening)
        }
        if let known { return known }
        return try await opening?.value ?? [:]
    }

    private func openSecrets() async throws -> [MetaAppID: Secret<String>] {
        let until = ContinuousClock.now + lifetime
        defer { state.withLock { $0.opening = nil } }
        let sealed = try await database.platform { tx in RoutingRepository(tx).metaAppSecrets() }
        var byApp: [MetaAppID: Secret<String>] = [:]
        for (app, secret) in sealed {
            do {
                byApp[app] = Secret(String(decoding: try secretBox.open(secret, at: Self.place(of: app)), as: UTF8.self))
            } catch let failure as SecretBox.Failure {
                // One damaged row must not stop the webhooks of every other app.
                alarm.raise(failure, table: "meta_apps", column: "secret_sealed", row: app.uuid, of: nil)
            }
        }
        let opened = byApp
        state.withLock { $0.secrets = (opened, until) }
        return opened
    }

    /// Whether `token` is the verify token of a Meta channel.
    func isVerifyToken(_ token: String) async throws -> Bool {
        let hash = Self.hash(ofVerifyToken: token)
        return try await database.platform { tx in RoutingRepository(tx).verifyTokenExists(hash: hash) }
    }

    static func hash(ofVerifyToken token: String) -> [UInt8] { Array(SHA256.hash(data: Data(token.utf8))) }

    static func place(of app: MetaAppID) -> SecretBox.Place {
        SecretBox.Place(table: "meta_apps", column: "secret_sealed", row: app.uuid)
    }
}
