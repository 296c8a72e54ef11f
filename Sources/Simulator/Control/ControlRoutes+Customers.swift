import Core
import HTTPTypes
import Hummingbird

/// What customers do.
extension ControlRoutes {
    /// `{"phoneNumberId","message":{"type":…},"name"?,"identity"?}` → 202 `{"id","sequence"}`; the webhook follows.
    func sendMessage(_ request: Request, _ context: Context) async throws -> Response {
        let customer = try customerKey(context)
        let draft = try MessageDraft(json: try await json(request), at: "", customer: customer)
        let entry = try deliver(draft, base: base(request)) { state, message, number, now in
            state.receive(message, from: customer, name: draft.name, identity: draft.identity, to: number, at: now)
        }
        return jsonAnswer(["id": .string(entry.id), "sequence": .int(entry.sequence)], status: .accepted)
    }

    /// `{"name"?,"reachable"?}`: an unreachable customer's messages fail with 131026.
    func changeCustomer(_ request: Request, _ context: Context) async throws -> Response {
        let key = try customerKey(context)
        var fields = try FieldReader(try await json(request))
        let name = try fields.string("name", limit: 200)
        let reachable = try fields.bool("reachable")
        try fields.refuseUnknown()
        meta.change { state, _ in
            _ = state.customer(key, name: name)
            if let reachable { state.customers[key]?.reachable = reachable }
        }
        return jsonAnswer(["customer": .string(key)])
    }

    /// `{"updates":[…]}`: messages, statuses and account updates in one POST (A2), in this order. → 202 `{"ids"}`
    func sendBatch(_ request: Request, _ context: Context) async throws -> Response {
        var fields = try FieldReader(try await json(request))
        let elements = try fields.elements("updates", limit: 1000)
        try fields.refuseUnknown()
        guard !elements.isEmpty else { throw FieldProblem(pointer: "/updates", message: "must not be empty") }
        var drafts: [BatchDraft] = []
        for (index, element) in elements.enumerated() { drafts.append(try BatchDraft(json: element, at: "/updates/\(index)")) }
        let base = base(request)
        let batch = drafts
        let ids = try meta.change { state, now throws(FieldProblem) in try state.sendBatch(batch, base: base, at: now) }
        return jsonAnswer(["ids": .array(ids.map { .string($0) })], status: .accepted)
    }

    /// `{"phoneNumberId","customer","id","status","code"?}`: any status for any message, such as a failure long after the fact.
    func sendStatus(_ request: Request, _ context: Context) async throws -> Response {
        let draft = try StatusDraft(json: try await json(request), at: "")
        try meta.change { state, now throws(FieldProblem) in
            let update = try draft.update(in: &state, at: now)
            state.publish(update, customer: draft.customer, at: now)
        }
        return jsonAnswer(["id": .string(draft.id)], status: .accepted)
    }

    /// `{"wabaId","field","value"}`: a management field (A8).
    func sendAccountUpdate(_ request: Request, _ context: Context) async throws -> Response {
        var fields = try FieldReader(try await json(request))
        let wabaID = try fields.requiredDigits("wabaId")
        let field = try fields.requiredString("field", limit: 100)
        guard let value = fields.value("value") else { throw fields.problem("value", "is required") }
        try fields.refuseUnknown()
        try meta.change { state, now throws(ControlError) in
            guard state.accounts[wabaID] != nil else { throw ControlError(.notFound, "There is no account \(wabaID).") }
            state.publishAccountUpdate(wabaID: wabaID, field: field, value, at: now)
        }
        return jsonAnswer(["field": .string(field)], status: .accepted)
    }

    /// Fills in stored media and hands the message to `body` under the lock.
    private func deliver<Result: Sendable>(
        _ draft: MessageDraft,
        base: String,
        _ body: (inout SimulatorState, InboundMessage, NumberState, Timestamp) -> Result
    ) throws -> Result {
        let sample = resources.sampleImage
        return try meta.change { state, now throws(FieldProblem) in
            guard let number = state.numbers[draft.phoneNumberID] else {
                throw FieldProblem(pointer: "/phoneNumberId", message: "is not a known number")
            }
            let message = try state.fillMedia(of: draft.message, phoneNumberID: draft.phoneNumberID, sample: sample, base: base, at: now)
            return body(&state, message, number, now)
        }
    }

    /// Where this simulator is reached, for links to media.
    func base(_ request: Request) -> String {
        meta.configuration.publicURL ?? "http://" + (request.head.authority ?? "localhost")
    }
}
