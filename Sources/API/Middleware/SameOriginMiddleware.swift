import Core
import HTTPTypes
import Hummingbird

/// Refuses what a page of another site made a browser send (CSRF): for the routes where a cookie is the credential, or where one is set.
///
/// A browser says where a request comes from in `Origin` and `Sec-Fetch-Site`, and no page can change that. Programs that are no browsers send neither.
public struct SameOriginMiddleware: RouterMiddleware {
    private let origins: Set<String>

    /// - Parameter origins: of dashboards on other hosts, as `CrossOriginMiddleware` has them.
    public init(origins: Set<String>) {
        self.origins = origins
    }

    public func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        try check(request)
        return try await next(request, context)
    }

    private func check(_ request: Request) throws {
        let sent = request.headers[values: .origin]
        guard sent.count <= 1 else { throw Problem(.repeatedHeader, detail: "Origin was sent twice.") }
        if let origin = sent.first {
            // A dashboard on a sister host is cross-site to the browser and welcome here.
            if origins.contains(origin) { return }
            guard RequestOrigin.isOwn(origin, host: request.head.authority), isSameOrigin(request) else { throw Self.refusal }
            return
        }
        // A browser leaves Origin out of same-origin reads alone; a write without it is no page's, or an old browser's that says nothing at all.
        guard isSameOrigin(request) else { throw Self.refusal }
        // The cookie is a browser's; whoever comes with one says where from.
        if AuthCookies.hasRefreshToken(request) { throw Self.refusal }
    }

    private func isSameOrigin(_ request: Request) -> Bool {
        request.headers[values: .secFetchSite].allSatisfy { $0 == "same-origin" || $0 == "none" }
    }

    private static var refusal: Problem {
        Problem(.crossSiteRequest, detail: "The request comes from another site, or does not say where from: send Origin.")
    }
}
