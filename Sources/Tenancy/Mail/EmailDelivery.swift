import Core
import Logging
import Postgres
import ServiceLifecycle

/// Sends the e-mails that wait. Any number of nodes may do so; each takes its own.
public struct EmailDelivery: Service {
    private let database: PlatformDatabase
    private let postOffice: PostOffice
    private let client: SMTPClient
    private let interval: Duration
    private let logger: Logger

    public init(database: PlatformDatabase, postOffice: PostOffice, client: SMTPClient, interval: Duration = .seconds(2), logger: Logger) {
        self.database = database
        self.postOffice = postOffice
        self.client = client
        self.interval = interval
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    while try await self.deliver() {}
                } catch {
                    self.logger.warning("E-mails could not be read", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: self.interval)
            }
        }
    }

    /// Sends one of those that are due now; false when there is none. One at a time, so that nothing waits taken behind a slow server.
    @discardableResult
    public func deliver() async throws -> Bool {
        guard !Task.isCancelled, let row = try await database.platform({ tx in EmailRepository(tx).claim(limit: 1) }).first else {
            return false
        }
        // To the end, also when the process is told to stop: a message that the server has taken must be forgotten.
        await Task { await self.send(row) }.value
        return true
    }

    private func send(_ row: EmailRepository.Row) async {
        do {
            guard row.mail.expiresAt > .now else { return try await delete(row) }
            try await client.send(postOffice.open(row.mail), to: row.recipient, id: row.mail.id)
            // Should this fail, the message goes out a second time: better than not at all.
            try await delete(row)
        } catch let failure as SMTPClient.Failure {
            logger.warning(
                "An e-mail was not sent",
                metadata: ["id": "\(row.mail.id)", "attempt": "\(row.attempts)", "reason": "\(failure)"]
            )
            if failure.isFinal { try? await delete(row) }
        } catch {
            logger.error("An e-mail could not be prepared", metadata: ["id": "\(row.mail.id)", "error": "\(error)"])
        }
    }

    private func delete(_ row: EmailRepository.Row) async throws {
        try await database.platform { tx in EmailRepository(tx).delete(row.mail.id) }
    }
}
