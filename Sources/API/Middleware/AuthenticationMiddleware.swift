import Hummingbird
import Logging
import Tenancy

/// Puts the principal of the request's credential into the context. Child contexts (`MerchantContext`, `PlatformContext`) insist on what they need.
public struct AuthenticationMiddleware: RouterMiddleware {
    private let authenticator: any Authenticator

    public init(_ authenticator: any Authenticator) {
        self.authenticator = authenticator
    }

    public func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        let credential = try CredentialHeaders.credential(request)
        let restaurant = try CredentialHeaders.restaurant(request)
        let principal =
            switch credential {
            case .token(let token): try await authenticator.authenticate(token, restaurant: restaurant)
            case .session(let session): try await authenticator.authenticate(session, restaurant: restaurant)
            }
        context.trace.record(principal)
        var context = context
        context.principal = principal
        return try await next(request, context)
    }
}
