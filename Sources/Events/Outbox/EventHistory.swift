import Core
import Tenancy

/// What happened to one merchant, page by page, for whoever catches up at a pace of its own.
public struct EventHistory: Sendable {
    private let database: TenantDatabase

    public init(database: TenantDatabase) {
        self.database = database
    }

    /// The events after `position`, at most `limit`, in order. The page's bounds say whether nothing between is missing.
    public func page(of merchant: MerchantID, after position: EventPosition, limit: Int) async throws -> EventPage {
        try await database.tenant(merchant) { tx in EventRepository(tx).events(after: position, limit: limit) }
    }
}
