import Core
import HTTPTypes
import Hummingbird
import Logging
import Messaging
import NIOCore

/// `/webhooks/meta`: where Meta says what happens on WhatsApp (providers.md A1–A4). Outside the API: its caller has a signature, not a credential.
public struct WebhookRoutes: Sendable {
    /// Meta sends up to 1000 updates at once, 3 MiB at most.
    static let bodies = BodyRules.json(maximumBytes: 3 << 20)

    private let meta: MetaWebhookService

    public init(meta: MetaWebhookService) {
        self.meta = meta
    }

    /// Adds the routes to the router itself.
    public func add(to router: Router<AppRequestContext>) {
        let webhooks = router.group("/webhooks")
        webhooks.addMiddleware { BodyRulesMiddleware(Self.bodies) }
        webhooks.get("/meta", use: verify)
        webhooks.post("/meta", use: receive)
    }

    /// Answers Meta's question whether this address is ours (A1): the challenge, as it came.
    private func verify(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let query = try QueryReader(request)
        let mode = query.string("hub.mode", 0...20)
        let token = query.string("hub.verify_token", 0...200)
        let challenge = query.string("hub.challenge", 0...RequestRulesMiddleware.longestAddress)
        try query.finish()
        guard mode == "subscribe", let token, !token.isEmpty, try await meta.isVerifyToken(token) else {
            throw Problem(.forbidden, detail: "The verify token is none of ours.")
        }
        // It is sent back to whoever asked, so nothing that a browser could take for a page gets through.
        guard let challenge, challenge.wholeMatch(of: /[A-Za-z0-9_.-]{1,200}/) != nil else {
            throw Problem(.malformedRequest, detail: "hub.challenge has 1 to 200 letters, digits, dots, dashes and underscores.")
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: challenge))
        )
    }

    /// Answers 200 only when everything is stored (B1); Meta sends again what it has no 200 for.
    private func receive(_ request: Request, _ context: AppRequestContext) async throws -> JSONResponse {
        let body = try await request.bytes(context)
        switch try await store(body, signature: request.headers[.hubSignature], context) {
        case .stored: return JSONResponse { $0.member("status", "ok") }
        case .refused: throw Problem(.invalidSignature, detail: "X-Hub-Signature-256 is missing or does not fit the body.")
        }
    }

    private func store(_ body: [UInt8], signature: String?, _ context: AppRequestContext) async throws -> MetaWebhookService.Answer {
        do {
            return try await meta.receive(body: body, signature: signature)
        } catch {
            // The writer has logged a batch that failed, once for all its requests.
            if let failure = error as? InboxWriter.Failure, failure == .notStored { throw Problem(.notStored) }
            context.logger.error(
                "A webhook was not stored",
                metadata: ["provider": "meta", "error": .string(String(reflecting: error))]
            )
            throw Problem(.notStored, detail: "It is not certain that this was stored; send it again.")
        }
    }
}

extension HTTPField.Name {
    /// A literal token; `etag` would come back only if it were none.
    fileprivate static let hubSignature = HTTPField.Name("X-Hub-Signature-256") ?? .eTag
}
