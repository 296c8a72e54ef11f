import HTTPTypes
import Hummingbird

/// The page behind a request, as its browser names it.
enum RequestOrigin {
    /// `Origin`; nil when there is none, as programs have it that are no browsers.
    ///
    /// A WebSocket knows no CORS: any page may open one, and the browser only says which. So it is checked here.
    ///
    /// - Parameter origins: of dashboards on other hosts.
    /// - Throws: `Problem` 403 `cross_site_request` unless it is one of them or our own, 400 when it was sent twice.
    static func checked(_ request: Request, allowing origins: Set<String>) throws -> String? {
        let sent = request.headers[values: .origin]
        guard let origin = sent.first else { return nil }
        guard sent.count == 1 else { throw Problem(.repeatedHeader, detail: "Origin was sent twice.") }
        guard origins.contains(origin) || isOwn(origin, host: request.head.authority) else {
            throw Problem(.crossSiteRequest, detail: "Pages of this origin may not use this.")
        }
        return origin
    }

    /// Whether `origin` is that of the request's own host, whatever stands in front of it for TLS.
    static func isOwn(_ origin: String, host: String?) -> Bool {
        guard let host, let scheme = ["https://", "http://"].first(where: { origin.hasPrefix($0) }) else { return false }
        return origin.dropFirst(scheme.count).lowercased() == host.lowercased()
    }
}
