import Hummingbird
import Logging
import Tenancy

/// How the API is served, as configured.
public struct APIConfiguration: Sendable {
    /// Origins of dashboards on other hosts, as browsers write them: `https://app.example.com`.
    public var origins: Set<String> = []
    /// The value of `Strict-Transport-Security`; nil where clients come over plain HTTP.
    public var strictTransportSecurity: String?
    /// Proxies in front of this process.
    public var proxies = TrustedProxies()
    /// What errors of lower layers mean.
    public var mapping = ProblemMapping()
    /// Takes what is refused, for the audit log.
    public var trail: AuditTrail?
    /// Limits rates of requests; nil for no limits.
    public var rateLimiter: RateLimiter?
    /// What open streams of events may take.
    public var streamLimits = EventStreamLimits()
    /// Writes the access log.
    public var logger: Logger

    public init(logger: Logger) {
        self.logger = logger
    }
}

/// The router with the middleware that every request goes through, in the order that each needs of the next.
public struct APIRouter {
    public let router: Router<AppRequestContext>
    /// What each route that needs a credential asks for.
    public let accesses = AccessTable()
    private let routes = RouteTable()
    private let rateLimiter: RateLimiter?

    public init(_ configuration: APIConfiguration) {
        router = Router(context: AppRequestContext.self, options: [.autoGenerateHeadEndpoints])
        let routes = routes
        rateLimiter = configuration.rateLimiter
        router.addMiddleware {
            RequestIDMiddleware()
            TelemetryMiddleware(logger: configuration.logger, proxies: configuration.proxies)
            SecurityHeadersMiddleware(strictTransportSecurity: configuration.strictTransportSecurity)
            CrossOriginMiddleware(origins: configuration.origins)
            if let limits = configuration.rateLimiter?.limits { RateHeadersMiddleware(limits: limits) }
            ProblemMiddleware(mapping: configuration.mapping, routes: routes, trail: configuration.trail)
            RequestRulesMiddleware()
        }
    }

    /// Adds groups of v1 routes that need a credential, under each base.
    ///
    /// - Parameters:
    ///   - bases: see `Router.addVersion1`.
    ///   - rules: what bodies may be.
    public func addVersion1(
        under bases: [APIBase] = APIBase.allCases,
        authenticator: any Authenticator,
        bodies rules: BodyRules = .json,
        _ register: (AuthenticatedBase) -> Void
    ) {
        for base in bases {
            let group = router.group(base.path)
            group.addMiddleware {
                if let rateLimiter { AddressRateMiddleware(limiter: rateLimiter) }
                BodyRulesMiddleware(rules)
                AuthenticationMiddleware(authenticator)
                if let rateLimiter { PrincipalRateMiddleware(limiter: rateLimiter) }
            }
            register(AuthenticatedBase(group: group, path: base.path, table: accesses))
        }
    }

    /// Adds what becomes a WebSocket, under each base and where older clients look for it, behind an authentication of its own.
    func addSockets(_ routes: RealtimeRoutes) {
        for (base, paths) in [("/api/v1", ["realtime"]), ("/api", ["realtime"]), ("", ["", "ws"])] as [(RouterPath, [RouterPath])] {
            let group = router.group(base)
            group.addMiddleware {
                if let rateLimiter { AddressRateMiddleware(limiter: rateLimiter) }
                BodyRulesMiddleware(.json)
                routes.authentication(isOlder: base == "")
                if let rateLimiter { PrincipalRateMiddleware(limiter: rateLimiter) }
            }
            for path in paths { routes.addSocket(to: AuthenticatedBase(group: group, path: base, table: accesses), at: path) }
        }
    }

    /// Adds groups of v1 routes for whoever has no credential yet. What another site's page sends is refused.
    ///
    /// - Parameter origins: of dashboards on other hosts.
    public func addPublicVersion1(origins: Set<String>, _ register: (RouterGroup<AppRequestContext>) -> Void) {
        router.addVersion1 { base in
            let group = base.group()
            group.addMiddleware {
                if let rateLimiter { AddressRateMiddleware(limiter: rateLimiter) }
                SameOriginMiddleware(origins: origins)
                BodyRulesMiddleware(.json)
            }
            register(group)
        }
    }

    /// The router, once all routes are added: from now on a known path with another method is answered 405 with `Allow`.
    public func finished() -> Router<AppRequestContext> {
        routes.fill(from: router)
        return router
    }
}
