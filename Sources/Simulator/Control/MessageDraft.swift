import Core
import Crypto

/// A customer's message as the control API takes it.
struct MessageDraft: Sendable {
    let phoneNumberID: String
    let customer: String
    let message: InboundMessage
    let name: String?
    let identity: CustomerIdentity?

    /// - Parameter customer: from the path; nil when the body names it.
    init(json: JSONValue, at pointer: String, customer known: String? = nil) throws(FieldProblem) {
        var fields = try FieldReader(json, at: pointer)
        phoneNumberID = try fields.requiredString("phoneNumberId", limit: 32)
        name = try fields.string("name", limit: 200)
        identity = try fields.choice("identity", CustomerIdentity.self)
        if let known {
            customer = known
        } else {
            customer = try fields.requiredString("customer", limit: 140)
            guard Customer.isKey(customer) else { throw fields.problem("customer", "must be 7 to 15 digits or a business-scoped user id") }
        }
        guard let value = fields.value("message") else { throw fields.problem("message", "is required") }
        message = try InboundMessage(json: value, at: pointer + "/message")
        try fields.refuseUnknown()
    }
}

/// Any status of any message.
struct StatusDraft: Sendable {
    let phoneNumberID: String
    let customer: String
    let id: String
    let status: String
    let errorCode: Int?
    let opaqueData: String?
    private let pointer: String

    init(json: JSONValue, at pointer: String) throws(FieldProblem) {
        var fields = try FieldReader(json, at: pointer)
        self.pointer = pointer
        phoneNumberID = try fields.requiredString("phoneNumberId", limit: 32)
        customer = try fields.requiredString("customer", limit: 140)
        guard Customer.isKey(customer) else { throw fields.problem("customer", "must be 7 to 15 digits or a business-scoped user id") }
        id = try fields.requiredString("id", limit: 512)
        status = try fields.requiredString("status", limit: 32)
        errorCode = try fields.int("code", in: 0...10_000_000)
        opaqueData = try fields.string("bizOpaqueCallbackData", limit: 512)
        try fields.refuseUnknown()
    }

    func update(in state: inout SimulatorState, at now: Timestamp) throws(FieldProblem) -> WebhookUpdate {
        guard let number = state.numbers[phoneNumberID] else {
            throw FieldProblem(pointer: pointer + "/phoneNumberId", message: "is not a known number")
        }
        let key = ThreadKey(phoneNumberID: phoneNumberID, customer: customer)
        let known = state.threads[key].flatMap { thread in thread.index(of: id).flatMap { thread.entries[$0].receipt } }
        let receipt = StatusReceipt(
            opaqueData: opaqueData ?? known?.opaqueData,
            category: known?.category ?? "service",
            isInsideWindow: known?.isInsideWindow ?? true,
            groupID: known?.groupID
        )
        let who = state.customer(customer)
        let json = StatusUpdate.json(
            id: id,
            status: status,
            at: now,
            customer: who,
            receipt: receipt,
            errorCode: errorCode ?? (status == "failed" ? 131_000 : nil),
            graphVersion: state.configuration.graphVersion
        )
        return WebhookUpdate(
            wabaID: number.phone.wabaID,
            phoneNumberID: phoneNumberID,
            payload: .status(json, contact: StatusUpdate.contact(who, status: status))
        )
    }
}

/// One element of a batch.
enum BatchDraft: Sendable {
    case message(MessageDraft)
    case status(StatusDraft)
    case account(wabaID: String, field: String, value: JSONValue)

    init(json: JSONValue, at pointer: String) throws(FieldProblem) {
        if json["message"] != nil {
            self = .message(try MessageDraft(json: json, at: pointer))
        } else if json["status"] != nil {
            self = .status(try StatusDraft(json: json, at: pointer))
        } else {
            var fields = try FieldReader(json, at: pointer)
            let wabaID = try fields.requiredDigits("wabaId")
            let field = try fields.requiredString("field", limit: 100)
            guard let value = fields.value("value") else { throw fields.problem("value", "is required") }
            try fields.refuseUnknown()
            self = .account(wabaID: wabaID, field: field, value: value)
        }
    }
}

