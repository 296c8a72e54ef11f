import Core
import Postgres

/// A merchant's own settings, for its people and keys.
public struct MerchantSettingsService: Sendable {
    private let database: TenantDatabase

    public init(database: TenantDatabase) {
        self.database = database
    }

    public func find(of merchant: MerchantID) async throws -> Merchant {
        guard let found = try await database.tenant(merchant, { tx in MerchantSettingsRepository(tx).find() }) else {
            throw DomainError.notFound("merchant")
        }
        return found
    }

    /// Changes them; the caller has checked them.
    ///
    /// - Parameter version: the one that was seen; nil when any will do.
    /// - Throws: `version_mismatch` when it is another by now.
    public func update(_ patch: MerchantPatch, of merchant: MerchantID, ifVersion version: Int64?, by actor: Actor) async throws -> Merchant
    {
        let entry = AuditEntry(
            action: .merchantUpdated,
            subject: AuditSubject("merchant", merchant),
            of: merchant,
            by: actor,
            details: .fields(patch.fields)
        )
        let (changed, current) = try await database.tenant(merchant) { tx in
            let settings = MerchantSettingsRepository(tx)
            return (settings.update(patch, ifVersion: version, telling: entry), settings.find())
        }
        guard current != nil else { throw DomainError.notFound("merchant") }
        guard let changed else { throw MerchantService.versionMismatch }
        return changed
    }
}
