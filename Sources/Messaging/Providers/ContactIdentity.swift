import Core

/// Who the customer is, as far as a provider says. A person may be known by a number, by a business-scoped user id, or by both (B13).
public struct ContactIdentity: Sendable, Hashable {
    public var phoneNumber: PhoneNumber?
    /// WhatsApp's own id, digits: usually the number without `+`. At most 64 characters.
    public var waID: String?
    /// Business-scoped user id: `SA.1349…`. At most 160 characters.
    public var userID: String?
    public var parentUserID: String?
    /// The name the customer gave to the profile. At most 300 characters.
    public var name: String?
    public var username: String?

    public init(
        phoneNumber: PhoneNumber? = nil,
        waID: String? = nil,
        userID: String? = nil,
        parentUserID: String? = nil,
        name: String? = nil,
        username: String? = nil
    ) {
        self.phoneNumber = phoneNumber
        self.waID = waID
        self.userID = userID
        self.parentUserID = parentUserID
        self.name = name
        self.username = username
    }

    /// Whether there is anything to recognise the customer by.
    public var isKnown: Bool { waID != nil || userID != nil }
}
