import Core

/// A message that the Graph API accepted.
struct SentMessage: Sendable {
    let sequence: Int
    let at: Timestamp
    let id: String
    let phoneNumberID: String
    let customer: String
    let type: String
    let opaqueData: String?
    /// How the caller was answered: `ok`, or the fault that spoiled the answer.
    var answer: String
    /// The whole request, as sent.
    let request: JSONValue

    var json: JSONValue {
        [
            "sequence": .int(sequence), "at": .int(at.microseconds / 1000), "id": .string(id), "phoneNumberId": .string(phoneNumberID),
            "to": .string(customer), "type": .string(type), "bizOpaqueCallbackData": .optional(opaqueData), "answer": .string(answer),
            "request": request,
        ]
    }
}

/// Every accepted send in order, the newest kept, with how often each `biz_opaque_callback_data` occurred: proof that nothing is sent twice.
struct SentLog: Sendable {
    private(set) var messages = FIFO<SentMessage>()
    private(set) var total = 0
    private(set) var counts: [String: Int] = [:]
    /// Correlation data that occurred more than once; kept although the messages may have left the log.
    private(set) var repeated: [String: Int] = [:]
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(
        at now: Timestamp,
        id: String,
        phoneNumberID: String,
        customer: String,
        type: String,
        opaqueData: String?,
        answer: String,
        request: JSONValue
    ) {
        total += 1
        messages.append(
            SentMessage(
                sequence: total,
                at: now,
                id: id,
                phoneNumberID: phoneNumberID,
                customer: customer,
                type: type,
                opaqueData: opaqueData,
                answer: answer,
                request: request
            )
        )
        if let opaqueData {
            let count = counts[opaqueData, default: 0] + 1
            counts[opaqueData] = count
            if count > 1 { repeated[opaqueData] = max(count, repeated[opaqueData] ?? 0) }
        }
        if messages.count > limit, let oldest = messages.popFirst(), let data = oldest.opaqueData, let count = counts[data] {
            counts[data] = count > 1 ? count - 1 : nil
        }
    }
}
