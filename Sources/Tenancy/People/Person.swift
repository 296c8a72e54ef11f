import Core

/// Who logs in.
public struct Person: Sendable, Equatable {
    public let id: PersonID
    public let email: String
    public let name: String
    /// The language of pages and e-mails: `ar`, `en-GB`.
    public let locale: String
    public let isPlatformAdmin: Bool
    public let hasPassword: Bool
    public let hasSecondFactor: Bool
    public let version: Int64
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
}

/// One of a person's restaurants.
public struct Membership: Sendable, Equatable {
    public let restaurant: MerchantID
    public let restaurantName: String
    public let restaurantStatus: Merchant.Status
    public let role: Role
}
