import Core
import Postgres
import Tenancy

/// Reads everybody's events in order, for whoever keeps a position of their own, such as the dispatcher of webhooks.
///
/// It never reads beyond the oldest running transaction: what that one commits would come before what was read already. So nothing is ever missed, and a long
/// transaction delays everything after it.
public struct OutboxReader: Sendable {
    private let database: PlatformDatabase

    public init(database: PlatformDatabase) {
        self.database = database
    }

    /// The events after `position`, at most `limit`; fewer than that when there are no more for now. Nil is before everything that is kept.
    ///
    /// - Throws: `EventStreamError.gone` when some of what followed `position` is no longer kept, or the database was restored since: start at `end()` or nil.
    public func read(after position: EventPosition?, limit: Int) async throws -> [PublishedEvent] {
        let start: EventPosition
        if let position { start = position } else { start = .beginning(epoch: try await bounds().epoch) }
        let read = try await database.platform { tx in OutboxRepository(tx).read(after: start, limit: limit) }
        guard read.bounds.isCurrent else {
            // The rows of this read may be in an order that is about to change.
            _ = try await database.platform { tx in OutboxRepository(tx).renewEpoch() }
            guard position == nil else { throw EventStreamError.gone }
            return try await self.read(after: nil, limit: limit)
        }
        guard position == nil || read.bounds.reach(start) else { throw EventStreamError.gone }
        return read.events
    }

    /// Where a reader starts that wants only what comes.
    public func end() async throws -> EventPosition {
        try await bounds().end
    }

    /// Where a reader starts that wants everything that is kept.
    public func beginning() async throws -> EventPosition {
        let bounds = try await bounds()
        return max(bounds.dropped, .beginning(epoch: bounds.epoch))
    }

    /// What is now, in an epoch that is this database's.
    func bounds() async throws -> EventBounds {
        for _ in 0..<3 {
            guard let bounds = try await database.platform({ tx in OutboxRepository(tx).bounds() }) else {
                throw EventStreamError.unavailable
            }
            if bounds.isCurrent { return bounds }
            _ = try await database.platform { tx in OutboxRepository(tx).renewEpoch() }
        }
        throw EventStreamError.unavailable
    }
}
