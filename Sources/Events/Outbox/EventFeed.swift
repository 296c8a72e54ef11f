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

    /// Events that one page looks at, in reads of `read` each.
    private static let (window, read) = (10_000, 500)

    public init(tenant: TenantDatabase, platform: PlatformDatabase) {
        self.tenant = tenant
        self.platform = platform
    }

    /// The events after `position`, or the last ones without it; oldest first.
    ///
    /// - Parameters:
    ///   - types: only these; nil is all. A page then looks at 10,000 events at most, so that its cost has an end, and may have fewer than `limit` although there is
    ///     more.
    ///   - limit: at most 500.
    /// - Throws: `EventStreamError.gone` when something after `position` is no longer kept, or it is no position of this database.
    public func page(of merchant: MerchantID, after position: EventPosition?, types: [EventType]?, limit: Int) async throws -> Page {
        let limit = min(limit, Self.read)
        if let page = try await find(merchant, position, types, limit) { return page }
        // The database was exchanged for another: a new epoch has to begin first.
        _ = try await OutboxReader(database: platform).bounds()
        guard let page = try await find(merchant, position, types, limit) else { throw EventStreamError.unavailable }
        return page
    }

    /// Nil when another epoch has to begin first.
    private func find(_ merchant: MerchantID, _ position: EventPosition?, _ types: [EventType]?, _ limit: Int) async throws -> Page? {
        if let position { try await after(position, merchant, types, limit) } else { try await last(merchant, types, limit) }
    }

    private func after(_ position: EventPosition, _ merchant: MerchantID, _ types: [EventType]?, _ limit: Int) async throws -> Page? {
        var (events, next, looked) = ([PublishedEvent](), position, 0)
        // One more than asked for, to know whether there is more.
        let some = types == nil ? limit + 1 : Self.read
        while true {
            let from = next
            let page = try await tenant.tenant(merchant) { tx in EventRepository(tx).events(after: from, types: types, limit: some) }
            guard page.bounds.isCurrent else { return nil }
            guard page.bounds.reach(from) else { throw EventStreamError.gone }
            events += page.events
            looked += page.looked
            if events.count > limit {
                events.removeLast(events.count - limit)
                return Page(events: events, next: events.last?.position ?? from, hasMore: true)
            }
            guard page.looked == some, let last = page.last else {
                return Page(events: events, next: max(from, page.bounds.end), hasMore: false)
            }
            next = last
            if looked >= Self.window { return Page(events: events, next: next, hasMore: true) }
        }
    }

    private func last(_ merchant: MerchantID, _ types: [EventType]?, _ limit: Int) async throws -> Page? {
        var (events, end, looked) = ([PublishedEvent](), EventPosition?.none, 0)
        var before: EventPosition?
        let some = types == nil ? limit : Self.read
        while true {
            let from = before
            let page = try await tenant.tenant(merchant) { tx in EventRepository(tx).events(before: from, types: types, limit: some) }
            guard page.bounds.isCurrent else { return nil }
            let next = end ?? page.bounds.end
            end = next
            // What settled after the first of these reads comes after its end, and is not among what is before its last event.
            events += page.events
            looked += page.looked
            before = page.last
            if events.count >= limit || page.looked < some || looked >= Self.window {
                return Page(events: events.prefix(limit).reversed(), next: next, hasMore: false)
            }
        }
    }
}
