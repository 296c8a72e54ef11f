import Core
import Tenancy

/// One merchant's events for whoever asks for them from time to time.
public struct EventFeed: Sendable {
    /// Some events, and where the next page begins.
    public struct Page: Sendable {
        public let events: [PublishedEvent]
        /// After these events, and after others that were looked at and not asked for.
        public let next: EventPosition
        /// Whether there is more now already.
        public let hasMore: Bool
    }

    private let tenant: TenantDatabase
    private let platform: PlatformDatabase

    public init(tenant: TenantDatabase, platform: PlatformDatabase) {
        self.tenant = tenant
        self.platform = platform
    }

    /// The events after `position`, or the last ones without it; oldest first.
    ///
    /// - Parameters:
    ///   - types: only these; nil is all. A page then looks at 10,000 events at most, so that its cost has an end, and may have fewer than `limit` although there is
    ///     more.
    /// - Throws: `EventStreamError.gone` when something after `position` is no longer kept, or it is no position of this database.
    public func page(of merchant: MerchantID, after position: EventPosition?, types: [EventType]?, limit: Int) async throws -> Page {
        if let page = try await read(merchant, position, types, limit) { return page }
        _ = try await OutboxReader(database: platform).bounds()
        guard let page = try await read(merchant, position, types, limit) else { throw EventStreamError.unavailable }
        return page
    }

    /// Nil when another epoch has to begin first.
    private func read(_ merchant: MerchantID, _ position: EventPosition?, _ types: [EventType]?, _ limit: Int) async throws -> Page? {
        guard let position else {
            let page = try await tenant.tenant(merchant) { tx in EventRepository(tx).latest(types: types, limit: limit) }
            guard page.bounds.isCurrent else { return nil }
            return Page(events: page.events, next: page.bounds.end, hasMore: false)
        }
        var page = try await tenant.tenant(merchant) { tx in
            let events = EventRepository(tx)
            return types.map { events.events(after: position, types: $0, limit: limit + 1) }
                ?? events.events(after: position, limit: limit + 1)
        }
        guard page.bounds.isCurrent else { return nil }
        guard page.bounds.reach(position) else { throw EventStreamError.gone }
        if page.events.count > limit {
            page.events.removeLast()
            return Page(events: page.events, next: page.events.last?.position ?? position, hasMore: true)
        }
        if let end = page.windowEnd { return Page(events: page.events, next: end, hasMore: true) }
        return Page(events: page.events, next: max(position, page.bounds.end), hasMore: false)
    }
}
