import Core
import Events
import Hummingbird
import Tenancy

/// `/webhook-deliveries`: what was sent to a restaurant's webhook endpoints, and what they said.
public struct WebhookDeliveryRoutes: Sendable {
    private let service: WebhookService
    private let cursors: CursorSigner

    public init(_ service: WebhookService, cursors: CursorSigner) {
        self.service = service
        self.cursors = cursors
    }

    /// Adds the routes under one base of the API.
    public func add(to base: AuthenticatedBase) {
        let deliveries = base.group("webhook-deliveries", context: MerchantContext.self)
        deliveries.get("", .scope(Scope.webhooksRead, .manager), use: list)
        deliveries.get("/{webhookDeliveryId}", .scope(Scope.webhooksRead, .manager), use: find)
        deliveries.post("/{webhookDeliveryId}/replay", .scope(Scope.webhooksWrite, .manager), use: replay)
    }

    private func list(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let filter = WebhookDeliveryFilter(
            endpoint: query.id("endpointId"),
            state: query.oneOf("state"),
            eventType: query.string("type", 1...60),
            event: query.id("eventId"),
            from: query.timestamp("from"),
            to: query.timestamp("to")
        )
        let limit = query.limit()
        let cursor = query.cursor()
        try query.finish()
        let scope = CursorScope(
            list: "listWebhookDeliveries",
            merchant: context.merchant,
            filters: [
                ("endpointId", filter.endpoint?.description), ("state", filter.state?.rawValue), ("type", filter.eventType),
                ("eventId", filter.event?.description), ("from", filter.from?.rfc3339), ("to", filter.to?.rfc3339),
            ]
        )
        let before = try cursor.map { try cursors.id(in: $0, for: scope, WebhookDeliveryID.self) }
        let (deliveries, next) = try await service.deliveries(of: context.merchant, filter, before: before, limit: limit)
        return .page(deliveries, nextCursor: next.map { cursors.sign($0, for: scope) }) { writer, delivery in
            writer.object { delivery.writeMembers(to: &$0) }
        }
    }

    private func find(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let (delivery, body, attempts) = try await service.delivery(context.id("webhookDeliveryId"), of: context.merchant)
        return JSONResponse { writer in
            delivery.writeMembers(to: &writer)
            writer.member("body", body)
            writer.member("log", array: { for attempt in attempts { attempt.write(to: &$0) } })
        }
    }

    private func replay(_ request: Request, _ context: MerchantContext) async throws -> JSONResponse {
        let delivery = try await service.replay(context.id("webhookDeliveryId"), of: context.merchant, by: context.actor)
        return JSONResponse(.accepted, delivery.json)
    }
}
