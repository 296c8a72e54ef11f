import Core
import Postgres

/// One restaurant business: the tenant.
public struct Merchant: Sendable, Equatable {
    public enum Status: String, Sendable {
        case active
        /// What comes in is stored, nothing is sent, and its people and keys are refused.
        case suspended
        /// As suspended until `closesAt`, and over after that.
        case closed
    }

    public let id: MerchantID
    public var name: String
    public var status: Status
    /// Why it was suspended or closed, in the platform's words.
    public var statusReason: String?
    /// Of a closed one: until then it may be reactivated.
    public var closesAt: Timestamp?
    /// IANA name: `Asia/Riyadh`.
    public var timeZone: String
    /// `ar`, `en-GB`: the language of the restaurant.
    public var locale: String
    /// ISO 4217.
    public var currency: String
    /// Nil: always open.
    public var businessHours: BusinessHours?
    public var version: Int64
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
}

extension Merchant {
    static let columns = """
        id, name, status, status_reason, closes_at, time_zone, locale, currency, business_hours, version, created_at, updated_at
        """

    static func decode(_ row: inout PostgresRow) throws -> Merchant {
        Merchant(
            id: try row.next(),
            name: try row.next(),
            status: Status(rawValue: try row.next(String.self)) ?? .closed,
            statusReason: try row.next(),
            closesAt: try row.next(),
            timeZone: try row.next(),
            locale: try row.next(),
            currency: try row.next(),
            businessHours: try row.next(PostgresJSON?.self).map { try BusinessHours(stored: $0) },
            version: try row.next(),
            createdAt: try row.next(),
            updatedAt: try row.next()
        )
    }
}

/// What a platform admin says to make a merchant.
public struct MerchantIn: Sendable {
    public var name: String
    public var timeZone: String
    public var locale: String
    public var currency: String

    public init(name: String, timeZone: String, locale: String, currency: String) {
        self.name = name
        self.timeZone = timeZone
        self.locale = locale
        self.currency = currency
    }
}
