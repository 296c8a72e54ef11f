import Core
import Foundation
import Postgres

/// Use cases of the merchants' directory, for the platform.
public struct MerchantService: Sendable {
    private let database: PlatformDatabase
    private let secretBox: SecretBox

    public init(database: PlatformDatabase, secretBox: SecretBox) {
        self.database = database
        self.secretBox = secretBox
    }

    /// Makes a merchant and its data key. Throws `validation_failed` with every wrong field.
    public func create(_ merchant: MerchantIn, id: MerchantID = .new(), by actor: Actor) async throws -> Merchant {
        var fields: [DomainError.Field] = []
        let name = merchant.name.trimmingCharacters(in: .whitespacesAndNewlines)
        if name.isEmpty || name.unicodeScalars.count > 120 {
            fields.append(.init(pointer: "/name", code: "too_long", message: "must have 1 to 120 characters"))
        }
        if merchant.locale.wholeMatch(of: /[a-z]{2}(-[A-Z]{2})?/) == nil {
            fields.append(.init(pointer: "/locale", code: "invalid_format", message: "must be a language like ar or en-GB"))
        }
        if merchant.currency.wholeMatch(of: /[A-Z]{3}/) == nil {
            fields.append(.init(pointer: "/currency", code: "invalid_format", message: "must be an ISO 4217 code like SAR"))
        }
        let zoneExists = try await database.platform { tx in MerchantRepository(tx).timeZoneExists(merchant.timeZone) }
        if !zoneExists {
            fields.append(.init(pointer: "/timeZone", code: "not_allowed", message: "must be an IANA time zone like Asia/Riyadh"))
        }
        guard fields.isEmpty else { throw DomainError.invalid(fields) }
        var checked = merchant
        checked.name = name
        let wrappedKey = try secretBox.newDataKey(for: id)
        let made = try await database.platform { tx in
            let repository = MerchantRepository(tx)
            let made = repository.insert(id, checked)
            repository.insertDataKey(id, wrapped: wrappedKey)
            tx.audit(AuditEntry(action: .merchantCreated, subject: AuditSubject("merchant", id), of: id, by: actor))
            return made
        }
        guard let made else { throw DomainError(.unavailable, code: "unavailable", message: "The merchant could not be stored.") }
        return made
    }

    public func find(_ id: MerchantID) async throws -> Merchant {
        guard let merchant = try await database.platform({ tx in MerchantRepository(tx).find(id) }) else {
            throw DomainError.notFound("merchant")
        }
        return merchant
    }

    /// A page of all merchants in the order they were made, with the total.
    public func page(limit: Int, offset: Int) async throws -> (merchants: [Merchant], total: Int) {
        let (merchants, total) = try await database.platform { tx in MerchantRepository(tx).page(limit: limit, offset: offset) }
        return (merchants, total)
    }
}
