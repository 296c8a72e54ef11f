import Core
import HTTPTypes
import Hummingbird
import Logging
import Tenancy

/// Measures each request and writes one line about it when it ends, also when it ends with an error.
///
/// It leaves the response's body alone, so that Hummingbird still writes head, body and end at once; the duration is that of the handler, without the
/// time a client takes to read. The query string is never logged: tokens end up there.
public struct TelemetryMiddleware: RouterMiddleware {
    private let logger: Logger
    private let metrics: RequestMetrics
    private let proxies: TrustedProxies

    /// - Parameters:
    ///   - logger: writes the access log at level info. A logger above that level costs one comparison a request.
    ///   - metrics: where durations go.
    ///   - proxies: whose word about the client's address counts.
    public init(logger: Logger, metrics: RequestMetrics = RequestMetrics(), proxies: TrustedProxies = TrustedProxies()) {
        self.logger = logger
        self.metrics = metrics
        self.proxies = proxies
    }

    public func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        // Before anything can be refused.
        context.trace.record(
            address: proxies.client(of: context.channel.remoteAddress, request.headers),
            userAgent: request.headers[.userAgent]
        )
        do {
            let response = try await next(request, context)
            finish(request, context, response.status.code, start)
            return response
        } catch {
            // An error that is no response is one of the connection's: answered 400 where an answer is still possible.
            finish(request, context, (error as? any HTTPResponseError)?.status.code ?? 400, start)
            throw error
        }
    }

    private func finish(_ request: Request, _ context: AppRequestContext, _ status: Int, _ start: ContinuousClock.Instant) {
        let duration = ContinuousClock.now - start
        let route = context.endpointPath ?? RouteTable.unmatched
        metrics.record(duration, method: request.method, route: route, status: status)
        guard logger.logLevel <= .info else { return }
        let trace = context.trace.snapshot
        var metadata: Logger.Metadata = [
            "requestId": .string(trace.requestID),
            "method": .string(request.method.rawValue),
            "route": .string(route),
            "status": .stringConvertible(status),
            "durationMs": .stringConvertible(Double(duration.microseconds) / 1000),
        ]
        if let merchant = trace.merchant { metadata["merchantId"] = .stringConvertible(merchant) }
        if let principal = trace.principal { metadata["actor"] = .string(principal.actor) }
        if let problem = trace.problem { metadata["code"] = .string(problem.rawValue) }
        logger.info("Request", metadata: metadata)
    }
}
