import Hummingbird
import Tenancy

/// Writes what is left of the limits on the answer, whatever it is. Outside of `ProblemMiddleware`, so that every refusal is a `Problem` already.
struct RateHeadersMiddleware: RouterMiddleware {
    let limits: RateLimits

    func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        try await withHeaders({ RateHeaders.set(context.trace.rates, window: limits.window, in: &$0) }) { try await next(request, context) }
    }
}
