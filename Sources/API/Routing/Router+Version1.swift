import Hummingbird

/// Where the API is served (`api.md` 1): `/api/v1`, and the same under `/api` for clients of older dashboards.
public enum APIBase: String, Sendable, CaseIterable {
    case version1 = "/api/v1"
    case unversioned = "/api"

    public var path: RouterPath { RouterPath(rawValue) }
}

extension Router<AppRequestContext> {
    /// Runs `register` once for each base, so that a group of v1 routes is written once and served twice.
    ///
    ///     router.addVersion1 { base in
    ///         ConversationRoutes(service).add(to: base.group(context: MerchantContext.self))
    ///     }
    ///
    /// - Parameter bases: `[.version1]` for routes whose unversioned path an older shape occupies; their path item in `openapi.yaml` then says
    ///   `x-unversioned: false`.
    public func addVersion1(
        under bases: [APIBase] = APIBase.allCases,
        _ register: (RouterGroup<AppRequestContext>) -> Void
    ) {
        for base in bases { register(group(base.path)) }
    }
}
