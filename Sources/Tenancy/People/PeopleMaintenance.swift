import Core
import Logging
import Postgres
import ServiceLifecycle

/// Deletes, every quarter of an hour, what is over: sessions, links, counts of attempts, e-mails that nobody waits for. Any number of nodes may do so.
public struct PeopleMaintenance: Service {
    private let database: PlatformDatabase
    private let logger: Logger

    public init(database: PlatformDatabase, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.clean()
                } catch {
                    self.logger.warning("Old sessions and links were not deleted", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(900))
            }
        }
    }

    /// One round.
    public func clean() async throws {
        try await database.platform { tx in
            LoginRepository(tx).deleteOldResets()
            InvitationRepository(tx).deleteOld()
        }
        let unsent = try await database.platform { tx in EmailRepository(tx).deleteExpired() }
        if unsent > 0 { logger.warning("E-mails were never sent", metadata: ["count": "\(unsent)"]) }
        while try await database.platform({ tx in ThrottleRepository(tx).deleteOld() }) > 0 {}
        // Short transactions: a long one would hold back whoever reads events below the oldest.
        while try await database.platform({ tx in SessionRepository(tx).deleteOldTokens() }) > 0 {}
        while try await database.platform({ tx in SessionRepository(tx).deleteOld() }) > 0 {}
    }
}
