import Core
import Foundation
import Postgres

/// What of the audit log is wanted.
public struct AuditFilter: Sendable, Equatable {
    public var action: AuditAction?
    public var outcome: AuditEntry.Outcome?
    /// A person, or a key, token or session.
    public var actor: UUID?
    /// Entries of this moment and later.
    public let from: Timestamp?
    /// Entries before this moment.
    public let to: Timestamp?

    public init(
        action: AuditAction? = nil,
        outcome: AuditEntry.Outcome? = nil,
        actor: UUID? = nil,
        from: Timestamp? = nil,
        to: Timestamp? = nil
    ) {
        self.action = action
        self.outcome = outcome
        self.actor = actor
        // Ids know no time before 1970.
        self.from = from.map { max($0, Timestamp(microseconds: 0)) }
        self.to = to.map { max($0, Timestamp(microseconds: 0)) }
    }
}

/// Reads the audit log. It is written by whoever changes something, and for refusals by `AuditTrail`.
public struct AuditService: Sendable {
    private let database: TenantDatabase
    private let platform: PlatformDatabase

    public init(database: TenantDatabase, platform: PlatformDatabase) {
        self.database = database
        self.platform = platform
    }

    /// A merchant's own log, newest first; the id before which the next page starts, nil at the end.
    public func page(
        of merchant: MerchantID,
        _ filter: AuditFilter = AuditFilter(),
        before: AuditEntryID? = nil,
        limit: Int
    ) async throws -> (entries: [AuditEntry], next: AuditEntryID?) {
        Self.cut(
            try await database.tenant(merchant) { tx in AuditRepository(tx).page(filter, before: before, limit: limit + 1) },
            to: limit
        )
    }

    /// The log of the installation, newest first, for the platform.
    ///
    /// - Parameter merchant: nil for everything.
    public func platformPage(
        of merchant: MerchantID? = nil,
        _ filter: AuditFilter = AuditFilter(),
        before: AuditEntryID? = nil,
        limit: Int
    ) async throws -> (entries: [AuditEntry], next: AuditEntryID?) {
        let entries = try await platform.platform { tx in
            let log = PlatformAuditRepository(tx)
            guard let merchant else { return log.page(filter, before: before, limit: limit + 1) }
            return log.page(of: merchant, filter, before: before, limit: limit + 1)
        }
        return Self.cut(entries, to: limit)
    }

    private static func cut(_ entries: [AuditEntry], to limit: Int) -> (entries: [AuditEntry], next: AuditEntryID?) {
        guard entries.count > limit else { return (entries, nil) }
        let shown = Array(entries.prefix(limit))
        return (shown, shown.last?.id)
    }
}
