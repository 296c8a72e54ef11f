import Core

/// `value.contacts[]`: finds the one that a message or status is about.
struct MetaContacts {
    private let contacts: [JSONElement]

    init(_ element: JSONElement?) {
        contacts = element?.elements ?? []
    }

    /// The contact of that id. The one at the same place is looked at first, so that a webhook of a thousand updates is read in linear time.
    func match(waID: String?, userID: String?, index: Int) -> JSONElement? {
        if index < contacts.count, Self.matches(contacts[index], waID, userID) { return contacts[index] }
        if let found = contacts.first(where: { Self.matches($0, waID, userID) }) { return found }
        // A message that names nobody belongs to the only contact there is.
        return waID == nil && userID == nil && contacts.count == 1 ? contacts[0] : nil
    }

    private static func matches(_ contact: JSONElement, _ waID: String?, _ userID: String?) -> Bool {
        if let waID, let element = contact["wa_id"], element.equals(waID) { return true }
        if let userID, let element = contact["user_id"], element.equals(userID) { return true }
        return false
    }
}
