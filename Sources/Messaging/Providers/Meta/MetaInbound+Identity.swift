import Core

extension MetaInbound {
    /// What the update itself says goes before what the `contacts[]` element says.
    static func identity(waID: JSONElement?, userID: JSONElement?, parentUserID: JSONElement?, contact: JSONElement?) -> ContactIdentity {
        let waID = waID?.identifier(64) ?? contact?["wa_id"]?.identifier(64)
        return ContactIdentity(
            phoneNumber: waID.flatMap { PhoneNumber($0) },
            waID: waID,
            userID: userID?.identifier(160) ?? contact?["user_id"]?.identifier(160),
            parentUserID: parentUserID?.identifier(160) ?? contact?["parent_user_id"]?.identifier(160),
            name: contact?["profile"]?["name"]?.string.flatMap(Self.name),
            username: (contact?["profile"]?["username"] ?? contact?["username"])?.string.flatMap(Self.name)
        )
    }

    /// Who the customer is from now on; nil when a system message is about something else.
    static func newIdentity(_ system: JSONElement) -> ContactIdentity? {
        switch system["type"]?.string {
        case "user_changed_number":
            guard let waID = system["wa_id"]?.identifier(64) ?? system["new_wa_id"]?.identifier(64) else { return nil }
            return ContactIdentity(phoneNumber: PhoneNumber(waID), waID: waID, userID: system["user_id"]?.identifier(160))
        case "user_changed_user_id":
            guard let userID = system["user_id"]?.identifier(160) ?? system["new_user_id"]?.identifier(160) else { return nil }
            return ContactIdentity(userID: userID, parentUserID: system["parent_user_id"]?.identifier(160))
        default: return nil
        }
    }

    private static func name(_ text: String) -> String? {
        text.isEmpty ? nil : text.limited(to: 300)
    }
}
