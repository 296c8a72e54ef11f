import Hummingbird
import Tenancy

/// Counts requests by the address that they come from, before anything is looked up: whoever guesses credentials is limited by it.
struct AddressRateMiddleware: RouterMiddleware {
    let limiter: RateLimiter

    func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        try context.trace.record(limiter.take(.network(of: context.trace.snapshot.address?.ipAddress)))
        return try await next(request, context)
    }
}
