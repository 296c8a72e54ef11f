import Core

/// A person of a restaurant.
public struct Member: Sendable, Equatable {
    public let person: PersonID
    public let email: String
    public let name: String
    public let role: Role
    public let hasSecondFactor: Bool
    /// Since when the person belongs to the restaurant.
    public let joinedAt: Timestamp
}

/// A person who may do everything on the installation.
public struct PlatformAdmin: Sendable, Equatable {
    public let person: PersonID
    public let email: String
    public let name: String
    public let hasSecondFactor: Bool
    public let createdAt: Timestamp
}

/// Somebody who was asked to join and has not yet.
public struct Invitation: Sendable, Equatable {
    public let id: InvitationID
    public let email: String
    /// Nil for an administrator of the installation.
    public let role: Role?
    public let invitedBy: PersonID?
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
}

/// What the bearer of an invitation's link learns before accepting.
public struct OpenInvitation: Sendable, Equatable {
    public let id: InvitationID
    public let email: String
    public let restaurant: MerchantID?
    public let restaurantName: String?
    public let role: Role?
    public let expiresAt: Timestamp
    /// Whether the address has an account with a password already: accepting then takes that one.
    public let hasPassword: Bool
    /// The account is there without a password, and the link was shown to whoever invited instead of being sent to the address.
    let mayNotSetPassword: Bool
}
