import Core
import Crypto
import Foundation
import Logging
import Postgres
import Synchronization
import Tenancy

/// What ingest knows before a merchant is known: where numbers lead and which apps may sign. Cached for a second, so that a webhook costs no look-up.
public final class ChannelDirectory: Sendable {
    private struct State {
        var routes: [String: (route: ChannelRoute?, until: ContinuousClock.Instant)] = [:]
        var secrets: (byApp: [MetaAppID: Secret<String>], until: ContinuousClock.Instant)?
    }

    private let database: PlatformDatabase
    private let secretBox: SecretBox
    private let lifetime: Duration
    private let logger: Logger
    private let state = Mutex(State())

    public init(database: PlatformDatabase, secretBox: SecretBox, lifetime: Duration = .seconds(1), logger: Logger) {
        self.database = database
        self.secretBox = secretBox
        self.lifetime = lifetime
        self.logger = logger
    }

    /// The routes of those numbers that have one.
    func metaRoutes(_ numberIDs: Set<String>) async throws -> [String: ChannelRoute] {
        let now = ContinuousClock.now
        var found: [String: ChannelRoute] = [:]
        var missing: [String] = []
        state.withLock { state in
            for id in numberIDs {
                if let entry = state.routes[id], entry.until > now {
                    if let route = entry.route { found[id] = route }
                } else {
                    missing.append(id)
                }
            }
        }
        guard !missing.isEmpty else { return found }
        let asked = missing
        let routes = try await database.platform { tx in RoutingRepository(tx).routes(.meta, numberIDs: asked) }
        let until = now + lifetime
        for route in routes { found[route.numberID] = route }
        state.withLock { state in
            // Only what exists: this runs before a signature is checked, and anyone can name numbers that are nobody's.
            for route in routes { state.routes[route.numberID] = (route, until) }
        }
        return found
    }

    /// The secrets of all Meta apps.
    func metaAppSecrets() async throws -> [MetaAppID: Secret<String>] {
        let now = ContinuousClock.now
        if let secrets = state.withLock({ $0.secrets }), secrets.until > now { return secrets.byApp }
        let sealed = try await database.platform { tx in RoutingRepository(tx).metaAppSecrets() }
        var byApp: [MetaAppID: Secret<String>] = [:]
        for (app, secret) in sealed {
            do {
                byApp[app] = Secret(String(decoding: try secretBox.open(secret, at: Self.place(of: app)), as: UTF8.self))
            } catch {
                // One damaged row must not stop the webhooks of every other app.
                logger.error("A Meta app's secret cannot be opened", metadata: ["metaAppId": "\(app)"])
            }
        }
        let opened = byApp
        state.withLock { $0.secrets = (opened, now + lifetime) }
        return byApp
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
