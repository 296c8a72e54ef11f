import Core

/// What a person may reach at this moment. Read together with the credential or session, so that a removed member is out when the cache entry ends.
struct PersonAccess: Sendable {
    struct Membership: Sendable {
        let role: Role
        let merchant: MerchantAccess
    }

    /// Everything that a platform key may.
    let isPlatformAdmin: Bool
    let memberships: [MerchantID: Membership]

    /// The person's role at `restaurant`. An administrator of the installation is an owner everywhere, whatever became of the restaurant.
    ///
    /// - Throws: `AuthenticationFailure`, the same for an unknown restaurant and for somebody else's.
    func role(at restaurant: MerchantID, asAdmin: Bool, exists: (MerchantID) async throws -> Bool) async throws -> Role {
        if asAdmin, isPlatformAdmin {
            guard try await exists(restaurant) else { throw AuthenticationFailure.restaurantForbidden }
            return .owner
        }
        guard let membership = memberships[restaurant] else { throw AuthenticationFailure.restaurantForbidden }
        try membership.merchant.require(orIfEnded: .restaurantForbidden)
        return membership.role
    }

    /// - Parameters: three columns in one order.
    init(isPlatformAdmin: Bool, restaurants: [MerchantID], roles: [String], accesses: [String]) {
        self.isPlatformAdmin = isPlatformAdmin
        let memberships = zip(roles, accesses).map { role, access in
            Membership(role: Role(rawValue: role) ?? .agent, merchant: MerchantAccess(rawValue: access) ?? .closed)
        }
        self.memberships = Dictionary(zip(restaurants, memberships)) { first, _ in first }
    }
}
