import HTTPTypes
import Hummingbird

/// CORS for the configured dashboard origins only, by exact match (A11). `null` and everything else get no permission at all.
public struct CrossOriginMiddleware: RouterMiddleware {
    private let origins: Set<String>

    /// - Parameter origins: scheme, host and port as a browser writes them: `https://app.example.com`. None switches CORS off.
    public init(origins: Set<String>) {
        self.origins = origins
    }

    public func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        guard !origins.isEmpty else { return try await next(request, context) }
        let sent = request.headers[values: .origin]
        let allowed = sent.count == 1 ? sent.first.flatMap { origins.contains($0) ? $0 : nil } : nil
        if request.method == .options, !sent.isEmpty, request.headers[.accessControlRequestMethod] != nil {
            return Response(status: .noContent, headers: Self.preflight(allowed))
        }
        return try await withHeaders({ headers in
            headers.append(HTTPField(name: .vary, value: "Origin"))
            guard let allowed else { return }
            headers[.accessControlAllowOrigin] = allowed
            headers[.accessControlAllowCredentials] = "true"
            headers[.accessControlExposeHeaders] = Self.exposed
        }) { try await next(request, context) }
    }

    private static func preflight(_ origin: String?) -> HTTPFields {
        guard let origin else { return [.vary: "Origin"] }
        return [
            .vary: "Origin",
            .accessControlAllowOrigin: origin,
            .accessControlAllowCredentials: "true",
            .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE",
            .accessControlAllowHeaders:
                "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-API-Key, X-Request-Id, X-Restaurant-Id",
            .accessControlMaxAge: "600",
        ]
    }

    private static let exposed = "ETag, Idempotent-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
}
