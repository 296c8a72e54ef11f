import Core
import Postgres
import Tenancy

/// Use cases of the quarantine.
public struct QuarantineService: Sendable {
    private let database: PlatformDatabase

    public init(database: PlatformDatabase) {
        self.database = database
    }

    /// Newest first; the id before which the next page starts, nil at the end.
    public func page(before: QuarantineID?, limit: Int) async throws -> (updates: [QuarantinedUpdate], next: QuarantineID?) {
        var updates = try await database.platform { tx in QuarantineRepository(tx).page(before: before, limit: limit + 1) }
        guard updates.count > limit else { return (updates, nil) }
        updates.removeLast()
        return (updates, updates.last?.id)
    }
}
