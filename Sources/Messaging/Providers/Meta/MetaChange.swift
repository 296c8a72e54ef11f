import Core
import Crypto

/// One `entry[].changes[]` of a webhook on its way to updates.
struct MetaChange {
    /// The entry around a change.
    struct Place {
        let wabaID: String?
        let time: JSONElement?

        init(entry: JSONElement?) {
            wabaID = entry?["id"]?.identifier(64)
            time = entry?["time"]
        }
    }

    private let change: JSONElement
    private let value: JSONElement?
    private let place: Place
    private let field: String
    private let metadata: JSONElement?
    private let phoneNumberID: String?

    init(_ change: JSONElement, at place: Place) {
        self.change = change
        self.place = place
        field = change["field"]?.string.flatMap { $0.utf8.count <= 100 ? $0 : nil } ?? ""
        value = change["value"]
        metadata = value?["metadata"]
        phoneNumberID = metadata?["phone_number_id"]?.identifier(64)
    }

    /// Appends what this change carries, at least one update.
    func append(to updates: inout [MetaUpdate]) {
        let before = updates.count
        if let value, value.kind == .object {
            switch field {
            case "messages": appendMessages(of: value, to: &updates)
            case "smb_message_echoes": appendEchoes(of: value, to: &updates)
            case "user_preferences": appendPreferences(of: value, to: &updates)
            case "": break
            default:
                updates.append(update(.management(field), "change", change, timestamp: place.time?.unixTime))
            }
        }
        if updates.count == before { updates.append(update(.unknown, "raw", change, timestamp: place.time?.unixTime)) }
    }

    /// What cannot be told apart any further.
    static func unknown(_ element: JSONElement, at place: Place) -> MetaUpdate {
        MetaChange(element, at: place).update(.unknown, "raw", element, timestamp: place.time?.unixTime)
    }

    private func appendMessages(of value: JSONElement, to updates: inout [MetaUpdate]) {
        let contacts = MetaContacts(value["contacts"])
        let messages = value["messages"]?.elements ?? []
        let statuses = value["statuses"]?.elements ?? []
        let errors = value["errors"]
        for (index, message) in messages.enumerated() { updates.append(self.message(message, index, contacts, errors)) }
        for (index, status) in statuses.enumerated() { updates.append(self.status(status, index, contacts)) }
        if messages.isEmpty, statuses.isEmpty {
            for error in errors?.elements ?? [] { updates.append(update(.errors, "error", error, timestamp: place.time?.unixTime)) }
        }
    }

    private func message(_ message: JSONElement, _ index: Int, _ contacts: MetaContacts, _ errors: JSONElement?) -> MetaUpdate {
        let timestamp = message["timestamp"]?.unixTime
        guard let id = message["id"]?.identifier(300) else { return update(.unknown, "raw", message, timestamp: timestamp) }
        let from = message["from"]?.identifier(64)
        let userID = message["from_user_id"]?.identifier(160)
        let contact = contacts.match(waID: from, userID: userID, index: index)
        return update(
            .message,
            "message",
            message,
            timestamp: timestamp,
            contactKey: message["group_id"]?.identifier(128) ?? from ?? contact?["wa_id"]?.identifier(64) ?? userID
                ?? contact?["user_id"]?.identifier(160),
            dedupeKey: id,
            contact: contact,
            // A message whose payload could not be passed on comes with the reason beside it.
            errors: errors
        )
    }

    private func status(_ status: JSONElement, _ index: Int, _ contacts: MetaContacts) -> MetaUpdate {
        let timestamp = status["timestamp"]?.unixTime
        guard let id = status["id"]?.identifier(300), let name = status["status"]?.identifier(40) else {
            return update(.unknown, "raw", status, timestamp: timestamp)
        }
        let recipient = status["recipient_id"]?.identifier(128)
        let userID = status["recipient_user_id"]?.identifier(160)
        let participant = (status["recipient_participant_id"] ?? status["recipient_participant_user_id"])?.identifier(160)
        return update(
            .status,
            "status",
            status,
            timestamp: timestamp,
            contactKey: recipient ?? userID,
            dedupeKey: participant.map { "\(id):\(name):\($0)" } ?? "\(id):\(name)",
            contact: contacts.match(waID: recipient, userID: userID, index: index)
        )
    }

    private func appendEchoes(of value: JSONElement, to updates: inout [MetaUpdate]) {
        let contacts = MetaContacts(value["contacts"])
        for (index, echo) in (value["message_echoes"]?.elements ?? []).enumerated() {
            let timestamp = echo["timestamp"]?.unixTime
            guard let id = echo["id"]?.identifier(300) else {
                updates.append(update(.unknown, "raw", echo, timestamp: timestamp))
                continue
            }
            let to = echo["to"]?.identifier(64)
            let userID = echo["to_user_id"]?.identifier(160)
            let contact = contacts.match(waID: to, userID: userID, index: index)
            let key = echo["group_id"]?.identifier(128) ?? to ?? userID
            updates.append(update(.echo, "echo", echo, timestamp: timestamp, contactKey: key, dedupeKey: id, contact: contact))
        }
    }

    private func appendPreferences(of value: JSONElement, to updates: inout [MetaUpdate]) {
        let contacts = MetaContacts(value["contacts"])
        for (index, preference) in (value["user_preferences"]?.elements ?? []).enumerated() {
            let waID = preference["wa_id"]?.identifier(64)
            let userID = preference["user_id"]?.identifier(160)
            updates.append(
                update(
                    .preference,
                    "preference",
                    preference,
                    timestamp: preference["timestamp"]?.unixTime ?? place.time?.unixTime,
                    contactKey: waID ?? userID,
                    contact: contacts.match(waID: waID, userID: userID, index: index)
                )
            )
        }
    }

    private func update(
        _ kind: MetaUpdate.Kind,
        _ member: String,
        _ element: JSONElement,
        timestamp: Timestamp?,
        contactKey: String? = nil,
        dedupeKey: String? = nil,
        contact: JSONElement? = nil,
        errors: JSONElement? = nil
    ) -> MetaUpdate {
        let raw = element.rawBytes
        var writer = JSONWriter(reserving: raw.count + 400)
        writer.object {
            $0.member("field", field)
            $0.member("wabaId", ifPresent: place.wabaID)
            if let time = place.time { $0.member("time", raw: time.rawBytes) }
            if let metadata { $0.member("metadata", raw: metadata.rawBytes) }
            if let contact { $0.member("contact", raw: contact.rawBytes) }
            if let errors { $0.member("errors", raw: errors.rawBytes) }
            $0.key(member)
            $0.raw(raw)
        }
        return MetaUpdate(
            phoneNumberID: phoneNumberID,
            wabaID: place.wabaID,
            field: field,
            kind: kind,
            contactKey: contactKey,
            // The envelope has the account, the number and the entry's time in it: the same news at another time is other news.
            dedupeKey: dedupeKey ?? "sha256:" + SHA256.hash(data: writer.bytes).hexadecimal,
            timestamp: timestamp,
            payload: writer.bytes
        )
    }
}
