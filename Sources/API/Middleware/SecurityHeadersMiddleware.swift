import HTTPTypes
import Hummingbird

/// Header fields that every answer carries: `nosniff`, no caching unless the route said otherwise, and HSTS where TLS is in front.
public struct SecurityHeadersMiddleware: RouterMiddleware {
    private let strictTransportSecurity: String?

    /// - Parameter strictTransportSecurity: the header's value, `max-age=31536000`; nil where clients come over plain HTTP.
    public init(strictTransportSecurity: String? = nil) {
        self.strictTransportSecurity = strictTransportSecurity
    }

    public func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        try await withHeaders({ headers in
            headers[.xContentTypeOptions] = "nosniff"
            if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
            if let strictTransportSecurity { headers[.strictTransportSecurity] = strictTransportSecurity }
        }) { try await next(request, context) }
    }
}
