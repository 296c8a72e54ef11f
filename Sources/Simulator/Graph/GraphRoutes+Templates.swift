import Core
import HTTPTypes
import Hummingbird

/// Templates of an account (A11).
extension GraphRoutes {
    func createTemplate(_ request: Request, _ context: Context) async throws -> Response {
        let id = object(context)
        let token = request.bearerToken
        let body = try await json(request)
        let template = try meta.change { state, now throws(GraphError) in
            _ = try account(id, token: token, method: "post", state)
            let template = try state.templates.create(body, wabaID: id, at: now)
            state.timers.schedule(.templateReview(template.id), at: now + state.configuration.delays.templateReview)
            return template
        }
        return jsonAnswer([
            "id": .string(String(template.id)), "status": .string(template.status.rawValue), "category": .string(template.category),
        ])
    }

    /// A page of 25 unless `limit` says otherwise; cursors are opaque.
    func listTemplates(_ request: Request, _ context: Context) async throws -> Response {
        let id = object(context)
        let token = request.bearerToken
        let fields = Self.fields(request)
        let limit = min(max(request.query("limit").flatMap { Int($0) } ?? 25, 1), 1000)
        let name = request.query("name")
        let status = request.query("status")?.uppercased()
        let language = request.query("language").map(StoredTemplate.normalised)
        let after = request.query("after")
        let authority = meta.configuration.publicURL ?? "http://" + (request.head.authority ?? "localhost")
        let path = request.uri.path
        return jsonAnswer(
            try meta.change { state, _ throws(GraphError) in
                _ = try account(id, token: token, method: "get", state)
                var all = state.templates.list(wabaID: id)
                all = all.filter { template in
                    (name.map { template.name.contains($0) } ?? true) && (status.map { template.status.rawValue == $0 } ?? true)
                        && (language.map { StoredTemplate.normalised(template.language) == $0 } ?? true)
                }
                if let after {
                    guard after.hasPrefix("c"), let last = Int64(after.dropFirst(), radix: 36) else {
                        throw GraphError(code: 131_059, details: "The cursor after is not valid.")
                    }
                    all = all.filter { $0.id > last }
                }
                let page = all.prefix(limit)
                func cursor(_ template: StoredTemplate) -> String { "c" + String(template.id, radix: 36) }
                guard let first = page.first, let last = page.last else { return ["data": []] }
                let next = all.count > limit ? "\(authority)\(path)?limit=\(limit)&after=\(cursor(last))" : nil
                return [
                    "data": .array(page.map { $0.json(fields: fields) }),
                    "paging": [
                        "cursors": ["before": .string(cursor(first)), "after": .string(cursor(last))], "next": .optional(next),
                    ],
                ]
            }
        )
    }

    func deleteTemplate(_ request: Request, _ context: Context) async throws -> Response {
        let id = object(context)
        let token = request.bearerToken
        guard let name = request.query("name") else { throw GraphError.parameter("The parameter name is required.") }
        let templateID = request.query("hsm_id").flatMap { Int64($0) }
        try meta.change { state, now throws(GraphError) in
            _ = try account(id, token: token, method: "delete", state)
            let gone = state.templates.delete(wabaID: id, name: name, id: templateID)
            guard !gone.isEmpty else {
                throw GraphError(code: 100, subcode: 2_593_002, details: "Message template not found.")
            }
            for template in gone {
                state.publishAccountUpdate(
                    wabaID: id,
                    field: "message_template_status_update",
                    [
                        "event": "PENDING_DELETION", "message_template_id": .int(template.id),
                        "message_template_name": .string(template.name),
                        "message_template_language": .string(template.language), "reason": "NONE",
                    ],
                    at: now
                )
            }
        }
        return jsonAnswer(["success": true])
    }

    func editTemplate(_ id: String, _ body: JSONValue, token: String?) throws -> Response {
        try meta.change { state, now throws(GraphError) in
            guard let token, state.isKnown(token) else { throw .badToken }
            guard let number = Int64(id), let template = state.templates.byID[number] else { throw .unknownObject(id, method: "post") }
            _ = try account(template.wabaID, token: token, method: "post", state)
            guard [.approved, .rejected, .paused].contains(template.status) else {
                throw GraphError(code: 100, subcode: 2_593_002, details: "Only approved, rejected or paused templates can be edited.")
            }
            let components = try TemplateDefinition.check(
                components: body["components"],
                isPositional: template.parameterFormat == "POSITIONAL",
                category: template.category
            )
            state.templates.edit(number, components: components)
            state.timers.schedule(.templateReview(number), at: now + state.configuration.delays.templateReview)
        }
        return jsonAnswer(["success": true])
    }
}
