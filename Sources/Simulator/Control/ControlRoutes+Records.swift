import Core
import HTTPTypes
import Hummingbird
import NIOCore

/// Sends, media, templates and faults.
extension ControlRoutes {
    /// Accepted sends after `after`, oldest first, at most `limit` (default 100, at most 10,000).
    func listSent(_ request: Request, _ context: Context) async throws -> Response {
        let after = request.query("after").flatMap { Int($0) } ?? 0
        let limit = min(max(request.query("limit").flatMap { Int($0) } ?? 100, 1), 10_000)
        let only = request.query("phoneNumberId")
        let to = request.query("to")
        let (total, messages) = meta.change { state, _ -> (Int, [SentMessage]) in
            let log = state.sent.messages
            // Sequences are dense, so the place of the first wanted one is known.
            let start = log.first.map { min(max(after + 1 - $0.sequence, 0), log.count) } ?? 0
            var found: [SentMessage] = []
            for message in log[start...] where (only == nil || message.phoneNumberID == only) && (to == nil || message.customer == to) {
                found.append(message)
                if found.count == limit { break }
            }
            return (state.sent.total, found)
        }
        return jsonAnswer(["total": .int(total), "messages": .array(messages.map(\.json))])
    }

    /// How often each `biz_opaque_callback_data` was accepted; `repeated` is what was sent more than once.
    func countSent(_ request: Request, _ context: Context) async throws -> Response {
        let (total, counts, repeated) = meta.change { state, _ in (state.sent.total, state.sent.counts, state.sent.repeated) }
        func object(_ counts: [String: Int]) -> JSONValue {
            var object = JSONObject()
            for (data, count) in counts.sorted(by: { $0.key < $1.key }) { object.appendUnchecked(data, .int(count)) }
            return .object(object)
        }
        return jsonAnswer([
            "total": .int(total), "distinct": .int(counts.count), "repeated": object(repeated),
            "counts": request.query("counts") == "false" ? nil : object(counts),
        ])
    }

    func clearSent(_ request: Request, _ context: Context) async throws -> Response {
        meta.change { state, _ in state.sent = SentLog(limit: state.configuration.limits.sentLog) }
        return jsonAnswer(["cleared": true])
    }

    // MARK: Media

    /// A customer's file: the raw bytes with their `Content-Type`, `?phoneNumberId=` says to whom it will be sent. → 201 `{"id"}`
    func addMedia(_ request: Request, _ context: Context) async throws -> Response {
        guard let phoneNumberID = request.query("phoneNumberId") else {
            throw ControlError(.unprocessableContent, "phoneNumberId is required in the query.")
        }
        _ = try meta.change { state, _ throws(ControlError) in try number(phoneNumberID, state) }
        let type = request.headers[.contentType] ?? "application/octet-stream"
        guard let kind = MediaKind(mimeType: type) else {
            throw ControlError(.unsupportedMediaType, "WhatsApp does not take \(type.prefix(80)).")
        }
        let bytes = try await request.bytes(upTo: kind.limit)
        guard !bytes.isEmpty else { throw ControlError(.unprocessableContent, "The file is empty.") }
        let media = meta.store(bytes, mimeType: type, phoneNumberID: phoneNumberID, lifetime: MediaStore.inboundLifetime)
        return jsonAnswer(["id": .string(media.id), "mimeType": .string(type), "kind": .string(kind.rawValue)], status: .created)
    }

    /// The bytes, for the phone page: no token, no five minutes.
    func readMedia(_ request: Request, _ context: Context) async throws -> Response {
        let id = context.parameters.get("id") ?? ""
        guard let media = meta.change({ state, now in state.media.find(id, at: now) }) else {
            throw ControlError(.notFound, "There is no such media.")
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: media.mimeType, .contentDisposition: "inline", .xContentTypeOptions: "nosniff",
                .contentSecurityPolicy: "default-src 'none'; sandbox", .cacheControl: "private, max-age=3600",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: media.bytes))
        )
    }

    // MARK: Templates

    func listTemplates(_ request: Request, _ context: Context) async throws -> Response {
        jsonAnswer(
            meta.change { state, _ in
                ["templates": .array(state.templates.order.compactMap { state.templates.byID[$0]?.json })]
            }
        )
    }

    /// `{"status":"REJECTED","reason"?}`: as Meta's review would, with its webhook.
    func changeTemplate(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }) else {
            throw ControlError(.notFound, "There is no such template.")
        }
        var fields = try FieldReader(try await json(request))
        guard let status = try fields.choice("status", StoredTemplate.Status.self) else { throw fields.problem("status", "is required") }
        let reason = try fields.string("reason", limit: 100) ?? "NONE"
        try fields.refuseUnknown()
        let changed = meta.change { state, now in state.setTemplate(id, status, reason: reason, at: now) }
        guard let changed else { throw ControlError(.notFound, "There is no such template.") }
        return jsonAnswer(changed.json)
    }

    // MARK: Faults

    func listFaults(_ request: Request, _ context: Context) async throws -> Response {
        jsonAnswer(faultsJSON())
    }

    /// One rule, or `{"rules":[…],"seed"?}`. → 201, all rules in force.
    func addFaults(_ request: Request, _ context: Context) async throws -> Response {
        let body = try await json(request)
        var rules: [FaultRule] = []
        var seed: Int?
        if body["rules"] != nil || body["seed"] != nil {
            var fields = try FieldReader(body)
            for (index, element) in try fields.elements("rules", limit: 100).enumerated() {
                rules.append(try FaultRule(json: element, at: "/rules/\(index)"))
            }
            seed = try fields.int("seed", in: 0...Int.max)
            try fields.refuseUnknown()
        } else {
            rules = [try FaultRule(json: body, at: "")]
        }
        let (added, newSeed) = (rules, seed)
        try meta.change { state, _ throws(ControlError) in
            guard state.faults.rules.count + added.count <= 1000 else {
                throw ControlError(.conflict, "There are too many faults already.")
            }
            if let newSeed { state.faults.reseed(UInt64(newSeed)) }
            for rule in added { state.faults.add(rule) }
        }
        return jsonAnswer(faultsJSON(), status: .created)
    }

    func clearFaults(_ request: Request, _ context: Context) async throws -> Response {
        meta.change { state, _ in state.faults.removeAll() }
        return jsonAnswer(faultsJSON())
    }

    func removeFault(_ request: Request, _ context: Context) async throws -> Response {
        let id = context.parameters.get("id").flatMap { Int($0) } ?? -1
        guard meta.change({ state, _ in state.faults.remove(id: id) }) else { throw ControlError(.notFound, "There is no such fault.") }
        return jsonAnswer(faultsJSON())
    }

    private func faultsJSON() -> JSONValue {
        meta.change { state, _ in ["faults": .array(state.faults.rules.map { $0.rule.json(id: $0.id) })] }
    }
}
