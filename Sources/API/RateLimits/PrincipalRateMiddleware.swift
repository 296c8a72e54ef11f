import Hummingbird
import Tenancy

/// Counts requests by credential, and by the merchant they act on. After `AuthenticationMiddleware`.
struct PrincipalRateMiddleware: RouterMiddleware {
    let limiter: RateLimiter

    func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let principal = context.principal else { throw Problem(.credentialRequired) }
        if let merchant = principal.merchant {
            try context.trace.record(limiter.take(.credential(principal.credential), .merchant(merchant)))
        } else {
            try context.trace.record(limiter.take(.credential(principal.credential)))
        }
        return try await next(request, context)
    }
}

extension RequestTrace {
    /// Keeps `decision` for the headers of the answer.
    ///
    /// - Throws: `Problem` 429 when it is a refusal.
    func record(_ decision: RateDecision) throws {
        add(decision)
        guard decision.isRefused else { return }
        let exhausted = decision.quotas.filter { $0.remaining == 0 }.map(\.kind.rawValue).joined(separator: " and ")
        throw Problem(
            .rateLimited,
            detail: "Too many requests of this \(exhausted); wait \(decision.resetsIn) s.",
            headers: [.retryAfter: String(decision.resetsIn)]
        )
    }
}
