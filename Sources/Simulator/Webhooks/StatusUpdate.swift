import Core

/// The next steps of a message's life, run by the timers.
struct StatusPlan: Sendable {
    struct Step: Sendable {
        let state: ThreadEntry.State
        let due: Timestamp
        let errorCode: Int?
    }

    let key: ThreadKey
    let messageID: String
    let receipt: StatusReceipt
    /// Earliest first.
    var steps: ArraySlice<Step>
}

/// Composes elements of `value.statuses` (A6).
enum StatusUpdate {
    static func json(
        id: String,
        status: String,
        at now: Timestamp,
        customer: Customer,
        receipt: StatusReceipt,
        errorCode: Int? = nil,
        graphVersion: Int
    ) -> JSONValue {
        let hasPrice = status == "sent" || status == "delivered" || status == "read"
        return [
            "id": .string(id),
            "status": .string(status),
            "timestamp": .string(String(now.unixSeconds)),
            "recipient_id": .optional(receipt.groupID ?? customer.waID),
            "recipient_type": receipt.groupID == nil ? nil : "group",
            "recipient_user_id": .optional(customer.userID),
            "biz_opaque_callback_data": .optional(receipt.opaqueData),
            "conversation": hasPrice && graphVersion <= 23 ? conversation(id: id, status: status, at: now, receipt: receipt) : nil,
            "pricing": hasPrice ? pricing(receipt) : nil,
            "errors": errorCode.map { .array([GraphError(code: $0).webhookJSON]) },
        ]
    }

    /// Present up to v23; its id is unique to the message, the expiry comes with `sent` only.
    private static func conversation(id: String, status: String, at now: Timestamp, receipt: StatusReceipt) -> JSONValue {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let half = String(hash, radix: 16)
        return [
            "id": .string(String(repeating: "0", count: 16 - half.count) + half + String(half.reversed())),
            "expiration_timestamp": status == "sent" ? .string(String(now.unixSeconds + 86_400)) : nil,
            "origin": ["type": .string(receipt.category)],
        ]
    }

    /// Since July 2025 only templates cost something, and utility ones not inside the window.
    private static func pricing(_ receipt: StatusReceipt) -> JSONValue {
        let isFree = receipt.category == "service" || (receipt.category == "utility" && receipt.isInsideWindow)
        return [
            "billable": .bool(!isFree),
            "pricing_model": "PMP",
            "type": isFree ? "free_customer_service" : "regular",
            "category": .string(receipt.category),
        ]
    }

    /// The `contacts` element that accompanies sent, delivered and read, not failed.
    static func contact(_ customer: Customer, status: String) -> JSONValue? {
        guard status != "failed", customer.userID != nil else { return nil }
        return InboundMessage.contact(customer)
    }
}
