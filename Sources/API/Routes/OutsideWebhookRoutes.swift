import Core
import HTTPTypes
import Hummingbird
import Messaging
import Tenancy

/// `/webhooks/bot`: where bots that run elsewhere say what happens (B12). Outside the API: its caller has a signature, not a credential.
public struct OutsideWebhookRoutes: Sendable {
    /// The longest text that a customer can write, in any script.
    static let bodies = BodyRules.json(maximumBytes: 256 << 10)

    private let service: OutsideWebhookService
    private let rateLimiter: RateLimiter?

    /// - Parameter rateLimiter: counts what a bot tells as its restaurant's requests; nil for no limits.
    public init(_ service: OutsideWebhookService, rateLimiter: RateLimiter?) {
        self.service = service
        self.rateLimiter = rateLimiter
    }

    /// Adds the route to the router itself.
    public func add(to router: Router<AppRequestContext>) {
        let webhooks = router.group("/webhooks")
        webhooks.addMiddleware {
            if let rateLimiter { AddressRateMiddleware(limiter: rateLimiter) }
            BodyRulesMiddleware(Self.bodies)
        }
        webhooks.post("/bot", use: receive)
    }

    /// Answers 202 only when the event is stored; what follows from it follows soon after.
    private func receive(_ request: Request, _ context: AppRequestContext) async throws -> JSONResponse {
        let query = try QueryReader(request)
        let channel: ChannelID? = query.id("channel")
        try query.finish()
        guard let channel else {
            throw Problem(
                .validationFailed,
                fields: [.init(pointer: "?channel", code: "required", message: "This is required: the channel of the bot.")]
            )
        }
        let body = try await request.bytes(context)
        let signature = try Self.single(.webhookSignature, request)
        let timestamp = try Self.single(.webhookTimestamp, request)
        do {
            let answer = try await service.receive(body: body, channel: channel, signature: signature, timestamp: timestamp) { merchant in
                // A refusal is in the restaurant's audit log too, while a stranger leaves nothing there.
                context.trace.record(merchant: merchant)
                if let rateLimiter { try context.trace.record(rateLimiter.take(.merchant(merchant))) }
            }
            return JSONResponse(.accepted) { $0.member("status", answer.rawValue) }
        } catch let refusal as OutsideWebhookService.Refusal {
            throw Problem(refusal)
        }
    }

    /// A header field that may come once; empty when it did not come, which fits nothing.
    private static func single(_ name: HTTPField.Name, _ request: Request) throws -> String {
        let values = request.headers[values: name]
        guard values.count <= 1 else { throw Problem(.repeatedHeader, detail: "\(name) is sent once.") }
        return values.first ?? ""
    }
}

extension Problem {
    fileprivate init(_ refusal: OutsideWebhookService.Refusal) {
        switch refusal {
        case .signature:
            self.init(
                .invalidSignature,
                detail: "X-Webhook-Signature does not fit channel, body and X-Timestamp, which are milliseconds since 1970."
            )
        case .expired:
            self.init(.signatureExpired, detail: "X-Timestamp is more than five minutes old, or in the future.")
        case .replayed:
            self.init(.webhookReplayed, detail: "This request was accepted before; what is sent again is signed again.")
        }
    }
}

extension HTTPField.Name {
    /// Literal tokens; `etag` would come back only if they were none.
    fileprivate static let webhookSignature = HTTPField.Name("X-Webhook-Signature") ?? .eTag
    fileprivate static let webhookTimestamp = HTTPField.Name("X-Timestamp") ?? .eTag
}
