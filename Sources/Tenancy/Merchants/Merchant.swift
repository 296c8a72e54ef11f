import Core

/// One restaurant business: the tenant.
public struct Merchant: Sendable, Equatable {
    public enum Status: String, Sendable {
        case active, suspended, closed
    }

    public let id: MerchantID
    public var name: String
    public var status: Status
    /// IANA name: `Asia/Riyadh`.
    public var timeZone: String
    /// `ar`, `en-GB`: the language of the restaurant.
    public var locale: String
    /// ISO 4217.
    public var currency: String
    public var version: Int64
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
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
