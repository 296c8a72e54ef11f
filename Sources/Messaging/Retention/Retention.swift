import Core
import Logging
import ServiceLifecycle
import Tenancy

/// Deletes every hour what is past its keeping, one short transaction a merchant. Idempotent, so any number of nodes may run it.
public struct Retention: Service {
    private let database: TenantDatabase
    private let platform: PlatformDatabase
    private let interval: Duration
    private let logger: Logger

    public init(database: TenantDatabase, platform: PlatformDatabase, interval: Duration = .seconds(3600), logger: Logger) {
        self.database = database
        self.platform = platform
        self.interval = interval
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // First a wait of some length: nodes that start together should not all sweep together.
                try? await Task.sleep(for: interval * Double.random(in: 0.5...1))
                guard !Task.isCancelled else { return }
                do {
                    try await sweep()
                } catch {
                    logger.warning("What is past its keeping was not deleted", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// One round over everything. What fails for one merchant is left for the next round and keeps nobody else from theirs.
    ///
    /// - Parameter limit: rows of one transaction, which must stay short.
    func sweep(limit: Int = 5000) async throws {
        await trying { try await platform.platform { tx in PlatformRetentionRepository(tx).sweep(limit: limit) } }
        await trying { while try await platform.platform({ tx in PlatformRetentionRepository(tx).sweepAnswers(limit: limit) }) >= limit {} }
        await trying {
            while try await platform.platform({ tx in PlatformRetentionRepository(tx).sweepSignatures(limit: limit) }) >= limit {}
        }
        var last: MerchantID?
        while true {
            let after = last
            let merchants = try await platform.platform { tx in PlatformRetentionRepository(tx).merchants(after: after, limit: 500) }
            for merchant in merchants {
                try Task.checkCancellation()
                await trying {
                    while try await database.tenant(merchant, { tx in RetentionRepository(tx).sweep(limit: limit) }) >= limit {}
                }
            }
            guard let end = merchants.last, merchants.count == 500 else { return }
            last = end
        }
    }

    private func trying(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            logger.warning("What is past its keeping was not deleted", metadata: ["error": "\(error)"])
        }
    }
}
