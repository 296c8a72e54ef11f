import Core
import Events
import Hummingbird
import Tenancy

/// `/webhook-endpoints`: where a restaurant wants to be told what happens (H3).
public struct WebhookEndpointRoutes: Sendable {
    private let service: WebhookService
    private let cursors: CursorSigner

    public init(_ service: WebhookService, cursors: CursorSigner) {
        self.service = service
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let endpoints = base.group("webhook-endpoints", context: MerchantContext.self)
        let (read, write) = (Access.scope(Scope.webhooksRead, .manager), Access.scope(Scope.webhooksWrite, .manager))
        endpoints.get("", read, use: list)
        endpoints.post("", write, use: create)
        endpoints.get("/{webhookEndpointId}", read, use: find)
        endpoints.patch("/{webhookEndpointId}", write, use: update)
        endpoints.delete("/{webhookEndpointId}", write, use: delete)
        endpoints.post("/{webhookEndpointId}/pause", write, use: pause)
        endpoints.post("/{webhookEndpointId}/resume", write, use: resume)
        endpoints.post("/{webhookEndpointId}/roll-secret", write, use: rollSecret)
        endpoints.post("/{webhookEndpointId}/test", write, use: test)
        endpoints.post("/{webhookEndpointId}/replay", write, use: replay)
    }

    private func list(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = CursorScope(list: "listWebhookEndpoints", merchant: context.merchant)
        let after = try cursor.map { try cursors.id(in: $0, for: scope, WebhookEndpointID.self) }
        let (endpoints, next) = try await service.page(of: context.merchant, after: after, limit: limit)
        return .page(endpoints, nextCursor: next.map { cursors.sign($0, for: scope) }) { writer, endpoint in
            writer.object { endpoint.writeMembers(to: &$0) }
        }
    }

    private func create(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let input = try await request.json(context).decode { fields in
            WebhookEndpointIn(
                url: fields.required("url", .text(1...2048)),
                description: fields.optional("description", .text(1...200)),
                eventTypes: fields.optional("eventTypes", .eventTypes)
            )
        }
        let (endpoint, secret) = try await service.create(input, of: context.merchant, by: context.actor)
        var writer = JSONWriter(reserving: 768)
        writer.object { writer in
            endpoint.writeMembers(to: &writer)
            writer.member("secret", secret.secret.reveal())
        }
        return .created(at: "\(APIBase.version1.rawValue)/webhook-endpoints/\(endpoint.id)", endpoint.entityTag, writer)
    }

    private func find(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let endpoint = try await service.find(context.id("webhookEndpointId"), of: context.merchant)
        return VersionedResponse(endpoint.entityTag, endpoint.json)
    }

    private func update(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let id: WebhookEndpointID = try context.id("webhookEndpointId")
        let patch = try await request.json(context).decode { fields in
            let url = fields.change("url", .text(1...2048))
            let description = fields.patch("description", .text(1...200))
            let eventTypes = fields.patch("eventTypes", .eventTypes)
            guard ["url", "description", "eventTypes"].contains(where: { fields.has($0) }) else {
                throw DomainError.invalid([.init(pointer: "", code: "too_few", message: "Name at least one field.")])
            }
            return WebhookEndpointPatch(url: url, description: description.change, eventTypes: eventTypes.change)
        }
        let version = try await seenVersion(of: id, request, context)
        let endpoint = try await service.update(id, of: context.merchant, patch, ifVersion: version, by: context.actor)
        return VersionedResponse(endpoint.entityTag, endpoint.json)
    }

    private func delete(_ request: Request, _ context: MerchantContext) async throws -> Response {
        let id: WebhookEndpointID = try context.id("webhookEndpointId")
        let version = try await seenVersion(of: id, request, context)
        try await service.delete(id, of: context.merchant, ifVersion: version, by: context.actor)
        return Response(status: .noContent)
    }

    private func pause(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let endpoint = try await service.pause(context.id("webhookEndpointId"), of: context.merchant, by: context.actor)
        return VersionedResponse(endpoint.entityTag, endpoint.json)
    }

    private func resume(_ request: Request, _ context: MerchantContext) async throws -> VersionedResponse {
        let endpoint = try await service.resume(context.id("webhookEndpointId"), of: context.merchant, by: context.actor)
        return VersionedResponse(endpoint.entityTag, endpoint.json)
    }

    private func rollSecret(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let id: WebhookEndpointID = try context.id("webhookEndpointId")
        let overlap = try await request.optionalJSON(context) { $0.optional("overlapSeconds", .int(0...604_800)) } ?? nil
        let rolled = try await service.roll(id, of: context.merchant, overlap: .seconds(overlap ?? 86_400), by: context.actor)
        return JSONResponse { writer in
            writer.member("secret", rolled.secret.reveal())
            writer.member("previousExpiresAt", nullable: rolled.previousExpiresAt)
        }
    }

    private func test(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let id: WebhookEndpointID = try context.id("webhookEndpointId")
        let type = try await request.optionalJSON(context) { $0.optional("type", .oneOf(EventType.self)) } ?? nil
        let delivery = try await service.test(id, of: context.merchant, type: type, by: context.actor)
        return JSONResponse(.accepted, delivery.json)
    }

    private func replay(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let id: WebhookEndpointID = try context.id("webhookEndpointId")
        let (from, to) = try await request.json(context).decode { fields in
            (fields.required("from", .timestamp), fields.optional("to", .timestamp))
        }
        let (count, hasMore) = try await service.replayFailed(of: id, of: context.merchant, from: from, to: to, by: context.actor)
        return JSONResponse(.accepted) { writer in
            writer.member("replayed", Int64(count))
            writer.member("hasMore", hasMore)
        }
    }

    /// The version that the client saw, when it says so.
    private func seenVersion(of id: WebhookEndpointID, _ request: Request, _ context: MerchantContext) async throws -> Int64? {
        guard request.isConditional else { return nil }
        let seen = try await service.find(id, of: context.merchant)
        try seen.entityTag.check(request, required: false)
        return seen.version
    }
}

extension Patch {
    /// Nil: unchanged.
    fileprivate var change: Value?? {
        switch self {
        case .absent: nil
        case .null: .some(nil)
        case .value(let value): .some(value)
        }
    }
}

extension FieldRule<[String]> {
    /// Types of events, each once in the result.
    fileprivate static var eventTypes: FieldRule {
        FieldRule<[EventType]>.array(of: .oneOf(EventType.self), 1...100).map(standIn: [], "These are types of events.") { types in
            EventType.allCases.filter { types.contains($0) }.map(\.rawValue)
        }
    }
}
