import HTTPTypes
import Tenancy

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): structured lists with an item for each limit that applies.
enum RateHeaders {
    /// Sets both from what the middlewares of a request learned; neither where nothing limits it.
    static func set(_ decisions: [RateDecision], window: Duration, in headers: inout HTTPFields) {
        var policies: [String] = []
        var services: [String] = []
        for decision in decisions {
            for quota in decision.quotas {
                policies.append("\"\(quota.kind.rawValue)\";q=\(quota.limit);w=\(window.components.seconds)")
                services.append("\"\(quota.kind.rawValue)\";r=\(quota.remaining);t=\(decision.resetsIn)")
            }
        }
        guard !policies.isEmpty else { return }
        headers[.rateLimitPolicy] = policies.joined(separator: ", ")
        headers[.rateLimit] = services.joined(separator: ", ")
    }
}
