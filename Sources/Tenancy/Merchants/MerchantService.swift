import Core
import Foundation
import Postgres
import Synchronization

/// Use cases of the merchants' directory, for the platform.
public struct MerchantService: Sendable {
    private let database: PlatformDatabase
    private let secretBox: SecretBox
    private let zones: TimeZones

    public init(database: PlatformDatabase, secretBox: SecretBox) {
        self.database = database
        self.secretBox = secretBox
        zones = TimeZones(database: database)
    }

    /// Makes a merchant and its data key. Throws `validation_failed` with every wrong field.
    public func create(_ merchant: MerchantIn, id: MerchantID = .new(), by actor: Actor) async throws -> Merchant {
        try await database.platform(try await creation(of: merchant, id: id, by: actor))
    }

    /// The same for a request, answered once.
    public func create(_ merchant: MerchantIn, by actor: Actor, answering: SealedAnswering<Merchant>) async throws -> IdempotentAnswer {
        try await database.platform(answering: answering, try await creation(of: merchant, id: .new(), by: actor))
    }

    private func creation(of merchant: MerchantIn, id: MerchantID, by actor: Actor) async throws
        -> @Sendable (PlatformTransaction) throws -> Pending<Merchant>
    {
        var checked = merchant
        checked.name = merchant.name.trimmingCharacters(in: .whitespacesAndNewlines)
        var fields = Self.mistakes(name: checked.name, locale: merchant.locale, currency: merchant.currency)
        if try await !zones.names().contains(merchant.timeZone) {
            fields.append(.init(pointer: "/timeZone", code: "not_allowed", message: "must be an IANA time zone like Asia/Riyadh"))
        }
        guard fields.isEmpty else { throw DomainError.invalid(fields) }
        let input = checked
        let wrappedKey = try secretBox.newDataKey(for: id)
        return { tx in
            let repository = MerchantRepository(tx)
            let made = repository.insert(id, input)
            repository.insertDataKey(id, wrapped: wrappedKey)
            tx.audit(AuditEntry(action: .merchantCreated, subject: AuditSubject("merchant", id), of: id, by: actor))
            return made.map { made in
                guard let made else { throw DomainError(.unavailable, code: "unavailable", message: "The merchant could not be stored.") }
                return made
            }
        }
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

    /// The names of time zones that a merchant may have.
    public func timeZones() async throws -> Set<String> { try await zones.names() }

    /// Changes a merchant's settings; the caller has checked them.
    ///
    /// - Parameter version: the one that was seen; nil when any will do.
    /// - Throws: `version_mismatch` when it is another by now; `not_found`.
    public func update(_ id: MerchantID, _ patch: MerchantPatch, ifVersion version: Int64?, by actor: Actor) async throws -> Merchant {
        let entry = Self.entry(.merchantUpdated, id, actor, .fields(patch.fields))
        let (changed, current) = try await database.platform { tx in
            let merchants = MerchantRepository(tx)
            return (merchants.update(id, patch, ifVersion: version, telling: entry), merchants.find(id))
        }
        guard current != nil else { throw DomainError.notFound("merchant") }
        guard let changed else { throw Self.versionMismatch }
        return changed
    }

    /// From now on what comes in is stored and nothing is sent, and the merchant's people and keys are refused. Once more changes nothing.
    ///
    /// - Throws: `conflict` when it is closed; `not_found`.
    public func suspend(_ id: MerchantID, reason: String?, by actor: Actor) async throws -> Merchant {
        let entry = Self.entry(.merchantSuspended, id, actor, reason.map { ["reason": .text($0)] } ?? [:])
        let (changed, current) = try await database.platform { tx in
            let merchants = MerchantRepository(tx)
            return (merchants.suspend(id, reason: reason, telling: entry), merchants.find(id))
        }
        guard let current else { throw DomainError.notFound("merchant") }
        guard changed != nil || current.status == .suspended else {
            throw DomainError(.conflict, code: "conflict", message: "The restaurant is closed.")
        }
        return changed ?? current
    }

    /// Back to active, from suspended or from closed while its grace period lasts. Once more changes nothing.
    ///
    /// - Throws: `conflict` when the grace period is over; `not_found`.
    public func reactivate(_ id: MerchantID, by actor: Actor) async throws -> Merchant {
        let (changed, current) = try await database.platform { tx in
            let merchants = MerchantRepository(tx)
            return (merchants.reactivate(id, telling: Self.entry(.merchantReactivated, id, actor)), merchants.find(id))
        }
        guard let current else { throw DomainError.notFound("merchant") }
        guard changed != nil || current.status == .active else { throw Self.over }
        return changed ?? current
    }

    /// Closes a merchant: as suspended for so many days, in which it may be reactivated, and over after that. Once more moves the end.
    ///
    /// - Throws: `conflict` when it is over already; `not_found`.
    public func close(_ id: MerchantID, graceDays: Int, reason: String? = nil, by actor: Actor) async throws -> Merchant {
        var details: [String: AuditDetails.Value] = ["graceDays": .number(Int64(graceDays))]
        if let reason { details["reason"] = .text(reason) }
        let entry = Self.entry(.merchantClosed, id, actor, AuditDetails(details))
        let (changed, current) = try await database.platform { tx in
            let merchants = MerchantRepository(tx)
            let changed = merchants.close(id, graceDays: graceDays, reason: reason, telling: entry)
            // Without a grace period it is over now.
            if graceDays == 0 { merchants.end(id, telling: Self.entry(.merchantEnded, id, actor)) }
            return (changed, merchants.find(id))
        }
        guard let current else { throw DomainError.notFound("merchant") }
        guard changed != nil else { throw Self.over }
        return current
    }

    /// Ends the merchants whose grace period is over; how many there were.
    @discardableResult
    public func endDue(by actor: Actor = .system("merchant ending")) async throws -> Int {
        var ended = 0
        while true {
            let due = try await database.platform { tx in MerchantRepository(tx).dueToEnd(limit: 100) }
            for id in due {
                try await database.platform { tx in MerchantRepository(tx).end(id, telling: Self.entry(.merchantEnded, id, actor)) }
            }
            ended += due.count
            if due.count < 100 { return ended }
        }
    }

    static let versionMismatch = DomainError(.conflict, code: "version_mismatch", message: "It was changed since; read it again.")
    private static let over = DomainError(.conflict, code: "conflict", message: "The restaurant was closed, and its grace period is over.")

    private static func entry(_ action: AuditAction, _ id: MerchantID, _ actor: Actor, _ details: AuditDetails = [:]) -> AuditEntry {
        AuditEntry(action: action, subject: AuditSubject("merchant", id), of: id, by: actor, details: details)
    }

    private static func mistakes(name: String, locale: String, currency: String) -> [DomainError.Field] {
        var fields: [DomainError.Field] = []
        if name.isEmpty || name.unicodeScalars.count > 120 {
            fields.append(.init(pointer: "/name", code: "too_long", message: "must have 1 to 120 characters"))
        }
        if locale.wholeMatch(of: /[a-z]{2}(-[A-Z]{2})?/) == nil {
            fields.append(.init(pointer: "/locale", code: "invalid_format", message: "must be a language like ar or en-GB"))
        }
        if currency.wholeMatch(of: /[A-Z]{3}/) == nil {
            fields.append(.init(pointer: "/currency", code: "invalid_format", message: "must be an ISO 4217 code like SAR"))
        }
        return fields
    }
}

/// PostgreSQL's list of time zones, which it reads from its files each time it is asked: kept for an hour.
private final class TimeZones: Sendable {
    private let database: PlatformDatabase
    private let known = Mutex<(names: Set<String>, until: ContinuousClock.Instant)?>(nil)

    init(database: PlatformDatabase) {
        self.database = database
    }

    func names() async throws -> Set<String> {
        if let known = known.withLock({ $0 }), known.until > .now { return known.names }
        let names = Set(try await database.platform { tx in MerchantRepository(tx).timeZones() })
        known.withLock { $0 = (names, .now + .seconds(3600)) }
        return names
    }
}