extension SimulatorState {
    /// Puts all of `drafts` into one POST for each destination. Returns the ids of the messages.
    mutating func sendBatch(_ drafts: [BatchDraft], base: String, at now: Timestamp) throws(FieldProblem) -> [String] {
        // Everything is checked before anything happens.
        for (index, draft) in drafts.enumerated() {
            switch draft {
            case .message(let draft) where numbers[draft.phoneNumberID] == nil:
                throw FieldProblem(pointer: "/updates/\(index)/phoneNumberId", message: "is not a known number")
            case .account(let wabaID, _, _) where accounts[wabaID] == nil:
                throw FieldProblem(pointer: "/updates/\(index)/wabaId", message: "is not a known account")
            default: continue
            }
        }
        var ids: [String] = []
        var groups: [(url: String, appID: String, updates: [WebhookUpdate])] = []
        for draft in drafts {
            let update: WebhookUpdate
            switch draft {
            case .message(let draft):
                guard let number = numbers[draft.phoneNumberID] else { continue }
                let message = try fillMedia(of: draft.message, phoneNumberID: draft.phoneNumberID, sample: nil, base: base, at: now)
                let (made, entry) = compose(
                    message,
                    from: draft.customer,
                    name: draft.name,
                    identity: draft.identity,
                    to: number,
                    at: now
                )
                update = made
                ids.append(entry.id)
            case .status(let draft): update = try draft.update(in: &self, at: now)
            case .account(let wabaID, let field, let value):
                update = WebhookUpdate(
                    wabaID: wabaID,
                    phoneNumberID: nil,
                    payload: .value(field: field, value),
                    time: now.unixSeconds
                )
            }
            for destination in destinations(wabaID: update.wabaID, phoneNumberID: update.phoneNumberID) {
                if let index = groups.firstIndex(where: { $0.url == destination.url && $0.appID == destination.appID }) {
                    groups[index].updates.append(update)
                } else {
                    groups.append((destination.url, destination.appID, [update]))
                }
            }
        }
        for group in groups {
            counters.webhookUpdates += group.updates.count
            outbox.appendRetry(post(group.updates, url: group.url, appID: group.appID, at: now))
        }
        return ids
    }

    /// Completes `{"image":{"id":…}}` with type, digest and link of the stored media; `{"image":{"sample":true}}` uses a picture of ours.
    /// An object that already has a `mime_type` passes as it is.
    mutating func fillMedia(
        of message: InboundMessage,
        phoneNumberID: String,
        sample: [UInt8]?,
        base: String,
        at now: Timestamp
    ) throws(FieldProblem) -> InboundMessage {
        guard InboundMessage.mediaTypes.contains(message.type), var object = message.body[message.type]?.object, object["mime_type"] == nil
        else { return message }
        let pointer = "/message/\(message.type)"
        var id = object["id"]?.string
        if object["sample"]?.bool == true, let sample {
            id =
                media.add(
                    id: ids.graphID(),
                    phoneNumberID: phoneNumberID,
                    mimeType: "image/jpeg",
                    bytes: sample,
                    lifetime: MediaStore.inboundLifetime,
                    digest: Array(SHA256.hash(data: sample)),
                    at: now
                ).id
        }
        guard let id, let stored = media.find(id, at: now) else {
            throw FieldProblem(
                pointer: pointer + "/id",
                message: "is not stored media; upload it to /simulator/media first, or give mime_type"
            )
        }
        var filled = JSONObject()
        filled["id"] = .string(id)
        filled["mime_type"] = .string(stored.mimeType)
        filled["sha256"] = .string(stored.base64Digest)
        object["id"] = nil
        object["sample"] = nil
        for member in object.members { filled[member.key] = member.value }
        if filled["url"] == nil { filled["url"] = .string(link(to: id, base: base, at: now)) }
        var message = message
        message.body[message.type] = .object(filled)
        return message
    }
}
