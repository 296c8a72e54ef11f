import Core
import Logging
import ServiceLifecycle
import Tenancy

/// Adds up every few seconds what was counted, merchant by merchant in short transactions. Reading is exact at any moment, so all this changes is what
/// reading costs. Any number of nodes may run it: a merchant is one node's at a time, and none adds a row twice.
public struct UsageRollUp: Service {
    private let database: TenantDatabase
    private let platform: PlatformDatabase
    private let interval: Duration
    private let limit: Int32
    private let logger: Logger

    /// - Parameter limit: causes of one transaction, which must stay short.
    public init(
        database: TenantDatabase,
        platform: PlatformDatabase,
        interval: Duration = .seconds(10),
        limit: Int32 = 2000,
        logger: Logger
    ) {
        self.database = database
        self.platform = platform
        self.interval = interval
        self.limit = limit
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Of some length: nodes that start together should not all look at the same merchant.
                try? await Task.sleep(for: interval * Double.random(in: 0.5...1))
                guard !Task.isCancelled else { return }
                do {
                    try await sweep()
                } catch {
                    logger.warning("Usage was not added up", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// One round over everything that waits. What fails for one merchant is left for the next round and keeps nobody else from theirs.
    func sweep() async throws {
        var last: MerchantID?
        while true {
            let after = last
            let merchants = try await platform.platform { tx in PlatformRollUpRepository(tx).merchants(after: after, limit: 500) }
            for merchant in merchants {
                try Task.checkCancellation()
                do {
                    while try await database.tenant(merchant, { tx in RollUpRepository(tx).rollUp(limit: limit) }) >= Int(limit) {}
                } catch {
                    logger.warning("Usage was not added up", metadata: ["merchantId": "\(merchant)", "error": "\(error)"])
                }
            }
            guard let end = merchants.last, merchants.count == 500 else { return }
            last = end
        }
    }
}
